"""How far the score depends on what fills the nulls of records: each default held at either end of its distribution.

Run as `python -m abscopal.scoring.sensitivity -o DIR` (about ten minutes on two cores). Only records whose
studies a default changes are scored with it, by the model alone and at little effort. Finished parts are kept in DIR;
the same command goes on where it stopped. At the end DIR holds `defaults.csv`: by how much the mean log score of each
group of claims moves, and how far two scores differ by chance alone.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from abscopal.evidence import DefaultSet, Record, catalogue, convert, declared
from abscopal.model.fingerprint import model_hash
from abscopal.module_commands import arguments_of, exit_code, tell
from abscopal.parameters import Parameter, Spread
from abscopal.parameters.population import shipped
from abscopal.scoring.declarations import Effort, defaults_id
from abscopal.scoring.metrics import log_score, mean_of, published_outcome
from abscopal.scoring.predictor import of_a_claim
from abscopal.scoring.set_chances import IN_VITRO, MARKERS, OUTCOMES, claim_chances, kind_of
from abscopal.storage.checkpoints import in_parts, write_table
from abscopal.storage.folders import check_folder
from abscopal.vocabulary import UNVERIFIED

_EFFORT: dict[str, Any] = {"sets": 24, "animals": 6, "draws": 2, "experiments_per_set": 10}
_USUAL, _AGAIN, _LOW, _HIGH = "usual", "again", "low", "high"
_SIZES = "group_size"  # decides the simulated experiments, never the study
GROUPS = ("all", OUTCOMES, MARKERS, IN_VITRO)
# Log scores of the claims of a record under each variant.
Logs = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Shift:
    """How the mean log score of a group moves from the usual one with a default at either end.

    Attributes
    ----------
    records, claims : of the group that the default changes; the others do not move.
    at_low, at_high : shift of the mean over all claims of the group.
    by_chance : standard error of such a shift if the default did nothing, from the usual score under another seed; at
        most that, as scores with a default held share the parameter sets and most random streams of the usual score.
    """

    default: str
    unit: str
    low: float
    high: float
    group: str
    records: int
    claims: int
    at_low: float
    at_high: float
    by_chance: float


def ends(item: Parameter) -> tuple[float, ...]:
    """The two ends of the distribution of a default; none if it is fixed."""
    return item.spread.uncertainty.ends()


def held(defaults: DefaultSet, name: str, value: float) -> DefaultSet:
    """The set with one default fixed at a value."""
    fixed = replace(defaults.items[name], value=value, spread=Spread())
    return DefaultSet(f"{defaults.id}, {name} at {value:g}", {**defaults.items, name: fixed})


def log_scores(record: Record, effort: Effort) -> dict[str, float]:
    """Log score of every verified claim of a record that the model covers."""
    found = {}
    for name, lines in claim_chances(record, effort).items():
        claim = record.claim(name)
        counted = [np.nansum(chances, axis=0) for chances in lines if np.isfinite(chances).any()]
        if counted and claim.basis != UNVERIFIED:
            prediction = mean_of([of_a_claim(counts.tolist(), each=1) for counts in counted])
            found[name] = log_score(prediction, published_outcome(claim.relation))
    return found


def usual(record: Record, effort: Effort) -> Logs:
    """Log scores with all defaults drawn, and once more with other random streams."""
    return {_USUAL: log_scores(record, effort), _AGAIN: log_scores(record, replace(effort, seed=effort.seed + 1))}


def varied(record: Record, name: str, effort: Effort) -> Logs:
    """Log scores with one default at either end; empty where it decides nothing of the record."""
    low, high = (replace(effort, filled_by=held(declared(), name, value)) for value in ends(declared().items[name]))
    if not _decides(record, name, low, high):
        return {}
    return {_LOW: log_scores(record, low), _HIGH: log_scores(record, high)}


def _decides(record: Record, name: str, low: Effort, high: Effort) -> bool:
    if name.startswith(_SIZES):
        in_dish = [kind_of(record, claim) == IN_VITRO for claim in record.claims]
        return any(in_dish) if name.endswith(IN_VITRO) else not all(in_dish)
    draws = range(low.draws)
    return any(_studies(record, low, draw) != _studies(record, high, draw) for draw in draws)


def _studies(record: Record, effort: Effort, draw: int) -> list[object]:
    return [conversion.study for conversion in convert(record, effort.filled_by, draw=draw, seed=effort.seed)]


def shifts(records: Sequence[Record], found: Mapping[str, Logs]) -> list[Shift]:
    """Shifts of every group by every default, largest first, from the parts `STUDY` and `STUDY/DEFAULT`."""
    rows = []
    for name, item in declared().items.items():
        if not ends(item):
            continue
        for group in GROUPS:
            changes: dict[str, list[tuple[float, float, float]]] = {}
            total = 0
            for record in records:
                plain, there = found[record.id], found[f"{record.id}/{name}"]
                for claim in _of_group(record, plain[_USUAL], group):
                    total += 1
                    if there and all(claim in logs for logs in (*plain.values(), *there.values())):
                        logs = (there[_LOW], there[_HIGH], plain[_AGAIN])
                        before = plain[_USUAL][claim]
                        changes.setdefault(record.id, []).append(tuple(one[claim] - before for one in logs))  # type: ignore[arg-type]
            if changes:
                rows.append(_shift(item, group, changes, total))
    return sorted(rows, key=lambda row: (GROUPS.index(row.group), -max(abs(row.at_low), abs(row.at_high))))


def _of_group(record: Record, claims: Iterable[str], group: str) -> list[str]:
    return [name for name in claims if group in (GROUPS[0], kind_of(record, record.claim(name)))]


def _shift(item: Parameter, group: str, changes: Mapping[str, list[tuple[float, float, float]]], total: int) -> Shift:
    by_study = np.array([np.sum(rows, axis=0) for rows in changes.values()])  # studies x (low, high, by chance)
    low, high = ends(item)
    return Shift(
        default=item.name,
        unit=item.unit,
        low=low,
        high=high,
        group=group,
        records=len(changes),
        claims=sum(map(len, changes.values())),
        at_low=round(float(by_study[:, 0].sum() / total), 4),
        at_high=round(float(by_study[:, 1].sum() / total), 4),
        # Claims of one study share their random streams, studies do not.
        by_chance=round(math.sqrt(float((by_study[:, 2] ** 2).sum())) / total, 4),
    )


def score_parts(records: Sequence[Record], effort: Effort, folder: Path, processes: int = 1) -> dict[str, Logs]:
    """The parts of all records and defaults, kept in a folder as they are done."""
    names = [name for name, item in declared().items.items() if ends(item)]
    parts: dict[str, tuple[object, ...]] = {record.id: (record, "", effort) for record in records}
    parts |= {f"{record.id}/{name}": (record, name, effort) for record in records for name in names}
    about = {"model": model_hash(), "score": defaults_id(), "defaults": declared().id, "effort": asdict(effort)}
    return in_parts(_part, parts, folder / "parts.jsonl", about, processes, tell)


def _part(record: Record, name: str, effort: Effort) -> Logs:
    return varied(record, name, effort) if name else usual(record, effort)


def main(arguments: Sequence[str] | None = None) -> int:
    """Scores what is not there yet, and writes the table."""
    module, kept = "abscopal.scoring.sensitivity", "where parts and the table are kept"
    given = arguments_of(module, __doc__, kept).parse_args(arguments)
    records = catalogue()

    def run() -> None:
        check_folder(given.folder)
        found = score_parts(records, Effort(**_EFFORT, population=shipped()), given.folder, given.processes)
        write(given.folder / "defaults.csv", shifts(records, found))

    return exit_code(run)


def write(file: Path, rows: Sequence[Shift]) -> None:
    """The table as CSV."""
    write_table(file, list(Shift.__dataclass_fields__), map(asdict, rows))


if __name__ == "__main__":
    sys.exit(main())
