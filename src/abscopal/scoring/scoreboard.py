"""The scoreboard: the score on the terminal, and as one HTML page that needs nothing else, failures first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abscopal.scoring.baselines import NO_IMMUNITY
from abscopal.scoring.claim_scores import ClaimScore, RecordScore
from abscopal.scoring.effects import DIFFERENCE, HAZARD_RATIO, UNKNOWN, Effect
from abscopal.scoring.metrics import BETTER, NONE, Gain, log_score
from abscopal.scoring.result_board import group_row, result_row
from abscopal.scoring.result_summary import ResultGroup
from abscopal.scoring.scoreboard_figures import calibration_svg, curves_svg
from abscopal.scoring.summary import GroupSummary

if TYPE_CHECKING:
    from jinja2 import Template
    from rich.table import Table

_ASSETS = Path(__file__).parent / "assets"
# A change of the published outcome's chance by this much without immunity means that immunity decides.
_DECIDES = 0.1
_WORDS = {
    "primary_tumour": "irradiated tumour",
    "abscopal": "unirradiated tumour",
    "metastasis": "metastases",
    "survival": "survival",
    "rejection": "rejection of a second tumour",
}
_GROUPS = {
    "all": "all claims",
    "outcomes": "outcomes",
    "outcomes_discriminating": "outcomes, discriminating",
    "markers": "markers",
    "markers_discriminating": "markers, discriminating",
    "in_vitro": "in vitro",
}


def summary_table(groups: Mapping[str, GroupSummary]) -> Table:
    """The summary as a table for the terminal."""
    from rich.table import Table

    table = Table(title="Score against published claims", title_justify="left")
    table.add_column("group", overflow="fold")
    for column in ("claims", "covered", "log", "right", "drawn"):
        table.add_column(column, justify="right", no_wrap=True)
    # In a narrow terminal words wrap; numbers are never cut.
    table.add_column("gain per study", justify="right", overflow="fold", min_width=8)
    table.add_column("over", overflow="fold", min_width=9)
    for row in _summary_rows(groups):
        table.add_row(*(row[key] for key in ("group", "claims", "covered", "log", "right", "drawn", "gain", "best")))
    return table


def _summary_rows(groups: Mapping[str, GroupSummary]) -> list[dict[str, str]]:
    rows = []
    for name, group in groups.items():
        part, _, kind = name.rpartition(".")
        found = group.gains.get(group.best)
        rows.append(
            {
                "group": ": ".join(text for text in (part, _GROUPS[kind]) if text),
                "claims": str(group.claims),
                "covered": f"{100 * group.coverage:.0f} %" if group.claims else "–",
                "log": _shown(group.model.log),
                "brier": _shown(group.model.brier),
                "right": f"{100 * group.model.accuracy:.0f} %" if group.model.n else "–",
                "drawn": f"{100 * group.right:.0f} %" if group.model.n else "–",
                "unknown": f"{100 * group.unknown:.0f} %" if group.model.n else "–",
                "unselected": _shown(group.unselected.log),
                "direction": f"{100 * group.direction:.0f} %" if math.isfinite(group.direction) else "–",
                "best": group.best.replace("_", " ") or "–",
                "gain": _gain(found) if found else "–",
                "prior": _shown(group.class_prior.log),
            }
        )
    return rows


def _gain(found: Gain) -> str:
    """A gain with its interval; one study has none."""
    if not math.isfinite(found.low):
        return _signed(found.mean)
    return f"{_signed(found.mean)} ({_signed(found.low)} to {_signed(found.high)})"


def _shown(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _signed(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "?"


def render(
    records: Sequence[RecordScore],
    groups: Mapping[str, GroupSummary],
    document: Mapping[str, Any],
    result_groups: Sequence[ResultGroup] = (),
) -> str:
    """The scoreboard as HTML text; every text of a record is escaped."""
    main = next((groups[name] for name in ("test.outcomes", "outcomes", "all") if name in groups), None)
    page = _template().render(
        style=(_ASSETS / "scoreboard.css").read_text(encoding="utf-8"),
        document=document,
        summary=_summary_rows(groups),
        baselines=_baseline_rows(groups),
        calibration=calibration_svg(main.calibration) if main else "",
        studies=[_study(record) for record in sorted(records, key=_worst_first)],
        tables=_source_tables(records),
        results=[group_row(group) for group in result_groups],
    )
    return page + "\n"


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("scoreboard.html.j2")


def _baseline_rows(groups: Mapping[str, GroupSummary]) -> list[dict[str, Any]]:
    return [
        {
            "group": row["group"],
            "values": [
                {
                    "name": name.replace("_", " "),
                    "log": _shown(found.log),
                    "right": f"{100 * found.accuracy:.0f} %" if found.n else "–",
                    "gain": f"{_signed(g.mean)} ({_signed(g.low)} to {_signed(g.high)})",
                }
                for (name, found), g in zip(group.baselines.items(), group.gains.values(), strict=True)
            ],
        }
        for row, group in zip(_summary_rows(groups), groups.values(), strict=True)
    ]


def _worst_first(record: RecordScore) -> tuple[float, str]:
    """Mean log score of the verified covered claims; studies with none come last."""
    values = [log_score(c.prediction, c.outcome) for c in record.claims if c.prediction is not None and c.verified]
    return (sum(values) / len(values) if values else 1.0, record.study)


def _study(record: RecordScore) -> dict[str, Any]:
    claims = sorted(record.claims, key=lambda c: (not c.covered, _claim_order(c)))
    counted = [c for c in record.claims if c.prediction is not None and c.verified]
    right = sum(c.right for c in counted)
    return {
        "record": record,
        "claims": [_claim(claim) for claim in claims],
        "results": [result_row(result) for result in record.results],
        "curves": curves_svg(record.curves),
        "verdict": f"{right:g} of {len(counted)} right" if counted else record.status.replace("_", " "),
        "failed": bool(counted) and right < len(counted),
        "part": record.claims[0].part if record.claims else "",
    }


def _claim_order(claim: ClaimScore) -> float:
    return log_score(claim.prediction, claim.outcome) if claim.prediction is not None else 0.0


def _claim(claim: ClaimScore) -> dict[str, Any]:
    p = claim.prediction
    shares = (
        [
            {"kind": "better", "value": p.better, "word": f"{claim.better_arm} better"},
            {"kind": "none", "value": p.none, "word": "no difference"},
            {"kind": "worse", "value": p.worse, "word": f"{claim.worse_arm} better"},
        ]
        if p is not None
        else []
    )
    return {
        "claim": claim,
        "metric": metric_in_words(claim.metric),
        "published": published_in_words(claim),
        "shares": shares,
        "chance": f"{100 * p.of(claim.outcome):.0f} %" if p is not None else "–",
        "direction": f"{100 * claim.direction:.0f} %" if math.isfinite(claim.direction) else "–",
        "verdict": verdict_of(claim),
        "effect": effect_in_words(claim.effect),
        "decides": what_decides(claim),
        "outcome": {BETTER: "better", NONE: "none"}[claim.outcome],
    }


def verdict_of(claim: ClaimScore) -> str:
    """Right, wrong or no difference known; empty where not covered."""
    if not claim.covered:
        return ""
    return "right" if claim.right == 1.0 else UNKNOWN if claim.unknown else "wrong"


def effect_in_words(effect: Effect | None) -> str:
    """The effect of the better arm to the worse one, with its interval over sets."""
    if effect is None:
        return "–"
    if effect.kind == DIFFERENCE:
        shown = [f"{100 * v:+.0f}" for v in (effect.median, effect.q05, effect.q95)]
        return f"{shown[0]} ({shown[1]} to {shown[2]}) percentage points"
    word = "hazard ratio" if effect.kind == HAZARD_RATIO else "ratio"
    return f"{word} {effect.median:.2g} ({effect.q05:.2g} to {effect.q95:.2g})"


def metric_in_words(metric: str) -> str:
    """A metric as a reader would say it."""
    return _WORDS.get(metric, metric.removeprefix("marker:").replace("_", " "))


def published_in_words(claim: ClaimScore) -> str:
    """What was published, as one phrase."""
    p = f" (p {claim.p})" if claim.p else ""
    if claim.relation == "~":
        return f"no difference between {claim.better_arm} and {claim.worse_arm}{p}"
    verb = "higher" if claim.is_marker else "longer" if claim.metric == "survival" else "better"
    return f"{verb} in {claim.better_arm} than in {claim.worse_arm}{p}"


def what_decides(claim: ClaimScore) -> str:
    """Which side of the model makes the prediction: immunity, or growth and killing by radiation alone."""
    without = claim.baselines.get(NO_IMMUNITY)
    if claim.prediction is None or without is None:
        return ""
    change = max(abs(claim.prediction.of(k) - without.of(k)) for k in range(3))
    return "immunity" if change >= _DECIDES else "growth and radiation alone"


def _source_tables(records: Iterable[RecordScore]) -> list[dict[str, Any]]:
    """Claims of records that stand in a table of the source documents, right or wrong by name."""
    rows = []
    for record in records:
        where = record.seed.get("where", "")
        if "table" in where.lower():
            counted = [c for c in record.claims if c.basis == "seed"]
            rows.append(
                {
                    "place": f"{record.seed.get('file', '')} {where}".strip(),
                    "study": record.study,
                    "claims": [_claim(claim) for claim in counted],
                }
            )
    return sorted(rows, key=lambda row: str(row["place"]))
