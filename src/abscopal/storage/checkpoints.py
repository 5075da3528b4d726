"""Long work in parts that are kept as they are done: the same command goes on where it was stopped."""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from abscopal.errors import InputError

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


def tell(part: str, done: int, parts: int) -> None:
    """Says on stderr how far the work is, on one line."""
    print(f"\r{done}/{parts} {part:60.60}", end="\n" if done == parts else "", file=sys.stderr, flush=True)


def arguments_of(module: str, about: str | None, kept: str) -> argparse.ArgumentParser:
    """The arguments of such a command: the folder of what is `kept`, and the number of processes."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("-o", dest="folder", type=Path, required=True, help=kept)
    parser.add_argument("--processes", type=int, default=2)
    return parser


def write_table(file: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows as CSV."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def exit_code(run: Callable[[], None]) -> int:
    """Runs a command; 130 where Ctrl-C stopped it, 2 where it cannot use what it was given."""
    try:
        run()
    except KeyboardInterrupt:
        print("\nstopped: finished parts are kept, the same command goes on", file=sys.stderr)
        return 130
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


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
    draft = file.with_suffix(".part")
    draft.write_text("".join(json.dumps(row) + "\n" for row in found), encoding="utf-8")
    draft.replace(file)
    return {row["part"]: row["found"] for row in found[1:]}


def _read(line: str) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        return None
    return row
