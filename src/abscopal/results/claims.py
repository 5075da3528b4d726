"""What a published comparison asks of the simulated animals: the question, and the bench that answers it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from abscopal.errors import nearest
from abscopal.regimen import in_words, site_place
from abscopal.results.bench import ArmPool, Bench, Pair, Protocol, Treated
from abscopal.results.endpoints import site_groups, survival_days
from abscopal.results.metadata import TREATMENT_KINDS, Metadata
from abscopal.results.nouns import noun_of
from abscopal.results.questions import BODY, CONTROL_WITHOUT, SURVIVING_SHARE, Question, output_at, readouts_of
from abscopal.results.trajectories import Trajectories
from abscopal.results.wording import day as day_text
from abscopal.results.wording import number, percent, ratio_of
from abscopal.statistics import conventions
from abscopal.statistics.accuracy import Floats
from abscopal.statistics.contrast import ratio
from abscopal.statistics.experiments import Experiment
from abscopal.statistics.survival import log_rank, pooled_median

_GROUPS = {"primary_tumour": "irradiated", "abscopal": "unirradiated", "metastasis": "unirradiated"}
_READ_ANIMALS, _MOST_READINGS = 2000, 40
_KNOWN = "primary_tumour, abscopal, metastasis, rejection, survival, volume, marker:NAME"


class NotTestableError(Exception):
    """The simulated animals cannot say anything about an outcome; the text says why."""


def question_of(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any]) -> Question:
    """What a published relation asks, as the score asks it.

    Raises
    ------
    NotTestableError
        The study does not hold what it asks about.
    """
    metric = str(row.get("metric") or "")
    if metric == "survival":
        if metadata.survival is None:
            raise NotTestableError("the study declares no volume limit for survival")
        return Question("survival", trajectories.sites, in_vitro=metadata.in_vitro)
    _check_readout(str(row.get("readout") or ""), metadata, metric)
    day = day_of(trajectories, row)
    if metric.startswith("marker:"):
        return _marker(trajectories, metadata, row, day)
    if metric == "rejection":
        return Question("absence", _challenged(metadata, row))
    if metric not in (*_GROUPS, "volume"):
        raise NotTestableError(f"{metric!r} is not simulated; relations are tested on {_KNOWN}")
    sites = sites_of(metadata, row.get("site") or _GROUPS.get(metric))
    reader = "metastases" if metric == "metastasis" else "calliper"
    return Question("volume", _names(metadata, sites), in_vitro=metadata.in_vitro, reader=reader, day=day)


def _check_readout(readout: str, metadata: Metadata, metric: str) -> None:
    if readout.startswith(CONTROL_WITHOUT):
        raise NotTestableError("it is read against the same arm in depleted hosts: `abscopal score` simulates those")
    if readout == SURVIVING_SHARE or (metadata.in_vitro and not metric.startswith("marker:")):
        raise NotTestableError("it is read against the untreated dish at plating: `abscopal score` simulates that")


def day_of(trajectories: Trajectories, row: Mapping[str, Any]) -> float | None:
    """The day that the publication tells, which has to be simulated."""
    if row.get("day") is None:
        return None
    day = float(row["day"])
    first, last = trajectories.time_days[0], trajectories.time_days[-1]
    if not first <= day <= last:
        raise NotTestableError(f"day {day:g} is outside the simulated days {first:g} to {last:g}")
    return day


def sites_of(metadata: Metadata, wanted: Any) -> tuple[int, ...]:
    """Indices of the sites that an outcome names: a site, or those that are irradiated or not in any arm."""
    names = [s.name for s in metadata.sites]
    if wanted in names:
        return (names.index(wanted),)
    if wanted is None:
        if len(names) > 1:
            raise NotTestableError("the outcome names no site and the study has several")
        return (0,)
    group = {"primary": "irradiated", "distant": "unirradiated"}.get(str(wanted), str(wanted))
    if group not in ("irradiated", "unirradiated"):
        raise NotTestableError(f"no site {wanted!r}; sites are {', '.join(names)}")
    found = site_groups(metadata)[group]
    if not found:
        raise NotTestableError(f"the study has no {group} site")
    return found


def _names(metadata: Metadata, sites: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(metadata.sites[s].name for s in sites)


def _challenged(metadata: Metadata, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Sites that are inoculated a second time: after the first treatment, or as the outcome says."""
    if row.get("site"):
        return _names(metadata, sites_of(metadata, row["site"]))
    found = tuple(s.name for s in metadata.sites if s.inoculated_day > metadata.first_treatment_day)
    if not found:
        raise NotTestableError("a second challenge is not simulated: no site is inoculated after the first treatment")
    return found


