"""Tissues and organs: biologically effective dose, complications."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.actions.radiation.inputs import (
    ALPHA_BETA,
    DAYS,
    DOSE,
    DOSE_PER_DAY,
    FRACTIONS,
    ORGAN_DOSE,
    RBE_MAX,
    RBE_MIN,
    TRANSITION,
    number,
    refuse,
    remark,
    tried,
)
from abscopal.errors import Problem
from abscopal.radiation.ntcp import ComplicationModel
from abscopal.radiation.overall_time import RegrowthInCourse
from abscopal.radiation.validity import ValidityWarning, warn_outside


@with_warnings
def effective_dose(
    dose_gy: float,
    fractions: int,
    alpha_beta: float | None,
    rbe_max: float = 1.0,
    rbe_min: float = 1.0,
    transition_dose: float | None = None,
    days: float | None = None,
    tissue: str | None = None,
    kick_off: float | None = None,
    dose_per_day: float | None = None,
    line: str | None = None,
) -> Calculation:
    """Biologically effective dose of fractions of a dose [Gy], and the equivalent dose in 2 Gy fractions [Gy].

    Parameters
    ----------
    alpha_beta : of the tissue for photons [Gy]; None is that of the tissue or the line.
    rbe_max : alpha of the ion over that of photons; `rbe_min` is the square root of the same ratio of beta.
    transition_dose : photon dose where the survival curve turns straight [Gy]; None is never.
    days : overall time, from the first to the last fraction; with it regrowth is taken off.
    tissue : whose regrowth is published; `kick_off` [day] or `dose_per_day` [Gy in 2 Gy fractions] replaces its number.
    line : tumour line of the catalogue that has alpha/beta.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    regrowth, unknown = tried(lambda: None if tissue is None else radiation.regrowth_in_course(tissue))
    ratio, missing = _ratio(alpha_beta, line, regrowth, tissue)
    refuse(
        number("DOSE", dose_gy, DOSE),
        number("--fractions", fractions, FRACTIONS),
        number("--alpha-beta", alpha_beta, ALPHA_BETA),
        number("--rbe-max", rbe_max, RBE_MAX),
        number("--rbe-min", rbe_min, RBE_MIN),
        number("--transition-dose", transition_dose, TRANSITION),
        number("--days", days, DAYS),
        number("--kick-off", kick_off, DAYS),
        number("--dose-per-day", dose_per_day, DOSE_PER_DAY),
        *(replace(problem, key="--tissue") for problem in unknown),
        *missing,
        *_time_problems(days, tissue, kick_off, dose_per_day),
    )
    assert ratio is not None
    warn_outside("linear-quadratic dose", "dose per fraction", dose_gy, 0.0, 30.0, "Gy")
    if transition_dose is not None and dose_gy <= transition_dose:
        remark(f"--transition-dose {transition_dose:g} changes nothing: the dose of a fraction stays below it")
    if rbe_min > rbe_max:
        remark("--rbe-min above --rbe-max: an RBE that rises with dose; measured ones fall")
    whole = float(
        radiation.biologically_effective_dose(
            dose_gy, fractions, ratio, rbe_max=rbe_max, rbe_min=rbe_min, transition_dose_gy=transition_dose
        )
    )
    values: dict[str, Any] = {"bed_gy": whole, "eqd2_gy": float(radiation.eqd2(whole, ratio))}
    if alpha_beta is None:
        values["alpha_beta_gy"] = ratio
    if days is not None:
        values |= _after_regrowth(whole, ratio, days, regrowth, kick_off, dose_per_day)
    return Calculation(values)


