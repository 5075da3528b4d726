"""The bench of the simulated experiments, set up on a pool of the score."""

from __future__ import annotations

from abscopal.evidence import DefaultSet
from abscopal.regimen import Timeline
from abscopal.results.bench import Bench, Protocol, Treated
from abscopal.results.metadata import SurvivalRule
from abscopal.results.questions import Question
from abscopal.scoring.pools import MODEL, Pool
from abscopal.scoring.treatments import depleted, untreated
from abscopal.statistics import conventions
from abscopal.statistics.experiments import Experiment
from abscopal.study import Arm


def bench_of(pool: Pool, arms: tuple[str, str], question: Question, experiment: Experiment) -> Bench:
    """The bench that measures a question about two arms of a pool."""
    study = pool.study
    protocol = Protocol(
        time_days=pool.time_days,
        survival=SurvivalRule(study.endpoints.survival.volume_limit_mm3, study.endpoints.survival.of),
        inoculated={site.name: site.inoculated_day for site in study.sites},
        given=(_given(pool.timelines[arms[0]]), _given(pool.timelines[arms[1]])),
        arms=tuple(pool.arms[MODEL].values()),
        units=pool.units,
    )
    return Bench(protocol, question, experiment)


def _given(timeline: Timeline) -> Treated:
    fractions = tuple(event.day for event in timeline.of_kind("fraction"))
    return Treated(fractions, tuple(event.day for event in timeline.of_kind("drug", "cells")))


def control_of(question: Question, arm: Arm) -> Arm:
    """The arm that an arm is read relative to."""
    return depleted(arm, question.depletion) if question.measure == "dependence" else untreated(arm)


def group_sizes(in_vitro: bool, filled_by: DefaultSet | None = None) -> tuple[int, int]:
    """Smallest and largest group of an experiment: the declared, or those of another set of defaults."""
    if filled_by is None:
        return conventions.group_sizes(in_vitro)
    item = filled_by.items[conventions.group_size_name(in_vitro)]
    low, high = item.spread.uncertainty.ends() or (item.value, item.value)
    return int(low), int(high)
