"""`scores.json`: the score as one document of plain values, version 2."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from abscopal.scoring.baselines import BASELINES
from abscopal.scoring.claim_scores import ClaimScore, RecordScore
from abscopal.scoring.declarations import Effort, defaults_id
from abscopal.scoring.effects import Effect
from abscopal.scoring.metrics import Gain, Probabilities, Summary
from abscopal.scoring.result_document import group_rows, result_row
from abscopal.scoring.result_summary import ResultGroup
from abscopal.scoring.summary import GroupSummary
from abscopal.version import __version__

SCHEMA_VERSION = 2


def scores_document(
    records: Sequence[RecordScore],
    groups: Mapping[str, GroupSummary],
    model_hash: str,
    effort: Effort,
    filled_by: str = "",
    result_groups: Sequence[ResultGroup] = (),
) -> dict[str, Any]:
    """The whole score as JSON-ready values.

    Parameters
    ----------
    model_hash : hash of the code and data that decide a number, see `model.fingerprint`.
    filled_by : hash of the declared distributions that fill nulls.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "abscopal_version": __version__,
        "model_hash": model_hash,
        "seed": effort.seed,
        "defaults_id": "-".join(part for part in (filled_by, defaults_id()) if part),
        "effort": {
            "sets": effort.sets,
            "animals": effort.animals,
            "draws": effort.draws,
            "experiments": effort.sets * effort.experiments_per_set,
            "replications": effort.sets,
        },
        "records": [
            {
                "study": r.study,
                "path": r.path,
                "status": r.status,
                "reasons": list(r.reasons),
                "remarks": list(r.remarks),
            }
            for r in records
        ],
        "claims": [_claim(claim) for record in records for claim in record.claims],
        "results": [result_row(result) for record in records for result in record.results],
        "summary": {name: _group(group) for name, group in groups.items()},
        "results_summary": group_rows(result_groups),
    }


def _claim(claim: ClaimScore) -> dict[str, Any]:
    published = claim.prediction.of(claim.outcome) if claim.prediction is not None else None
    return {
        "id": claim.id,
        "study": claim.study,
        "metric": claim.metric,
        "relation": claim.relation,
        "better_arm": claim.better_arm,
        "worse_arm": claim.worse_arm,
        "basis": claim.basis,
        "discriminating": claim.discriminating,
        "covered": claim.covered,
        "reason": claim.reason,
        **_chances(claim.prediction),
        "p_published": published,
        "p_direction": _number(claim.direction),
        "selection_1": _chances(claim.unselected),
        "effect": _effect(claim.effect),
        "opinion": claim.opinion,
        "right": claim.right if claim.covered else None,
        "n": claim.n,
        "split": claim.part,
        "kind": claim.kind,
        "counted": claim.verified and claim.covered,
        "baselines": {name: _chances(claim.baselines.get(name)) for name in BASELINES},
        "sensitivity": {"class_prior": _chances(claim.class_prior)},
    }


def _effect(effect: Effect | None) -> dict[str, Any] | None:
    if effect is None:
        return None
    return {
        "kind": effect.kind,
        "median": effect.median,
        "q05": effect.q05,
        "q95": effect.q95,
        "sets_better": effect.better,
        "sets_none": effect.none,
        "sets_worse": effect.worse,
    }


def _chances(p: Probabilities | None) -> dict[str, float | None]:
    if p is None:
        return {"p_better": None, "p_none": None, "p_worse": None}
    return {"p_better": p.better, "p_none": p.none, "p_worse": p.worse}


def _group(group: GroupSummary) -> dict[str, Any]:
    return {
        **_summary(group.model),
        "baselines": {name: _summary(found) for name, found in group.baselines.items()},
        "coverage": _number(group.coverage),
        "claims": group.claims,
        "direction": _number(group.direction),
        "selection_1": _summary(group.unselected),
        "right": _number(group.right),
        "no_difference_known": _number(group.unknown),
        "best_baseline": group.best,
        "gain": {name: _gain(found) for name, found in group.gains.items()},
        "sensitivity": {"class_prior": _summary(group.class_prior)},
        "calibration": [
            {"low": b.low, "high": b.high, "n": b.n, "predicted": _number(b.predicted), "observed": _number(b.observed)}
            for b in group.calibration
        ],
    }


def _summary(found: Summary) -> dict[str, Any]:
    return {
        "n": found.n,
        "log": _number(found.log),
        "brier": _number(found.brier),
        "accuracy": _number(found.accuracy),
    }


def _gain(found: Gain) -> dict[str, Any]:
    return {
        "mean": _number(found.mean),
        "low": _number(found.low),
        "high": _number(found.high),
        "studies": found.studies,
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
