"""Small studies and their results, shared by all tests of the core. Results are kept for the whole test session."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from abscopal import cohort, pipeline, study
from abscopal.errors import InputError
from abscopal.results import Result
from abscopal.simulation import Settings, inocula
from abscopal.study import Study

Treatment = dict[str, Any]
Array = np.ndarray

PRIMARY: dict[str, Any] = {
    "inoculum": "1e6 cells",
    "inoculated": "-9 d",
    "start_volume": {"value": "75 mm3", "day": "0 d"},
}
SECONDARY: dict[str, Any] = {"inoculum": "1e6 cells", "inoculated": "-7 d"}


def x_rays(dose_gy: float, days: Sequence[float] = (0,), target: Any = "primary", **more: Any) -> Treatment:
    """A course of X-rays."""
    return _course("X-rays", dose_gy, days, target, more)


def carbon(
    dose_gy: float, days: Sequence[float] = (0,), target: Any = "primary", let: float = 50, **more: Any
) -> Treatment:
    """A course of carbon ions."""
    return _course("carbon", dose_gy, days, target, {"let": f"{let} keV/um", **more})


def _course(quality: str, dose_gy: float, days: Sequence[float], target: Any, more: Mapping[str, Any]) -> Treatment:
    days_text = [f"{day} d" for day in days]
    course = {"quality": quality, "dose_per_fraction": f"{dose_gy} Gy", "days": days_text, "target": target, **more}
    return {"radiation": [course]}


def drug(agent: str, dose: str = "200 ug", days: Sequence[float] = (0, 3, 6), route: str = "ip") -> Treatment:
    """A course of a drug."""
    return {"drugs": [{"agent": agent, "dose": dose, "route": route, "days": [f"{day} d" for day in days]}]}


def host(*changes: str) -> Treatment:
    """Host changes of an arm."""
    return {"host_changes": list(changes)}


def both(*treatments: Treatment) -> Treatment:
    """Several treatments in one arm."""
    together: dict[str, list[Any]] = {}
    for treatment in treatments:
        for kind, rows in treatment.items():
            together.setdefault(kind, []).extend(rows)
    return together


@cache
def _cells_of_primary(line: str) -> str:
    """Cells of which the primary tumour of a line has its start volume on its day, so that none are scaled.

    A second tumour beside it then starts from the cells typed, whatever the line.
    """
    alone = {"abscopal": 1, "study": "alone", "tumour": line, "sites": {"primary": PRIMARY}, "arms": {"c": {}}}
    try:
        prepared = pipeline.prepare(study.from_dict({**alone, "control": "c", "follow_up": "1 d"}))
    except InputError:  # not a line of mice
        return PRIMARY["inoculum"]
    (tumour,) = inocula.of_the_median_subject(prepared)
    return f"{tumour.simulated:.6g} cells" if math.isfinite(tumour.simulated) else PRIMARY["inoculum"]


def make_study(line: str, arms: Mapping[str, Treatment], **more: Any) -> Study:
    """A study of one line in a flank or two; arm `control` is added where it is missing."""
    arms = {"control": {}, **arms}
    sites = more.pop("sites", {"primary": PRIMARY, "secondary": SECONDARY})
    if any("start_volume" not in site for site in sites.values()):
        needed = {"inoculum": _cells_of_primary(line)}
        sites = {name: {**site, **needed} if site == PRIMARY else site for name, site in sites.items()}
    given: dict[str, Any] = {
        "abscopal": 1,
        "study": "small",
        "tumour": line,
        "sites": sites,
        "arms": arms,
        "control": "control",
        "cohort": {"size": more.pop("size", 4), "seed": more.pop("seed", 1), "arms": more.pop("sharing", "shared")},
        "follow_up": f"{more.pop('follow_up', 30)} d",
        "host": {"immune": more.pop("immune", "competent")},
        **more,
    }
    return study.from_dict(given)


@dataclass(frozen=True)
class Run:
    """A result with its readouts as arrays."""

    result: Result

    def __call__(self, name: str, arm: str, site: str | None = None) -> Array:
        """Array (subjects, times) of a readout."""
        chosen = self.result.data[name].sel(arm=arm)
        return np.asarray((chosen if site is None else chosen.sel(site=site)).values)

    def at(self, day: float, name: str, arm: str, site: str | None = None) -> Array:
        """Array (subjects,) of a readout on one day."""
        return self(name, arm, site)[:, self.index(day)]

    def index(self, day: float) -> int:
        # The moments before and after an event are recorded as well: the nearest is the day itself.
        where = int(np.argmin(np.abs(self.times - day)))
        assert np.isclose(self.times[where], day), (day, self.times[where])
        return where

    @property
    def times(self) -> Array:
        return np.asarray(self.result.data["time"].values)

    def peak(self, name: str, arm: str, site: str | None = None, after: float = 0.0) -> Array:
        """Array (subjects,) of a readout's maximum from a day on."""
        return self(name, arm, site)[:, self.times >= after].max(axis=1)

    def area(self, name: str, arm: str, site: str | None = None, after: float = 0.0, until: float = np.inf) -> Array:
        """Array (subjects,) of a readout's integral over days."""
        chosen = (self.times >= after) & (self.times <= until)
        return np.trapezoid(self(name, arm, site)[:, chosen], self.times[chosen], axis=1)


class Laboratory:
    """Makes studies and runs them, each once per test session."""

    x_rays, carbon, drug, host, both, study = (staticmethod(f) for f in (x_rays, carbon, drug, host, both, make_study))
    primary, secondary = PRIMARY, SECONDARY

    def __init__(self) -> None:
        self._kept: dict[str, Run] = {}

    def run(
        self,
        chosen: Study,
        *,
        change: Mapping[str, float | Callable[[Array], Array]] | None = None,
        without: Sequence[str] = (),
        rtol: float = 1e-4,
        step_days: float = 1.0,
        typical: bool = False,
    ) -> Run:
        """The study's result; `change` replaces drawn parameter values in every animal, bounds or not.

        `typical` gives every animal the declared values, for rows that are about no spread between animals.
        """
        key = json.dumps([chosen.model_dump(mode="json"), _plain(change), sorted(without), rtol, step_days, typical])
        if key not in self._kept:
            settings = Settings(rtol=rtol, step_days=step_days)
            draws = _draws(chosen, change or {}, without, typical) if change or typical else None
            self._kept[key] = Run(pipeline.run(chosen, draws=draws, without=without, settings=settings))
        return self._kept[key]


def _plain(change: Mapping[str, Any] | None) -> Any:
    return {name: value if isinstance(value, float | int) else repr(value) for name, value in (change or {}).items()}


def _draws(chosen: Study, change: Mapping[str, Any], without: Sequence[str], typical: bool) -> dict[str, Array]:
    prepared = pipeline.prepare(chosen, without)
    names = prepared.model.parameter_names
    found = {}
    for arm in chosen.arms:
        stream = prepared.stream(arm.name)
        values = cohort.draw(prepared.declared, chosen.cohort.seed, chosen.cohort.size, stream=stream)
        if typical:
            values[:] = [item.value for item in prepared.declared.values()]
        for name, value in change.items():
            columns = [i for i, full in enumerate(names) if name in (full, full.partition("@")[0])]
            assert columns, f"the model does not use {name}"
            for column in columns:
                values[:, column] = value(values[:, column]) if callable(value) else value
        found[arm.name] = values
    return found


@pytest.fixture(scope="session")
def lab() -> Laboratory:
    return Laboratory()
