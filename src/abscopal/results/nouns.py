"""What the subjects of a study are called: mice, patients, dishes. A patient is never an animal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from abscopal.vocabulary import HUMAN

if TYPE_CHECKING:
    from abscopal.results.metadata import Metadata


@dataclass(frozen=True)
class Noun:
    """One subject and several, in words."""

    one: str
    many: str

    def count(self, number: int) -> str:
        """A number of them: `1 patient`, `40 patients`."""
        return f"{number:,} {self.one if number == 1 else self.many}"


_NOUNS: dict[str, Noun] = {HUMAN: Noun("patient", "patients"), "mouse": Noun("mouse", "mice")}
DISH = Noun("dish", "dishes")


def noun_of(metadata: Metadata) -> Noun:
    """What the subjects of a study are called."""
    return noun_for(metadata.host, metadata.in_vitro)


def noun_for(species: str, in_vitro: bool = False) -> Noun:
    """What subjects of a species, or dishes, are called."""
    return DISH if in_vitro else _NOUNS.get(species, Noun(species, f"{species}s"))
