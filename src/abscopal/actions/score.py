"""The model against published experiments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from abscopal.engine.threads import available_threads
from abscopal.errors import InputError
from abscopal.scoring import Effort, Score, score_files

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

    Parameters
    ----------
    records : record files; None is the whole catalogue.
    folder : where scores.json and scoreboard.html go; None writes nothing.
    keep_going : whether records that are invalid are named and the rest is scored.
    sets, size : parameter sets, and subjects per arm and set; None is the declared effort.
    processes : that share the records; None is two at most.
    progress : called with (study, records done, records).

    Raises
    ------
    InputError
        A record cannot be used, or the folder cannot be written to.
    """
    found = score_files(
        records or None,
        Effort.usual(sets, size, seed),
        keep_going=keep_going,
        processes=processes or min(_MOST_PROCESSES, available_threads()),
        progress=progress,
    )
    if folder is not None:
        found.save(folder)
    return found


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
