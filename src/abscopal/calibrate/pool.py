"""Every arm of the calibration in one compiled model: sets, lines and animals are rows of one solution per schedule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import ndtri

from abscopal import cohort, engine, parameters
from abscopal.calibrate import levels
from abscopal.calibrate.ensemble import Floats
from abscopal.calibrate.survival_table import Course, MeasuredArm, measured_arms
from abscopal.parameters.population import OF_LINE
from abscopal.pipeline import prepare
from abscopal.study import from_dict

_VOLUME = "volume@primary"
# Days between recorded volumes; callipers are used about as often.
EVERY_DAYS = 2.0
LONGEST_DAYS = 100.0
_TYPED_CELLS = 1e6


@dataclass(frozen=True)
class PoolArm:
    """One measured arm as it is simulated: its line as the calibration calls it, and the volume of removal [mm3]."""

    name: str
    line: str
    measured: MeasuredArm
    follow_up: float
    limit: float


def open_arms(data: Path, part: str) -> list[PoolArm]:
    """Arms of a part of the open survival table whose tumour has a volume."""
    rows, known = levels.declared(), measured_arms(data, part)
    longest = {arm.study: max(a.follow_up for a in known if a.study == arm.study) for arm in known}
    found = []
    for number, arm in enumerate(known):
        line = rows["names"].get(arm.line, arm.line)
        elsewhere = arm.place == "OT" and line in rows["not_there"]
        if arm.line in rows["left_out"] or arm.place not in rows["places"] or elsewhere:
            continue
        limit = rows["limits"]["brain" if line in rows["brain"] else "elsewhere"]
        follow_up = min(longest[arm.study], LONGEST_DAYS)
        name = f"{arm.study}|{arm.name}|{number}"
        found.append(PoolArm(name, line, arm, follow_up, limit))
    return found


class MeasuredPool:
    """Arms that share one compiled model; `simulate` solves them for many sets."""

    def __init__(self, arms: Sequence[PoolArm], animals: int, threads: int | None = None) -> None:
        self.arms, self.animals, self._threads = tuple(arms), animals, threads
        groups: dict[tuple[Course, ...], list[PoolArm]] = {}
        for arm in arms:
            groups.setdefault(arm.measured.courses, []).append(arm)
        self._groups = list(groups.items())
        self._prepared = prepare(from_dict(_study([courses for courses, _ in self._groups])))
        self._names = tuple(self._prepared.declared)
        shared = parameters.shared()
        self._base = np.array([shared[n].value if n in shared else i.value for n, i in self._prepared.declared.items()])

    def simulate(self, places: Floats, columns: Sequence[str], seed: int) -> dict[str, tuple[Floats, Floats]]:
        """Recorded days, and volumes (sets, animals, days) [mm3], by arm.

        Parameters
        ----------
        places : array (sets, columns) [prior standard deviations].
        columns : names of shared levels, and `parameter|line` of line effects.
        seed : of the animals, and of the draws of lines without columns of their own.
        """
        chosen = _Sets(places, columns, seed)
        found: dict[str, tuple[Floats, Floats]] = {}
        for number, (_, arms) in enumerate(self._groups):
            values = np.stack([self._values(arm, chosen) for arm in arms], axis=1)
            days = np.arange(0.0, max(arm.follow_up for arm in arms) + EVERY_DAYS, EVERY_DAYS)
            solution = engine.solve(
                self._prepared.model.system,
                self._prepared.schedules[f"g{number}"],
                values.reshape(-1, values.shape[-1]),
                days,
                outputs=[_VOLUME],
                threads=self._threads,
                rtol=1e-3,
            )
            volumes = solution.outputs.reshape(*values.shape[:3], len(days))
            found.update({arm.name: (days, volumes[:, k]) for k, arm in enumerate(arms)})
        return found

    def _columns(self, base: str) -> list[int]:
        return [i for i, name in enumerate(self._names) if name.partition("@")[0] == base]

    def _values(self, arm: PoolArm, chosen: _Sets) -> Floats:
        """Parameters of every animal of an arm in every set, (sets, animals, parameters)."""
        values = np.tile(self._base, (chosen.size, 1))
        named = {name: np.full(chosen.size, value) for name, value in levels.known_of_line(arm.line).items()}
        named |= chosen.shared() | levels.with_quadratic(arm.line, chosen.of_line(arm.line))
        for name, value in named.items():
            for column in self._columns(name):
                values[:, column] = value
        animals = self._animals(arm, chosen, np.repeat(values[:, None, :], self.animals, axis=1))
        animals[..., self._names.index(f"{levels.TAKE}@primary")] *= arm.measured.cells / _TYPED_CELLS
        return animals

    def _animals(self, arm: PoolArm, chosen: _Sets, values: Floats) -> Floats:
        for column, (name, item) in enumerate(self._prepared.declared.items()):
            between = item.spread.between_subjects
            if not between.varies(item.value):
                continue
            base = name.partition("@")[0]
            factor = np.ones(chosen.size)
            if base != levels.TAKE:
                factor = chosen.value(levels.GROWTH if base in levels.OF_GROWTH else levels.IMMUNITY)
            places = factor[:, None] * self._normals(arm, chosen.seed, name)[None, :]
            values[..., column] = np.clip(between.at(values[..., column], places), *item.bounds)
        return values

    def _normals(self, arm: PoolArm, seed: int, what: str) -> Floats:
        """Standard normal places of the animals, evenly spread and in an order that the arm and the number decide."""
        order = np.argsort(cohort.standard_normals(seed, f"calibration/{arm.name}/{what}", self.animals))
        return np.asarray(ndtri((order + 0.5) / self.animals))


class _Sets:
    """Values of many sets by name."""

    def __init__(self, places: Floats, columns: Sequence[str], seed: int) -> None:
        self.size, self.seed = len(places), seed
        self._places = dict(zip(columns, places.T, strict=True))

    def value(self, name: str) -> Floats:
        return levels.shared_levels()[name].at(self._places[name])

    def shared(self) -> dict[str, Floats]:
        return {name: self.value(name) for name in levels.declared()["shared"]}

    def of_line(self, line: str) -> dict[str, Floats]:
        found = {}
        for name, level in levels.line_levels(line).items():
            key = f"{name}{OF_LINE}{line}"
            found[name] = level.at(levels.line_places(key, self._places, self.size, self.seed))
        return found


def _study(courses: Sequence[tuple[Course, ...]]) -> dict[str, Any]:
    """A study whose arms are these courses; everything else is set row by row."""
    return {
        "abscopal": 1,
        "study": "calibration",
        "host": {"species": "mouse", "strain": "C57BL/6", "immune": "competent"},
        "tumour": "LM8",
        "clock": "inoculation",
        "sites": {"primary": {"inoculum": f"{_TYPED_CELLS:g} cells", "inoculated": "0 d"}},
        "arms": {"control": {}, **{f"g{i}": _arm(given) for i, given in enumerate(courses)}},
        "control": "control",
        "cohort": {"size": 2, "seed": 1, "arms": "shared"},
        "follow_up": "400 d",
        "endpoints": {"survival": {"volume_limit": "1500 mm3", "of": "primary"}},
    }


def _arm(courses: Sequence[Course]) -> dict[str, Any]:
    radiation, drugs = [], []
    for course in courses:
        days = [f"{day:g} d" for day in course.days]
        if course.kind == "RT":
            dose, field = f"{course.dose:g} Gy", {"target": "primary", "node_in_field": False}
            radiation.append(
                {"quality": "X-rays", "dose_per_fraction": dose, "fractions": len(days), "days": days} | field
            )
        else:
            drugs.append({"agent": course.kind, "dose": f"{course.dose:g} ug", "route": "ip", "days": days})
    return {name: given for name, given in (("radiation", radiation), ("drugs", drugs)) if given}
