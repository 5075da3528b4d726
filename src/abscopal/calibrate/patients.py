"""Tries values of patients against response rates and local control: `python -m abscopal.calibrate.patients -o DIR`.

Solves cohorts of patients of several tumour types with each treatment of `data/patients.yaml`, reads the share with an
objective response within a year, or without local failure at two years, and sets it beside the published one. With
`--try NAME=VALUE` or `--try "TUMOUR NAME=VALUE"` a parameter's median is moved, all draws with it. With
`--search NAME:LOW:HIGH` (several) values are searched on a logarithmic scale; every candidate that was tried is kept in
DIR, so that the same command goes on. Response: the volume falls below 34.3 % of that at the start. Local failure: it
exceeds its lowest by 73 % (a fifth of the diameter) and 0.5 cm3, from day 60 on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort, parameters, pipeline, study
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.model.fingerprint import model_hash
from abscopal.module_commands import exit_code, parser_of
from abscopal.simulation import Prepared, Settings, simulate
from abscopal.storage.checkpoints import kept_parts
from abscopal.storage.folders import check_folder
from abscopal.storage.packaged import read_yaml

Floats = NDArray[np.float64]
# Parameter, or "tumour parameter" -> value of its median.
Tried = Mapping[str, float]

PARTIAL, RISE, VISIBLE_MM3, FIRST_DAY, TWO_YEARS, STEP = 0.343, 1.73, 500.0, 60.0, 730.0, 15.0
_SEED, _ROUNDS, _PER_ROUND, _KEPT = 20261201, 5, 12, 4


@dataclass(frozen=True)
class PatientTarget:
    """One published share and the cohort that it is of."""

    study: str
    arm: str
    measure: str
    share: float
    range: tuple[float, float]
    source: str

    @property
    def name(self) -> str:
        """The cohort, treatment and measure in words."""
        return f"{self.study}, {self.arm}, {self.measure}"

    def reached(self, found: float) -> bool:
        """Whether a share lies in the range."""
        return self.range[0] <= found <= self.range[1]


@cache
def declared() -> Any:
    """The declaration of targets, studies and arms."""
    return read_yaml("abscopal.calibrate", "patients.yaml")


def targets() -> tuple[PatientTarget, ...]:
    """All targets, in the order of the file."""
    return tuple(PatientTarget(**{**row, "range": tuple(row["range"])}) for row in declared()["targets"])


@cache
def prepared(name: str, size: int) -> Prepared:
    """The cohort of a study, ready to be solved in all the arms that targets ask for."""
    about = declared()["studies"][name]
    wanted = dict.fromkeys(target.arm for target in targets() if target.study == name)
    given = {
        "abscopal": 1,
        "study": name,
        "host": {"species": "human"},
        "tumour": about["tumour"],
        "sites": {"primary": {"start_volume": {"value": about["start"], "day": "0 d"}}},
        "arms": {"untreated": {}, **{arm: declared()["arms"][arm] for arm in wanted}},
        "control": "untreated",
        "cohort": {"size": size, "seed": 1},
        "follow_up": about["days"],
    }
    return pipeline.prepare(study.from_dict(_as_text(given)))


def _as_text(value: Any) -> Any:
    """Values as a study file has them: numbers as text."""
    if isinstance(value, Mapping):
        return {key: _as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_text(one) for one in value]
    return value if isinstance(value, str) else str(value)


def shares(tried: Tried, size: int, among: Iterable[PatientTarget] | None = None) -> dict[str, float]:
    """Share of patients of every target with these values in place of the declared ones."""
    asked = tuple(among if among is not None else targets())
    found: dict[str, float] = {}
    for name in dict.fromkeys(target.study for target in asked):
        ready = prepared(name, size)
        mine = [target for target in asked if target.study == name]
        last = max(declared_days(ready))
        days = np.arange(0.0, last + 0.1, STEP)
        arms = dict.fromkeys(target.arm for target in mine)
        draws = _draws(ready, tried, declared()["studies"][name]["tumour"], size)
        solved = simulate(
            ready, draws, Settings(threads=1, rtol=1e-3), arms=arms, outputs=["volume@primary"], times=days
        )
        for target in mine:
            volumes = solved[target.arm].output("volume@primary")
            volumes = volumes[np.all(np.isfinite(volumes), axis=1)]
            read = responded if target.measure == "response" else controlled
            found[target.name] = float(np.mean(read(volumes, days)))
    return found


def declared_days(ready: Prepared) -> tuple[float, float]:
    """First and last day of a study that is ready."""
    return 0.0, ready.study.follow_up_days


def responded(volumes: Floats, days: Floats) -> NDArray[np.bool_]:
    """Patients whose volume (patients, days) falls below a share of that on the first day."""
    return np.asarray(volumes.min(axis=1) < PARTIAL * volumes[:, 0])


def controlled(volumes: Floats, days: Floats) -> NDArray[np.bool_]:
    """Patients without local failure within two years."""
    lowest = np.minimum.accumulate(volumes, axis=1)
    failed = (volumes > RISE * lowest) & (volumes > VISIBLE_MM3)
    return np.asarray(~failed[:, (days >= FIRST_DAY) & (days <= TWO_YEARS)].any(axis=1))


def _draws(ready: Prepared, tried: Tried, tumour: str, size: int) -> Floats | None:
    """The cohort's own draws, moved with the medians; None where nothing is moved, so that patients are drawn anew."""
    wanted = {}
    for key, value in tried.items():
        place, _, name = key.rpartition(" ")
        if not place or place == tumour:
            wanted[name] = value
    if not wanted:
        return None
    moved = parameters.ParameterSet(
        {
            full: item.with_value(wanted[base], item.source) if (base := full.partition("@")[0]) in wanted else item
            for full, item in ready.declared.items()
        },
        ready.study.name,
    )
    return cohort.draw(moved, ready.study.cohort.seed, size)


