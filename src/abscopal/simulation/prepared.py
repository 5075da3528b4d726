"""A study made ready to be solved; built once by `pipeline.prepare` and carried to all who ask it something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from abscopal import parameters
from abscopal.expr import Schedule
from abscopal.model.language import AssembledModel
from abscopal.model.plan import Plan
from abscopal.parameters import ParameterSet
from abscopal.regimen import Timeline
from abscopal.study import Study
from abscopal.vocabulary import SHARED


@dataclass(frozen=True)
class Prepared:
    """A study with its plan of treatment, assembled model and declared parameters.

    Attributes
    ----------
    plan : what of the study the model was made for.
    timelines, schedules : of every arm, by name: what is given when, for people and for the engine.
    untreated : schedule of the inoculations alone, on which tumours are conditioned.
    declared : parameters of the model, in the order of its parameter vector; of an unknown line, one that is drawn.
    undrawn : the same before an unknown line is drawn.
    without : mechanisms that are switched off.
    """

    study: Study
    plan: Plan
    timelines: Mapping[str, Timeline]
    schedules: Mapping[str, Schedule]
    untreated: Schedule
    model: AssembledModel
    declared: ParameterSet
    undrawn: ParameterSet
    without: tuple[str, ...] = ()

    def __repr__(self) -> str:
        size = f"{len(self.model.species)} states, {len(self.declared)} parameters"
        return f"Prepared({self.study.name!r}: {len(self.timelines)} arms, {size})"

    @property
    def start_day(self) -> float:
        """Day of the first inoculation, when every trajectory starts [d]."""
        return min(timeline.start_day for timeline in self.timelines.values())

    def stream(self, arm: str) -> str:
        """Random stream of the subjects of an arm: "" where arms share them, else by its position in the study."""
        if self.study.cohort.arms == SHARED:
            return ""
        return f"arm {[one.name for one in self.study.arms].index(arm) + 1}"

    @property
    def has_tumour_by_diagnosis(self) -> bool:
        """Whether subjects are chosen for a tumour that they have (patients), rather than inoculated."""
        return "tumour_before_start" in parameters.entry("species", self.study.host.species).about
