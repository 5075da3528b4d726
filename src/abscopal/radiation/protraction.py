"""Lea-Catcheside factors: how much sublethal damage is repaired while, or between, doses are given."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from abscopal import expr
from abscopal.expr.functions import Value
from abscopal.radiation.survival import repair_rate_per_day
from abscopal.radiation.validity import check_dose, check_not_negative, check_positive


def dose_protraction_factor(duration_days: Value, repair_halftime_days: Value | None = None) -> Value:
    """Lea-Catcheside factor of a dose given at constant rate, between 1 (acute) and 0.

    Parameters
    ----------
    duration_days : duration of the irradiation [day]
    repair_halftime_days : half-time of sublethal damage repair [day]; by default the declared one

    Notes
    -----
    G = 2 (x - 1 + exp(-x))/x^2 with x = T ln2/halftime.

    Raises
    ------
    InputError
        The duration is negative or the half-time is not positive.

    References
    ----------
    Lea & Catcheside 1942, J Genet 44:216.

    Examples
    --------
    >>> import math
    >>> round(float(dose_protraction_factor(1.0, math.log(2.0))), 4)
    0.7358
    """
    check_not_negative(duration_days, "duration_days")
    x = duration_days * repair_rate_per_day(repair_halftime_days)
    safe = expr.maximum(x, 1e-3)  # the closed form loses its digits for small x; the series has them
    closed = 2.0 * (safe - 1.0 + expr.exp(-safe)) / (safe * safe)
    return expr.where(x < 1e-3, 1.0 - x / 3.0 + x * x / 12.0, closed)


def mean_unrepaired_share(duration_days: Value, repair_halftime_days: Value | None = None) -> Value:
    """Share of the sublethal damage at the start of some time that is unrepaired, on average over that time.

    Parameters
    ----------
    duration_days : the time [day]
    repair_halftime_days : half-time of sublethal damage repair [day]; by default the declared one

    Notes
    -----
    (1 - exp(-x))/x with x = T ln2/halftime.

    Raises
    ------
    InputError
        The duration is negative or the half-time is not positive.

    Examples
    --------
    >>> import math
    >>> round(float(mean_unrepaired_share(1.0, math.log(2.0))), 4)
    0.6321
    """
    check_not_negative(duration_days, "duration_days")
    x = duration_days * repair_rate_per_day(repair_halftime_days)
    safe = expr.maximum(x, 1e-3)
    return expr.where(x < 1e-3, 1.0 - x / 2.0 + x * x / 6.0, (1.0 - expr.exp(-safe)) / safe)


def consecutive_protraction_factor(
    weights: Sequence[Value], durations_days: Sequence[Value], repair_halftime_days: Value | None = None
) -> Value:
    """Lea-Catcheside factor of doses given one right after the other, each at a constant rate of its own.

    Parameters
    ----------
    weights : dose of each part times the square root of its beta; their unit is of no consequence
    durations_days : duration of each part [day]
    repair_halftime_days : half-time of sublethal damage repair [day]; by default the declared one

    Notes
    -----
    G = [sum w_i^2 G_i + 2 sum_(i<j) w_i w_j h_i h_j exp(-m T_ij)]/(sum w_i)^2, G_i and h_i the factor and the mean
    unrepaired share of part i, T_ij the time between the end of i and the start of j. One dose cut into parts at one
    rate has the factor of the whole.

    Raises
    ------
    InputError
        A duration is negative or the half-time is not positive.

    References
    ----------
    Lea & Catcheside 1942, J Genet 44:216.

    Examples
    --------
    >>> parts, whole = consecutive_protraction_factor([1.0, 3.0], [0.01, 0.03]), dose_protraction_factor(0.04)
    >>> round(float(parts / whole), 9)
    1.0
    """
    rate = repair_rate_per_day(repair_halftime_days)
    met = [mean_unrepaired_share(duration, repair_halftime_days) for duration in durations_days]
    total: Value = 0.0
    for i, (weight, duration) in enumerate(zip(weights, durations_days, strict=True)):
        total = total + weight * weight * dose_protraction_factor(duration, repair_halftime_days)
        for j in range(i):
            between = sum(durations_days[j + 1 : i])
            total = total + 2.0 * weight * weights[j] * met[i] * met[j] * expr.exp(-rate * between)
    whole = sum(weights)
    return total / (whole * whole)


def decaying_source_protraction_factor(
    source_halflife_days: Value, repair_halftime_days: Value | None = None, duration_days: float | None = None
) -> Value:
    """Lea-Catcheside factor of an implant whose dose rate decays, for all its dose or for the dose up to a time.

    Parameters
    ----------
    source_halflife_days : half-life of the source (I-125: 59.4) [day]
    repair_halftime_days : half-time of sublethal damage repair [day]
    duration_days : time since implantation [day]; None is complete decay

    Notes
    -----
    For complete decay G = l/(l + m), l = ln2/half-life, m = ln2/repair half-time; for a finite time
    G = 2 [(1 - e^(-2lT))/(2l) - (1 - e^(-(l+m)T))/(l+m)] / (m - l) / [(1 - e^(-lT))/l]^2.

    Raises
    ------
    InputError
        A half-life is not positive, or both half-lives are equal with a finite duration.

    References
    ----------
    Dale 1985, Br J Radiol 58:515.

    Examples
    --------
    >>> round(float(decaying_source_protraction_factor(59.4, 1.5 / 24)), 6)
    0.001051
    """
    check_positive(source_halflife_days, "source_halflife_days")
    decay = math.log(2.0) / source_halflife_days
    repair = repair_rate_per_day(repair_halftime_days)
    if duration_days is None:
        return decay / (decay + repair)
    check_positive(duration_days, "duration_days")
    check_positive(abs(repair - decay), "difference of repair and decay rate")
    both = (1.0 - expr.exp(-2.0 * decay * duration_days)) / (2.0 * decay)
    repaired = (1.0 - expr.exp(-(decay + repair) * duration_days)) / (decay + repair)
    dose = (1.0 - expr.exp(-decay * duration_days)) / decay
    return 2.0 * (both - repaired) / ((repair - decay) * dose * dose)


def fractionated_protraction_factor(
    doses_gy: ArrayLike, times_days: ArrayLike, repair_halftime_days: float | None = None
) -> float:
    """Lea-Catcheside factor of acute doses given at any times.

    Parameters
    ----------
    doses_gy, times_days : arrays (fractions,) [Gy, day]
    repair_halftime_days : half-time of sublethal damage repair [day]

    Notes
    -----
    G = [sum d_i^2 + 2 sum_(i<j) d_i d_j exp(-m (t_j - t_i))] / (sum d_i)^2.

    Raises
    ------
    InputError
        A dose is negative, or all are zero.

    References
    ----------
    Thames 1985, Int J Radiat Biol 47:319.

    Examples
    --------
    >>> round(fractionated_protraction_factor([2.0, 2.0], [0.0, 1.5 / 24], 1.5 / 24), 4)
    0.75
    """
    doses: NDArray[np.float64] = np.asarray(doses_gy, dtype=float)
    times = np.asarray(times_days, dtype=float)
    check_dose(doses, "doses_gy")
    check_positive(float(doses.sum()), "total dose")
    lag = np.abs(times[:, None] - times[None, :])
    overlap = np.exp(-repair_rate_per_day(repair_halftime_days) * lag)
    return float(doses @ overlap @ doses / doses.sum() ** 2)
