"""Labelled trajectories of every arm, animal, site and day, checked once at the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from abscopal import engine
from abscopal.errors import InputError, Problem, unknown_name

if TYPE_CHECKING:
    import xarray as xr

    from abscopal.results.streamed import Streamed

Floats = NDArray[np.float64]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
GROUPS = ("tumour", "damage", "antigen", "dendritic", "effector", "regulatory", "checkpoint", "blood", "harm", "drug")
NOT_FINITE = -1
VOLUME = "volume"
_ORDER = ("arm", "subject", "site", "time")


@dataclass(frozen=True)
class Readout:
    """One quantity that was recorded over time.

    Attributes
    ----------
    name : variable in the dataset
    label : words for people (`long_name`)
    unit : unit as text
    group : one of `GROUPS`
    per_site : False for a quantity of the whole body
    """

    name: str
    label: str
    unit: str
    group: str
    per_site: bool


@dataclass(frozen=True)
class Trajectories:
    """The dataset of a study with its names and masks; failed animals are left out of every statistic.

    Attributes
    ----------
    data : dataset with dimensions arm, subject, site, time; `volume` and `status` are required
    streamed : what is known of all subjects, where the dataset holds the first of a larger cohort
    """

    data: xr.Dataset
    streamed: Streamed | None = None

    @classmethod
    def of(cls, data: xr.Dataset, streamed: Streamed | None = None) -> Trajectories:
        """Trajectories of a dataset, after checking its dimensions, variables and labels."""
        problems = _problems(data)
        if problems:
            raise InputError(problems)
        ordered = data.transpose(*_ORDER, ...)
        return cls(ordered, streamed)

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the study."""
        return tuple(str(a) for a in self.data["arm"].values)

    @cached_property
    def sites(self) -> tuple[str, ...]:
        """Names of the tumour sites."""
        return tuple(str(s) for s in self.data["site"].values)

    @cached_property
    def time_days(self) -> Floats:
        """Recorded days on the clock of the study, ascending."""
        return np.asarray(self.data["time"].values, float)

    @cached_property
    def ok(self) -> NDArray[np.bool_]:
        """Array (arm, subject): whether the trajectory was solved, to finite volumes."""
        finite = np.isfinite(self.values("volume")).all(axis=(2, 3))
        return np.asarray(engine.finished(self.data["status"].values) & finite, bool)

    @property
    def kept(self) -> int:
        """Subjects per arm whose trajectories are held, failed ones included."""
        return int(self.ok.shape[1])

    @property
    def subjects(self) -> int:
        """Subjects simulated per arm, failed ones included."""
        return self.kept if self.streamed is None else self.streamed.subjects

    @cached_property
    def readouts(self) -> tuple[Readout, ...]:
        """Every quantity over time, ordered by group and then as recorded."""
        found = []
        for name, variable in self.data.data_vars.items():
            if "time" not in variable.dims:
                continue
            attrs = variable.attrs
            group = str(attrs.get("group", "blood"))
            label = str(attrs.get("long_name", str(name).replace("_", " ")))
            found.append(Readout(str(name), label, str(attrs.get("unit", "")), group, "site" in variable.dims))
        return tuple(sorted(found, key=lambda r: GROUPS.index(r.group)))

    def readout(self, name: str) -> Readout:
        """The readout of a name, or an error with the nearest ones."""
        for readout in self.readouts:
            if readout.name == name:
                return readout
        raise InputError(unknown_name("readout", name, [r.name for r in self.readouts]))

    def values(self, name: str) -> Floats:
        """Array (arm, subject[, site], time) of a variable, in canonical order."""
        return np.asarray(self.data[name].values, float)

    def solved(self, name: str, arm: int) -> Floats:
        """Array (solved animals[, site], time) of one arm."""
        solved: Floats = self.values(name)[arm][self.ok[arm]]
        return solved

    def quantiles(self, name: str) -> Floats:
        """Array (quantile, arm[, site], time) over the solved animals, for `QUANTILES`; NaN for an arm without any."""
        if self.streamed is not None and name in self.streamed.quantiles:
            return self.streamed.quantiles[name]
        cache: dict[str, Floats] = self.__dict__.setdefault("_quantiles", {})
        if name not in cache:
            cache[name] = np.stack([_quantiles(self.solved(name, a)) for a in range(len(self.arms))], axis=1)
        return cache[name]

    def by_reference(self) -> dict[str, int]:
        """How many trajectories of an arm the reference solver finished, of arms that have some."""
        status = np.asarray(self.data["status"].values) if self.streamed is None else self.streamed.status
        counts = (status == int(engine.Status.FINISHED_BY_REFERENCE)).sum(axis=1)
        return {arm: int(count) for arm, count in zip(self.arms, counts, strict=True) if count}

    def failures(self) -> list[dict[str, Any]]:
        """Count and advice of every failure, per arm: [{arm, code, count, advice}]."""
        if self.streamed is None:
            status = np.asarray(self.data["status"].values)
            status = np.where(engine.finished(status) & ~self.ok, NOT_FINITE, status)
        else:
            status = self.streamed.status
        advice = {str(NOT_FINITE): "solved, but a volume is not finite: report this as a bug"}
        advice |= _advice(self.data["status"].attrs)
        rows = []
        for a, arm in enumerate(self.arms):
            codes, counts = np.unique(status[a][~engine.finished(status[a])], return_counts=True)
            for code, count in zip(codes, counts, strict=True):
                text = advice.get(str(int(code)), "no advice recorded for this code")
                rows.append({"arm": arm, "code": int(code), "count": int(count), "advice": text})
        return rows


def _quantiles(values: Floats) -> Floats:
    if values.shape[0] == 0:
        return np.full((len(QUANTILES), *values.shape[1:]), np.nan)
    return np.asarray(np.quantile(values, QUANTILES, axis=0), float)


def _advice(attrs: Mapping[Any, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in attrs.items():
        if isinstance(value, Mapping):
            flat.update({str(k): str(v) for k, v in value.items()})
        else:
            flat[str(key)] = str(value)
    return flat


def _problems(data: xr.Dataset) -> list[Problem]:
    problems = [Problem(f"the dataset has no dimension {d!r}", key=d) for d in _ORDER if d not in data.sizes]
    for name, dims in (("volume", set(_ORDER)), ("status", {"arm", "subject"})):
        if name not in data.data_vars:
            problems.append(Problem(f"the dataset has no variable {name!r}", key=name))
        elif set(data[name].dims) != dims:
            problems.append(Problem(f"dimensions are {data[name].dims}", key=name, allowed=", ".join(sorted(dims))))
    if problems:
        return problems
    problems += [Problem(f"no {d} at all", key=d) for d in _ORDER if data.sizes[d] == 0]
    for dim in ("arm", "site", "time"):
        if dim not in data.coords:
            problems.append(Problem("the dimension has no labels", key=dim))
        elif len({str(v) for v in data[dim].values}) < data.sizes[dim]:
            problems.append(Problem("two labels are the same", key=dim))
    if not problems and not (np.diff(np.asarray(data["time"].values, float)) > 0).all():
        problems.append(Problem("days must ascend", key="time"))
    allowed_dims = ({*_ORDER}, {"arm", "subject", "time"})
    for name, variable in data.data_vars.items():
        group = variable.attrs.get("group", "blood")
        if "time" in variable.dims and set(variable.dims) not in allowed_dims:
            problems.append(
                Problem(f"dimensions are {variable.dims}", key=str(name), allowed="arm, subject[, site], time")
            )
        if group not in GROUPS:
            problems.append(unknown_name("group", str(group), GROUPS, key=str(name)))
    return problems
