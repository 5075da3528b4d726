"""Complications of normal tissue in an arm, from the organ doses that its courses of radiation state."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from abscopal import parameters, radiation
from abscopal.errors import InputError, Problem
from abscopal.radiation.ntcp import UNIFORM, ComplicationModel
from abscopal.regimen.courses import fraction_window_days
from abscopal.study import Arm, Radiation, Study
from abscopal.vocabulary import HUMAN

_LUNG = "lung"
_CHECKPOINTS = ("PD-1", "PD-L1", "CTLA-4")
# Drugs with this target are chemotherapy; given from a week before to the end of radiotherapy they are concurrent.
_CHEMOTHERAPY, _CONCURRENT_FROM_DAYS = "DNA", 7.0
# Doses per fraction are the same to so many digits [Gy].
_DIGITS = 9


def organ_problems(course: Radiation, arm: Arm, study: Study) -> Iterator[Problem]:
    """What is wrong with the organ doses of a course, with the place in the file."""
    position = arm.radiation.index(course)
    known: dict[str, str] = {}
    for organ in course.organs:
        path = ("arms", arm.name, "radiation", position, "organs", organ.name)
        lines = study.origin.lines
        line = next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None)
        key = f"arms.{arm.name}.radiation[{position}].organs.{organ.name}"
        if study.host.species != HUMAN:
            message = f"complications of organs are known for patients, not for a {study.host.species}"
            yield Problem(message, key, line, "`species: human` under `host:`", "remove `organs:`")
            continue
        try:
            model = radiation.complication_model(organ.name)
        except InputError as error:
            yield from (Problem(p.message, key, line, p.allowed, p.advice) for p in error.problems)
            continue
        first = known.setdefault(model.organ, organ.name)
        if first != organ.name:
            message = f"{first!r} and {organ.name!r} are one organ"
            yield Problem(message, key, line, "each organ once in a course", "remove one of them")
        wanted, other = _keys(model)
        if getattr(organ, f"{wanted}_gy") is None or getattr(organ, f"{other}_gy") is not None:
            allowed = f"`{wanted}: 15 Gy`, {_meaning(model)}; total of the course, RBE-weighted for ions"
            yield Problem(f"{model.organ} needs `{wanted}` and nothing else", key, line, allowed, f"give `{wanted}`")


def _keys(model: ComplicationModel) -> tuple[str, str]:
    return ("uniform_dose", "mean_dose") if model.dose == UNIFORM else ("mean_dose", "uniform_dose")


def _meaning(model: ComplicationModel) -> str:
    if model.dose == UNIFORM:
        return f"the equivalent uniform dose of {model.of} with n = {model.value('n'):g}"
    return f"the mean dose of {model.of}"


def organ_numbers(study: Study) -> parameters.ParameterSet:
    """The declared numbers, named `td50@lung`, of the complication models of all organs that a study gives a dose."""
    named = dict.fromkeys(organ.name for arm in study.arms for course in arm.radiation for organ in course.organs)
    models = [radiation.complication_model(name) for name in named]
    return parameters.ParameterSet({item.name: item for model in models for item in model.coefficients.values()})


def complications(study: Study, arm_name: str) -> list[dict[str, Any]]:
    """Rows of an arm, one per organ with a dose: probability of the complication, source and limits.

    Doses of several courses to one organ count together, those given within minutes as one fraction. With checkpoint
    blockade, the lung also has the probability of pneumonitis from radiation or the drug.
    """
    arm = study.arm(arm_name)
    given: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for course in arm.radiation:
        for organ in course.organs:
            model = radiation.complication_model(organ.name)
            dose = getattr(organ, f"{_keys(model)[0]}_gy")
            given[model.organ] += [(day, dose / course.fractions) for day in course.days]
    return [_row(arm, organ, _fractions(parts), max(day for day, _ in parts)) for organ, parts in given.items()]


def _fractions(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Total dose and number of the fractions of each size [Gy, 1], of parts on days; those within minutes are one."""
    doses: list[float] = []
    start = -float("inf")
    for day, dose in sorted(parts):
        if day - start <= fraction_window_days():
            doses[-1] += dose
        else:
            doses.append(dose)
            start = day
    sizes = Counter(round(dose, _DIGITS) for dose in doses)
    return [(round(size * count, _DIGITS - 3), float(count)) for size, count in sizes.items()]


def _row(arm: Arm, organ: str, courses: list[tuple[float, float]], last_day: float) -> dict[str, Any]:
    model = radiation.complication_model(organ)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", radiation.ValidityWarning)
        probability = radiation.complication_probability(organ, courses, chemotherapy=_chemotherapy(arm))
    drugs = [c for c in arm.drugs if parameters.agent(c.agent).about["target"] in _CHECKPOINTS]
    with_blockade = None
    if organ == _LUNG and drugs:
        since = min(day for course in drugs for day in course.days) - last_day
        with_blockade = radiation.pneumonitis_with_checkpoint_blockade(probability, since)
    return {
        "organ": organ,
        "complication": model.complication,
        "dose_gy": sum(dose for dose, _ in courses),
        "dose_kind": model.dose,
        "fractions": int(sum(count for _, count in courses)),
        "probability": probability,
        "with_checkpoint_blockade": with_blockade,
        "source": model.source,
        "limits": "; ".join([model.limits, *(str(w.message) for w in caught)]),
    }


def _chemotherapy(arm: Arm) -> bool:
    days = [day for course in arm.radiation if course.organs for day in course.days]
    given = [day for c in arm.drugs if parameters.agent(c.agent).about["target"] == _CHEMOTHERAPY for day in c.days]
    return any(min(days) - _CONCURRENT_FROM_DAYS <= day <= max(days) for day in given)
