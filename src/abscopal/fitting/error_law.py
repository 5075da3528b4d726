"""Probability of measured values around the model: log-normal with a floor, censored, summarised, or of a removal.

A term reads two features of the trajectories and the logarithm of its coefficient of variation c:

- value, censored or exact: first feature u = ln f, of the model's value f: log y ~ N(u, s²) with
  s² = ln(1 + c² + (floor/f)²)
- death, alive: u is the log of the largest volume so far, the second feature the same one gap before. An animal is read
  by one hand, with one error: it leaves when that reading passes the limit.
- summary: u is the log of the mean, median or geometric mean of the arm's animals, the second feature the squared
  coefficient of variation between them. s² = ln(1 + between/n + c² + (floor/f)²): sampling of n animals, and what the
  model leaves unexplained. Where all animals of the model are alike, `between` is the reported one, and a mean lies
  above the median animal by the factor sqrt(1 + between).

Student's law has the same scale.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtri, stdtr, stdtrit

from abscopal.fitting.estimated import Law
from abscopal.fitting.rows import ROLES, FitRow, declared
from abscopal.measurements.observation import STATISTICS
from abscopal.simulation import FloatArray

_STEP = 1e-3
FEATURES = 2
# Sampling variance of a median, in that of a mean (large samples of a normal law).
_OF_MEDIAN = np.pi / 2.0


@dataclass(frozen=True)
class ErrorLaw:
    """The terms of the rows in use, as arrays (rows,).

    Attributes
    ----------
    role : position of each row's role in `ROLES`.
    statistic : position of what it summarises in `STATISTICS`; 0 of one animal's value.
    upper, lower : logs of the value, and of the lower end of an interval; of a death the limit.
    between : squared coefficient of variation between animals that was reported; NaN where it was not.
    n : animals behind a summary.
    floor : standard deviation of the error of nothing, in the unit of the row.
    alike : whether all animals of the model are alike, so that `between` must be the reported one.
    """

    law: Law
    role: NDArray[np.int64]
    statistic: NDArray[np.int64]
    upper: FloatArray
    lower: FloatArray
    between: FloatArray
    n: FloatArray
    floor: FloatArray
    alike: NDArray[np.bool_]

    @staticmethod
    def of(rows: Sequence[FitRow], law: Law, limit_mm3: float, floors: FloatArray, alike: Sequence[bool]) -> ErrorLaw:
        """The terms of these rows, all of them in use."""
        told = [row.observation for row in rows]
        is_removal = np.array([row.role in ("death", "alive") for row in rows])
        value = np.where(is_removal, limit_mm3, [o.value for o in told])
        lower = np.array([np.nan if o.lower is None else o.lower for o in told])
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.where(lower > 0.0, np.log(np.maximum(lower, 1e-300)), -np.inf)
        return ErrorLaw(
            law=law,
            role=np.array([ROLES.index(row.role) for row in rows]),
            statistic=np.array([STATISTICS.index(o.statistic) for o in told]),
            upper=np.log(value),
            lower=low,
            between=np.array([np.nan if o.sd is None else (o.sd / o.value) ** 2 for o in told]),
            n=np.array([float(o.n) for o in told]),
            floor=floors,
            alike=np.array(alike, dtype=bool),
        )

    def _is(self, *roles: str) -> NDArray[np.bool_]:
        return np.isin(self.role, [ROLES.index(role) for role in roles])

    def centre_and_scale(self, features: FloatArray, log_cv: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Centre and standard deviation of the log of each row's value (particles, rows)."""
        u, model_between = features[..., 0], features[..., 1]
        summary = self.statistic > 0
        reported = np.nan_to_num(self.between, nan=0.0)
        between = np.where(self.alike, reported, np.where(summary, model_between, 0.0))
        sampling = between / self.n * np.where(self.statistic == STATISTICS.index("median"), _OF_MEDIAN, 1.0)
        mean_of_alike = self.alike & (self.statistic == STATISTICS.index("mean"))
        centre = u + np.where(mean_of_alike, 0.5 * np.log1p(reported), 0.0)
        relative_floor = self.floor * np.exp(-np.maximum(u, -300.0))
        variance = np.exp(2.0 * log_cv) + relative_floor**2 + np.where(summary, sampling, 0.0)
        return centre, np.sqrt(np.log1p(np.minimum(variance, 1e300)))

    def log_likelihood(self, features: FloatArray, log_cv: FloatArray) -> FloatArray:
        """Log-probability of each row (particles, rows); densities are of the logarithm of the value.

        Parameters
        ----------
        features : (particles, rows, 2).
        log_cv : (particles, rows).
        """
        centre, scale = self.centre_and_scale(features, log_cv)
        upper = (self.upper - centre) / scale
        lower = (self.lower - centre) / scale
        density, below = _LAWS[self.law]
        found = density(upper) - np.log(scale)
        terms: tuple[tuple[str, Callable[[], FloatArray]], ...] = (
            ("below", lambda: below(upper)),
            ("above", lambda: below(-upper)),
            ("interval", lambda: _between(below, lower, upper)),
            ("alive", lambda: below(upper)),
            ("death", lambda: self._death(below, features, centre, scale)),
        )
        for role, term in terms:
            chosen = self._is(role)
            if chosen.any():
                found = np.where(chosen, term(), found)
        return np.asarray(found)

    def _death(self, below: _Below, features: FloatArray, centre: FloatArray, scale: FloatArray) -> FloatArray:
        """The reading passes the limit in the gap, or a death that no volume explains."""
        share = declared("unexplained_deaths")
        now, before = (self.upper - centre) / scale, (self.upper - features[..., 1]) / scale
        within = _between(below, now, np.maximum(before, now))
        return np.asarray(np.logaddexp(np.log1p(-share) + within, np.log(share)))

    def curvature(self, features: FloatArray, log_cv: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Value, gradient and a positive curvature of each term by (features, log cv).

        Returns
        -------
        (particles, rows), (particles, rows, 3) and (particles, rows, 3, 3): minus the second derivatives, with
        directions in which a term is not concave left out.
        """
        x = np.concatenate([features, log_cv[..., None]], axis=-1)
        size = x.shape[-1]

        def at(*moves: tuple[int, float]) -> FloatArray:
            moved = x.copy()
            for i, step in moves:
                moved[..., i] += step
            return self.log_likelihood(moved[..., :FEATURES], moved[..., FEATURES])

        h, middle = _STEP, at()
        up, down = [at((i, h)) for i in range(size)], [at((i, -h)) for i in range(size)]
        gradient = np.stack([(up[i] - down[i]) / (2 * h) for i in range(size)], axis=-1)
        hessian = np.empty((*middle.shape, size, size))
        for i in range(size):
            hessian[..., i, i] = (up[i] - 2 * middle + down[i]) / h**2
            for j in range(i):
                mixed = at((i, h), (j, h)) - up[i] - up[j] + 2 * middle - down[i] - down[j] + at((i, -h), (j, -h))
                hessian[..., i, j] = hessian[..., j, i] = mixed / (2 * h**2)
        finite = np.asarray(np.isfinite(hessian).all(axis=(-1, -2)) & np.isfinite(gradient).all(axis=-1))
        gradient = np.where(finite[..., None], gradient, 0.0)
        values, vectors = np.linalg.eigh(-np.where(finite[..., None, None], hessian, 0.0))
        positive = (vectors * np.maximum(values, 0.0)[..., None, :]) @ np.swapaxes(vectors, -1, -2)
        return middle, gradient, positive

    def replicated(self, features: FloatArray, log_cv: FloatArray, uniforms: FloatArray) -> FloatArray:
        """What would be measured anew (particles, rows): values; of a death or its absence 1 where it comes so.

        Parameters
        ----------
        uniforms : (particles, rows), between 0 and 1.
        """
        centre, scale = self.centre_and_scale(features, log_cv)
        places = ndtri(uniforms) if self.law == "lognormal" else stdtrit(declared("student_degrees"), uniforms)
        values = np.exp(np.minimum(centre + scale * places, 700.0))
        if self._is("death", "alive").any():
            chance = np.exp(self.log_likelihood(features, log_cv))
            values = np.where(self._is("death", "alive"), uniforms < chance, values)
        return np.asarray(values, dtype=float)


_Below = Callable[[FloatArray], FloatArray]


def _between(below: _Below, low: FloatArray, high: FloatArray) -> FloatArray:
    """Log-probability between two places; of places above the middle it is taken from the other side."""
    swap = low > 0.0
    a, b = np.where(swap, -high, low), np.where(swap, -low, high)
    big, small = below(b), below(a)
    with np.errstate(divide="ignore"):
        return np.asarray(big + np.log(-np.expm1(np.minimum(small - big, 0.0))))


def _normal_density(z: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * z**2 - 0.5 * np.log(2.0 * np.pi))


def _student_density(z: FloatArray) -> FloatArray:
    from scipy.special import gammaln

    v = declared("student_degrees")
    constant = gammaln(0.5 * (v + 1)) - gammaln(0.5 * v) - 0.5 * np.log(v * np.pi)
    return np.asarray(constant - 0.5 * (v + 1) * np.log1p(z**2 / v))


def _student_below(z: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(stdtr(declared("student_degrees"), z), 1e-300)))


_LAWS: dict[str, tuple[_Below, _Below]] = {
    "lognormal": (_normal_density, log_ndtr),
    "student": (_student_density, _student_below),
}
