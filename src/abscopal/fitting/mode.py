"""The most probable coordinates: Levenberg-Marquardt from several starts, and the Gaussian around the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.fitting.arrow import Arrow
from abscopal.fitting.keyed import generator
from abscopal.fitting.likelihood import Likelihood
from abscopal.simulation import FloatArray

# Called with (what, done, all).
FitProgress = Callable[[str, int, int], None]
_FIRST_DAMPING, _EASED, _RAISED = 1.0, 0.2, 4.0
_LEAST_DAMPING, _MOST_DAMPING = 1e-6, 1e8
# Longest step and farthest place of a coordinate [standard deviations of the prior].
_LONGEST, _FARTHEST = 2.0, 6.0
# A start has arrived when a step would raise the log posterior by less.
_ARRIVED = 1e-3
# Starts that fail are drawn towards the declared values, so many times.
_SHRINKS = 8
# Modes are two where their distance is more than this in standard deviations, and rivals where 2 ln p differs by less.
APART, RIVALS = 3.0, 6.0


@dataclass(frozen=True)
class Mode:
    """Where starts have led, best first, and the curvature at the best.

    Attributes
    ----------
    theta, eta : coordinates of each start.
    log_posterior : at each start, prior included; -inf where it could not be solved.
    arrived : which starts have arrived at a maximum.
    number : which mode each start has come to, from 0.
    precision : of the Gaussian around the best, prior included.
    iterations : that were done.
    """

    theta: FloatArray
    eta: FloatArray
    log_posterior: FloatArray
    arrived: NDArray[np.bool_]
    number: NDArray[np.int64]
    precision: Arrow
    iterations: int

    @property
    def found(self) -> bool:
        """Whether the best start can be trusted as a mode."""
        return bool(np.isfinite(self.log_posterior[0]) and self.arrived[0])

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the shared coordinates in the Gaussian around the best."""
        return np.asarray(np.linalg.inv(self.precision.reduced), float)

    @property
    def rival(self) -> float | None:
        """By how much twice the log posterior of a second mode is lower, where that is little; None else."""
        others = self.log_posterior[(self.number != self.number[0]) & self.arrived]
        if not others.size:
            return None
        lower = 2.0 * float(self.log_posterior[0] - others.max())
        return lower if lower < RIVALS else None


def log_prior(theta: FloatArray, eta: FloatArray) -> FloatArray:
    """Log-density of the prior (particles,), without its constant."""
    return np.asarray(-0.5 * (theta**2).sum(axis=1) - 0.5 * (eta**2).sum(axis=(1, 2)))


@dataclass
class _Climb:
    """Where each start stands: coordinates, log posterior, damping, and the expansion there."""

    theta: FloatArray
    eta: FloatArray
    value: FloatArray
    damping: FloatArray
    arrived: NDArray[np.bool_]
    stale: NDArray[np.bool_]
    by_theta: FloatArray
    by_eta: FloatArray
    curvature: Arrow


def find_mode(
    likelihood: Likelihood, starts: int, iterations: int, seed: int, progress: FitProgress | None = None
) -> Mode:
    """The modes that several starts from the prior lead to; the first start is the declared values.

    Notes
    -----
    A step solves (H + I + damping (I + diag H)) x = gradient of the log posterior, H the positive curvature of the
    likelihood; a step that does not raise the log posterior is not taken, and the damping raised.
    """
    climb = _begun(likelihood, starts, seed)
    done = 0
    for done in range(1, iterations + 1):
        if progress is not None:
            progress("searching the mode", done - 1, iterations)
        if climb.arrived.all() or not np.isfinite(climb.value).any():
            break
        _step(likelihood, climb)
    order = np.argsort(-climb.value, kind="stable")
    best = int(order[0])
    _expanded(likelihood, climb, np.array([best]))
    precision = climb.curvature.of(best).added(1.0, 1.0)
    theta, eta = climb.theta[order], climb.eta[order]
    number = _numbered(theta, precision)
    return Mode(theta, eta, climb.value[order], climb.arrived[order], number, precision, done)


