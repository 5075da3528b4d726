"""Measured results and their summaries as plain values of `scores.json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from abscopal.scoring.metrics import Gain
from abscopal.scoring.result_scores import RESULT_BASELINES, ResultScore, number
from abscopal.scoring.result_summary import Compared, ResultGroup
from abscopal.statistics.predictive import Foretold


def result_row(result: ResultScore) -> dict[str, Any]:
    """One measured result."""
    return {
        "id": result.id,
        "study": result.study,
        "arm": result.arm,
        "treatment": result.treatment,
        "versus": result.versus,
        "metric": result.metric,
        "kind": result.kind,
        "site": result.site,
        "day": result.day,
        "value": number(result.value),
        "unit": result.unit,
        "n": result.n,
        "basis": result.basis,
        "split": result.part,
        "covered": result.covered,
        "counted": result.covered and result.verified,
        "reason": result.reason,
        "crps_unit": result.crps_unit,
        **_foretold(result.foretold),
        "baselines": {name: _foretold(result.baselines.get(name)) for name in RESULT_BASELINES},
        "learnt_from": dict(result.learnt_from),
    }


def _foretold(found: Foretold | None) -> dict[str, float | None]:
    if found is None:
        names = (
            "median",
            "q05",
            "q10",
            "q25",
            "q75",
            "q90",
            "q95",
            "log_density",
            "log_probability",
            "crps",
            "inside_80",
        )
        return dict.fromkeys(names)
    return {
        "median": found.quantile(0.5),
        "q05": found.quantile(0.05),
        "q10": found.quantile(0.10),
        "q25": found.quantile(0.25),
        "q75": found.quantile(0.75),
        "q90": found.quantile(0.90),
        "q95": found.quantile(0.95),
        "log_density": None if found.is_chance else found.log_score,
        "log_probability": found.log_score if found.is_chance else None,
        "crps": found.crps,
        "inside_80": found.inside(0.8),
    }


def group_rows(groups: Sequence[ResultGroup]) -> list[dict[str, Any]]:
    """Summaries of measured results."""
    return [
        {
            "kind": group.kind,
            "arms": group.arms,
            "results": group.results,
            "covered": group.covered,
            "studies": group.studies,
            "log": number(group.log),
            "crps": number(group.crps),
            "crps_unit": group.unit,
            "coverage_80": number(group.coverage),
            "baselines": {name: _compared(found) for name, found in group.baselines.items()},
        }
        for group in groups
    ]


def _compared(found: Compared) -> dict[str, Any]:
    return {
        "n": found.n,
        "model_log": number(found.model_log),
        "log": number(found.log),
        "model_crps": number(found.model_crps),
        "crps": number(found.crps),
        "gain": _gain(found.gain),
        "gain_crps": _gain(found.gain_crps),
    }


def _gain(found: Gain) -> dict[str, Any]:
    return {"mean": number(found.mean), "low": number(found.low), "high": number(found.high), "studies": found.studies}
