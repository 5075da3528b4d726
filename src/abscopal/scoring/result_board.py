"""Measured results in words: on the terminal and on the scoreboard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from abscopal.scoring.metrics import Gain
from abscopal.scoring.result_scores import BY_CLASS, BY_LINE, DAYS, UNCALIBRATED, ResultScore
from abscopal.scoring.result_summary import ResultGroup
from abscopal.statistics.predictive import Foretold
from abscopal.vocabulary import VOLUME

if TYPE_CHECKING:
    from rich.table import Table

_KINDS = {DAYS: "days of animals", "share": "shares of animals", VOLUME: "volumes", "hazard_ratio": "hazard ratios"}
_BASELINES = {BY_LINE: "mean of line and treatment", BY_CLASS: "mean of treatment", UNCALIBRATED: "uncalibrated model"}


def result_row(result: ResultScore) -> dict[str, Any]:
    """One measured result as texts of the scoreboard."""
    day = "" if result.day is None else f" on day {result.day:g}"
    what = "mean days to the end" if result.kind == DAYS else result.metric
    over = f" over {result.versus}" if result.versus else ""
    return {
        "result": result,
        "what": f"{what}{day}{over}" + (f", {result.site}" if result.site else ""),
        "measured": _value(result.value, result) + (f" (n {result.n})" if result.n else ""),
        "foretold": _interval(result.foretold, result),
        "log": _log(result.foretold),
        "crps": f"{result.foretold.crps:.2g}" if result.foretold else "–",
        "baselines": [
            {"name": words, "log": _log(result.baselines.get(name)), "from": result.learnt_from.get(name, "")}
            for name, words in _BASELINES.items()
        ],
    }


def _value(value: float, result: ResultScore) -> str:
    if not math.isfinite(value):
        return "–"
    if result.kind == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.3g} {result.unit}".removesuffix(" 1")


def _interval(found: Foretold | None, result: ResultScore) -> str:
    if found is None:
        return result.reason
    low, middle, high = (_value(found.quantile(q), result) for q in (0.10, 0.5, 0.90))
    return f"{middle} ({low} to {high})"


def _log(found: Foretold | None) -> str:
    return f"{found.log_score:.2f}" if found else "–"


def group_row(group: ResultGroup) -> dict[str, Any]:
    """The summary of one kind of result in some arms."""
    return {
        "kind": _KINDS.get(group.kind, "counts"),
        "arms": group.arms,
        "results": f"{group.covered} of {group.results}",
        "studies": str(group.studies),
        "log": _number(group.log, ".2f"),
        "crps": f"{_number(group.crps, '.2g')} {group.unit}",
        "coverage": f"{100 * group.coverage:.0f} %" if math.isfinite(group.coverage) else "–",
        "baselines": [
            {"name": words, "gain": _gain(group.baselines[name].gain) if name in group.baselines else "–"}
            for name, words in _BASELINES.items()
        ],
    }


def _number(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "–"


def _gain(found: Gain) -> str:
    if not math.isfinite(found.mean):
        return "–"
    if not math.isfinite(found.low):
        return f"{found.mean:+.2f}"
    return f"{found.mean:+.2f} ({found.low:+.2f} to {found.high:+.2f})"


def results_table(groups: Sequence[ResultGroup]) -> Table:
    """Summaries of measured results as a table for the terminal."""
    from rich.table import Table

    table = Table(title="Measured results: log score, and its gain per study over", title_justify="left")
    table.add_column("results", overflow="fold")
    for column in ("n", "log", "80 %"):
        table.add_column(column, justify="right", no_wrap=True)
    for words in _BASELINES.values():
        table.add_column(words, justify="right", overflow="fold", min_width=8)
    for group in groups:
        row = group_row(group)
        gains = [baseline["gain"] for baseline in row["baselines"]]
        table.add_row(f"{row['kind']}, {row['arms']}", row["results"], row["log"], row["coverage"], *gains)
    return table
