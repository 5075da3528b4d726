"""Calibrates the population on measured arms of mice: `python -m abscopal.calibrate -o DIR`.

A round of 200 sets takes some minutes on two cores. Each finished round is kept in DIR; the same command goes on where
it stopped. At the end DIR holds `population.csv` (places of every set in the declared uncertainty, to be put among the
parameters' data once `fitted.csv` is declared), `fitted.csv` (value and width of every number, with its contraction)
and `calibration.json` (misfit of every round and predictive checks).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

from abscopal import cohort
from abscopal.calibrate import levels, written
from abscopal.calibrate.ensemble import Floats, moved
from abscopal.calibrate.facts import Facts, facts
from abscopal.calibrate.lines_by_facts import chosen, lines_of_facts
from abscopal.calibrate.open_survival import split_of_part
from abscopal.calibrate.outcomes import ArmComparison, compared
from abscopal.calibrate.pool import MeasuredPool, open_arms
from abscopal.calibrate.survival_table import SURVIVAL_TABLE
from abscopal.errors import InputError, Problem
from abscopal.evidence.battery import battery
from abscopal.model.fingerprint import model_hash
from abscopal.module_commands import arguments_of, exit_code, tell
from abscopal.parameters.population import OF_LINE
from abscopal.storage.checkpoints import kept_parts
from abscopal.storage.files import save_together
from abscopal.storage.folders import check_folder

_SEED = 20261130
_USUAL = Path("..") / "shared" / "data" / "quant"
# Inflations of the rounds: the reciprocals add up to about one.
INFLATIONS = (8.0, 6.0, 4.0, 4.0, 3.0, 3.0, 3.0, 3.0)
# Arms of one study are alike beyond what the errors say: their errors count so many times.
_ALIKE = 1.5
# So often counts a fact beyond its error: a survival arm is one of dozens of its line, a fact often the only one.
_FACTS_WEIGHT = 2.5
# Rounds on the flagship effect alone: animals of its arms, error of an inhibition, and inflation.
_FLAGSHIP_ROUNDS, _FLAGSHIP_ANIMALS, _FLAGSHIP_ERROR, _FLAGSHIP_INFLATION = 8, 48, 0.05, 3.0
_ARM_ANIMALS, _FACT_ANIMALS, _BLOCK = 12, 16, 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every round that is not done yet, and writes what came out."""
    parser = arguments_of("abscopal.calibrate", __doc__, "where rounds and the result are kept")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data/quant"), help="folder of the open measured data"
    )
    parser.add_argument("--sets", type=int, default=200, help="parameter sets of the population")
    given = parser.parse_args(arguments)
    return exit_code(lambda: calibrate(given.folder, given.data, given.sets, given.processes))


def calibrate(folder: Path, data: Path, sets: int, threads: int, inflations: Sequence[float] = INFLATIONS) -> None:
    """Every round of the ensemble smoother, each on what the rounds before it found.

    Raises
    ------
    InputError
        The data are not there, or the folder holds the work of another model, seed or number of sets.
    """
    if not (data / SURVIVAL_TABLE).is_file():
        problem = Problem(
            f"no measured data in {data}", allowed=str(SURVIVAL_TABLE), advice="give their folder: --data"
        )
        raise InputError(problem)
    check_folder(folder)
    about = {
        "model": model_hash(),
        "sets": sets,
        "seed": _SEED,
        "levels": repr(levels.declared()),
        "studies": sorted(split_of_part("development")),
        "inflations": list(inflations),
    }
    columns = levels.columns()
    pool = MeasuredPool(open_arms(data, "development"), _ARM_ANIMALS, threads)
    with kept_parts(folder / "rounds.jsonl", about) as parts:
        places, told = _begun(sets, columns), []
        for turn, inflation in enumerate([*inflations, 0.0]):
            key = f"round {turn}"
            if key not in parts.done:
                parts.keep(key, _round(pool, places, columns, turn, inflation, threads))
            found = parts.done[key]
            places = np.array(found["places"])
            told.append(found["told"])
            tell(f"misfit of a datum {told[-1]['median misfit']:.2f}", turn + 1, len(inflations) + 1)
        for line in lines_of_facts([arm.line for arm in pool.arms]):
            key = f"effects of {line}"
            if key not in parts.done:
                found = chosen(places, columns, line, _FACT_ANIMALS, _SEED, threads)
                parts.keep(key, found.round(4).tolist())
            places = np.array(parts.done[key])
        for turn in range(_FLAGSHIP_ROUNDS):
            key = f"flagship {turn}"
            if key not in parts.done:
                parts.keep(key, _flagship(places, columns, turn, threads).round(4).tolist())
            places = np.array(parts.done[key])
    files = written.files(places, columns)
    report = {"model": model_hash(), "sets": sets, "seed": _SEED, "rounds": told}
    save_together(folder, {**files, "calibration.json": json.dumps(report, indent=1) + "\n"})


