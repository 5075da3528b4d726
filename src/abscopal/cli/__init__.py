"""The command line `abscopal`. Exit 0 good, 1 the answer is no, 2 bad input, 130 stopped."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the `abscopal` command."""
    try:
        from abscopal.cli.application import start
    except KeyboardInterrupt:
        sys.exit(130)
    start()
