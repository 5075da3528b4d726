"""How far the score depends on what fills the nulls of records: each default held at either end of its law.

Run as `python -m abscopal.evidence.scoring.sensitivity [--sets N] [--only NAME ...]`; prints a table. It scores the
catalogue twice per default, so it is no part of an ordinary score.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from abscopal.evidence import DefaultSet, Record, catalogue, declared
from abscopal.evidence.defaults import Default
from abscopal.evidence.scoring.declarations import Effort
from abscopal.evidence.scoring.evaluation import evaluate
from abscopal.evidence.scoring.summary import KINDS, summaries

_SETS = 24


@dataclass(frozen=True)
class Shift:
    """Mean log scores of the groups of claims with one default held at a value; "" is the usual score."""

    name: str
    value: float
    unit: str
    log: dict[str, float]


def ends(item: Default) -> tuple[float, ...]:
    """The two ends of the law of a default; none if it is fixed."""
    if item.law == "fixed":
        return ()
    return (min(item.values), max(item.values)) if item.law == "choice" else (item.low, item.high)


def held(defaults: DefaultSet, name: str, value: float) -> DefaultSet:
    """The set with one default fixed at a value."""
    fixed = replace(defaults.items[name], central=value, law="fixed")
    return DefaultSet(f"{defaults.id}, {name} at {value:g}", {**defaults.items, name: fixed})


def shifts(records: Sequence[Record], effort: Effort, only: Sequence[str] = (), processes: int = 1) -> Iterator[Shift]:
    """The usual score, then that with each default at either end of its law."""
    defaults = declared()
    yield Shift("", math.nan, "", _logs(records, effort, processes))
    for name, item in defaults.items.items():
        if not only or name in only:
            for value in ends(item):
                varied = replace(effort, filled_by=held(defaults, name, value))
                yield Shift(name, value, item.unit, _logs(records, varied, processes))


def _logs(records: Sequence[Record], effort: Effort, processes: int) -> dict[str, float]:
    found = evaluate(records, effort, processes)
    groups = summaries([claim for record in found for claim in record.claims], effort.seed)
    return {name: groups[name].model.log for name in KINDS if name in groups}


def _main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=_SETS, help="plausible parameter sets")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="defaults to vary; all without it")
    chosen = parser.parse_args()
    groups = list(KINDS)
    print("\t".join(("default", "value", *groups)), flush=True)
    usual: dict[str, float] = {}
    for shift in shifts(catalogue(), Effort.usual(chosen.sets), chosen.only, chosen.processes):
        usual = usual or shift.log
        told = [shift.log.get(g, math.nan) - (usual[g] if shift.name else 0.0) for g in groups if g in usual]
        row = (shift.name or "none: log score", f"{shift.value:g} {shift.unit}" if shift.name else "")
        print("\t".join((*row, *(f"{v:+.3f}" for v in told))), flush=True)


if __name__ == "__main__":
    _main()
