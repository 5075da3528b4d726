"""What a parameter is: a value with its unit, spread and source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from abscopal.parameters.distribution import Distribution

SourceKind = Literal["measured", "fitted", "derived", "borrowed", "assumed"]
SOURCE_KINDS: tuple[SourceKind, ...] = ("measured", "fitted", "derived", "borrowed", "assumed")
_NONE = Distribution("lognormal")


@dataclass(frozen=True)
class Source:
    """Where a value comes from.

    Attributes
    ----------
    kind : measured (in this system), fitted, derived (from other values), borrowed (another model or system), assumed.
    cite : key in `citations.yaml`, or "".
    where : place in the cited work, or "".
    note : why; required where the kind is "assumed".
    """

    kind: SourceKind
    cite: str = ""
    where: str = ""
    note: str = ""


@dataclass(frozen=True)
class Spread:
    """How a value varies, and between what.

    Attributes
    ----------
    between_subjects : variability between animals or patients; what a cohort draws.
    uncertainty : what we do not know of the value; what plausible parameter sets draw. Subjects of one set share it.
    between_lines : variability between the tumour lines of a tissue; drawn once for a line that is not known.
    note : what the uncertainty is between (cell lines, fits, laboratories), or "".
    """

    between_subjects: Distribution = _NONE
    uncertainty: Distribution = _NONE
    between_lines: Distribution = _NONE
    note: str = ""

    def moved(self, old: float, new: float) -> Spread:
        """The spread after the declared value changed from `old` to `new`."""
        between, uncertainty = self.between_subjects.moved(old, new), self.uncertainty.moved(old, new)
        if between is self.between_subjects and uncertainty is self.uncertainty:
            return self
        return replace(self, between_subjects=between, uncertainty=uncertainty)


@dataclass(frozen=True)
class Parameter:
    """One declared number of the model; `stream` names the random stream of its draws, "" is its name in the model."""

    name: str
    symbol: str
    meaning: str
    value: float
    unit: str
    source: Source
    spread: Spread = Spread()
    bounds: tuple[float, float] = (0.0, float("inf"))
    mechanism: str = ""
    stream: str = ""

    def with_value(self, value: float, source: Source) -> Parameter:
        """The same parameter with another value and its source."""
        return replace(self, value=value, source=source, spread=self.spread.moved(self.value, value))


class ParameterSet(Mapping[str, Parameter]):
    """Parameters by name; immutable. `overriding` returns a new set."""

    def __init__(self, parameters: Mapping[str, Parameter], name: str = "") -> None:
        self._parameters = dict(parameters)
        self.name = name

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def overriding(self, other: Mapping[str, Parameter], name: str = "") -> ParameterSet:
        """This set with the parameters of `other` put in their place or added."""
        return ParameterSet({**self._parameters, **other}, name or self.name)
