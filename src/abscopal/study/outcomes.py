"""What is read from the animals, and what was published: end points, comparisons, published outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from abscopal import vocabulary
from abscopal.study.fields import Count, QuantityField
from abscopal.study.parts import BASIS, RELATION, Day, NameText, StudyPart, Text


class SurvivalEndpoint(StudyPart):
    """An animal counts as dead when a volume passes the limit [mm3]: of any site, of their total, or of one site."""

    volume_limit_mm3: Annotated[float, QuantityField("mm3", more_than=0, most=1e6)] = Field(alias="volume_limit")
    of: NameText


class ResponseEndpoint(StudyPart):
    """Response of each site on a day [d]: complete below a volume [mm3], partial below a percentage of the baseline."""

    day: Day
    baseline_day: Day = Field(alias="baseline")
    complete_below_mm3: Annotated[float, QuantityField("mm3", more_than=0, most=1e6)] = Field(alias="complete_below")
    partial_below_percent: Annotated[float, QuantityField("%", more_than=0, most=100)] = Field(alias="partial_below")


class Endpoints(StudyPart):
    """The end points of the study."""

    survival: SurvivalEndpoint
    response: ResponseEndpoint


@dataclass(frozen=True)
class PlannedComparison:
    """Two arms to compare."""

    arm: str
    against: str


class PublishedOutcome(StudyPart):
    """What was published: one arm against another (`better`, `worse`), or a rate in one arm (`arm`, `value`).

    `basis` says how it is known; `mem` is from memory, not verified, and never counts in a published score.
    `readout` is what shows a marker in the result (`cd8/volume`); left out, it is the variable of the marker's name.
    """

    metric: NameText = Field(examples=["abscopal"])
    better: NameText | None = None
    worse: NameText | None = None
    relation: Annotated[vocabulary.Relation, RELATION] = vocabulary.BETTER
    arm: NameText | None = None
    site: NameText | None = None
    value_percent: Annotated[float | None, QuantityField("%", least=0, most=100)] = Field(None, alias="value")
    readout: Text = ""
    group_size: Annotated[int | None, Count(2, 100_000)] = None
    p: Text = ""
    basis: Annotated[vocabulary.Basis, BASIS] = Field(examples=["abs"])
    discriminating: bool | None = None
    claim: Text = ""
    note: Text = ""

    @property
    def verified(self) -> bool:
        """False where the outcome is from memory."""
        return self.basis != vocabulary.UNVERIFIED

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate in one arm rather than a comparison of two."""
        return self.value_percent is not None


class LeftOut(StudyPart):
    """An arm of the publication that this study does not hold, why, and which claims go with it."""

    arm: NameText = Field(examples=["blockade"])
    reason: Text = Field(examples=["the agent is not in the model"])
    claims: tuple[NameText, ...] = ()