def misfit(found: Mapping[str, float], size: int) -> float:
    """Sum of squares of what logits lack to the published ones, in units of the sampling error and of 0.3."""
    total = 0.0
    for target in targets():
        model, published = ((p * size + 0.5) / (size + 1.0) for p in (found[target.name], target.share))
        error = 0.3**2 + 1.0 / (size * model * (1.0 - model)) + 1.0 / (size * published * (1.0 - published))
        total += float((np.log(model / (1 - model)) - np.log(published / (1 - published))) ** 2 / error)
    return total


def searched(ranges: Mapping[str, tuple[float, float]], tried: Tried, size: int, folder: Path) -> dict[str, float]:
    """The values of least misfit: rounds of candidates around the best so far, each kept when it is done."""
    names = list(ranges)
    low, high = (np.log([ranges[name][end] for name in names]) for end in (0, 1))
    about = {"model": model_hash(), "targets": declared(), "ranges": ranges, "tried": dict(tried), "size": size}
    best: list[tuple[float, Floats]] = []
    with kept_parts(folder / "candidates.jsonl", about, drop_others=True) as kept:
        for turn in range(_ROUNDS):
            random = np.random.default_rng([_SEED, turn])
            for i in range(_PER_ROUND):
                place = low + (high - low) * random.random(len(names))
                if turn:
                    centre = np.mean([one for _, one in best], axis=0)
                    width = np.std([one for _, one in best], axis=0) + 0.03 * (high - low)
                    place = np.clip(centre + 1.3 * width * random.standard_normal(len(names)), low, high)
                part = f"{turn}-{i}"
                if part not in kept.done:
                    values = {**tried, **dict(zip(names, np.exp(place).tolist(), strict=True))}
                    kept.keep(part, misfit(shares(values, size), size))
                best.append((float(kept.done[part]), place))
            best = sorted(best, key=lambda one: one[0])[:_KEPT]
            print(
                json.dumps([turn, best[0][0], dict(zip(names, np.exp(best[0][1]).round(5), strict=True))]), flush=True
            )
    return dict(zip(names, np.exp(best[0][1]).tolist(), strict=True))


def table(tried: Tried, size: int) -> str:
    """Every target with the model's share, the range and whether it is reached."""
    found = shares(tried, size)
    rows = [
        f"{'in range' if t.reached(found[t.name]) else 'OFF':9}{found[t.name]:6.2f}  "
        f"{t.range[0]:.2f} to {t.range[1]:.2f}  {t.name}"
        for t in targets()
    ]
    return "\n".join([*rows, f"misfit {misfit(found, size):.1f}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table, after a search where one is asked for."""
    parser = parser_of("abscopal.calibrate.patients", __doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("-o", dest="folder", type=Path, required=True, help="where candidates are kept")
    parser.add_argument("--size", type=int, default=100, help="patients of each cohort")
    parser.add_argument("--try", dest="tried", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--search", action="append", default=[], metavar="NAME:LOW:HIGH")
    given = parser.parse_args(arguments)

    def run() -> None:
        check_folder(given.folder)
        given.folder.mkdir(parents=True, exist_ok=True)
        tried = {name: values[0] for name, values in _read(given.tried, "=", 1, "--try").items()}
        ranges = {name: (low, high) for name, (low, high) in _read(given.search, ":", 2, "--search").items()}
        if ranges:
            tried |= searched(ranges, tried, given.size, given.folder)
        print(table(tried, given.size))

    return exit_code(run)


def _read(rows: Sequence[str], mark: str, numbers: int, option: str) -> dict[str, list[float]]:
    """Parameters with their numbers, from options."""
    found = {}
    for row in rows:
        name, *texts = row.split(mark)
        bare = name.rpartition(" ")[2]
        if bare not in parameters.shared():
            raise InputError(unknown_name("parameter", bare, tuple(parameters.shared())))
        try:
            values = [float(text) for text in texts]
        except ValueError:
            values = []
        if len(values) != numbers:
            allowed = mark.join(["NAME", *(["NUMBER"] * numbers)])
            raise InputError(Problem(f"{row!r} cannot be read", key=option, allowed=allowed, advice="give numbers"))
        found[name] = values
    return found


if __name__ == "__main__":
    sys.exit(main())
