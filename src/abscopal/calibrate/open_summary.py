"""A score of records of the open data, told beside baselines that never saw the study that they are asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from abscopal.calibrate.open_learning import left_out
from abscopal.errors import InputError, Problem
from abscopal.evidence import Record
from abscopal.scoring.declarations import Effort
from abscopal.scoring.empirical import Empirical, Fact
from abscopal.scoring.result_board import group_row
from abscopal.scoring.result_document import result_of
from abscopal.scoring.result_evaluation import empirical_predictives, held
from abscopal.scoring.result_scores import RESULT_BASELINES, UNCALIBRATED, ResultScore
from abscopal.scoring.result_summary import result_groups


def summary_text(
    records: Mapping[str, Record],
    facts: Sequence[Fact],
    document: Mapping[str, Any],
    study_of: Callable[[Record], str],
) -> str:
    """Tables in Markdown: by kind of result and arm, then study by study.

    Parameters
    ----------
    records : of the part that was scored, by id.
    facts : what the baselines are learnt from; of the study itself none is used.
    document : `scores.json` of these records.
    study_of : the study of a record: what a bootstrap draws.

    Raises
    ------
    InputError
        None of these records was scored.
    """
    seed = int(document["seed"])
    results = left_out_scores(records, facts, document["results"], study_of, replace(Effort.usual(), seed=seed))
    if not results:
        raise InputError(
            Problem("no result of this score is of that part", advice="name the part that was scored: --part")
        )
    return "\n".join([*_groups(results, seed), "", *_studies(results)]) + "\n"


def left_out_scores(
    records: Mapping[str, Record],
    facts: Sequence[Fact],
    rows: Sequence[Mapping[str, Any]],
    study_of: Callable[[Record], str],
    effort: Effort,
) -> list[ResultScore]:
    """The results of a score, named by their study, with baselines learnt without it."""
    table: Callable[[str], Empirical] = cache(lambda study: left_out(facts, study))
    found = []
    for row in rows:
        record, score = records.get(str(row["study"])), result_of(row)
        if record is None or score.foretold is None:
            continue
        study = study_of(record)
        measured = next(result for result in record.results if result.id == score.id)
        said = empirical_predictives(record, measured, table(study), effort)
        baselines = {name: held(predictive, record, measured, effort) for name, predictive, _ in said}
        kept = {UNCALIBRATED: score.baselines[UNCALIBRATED]} if UNCALIBRATED in score.baselines else {}
        found.append(replace(score, study=study, baselines={**baselines, **kept}))
    return found


def _groups(results: Sequence[ResultScore], seed: int) -> list[str]:
    names = ["gain over the " + name.replace("_", " ") for name in RESULT_BASELINES]
    lines = [
        "| results | arms | n | studies | log score | CRPS | inside 80 % | " + " | ".join(names) + " |",
        "|" + " --- |" * (7 + len(names)),
    ]
    for group in result_groups(results, seed):
        row = group_row(group)
        told = [row["kind"], row["arms"], str(group.covered), row["studies"], row["log"], row["crps"], row["coverage"]]
        told += [baseline["gain"] for baseline in row["baselines"]]
        lines.append("| " + " | ".join(told) + " |")
    return lines


def _studies(results: Sequence[ResultScore]) -> list[str]:
    """Mean log score per result of each study and kind: of the model and of each baseline."""
    lines = [
        "| study | results | n | model | " + " | ".join(name.replace("_", " ") for name in RESULT_BASELINES) + " |",
        "|" + " --- |" * (4 + len(RESULT_BASELINES)),
    ]
    grouped: dict[tuple[str, str], list[ResultScore]] = {}
    for result in results:
        grouped.setdefault((result.study, result.kind), []).append(result)
    for (study, kind), several in sorted(grouped.items()):
        told = [f"{np.mean([r.foretold.log_score for r in several if r.foretold is not None]):.2f}"]
        for name in RESULT_BASELINES:
            logs = [r.baselines[name].log_score for r in several if name in r.baselines]
            told.append(f"{np.mean(logs):.2f}" if logs else "–")
        lines.append(f"| {study} | {kind} | {len(several)} | " + " | ".join(told) + " |")
    return lines
