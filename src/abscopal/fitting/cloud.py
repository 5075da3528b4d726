"""Particles and the moves that leave the posterior, or a step on the way to it, as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.fitting.arrow import Arrow
from abscopal.fitting.keyed import generator
from abscopal.fitting.likelihood import Likelihood
from abscopal.simulation import FloatArray

# Usual step of a random walk in n dimensions is 2.38 / sqrt(n); one in ten steps of differences goes from one particle
# to another's place (ter Braak 2006).
_STEP, _LEAP_SHARE, _SCATTER, _JITTER = 2.38, 0.1, 0.3, 1e-4


@dataclass(frozen=True)
class PathStart:
    """The Gaussian from which a path to the posterior begins: around a mode, or the prior."""

    theta: FloatArray
    eta: FloatArray
    precision: Arrow

    @staticmethod
    def prior(likelihood: Likelihood) -> PathStart:
        """The prior itself."""
        d, animals, k = likelihood.size, likelihood.animals, likelihood.individual
        own = np.broadcast_to(np.eye(k), (animals, k, k)).copy()
        return PathStart(np.zeros(d), np.zeros((animals, k)), Arrow(np.eye(d), np.zeros((animals, d, k)), own))

    def log_density(self, theta: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of the shared coordinates (particles,) and of each animal's (particles, animals), without its constant."""
        one, each = self.precision.form(theta - self.theta, eta - self.eta)
        return -0.5 * one, -0.5 * each


@dataclass
class Cloud:
    """Particles at one step of the path: their coordinates and log-likelihoods (particles, animals + 1)."""

    theta: FloatArray
    eta: FloatArray
    groups: FloatArray

    @property
    def log_posterior(self) -> FloatArray:
        """Log posterior of each particle, without its constant."""
        prior = -0.5 * (self.theta**2).sum(axis=1) - 0.5 * (self.eta**2).sum(axis=(1, 2))
        return np.asarray(self.groups.sum(axis=1) + prior)

    def copied(self, which: NDArray[np.int64]) -> Cloud:
        """The particles of these numbers."""
        return Cloud(self.theta[which].copy(), self.eta[which].copy(), self.groups[which].copy())


