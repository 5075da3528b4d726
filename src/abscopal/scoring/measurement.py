"""What an author would measure on each simulated animal, and what each imitated experiment then finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from abscopal import regimen
from abscopal.evidence import DefaultSet
from abscopal.evidence.curation import defaults
from abscopal.results.endpoints import first_crossing, volume_on
from abscopal.scoring.declarations import declared
from abscopal.scoring.pools import MODEL, ArmPool, Pool
from abscopal.scoring.treatments import depleted, untreated
from abscopal.statistics.experiments import (
    Booleans,
    Findings,
    Floats,
    Groups,
    Integers,
    compare_means,
    compare_rates,
    compare_survival,
    draw_groups,
    generator,
    measured_with_error,
    together,
)
from abscopal.study import Arm

# Output of the model that holds the living tumour cells of a site.
LIVING = "tumour"
_TREATMENTS = ("fraction", "drug", "cells")

Measure = Literal["volume", "survival", "absence", "marker", "kill", "survivors", "dependence"]


@dataclass(frozen=True)
class Readout:
    """A marker: the sum of some outputs of the model, over the sum of others; none of either stands for 1."""

    above: tuple[str, ...]
    below: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs of the model it is made of."""
        return (*self.above, *self.below)


@dataclass(frozen=True)
class Question:
    """What is compared between two arms; it holds nothing of what was found.

    Attributes
    ----------
    measure : tumour volume, survival, absence of a tumour, a marker; in a dish, clonogenic survival, of which fewer
        (kill) or more (survivors) is asked about; or how much a depletion takes away from control (dependence).
    sites : sites whose volumes are added (volume, absence).
    readouts : outputs of a marker; a compound marker counts only if all agree.
    in_vitro : cells in a dish.
    reader : how a volume is read: calliper, or metastases counted or weighed.
    depletion : change of the host whose arm each arm is held against (dependence).
    """

    measure: Measure
    sites: tuple[str, ...] = ()
    readouts: tuple[Readout, ...] = ()
    in_vitro: bool = False
    reader: str = "calliper"
    depletion: str = field(default="", repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs of the model that the question needs beside the volumes."""
        of_dish = self.measure in ("kill", "survivors")
        living = tuple(f"{LIVING}@{site}" for site in self.sites) if of_dish else ()
        return living + tuple(name for readout in self.readouts for name in readout.outputs)

    @property
    def needs_control(self) -> bool:
        """Whether each arm is read relative to the same arm without any treatment, or in depleted hosts."""
        return self.measure in ("kill", "survivors", "dependence")

    def control_of(self, arm: Arm) -> Arm:
        """The arm that an arm is read relative to."""
        return depleted(arm, self.depletion) if self.measure == "dependence" else untreated(arm)


@dataclass(frozen=True)
class Pair:
    """Two arms of a pool under one variant of the model, and the control arms of both where they are needed."""

    first: ArmPool
    second: ArmPool
    controls: tuple[ArmPool, ArmPool] | None = None


class Bench:
    """Measures one question on the animals of one pool; every variant is measured with the same luck."""

    def __init__(
        self,
        pool: Pool,
        arms: tuple[str, str],
        question: Question,
        per_set: int,
        seed: int,
        key: str,
        sizes: tuple[int, int] | None = None,
    ):
        self.pool, self.arms, self.question = pool, arms, question
        self.per_set, self.seed, self.key = per_set, seed, key
        self.sizes = sizes or group_sizes(question.in_vitro)
        self.first_day = _day_of_dish(pool, arms) if question.in_vitro else _first_treatment_day(pool, arms)
        self.largest = {name: _largest(pool, name) for name in question.outputs}

    def findings(self, pair: Pair) -> Findings:
        """What each imitated experiment on two arms finds."""
        groups = draw_groups(self._enrolled(pair), self.per_set, self.sizes, self._luck("groups"))
        ask = {
            "volume": self._volume,
            "survival": self._survival,
            "absence": self._absence,
            "marker": self._marker,
            "kill": self._kill,
            "survivors": self._survivors,
            "dependence": self._dependence,
        }
        return ask[self.question.measure](pair, groups)

    def usable(self, pair: Pair) -> Booleans:
        """Sets in which both arms have an animal to draw; the findings are those of these sets, one after the other."""
        first, second = self._enrolled(pair)
        return np.asarray(first.any(axis=1) & second.any(axis=1))

    def _enrolled(self, pair: Pair) -> tuple[Booleans, Booleans]:
        """Animals that can be in the group of each arm: the solved ones, and of those only who is challenged."""
        first, second = (
            arm.solved & self._challenged(arm, name)
            for arm, name in zip((pair.first, pair.second), self.arms, strict=True)
        )
        return first, second

    def _challenged(self, arm: ArmPool, name: str) -> Booleans:
        """Animals given a second tumour: of a treated arm those that lost the first, of an untreated one all.

        Untreated animals bear the first tumour then: they stand for the naive ones of the same age that authors take,
        as no untreated animal would be alive. A set in which a treatment cures none has nobody to challenge.
        """
        sites = self.pool.study.sites
        day = min((site.inoculated_day for site in sites if site.name in self.question.sites), default=0.0)
        others = [site.name for site in sites if site.inoculated_day < day]
        treated = any(event.kind in _TREATMENTS for event in regimen.timeline(self.pool.study, name))
        if self.question.measure != "absence" or not others or not treated:
            return np.ones_like(arm.solved)
        before = np.sum([arm.outputs[f"volume@{name}"] for name in others], axis=0)
        on_day = volume_on(self.pool.time_days, before, day)
        return np.asarray(on_day < declared()["observation"]["calliper"]["smallest"])

    def _luck(self, what: str) -> np.random.Generator:
        return generator(self.seed, f"{what}/{self.key}")

    def _volumes(self, arm: ArmPool) -> Floats:
        """Volume over time, summed over the question's sites (sets, animals, times)."""
        return np.asarray(np.sum([arm.outputs[f"volume@{site}"] for site in self.question.sites], axis=0), float)

    def _volume(self, pair: Pair, groups: Groups) -> Findings:
        reading = declared()["observation"][self.question.reader]
        days = self._comparison_days(pair)
        logs = []
        random = self._luck(self.question.reader)
        for arm, index in ((pair.first, groups.first), (pair.second, groups.second)):
            on_day = np.stack(
                [volume_on(self.pool.time_days, v, day) for v, day in zip(self._volumes(arm), days, strict=True)]
            )
            logs.append(measured_with_error(on_day.ravel()[index], reading["cv"], reading["smallest"], random))
        found = compare_means(logs[0], logs[1], groups.taken)
        return Findings(found.p, -found.sign)

    def _dependence(self, pair: Pair, groups: Groups) -> Findings:
        """Volume in depleted hosts over that in intact ones, other animals of the same arm, on a day all four share."""
        assert pair.controls is not None
        reading = declared()["observation"][self.question.reader]
        days = self._comparison_days(pair, pair.controls)
        solved = (self._drawable(pair.controls[0]), self._drawable(pair.controls[1]))
        others = draw_groups(solved, self.per_set, self.sizes, self._luck("depleted groups"))
        random = self._luck(self.question.reader)
        logs = []
        for arm, index in (
            (pair.first, groups.first),
            (pair.second, groups.second),
            (pair.controls[0], others.first),
            (pair.controls[1], others.second),
        ):
            on_day = np.stack(
                [volume_on(self.pool.time_days, v, day) for v, day in zip(self._volumes(arm), days, strict=True)]
            )
            logs.append(measured_with_error(on_day.ravel()[index], reading["cv"], reading["smallest"], random))
        return compare_means(logs[2] - logs[0], logs[3] - logs[1], groups.taken)

    @staticmethod
    def _drawable(arm: ArmPool) -> Booleans:
        """Solved animals; all of a set where none is, so that groups stay those of the intact arms."""
        return np.where(arm.solved.any(axis=1, keepdims=True), arm.solved, True)

    def _comparison_days(self, pair: Pair, others: tuple[ArmPool, ...] = ()) -> Floats:
        """Day of comparison in each set: the last one with most animals of all arms alive."""
        rule, time = declared()["comparison"], self.pool.time_days
        alive = np.min([self._share_alive(arm) for arm in (pair.first, pair.second, *others)], axis=0)
        allowed = (alive >= rule["alive_share"]["value"]) & (time >= self.first_day + rule["earliest_day"]["value"])
        last = len(time) - 1 - np.argmax(allowed[:, ::-1], axis=1)
        earliest = min(int(np.searchsorted(time, self.first_day + rule["earliest_day"]["value"])), len(time) - 1)
        return np.asarray(time[np.where(allowed.any(axis=1), last, earliest)], float)

    def _fatal_volumes(self, arm: ArmPool) -> Floats:
        """The volumes that the limit of survival is held against (sites or their total, sets, animals, times)."""
        of = self.pool.study.endpoints.survival.of
        sites = [site.name for site in self.pool.study.sites if of in ("any", "total", site.name)]
        volumes = np.nan_to_num(np.stack([arm.outputs[f"volume@{site}"] for site in sites]), nan=0.0)
        return np.asarray(volumes.sum(axis=0, keepdims=True) if of == "total" else volumes, float)

    def _share_alive(self, arm: ArmPool) -> Floats:
        """Share of the animals of each set that have not passed the limit of survival so far (sets, times)."""
        over = (self._fatal_volumes(arm) >= self.pool.study.endpoints.survival.volume_limit_mm3).any(axis=0)
        return np.asarray(1.0 - np.maximum.accumulate(over, axis=-1).mean(axis=1), float)

    def _survival(self, pair: Pair, groups: Groups) -> Findings:
        random = self._luck("calliper of survival")
        (days_a, event_a), (days_b, event_b) = (self._deaths(arm, random) for arm in (pair.first, pair.second))
        return compare_survival(
            (days_a[groups.first], event_a[groups.first]), (days_b[groups.second], event_b[groups.second]), groups.taken
        )

    def _deaths(self, arm: ArmPool, random: np.random.Generator) -> tuple[Floats, Booleans]:
        """Day of death, on whole days, and whether it was seen, of each animal (sets x animals)."""
        cv, limit = declared()["observation"]["calliper"]["cv"], self.pool.study.endpoints.survival.volume_limit_mm3
        volumes = self._fatal_volumes(arm)
        # One animal's volumes are read by one hand: its error is the same every day.
        bias = np.exp(np.sqrt(np.log1p(cv**2)) * random.standard_normal(volumes.shape[1:3]))[..., None]
        day, reached = first_crossing(self.pool.time_days, volumes * bias, limit)
        return np.ceil(day.min(axis=0)).ravel(), np.asarray(reached.any(axis=0).ravel())

    def _absence(self, pair: Pair, groups: Groups) -> Findings:
        smallest = declared()["observation"]["calliper"]["smallest"]
        first, second = (self._volumes(arm)[..., -1].ravel() < smallest for arm in (pair.first, pair.second))
        return compare_rates(first[groups.first], second[groups.second], groups.taken)

    def _survivors(self, pair: Pair, groups: Groups) -> Findings:
        """Colonies per plated cell, relative to the untreated dish."""
        assert pair.controls is not None
        reading = declared()["observation"]["colonies"]
        random = self._luck("colonies")
        logs = []
        for arm, control, index in zip(
            (pair.first, pair.second), pair.controls, (groups.first, groups.second), strict=True
        ):
            share = self._living(arm) / np.maximum(self._living(control), 1.0)
            logs.append(measured_with_error(share.ravel()[index], reading["cv"], reading["smallest"], random))
        return compare_means(logs[0], logs[1], groups.taken)

    def _kill(self, pair: Pair, groups: Groups) -> Findings:
        found = self._survivors(pair, groups)
        return Findings(found.p, -found.sign)

    def _living(self, arm: ArmPool) -> Floats:
        """Living cells minutes after the last fraction (sets, dishes), before division or arrest tell."""
        at = min(int(np.searchsorted(self.pool.time_days, self.first_day, side="right")), len(self.pool.time_days) - 1)
        return np.asarray(sum(arm.outputs[f"{LIVING}@{site}"][..., at] for site in self.question.sites), float)

    def _marker(self, pair: Pair, groups: Groups) -> Findings:
        return together([self._one_marker(pair, groups, readout) for readout in self.question.readouts])

    def _one_marker(self, pair: Pair, groups: Groups, readout: Readout) -> Findings:
        assay, table = self._assay(readout), declared()["marker_days"]
        days = table["in_vitro" if self.question.in_vitro else assay]["days"]
        error = declared()["observation"][assay]["cv"]
        first, second = (self._on_days(arm, readout, days) for arm in (pair.first, pair.second))
        chosen = self._luck("marker day").integers(0, len(days), groups.experiments)
        random = self._luck(f"assay of {readout.above}/{readout.below}")
        # What is below detection in every arm of the study cannot differ.
        floor = max(self.detection(readout, days), np.finfo(float).tiny)
        logs = [
            measured_with_error(_pick(values, chosen, index), error, floor, random)
            for values, index in ((first, groups.first), (second, groups.second))
        ]
        return compare_means(logs[0], logs[1], groups.taken)

    def detection(self, readout: Readout, days: Sequence[float]) -> float:
        """Smallest value told apart: a share of the largest in any arm of the study, in the full model."""
        largest = [self._on_days(arm, readout, days) for arm in self.pool.arms[MODEL].values()]
        return float(declared()["smallest_share"]["value"] * max(np.nanmax(v, initial=0.0) for v in largest))

    def _assay(self, readout: Readout) -> str:
        unit = self.pool.units.get((*readout.above, *readout.below)[0], "")
        return "flow_cytometry" if unit.startswith(tuple(declared()["counted_units"])) else "blot"

    def _on_days(self, arm: ArmPool, readout: Readout, days: Sequence[float]) -> Floats:
        """Values of a marker on days after the first treatment, in a dish the last (days, sets x animals)."""
        above, below = (self._sum_on_days(arm, side, days) for side in (readout.above, readout.below))
        return above / np.maximum(below, sum(self._smallest(output) for output in readout.below))

    def _smallest(self, output: str) -> float:
        if output.startswith("volume@") and not self.question.in_vitro:  # nothing is cut out of what cannot be felt
            return float(declared()["observation"]["calliper"]["smallest"])
        return float(max(declared()["smallest_share"]["value"] * self.largest.get(output, 0.0), np.finfo(float).tiny))

    def _sum_on_days(self, arm: ArmPool, outputs: Sequence[str], days: Sequence[float]) -> Floats:
        if not outputs:
            return np.ones((len(days), arm.solved.size))
        last = self.pool.time_days[-1]
        curves = np.sum([arm.outputs[output] for output in outputs], axis=0)
        when = [min(self.first_day + day, last) for day in days]
        return np.stack([volume_on(self.pool.time_days, curves, day, logarithmic=False).ravel() for day in when])


def group_sizes(in_vitro: bool, filled_by: DefaultSet | None = None) -> tuple[int, int]:
    """Smallest and largest group of an experiment, by the defaults of the evidence: the declared, or others."""
    item = (filled_by or defaults.declared()).items["group_size_in_vitro" if in_vitro else "group_size_in_vivo"]
    low, high = item.spread.uncertainty.ends() or (item.value, item.value)
    return int(low), int(high)


def _pick(values: Floats, day: Integers, index: Integers) -> Floats:
    return np.asarray(values[day[:, None], index], float)


def _first_treatment_day(pool: Pool, arms: tuple[str, str]) -> float:
    """Day of the first fraction in either arm; of the first treatment if neither is irradiated; else day 0."""
    lines = [regimen.timeline(pool.study, arm) for arm in arms]
    for kinds in (("fraction",), ("drug", "cells")):
        days = [event.day for line in lines for event in line if event.kind in kinds]
        if days:
            return min(days)
    return 0.0


def _day_of_dish(pool: Pool, arms: tuple[str, str]) -> float:
    """Day of the last fraction in either dish, from which days are counted there; day 0 without any."""
    days = [e.day for arm in arms for e in regimen.timeline(pool.study, arm) if e.kind == "fraction"]
    return max(days, default=0.0)


def _largest(pool: Pool, output: str) -> float:
    arms: Mapping[str, ArmPool] = pool.arms[MODEL]
    found = [np.nanmax(np.nan_to_num(arm.outputs[output], nan=0.0)) for arm in arms.values()]
    return float(max(found))
