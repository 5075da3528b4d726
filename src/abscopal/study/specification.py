"""What a study says, as frozen objects: host, tumour, sites, arms, cohort, end points, comparisons, published outcomes.

Field names carry the unit that the number is in; the key in the file is the alias, without the unit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Self

from pydantic import Field, PrivateAttr

from abscopal import parameters, vocabulary
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.parameters import OwnCatalogue
from abscopal.study.courses import CellCourse, Course, DrugCourse, Radiation
from abscopal.study.document import KeyPath
from abscopal.study.fields import Count, Known, NamedMapping, QuantityField
from abscopal.study.outcomes import Endpoints, LeftOut, PlannedComparison, PublishedOutcome
from abscopal.study.parts import CLOCK, NameText, StudyPart, Text
from abscopal.study.subjects import Cohort, Host, Site
from abscopal.study.values import NamedPairs, OverrideMapping, ParameterOverride
from abscopal.study.writing import merged, study_keys

FORMAT_VERSION = 1
# Spacings of the output that a study can ask for [d].
LEAST_STEP_DAYS, MOST_STEP_DAYS = 1e-3, 365.0


class Publication(StudyPart):
    """Where the experiment was published, and the record of the evidence catalogue it came from."""

    citation: Text = ""
    doi: Text = ""
    record: Text = ""


class Arm(StudyPart):
    """One group of animals and everything done to it."""

    name: NameText = Field(alias="\0name")
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
    """The file a study was read from: path, text, and the line of each key; and what it says, without defaults."""

    path: str = ""
    text: str = ""
    lines: Mapping[KeyPath, int] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file_text(self) -> str:
        """The text of the file; of a study that has none, what a file of it could say (as JSON, which is YAML too)."""
        if self.text or not self.written:
            return self.text
        return json.dumps(self.written, indent=2, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """Hash of the text, for provenance."""
        return hashlib.sha256(self.file_text.encode()).hexdigest()


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
    output_step_days: Annotated[float | None, QuantityField("d", least=LEAST_STEP_DAYS, most=MOST_STEP_DAYS)] = Field(
        None, alias="output_step"
    )
    readouts: tuple[NameText, ...] = Field((), examples=[["cd8", "blood_lymphocytes"]])
    endpoints: Endpoints
    compare: Annotated[tuple[PlannedComparison, ...], NamedPairs(PlannedComparison)]
    published: tuple[PublishedOutcome, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    parameters: Annotated[tuple[ParameterOverride, ...], OverrideMapping()] = ()

    _defaults_filled: tuple[FilledDefault, ...] = PrivateAttr(default=())
    _origin: Origin = PrivateAttr(default_factory=Origin)
    _catalogue: OwnCatalogue | None = PrivateAttr(default=None)
    # How a study is made of what is written; set where it is loaded, which knows the defaults and the checks.
    _made_of: Callable[[Mapping[str, Any]], Study] | None = PrivateAttr(default=None)

    def __repr__(self) -> str:
        arms = ", ".join(a.name for a in self.arms)
        what = (
            f"{self.tumour} in {self.host.species}, {_count(self.sites, 'site')}, {_count(self.arms, 'arm')} ({arms})"
        )
        subjects = "patients" if self.host.species == vocabulary.HUMAN else "animals"
        return f"Study({self.name!r}: {what}, {self.cohort.size} {subjects} per arm, {self.follow_up_days:g} d)"

    @property
    def defaults_filled(self) -> tuple[FilledDefault, ...]:
        """Keys that the file left open, with what was put there and why."""
        return self._defaults_filled

    @property
    def origin(self) -> Origin:
        """The file the study was read from."""
        return self._origin

    @property
    def catalogue(self) -> OwnCatalogue | None:
        """The user's own catalogue that the study was read with, if any."""
        return self._catalogue

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
        changed = self.model_copy(update={"cohort": cohort})
        changed._origin = replace(self.origin, written=merged(self.origin.written, {"cohort": given}))
        return changed

    def with_(self, **changes: Any) -> Study:
        """A variation of this study: other values of its keys, with defaults filled and everything checked anew.

        Parameters
        ----------
        changes : keys of a study file, and `name`, `size` and `seed`. A dictionary goes into what is there, so that
            `arms={"RT": {"note": "..."}}` changes one key of one arm; an `Arm(...)`, a list or a value replaces what is
            there; None takes it away, as in `arms={"RT": None}`.

        Raises
        ------
        InputError
            A key is not one of a study, or the variation is not right; every problem with its key.
        """
        if self._made_of is None or not self.origin.written:
            raise InputError(
                Problem("this study was not read or composed", advice="vary the study that it was made of")
            )
        allowed = [f.alias or name for name, f in type(self).model_fields.items()] + ["name", "size", "seed"]
        problems = [unknown_name("key", key, allowed, "with_") for key in changes if key not in allowed]
        if problems:
            raise InputError(problems)
        with parameters.using(self.catalogue):
            return self._made_of(merged(self.origin.written, study_keys(changes)))

    def with_output(self, step_days: float | None = None, readouts: Sequence[str] = ()) -> Self:
        """The same study with another spacing of its output [d], or other readouts written out."""
        given = {"output_step_days": step_days, "readouts": tuple(readouts)}
        changed = self.model_copy(update={key: value for key, value in given.items() if value})
        asked = {"output_step": f"{step_days:g} d" if step_days else None, "readouts": list(readouts)}
        written = merged(self.origin.written, {key: value for key, value in asked.items() if value})
        changed._origin = replace(self.origin, written=written)
        return changed

    def shifted(self, days: float) -> Self:
        """The same study with every day moved, the calendar's own zero included."""
        moved = self.model_copy(
            update={
                "sites": tuple(_shifted_site(site, days) for site in self.sites),
                "arms": tuple(_shifted_arm(arm, days) for arm in self.arms),
                "follow_up_days": self.follow_up_days + days,
                "endpoints": _shifted_endpoints(self.endpoints, days),
            }
        )
        # What is written has the old days.
        moved._origin = replace(self.origin, written={})
        return moved


def _count(items: Sequence[object], what: str) -> str:
    return f"{len(items)} {what}{'' if len(items) == 1 else 's'}"


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