def _begun(sets: int, columns: Sequence[str]) -> Floats:
    """The prior, evenly spread in each number."""
    drawn = [np.argsort(cohort.standard_normals(_SEED, f"calibration start/{name}", sets)) for name in columns]
    return np.asarray(ndtri((np.stack(drawn, axis=1) + 0.5) / sets))


def _round(
    pool: MeasuredPool, places: Floats, columns: Sequence[str], turn: int, inflation: float, threads: int
) -> dict[str, Any]:
    """The sets moved once, or only looked at where the inflation is zero; animals are others in every round."""
    seed = _SEED + turn
    arms = _arms(pool, places, columns, seed)
    known = facts(places, columns, _FACT_ANIMALS, seed, threads)
    print(f"  round {turn}: arms and facts of {len(places)} sets solved", file=sys.stderr)
    misfit = np.concatenate([arms.misfit / _ALIKE, known.misfit * _FACTS_WEIGHT], axis=1)
    predicted = np.concatenate(
        [arms.predicted / arms.error / _ALIKE, known.predicted / known.error * _FACTS_WEIGHT], axis=1
    )
    told = _told(arms, known, misfit)
    if inflation:
        lines = [arm.line for arm in arms.arms] + [row.line for row in known.rows]
        places = moved(places, misfit, predicted, inflation, _mask(columns, lines), seed)
    return {"places": places.round(4).tolist(), "told": told}


def _flagship(places: Floats, columns: Sequence[str], turn: int, threads: int) -> Floats:
    """The sets moved once more by the flagship effect, a handful of facts among hundreds of data."""
    seed = _SEED + 100 + turn
    lines = {row.line for row in battery().rows if row.flagship}
    rows = tuple(row for row in battery().rows if row.line in lines and row.source.kind == "catalogue")
    known = facts(places, columns, _FLAGSHIP_ANIMALS, seed, threads, rows)
    error = _FLAGSHIP_ERROR / known.error
    mask = _mask(columns, [row.line for row in rows])
    scaled = known.predicted / _FLAGSHIP_ERROR
    return moved(places, known.misfit / error, scaled, _FLAGSHIP_INFLATION, mask, seed)


def _arms(pool: MeasuredPool, places: Floats, columns: Sequence[str], seed: int) -> ArmComparison:
    """All measured arms in all sets, in blocks that fit into memory."""
    blocks = [
        compared(pool.arms, pool.simulate(places[first : first + _BLOCK], columns, seed), pool.animals)
        for first in range(0, len(places), _BLOCK)
    ]
    predicted = np.concatenate([block.predicted for block in blocks])
    first = blocks[0]
    return ArmComparison(first.names, first.arms, first.observed, first.error, predicted)


def _mask(columns: Sequence[str], lines: Sequence[str]) -> Floats:
    """1 where a number can act on a datum: shared ones on all, effects of a line on data of that line."""
    of_line = [name.partition(OF_LINE)[2] for name in columns]
    return np.array([[float(not own or own == line) for line in lines] for own in of_line])


def _told(arms: ArmComparison, known: Facts, misfit: Floats) -> dict[str, Any]:
    """Misfit and predictive checks of a round, as plain numbers."""
    low, high = np.quantile(arms.predicted, [0.1, 0.9], axis=0)
    noise = 1.2816 * arms.error
    inside = (arms.observed >= low - noise) & (arms.observed <= high + noise)
    median = np.median(known.predicted, axis=0)
    return {
        "median misfit": float(np.median(np.sqrt(np.mean(np.square(misfit), axis=1)))),
        "data in the 80 % band": float(np.mean(inside)),
        "facts in range by the median": float(np.mean(np.abs(median - known.centre) <= known.half)),
        "facts": {row.id: float(value) for row, value in zip(known.rows, median, strict=True)},
    }


if __name__ == "__main__":
    sys.exit(main())
