"""Dose that is not uniform in space: peaks and valleys, hypoxic parts, the whole body, blood passing a field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal import expr
from abscopal.errors import InputError, Problem
from abscopal.expr.functions import Value
from abscopal.radiation.rbe import dose_of_effect
from abscopal.radiation.survival import surviving_fraction
from abscopal.radiation.validity import check_dose, check_not_negative

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class DoseHistogram:
    """Doses of one fraction to the parts of a volume (or to cells), with the share of each part.

    Attributes
    ----------
    doses_gy : array (parts,) [Gy]
    shares : array (parts,), adding up to 1
    """

    doses_gy: FloatArray
    shares: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "doses_gy", np.asarray(self.doses_gy, dtype=float))
        object.__setattr__(self, "shares", np.asarray(self.shares, dtype=float))
        check_dose(self.doses_gy, "doses_gy")
        check_not_negative(self.shares, "shares")
        if abs(float(self.shares.sum()) - 1.0) > 1e-6:
            message = f"the shares add up to {self.shares.sum():g}"
            raise InputError(Problem(message, key="shares", allowed="a sum of 1", advice="normalise them"))

    @property
    def mean_gy(self) -> float:
        """Mean dose [Gy]."""
        return float(self.doses_gy @ self.shares)

    def surviving_fraction(
        self, alpha_per_gy: float, beta_per_gy2: float, transition_dose_gy: float | None = None
    ) -> float:
        """Mean surviving fraction of the cells of all parts."""
        parts = surviving_fraction(self.doses_gy, alpha_per_gy, beta_per_gy2, transition_dose_gy)
        return float(self.shares @ parts)

    def equivalent_uniform_dose(
        self, alpha_per_gy: float, beta_per_gy2: float, transition_dose_gy: float | None = None
    ) -> float:
        """Uniform dose with the same surviving fraction [Gy].

        Near the valley dose when peaks are narrow: the cells that survive are those of the valleys.
        """
        effect = -np.log(self.surviving_fraction(alpha_per_gy, beta_per_gy2, transition_dose_gy))
        return float(dose_of_effect(effect, alpha_per_gy, beta_per_gy2, transition_dose_gy))


def uniform_field(dose_gy: float) -> DoseHistogram:
    """The same dose everywhere: an ordinary field for a tumour, or a whole-body field for every compartment."""
    return DoseHistogram(np.array([dose_gy]), np.array([1.0]))


def spatially_fractionated_field(
    peak_dose_gy: float, valley_dose_gy: float, peak_share: float, *, edge_share: float = 0.0
) -> DoseHistogram:
    """Dose histogram of a grid, lattice or minibeam field.

    Parameters
    ----------
    peak_dose_gy, valley_dose_gy : dose in the peaks and in the valleys [Gy]
    peak_share : share of the volume (area) in the peaks
    edge_share : share of the volume in the edges between, where the dose falls evenly from peak to valley

    Notes
    -----
    The rest is valley; peak_dose/valley_dose is the peak-to-valley dose ratio. *Valid for* any geometry whose dose
    histogram is known; use `DoseHistogram` for a measured one.

    Raises
    ------
    InputError
        A dose or share is negative, the valley dose above the peak dose, or the shares above 1.

    References
    ----------
    Prezado 2022, Expert Rev Mol Med 24:e3 (review).

    Examples
    --------
    >>> field = spatially_fractionated_field(20.0, 2.0, 0.3)
    >>> round(field.mean_gy, 1), round(field.equivalent_uniform_dose(0.3, 0.03), 1)
    (7.4, 2.8)
    """
    check_dose(np.array([peak_dose_gy, valley_dose_gy]))
    check_not_negative(np.array([peak_share, edge_share, 1.0 - peak_share - edge_share]), "share of peak, edge, valley")
    if valley_dose_gy > peak_dose_gy:
        message = f"valley dose {valley_dose_gy:g} Gy is above the peak dose {peak_dose_gy:g} Gy"
        raise InputError(Problem(message, key="valley_dose_gy", allowed="at most the peak dose", advice="swap them"))
    steps = 20 if edge_share > 0 else 0
    between = valley_dose_gy + (peak_dose_gy - valley_dose_gy) * (np.arange(steps) + 0.5) / max(steps, 1)
    doses = np.concatenate([[peak_dose_gy, valley_dose_gy], between])
    flat = np.array([peak_share, 1.0 - peak_share - edge_share])
    return DoseHistogram(doses, np.concatenate([flat, np.full(steps, edge_share / max(steps, 1))]))


def blood_dose_histogram(field_dose_gy: float, blood_share_in_field: float, turnovers: float) -> DoseHistogram:
    """Doses to circulating blood of one fraction: part of it passes the field, the rest gets nothing.

    Parameters
    ----------
    field_dose_gy : mean dose to the blood-carrying tissue in the field [Gy]
    blood_share_in_field : share of the blood volume in the field at any time
    turnovers : how often the blood in the field is replaced while the beam is on (beam time over transit time)

    Notes
    -----
    Mean blood dose is v D. The share hit is 1 - (1 - v) exp(-n v/(1 - v)), n the turnovers; those hit get the same
    dose, an approximation of the true spread. Assumes blood outside the field is well mixed.

    Raises
    ------
    InputError
        A dose, share or number of turnovers is negative, or the share is not below 1.

    References
    ----------
    Model assumption; Hammi 2020, Phys Med Biol 65:055008 (PMC8268045) for simulated shares: 18 % of blood in a first
    brain fraction of photons, 10 % of protons.

    Examples
    --------
    >>> still = blood_dose_histogram(2.0, 0.05, 0.0)
    >>> [round(float(x), 3) for x in (still.mean_gy, still.shares[0])]
    [0.1, 0.05]
    """
    check_dose(field_dose_gy, "field_dose_gy")
    check_not_negative(turnovers, "turnovers")
    if not 0.0 <= blood_share_in_field < 1.0:
        message = f"share of blood in the field is {blood_share_in_field:g}"
        raise InputError(Problem(message, key="blood_share_in_field", allowed="0 to below 1"))
    rest = 1.0 - blood_share_in_field
    hit = 1.0 - rest * float(np.exp(-turnovers * blood_share_in_field / rest))
    if hit == 0.0:
        return uniform_field(0.0)
    dose = field_dose_gy * blood_share_in_field / hit
    return DoseHistogram(np.array([dose, 0.0]), np.array([hit, 1.0 - hit]))


def implant_dose_rate(time_days: Value, initial_dose_rate_gy_per_day: Value, halflife_days: Value) -> Value:
    """Dose rate of a decaying source some time after implantation [Gy/day].

    Parameters
    ----------
    time_days : time since implantation [day]; zero rate before it
    initial_dose_rate_gy_per_day : dose rate at implantation [Gy/day]; total dose times ln2/half-life
    halflife_days : half-life of the source, 59.4 for I-125 [day]

    Notes
    -----
    R0 exp(-t ln2/h).

    Raises
    ------
    InputError
        The dose rate is negative.

    References
    ----------
    Dale 1985, Br J Radiol 58:515.

    Examples
    --------
    >>> float(implant_dose_rate(59.4, 1.7, 59.4))
    0.85
    """
    check_not_negative(initial_dose_rate_gy_per_day, "initial_dose_rate_gy_per_day")
    rate = initial_dose_rate_gy_per_day * expr.exp(-expr.maximum(time_days, 0.0) * np.log(2.0) / halflife_days)
    return expr.where(time_days < 0.0, 0.0, rate)
