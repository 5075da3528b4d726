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


@dataclass(frozen=True)
class Prepared:
    """A study with its plan of treatment, assembled model and declared parameters.

    Attributes
    ----------
    plan : what of the study the model was made for.
    timelines, schedules : of every arm, by name: what is given when, for people and for the engine.
    untreated : schedule of the inoculations alone, on which tumours are conditioned.
    declared : parameters of the model, in the order of its parameter vector.
    without : mechanisms that are switched off.
    """

    study: Study
    plan: Plan
    timelines: Mapping[str, Timeline]
    schedules: Mapping[str, Schedule]
    untreated: Schedule
    model: AssembledModel
    declared: ParameterSet
    without: tuple[str, ...] = ()

    @property
    def start_day(self) -> float:
        """Day of the first inoculation, when every trajectory starts [d]."""
        return min(timeline.start_day for timeline in self.timelines.values())

    @property
    def has_tumour_by_diagnosis(self) -> bool:
        """Whether subjects are chosen for a tumour that they have (patients), rather than inoculated."""
        return "tumour_before_start" in parameters.entry("species", self.study.host.species).about
