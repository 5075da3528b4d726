"""What a study says, as frozen objects: host, tumour, sites, arms, cohort, end points, comparisons, published outcomes.

Field names carry the unit that the number is in; the key in the file is the alias, without the unit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr

from abscopal import vocabulary
from abscopal.study.courses import CellCourse, Course, DrugCourse, Radiation
from abscopal.study.document import KeyPath
from abscopal.study.fields import Count, Known, NamedMapping, QuantityField
from abscopal.study.outcomes import Endpoints, LeftOut, PlannedComparison, PublishedOutcome
from abscopal.study.parts import CLOCK, NameText, StudyPart, Text
from abscopal.study.subjects import Cohort, Host, Site
from abscopal.study.values import NamedPairs, OverrideMapping, ParameterOverride

FORMAT_VERSION = 1


class Publication(StudyPart):
    """Where the experiment was published, and the record of the evidence catalogue it came from."""

    citation: Text = ""
    doi: Text = ""
    record: Text = ""


class Arm(StudyPart):
    """One group of animals and everything done to it."""

    name: NameText = Field(alias="(name)")
    radiation: tuple[Radiation, ...] = ()
    drugs: tuple[DrugCourse, ...] = ()
    cells: tuple[CellCourse, ...] = ()
    host_changes: tuple[Annotated[str, Known("hosts", "host change")], ...] = ()
    note: Text = ""

    @property
    def courses(self) -> tuple[Course, ...]:
        """Radiation, drugs and cells in the order written."""
        return (*self.radiation, *self.drugs, *self.cells)


@dataclass(frozen=True)
class FilledDefault:
    """A key that the file left open, what was put there and why."""

    key: str
    value: str
    why: str


@dataclass(frozen=True)
class Origin:
    """The file a study was read from: path, text, and the line of each key."""

    path: str = ""
    text: str = ""
    lines: Mapping[KeyPath, int] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Hash of the text, for provenance."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class Study(StudyPart):
    """A whole experiment, checked; made by `load`, `parse` or `from_dict`."""

    format_version: Annotated[int, Count(FORMAT_VERSION, FORMAT_VERSION)] = Field(alias="abscopal", examples=[1])
    name: NameText = Field(alias="study", examples=["my_study"])
    title: Text = ""
    source: Publication = Publication()
    host: Host
    tumour: Annotated[str, Known("lines", "tumour line")] = Field(examples=["LM8"])
    clock: Annotated[vocabulary.Clock, CLOCK]
    sites: Annotated[tuple[Site, ...], NamedMapping("site")] = Field(
        examples=["{primary: {inoculum: 1e6 cells, inoculated: -9 d}}"]
    )
    arms: Annotated[tuple[Arm, ...], NamedMapping("arm")] = Field(examples=["{untreated: {}}"])
    control: NameText = Field(examples=["untreated"])
    cohort: Cohort
    follow_up_days: Annotated[float, QuantityField("d", more_than=0, most=3650)] = Field(alias="follow_up")
    endpoints: Endpoints
    compare: Annotated[tuple[PlannedComparison, ...], NamedPairs(PlannedComparison)]
    published: tuple[PublishedOutcome, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    parameters: Annotated[tuple[ParameterOverride, ...], OverrideMapping()] = ()

    _defaults_filled: tuple[FilledDefault, ...] = PrivateAttr(default=())
    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def defaults_filled(self) -> tuple[FilledDefault, ...]:
        """Keys that the file left open, with what was put there and why."""
        return self._defaults_filled

    @property
    def origin(self) -> Origin:
        """The file the study was read from."""
        return self._origin

    def site(self, name: str) -> Site:
        """The site of that name. Raises KeyError."""
        return {site.name: site for site in self.sites}[name]

    def arm(self, name: str) -> Arm:
        """The arm of that name. Raises KeyError."""
        return {arm.name: arm for arm in self.arms}[name]

    def host_changes(self, arm: str) -> tuple[str, ...]:
        """Changes of the host in one arm: those of all animals (nude, SCID) first, then the arm's own."""
        everyone = () if self.host.immune == vocabulary.COMPETENT else (vocabulary.IMMUNE_CHANGE[self.host.immune],)
        return tuple(dict.fromkeys((*everyone, *self.arm(arm).host_changes)))

    def with_cohort(self, size: int | None = None, seed: int | None = None) -> Self:
        """The same study with another cohort size or seed."""
        given = {key: value for key, value in (("size", size), ("seed", seed)) if value is not None}
        cohort = Cohort.model_validate({**self.cohort.model_dump(), **given})
        return self.model_copy(update={"cohort": cohort})

    def shifted(self, days: float) -> Self:
        """The same study with every day moved, the calendar's own zero included."""
        return self.model_copy(
            update={
                "sites": tuple(_shifted_site(site, days) for site in self.sites),
                "arms": tuple(_shifted_arm(arm, days) for arm in self.arms),
                "follow_up_days": self.follow_up_days + days,
                "endpoints": _shifted_endpoints(self.endpoints, days),
            }
        )


def _shifted_site(site: Site, days: float) -> Site:
    start = site.start_volume
    moved = start.model_copy(update={"day": start.day + days}) if start else None
    return site.model_copy(update={"inoculated_day": site.inoculated_day + days, "start_volume": moved})


def _shifted_arm(arm: Arm, days: float) -> Arm:
    def moved(courses: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(c.model_copy(update={"days": tuple(day + days for day in c.days)}) for c in courses)

    return arm.model_copy(
        update={"radiation": moved(arm.radiation), "drugs": moved(arm.drugs), "cells": moved(arm.cells)}
    )


def _shifted_endpoints(endpoints: Endpoints, days: float) -> Endpoints:
    response = endpoints.response
    update = {"day": response.day + days, "baseline_day": response.baseline_day + days}
    return endpoints.model_copy(update={"response": response.model_copy(update=update)})
