"""What a published outcome measures, found among the simulated animals: relations, numbers, readouts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from abscopal.errors import nearest
from abscopal.results.endpoints import comparison_day, responses, site_groups, survival_days, volume_on
from abscopal.results.metadata import Metadata
from abscopal.results.trajectories import Floats, Trajectories
from abscopal.results.wording import day as day_text
from abscopal.statistics.survival import pooled_median

_WORDS = {
    "primary_tumour": "control of the irradiated tumour",
    "abscopal": "control of the unirradiated tumour",
    "survival": "survival",
    "metastasis": "control of metastases",
    "rejection": "rejection of a second tumour",
    "complete_response": "complete responses",
    "objective_response": "complete or partial responses",
    "survival_fraction": "animals alive",
    "median_survival": "median survival",
    "volume": "tumour volume",
}
FRACTIONS = ("complete_response", "objective_response", "survival_fraction")
_ALIASES = {
    "complete_remission": "complete_response",
    "complete_response_rate": "complete_response",
    "cr": "complete_response",
    "response_rate": "objective_response",
    "orr": "objective_response",
    "alive": "survival_fraction",
    "survival_rate": "survival_fraction",
    "median_survival_days": "median_survival",
    "tumour_volume": "volume",
    "volume_mm3": "volume",
}


class NotTestableError(Exception):
    """The simulated animals cannot say anything about an outcome; the text says why."""


@dataclass(frozen=True)
class Measured:
    """Per-animal values behind a relation; `sign` is +1 where more is better, -1 where less is."""

    values: Mapping[str, Floats]
    label: str
    sign: int
    floor: float

    def of(self, arm: str) -> Floats:
        """Values of the solved animals of an arm."""
        if arm not in self.values or self.values[arm].size == 0:
            raise NotTestableError(f"arm {arm!r} has no solved animal")
        return self.values[arm]


@dataclass(frozen=True)
class Quantity:
    """A number that an experiment measures on a group: `statistic` maps animal indices (draws, group) to it."""

    n: int
    unit: str
    statistic: Callable[[NDArray[Any]], Floats]


def metric_of(row: Mapping[str, Any]) -> str:
    """Canonical name of the metric of a published outcome."""
    name = str(row.get("metric") or "")
    return _ALIASES.get(name.lower(), name)


def in_words(row: Mapping[str, Any]) -> str:
    """The published outcome as a phrase."""
    metric = metric_of(row)
    what = _WORDS.get(metric, metric.replace("marker:", "").replace("_", " "))
    site = f" at {row['site']}" if row.get("site") else ""
    on = f" on day {day_text(float(row['day']))}" if row.get("day") is not None else ""
    if row.get("better") is None:
        value, unit = _given(row)
        text = f"{value:g}" if isinstance(value, int | float) else str(value)
        if metric in FRACTIONS and not unit and isinstance(value, int | float):
            text, unit = f"{100 * value:g}", "%"
        return f"{what}{site}{on} in {row.get('arm')}: {text} {unit}".rstrip()
    shown = _p_in_words(row.get("p"))
    if str(row.get("relation") or ">") == "~":
        return f"{what}{site}{on}: no significant difference between {row['better']} and {row['worse']}{shown}"
    verb = "higher" if metric.startswith("marker:") else "longer" if metric == "survival" else "better"
    return f"{what}{site}{on}: {verb} in {row['better']} than in {row['worse']}{shown}"


def _given(row: Mapping[str, Any]) -> tuple[Any, str]:
    """Value and unit as written; a study file hands percentages over as `value_percent`."""
    if row.get("value_percent") is not None:
        return row["value_percent"], "%"
    return row.get("value"), str(row.get("unit") or "")


def _p_in_words(p: Any) -> str:
    if p is None or p == "":
        return ""
    text = f"{p:.2g}" if isinstance(p, float) else str(p)
    return f" (p {text[0]} {text[1:].strip()})" if text[0] in "<>=" else f" (p = {text})"


def survival(trajectories: Trajectories, metadata: Metadata, arm: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Days and events of the solved animals of an arm."""
    if metadata.survival is None:
        raise NotTestableError("the study declares no volume limit for survival")
    a = trajectories.arms.index(arm)
    if not trajectories.ok[a].any():
        raise NotTestableError(f"arm {arm!r} has no solved animal")
    days, reached = survival_days(trajectories, metadata.survival)
    return days[a][trajectories.ok[a]], reached[a][trajectories.ok[a]]


