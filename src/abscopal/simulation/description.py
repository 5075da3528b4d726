"""A study, its model and its run in plain words and numbers: the metadata that results, report and `check` show."""

from __future__ import annotations

import math
import platform
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import Any

from abscopal import cohort, parameters, units
from abscopal.engine.accuracy import FINER
from abscopal.model.notes import untaken_notes, validity_notes
from abscopal.parameters import ParameterSet
from abscopal.regimen import Timeline, in_words
from abscopal.regimen.courses import fraction_window_days, is_continuous
from abscopal.regimen.events import how_given, place_of_field
from abscopal.regimen.normal_tissue import complications
from abscopal.regimen.sessions import summed_dose_notes
from abscopal.simulation.inocula import Inoculum, notes
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import Settings, step_of
from abscopal.simulation.solving import ArmTrajectories
from abscopal.study import CellCourse, DrugCourse, PublishedOutcome, Radiation, Study
from abscopal.study.remarks import remarks
from abscopal.version import __version__
from abscopal.vocabulary import ROW_KIND, SHARED

# The change of the host, in the catalogue of parameters, that makes an arm cells in a dish.
DISH_CHANGE = "cell culture"
# A line of words names so many days of a course, then the first and the last; the timetable has all.
_MOST_DAYS = 8
# A reader is told where the tolerance decides a readout by more than this.
TOLD_CHANGE = 0.01


def metadata(prepared: Prepared, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """Everything beside the trajectories that a result carries, as plain values."""
    study, declared = prepared.study, prepared.declared
    return {
        "name": study.name,
        "title": study.title,
        "citation": study.source.citation,
        "doi": study.source.doi,
        "clock": study.clock,
        "host": study.host.species,
        "arms": [
            {"name": a.name, "description": describe_arm(study, a.name), "control": a.name == study.control}
            for a in study.arms
        ],
        "sites": [
            {
                "name": s.name,
                "inoculated_day": s.inoculated_day,
                "irradiated_in": _arms_that_irradiate(prepared, s.name),
                "start_volume_day": None if s.start_volume is None else s.start_volume.day,
            }
            for s in study.sites
        ],
        "in_vitro": is_dish(study),
        "endpoints": _endpoints(study),
        "compare": [[c.arm, c.against] for c in study.compare],
        "shared_subjects": study.cohort.arms == SHARED,
        "readouts": list(study.readouts),
        "published": [_published(i, outcome) for i, outcome in enumerate(study.published)],
        "left_out": [{"id": item.arm, "reason": item.reason} for item in study.left_out],
        "normal_tissue": {a.name: complications(study, a.name) for a in study.arms},
        "timetable": {a.name: timetable(prepared.timelines[a.name]) for a in study.arms},
        "parameters": parameter_table(declared),
        "citations": {p.source.cite: parameters.citations()[p.source.cite] for p in declared.values() if p.source.cite},
        "defaults_filled": [{"key": d.key, "value": d.value, "why": d.why} for d in study.defaults_filled],
        "provenance": dict(provenance),
    }


def is_dish(study: Study) -> bool:
    """Whether every arm of a study is cells in a dish."""
    return all(DISH_CHANGE in arm.host_changes for arm in study.arms)


def describe_arm(study: Study, arm: str) -> str:
    """What is done to an arm, in one line."""
    chosen = study.arm(arm)
    parts = [_radiation_words(course) for course in chosen.radiation]
    parts += [f"{c.agent} {c.dose} {_way(c)} on day {_days(c.days)}" for c in chosen.drugs]
    parts += [f"{c.number_cells:g} {c.product} {_way(c)} on day {_days(c.days)}" for c in chosen.cells]
    parts += list(study.host_changes(arm))
    return "; ".join(parts) or "untreated"


def _radiation_words(course: Radiation) -> str:
    where = place_of_field(course, " and ".join(course.target))
    dose = f"{course.fractions} x {course.dose_per_fraction_gy:g} Gy {course.label}{how_given(course)}"
    return f"{dose} to {where} on day {_days(course.days)}"


def _way(course: DrugCourse | CellCourse) -> str:
    return f"into {' and '.join(course.target)}" if course.target else course.route


def _days(days: Sequence[float]) -> str:
    shown = [f"{day:g}" for day in days]
    return ", ".join(shown) if len(days) <= _MOST_DAYS else f"{', '.join(shown[:3])} … {shown[-1]} ({len(days)} days)"


def timetable(line: Timeline) -> list[dict[str, Any]]:
    """Rows of an arm's timetable; changes of the host come first, as they hold from before inoculation."""
    changes = [
        {"day": line.start_day, "what": change, "how_much": "throughout", "where": "host", "kind": "host"}
        for change in line.host_changes
    ]
    return changes + [
        {"day": event.day, "what": row.what, "how_much": row.how_much, "where": row.where, "kind": ROW_KIND[event.kind]}
        for event, row in zip(line, line.table(), strict=True)
    ]


def parameter_table(declared: ParameterSet) -> list[dict[str, Any]]:
    """Rows of the parameter table: name, meaning, value, unit, spread and source."""
    return [
        {
            "name": in_words(name),
            "symbol": p.symbol,
            "meaning": p.meaning,
            "value": p.value,
            "unit": p.unit,
            "between_subject_variability": p.spread.between_subjects.variation(p.value),
            "parameter_uncertainty": p.spread.uncertainty.variation(p.value),
            "kind": p.source.kind,
            "cite": p.source.cite,
            "where": p.source.where,
            "note": p.source.note,
            "mechanism": p.mechanism,
            "overridden": p.source.note.startswith("set by the"),
        }
        for name, p in declared.items()
    ]


def inocula_table(tumours: Sequence[Inoculum]) -> list[dict[str, Any]]:
    """Rows of what each tumour starts from: site, cells typed, cells simulated and their ratio."""
    return [
        {"site": item.site, "typed": item.typed, "simulated": _finite(item.simulated), "factor": _finite(item.factor)}
        for item in tumours
    ]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def source_counts(declared: ParameterSet) -> dict[str, int]:
    """How many parameters are measured, fitted, derived, borrowed and assumed."""
    counts = Counter(p.source.kind for p in declared.values())
    return {kind: counts.get(kind, 0) for kind in parameters.SOURCE_KINDS}


def warnings_of(prepared: Prepared, tumours: Sequence[Inoculum]) -> list[str]:
    """What is implausible, what the model was not made for or nothing in it takes up, and odd inocula."""
    study = prepared.study
    drawn = cohort.drawn_note(prepared.undrawn, prepared.declared, study.tumour, study.cohort.seed)
    return [
        *([drawn] if drawn else []),
        *remarks(study),
        *summed_dose_notes(prepared.timelines.values(), prepared.study.host.species),
        *_joined_fractions(prepared.study),
        *validity_notes(prepared.plan, prepared.declared, prepared.study.tumour),
        *untaken_notes(prepared.timelines.values(), prepared.model.event_keys),
        *notes(prepared, tumours),
    ]


def _joined_fractions(study: Study) -> list[str]:
    """A warning for every course whose own fractions are so close that they are one."""
    window, found = fraction_window_days(), []
    for arm in study.arms:
        for course in (c for c in arm.radiation if not is_continuous(c)):
            apart = min((after - before for before, after in pairwise(sorted(course.days))), default=math.inf)
            if apart <= window:
                found.append(
                    f"{arm.name}: fractions {units.convert(apart, 'd', 'min'):.3g} minutes apart act as one of their "
                    f"summed dose, as all that is given within {units.convert(window, 'd', 'min'):.3g} minutes"
                )
    return list(dict.fromkeys(found))


def accuracy_notes(arms: Mapping[str, ArmTrajectories], settings: Settings) -> list[str]:
    """A warning for every arm in which a hundredth of the tolerance changes a readout of a compared subject by 1 %."""
    found = []
    for name, arm in arms.items():
        changed = int((arm.changes > TOLD_CHANGE).sum())
        if changed:
            found.append(
                f"{name}: at a hundredth of the tolerance, readouts of {changed} of {len(arm.changes)} compared "
                f"subjects change by up to {100.0 * min(1.0, float(arm.changes.max())):.3g} %; "
                f"run again with --rtol {FINER * settings.rtol:.0e} and see what of the result stays"
            )
    return found


def provenance(prepared: Prepared, settings: Settings, tumours: Sequence[Inoculum]) -> dict[str, Any]:
    """Which version, seed, model and command made a result."""
    study, model = prepared.study, prepared.model
    return {
        "abscopal_version": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
        "study_file": study.origin.path,
        "study_sha256": study.origin.sha256,
        **_own_catalogue(study),
        "seed": study.cohort.seed,
        "cohort_size": study.cohort.size,
        "shared_subjects": study.cohort.arms == SHARED,
        "solver": settings.solver,
        "rtol": settings.rtol,
        "output_step_days": step_of(study, settings),
        "model_fingerprint": model.system.fingerprint[:16],
        "states": len(model.species),
        "mechanisms": list(model.mechanisms),
        "switched_off": list(prepared.without),
        "warnings": warnings_of(prepared, tumours),
        "inocula": inocula_table(tumours),
        "overrides": {o.name: f"{o.value:g} {o.unit} ({o.origin})" for o in study.parameters},
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "scipy", "llvmlite", "xarray", "pandas")},
    }


