"""Matrices in the form of an arrow: a block that all animals share, and one of each animal, joined to it alone.

    A    B1   B2
    B1'  C1
    B2'       C2

Animals are independent given what they share, so that solving takes as long as their number, not its cube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.simulation import FloatArray


@dataclass(frozen=True)
class Arrow:
    """Symmetric matrices: shared (..., d, d), cross (..., animals, d, k) and own (..., animals, k, k)."""

    shared: FloatArray
    cross: FloatArray
    own: FloatArray

    def added(self, shared: FloatArray | float, own: FloatArray | float) -> Arrow:
        """With multiples of the unit matrix added to the shared block and to the animals' ones (per particle)."""
        d, k = self.shared.shape[-1], self.own.shape[-1]
        a, c = np.asarray(shared)[..., None, None], np.asarray(own)[..., None, None, None]
        return Arrow(self.shared + a * np.eye(d), self.cross, self.own + c * np.eye(k))

    def of(self, which: NDArray[np.int64] | int) -> Arrow:
        """The matrices of some particles."""
        return Arrow(self.shared[which], self.cross[which], self.own[which])

    @property
    def regression(self) -> FloatArray:
        """How each animal's coordinates follow the shared ones (..., animals, k, d): -C^-1 B'."""
        if not self.own.size:
            return -np.swapaxes(self.cross, -1, -2)
        return np.asarray(-np.linalg.solve(self.own, np.swapaxes(self.cross, -1, -2)), float)

    @property
    def reduced(self) -> FloatArray:
        """Precision of the shared coordinates alone (..., d, d): A - sum of B C^-1 B'."""
        return np.asarray(self.shared + np.einsum("...gdk,...gke->...de", self.cross, self.regression))

    def solved(self, theta: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Solution of M x = (theta, eta)."""
        regression = self.regression
        right = theta + np.einsum("...gkd,...gk->...d", regression, eta)
        x = np.linalg.solve(self.reduced, right[..., None])[..., 0]
        own = np.linalg.solve(self.own, eta[..., None])[..., 0] if self.own.size else eta
        return x, own + np.einsum("...gkd,...d->...gk", regression, x)

    def form(self, theta: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """x' M x in two parts: of the shared coordinates alone, and of each animal given them."""
        shared = np.einsum("...i,...ij,...j->...", theta, self.shared, theta)
        cross = 2.0 * np.einsum("...i,...gik,...gk->...g", theta, self.cross, eta)
        return shared, cross + np.einsum("...gi,...gij,...gj->...g", eta, self.own, eta)

    def drawn(self, normal_theta: FloatArray, normal_eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Normal vectors with this precision, from standard normal numbers (draws, d) and (draws, animals, k)."""
        theta = np.linalg.solve(np.linalg.cholesky(self.reduced).T, normal_theta.T).T
        if not self.own.size:
            return theta, normal_eta
        factors = np.swapaxes(np.linalg.cholesky(self.own), -1, -2)
        eta = np.linalg.solve(factors, normal_eta[..., None])[..., 0]
        return theta, eta + np.einsum("gkd,nd->ngk", self.regression, theta)

    @property
    def log_determinant(self) -> float:
        """Of one matrix."""
        own = float(np.linalg.slogdet(self.own)[1].sum()) if self.own.size else 0.0
        return float(np.linalg.slogdet(self.reduced)[1]) + own
