"""A study, its model and its run in plain words and numbers: the metadata that results, report and `check` show."""

from __future__ import annotations

import math
import platform
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from abscopal import parameters
from abscopal.model.notes import untaken_notes, validity_notes
from abscopal.parameters import ParameterSet
from abscopal.regimen import Timeline
from abscopal.regimen.normal_tissue import complications
from abscopal.simulation.inocula import Inoculum, notes
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import Settings
from abscopal.study import CellCourse, DrugCourse, PublishedOutcome, Radiation, Study
from abscopal.version import __version__
from abscopal.vocabulary import ROW_KIND, SHARED

# The change of the host, in the catalogue of parameters, that makes an arm cells in a dish.
DISH_CHANGE = "cell culture"


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
            }
            for s in study.sites
        ],
        "in_vitro": is_dish(study),
        "endpoints": _endpoints(study),
        "compare": [[c.arm, c.against] for c in study.compare],
        "shared_subjects": study.cohort.arms == SHARED,
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
    where = "whole body" if course.whole_body else " and ".join(course.target)
    where = where if course.irradiated_percent is None else f"{course.irradiated_percent:g} % of {where}"
    return (
        f"{course.fractions} x {course.dose_per_fraction_gy:g} Gy {course.label} to {where} on day {_days(course.days)}"
    )


def _way(course: DrugCourse | CellCourse) -> str:
    return f"into {' and '.join(course.target)}" if course.target else course.route


def _days(days: Sequence[float]) -> str:
    return ", ".join(f"{day:g}" for day in days)


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
            "name": name,
            "symbol": p.symbol,
            "meaning": p.meaning,
            "value": p.value,
            "unit": p.unit,
            "spread_animals": p.spread.between_subjects.variation(p.value),
            "spread_knowledge": p.spread.uncertainty.variation(p.value),
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
    """Where a study leaves what the model was made for, what nothing in the model takes up, and odd inocula."""
    leaves = validity_notes(prepared.plan, prepared.declared, prepared.study.tumour)
    return [*leaves, *untaken_notes(prepared.timelines.values(), prepared.model.event_keys), *notes(prepared, tumours)]


def provenance(prepared: Prepared, settings: Settings, tumours: Sequence[Inoculum]) -> dict[str, Any]:
    """Which version, seed, model and command made a result."""
    study, model = prepared.study, prepared.model
    return {
        "abscopal_version": __version__,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(sys.argv),
        "study_file": study.origin.path,
        "study_sha256": study.origin.sha256,
        "seed": study.cohort.seed,
        "cohort_size": study.cohort.size,
        "shared_subjects": study.cohort.arms == SHARED,
        "solver": settings.solver,
        "rtol": settings.rtol,
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
