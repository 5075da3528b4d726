"""The model against published experiments."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree

from abscopal.engine.threads import available_threads
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.evidence import catalogue, trials
from abscopal.scoring import Effort, Score, score_files
from abscopal.scoring.score import SCORE_FILES
from abscopal.storage.folders import check_folder, hidden_beside

_MOST_PROCESSES = 2


def score_published(
    records: Sequence[Path] | None = None,
    *,
    folder: Path | None = None,
    keep_going: bool = False,
    seed: int = 1,
    sets: int | None = None,
    size: int | None = None,
    processes: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Score:
    """Probability of every published claim under the model, beside the baselines.

    Finished records are noted beside the folder until the score is written: the same call goes on after a kill.

    Parameters
    ----------
    records : record files, or ids of the catalogue where there is no such file; None is the whole catalogue.
    folder : where scores.json and scoreboard.html go; None writes nothing.
    keep_going : whether records that are invalid are named and the rest is scored.
    sets, size : parameter sets, and subjects per arm and set; None is the declared effort.
    processes : that share the records; None is two at most.
    progress : called with (study, records done, records).

    Raises
    ------
    InputError
        A record cannot be used, there is no such file or id, or the folder cannot be written to.
    """
    notes = None
    if folder is not None:
        check_folder(folder, SCORE_FILES)
        notes = hidden_beside(folder, "records") / "parts.jsonl"
    found = score_files(
        _files(records) if records else None,
        Effort.usual(sets, size, seed),
        keep_going=keep_going,
        processes=processes or min(_MOST_PROCESSES, available_threads()),
        progress=progress,
        notes=notes,
    )
    if folder is not None and notes is not None:
        found.save(folder)
        rmtree(notes.parent, ignore_errors=True)
    return found


def _files(records: Sequence[Path]) -> list[Path]:
    """The files of records that are given as files or as ids of the catalogue.

    Raises
    ------
    InputError
        There is no such file or id; offers the nearest ids.
    """
    found, problems = [], []
    ids = {record.id: Path(record.path) for record in catalogue()}
    for given in records:
        if str(given) in ids and not given.exists():
            found.append(ids[str(given)])
        elif _is_path(given):
            found.append(given)
        elif any(trial.id == str(given) for trial in trials()):
            problems.append(Problem(f"{given} is a clinical record: those are not predicted yet"))
        else:
            problems.append(unknown_name("record file or id", str(given), ids))
    if problems:
        raise InputError(problems)
    return found


def _is_path(given: Path) -> bool:
    """Whether it is meant as a file: there is one, or it has an ending or a folder."""
    return os.path.lexists(given) or bool(given.suffix) or len(given.parts) > 1


def require_evaluated(score: Score) -> None:
    """Refuse a score in which every record was invalid.

    Raises
    ------
    InputError
        Names the reasons of all records.
    """
    if not score.evaluated:
        reasons = [reason for record in score.records for reason in record.reasons]
        raise InputError("no record could be read\n" + "\n".join(reasons) if reasons else "no record was given")