def _ratio(
    alpha_beta: float | None, line: str | None, regrowth: RegrowthInCourse | None, tissue: str | None
) -> tuple[float | None, tuple[Problem, ...]]:
    """alpha/beta from what is given, or the problem that there is none, or two."""
    if line is not None:
        if alpha_beta is not None:
            advice = "leave out --alpha-beta or --line"
            return alpha_beta, (Problem(f"--line {line} has its own alpha/beta", key="--alpha-beta", advice=advice),)
        known, wrong = tried(lambda: radiation.irradiated_line(line))
        if known is None:
            return None, tuple(replace(p, key="--line", allowed="a tumour line of the catalogue") for p in wrong)
        if known.beta_x == 0:
            advice = "give --alpha-beta"
            return None, (Problem(f"{known.name} has a beta of 0, so no alpha/beta", key="--line", advice=advice),)
        return known.alpha_x / known.beta_x, ()
    if alpha_beta is None and regrowth is not None:
        return regrowth.value("alpha_beta"), ()
    if alpha_beta is None and tissue is None:
        advice = "give --alpha-beta of the tissue, or --line, or --tissue"
        return None, (Problem("alpha/beta is missing", key="--alpha-beta", advice=advice),)
    return alpha_beta, ()


def _time_problems(
    days: float | None, tissue: str | None, kick_off: float | None, dose_per_day: float | None
) -> Iterator[Problem]:
    """Regrowth needs a time, and a time something that regrows."""
    given = [name for name, v in (("--kick-off", kick_off), ("--dose-per-day", dose_per_day)) if v is not None]
    if days is None:
        for name in given:
            yield Problem(f"{name} changes nothing without the overall time", key=name, advice="add --days")
        if tissue is not None and not given:
            message = f"--tissue {tissue} tells of regrowth, which needs the overall time"
            yield Problem(message, key="--tissue", advice="add --days, or give --alpha-beta alone")
    elif tissue is None and len(given) < 2:
        advice = f"give --tissue ({', '.join(radiation.regrowing_tissues())}), or --kick-off and --dose-per-day"
        yield Problem("--days changes nothing without a tissue that regrows", key="--days", advice=advice)
    elif tissue is not None and len(given) == 2:
        advice = "leave out --tissue, or one of them"
        yield Problem("--kick-off and --dose-per-day replace all of --tissue", key="--tissue", advice=advice)


def _after_regrowth(
    bed: float,
    ratio: float,
    days: float,
    regrowth: RegrowthInCourse | None,
    kick_off: float | None,
    dose_per_day: float | None,
) -> dict[str, Any]:
    """BED and EQD2 less what regrowth takes away, with the interval of a published dose per day."""
    begins = regrowth.value("kick_off") if kick_off is None and regrowth else kick_off
    per_day = regrowth.value("dose_per_day") if dose_per_day is None and regrowth else dose_per_day
    assert begins is not None
    assert per_day is not None

    def corrected(start: float, cost: float) -> float:
        lost = radiation.dose_lost_to_regrowth(days, start, cost)
        return float(radiation.time_corrected_bed(bed, lost, ratio))

    left = corrected(begins, per_day)
    values: dict[str, Any] = {"lost_to_regrowth_eqd2_gy": max(days - begins, 0.0) * per_day}
    values |= {"time_corrected_bed_gy": left, "time_corrected_eqd2_gy": float(radiation.eqd2(left, ratio))}
    if days <= begins:
        remark(f"--days {days:g} changes nothing: regrowth begins after {begins:g} days")
    if left == 0.0:
        remark("regrowth takes away the whole dose: the correction is outside what it was made for")
    if regrowth is not None:
        ends = [
            [float(c) for c in regrowth.coefficients[name].spread.uncertainty.at(value, [-1.0, 1.0])]
            for name, value in (("kick_off", begins), ("dose_per_day", per_day))
        ]
        starts = ends[0] if kick_off is None else [begins, begins]
        costs = ends[1] if dose_per_day is None else [per_day, per_day]
        worst, best = corrected(starts[0], costs[1]), corrected(starts[1], costs[0])
        values["time_corrected_eqd2_low_gy"] = float(radiation.eqd2(worst, ratio))
        values["time_corrected_eqd2_high_gy"] = float(radiation.eqd2(best, ratio))
        values |= {"tissue": regrowth.of, "kick_off_days": begins, "dose_per_day_gy": per_day}
        values |= {"source": regrowth.source, "limits": regrowth.limits}
    return values


