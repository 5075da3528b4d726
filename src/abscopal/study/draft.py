"""The parts of a study that can be read, whatever is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from abscopal.errors import Problem, unknown_name
from abscopal.study.courses import CellCourse, Course, DrugCourse, Radiation
from abscopal.study.document import Document, KeyPath, dotted
from abscopal.study.fields import NAME_KEY
from abscopal.study.outcomes import PublishedOutcome
from abscopal.study.species import set_or_declared
from abscopal.study.subjects import Site

Part = TypeVar("Part", bound=BaseModel)
Placed = tuple[KeyPath, Course]


@dataclass
class Draft:
    """The parts of a study that could be read, each with its path in the file."""

    document: Document
    overrides: Mapping[str, str] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    site_names: tuple[str, ...] = ()
    arm_names: tuple[str, ...] = ()
    radiation: list[tuple[KeyPath, Radiation]] = field(default_factory=list)
    drugs: list[tuple[KeyPath, DrugCourse]] = field(default_factory=list)
    cells: list[tuple[KeyPath, CellCourse]] = field(default_factory=list)
    published: list[tuple[KeyPath, PublishedOutcome]] = field(default_factory=list)

    @property
    def radiation_is_whole(self) -> bool:
        """Whether every course of radiation in the file could be read."""
        arms = self.get("arms")
        rows = (
            [arm.get("radiation") for arm in arms.values() if isinstance(arm, dict)] if isinstance(arms, dict) else []
        )
        return len(self.radiation) == sum(len(row) if isinstance(row, list) else row is not None for row in rows)

    @property
    def courses(self) -> list[Placed]:
        """Every course that could be read, with its path."""
        return [*self.radiation, *self.drugs, *self.cells]

    def parameter(self, name: str) -> float | None:
        """Value of a parameter as set or declared, in its declared unit; None where it cannot be read."""
        return set_or_declared(name, self.document.data, self.overrides)

    def problem(self, path: KeyPath, message: str, allowed: str = "", advice: str = "") -> Problem:
        """A problem at a key of the file."""
        return Problem(message, dotted(path), self.document.line(path), allowed, advice)

    def unknown(self, kind: str, given: str, allowed: tuple[str, ...], path: KeyPath) -> Problem:
        """The problem of a name that does not exist in this study."""
        return unknown_name(kind, given, allowed, dotted(path), self.document.line(path))

    def get(self, *path: str) -> Any:
        """Raw value of a key, or None."""
        data: Any = self.document.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        return data


def draft_of(document: Document, overrides: Mapping[str, str]) -> Draft:
    """Whatever of a document can be read on its own; `overrides` are the parameters that are set beside it."""
    data = document.data
    draft = Draft(document, overrides)
    sites, arms = draft.get("sites"), draft.get("arms")
    if isinstance(sites, dict):
        draft.site_names = tuple(sites)
        for name, content in sites.items():
            site = _read(Site, {**content, NAME_KEY: name}) if isinstance(content, dict) else None
            if site is not None:
                draft.sites[name] = site
    if isinstance(arms, dict):
        draft.arm_names = tuple(arms)
        for name, content in arms.items():
            for kind, model, found in (
                ("radiation", Radiation, draft.radiation),
                ("drugs", DrugCourse, draft.drugs),
                ("cells", CellCourse, draft.cells),
            ):
                rows = content.get(kind) if isinstance(content, dict) else None
                _collect(model, rows, ("arms", name, kind), found)
    _collect(PublishedOutcome, data.get("published"), ("published",), draft.published)
    return draft


def _collect(model: type[Part], rows: Any, path: KeyPath, found: list[Any]) -> None:
    for i, row in enumerate(rows if isinstance(rows, list) else ()):
        part = _read(model, row)
        if part is not None:
            found.append(((*path, i), part))


def _read(model: type[Part], raw: Any) -> Part | None:
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError:
        return None
