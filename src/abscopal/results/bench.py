"""What an author would measure on each simulated animal, and what each simulated experiment then finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.results.metadata import SurvivalRule
from abscopal.results.questions import LIVING, OutputRatio, Question, output_at
from abscopal.statistics import accuracy, conventions, removal
from abscopal.statistics.accuracy import Booleans, Floats
from abscopal.statistics.conventions import Instrument
from abscopal.statistics.curves import first_crossing, value_on
from abscopal.statistics.experiments import (
    Experiment,
    Findings,
    Groups,
    Integers,
    compare_means,
    compare_rates,
    compare_survival,
    together,
)

CALLIPER = "calliper"


@dataclass(frozen=True)
class ArmPool:
    """Animals of one arm.

    Attributes
    ----------
    outputs : output name -> array (sets, animals, times).
    solved : array (sets, animals); outputs of the others are NaN.
    """

    outputs: Mapping[str, Floats]
    solved: Booleans


@dataclass(frozen=True)
class Pair:
    """Two arms of a pool under one variant of the model, and the control arms of both where they are needed."""

    first: ArmPool
    second: ArmPool
    controls: tuple[ArmPool, ArmPool] | None = None


@dataclass(frozen=True)
class Treated:
    """Days of everything given to an arm [d]."""

    fractions: tuple[float, ...] = ()
    others: tuple[float, ...] = ()


@dataclass(frozen=True)
class Protocol:
    """What of a study one has to know to measure on its animals.

    Attributes
    ----------
    time_days : days of the outputs.
    survival : when an animal is taken out; None where it never is.
    inoculated : site -> day.
    given : what is given to the two arms that are compared.
    arms : all arms of the study in the full model: their largest values are what detection is held against.
    units : output -> unit.
    """

    time_days: Floats
    survival: SurvivalRule | None
    inoculated: Mapping[str, float]
    given: tuple[Treated, Treated]
    arms: Sequence[ArmPool]
    units: Mapping[str, str]

    def first_day(self, in_vitro: bool) -> float:
        """Day from which days are counted: of the first fraction in either arm, else of the first treatment, else 0.

        In a dish it is the last fraction in either.
        """
        fractions = [day for given in self.given for day in given.fractions]
        if in_vitro:
            return max(fractions, default=0.0)
        return min(fractions or [day for given in self.given for day in given.others], default=0.0)


class Bench:
    """Measures one question on the animals of two arms; every variant is measured with the same random streams."""

    def __init__(self, protocol: Protocol, question: Question, experiment: Experiment):
        self.protocol, self.question, self.experiment = protocol, question, experiment
        self.first_day = protocol.first_day(question.in_vitro)
        self.largest = {name: _largest(protocol.arms, name) for name in question.outputs}

    def findings(self, pair: Pair) -> Findings:
        """What each simulated experiment finds; positive where the first arm does better (of a marker: has more)."""
        groups = self.experiment.groups(self.enrolled(pair))
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
        first, second = self.enrolled(pair)
        return np.asarray(first.any(axis=1) & second.any(axis=1))

    def enrolled(self, pair: Pair) -> tuple[Booleans, Booleans]:
        """Animals that can be in the group of each arm: the solved ones, and of those only who is challenged."""
        first, second = (
            arm.solved & self._challenged(arm, given)
            for arm, given in zip((pair.first, pair.second), self.protocol.given, strict=True)
        )
        return first, second

    def _challenged(self, arm: ArmPool, given: Treated) -> Booleans:
        """Animals given a second tumour: of a treated arm those that lost the first, of an untreated one all.

        Untreated animals bear the first tumour then: they stand for the naive ones of the same age that authors take,
        as no untreated animal would be alive. A set in which a treatment cures none has nobody to challenge.
        """
        inoculated = self.protocol.inoculated
        day = min((day for site, day in inoculated.items() if site in self.question.sites), default=0.0)
        others = [site for site, at in inoculated.items() if at < day]
        treated = bool(given.fractions or given.others)
        if self.question.measure != "absence" or not others or not treated:
            return np.ones_like(arm.solved)
        before = np.sum([arm.outputs[output_at("volume", name)] for name in others], axis=0)
        left = value_on(self.protocol.time_days, before, day)
        return accuracy.below(left, conventions.instrument(CALLIPER).smallest)

    def _volumes(self, arm: ArmPool) -> Floats:
        """Volume over time, summed over the question's sites (sets, animals, times)."""
        return np.asarray(
            np.sum([arm.outputs[output_at("volume", site)] for site in self.question.sites], axis=0), float
        )

    def volumes_on(self, arm: ArmPool, days: Floats) -> Floats:
        """Volume of every animal on the day of its set (sets x animals)."""
        time = self.protocol.time_days
        return np.stack([value_on(time, v, day) for v, day in zip(self._volumes(arm), days, strict=True)]).ravel()

    def _volume(self, pair: Pair, groups: Groups) -> Findings:
        name = self.question.reader
        days = self.comparison_days(pair)
        drawn = [self.volumes_on(pair.first, days)[groups.first], self.volumes_on(pair.second, days)[groups.second]]
        logs = self.experiment.read(drawn, conventions.instrument(name), name)
        return compare_means(logs[0], logs[1], groups.taken).turned

    def _dependence(self, pair: Pair, groups: Groups) -> Findings:
        """Volume in depleted hosts over that in intact ones, other animals of the same arm, on a day all four share."""
        assert pair.controls is not None
        name = self.question.reader
        days = self.comparison_days(pair, pair.controls)
        solved = (_drawable(pair.controls[0]), _drawable(pair.controls[1]))
        others = self.experiment.groups(solved, "depleted groups")
        arms = (pair.first, pair.second, *pair.controls)
        indices = (groups.first, groups.second, others.first, others.second)
        drawn = [self.volumes_on(arm, days)[index] for arm, index in zip(arms, indices, strict=True)]
        logs = self.experiment.read(drawn, conventions.instrument(name), name)
        return compare_means(logs[2] - logs[0], logs[3] - logs[1], groups.taken)

    def comparison_days(self, pair: Pair, others: tuple[ArmPool, ...] = ()) -> Floats:
        """Day of comparison in each set: the published one, or the last one with most animals of all arms alive."""
        if self.question.day is not None:
            return np.full(len(pair.first.solved), self.question.day)
        alive = np.min([self._share_alive(arm) for arm in (pair.first, pair.second, *others)], axis=0)
        return removal.comparison_days(self.protocol.time_days, alive, self.first_day)

    def _share_alive(self, arm: ArmPool) -> Floats:
        rule = self.protocol.survival
        if rule is None:
            return np.ones((len(arm.solved), len(self.protocol.time_days)))
        return removal.share_alive(self._fatal_volumes(arm, rule), rule.volume_limit_mm3)

    def _fatal_volumes(self, arm: ArmPool, rule: SurvivalRule) -> Floats:
        """The volumes that the limit of survival is held against (sites or their total, sets, animals, times)."""
        sites = [site for site in self.protocol.inoculated if rule.of in ("any", "total", site)]
        volumes = np.nan_to_num(np.stack([arm.outputs[output_at("volume", site)] for site in sites]), nan=0.0)
        return np.asarray(volumes.sum(axis=0, keepdims=True) if rule.of == "total" else volumes, float)

    def _survival(self, pair: Pair, groups: Groups) -> Findings:
        random = self.experiment.stream("calliper of survival")
        (days_a, event_a), (days_b, event_b) = (self.deaths(arm, random) for arm in (pair.first, pair.second))
        return compare_survival(
            (days_a[groups.first], event_a[groups.first]), (days_b[groups.second], event_b[groups.second]), groups.taken
        )

    def deaths(self, arm: ArmPool, random: np.random.Generator) -> tuple[Floats, Booleans]:
        """Day of death, on whole days, and whether it was seen, of each animal (sets x animals)."""
        rule = self.protocol.survival
        assert rule is not None
        curves = self._fatal_volumes(arm, rule)
        instrument = conventions.instrument(CALLIPER)
        return removal.days_of_leaving(self.protocol.time_days, curves, rule.volume_limit_mm3, instrument, random)

    def true_deaths(self, arm: ArmPool) -> tuple[Floats, Booleans]:
        """Day of death read without error, and whether it was seen, of each animal (sets x animals)."""
        rule = self.protocol.survival
        assert rule is not None
        day, reached = first_crossing(self.protocol.time_days, self._fatal_volumes(arm, rule), rule.volume_limit_mm3)
        return np.asarray(day.min(axis=0).ravel(), float), np.asarray(reached.any(axis=0).ravel())

    def absent(self, arm: ArmPool) -> Booleans:
        """Whether nothing can be felt at the question's sites at the end, of each animal (sets x animals)."""
        return accuracy.below(self._volumes(arm)[..., -1].ravel(), conventions.instrument(CALLIPER).smallest)

    def _absence(self, pair: Pair, groups: Groups) -> Findings:
        first, second = self.absent(pair.first), self.absent(pair.second)
        return compare_rates(first[groups.first], second[groups.second], groups.taken)

    def _survivors(self, pair: Pair, groups: Groups) -> Findings:
        """Colonies per plated cell, relative to the untreated dish."""
        first, second = self.surviving_shares(pair)
        drawn = [first[groups.first], second[groups.second]]
        logs = self.experiment.read(drawn, conventions.instrument("colonies"), "colonies")
        return compare_means(logs[0], logs[1], groups.taken)

    def surviving_shares(self, pair: Pair) -> tuple[Floats, Floats]:
        """Living cells of each dish of both arms over those of the untreated dish (sets x dishes)."""
        assert pair.controls is not None
        first, second = (
            np.asarray(self._living(arm) / np.maximum(self._living(control), 1.0), float).ravel()
            for arm, control in zip((pair.first, pair.second), pair.controls, strict=True)
        )
        return first, second

    def _kill(self, pair: Pair, groups: Groups) -> Findings:
        return self._survivors(pair, groups).turned

    def _living(self, arm: ArmPool) -> Floats:
        """Living cells minutes after the last fraction (sets, dishes), before division or arrest tell."""
        time = self.protocol.time_days
        at = min(int(np.searchsorted(time, self.first_day, side="right")), len(time) - 1)
        return np.asarray(sum(arm.outputs[output_at(LIVING, site)][..., at] for site in self.question.sites), float)

    def _marker(self, pair: Pair, groups: Groups) -> Findings:
        return together([self._one_marker(pair, groups, readout) for readout in self.question.readouts])

    def _one_marker(self, pair: Pair, groups: Groups, readout: OutputRatio) -> Findings:
        days = self.marker_days(readout)
        first, second = (self.on_days(arm, readout, days) for arm in (pair.first, pair.second))
        chosen = self.experiment.stream("marker day").integers(0, len(days), groups.experiments)
        # What is below detection in every arm of the study cannot differ.
        floor = max(self.detection(readout, days), float(np.finfo(float).tiny))
        instrument = Instrument(conventions.instrument(self._assay(readout)).cv, floor)
        drawn = [_pick(first, chosen, groups.first), _pick(second, chosen, groups.second)]
        logs = self.experiment.read(drawn, instrument, f"assay of {readout.above}/{readout.below}")
        return compare_means(logs[0], logs[1], groups.taken)

    def marker_days(self, readout: OutputRatio) -> Sequence[float]:
        """Days after the first treatment on which a marker may be read: the published one, or the usual ones."""
        if self.question.day is not None:
            return (self.question.day - self.first_day,)
        return conventions.marker_days(self._assay(readout), self.question.in_vitro)

    def detection(self, readout: OutputRatio, days: Sequence[float]) -> float:
        """Smallest value told apart: a share of the largest in any arm of the study, in the full model."""
        largest = [self.on_days(arm, readout, days) for arm in self.protocol.arms]
        return conventions.smallest_share() * max(float(np.nanmax(v, initial=0.0)) for v in largest)

    def _assay(self, readout: OutputRatio) -> str:
        return conventions.assay_of(self.protocol.units.get((*readout.above, *readout.below)[0], ""))

    def on_days(self, arm: ArmPool, readout: OutputRatio, days: Sequence[float]) -> Floats:
        """Values of a marker on days after the first treatment, in a dish the last (days, sets x animals)."""
        above, below = (self._sum_on_days(arm, side, days) for side in (readout.above, readout.below))
        return above / np.maximum(below, sum(self._smallest(output) for output in readout.below))

    def _smallest(self, output: str) -> float:
        if output.startswith("volume@") and not self.question.in_vitro:  # nothing is cut out of what cannot be felt
            return conventions.instrument(CALLIPER).smallest
        return float(max(conventions.smallest_share() * self.largest.get(output, 0.0), np.finfo(float).tiny))

    def _sum_on_days(self, arm: ArmPool, outputs: Sequence[str], days: Sequence[float]) -> Floats:
        if not outputs:
            return np.ones((len(days), arm.solved.size))
        time = self.protocol.time_days
        curves = np.sum([arm.outputs[output] for output in outputs], axis=0)
        when = [min(self.first_day + day, time[-1]) for day in days]
        return np.stack([value_on(time, curves, day, logarithmic=False).ravel() for day in when])


def _drawable(arm: ArmPool) -> Booleans:
    """Solved animals; all of a set where none is, so that groups stay those of the intact arms."""
    return np.where(arm.solved.any(axis=1, keepdims=True), arm.solved, True)


def _pick(values: Floats, day: Integers, index: Integers) -> Floats:
    return np.asarray(values[day[:, None], index], float)


def _largest(arms: Sequence[ArmPool], output: str) -> float:
    return float(max(np.nanmax(np.nan_to_num(arm.outputs[output], nan=0.0)) for arm in arms))