def _marker(trajectories: Trajectories, metadata: Metadata, row: Mapping[str, Any], day: float | None) -> Question:
    wanted = str(row.get("readout") or str(row["metric"]).removeprefix("marker:"))
    usual = "irradiated" if site_groups(metadata)["irradiated"] else None

    def places(variables: tuple[str, ...]) -> tuple[str, ...]:
        if row.get("site") or any(trajectories.readout(v).per_site for v in variables):
            return _names(metadata, sites_of(metadata, row.get("site") or usual))
        return trajectories.sites[:1]

    found: list[str] = []

    def named(variable: str) -> str:
        found.append(_readout_name(trajectories, variable))
        return found[-1]

    readouts_of(wanted, named=named)  # all names first, so that the sites are asked for only where they matter
    readouts = readouts_of(wanted, *places(tuple(found)), named=named)
    return Question("marker", readouts=readouts, in_vitro=metadata.in_vitro, day=day)


def _readout_name(trajectories: Trajectories, wanted: str) -> str:
    plain = {re.sub(r"[^a-z0-9]", "", r.name.lower()): r.name for r in trajectories.readouts}
    key = re.sub(r"[^a-z0-9]", "", wanted.lower())
    if key in plain:
        return plain[key]
    close = nearest(wanted, plain.values(), 1)
    hint = f" (nearest: {close[0]})" if close else ""
    raise NotTestableError(f"the model records no readout {wanted!r}{hint}")


def bench_of(
    trajectories: Trajectories, metadata: Metadata, arms: tuple[str, str], question: Question, experiment: Experiment
) -> tuple[Bench, Pair]:
    """The bench of a question and the two arms on it; the cohort of the run is one parameter set."""
    readings = readings_of(trajectories.kept)
    names = list(dict.fromkeys([*(output_at("volume", site) for site in trajectories.sites), *question.outputs]))
    needed = {arm: names if arm in arms else list(question.outputs) for arm in trajectories.arms}
    pools = {arm: _pool(trajectories, a, needed[arm], readings) for a, arm in enumerate(trajectories.arms)}
    protocol = Protocol(
        time_days=trajectories.time_days,
        survival=metadata.survival,
        inoculated={site.name: site.inoculated_day for site in metadata.sites},
        given=(_given(metadata, arms[0]), _given(metadata, arms[1])),
        arms=tuple(pools.values()),
        units={name: _recorded(trajectories, name)[1] for name in names},
    )
    for arm in arms:
        if not pools[arm].solved.any():
            raise NotTestableError(f"arm {arm!r} has no solved {noun_of(metadata).one}")
    return Bench(protocol, question, experiment), Pair(pools[arms[0]], pools[arms[1]])