@with_warnings
def complication(
    organ: str,
    mean_dose: float | None = None,
    uniform_dose: float | None = None,
    fractions: int | None = None,
    chemotherapy: bool = False,
    curve: bool = False,
) -> Calculation:
    """Probability of a complication of normal tissue from the dose of an organ.

    Parameters
    ----------
    mean_dose, uniform_dose : total of the course [Gy], RBE-weighted for ions; the one that the organ's fit is made for.
    fractions : None is conventional.

    Raises
    ------
    InputError
        There is no such organ, or its dose is missing.
    """
    model, unknown = tried(lambda: radiation.complication_model(organ))
    refuse(
        *(replace(problem, key="--organ") for problem in unknown),
        *(_organ_problems(model, mean_dose, uniform_dose, chemotherapy) if model else ()),
        number("--mean-dose", mean_dose, ORGAN_DOSE),
        number("--uniform-dose", uniform_dose, ORGAN_DOSE),
        number("--fractions", fractions, FRACTIONS),
    )
    assert model is not None
    dose = mean_dose if mean_dose is not None else uniform_dose
    assert dose is not None
    count = model.value("reference_fractions") if fractions is None else fractions

    def probability(gray: float) -> float:
        return float(radiation.complication_probability(model.organ, [(gray, count)], chemotherapy=chemotherapy))

    tissue = model.value("alpha_beta")
    values = {
        "probability": probability(dose),
        "conventional_dose_gy": radiation.conventional_dose(
            [(dose, count)], tissue, model.value("reference_fractions")
        ),
        "td50_gy": model.value("td50"),
        "complication": model.complication,
        "source": model.source,
        "limits": model.limits,
    }
    return Calculation(values, _dose_response(model, probability, dose, fractions) if curve else None)


def _dose_response(
    model: ComplicationModel, probability: Callable[[float], float], dose_gy: float, fractions: int | None
) -> Curves:
    """Probability against the organ's dose, in the fractions asked for."""
    doses = np.linspace(0.0, max(model.valid_up_to_gy, 1.05 * dose_gy), 200)
    with warnings.catch_warnings():
        # The answer has told already where the fit ends.
        warnings.simplefilter("ignore", ValidityWarning)
        found = {model.complication: np.array([probability(float(d)) for d in doses])}
        marks = {model.complication: (dose_gy, probability(dose_gy))}
    given = "conventional fractions" if fractions is None else f"{fractions} fractions"
    label = f"{model.dose} dose of {model.of} [Gy]"
    return Curves(doses, found, label, "probability", title=f"{model.organ}, {given}", marks=marks)


def _organ_problems(
    model: ComplicationModel, mean_dose: float | None, uniform_dose: float | None, chemotherapy: bool
) -> Iterator[Problem]:
    """An organ needs the dose that its fit was made for and no other, and chemotherapy a fit that knows it."""
    uniform = model.dose == "uniform"
    dose, other = (uniform_dose, mean_dose) if uniform else (mean_dose, uniform_dose)
    wanted = "--uniform-dose" if uniform else "--mean-dose"
    if dose is None or other is not None:
        what = "equivalent uniform dose" if uniform else "mean dose"
        allowed = f"{what} of {model.of}"
        yield Problem(f"{model.organ} needs its {what}", key=wanted, allowed=allowed, advice=f"give {wanted} alone")
    if chemotherapy and model.no_chemotherapy:
        message = f"chemotherapy changes nothing for the {model.organ}: {model.no_chemotherapy}"
        known = [m.organ for m in radiation.complication_models().values() if not m.no_chemotherapy]
        yield Problem(message, key="--chemotherapy", allowed=", ".join(known), advice="leave out --chemotherapy")