class Moves:
    """Sweeps over a cloud: shared coordinates with the animals' along their regression, then each animal's own.

    Parameters
    ----------
    chains : particles are split into so many groups; a move takes differences of its own group alone.
    """

    def __init__(self, likelihood: Likelihood, reference: PathStart, chains: int, seed: int) -> None:
        self.likelihood, self.reference, self.chains, self.seed = likelihood, reference, chains, seed
        self._regression = reference.precision.regression
        d, k = likelihood.size, likelihood.individual
        self._root = np.linalg.inv(np.linalg.cholesky(reference.precision.reduced)).T if d else np.zeros((0, 0))
        own = reference.precision.own
        self._own_roots = np.linalg.inv(np.swapaxes(np.linalg.cholesky(own), -1, -2)) if own.size else own
        self._step, self._own_step = _STEP / np.sqrt(2 * max(d, 1)), _STEP / np.sqrt(2 * max(k, 1))

    def sweep(self, cloud: Cloud, beta: float, number: int) -> tuple[float, float]:
        """One sweep at a step of the path, in place; shares accepted of shared and of animals' moves."""
        own = 0.0
        shared = np.mean([self._shared(cloud, beta, h, r, number) for h, r in self._halves(cloud, number, "shared")])
        if self.likelihood.individual:
            own = float(np.mean([self._own(cloud, beta, h, r, number) for h, r in self._halves(cloud, number, "own")]))
        return float(shared), own

    def _halves(
        self, cloud: Cloud, number: int, what: str
    ) -> Iterator[tuple[tuple[NDArray[np.int64], ...], np.random.Generator]]:
        """Half of each chain to be moved with two of the other half each: numbers of the three, and random numbers."""
        random = generator(self.seed, what, number)
        each = len(cloud.theta) // self.chains
        order = random.permuted(np.tile(np.arange(each), (self.chains, 1)), axis=1)
        order += each * np.arange(self.chains)[:, None]
        half = each // 2
        for moved, others in ((order[:, :half], order[:, half:]), (order[:, half:], order[:, :half])):
            first = random.integers(0, others.shape[1], moved.shape)
            second = (first + random.integers(1, others.shape[1], moved.shape)) % others.shape[1]
            pair = (np.take_along_axis(others, place, axis=1).ravel() for place in (first, second))
            yield (moved.ravel(), *pair), random

    def _shared(
        self,
        cloud: Cloud,
        beta: float,
        who: tuple[NDArray[np.int64], ...],
        random: np.random.Generator,
        number: int,
    ) -> float:
        moved, a, b = who
        n, d = len(moved), cloud.theta.shape[1]
        scale = self._step * np.exp(_SCATTER * random.standard_normal((n, 1)))
        leap = random.random((n, 1)) < _LEAP_SHARE
        jitter = _JITTER * random.standard_normal((n, d))
        draws = random.standard_normal((n, d)) @ self._root.T
        uniform = random.random(n)
        if self.likelihood.individual and number % 2:  # few particles span few directions: half the moves span all
            step = scale * np.sqrt(2.0) * draws
        else:
            step = np.where(leap, 1.0, scale) * (cloud.theta[a] - cloud.theta[b]) + jitter
        theta = cloud.theta[moved] + step
        eta = cloud.eta[moved] + np.einsum("gkd,nd->ngk", self._regression, step)
        groups = self.likelihood.groups(theta, eta)
        new = self._target(theta, eta, groups, beta)
        old = self._target(cloud.theta[moved], cloud.eta[moved], cloud.groups[moved], beta)
        accepted = np.log(uniform) < new - old
        chosen = moved[accepted]
        cloud.theta[chosen], cloud.eta[chosen] = theta[accepted], eta[accepted]
        cloud.groups[chosen] = groups[accepted]
        return float(accepted.mean())

    def _own(
        self,
        cloud: Cloud,
        beta: float,
        who: tuple[NDArray[np.int64], ...],
        random: np.random.Generator,
        number: int,
    ) -> float:
        moved, a, b = who
        theta, eta = cloud.theta[moved], cloud.eta[moved]
        shape = eta.shape
        scale = self._own_step * np.exp(_SCATTER * random.standard_normal((*shape[:2], 1)))
        draws = np.einsum("gij,ngj->ngi", self._own_roots, random.standard_normal(shape))
        uniform = random.random(shape[:2])
        jitter = _JITTER * random.standard_normal(shape)
        if number % 2:
            step = scale * np.sqrt(2.0) * draws
        else:
            step = scale * (self._residual(cloud, a) - self._residual(cloud, b)) + jitter
        new = eta + step
        groups = self.likelihood.groups(theta, new)
        gain = groups[:, :-1] - cloud.groups[moved, :-1] - 0.5 * (new**2 - eta**2).sum(axis=2)
        by_reference = self.reference.log_density(theta, new)[1] - self.reference.log_density(theta, eta)[1]
        with np.errstate(invalid="ignore"):
            total = beta * gain + ((1.0 - beta) * by_reference if beta < 1.0 else 0.0)
        accepted = np.log(uniform) < np.where(np.isnan(total), -np.inf, total)
        cloud.eta[moved] = np.where(accepted[..., None], new, eta)
        cloud.groups[moved, :-1] = np.where(accepted, groups[:, :-1], cloud.groups[moved, :-1])
        return float(accepted.mean())

    def _residual(self, cloud: Cloud, who: NDArray[np.int64]) -> FloatArray:
        """Animals' coordinates without what follows from the shared ones."""
        away = cloud.theta[who] - self.reference.theta
        return np.asarray(cloud.eta[who] - np.einsum("gkd,nd->ngk", self._regression, away))

    def _target(self, theta: FloatArray, eta: FloatArray, groups: FloatArray, beta: float) -> FloatArray:
        """Log-density at a step of the path (particles,)."""
        posterior = Cloud(theta, eta, groups).log_posterior
        if beta >= 1.0:
            return posterior
        shared, own = self.reference.log_density(theta, eta)
        # What cannot be solved has no density anywhere on the path.
        found = beta * posterior + (1.0 - beta) * (shared + own.sum(axis=1))
        return np.where(np.isfinite(posterior), found, -np.inf)


def weights_to(cloud: Cloud, reference: PathStart, step: float) -> FloatArray:
    """Log-weights of the particles for a step along the path; -inf for what cannot be solved."""
    shared, own = reference.log_density(cloud.theta, cloud.eta)
    posterior = cloud.log_posterior
    return np.where(np.isfinite(posterior), step * (posterior - shared - own.sum(axis=1)), -np.inf)


def effective_share(log_weights: FloatArray) -> float:
    """Kish's effective number of particles as a share of all."""
    if not np.isfinite(log_weights).any():
        return 0.0
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def resampled(cloud: Cloud, log_weights: FloatArray, chains: int, random: np.random.Generator) -> Cloud:
    """Particles of each chain drawn by their weights (systematic); a chain without any takes the best of all."""
    each = len(log_weights) // chains
    chosen = []
    for chain in range(chains):
        part = log_weights[chain * each : (chain + 1) * each]
        uniform = float(random.random())
        if not np.isfinite(part).any():
            chosen.append(np.full(each, int(np.argmax(log_weights))))
            continue
        cumulative = np.cumsum(np.exp(part - part.max()))
        places = (uniform + np.arange(each)) / each * cumulative[-1]
        chosen.append(chain * each + np.minimum(np.searchsorted(cumulative, places), each - 1))
    return cloud.copied(np.concatenate(chosen))
