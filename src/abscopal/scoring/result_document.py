"""Measured results and their summaries as plain values of `scores.json`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from abscopal.scoring.metrics import Gain
from abscopal.scoring.result_scores import RESULT_BASELINES, ResultScore, number
from abscopal.scoring.result_summary import Compared, ResultGroup
from abscopal.statistics.predictive import Foretold

# The quantiles of `statistics.predictive`, in its order.
_QUANTILES = ("q05", "q10", "q25", "median", "q75", "q90", "q95")


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
        return dict.fromkeys((*_QUANTILES, "log_density", "log_probability", "crps", "below", "at", "inside_80"))
    return {
        **dict(zip(_QUANTILES, found.quantiles, strict=True)),
        "log_density": None if found.is_chance else found.log_score,
        "log_probability": found.log_score if found.is_chance else None,
        "crps": found.crps,
        "below": found.below,
        "at": found.at,
        "inside_80": found.inside(0.8),
    }


def result_of(row: Mapping[str, Any]) -> ResultScore:
    """The score of a result from its row of `scores.json`."""
    told = {name: _foretold_of(found) for name, found in row["baselines"].items()}
    same = ("id", "study", "arm", "metric", "kind", "site", "day", "unit", "crps_unit", "n", "basis", "treatment")
    return ResultScore(
        **{key: row[key] for key in (*same, "versus", "covered", "reason", "learnt_from")},
        value=math.nan if row["value"] is None else float(row["value"]),
        part=row["split"],
        foretold=_foretold_of(row),
        baselines={name: found for name, found in told.items() if found is not None},
    )


def _foretold_of(row: Mapping[str, Any]) -> Foretold | None:
    if row["crps"] is None:
        return None
    is_chance = row["log_probability"] is not None
    log_score = row["log_probability"] if is_chance else row["log_density"]
    quantiles = tuple(float(row[name]) for name in _QUANTILES)
    return Foretold(quantiles, float(log_score), is_chance, float(row["crps"]), float(row["below"]), float(row["at"]))


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
