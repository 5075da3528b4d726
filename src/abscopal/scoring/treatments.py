"""What an arm consists of: its treatments one by one, and its photon-equivalent biologically effective dose."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from typing import Any

from abscopal import radiation
from abscopal.parameters import ParameterSet
from abscopal.radiation.validity import ValidityWarning
from abscopal.regimen import Event, Field, Timeline
from abscopal.regimen.sessions import sessions_of
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
    # All that a course is but its days.
    found.update(c.model_copy(update={"days": (), "note": ""}) for c in arm.radiation)
    return found


def photon_equivalent_bed_gy(timeline: Timeline, parameters: ParameterSet) -> float:
    r"""Biologically effective dose of an arm in photons of equal effect, where it is highest [Gy].

    Parameters
    ----------
    parameters : declared values; `alpha_photon` and `beta_photon` of the line are used.

    Notes
    -----
    .. math:: \sum \left[\sum_i d_i \alpha_i + \left(\sum_i d_i \sqrt{\beta_i}\right)^2\right] / \alpha_X

    over the fractions of a site and the parts :math:`i` of each: what is given within minutes is one fraction, see
    `regimen.sessions`. A dose over days is one by itself. Time and oxygen are left out, as in the textbook rule.
    """
    events = timeline.of_kind("fraction")
    if not events:  # a model without radiation has no coefficients either
        return 0.0
    alpha, beta = parameters["alpha_photon"].value, parameters["beta_photon"].value
    sites = dict.fromkeys(site for event in events for site in event.where)
    slow = [[event] for event in events if _field(event).continuous]
    at_once = [[e for e in session.events if not _field(e).continuous] for session in sessions_of(timeline)]

    def of_site(site: str) -> float:
        given = ([event for event in parts if site in event.where] for parts in (*slow, *at_once))
        return math.fsum(_effect(parts, alpha, beta) for parts in given) / alpha

    return max(of_site(site) for site in sites)


def _effect(parts: list[Event], alpha: float, beta: float) -> float:
    """Linear-quadratic effect of the parts of one fraction."""
    own = [(event.amount, *_coefficients(_field(event), alpha, beta)) for event in parts]
    linear, root = sum(dose * a for dose, a, _ in own), sum(dose * math.sqrt(b) for dose, _, b in own)
    return linear + root * root


def _field(event: Event) -> Field:
    assert event.field is not None  # every event of radiation has one
    return event.field


def _coefficients(field: Field, alpha: float, beta: float) -> tuple[float, float]:
    """LQ coefficients of a field [1/Gy, 1/Gy2]."""
    if field.particle == PHOTON:
        return alpha, beta
    if field.stated_rbe is not None:
        return alpha * field.stated_rbe, beta * field.stated_rbe**2
    if field.measured_pair is not None:
        return field.measured_pair[:2]
    with warnings.catch_warnings():  # a rule of thumb may stretch the fit to LETs beyond it
        warnings.simplefilter("ignore", ValidityWarning)
        found = radiation.ion_coefficients(field.particle, field.let_kev_um, alpha, beta)
    return float(found[0]), float(found[1])


def higher_dose(first_gy: float, second_gy: float, equal_share: float) -> int:
    """1 where the first dose is the higher one, -1 where the second is, 0 where they are equal within a share."""
    if abs(first_gy - second_gy) <= equal_share * max(first_gy, second_gy):
        return 0
    return 1 if first_gy > second_gy else -1
