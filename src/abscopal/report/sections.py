"""What the report says: every number already in words, nothing left for the template to compute."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from abscopal.plots.measured import LEGEND
from abscopal.plots.palette import GROUP_COLOURS, SOURCE_COLOURS, arm_styles
from abscopal.results.agreement import tally
from abscopal.results.citations import own_citation, used_citations
from abscopal.results.endpoints import RESPONSES
from abscopal.results.harm import scales, worth_telling
from abscopal.results.measured import measured_sentence
from abscopal.results.mediators import by_place
from abscopal.results.nouns import noun_of
from abscopal.results.summary import DISCLAIMER, kinds, notes
from abscopal.results.wording import answer, day, fold, harm_cells, number, percent, share, unit_text

if TYPE_CHECKING:
    from abscopal.results import Result
    from abscopal.results.armsummary import ArmSummary, Estimate, SiteSummary
    from abscopal.results.comparison import Comparison
    from abscopal.results.mediators import Mediator

KIND_ORDER = ("measured", "fitted", "derived", "borrowed", "assumed")
KIND_MEANING = {
    "measured": "for this tumour, drug or host",
    "fitted": "to published data",
    "derived": "from other numbers",
    "borrowed": "from another model, species or tumour",
    "assumed": "no source; a reason is given",
}
BASIS_MEANING = {
    "seed": "source documents",
    "abs": "abstract read",
    "fig": "figure legend read",
    "db": "database",
    "infer": "computed from published numbers",
    "mem": "from memory",
}


def content(result: Result) -> dict[str, Any]:
    """Everything that the template shows, except the figures."""
    meta = result.metadata
    return {
        "meta": meta,
        "disclaimer": DISCLAIMER,
        "doi_link": doi_link(meta.doi),
        "asked": _asked(result),
        "colours": {name: style.colour for name, style in arm_styles(meta).items()},
        "answers": [_answer(c, remark) for c, remark in zip(result.comparisons, result.remarks, strict=True)],
        "noun": noun_of(meta),
        "verdicts": _verdict_sentence(result),
        "tally": tally(result.agreements),
        "disagreements": [a.published for a in result.agreements if a.verified and a.verdict == "disagrees"],
        "outcomes": [_outcome(a) for a in result.agreements],
        "survival_rows": [_survival_row(arm) for arm in result.arms if arm.survival is not None],
        "survival_rule": _survival_rule(result),
        "site_tables": [_site_table(result, s) for s in range(len(meta.sites))],
        "definitions": _definitions(result),
        "volume_day": day(result.comparison_day[0]),
        "harm": _harm(result),
        "why": [_why(c) for c in result.comparisons],
        "group_colours": GROUP_COLOURS,
        "timetable": [(arm.name, _events(meta.timetable.get(arm.name, ()))) for arm in meta.arms],
        "arms": result.arms,
        "parameters": [_parameter(p, meta.citations) for p in meta.parameters],
        "kinds": _kinds(meta.parameters),
        "source_colours": SOURCE_COLOURS,
        "defaults": [dict(row) for row in meta.defaults_filled],
        "left_out": [dict(row) for row in meta.left_out],
        "citations": _citations(result),
        "provenance": [(k.replace("_", " "), _as_text(v)) for k, v in meta.provenance.items() if v is not None],
        "notes": notes(result),
        "measured": _measured(result),
    }


def _measured(result: Result) -> dict[str, Any]:
    """What was measured and how it is drawn; empty where no data were given."""
    given = result.metadata.measured
    if given is None:
        return {}
    return {"sentence": measured_sentence(result), "remarks": given.remarks, "legend": LEGEND}


def doi_link(doi: str) -> str:
    """Address of a DOI, or "" if the text is not one; nothing but doi.org can come out."""
    return f"https://doi.org/{quote(doi, safe='/().;:-_')}" if re.fullmatch(r"10\.\d{4,9}/\S+", doi) else ""


def _asked(result: Result) -> str:
    t, meta = result.trajectories, result.metadata
    animals = f"{t.subjects:,} simulated {noun_of(meta).many} per arm"
    shared = ", the same in every arm" if meta.shared_subjects else ", independent between arms"
    sites = f"{len(t.sites)} tumour sites" if len(t.sites) > 1 else "one tumour site"
    span = f"followed from day {day(float(t.time_days[0]))} to day {day(float(t.time_days[-1]))}"
    return f"{len(t.arms)} arms, {animals}{shared}, {sites}, {span}."


def _answer(comparison: Comparison, remark: str) -> dict[str, str]:
    sentence = answer(comparison).removeprefix(f"{comparison.a} against {comparison.b}: ")
    return {"a": comparison.a, "b": comparison.b, "text": sentence, "remark": remark}


def _verdict_sentence(result: Result) -> str:
    counts = tally(result.agreements)
    testable = counts["agrees"] + counts["compatible"] + counts["disagrees"]
    if not result.agreements:
        return ""
    if not testable:
        return "No verified published outcome can be tested on this model."
    parts = [f"The model agrees with {counts['agrees']} of {testable} published outcomes that it can be tested on"]
    easy = sum(a.verdict == "agrees" and a.verified and a.discriminating is False for a in result.agreements)
    if easy:
        parts.append(f"{easy} of those would also follow from “more treatment wins”")
    if counts["compatible"]:
        verb = "is" if counts["compatible"] == 1 else "are"
        parts.append(f"{counts['compatible']} {verb} compatible, which experiments of that size can hardly fail to be")
    if counts["not_testable"]:
        parts.append(f"{counts['not_testable']} cannot be tested")
    if counts["unverified"]:
        parts.append(f"{counts['unverified']} from memory {'are' if counts['unverified'] > 1 else 'is'} not counted")
    return "; ".join(parts) + "."


def _outcome(agreement: Any) -> dict[str, Any]:
    basis = BASIS_MEANING.get(agreement.basis, agreement.basis or "not recorded")
    return {"row": agreement, "basis": basis, "class": agreement.verdict.replace(" ", "-"), "verdict": agreement.words}


def _interval(estimate: Estimate) -> str:
    if estimate.low == estimate.high == math.inf:
        return "not reached"
    return f"{_reach(estimate.low)} to {_reach(estimate.high)}"


def _reach(value: float) -> str:
    text = day(value)
    return "not bounded" if value == -math.inf else text


def _survival_row(arm: ArmSummary) -> dict[str, str]:
    s = arm.survival
    assert s is not None
    return {
        "arm": arm.name,
        "n": str(arm.n),
        "events": str(s.events),
        "median": day(s.median_days.value),
        "median_interval": _interval(s.median_days),
        "alive": share(s.alive_at_end),
        "mean": day(s.restricted_mean_days),
    }


def _survival_rule(result: Result) -> str:
    rule = result.metadata.survival
    if rule is None:
        return ""
    of = {"any": "any site", "total": "all sites together"}.get(rule.of, f"site {rule.of}")
    limit = _exact(rule.volume_limit_mm3)
    one = noun_of(result.metadata).one
    return (
        f"Of each {one} the day on which the tumour volume of {of} reaches {limit} mm³; reaching it ends the "
        "experiment, and is not taken for death."
    )


def _definitions(result: Result) -> list[str]:
    meta = result.metadata
    when, why = result.comparison_day
    found = [f"Volumes below are those of day {day(when)}: {why}."]
    pairs: dict[tuple[float, str], list[str]] = {}
    for c in result.comparisons:
        pairs.setdefault((c.day, c.day_reason), []).append(f"{c.a} against {c.b}")
    found += [f"Compared on day {day(on)} ({reason}): {'; '.join(names)}." for (on, reason), names in pairs.items()]
    if meta.response is not None:
        r = meta.response
        found.append(
            f"Response of a site on day {day(r.day)}: complete below {_exact(r.complete_below_mm3)} mm³; partial below "
            f"{percent(r.partial_below_fraction)} of its volume on day {day(r.baseline_day)}; progression above "
            f"{percent(r.progression_above_fraction)} of it; otherwise stable."
        )
        others = {c.baseline_day for c in result.comparisons if c.baseline_day is not None} - {r.baseline_day}
        if others:
            days = ", ".join(day(value) for value in sorted(others))
            found.append(
                f"Pairs that are irradiated on other days are held against their own first fraction: day {days}."
            )
    if meta.growth_volume_mm3 is not None and any(arm.control for arm in meta.arms):
        found.append(
            f"Growth delay: median day on which the site reaches {_exact(meta.growth_volume_mm3)} mm³, less that of "
            f"{meta.controls[0]} (95 % bootstrap interval)."
        )
    return found


def _site_table(result: Result, s: int) -> dict[str, Any]:
    site = result.metadata.sites[s]
    rows = [_site_row(arm, arm.sites[s]) for arm in result.arms]
    return {"site": site.name, "irradiated": site.irradiated, "rows": rows}


def _site_row(arm: ArmSummary, site: SiteSummary) -> dict[str, Any]:
    volume, delay = site.volume_mm3, site.growth_delay_days
    rates = site.responses
    return {
        "arm": arm.name,
        "irradiated": site.irradiated,
        "volume": f"{number(volume.value)} ({number(volume.low)} to {number(volume.high)})",
        "complete": share(rates["complete"]) if rates else "",
        "others": [percent(rates[kind].value) for kind in RESPONSES[1:]] if rates else [],
        "delay": _delay(delay),
    }


def _delay(delay: Estimate) -> str:
    if math.isnan(delay.value):
        return "–"
    if delay.value == delay.low == math.inf:
        return "not reached"
    return f"{day(delay.value)} ({_interval(delay)})"


def _exact(value: float) -> str:
    """A number that somebody chose, as chosen: 1,500 and 1, not 1.00."""
    return f"{value:,.6g}"


def _harm(result: Result) -> dict[str, Any]:
    """Columns, rows and notes of the table of harm; empty where nothing is worth telling."""
    if not worth_telling(result.harm, result.metadata):
        return {}
    cells = [(arm.name, harm_cells(arm)) for arm in result.harm]
    columns = list(dict.fromkeys(column for _, row in cells for column in row))
    found = {"columns": columns, "rows": [(name, [row.get(c, "–") for c in columns]) for name, row in cells]}
    return {**found, "notes": _harm_notes(result)}


def _harm_notes(result: Result) -> list[str]:
    scale = scales()
    notes = [
        "Lymphocytes and NLR are medians over the arm, from the first treatment on; recovery counts from the lowest."
    ]
    if any(arm.lymphocytes and arm.lymphocytes.lymphopenia for arm in result.harm):
        limits = ", ".join(str(limit) for limit in scale["lymphopenia"]["below_per_ul"])
        notes.append(f"Lymphopenia: {scale['lymphopenia']['scale']}; grades 1 to 4 below {limits} per µL.")
    if any(arm.cytokine_release for arm in result.harm):
        notes.append(f"Cytokine release and neurotoxicity: {scale['release']['scale']}.")
    if any(arm.adverse_events for arm in result.harm):
        notes.append("Adverse events: probability of one of grade 3 or more by the end of follow-up, by drug class.")
    rows = {row["organ"]: row for arm in result.harm for row in arm.normal_tissue}
    notes += [f"Complications of the {organ}: {row['source']}; {row['limits']}." for organ, row in rows.items()]
    return notes


def _why(comparison: Comparison) -> dict[str, Any]:
    rows = [_mediator(m) for group in by_place(comparison) for m in group]
    window = f"day {day(comparison.window_days[0])} to day {day(comparison.window_days[1])}"
    return {"a": comparison.a, "b": comparison.b, "rows": rows, "window": window, "paired": comparison.paired}


def _mediator(m: Mediator) -> dict[str, str]:
    unit = unit_text(m.unit)
    return {
        "label": m.label,
        "group": m.group,
        "site": m.site or "body",
        "fold": fold(m.log2_fold),
        "spread": f"{fold(m.low)} to {fold(m.high)}",
        "peak": f"{number(m.peak_a)} against {number(m.peak_b)} {unit}".strip(),
        "when": " against ".join(
            day(d) if peak else "–" for d, peak in ((m.peak_day_a, m.peak_a), (m.peak_day_b, m.peak_b))
        ),
        "same": f"{100 * m.share_same_sign:.0f} %",
    }


def _events(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    ordered = sorted(rows, key=lambda row: float(row["day"]))
    return [
        {"day": day(float(r["day"])), **{k: str(r.get(k) or "") for k in ("what", "how_much", "where")}}
        for r in ordered
    ]


def _parameter(row: Mapping[str, Any], citations: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    cite = str(row.get("cite") or "")
    value = row.get("value")
    return {
        "name": str(row.get("name") or ""),
        "symbol": str(row.get("symbol") or ""),
        "meaning": str(row.get("meaning") or ""),
        "value": _parameter_value(value) if isinstance(value, int | float) else str(value),
        "unit": unit_text(str(row.get("unit") or "")),
        "kind": str(row.get("kind") or "unknown"),
        "cite": cite,
        "cite_text": str(citations.get(cite, {}).get("text", "")),
        "link": doi_link(str(citations.get(cite, {}).get("doi", ""))),
        "where": str(row.get("where") or ""),
        "note": str(row.get("note") or ""),
        "overridden": bool(row.get("overridden")),
    }


def _parameter_value(value: float) -> str:
    """Up to four significant digits, without zeros that nobody measured."""
    text = number(value, 4)
    return re.sub(r"\.?0+(?=×|$)", "", text) if "." in text else text


def _kinds(parameters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts = kinds(parameters)
    names = [k for k in KIND_ORDER if k in counts] + [k for k in counts if k not in KIND_ORDER]
    total = max(sum(counts.values()), 1)
    return [
        {"kind": k, "count": counts[k], "share": percent(counts[k] / total), "meaning": KIND_MEANING.get(k, "")}
        for k in names
    ]


def _citations(result: Result) -> list[dict[str, str]]:
    meta = result.metadata
    found = [{"key": "abscopal", "text": own_citation(result), "link": ""}]
    if meta.citation or meta.doi:
        found.append({"key": "the study", "text": meta.citation or meta.doi, "link": doi_link(meta.doi)})
    for key, entry in used_citations(result).items():
        found.append({"key": key, "text": entry["text"] or key, "link": doi_link(entry["doi"])})
    return found


def _as_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k} = {v}" for k, v in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
