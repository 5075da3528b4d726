"""Long work in parts that are kept as they are done: the same command goes on where it was stopped.

What is kept says whose it is: a hash of what decides it (model, data, effort, seed, version) and of itself. Work of
another model is refused, and a part that is damaged is done again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import held, writing
from abscopal.storage.files import whole_file, write_whole
from abscopal.version import __version__

Told = Callable[[str, int, int], None]


class Parts:
    """Finished parts of long work: one line of JSON each in a file, with the seal of its maker."""

    def __init__(self, file: Path, whose: Any, done: Mapping[str, Any]) -> None:
        self.file, self.done, self._digest = file, dict(done), _digest(whose)

    def keep(self, part: str, found: Any) -> None:
        """Note a finished part, plain values; raises InputError where the file cannot be written."""
        plain = json.loads(json.dumps(found))
        row = {"part": part, "found": plain, "seal": _seal(self._digest, part, plain)}
        with writing(self.file), self.file.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(row) + "\n")
        self.done[part] = plain


@contextmanager
def kept_parts(file: Path, about: Mapping[str, Any], drop_others: bool = False) -> Iterator[Parts]:
    """The parts that a file holds, and where more of them are kept.

    Parameters
    ----------
    about : what decides all results (model, data, effort, seed); the version is added.
    drop_others : whether results about something else are dropped instead of being refused.

    Raises
    ------
    InputError
        The file holds results about something else, another process is at work on it, or it cannot be written.
    """
    whose = _whose(about)
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
    with held(file.parent) as ours:
        if not ours:
            raise InputError(Problem(f"another process is at work in {file.parent}", advice="wait for it to end"))
        yield Parts(file, whose, _kept(file, whose, drop_others))


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
        The file holds results about something else, another process is at work on it, or it cannot be written.
    """
    with kept_parts(file, about) as kept:
        done = dict(kept.done)
        waiting = {key: arguments for key, arguments in parts.items() if key not in done}
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_end_at_once)
        try:
            futures = {pool.submit(work, *arguments): key for key, arguments in waiting.items()}
            for future in as_completed(futures):
                key = futures[future]
                done[key] = future.result()
                kept.keep(key, done[key])
                if told is not None:
                    told(key, sum(part in done for part in parts), len(parts))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return {key: done[key] for key in parts}


def whole_part(file: Path, about: Mapping[str, Any], work: Callable[[], Any]) -> Any:
    """What `work` finds, as plain values, kept in a file of its own; what the file holds is not done again.

    Parameters
    ----------
    about : what decides the result; a file about something else is refused, one that is damaged is made again.

    Raises
    ------
    InputError
        The file holds a result about something else, or cannot be written.
    """
    whose = _whose(about)
    kept = _read(file.read_text(encoding="utf-8", errors="replace")) if file.exists() else None
    if kept is not None and kept.get("seal") == _seal(_digest(kept.get("about")), file.name, kept.get("found")):
        _refuse_others(file, kept["about"], whose)
        return kept["found"]
    found = json.loads(json.dumps(work()))
    write_whole(file, json.dumps({"about": whose, "found": found, "seal": _seal(_digest(whose), file.name, found)}))
    return found


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as CSV; the file is written whole or not at all. Raises InputError."""
    with whole_file(file, text=True) as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _end_at_once() -> None:
    """Ctrl-C ends a worker without a word: what it was at is done again the next time."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _whose(about: Mapping[str, Any]) -> Any:
    return json.loads(json.dumps({**about, "version": __version__}))


def _seal(digest: str, part: str, found: Any) -> str:
    return hashlib.sha256(json.dumps([digest, part, found], sort_keys=True).encode()).hexdigest()[:16]


def _digest(about: Any) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _refuse_others(file: Path, about: Any, whose: Any) -> None:
    if about == whose:
        return
    other = about if isinstance(about, dict) else {}
    names = ", ".join(sorted(name for name in {*other, *whose} if other.get(name) != whose.get(name)))
    raise InputError(
        Problem(
            f"{file} holds results of another model or effort (other {names})",
            advice="choose another folder, or remove it",
        )
    )


def _kept(file: Path, whose: Any, drop_others: bool) -> dict[str, Any]:
    """Finished parts of a file; one that is not there is begun, and a line that is damaged is dropped."""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    rows = [row for row in map(_read, lines) if row is not None]
    for row in rows[:1]:
        if "about" in row and not drop_others:
            _refuse_others(file, row["about"], whose)
    digest = _digest(whose)
    sound = [row for row in rows if row.get("seal") == _seal(digest, str(row.get("part")), row.get("found"))]
    write_whole(file, "".join(json.dumps(row) + "\n" for row in ({"about": whose}, *sound)))
    return {row["part"]: row["found"] for row in sound}


def _read(line: str) -> dict[str, Any] | None:
    """A row, or None if it is damaged."""
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None
