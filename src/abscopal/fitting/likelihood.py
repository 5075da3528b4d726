"""The likelihood of a fit as its algorithms see it, and that of a study's model.

Coordinates are shared ones, theta (particles, d), and those of animals, eta (particles, animals, k); all have a
standard normal prior. Algorithms know nothing else, so that they are tested on problems with a known answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from abscopal.fitting.arrow import Arrow
from abscopal.fitting.problem import FitProblem
from abscopal.fitting.solving import Solved, Solver
from abscopal.simulation import FloatArray


@dataclass(frozen=True)
class Expansion:
    """The log-likelihood near a point: value (particles,), gradients, and a positive curvature in arrow form."""

    value: FloatArray
    by_theta: FloatArray
    by_eta: FloatArray
    curvature: Arrow


class Likelihood(Protocol):
    """What is maximised and sampled, beside the prior.

    Attributes
    ----------
    size, animals, individual : numbers of shared coordinates, of animals, and of coordinates of each.
    """

    size: int
    animals: int
    individual: int

    def groups(self, theta: FloatArray, eta: FloatArray) -> FloatArray:
        """Log-likelihood (particles, animals + 1): of each animal's data, and last of all else; -inf where it fails."""

    def expansion(self, theta: FloatArray, eta: FloatArray) -> Expansion:
        """The log-likelihood near some points."""


class StudyLikelihood:
    """The likelihood of a problem; it counts its solves and failures."""

    def __init__(self, problem: FitProblem) -> None:
        self.problem = problem
        self.solver: Solver = problem.solver()
        self.size = len(problem.shared_coordinates)
        self.individual = len(problem.individual)
        self.animals = len(problem.animals) if self.individual else 0
        rows = len(problem.error_of_row)
        self._error_place = np.array(problem.error_of_row, dtype=int) + len(problem.shared)
        self._group = np.zeros((rows, self.animals + 1))
        for r, animal in enumerate(problem.animal_of_row):
            self._group[r, animal if self.animals and animal >= 0 else self.animals] = 1.0

    def features(self, theta: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Features of every row (particles, rows, 2) and its log cv (particles, rows); NaN where it failed."""
        features, _ = self._read(theta, eta, False)
        return features, self._log_cv(theta)

    def rows(self, theta: FloatArray, eta: FloatArray) -> FloatArray:
        """Log-likelihood of every row (particles, rows); -inf where a trajectory failed."""
        features, log_cv = self.features(theta, eta)
        failed = np.asarray(~np.isfinite(features).all(axis=-1))
        found = self.problem.error_law.log_likelihood(np.where(failed[..., None], 0.0, features), log_cv)
        return np.where(failed | np.isnan(found), -np.inf, found)

    def groups(self, theta: FloatArray, eta: FloatArray) -> FloatArray:
        rows = self.rows(theta, eta)
        failed = ~np.isfinite(rows)
        found = np.where(failed, 0.0, rows) @ self._group
        return np.where(failed.astype(float) @ self._group > 0.0, -np.inf, found)

    def expansion(self, theta: FloatArray, eta: FloatArray) -> Expansion:
        features, slopes = self._read(theta, eta, True)
        assert slopes is not None
        failed = np.asarray(~np.isfinite(features).all(axis=-1))
        safe = np.where(failed[..., None], 0.0, features)
        log_cv, law = self._log_cv(theta), self.problem.error_law
        value, gradient, positive = law.curvature(safe, log_cv)
        value = np.where(failed, -np.inf, value)
        full = np.concatenate([np.nan_to_num(slopes), self._slopes_of_cv(theta)[:, :, None]], axis=2)
        full[failed] = 0.0
        by_row = np.einsum("prf,prfq->prq", gradient, full)
        d = self.size
        grouped = np.einsum("rg,prq->pgq", self._group, by_row)
        curved = np.einsum("prfe,preq->prfq", positive, full)
        shared = np.einsum("prfi,prfj->pij", full[..., :d], curved[..., :d], optimize=True)
        own = self._group[:, : self.animals]
        cross = np.einsum("rg,prfi,prfj->pgij", own, full[..., :d], curved[..., d:], optimize=True)
        inner = np.einsum("rg,prfi,prfj->pgij", own, full[..., d:], curved[..., d:], optimize=True)
        return Expansion(
            value.sum(axis=1),
            by_row[..., :d].sum(axis=1),
            grouped[:, : self.animals, d:],
            Arrow(shared, cross, inner),
        )

    def _read(self, theta: FloatArray, eta: FloatArray, tangents: bool) -> tuple[FloatArray, FloatArray | None]:
        particles, rows = len(theta), len(self.problem.error_of_row)
        features = np.zeros((particles, rows, 2))
        slopes = np.zeros((particles, rows, 2, self.solver.size)) if tangents else None
        known: dict[tuple[str, ...], object] = {}
        for part in self.problem.readings:
            solved = self._solved(part.arm, theta, part.own_places(eta), part.days, part.outputs, tangents, known)
            found, by = part.read(solved, particles)
            features[:, list(part.rows)] = found
            if slopes is not None and by is not None:
                slopes[:, list(part.rows)] = by
        return features, slopes

    def _solved(
        self,
        arm: str,
        theta: FloatArray,
        own: FloatArray,
        days: FloatArray,
        outputs: tuple[str, ...],
        tangents: bool,
        known: dict[tuple[str, ...], object],
    ) -> Solved:
        particles, subjects, k = own.shape
        shared = np.repeat(theta[:, None, :], subjects, axis=1)
        places = np.concatenate([shared, own], axis=2).reshape(particles * subjects, self.size + k)
        # Animals that are all alike are the same in every arm of the same host.
        same = known if not self.individual else {}
        return self.solver.solve(arm, places, days, outputs, tangents, same)  # type: ignore[arg-type]

    def _log_cv(self, theta: FloatArray) -> FloatArray:
        found = np.stack(
            [np.log(item.value(theta[:, len(self.problem.shared) + i])) for i, item in enumerate(self.problem.errors)],
            axis=1,
        )
        return np.asarray(found[:, list(self.problem.error_of_row)])

    def _slopes_of_cv(self, theta: FloatArray) -> FloatArray:
        """Derivatives of each row's log cv by the coordinates (particles, rows, coordinates)."""
        rows = len(self._error_place)
        slopes = np.zeros((len(theta), rows, self.solver.size))
        for i, item in enumerate(self.problem.errors):
            q = len(self.problem.shared) + i
            relative = item.slope(theta[:, q]) / item.value(theta[:, q])
            of_it = np.array(self.problem.error_of_row) == i
            slopes[:, of_it, q] = relative[:, None]
        return slopes
