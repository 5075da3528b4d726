r"""Weights of candidate sets, the next proposal, and what a stage gains on studies left out.

Population Monte Carlo: candidates are drawn from a proposal, weighted by
:math:`w \propto L^{1/T} \pi(z) / q(z)`, with :math:`L` the likelihood of the stage's claims, :math:`\pi` the declared
spread (standard normal in :math:`z`) and :math:`q` the mixture of all proposals so far; T tempers until enough
sets keep weight, since few claims must not choose a single set. The next proposal is a normal with the weighted mean
and variance, and a fifth of it the declared spread.

References
----------
Cappé O et al. 2004, Population Monte Carlo.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SHARE_OF_PRIOR = 0.2
_LEAST_SD = 0.35
_TEMPERATURES = np.geomspace(1.0, 64.0, 61)


@dataclass(frozen=True)
class Proposal:
    """Independent normals in standard deviations of the declared spread, with a share of the spread itself."""

    mean: Floats
    sd: Floats

    @classmethod
    def prior(cls, parameters: int) -> Proposal:
        """The declared spread."""
        return cls(np.zeros(parameters), np.ones(parameters))

    def draw(self, number: int, random: np.random.Generator) -> Floats:
        """Candidates (number, parameters)."""
        normals = random.standard_normal((number, len(self.mean)))
        plain = random.random(number) < _SHARE_OF_PRIOR
        return np.where(plain[:, None], normals, self.mean + self.sd * normals)

    def log_density(self, places: Floats) -> Floats:
        """Log density at candidates (number, parameters)."""
        own = _log_normal(places, self.mean, self.sd)
        prior = _log_normal(places, np.zeros_like(self.mean), np.ones_like(self.sd))
        return np.asarray(np.logaddexp(np.log(1.0 - _SHARE_OF_PRIOR) + own, np.log(_SHARE_OF_PRIOR) + prior))


def _log_normal(places: Floats, mean: Floats, sd: Floats) -> Floats:
    z = (places - mean) / sd
    return np.asarray((-0.5 * z**2 - np.log(sd) - 0.5 * np.log(2.0 * np.pi)).sum(axis=1))


@dataclass(frozen=True)
class Weights:
    """Normalised weights of candidates, the temperature they needed, and how many sets they amount to."""

    values: Floats
    temperature: float

    @property
    def effective(self) -> float:
        """Effective number of sets: 1 / sum of squared weights."""
        return float(1.0 / np.sum(self.values**2))


def weigh(log_likelihood: Floats, log_ratio: Floats, least_sets: float) -> Weights:
    """Weights of candidates.

    Parameters
    ----------
    log_likelihood : of the stage's claims in each candidate.
    log_ratio : log of declared spread over proposal density.
    least_sets : effective number of sets to keep; the lowest temperature that keeps them is taken.
    """
    for temperature in _TEMPERATURES:
        weights = Weights(_normalised(log_likelihood / temperature + log_ratio), float(temperature))
        if weights.effective >= least_sets:
            return weights
    return weights


def _normalised(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max())
    return np.asarray(weights / weights.sum())


def next_proposal(places: Floats, weights: Weights) -> Proposal:
    """A normal around the weighted candidates."""
    mean = weights.values @ places
    sd = np.sqrt(weights.values @ (places - mean) ** 2)
    return Proposal(np.asarray(mean), np.maximum(sd, _LEAST_SD))


def log_ratio(places: Floats, proposals: Sequence[Proposal]) -> Floats:
    """Log of declared spread over the mixture of the proposals, each having made as many candidates."""
    densities = np.stack([proposal.log_density(places) for proposal in proposals])
    mixture = np.logaddexp.reduce(densities, axis=0) - np.log(len(proposals))
    return np.asarray(_log_normal(places, np.zeros(places.shape[1]), np.ones(places.shape[1])) - mixture)


def resample(weights: Weights, number: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Indices of candidates in proportion to their weights (systematic)."""
    points = (random.random() + np.arange(number)) / number
    return np.minimum(np.searchsorted(np.cumsum(weights.values), points), len(weights.values) - 1)


def left_out_gain(
    study_logs: Mapping[str, Floats],
    study_chances: Mapping[str, Sequence[Floats]],
    ratio: Floats,
    weights: Weights,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, float]:
    """Gain in mean log score of each group's claims when the sets are weighted by all studies outside the group.

    Parameters
    ----------
    study_logs : log-likelihood of each study in each candidate.
    study_chances : chances of what was published in each candidate, per claim.
    ratio : log of declared spread over proposal density.
    groups : name -> the studies that are left out together; each study by itself without it.
    """
    total = sum(study_logs.values())
    before = _normalised(ratio)
    gains = {}
    for name, studies in (groups or {study: [study] for study in study_logs}).items():
        own = sum(study_logs[study] for study in studies)
        others = _normalised((total - own) / weights.temperature + ratio)
        claims = [np.nan_to_num(chance, nan=1.0 / 3.0) for study in studies for chance in study_chances[study]]
        gains[name] = float(np.mean([_log_held(others @ c) - _log_held(before @ c) for c in claims]))
    return gains


def _log_held(chance: Any) -> float:
    """Logarithm of a chance as a score of finitely many experiments would give it: never of 0."""
    return math.log(max(float(chance), 1e-3))