def _begun(likelihood: Likelihood, starts: int, seed: int) -> _Climb:
    d, animals, k = likelihood.size, likelihood.animals, likelihood.individual
    theta = generator(seed, "starts").standard_normal((starts, d))
    theta[0] = 0.0
    eta = np.zeros((starts, animals, k))
    value = likelihood.groups(theta, eta).sum(axis=1)
    for _ in range(_SHRINKS):
        failed = ~np.isfinite(value)
        if not failed.any():
            break
        theta[failed] *= 0.6
        value[failed] = likelihood.groups(theta[failed], eta[failed]).sum(axis=1)
    return _Climb(
        theta=theta,
        eta=eta,
        value=value + log_prior(theta, eta),
        damping=np.full(starts, _FIRST_DAMPING),
        arrived=np.zeros(starts, dtype=bool),
        stale=np.ones(starts, dtype=bool),
        by_theta=np.zeros((starts, d)),
        by_eta=np.zeros((starts, animals, k)),
        curvature=Arrow(np.zeros((starts, d, d)), np.zeros((starts, animals, d, k)), np.zeros((starts, animals, k, k))),
    )


def _expanded(likelihood: Likelihood, climb: _Climb, which: NDArray[np.int64]) -> None:
    """The expansion of some starts where they stand."""
    if not which.size:
        return
    found = likelihood.expansion(climb.theta[which], climb.eta[which])
    climb.by_theta[which] = found.by_theta - climb.theta[which]
    climb.by_eta[which] = found.by_eta - climb.eta[which]
    climb.curvature.shared[which] = found.curvature.shared
    climb.curvature.cross[which] = found.curvature.cross
    climb.curvature.own[which] = found.curvature.own
    climb.stale[which] = False


def _step(likelihood: Likelihood, climb: _Climb) -> None:
    active = ~climb.arrived & np.isfinite(climb.value)
    _expanded(likelihood, climb, np.flatnonzero(active & climb.stale))
    which = np.flatnonzero(active)
    step, own = _proposed(climb, which)
    gain = 0.5 * ((climb.by_theta[which] * step).sum(axis=1) + (climb.by_eta[which] * own).sum(axis=(1, 2)))
    theta = np.clip(climb.theta[which] + step, -_FARTHEST, _FARTHEST)
    eta = np.clip(climb.eta[which] + own, -_FARTHEST, _FARTHEST)
    value = likelihood.groups(theta, eta).sum(axis=1) + log_prior(theta, eta)
    better = np.isfinite(value) & (value > climb.value[which])
    taken = which[better]
    small = np.abs(value - climb.value[which]) < _ARRIVED
    climb.theta[taken], climb.eta[taken], climb.value[taken] = theta[better], eta[better], value[better]
    climb.stale[taken] = True
    climb.arrived[which] = (gain < _ARRIVED) & (better | small | (climb.damping[which] > 1e3)) | (better & small)
    factor = np.where(better, _EASED, _RAISED)
    climb.damping[which] = np.clip(climb.damping[which] * factor, _LEAST_DAMPING, _MOST_DAMPING)
    climb.arrived |= climb.damping >= _MOST_DAMPING


def _proposed(climb: _Climb, which: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Damped steps of some starts, cut to the longest allowed."""
    damping = climb.damping[which]
    curvature = climb.curvature.of(which)
    d, k = curvature.shared.shape[-1], curvature.own.shape[-1]
    scaled = Arrow(
        curvature.shared + damping[:, None, None] * np.einsum("pii->pi", curvature.shared)[..., None] * np.eye(d),
        curvature.cross,
        curvature.own + damping[:, None, None, None] * np.einsum("pgii->pgi", curvature.own)[..., None] * np.eye(k),
    ).added(1.0 + damping, 1.0 + damping)
    step, own = scaled.solved(climb.by_theta[which], climb.by_eta[which])
    longest = np.maximum(np.abs(step).max(axis=1, initial=0.0), np.abs(own).max(axis=(1, 2), initial=0.0))
    cut = np.minimum(1.0, _LONGEST / np.maximum(longest, 1e-12))
    return step * cut[:, None], own * cut[:, None, None]


def _numbered(theta: FloatArray, precision: Arrow) -> NDArray[np.int64]:
    """Which mode each start has come to: another one where it is far from those before it."""
    reduced, modes = precision.reduced, [theta[0]]
    number = np.zeros(len(theta), dtype=np.int64)
    for i, place in enumerate(theta):
        away = [float(np.sqrt((place - mode) @ reduced @ (place - mode))) for mode in modes]
        if min(away) > APART:
            modes.append(place)
            number[i] = len(modes) - 1
        else:
            number[i] = int(np.argmin(away))
    return number
