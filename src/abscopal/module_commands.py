"""What the commands `python -m abscopal.…` share: their arguments, their progress and their exit codes.

They are for those who maintain the package; what a user needs is a command of `abscopal`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from abscopal.errors import InputError
from abscopal.streams import encodable_streams


def parser_of(module: str, about: str | None) -> argparse.ArgumentParser:
    """A parser that names the command as it is typed."""
    return argparse.ArgumentParser(prog=f"python -m {module}", description=about)


def arguments_of(module: str, about: str | None, kept: str) -> argparse.ArgumentParser:
    """The arguments of long work in parts: the folder of what is `kept`, and the number of processes."""
    parser = parser_of(module, about)
    parser.add_argument("-o", dest="folder", type=Path, required=True, help=kept)
    parser.add_argument("--processes", type=int, default=2)
    return parser


def tell(part: str, done: int, parts: int) -> None:
    """Says on stderr how far the work is, on one line."""
    print(f"\r{done}/{parts} {part:60.60}", end="\n" if done == parts else "", file=sys.stderr, flush=True)


def exit_code(run: Callable[[], None]) -> int:
    """Runs a command; 130 where Ctrl-C stopped it, 2 where it cannot use what it was given."""
    encodable_streams()
    try:
        run()
    except KeyboardInterrupt:
        print("\nstopped: finished parts are kept, the same command goes on", file=sys.stderr)
        return 130
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0
