"""What every part of a study is made of: its base class, its simple types, and the words that it takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field

from abscopal import vocabulary
from abscopal.study.fields import DAY, Choice, Count, Name, OneOrMore

Text = Annotated[str, Field(max_length=2000)]
NameText = Annotated[str, Name()]
Day = Annotated[float, DAY]
SiteNames = Annotated[tuple[NameText, ...], OneOrMore("Names of sites, or `whole_body`"), Field(min_length=1)]


def _as_they_are(what: str, words: object) -> Choice:
    """A choice among words that have no other spellings."""
    return Choice(what, tuple((word, ()) for word in get_args(words)))


CLOCK = _as_they_are("clock", vocabulary.Clock)
SHARING = _as_they_are("sharing", vocabulary.Sharing)
RELATION = _as_they_are("relation", vocabulary.Relation)
BASIS = _as_they_are("basis", vocabulary.Basis)
IMMUNE = Choice(
    "immune status", (("competent", ("immunocompetent",)), ("nude", ("athymic", "T-cell deficient")), ("scid", ()))
)
FRACTIONS = Count(1, 1000)

QUALITY = Choice(
    "radiation quality",
    (
        ("X-rays", ("X-ray", "photon", "photons", "photon_xray")),
        ("Cs-137", ("137Cs", "caesium-137", "cesium-137")),
        ("Co-60", ("60Co", "cobalt-60")),
        ("I-125", ("125I", "iodine-125", "I-125 seeds", "I-125 seed")),
        ("protons", ("proton",)),
        ("helium", ("helium ions", "4He")),
        ("carbon", ("carbon ions", "12C", "C-12")),
    ),
)
ROUTE = Choice(
    "route",
    (
        ("ip", ("i.p.", "intraperitoneal")),
        ("iv", ("i.v.", "intravenous")),
        ("sc", ("s.c.", "subcutaneous")),
        ("im", ("i.m.", "intramuscular")),
        ("po", ("p.o.", "oral")),
        ("it", ("i.t.", "intratumoral", "intratumoural")),
    ),
)


class StudyPart(BaseModel):
    """Base of every part of a study: frozen, no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=False
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What differs from a part in which nothing optional is given."""
        declared = type(self).model_fields
        return [(name, value) for name, value in super().__repr_args__() if value != declared[name or ""].default]

    def __str__(self) -> str:
        return repr(self)
