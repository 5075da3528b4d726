"""What an arm consists of: its treatments one by one, and its photon-equivalent biologically effective dose."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from typing import Any

from abscopal import radiation
from abscopal.parameters import ParameterSet
from abscopal.radiation.validity import ValidityWarning
from abscopal.regimen import Event, Timeline
from abscopal.study import Arm
from abscopal.vocabulary import PHOTON


def untreated(arm: Arm) -> Arm:
    """The arm with the same hosts and nothing given."""
    return _renamed(arm, radiation=(), drugs=(), cells=())


def depleted(arm: Arm, change: str) -> Arm:
    """The arm with the same treatment in hosts with one change more."""
    return _renamed(arm, host_changes=tuple(dict.fromkeys((*arm.host_changes, change))))


def singles(arm: Arm) -> list[Arm]:
    """The arms that hold one treatment each: all radiation, each drug, each cell product; same hosts."""
    found = [_renamed(arm, radiation=arm.radiation, drugs=(), cells=())] if arm.radiation else []
    for agent in sorted({c.agent for c in arm.drugs}):
        found.append(_renamed(arm, radiation=(), drugs=tuple(c for c in arm.drugs if c.agent == agent), cells=()))
    for product in sorted({c.product for c in arm.cells}):
        found.append(_renamed(arm, radiation=(), drugs=(), cells=tuple(c for c in arm.cells if c.product == product)))
    return found


def _renamed(arm: Arm, **courses: Any) -> Arm:
    return arm.model_copy(update={"name": "part", **courses})


def more_treatment(first: Arm, second: Arm) -> int:
    """1 where the first arm is the second plus a treatment in the same hosts, -1 the other way round, else 0."""
    if set(first.host_changes) != set(second.host_changes):
        return 0
    a, b = _treatments(first), _treatments(second)
    if a == b:
        return 0
    return 1 if a >= b else -1 if b >= a else 0


def _treatments(arm: Arm) -> Counter[Any]:
    found: Counter[Any] = Counter({c.agent for c in arm.drugs} | {c.product for c in arm.cells})
    found.update((c.label, c.dose_per_fraction_gy, c.fractions, c.target) for c in arm.radiation)
    return found


def photon_equivalent_bed_gy(timeline: Timeline, parameters: ParameterSet) -> float:
    r"""Biologically effective dose of an arm in photons of equal effect, summed over its fractions [Gy].

    Parameters
    ----------
    parameters : declared values; `alpha_photon` and `beta_photon` of the line are used.

    Notes
    -----
    .. math:: \sum d_X (1 + d_X \beta_X / \alpha_X)

    with the photon dose :math:`d_X` of one fraction's effect. Time and oxygen are left out, as in the textbook rule.
    """
    fractions = timeline.of_kind("fraction")
    if not fractions:  # a model without radiation has no coefficients either
        return 0.0
    alpha, beta = parameters["alpha_photon"].value, parameters["beta_photon"].value
    doses = [_photon_dose_gy(event, alpha, beta) for event in fractions]
    return math.fsum(dose * (1.0 + dose * beta / alpha) for dose in doses)


def _photon_dose_gy(event: Event, alpha: float, beta: float) -> float:
    field = event.field
    assert field is not None  # every event of radiation has one
    if field.particle == PHOTON:
        return event.amount
    if field.stated_rbe is not None:
        return event.amount * field.stated_rbe
    if field.measured_pair is not None:
        alpha_ion, beta_ion, _ = field.measured_pair
    else:
        with warnings.catch_warnings():  # a rule of thumb may stretch the fit to LETs beyond it
            warnings.simplefilter("ignore", ValidityWarning)
            alpha_ion, beta_ion = radiation.ion_coefficients(field.particle, field.let_kev_um, alpha, beta)
    return float(radiation.photon_equivalent_dose(event.amount, alpha_ion, beta_ion, alpha, beta))


def higher_dose(first_gy: float, second_gy: float, equal_share: float) -> int:
    """1 where the first dose is the higher one, -1 where the second is, 0 where they are equal within a share."""
    if abs(first_gy - second_gy) <= equal_share * max(first_gy, second_gy):
        return 0
    return 1 if first_gy > second_gy else -1
