"""What draws say of the rows: expected values, values measured anew, and log-likelihoods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from abscopal.fitting.keyed import generator
from abscopal.fitting.likelihood import StudyLikelihood
from abscopal.fitting.problem import FitProblem
from abscopal.fitting.sampling import Draws
from abscopal.simulation import FloatArray

# Draws of each chain that are evaluated row by row.
_EVALUATED = 100
_BLOCK = 100


@dataclass(frozen=True)
class Evaluation:
    """Rows under some of the draws.

    Attributes
    ----------
    which : numbers of the draws of each chain (draws,).
    expected : the model without error (chains, draws, rows); of a removal its probability.
    replicated : measured anew, with error; of a removal 1 where it comes so.
    log_likelihood : of each row.
    """

    which: FloatArray
    expected: FloatArray
    replicated: FloatArray
    log_likelihood: FloatArray

    def by_series(self, problem: FitProblem) -> FloatArray:
        """Log-likelihood of each animal and each series of summaries (chains, draws, series)."""
        group = np.zeros((len(problem.series_of_row), len(problem.series)))
        group[np.arange(len(group)), list(problem.series_of_row)] = 1.0
        return np.asarray(self.log_likelihood @ group)


def evaluated(likelihood: StudyLikelihood, draws: Draws, seed: int) -> Evaluation:
    """The rows of a problem under its own draws, thinned."""
    total = draws.theta.shape[1]
    which = np.unique(np.linspace(0, total - 1, min(total, _EVALUATED)).round().astype(int))
    chains = len(draws.theta)
    theta = draws.theta[:, which].reshape(-1, draws.theta.shape[-1])
    eta = draws.eta[:, which].reshape(len(theta), *draws.eta.shape[2:])
    parts = _rows(likelihood, theta, eta, seed, "replicated")
    shape = (chains, len(which), -1)
    return Evaluation(which, *(part.reshape(shape) for part in parts))


def predicted(problem: FitProblem, draws: Draws, of: FitProblem, seed: int) -> Evaluation:
    """The rows of another problem under the draws of one: its animals are new ones, errors have their names."""
    likelihood = StudyLikelihood(of)
    total, chains = draws.theta.shape[1], len(draws.theta)
    which = np.unique(np.linspace(0, total - 1, min(total, _EVALUATED)).round().astype(int))
    given = draws.theta[:, which].reshape(-1, draws.theta.shape[-1])
    names = [item.name for item in problem.shared_coordinates]
    random = generator(seed, "predicted")
    theta = random.standard_normal((len(given), likelihood.size))
    for i, item in enumerate(of.shared_coordinates):
        if item.name in names:  # an error that the draws know nothing of keeps its prior
            theta[:, i] = given[:, names.index(item.name)]
    eta = random.standard_normal((len(given), likelihood.animals, likelihood.individual))
    parts = _rows(likelihood, theta, eta, seed, "predicted rows")
    return Evaluation(which, *(part.reshape(chains, len(which), -1) for part in parts))


def _rows(
    likelihood: StudyLikelihood, theta: FloatArray, eta: FloatArray, seed: int, what: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected, replicated and log-likelihood of each row (particles, rows); NaN and -inf where a trajectory failed."""
    law, found = likelihood.problem.error_law, []
    for first in range(0, len(theta), _BLOCK):
        part = slice(first, first + _BLOCK)
        features, log_cv = likelihood.features(theta[part], eta[part])
        failed = np.asarray(~np.isfinite(features).all(axis=-1))
        safe = np.where(failed[..., None], 0.0, features)
        uniforms = generator(seed, what, first).random(failed.shape)
        replicated = np.where(failed, np.nan, law.replicated(safe, log_cv, uniforms))
        log_likelihood = np.where(failed, -np.inf, law.log_likelihood(safe, log_cv))
        removal = np.array([row.role in ("death", "alive") for row in likelihood.problem.used])
        centre, _ = law.centre_and_scale(safe, log_cv)
        expected = np.where(removal, np.exp(log_likelihood), np.exp(centre))
        found.append((np.where(failed, np.nan, expected), replicated, log_likelihood))
    return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))  # type: ignore[return-value]
