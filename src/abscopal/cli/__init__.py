"""The command line: `abscopal run`, `check`, `new`. Exit 0 good, 1 the answer is no, 2 bad input."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `abscopal` command."""
    from abscopal.cli.application import start

    start()
