"""Do the intervals of a fit cover the truth? Data sets are simulated at places drawn from the prior, and fitted.

    python benchmarks/fit_coverage.py STUDY.yaml --estimate doubling_time alpha_photon --keep growth cell_kill

Prints how often the 80 % intervals hold the truth, per parameter and in all; 74 to 86 % of 100 sets are as expected.
Finished sets are noted in a file, so that the same command goes on.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from abscopal import fitting, pipeline
from abscopal.fitting.likelihood import StudyLikelihood
from abscopal.measurements import Measurements, Observation
from abscopal.model import MECHANISMS
from abscopal.simulation import Prepared, Settings
from abscopal.storage.checkpoints import in_parts

LEVEL = 0.8


def prepared_study(path: str, keep: list[str]) -> Prepared:
    without = [name for name in MECHANISMS if name not in keep] if keep else []
    return pipeline.prepare(pipeline.load(path), without)


def template(prepared: Prepared, animals: int, every: float) -> Measurements:
    """Volumes of all animals, sites and days, without values yet."""
    study = prepared.study
    first = max((s.start_volume.day for s in study.sites if s.start_volume is not None), default=0.0)
    days = np.arange(first + 1.0, study.follow_up_days, every)
    rows = [
        Observation(arm.name, f"{arm.name}-{i}", site.name, float(day), "volume", 100.0)
        for arm in study.arms
        for i in range(animals)
        for site in study.sites
        for day in days
    ]
    return Measurements(tuple(rows), name="simulated")


def simulated(problem: fitting.FitProblem, random: np.random.Generator) -> tuple[Measurements, np.ndarray]:
    """A table from the prior, with removal at the limit and a limit of detection; and the shared places behind it."""
    likelihood = StudyLikelihood(problem)
    while True:
        theta = random.standard_normal((1, likelihood.size))
        eta = random.standard_normal((1, likelihood.animals, likelihood.individual))
        features, log_cv = likelihood.features(theta, eta)
        if np.isfinite(features).all():
            break
    values = problem.error_law.replicated(features, log_cv, random.random(log_cv.shape))[0]
    limit, seen = problem.prepared.study.endpoints.survival.volume_limit_mm3, 5.0
    rows, gone = [], {}
    for row, value in zip(problem.used, values, strict=True):
        o = row.observation
        if o.day > gone.get(o.animal, np.inf):
            continue
        if value >= limit:
            gone[o.animal] = o.day
        rows.append(replace(o, value=max(float(value), seen), censoring=int(value < seen)))
    return Measurements(tuple(r for r in rows if r.day <= gone.get(r.animal, np.inf)), name="simulated"), theta[0]


def one_set(number: int, options: dict) -> dict:
    """Which 80 % intervals hold the truth in one simulated set."""
    began = time.process_time()
    prepared = prepared_study(options["study"], options["keep"])
    choice = fitting.FitChoice(tuple(options["estimate"]), tuple(options["individual"]))
    settings = Settings(threads=1)
    empty = fitting.problem_of(prepared, template(prepared, options["animals"], options["every"]), choice, settings)
    table, truth = simulated(empty, np.random.default_rng([options["seed"], number]))
    effort = fitting.FitEffort.usual(bool(choice.individual), options["preview"])
    found = fitting.fit(fitting.problem_of(prepared, table, choice, settings), effort, seed=number)
    low, high = np.quantile(found.draws.theta.reshape(-1, len(truth)), [0.5 - LEVEL / 2, 0.5 + LEVEL / 2], axis=0)
    return {
        "names": [item.name for item in empty.shared_coordinates],
        "inside": [bool(a <= t <= b) for a, t, b in zip(low, truth, high, strict=True)],
        "r_hat": float(found.draws.worst[0]),
        "cpu_seconds": time.process_time() - began,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--estimate", nargs="+", required=True)
    parser.add_argument("--individual", nargs="*", default=[])
    parser.add_argument("--keep", nargs="*", default=[], help="mechanisms to keep; all where none is named")
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--animals", type=int, default=4, help="per arm")
    parser.add_argument("--every", type=float, default=3.0, help="days between measurements")
    parser.add_argument("--preview", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--notes", type=Path, default=Path("fit_coverage.jsonl"))
    options = vars(parser.parse_args())
    sets, notes = options.pop("sets"), options.pop("notes")
    parts = {str(i): (i, options) for i in range(sets)}
    found = list(
        in_parts(one_set, parts, notes, options, told=lambda _, done, every: print(f"{done} of {every}")).values()
    )
    inside = np.array([one["inside"] for one in found])
    for name, share in zip(found[0]["names"], inside.mean(axis=0), strict=True):
        print(f"{name:32s} {share:.0%} of the {LEVEL:.0%} intervals hold the truth")
    seconds = sum(one["cpu_seconds"] for one in found)
    worst = max(one["r_hat"] for one in found)
    print(f"in all {inside.mean():.1%} of {inside.size} intervals; R-hat up to {worst:.2f}; {seconds:.0f} CPU seconds")


if __name__ == "__main__":
    main()
