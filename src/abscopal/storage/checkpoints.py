"""Long work in parts that are kept as they are done: the same command goes on where it was stopped."""

from __future__ import annotations

import csv
import json
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from abscopal.errors import InputError
from abscopal.storage.files import whole_file, write_whole

Told = Callable[[str, int, int], None]


def in_parts(
    work: Callable[..., Any],
    parts: Mapping[str, Sequence[Any]],
    file: Path,
    about: Mapping[str, Any],
    processes: int = 1,
    told: Told | None = None,
) -> dict[str, Any]:
    """What `work` finds for every part; parts that the file holds are not done again.

    Parameters
    ----------
    work : called with the arguments of a part; it returns plain values.
    parts : key of each part -> arguments of `work`.
    file : one line of JSON per finished part, written as soon as it is done.
    about : what decides all results (model, effort); a file about something else is refused.
    told : called with (part, parts done, parts).

    Raises
    ------
    InputError
        The file holds results about something else.
    """
    done = _kept(file, json.loads(json.dumps(about)))
    waiting = {key: arguments for key, arguments in parts.items() if key not in done}
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_end_at_once)
    try:
        with file.open("a", encoding="utf-8") as kept:
            futures = {pool.submit(work, *arguments): key for key, arguments in waiting.items()}
            for future in as_completed(futures):
                key = futures[future]
                done[key] = future.result()
                kept.write(json.dumps({"part": key, "found": done[key]}) + "\n")
                kept.flush()
                if told is not None:
                    told(key, sum(part in done for part in parts), len(parts))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return {key: done[key] for key in parts}


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as CSV; the file is written whole or not at all. Raises InputError."""
    with whole_file(file, text=True) as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _end_at_once() -> None:
    """Ctrl-C ends a worker without a word: what it was at is done again the next time."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _kept(file: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Finished parts of a file; one that is not there is begun, a line that was cut off is dropped."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    found = [row for row in map(_read, lines) if row is not None]
    if not found:
        found = [{"about": about}]
    if found[0].get("about") != about:
        raise InputError(f"{file} holds results of another model or effort: choose another folder, or remove it")
    write_whole(file, "".join(json.dumps(row) + "\n" for row in found))
    return {row["part"]: row["found"] for row in found[1:]}


def _read(line: str) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row
