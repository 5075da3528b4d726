"""The summary of a result as plain data, for summary.json; its schema is docs/summary.schema.json."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from abscopal.results.agreement import tally
from abscopal.results.armsummary import ArmSummary, ArmSurvival
from abscopal.results.harm import ArmHarm, scales
from abscopal.results.wording import answer
from abscopal.statistics import conventions

if TYPE_CHECKING:
    from abscopal.results.comparison import Comparison
    from abscopal.results.result import Result

SCHEMA_VERSION = 2
DISCLAIMER = "Research software: never advice on a patient."
# How many of the readouts that differ most are named per comparison.
MEDIATORS_KEPT = 20


def summarise(result: Result) -> dict[str, Any]:
    """Everything but the trajectories; infinite and undefined numbers are None, so that it is valid JSON."""
    meta = result.metadata
    whole = {
        "schema_version": SCHEMA_VERSION,
        "disclaimer": DISCLAIMER,
        "study": {
            "name": meta.name,
            "title": meta.title,
            "question": meta.question,
            "citation": meta.citation,
            "doi": meta.doi,
            "clock": meta.clock,
        },
        "cohort": _cohort(result),
        "definitions": _definitions(result),
        "arms": [_arm(arm, harm) for arm, harm in zip(result.arms, result.harm, strict=True)],
        "comparisons": [_comparison(c) for c in result.comparisons],
        "published": {
            "tally": tally(result.agreements),
            "group_sizes_if_not_published": list(conventions.group_sizes(meta.in_vitro)),
            "outcomes": [asdict(a) for a in result.agreements],
        },
        "parameters": {
            "count": len(meta.parameters),
            "by_kind": kinds(meta.parameters),
            "overridden": [dict(p) for p in meta.parameters if p.get("overridden")],
        },
        "left_out": [dict(row) for row in meta.left_out],
        "citations": result.cite(),
        "provenance": dict(meta.provenance),
        "notes": notes(result),
    }
    plain: dict[str, Any] = as_plain(whole)
    return plain


def as_plain(value: Any) -> Any:
    """A value as JSON can hold it: NaN and infinities become None, arrays lists, labels text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): as_plain(v) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Sequence | set | frozenset):
        return [as_plain(v) for v in value]
    if hasattr(value, "tolist"):
        return as_plain(value.tolist())
    return str(value)


def kinds(parameters: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many parameters have each kind of source, the most frequent first."""
    return dict(Counter(str(p.get("kind") or "unknown") for p in parameters).most_common())


def notes(result: Result) -> list[str]:
    """What a reader must know before quoting a number of this result."""
    t, meta = result.trajectories, result.metadata
    found = [
        "p values describe simulated animals and shrink as the cohort grows: quote the size of a difference.",
        "Simulated animals are followed to the last day even after their volume limit, so that curves are not cut.",
    ]
    if meta.shared_subjects:
        found.append("Subject i is the same animal in every arm: differences between arms are within animals.")
    for row in t.failures():
        found.append(
            f"{row['count']} of {t.subjects} trajectories of arm {row['arm']!r} failed and are left out of every "
            f"statistic (code {row['code']}: {row['advice']})."
        )
    if t.streamed is not None:
        found.append(
            f"{t.subjects:,} subjects per arm were streamed: end points and quantiles are of all of them; single "
            f"curves, mediators, harm and published outcomes are of the first {t.kept}."
        )
    unverified = tally(result.agreements)["unverified"]
    if unverified:
        found.append(f"Published outcomes from memory, shown as unverified and not counted: {unverified}.")
    return found


def _cohort(result: Result) -> dict[str, Any]:
    t, meta = result.trajectories, result.metadata
    return {
        "subjects_per_arm": t.subjects,
        "shared_subjects": meta.shared_subjects,
        "sites": [{"name": s.name, "irradiated_in": list(s.irradiated_in)} for s in meta.sites],
        "first_day": t.time_days[0],
        "last_day": t.time_days[-1],
        "failed": t.failures(),
    }


def _definitions(result: Result) -> dict[str, Any]:
    meta = result.metadata
    day, why = result.comparison_day
    return {
        "survival": None if meta.survival is None else asdict(meta.survival),
        "response": None if meta.response is None else asdict(meta.response),
        "growth_volume_mm3": meta.growth_volume_mm3,
        "comparison_day": day,
        "comparison_day_reason": why,
        "first_treatment_day": meta.first_treatment_day,
        "volume_floor_mm3": meta.volume_floor_mm3,
        "harm": {name: dict(scale) for name, scale in scales().items()},
    }


def _arm(arm: ArmSummary, harm: ArmHarm) -> dict[str, Any]:
    return {
        "name": arm.name,
        "description": arm.description,
        "control": arm.control,
        "n": arm.n,
        "failed": arm.failed,
        "survival": None if arm.survival is None else _survival(arm.survival),
        "sites": [asdict(site) for site in arm.sites],
        "harm": {key: value for key, value in as_plain(harm).items() if key != "name"},
    }


def _survival(survival: ArmSurvival) -> dict[str, Any]:
    return {
        "events": survival.events,
        "median_days": asdict(survival.median_days),
        "alive_at_end": asdict(survival.alive_at_end),
        "restricted_mean_days": survival.restricted_mean_days,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "a": comparison.a,
        "b": comparison.b,
        "sentence": answer(comparison),
        "paired": comparison.paired,
        "day": comparison.day,
        "window_days": list(comparison.window_days),
        "survival": None if comparison.survival is None else asdict(comparison.survival),
        "sites": [asdict(site) for site in comparison.sites],
        "mediators": [asdict(m) for m in comparison.mediators[:MEDIATORS_KEPT]],
    }
