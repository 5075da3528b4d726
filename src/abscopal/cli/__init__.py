"""The command line `abscopal`. Exit 0 good, 1 the answer is no, 2 bad input, 130 stopped."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `abscopal` command."""
    try:
        from abscopal.cli.application import start
    except KeyboardInterrupt:
        # Stopped while the command was still being loaded, before anything could be begun.
        sys.exit(_stopped())
    start()


def _stopped() -> int:
    print("stopped; nothing was begun", file=sys.stderr)
    return 130