def _own_catalogue(study: Study) -> dict[str, str]:
    own = study.catalogue
    return {} if own is None else {"catalogue_file": own.path, "catalogue_sha256": own.sha256}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _arms_that_irradiate(prepared: Prepared, site: str) -> list[str]:
    return [name for name, timeline in prepared.timelines.items() if timeline.dose_gy(site) > 0]


def _endpoints(study: Study) -> dict[str, Any]:
    survival, response = study.endpoints.survival, study.endpoints.response
    return {
        "survival": {"volume_limit_mm3": survival.volume_limit_mm3, "of": survival.of},
        "response": {
            "day": response.day,
            "baseline_day": response.baseline_day,
            "complete_below_mm3": response.complete_below_mm3,
            "partial_below_fraction": response.partial_below_percent / 100.0,
        },
    }


def _published(position: int, outcome: PublishedOutcome) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": outcome.claim or f"outcome {position + 1}",
        "metric": outcome.metric,
        "basis": outcome.basis,
        "note": outcome.note,
        "p": outcome.p,
        "discriminating": outcome.discriminating,
        "readout": outcome.readout,
        "group_size": outcome.group_size,
    }
    if outcome.is_rate:
        return {**row, "arm": outcome.arm, "site": outcome.site, "value": outcome.value_percent, "unit": "%"}
    return {
        **row,
        "better": outcome.better,
        "worse": outcome.worse,
        "relation": outcome.relation,
        **({"site": outcome.site} if outcome.site else {}),
    }
