"""The summary of a result as plain data, for summary.json; its schema is docs/summary.schema.json."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from abscopal.results.agreement import tally
from abscopal.results.armsummary import ArmSummary, ArmSurvival
from abscopal.results.harm import ArmHarm, scales
from abscopal.results.measured import measured_summary
from abscopal.results.nouns import Noun, noun_of
from abscopal.results.wording import answer, number, percent
from abscopal.statistics import conventions
from abscopal.statistics.curves import value_on

if TYPE_CHECKING:
    from abscopal.results.comparison import Comparison
    from abscopal.results.result import Result

SCHEMA_VERSION = 3
DISCLAIMER = "Research software: never advice on a patient."
# How many of the readouts that differ most are named per comparison.
MEDIATORS_KEPT = 20
# From this share of tumours on, a complete response that they have before any treatment is told.
_MANY_ALREADY = 0.1


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
        "comparisons": [_comparison(c, remark) for c, remark in zip(result.comparisons, result.remarks, strict=True)],
        "published": {
            "tally": tally(result.agreements),
            "group_sizes_if_not_published": list(conventions.group_sizes(meta.in_vitro)),
            "outcomes": [asdict(a) for a in result.agreements],
        },
        "measured": measured_summary(result),
        "posterior": None if meta.posterior is None else dict(meta.posterior),
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
    noun = noun_of(meta)
    found = [
        f"p values describe simulated {noun.many} and shrink as the cohort grows: quote the size of a difference.",
        f"Simulated {noun.many} are followed to the last day, beyond their volume limit too: curves are not cut.",
    ]
    if meta.posterior is not None:
        found.insert(0, str(meta.posterior["sentence"]))
    if meta.shared_subjects:
        found.append(f"Subject i is the same {noun.one} in every arm: differences between arms are within {noun.many}.")
    for row in t.failures():
        found.append(
            f"{row['count']} of {t.subjects} trajectories of arm {row['arm']!r} failed and are left out of every "
            f"statistic (code {row['code']}: {row['advice']})."
        )
    for arm, count in t.by_reference().items():
        found.append(
            f"{count} of {t.subjects} trajectories of arm {arm!r} were finished by the reference solver, where the "
            "fast one gave up; they count like all others."
        )
    found += list(_already_complete(result, noun))
    if t.streamed is not None:
        found.append(
            f"{t.subjects:,} subjects per arm were streamed: end points and quantiles are of all of them; single "
            f"curves, mediators, harm and published outcomes are of the first {t.kept}."
        )
    unverified = tally(result.agreements)["unverified"]
    if unverified:
        found.append(f"Published outcomes from memory, shown as unverified and not counted: {unverified}.")
    found += [f"To be doubted: {note}." for note in result.metadata.provenance.get("warnings", ())]
    return found


def _already_complete(result: Result, noun: Noun) -> Iterator[str]:
    """Sites of which many tumours are smaller than a complete response leaves them before any response can be."""
    t, rule = result.trajectories, result.metadata.response
    if rule is None or t.time_days[0] > rule.baseline_day:
        return
    at_baseline = value_on(t.time_days, t.values("volume"), rule.baseline_day)
    for site, name in enumerate(t.sites):
        there = at_baseline[..., site][t.ok]
        there = there[there > 0.0]
        share = float((there < rule.complete_below_mm3).mean()) if there.size else 0.0
        if share >= _MANY_ALREADY:
            yield (
                f"{name}: {percent(share)} of the tumours were below the {number(rule.complete_below_mm3)} mm³ of a "
                f"complete response on day {rule.baseline_day:g} already: there `complete` says that the {noun.one}'s "
                "tumour is still as small, not that it shrank."
            )


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


def _comparison(comparison: Comparison, remark: str) -> dict[str, Any]:
    return {
        "a": comparison.a,
        "b": comparison.b,
        "sentence": answer(comparison),
        "remark": remark,
        "paired": comparison.paired,
        "day": comparison.day,
        "day_reason": comparison.day_reason,
        "baseline_day": comparison.baseline_day,
        "window_days": list(comparison.window_days),
        "survival": None if comparison.survival is None else asdict(comparison.survival),
        "sites": [asdict(site) for site in comparison.sites],
        "mediators": [asdict(m) for m in comparison.mediators[:MEDIATORS_KEPT]],
    }