def readings_of(subjects: int) -> int:
    """How often the animals of a run are read anew: errors of reading shared by few animals would decide otherwise."""
    return min(_MOST_READINGS, -(-_READ_ANIMALS // subjects))


def _pool(trajectories: Trajectories, arm: int, names: list[str], readings: int) -> ArmPool:
    ok = trajectories.ok[arm]
    curves = {name: np.where(ok[:, None], _recorded(trajectories, name)[0][arm], math.nan) for name in names}
    read = {name: np.broadcast_to(values, (readings, *values.shape)) for name, values in curves.items()}
    return ArmPool(read, np.broadcast_to(ok, (readings, ok.size)))


def _read_once(pool: ArmPool) -> ArmPool:
    return ArmPool({name: values[:1] for name, values in pool.outputs.items()}, pool.solved[:1])


def _recorded(trajectories: Trajectories, output: str) -> tuple[Floats, str]:
    """Array (arm, subject, time) of an output of the model, and its unit."""
    name, _, place = output.partition("@")
    readout = trajectories.readout(f"{place}_{name}" if place in BODY else name)
    values = trajectories.values(readout.name)
    places = [site_place(site) for site in trajectories.sites]
    return (values[:, :, places.index(place)] if readout.per_site else values), readout.unit


def _given(metadata: Metadata, arm: str) -> Treated:
    rows = metadata.timetable.get(arm, ())
    days = {kind: tuple(float(row["day"]) for row in rows if row["kind"] == kind) for kind in TREATMENT_KINDS}
    return Treated(days["radiation"], (*days["drug"], *days["cells"]))


def effect_in_words(trajectories: Trajectories, metadata: Metadata, bench: Bench, pair: Pair, arms: Any) -> str:
    """The difference between all animals of two arms, without any error of measurement."""
    question, pair = bench.question, Pair(_read_once(pair.first), _read_once(pair.second))
    if question.measure == "survival":
        return _survival_in_words(trajectories, metadata, arms)
    enrolled = [chosen.ravel() for chosen in bench.enrolled(pair)]
    both = list(zip((pair.first, pair.second), enrolled, strict=True))
    if question.measure == "absence":
        free = [bench.absent(arm)[chosen] for arm, chosen in both]
        return " against ".join(f"{percent(f.mean())} of {f.size} stay free of the second tumour" for f in free)
    if question.measure == "volume":
        days = bench.comparison_days(pair)
        floor = conventions.instrument(question.reader).smallest
        what = f"the volume at {' + '.join(question.sites)} on day {day_text(float(days[0]))}"
        a, b = (bench.volumes_on(arm, days)[chosen] for arm, chosen in both)
        return ratio_of(ratio(a, b, floor, paired=False), what)
    return "; ".join(_marker_in_words(trajectories, bench, both, i) for i in range(len(question.readouts)))


def _survival_in_words(trajectories: Trajectories, metadata: Metadata, arms: tuple[str, str]) -> str:
    assert metadata.survival is not None
    days, reached = survival_days(trajectories, metadata.survival)
    groups = []
    for arm in arms:
        a = trajectories.arms.index(arm)
        groups.append((days[a][trajectories.ok[a]], reached[a][trajectories.ok[a]]))
    medians = " against ".join(day_text(pooled_median(np.where(event, day, np.inf))) for day, event in groups)
    return f"median time to the volume limit {medians} days, hazard ratio {number(log_rank(*groups).hazard_ratio)}"


def _marker_in_words(trajectories: Trajectories, bench: Bench, both: list[Any], which: int) -> str:
    readout = bench.question.readouts[which]
    days = bench.marker_days(readout)
    floor = max(bench.detection(readout, days), float(np.finfo(float).tiny))
    a, b = (bench.on_days(arm, readout, days)[:, chosen].mean(axis=0) for arm, chosen in both)
    on = [day_text(float(bench.first_day + day)) for day in (days[0], days[-1])]
    when = f"on day {on[0]}" if len(days) == 1 else f"between day {on[0]} and day {on[1]}"
    return ratio_of(ratio(a, b, floor, paired=False), f"{_label(trajectories, readout.above, readout.below)} {when}")


def _label(trajectories: Trajectories, above: tuple[str, ...], below: tuple[str, ...]) -> str:
    def side(outputs: tuple[str, ...]) -> str:
        places = dict.fromkeys(place for _, _, place in (o.partition("@") for o in outputs) if place not in BODY)
        names = dict.fromkeys(_words(trajectories, output) for output in outputs)
        at = f" at {' + '.join(in_words(place) for place in places)}" if places else ""
        return " + ".join(names) + at

    return " over ".join(side(outputs) if outputs else "1" for outputs in ((above, below) if below else (above,)))


def _words(trajectories: Trajectories, output: str) -> str:
    name, _, place = output.partition("@")
    return trajectories.readout(f"{place}_{name}" if place in BODY else name).label