def median_days(days: Floats, reached: NDArray[np.bool_]) -> float:
    """Median survival of animals followed equally long; infinite if not reached [days]."""
    return pooled_median(np.where(reached, days, np.inf))


def measured(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any]) -> Measured:
    """Per-animal values behind a relation of volumes or of a readout."""
    metric = metric_of(row)
    if metric.startswith("marker:"):
        return _marker(trajectories, metadata, row, metric.removeprefix("marker:"))
    groups = {"primary_tumour": "irradiated", "abscopal": "unirradiated", "metastasis": "unirradiated"}
    group = groups.get(metric)
    if group is None and metric != "volume":
        known = "primary_tumour, abscopal, metastasis, survival, volume, marker:NAME"
        raise NotTestableError(f"{metric!r} is not simulated; relations are tested on {known}")
    sites = _sites(metadata, row.get("site") or group)
    day = float(row["day"]) if row.get("day") is not None else comparison_day(trajectories, metadata)[0]
    volumes = _volumes(trajectories, sites, day)
    names = " + ".join(metadata.sites[s].name for s in sites)
    label = f"the volume at {names} on day {day_text(day)}"
    return Measured(volumes, label, -1, metadata.volume_floor_mm3)


def _volumes(trajectories: Trajectories, sites: Sequence[int], day: float) -> dict[str, Floats]:
    _check_day(trajectories, day)
    volume = trajectories.values("volume")[:, :, list(sites)].sum(axis=2)
    on_day = volume_on(trajectories.time_days, volume, day)
    return {arm: on_day[a][trajectories.ok[a]] for a, arm in enumerate(trajectories.arms)}


def _check_day(trajectories: Trajectories, day: float) -> None:
    first, last = trajectories.time_days[0], trajectories.time_days[-1]
    if not first <= day <= last:
        raise NotTestableError(f"day {day:g} is outside the simulated days {first:g} to {last:g}")


def _sites(metadata: Metadata, wanted: Any) -> tuple[int, ...]:
    names = [s.name for s in metadata.sites]
    if wanted in names:
        return (names.index(wanted),)
    group = {"primary": "irradiated", "distant": "unirradiated"}.get(str(wanted), str(wanted))
    if wanted is None:
        if len(names) > 1:
            raise NotTestableError("the outcome names no site and the study has several")
        return (0,)
    if group not in ("irradiated", "unirradiated"):
        raise NotTestableError(f"no site {wanted!r}; sites are {', '.join(names)}")
    found = site_groups(metadata)[group]
    if not found:
        raise NotTestableError(f"the study has no {group} site")
    return found


def _marker(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], marker: str) -> Measured:
    name = _readout_name(trajectories, str(row.get("readout") or marker))
    readout = trajectories.readout(name)
    values = trajectories.values(name)
    place = ""
    if readout.per_site:
        sites = _sites(metadata, row.get("site") or ("irradiated" if site_groups(metadata)["irradiated"] else None))
        values = values[:, :, list(sites)].mean(axis=2)
        place = " at " + " + ".join(metadata.sites[s].name for s in sites)
    time = trajectories.time_days
    if row.get("day") is not None:
        _check_day(trajectories, float(row["day"]))
        per_animal = volume_on(time, values, float(row["day"]), logarithmic=False)
        label = f"{readout.label}{place} on day {day_text(float(row['day']))}"
    else:
        inside = (time >= metadata.first_treatment_day) & (time <= comparison_day(trajectories, metadata)[0])
        per_animal = values[..., inside].max(axis=-1)
        label = f"the peak of {readout.label}{place}"
    largest = float(np.nanmax(per_animal))
    solved = {arm: per_animal[a][trajectories.ok[a]] for a, arm in enumerate(trajectories.arms)}
    return Measured(solved, label, 1, max(largest * 1e-6, np.finfo(float).tiny))


