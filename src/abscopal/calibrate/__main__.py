"""Calibrates on the development split: `python -m abscopal.calibrate -o DIR`. At most an hour on two cores; resumable.

Each finished round is kept in DIR; the same command goes on where it stopped. At the end DIR holds `population.csv`
(to be put among the parameters' data) and `calibration.json` (what each stage found, and its gain on studies left out).
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from abscopal.calibrate import weights as fitting
from abscopal.calibrate.likelihood import chances_of, log_likelihood
from abscopal.calibrate.stages import Stage, by_line, declared, development, stages
from abscopal.calibrate.weights import Floats
from abscopal.evidence import Record, catalogue
from abscopal.model.fingerprint import model_hash
from abscopal.module_commands import arguments_of, exit_code
from abscopal.parameters.population import Population
from abscopal.scoring.declarations import Effort, defaults_id
from abscopal.storage.checkpoints import whole_part
from abscopal.storage.files import save_together
from abscopal.storage.folders import check_folder

_SEED = 20261121


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every stage that is not done yet."""
    given = arguments_of("abscopal.calibrate", __doc__, "where rounds and the result are kept").parse_args(arguments)
    return exit_code(lambda: calibrate(given.folder, given.processes))


def calibrate(folder: Path, processes: int) -> None:
    """Every stage that is not done yet, each on what the stages before it found; writes the result."""
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    records = development(catalogue())
    population, told = None, []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        for number, stage in enumerate(stages()):
            population, report = _stage(number, stage, records, population, folder, pool)
            told.append(report)
            print(json.dumps(report), file=sys.stderr)
    files = {} if population is None else {"population.csv": population.text()}
    save_together(folder, {**files, "calibration.json": json.dumps(told, indent=1) + "\n"})


def _stage(
    number: int,
    stage: Stage,
    records: Sequence[Record],
    before: Population | None,
    folder: Path,
    pool: ProcessPoolExecutor,
) -> tuple[Population | None, dict[str, Any]]:
    rule = declared()
    began = time.perf_counter()
    proposals: list[fitting.Proposal] = [fitting.Proposal.prior(len(stage.parameters))]
    candidates: list[Population] = []
    places: list[Floats] = []
    rounds: list[dict[str, dict[str, Floats]]] = []
    for turn in range(rule["rounds"]):
        random = np.random.default_rng([_SEED, number, turn])
        there = proposals[-1].draw(rule["candidates"], random)
        drawn = _candidates(stage, there, before, random)
        rounds.append(_evaluate(stage, records, drawn, folder / f"stage{number}-round{turn}.json", pool, turn))
        candidates.append(drawn)
        places.append(there)
        z = np.concatenate(places)
        chances, logs = _gathered(rounds)
        ratio = fitting.log_ratio(z, proposals)
        total = np.asarray(sum(logs.values(), start=np.zeros(len(z))))
        weights = fitting.weigh(total, ratio, rule["least_sets"])
        proposals.append(fitting.next_proposal(z, weights))
    kept = fitting.resample(weights, rule["rows"], np.random.default_rng([_SEED, number, 99]))
    merged = _joined(candidates)
    population = Population({name: tuple(values[i] for i in kept) for name, values in merged.places.items()})
    gains = fitting.left_out_gain(logs, chances, ratio, weights)
    mean_gain = float(np.mean(list(gains.values()))) if gains else 0.0
    lines = fitting.left_out_gain(logs, chances, ratio, weights, by_line(records, logs))
    # What does not help studies that were left out would not help new ones: then the declared spread stays.
    frozen = population if mean_gain > 0.0 else before
    report = {
        "stage": stage.name,
        "studies": len(logs),
        "claims": sum(len(c) for c in chances.values()),
        "temperature": round(weights.temperature, 2),
        "effective_sets": round(weights.effective, 1),
        "places": {
            name: {"mean": round(float(m), 2), "sd": round(float(s), 2)}
            for name, m, s in zip(stage.parameters, proposals[-1].mean, proposals[-1].sd, strict=True)
        },
        "gain_left_out": round(mean_gain, 3),
        "kept": mean_gain > 0.0,
        "gain_by_study": {study: round(gain, 3) for study, gain in gains.items()},
        "gain_left_out_lines": round(float(np.mean(list(lines.values()))), 3) if lines else 0.0,
        "gain_by_line": {line: round(gain, 3) for line, gain in lines.items()},
        "minutes": round((time.perf_counter() - began) / 60.0, 1),
    }
    return frozen, report


def _candidates(stage: Stage, there: Floats, before: Population | None, random: np.random.Generator) -> Population:
    """Candidates of a stage, on rows of what the earlier stages found."""
    places = {name: tuple(there[:, i].tolist()) for i, name in enumerate(stage.parameters)}
    if before is None:
        return Population(places)
    rows = random.integers(0, len(before), len(there))
    return Population({**{name: tuple(v[i] for i in rows) for name, v in before.places.items()}, **places})


def _joined(parts: Sequence[Population]) -> Population:
    return Population({name: tuple(v for part in parts for v in part.places[name]) for name in parts[0].places})


def _evaluate(
    stage: Stage, records: Sequence[Record], drawn: Population, kept: Path, pool: ProcessPoolExecutor, round_number: int
) -> dict[str, dict[str, Floats]]:
    """Chances of every claim in every candidate; kept on disk as soon as the round is done."""
    # Everything that is not calibrated is drawn anew in each round.
    effort = Effort(sets=len(drawn), seed=_SEED + round_number, population=drawn, **declared()["effort"])

    def found() -> dict[str, dict[str, list[float]]]:
        waiting = {record.id: pool.submit(chances_of, record, stage, effort) for record in records}
        return {name: {c: v.tolist() for c, v in future.result().items()} for name, future in waiting.items()}

    about = {
        "model": model_hash(),
        "score": defaults_id(),
        "stage": [stage.name, sorted(stage.claims), sorted(map(sorted, stage.treatments)), stage.parameters],
        "studies": [record.id for record in records],
        "seed": effort.seed,
        "effort": declared()["effort"],
        "candidates": hashlib.sha256(drawn.text().encode()).hexdigest(),
    }
    read = whole_part(kept, about, found)
    return {study: {c: np.array(v, float) for c, v in claims.items()} for study, claims in read.items() if claims}


def _gathered(rounds: Sequence[dict[str, dict[str, Floats]]]) -> tuple[dict[str, list[Floats]], dict[str, Floats]]:
    """Chances of each study's claims over all rounds, and the log-likelihood of each study."""
    rule = declared()
    chances = {
        study: [np.concatenate([one[study][claim] for one in rounds]) for claim in claims]
        for study, claims in rounds[0].items()
    }
    logs = {study: log_likelihood(rows, rule["lapse"], rule["most_claims"]) for study, rows in chances.items()}
    return chances, logs


if __name__ == "__main__":
    sys.exit(main())
