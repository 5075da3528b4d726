"""A whole scoring: read records, score them, summarise, save."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from abscopal.errors import InputError
from abscopal.evidence import Record, catalogue, read_record
from abscopal.evidence.collection import clashes
from abscopal.model.fingerprint import model_hash
from abscopal.scoring.claim_scores import INVALID, RecordScore
from abscopal.scoring.declarations import Effort
from abscopal.scoring.document import scores_document
from abscopal.scoring.evaluation import Progress, evaluate
from abscopal.scoring.result_summary import ResultGroup, result_groups
from abscopal.scoring.summary import GroupSummary, summaries

AnyPath = str | PathLike[str]
SCORE_FILES = ("scoreboard.html", "scores.json")


@dataclass(frozen=True)
class Score:
    """A finished scoring.

    Attributes
    ----------
    records : every record, invalid ones too, in the order given.
    groups : summaries by group.
    document : `scores.json` as plain values.
    result_groups : summaries of measured results.
    """

    records: tuple[RecordScore, ...]
    groups: Mapping[str, GroupSummary]
    document: Mapping[str, Any]
    result_groups: tuple[ResultGroup, ...] = ()

    @property
    def evaluated(self) -> bool:
        """Whether any record could be read; one that the model does not cover counts too."""
        return any(record.status != INVALID for record in self.records)

    def save(self, folder: AnyPath) -> Path:
        """Write `scores.json` and `scoreboard.html` into a folder: both, or neither.

        Raises
        ------
        InputError
            The folder cannot be written.
        """
        from abscopal.scoring.scoreboard import render
        from abscopal.storage.files import save_together

        text = json.dumps(self.document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        page = render(self.records, self.groups, self.document, self.result_groups)
        # The document last: where it is, the page beside it is of the same score.
        return save_together(Path(folder), dict(zip(SCORE_FILES, (page, text), strict=True)))


def score_files(
    paths: Sequence[AnyPath] | None,
    effort: Effort,
    *,
    keep_going: bool = False,
    processes: int = 1,
    progress: Progress | None = None,
    notes: Path | None = None,
) -> Score:
    """Score record files, or the whole catalogue.

    Parameters
    ----------
    paths : record files; None for the catalogue.
    keep_going : name invalid records in the score and go on; else they stop it.
    notes : file in which finished records are noted, see `evaluate`.

    Raises
    ------
    InputError
        A record is invalid and `keep_going` is not set; every problem of every file.
    """
    if paths is None:
        return score_records(catalogue(), effort, processes=processes, progress=progress, notes=notes)
    records, invalid = _read(paths)
    if invalid and not keep_going:
        raise InputError("\n".join(reason for found in invalid for reason in found.reasons))
    return score_records(records, effort, invalid, processes=processes, progress=progress, notes=notes)


def _read(paths: Sequence[AnyPath]) -> tuple[list[Record], list[RecordScore]]:
    records: list[Record] = []
    invalid: list[RecordScore] = []
    for path in _distinct(paths):
        try:
            record = read_record(path)
            taken = list(clashes([*records, record]))
            if taken:
                raise InputError(taken)
        except InputError as error:
            invalid.append(RecordScore(Path(path).stem, path, INVALID, (str(error),)))
        else:
            records.append(record)
    return records, invalid


def _distinct(paths: Sequence[AnyPath]) -> list[str]:
    """Each file once, by whatever path it is given, in the order given."""
    found: dict[str, str] = {}
    for path in paths:
        # A link to itself has no end: it is one file, and reading it says why not.
        found.setdefault(os.path.realpath(path), str(Path(path)))
    return list(found.values())


def score_records(
    records: Sequence[Record],
    effort: Effort,
    invalid: Sequence[RecordScore] = (),
    *,
    processes: int = 1,
    progress: Progress | None = None,
    notes: Path | None = None,
) -> Score:
    """Score records that have been read; `invalid` ones are listed beside them."""
    from abscopal.evidence import declared

    found = (*evaluate(records, effort, processes, progress, notes), *invalid)
    groups = summaries([claim for record in found for claim in record.claims], effort.seed)
    measured = result_groups([result for record in found for result in record.results], effort.seed)
    document = scores_document(found, groups, model_hash(), effort, declared().id, measured)
    return Score(found, groups, document, measured)
