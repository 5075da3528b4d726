"""Who is treated: the host, its tumours, and how many animals there are."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from abscopal import vocabulary
from abscopal.study.fields import Count, Known, QuantityField
from abscopal.study.parts import IMMUNE, SHARING, Day, NameText, StudyPart, Text


class Host(StudyPart):
    """The animal: species, strain, immune status, body weight [g] (None where no dose is per body weight)."""

    species: Annotated[str, Known("species", "species")]
    strain: Text = ""
    immune: Annotated[vocabulary.ImmuneStatus, IMMUNE]
    body_weight_g: Annotated[float | None, QuantityField("g", more_than=0, most=1e6)] = Field(None, alias="body_weight")


class StartVolume(StudyPart):
    """The tumour volume [mm3] that each animal is conditioned on, and its day [d]."""

    value_mm3: Annotated[float, QuantityField("mm3", more_than=0, most=1e6)] = Field(alias="value", examples=["75 mm3"])
    day: Day = Field(examples=["0 d"])


class Site(StudyPart):
    """One tumour: cells inoculated, the day of it [d], and the volume on a later day where the study fixes one."""

    name: NameText = Field(alias="\0name")
    inoculum_cells: Annotated[float, QuantityField("cells", least=1, most=1e12)] = Field(
        alias="inoculum", examples=["1e6 cells"]
    )
    inoculated_day: Day = Field(alias="inoculated", examples=["-9 d"])
    start_volume: StartVolume | None = None


class Cohort(StudyPart):
    """How many animals per arm, their seed, and whether arms share animals (common random numbers)."""

    size: Annotated[int, Count(1, 1_000_000)]
    seed: Annotated[int, Count(0, 2**63 - 1)]
    arms: Annotated[vocabulary.Sharing, SHARING]