def _readout_name(trajectories: Trajectories, wanted: str) -> str:
    plain = {re.sub(r"[^a-z0-9]", "", r.name.lower()): r.name for r in trajectories.readouts}
    key = re.sub(r"[^a-z0-9]", "", wanted.lower())
    if key in plain:
        return plain[key]
    close = nearest(wanted, plain.values(), 1)
    hint = f" (nearest: {close[0]})" if close else ""
    raise NotTestableError(f"the model records no readout {wanted!r}{hint}")


def published_value(row: Mapping[str, Any], unit: str) -> float:
    """The published number in the unit of the quantity; a fraction may be given in percent."""
    text = " ".join(str(part) for part in _given(row)).strip()
    match = re.match(r"^\s*([-+0-9.eE]+)\s*(.*)$", text)
    try:
        value = float(match[1]) if match else float("nan")
    except ValueError:
        value = float("nan")
    given = match[2].strip() if match else ""
    if not np.isfinite(value):
        raise NotTestableError(f"the published value {text!r} is not a number")
    if unit == "fraction":
        value = value / 100 if given in ("%", "percent", "pct") else value
        if not 0 <= value <= 1:
            raise NotTestableError(f"{text!r} is not a fraction between 0 and 1; write the unit %")
    return value


def quantity(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any]) -> Quantity:
    """The number that an experiment on one arm would measure for a published value."""
    metric, arm = metric_of(row), str(row["arm"])
    a = trajectories.arms.index(arm)
    ok = trajectories.ok[a]
    if not ok.any():
        raise NotTestableError(f"arm {arm!r} has no solved animal")
    if metric in ("complete_response", "objective_response"):
        return _response_quantity(trajectories, metadata, row, metric, a)
    if metric in ("survival_fraction", "median_survival"):
        days, reached = survival(trajectories, metadata, arm)
        ends = np.where(reached, days, np.inf)
        if metric == "median_survival":
            return Quantity(ends.size, "days", lambda i: np.sort(ends[i], axis=1)[:, (i.shape[1] + 1) // 2 - 1])
        when = float(row["day"]) if row.get("day") is not None else float(trajectories.time_days[-1])
        _check_day(trajectories, when)
        return Quantity(ends.size, "fraction", lambda i: (ends[i] > when).mean(axis=1))
    if metric == "volume":
        when = float(row["day"]) if row.get("day") is not None else comparison_day(trajectories, metadata)[0]
        volume = _volumes(trajectories, _sites(metadata, row.get("site")), when)[arm]
        return Quantity(volume.size, "mm3", lambda i: volume[i].mean(axis=1))
    known = "complete_response, objective_response, survival_fraction, median_survival, volume"
    raise NotTestableError(f"{metric!r} is not a number the model reports; known are {known}")


def _response_quantity(
    trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], metric: str, arm: int
) -> Quantity:
    if metadata.response is None:
        raise NotTestableError("the study declares no response definition")
    rule = metadata.response
    if row.get("day") is not None:
        _check_day(trajectories, float(row["day"]))
        rule = replace(rule, day=float(row["day"]))
    sites = _sites(metadata, row.get("site"))
    worst = 0 if metric == "complete_response" else 1
    volume = trajectories.values("volume")[arm][trajectories.ok[arm]][:, list(sites)]
    done = np.asarray((responses(trajectories.time_days, volume, rule) <= worst).all(axis=1), float)
    return Quantity(done.size, "fraction", lambda i: done[i].mean(axis=1))
