"""What a study says, as frozen objects: host, tumour, sites, arms, cohort, end points, comparisons, published outcomes.

Field names carry the unit that the number is in; the key in the file is the alias, without the unit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from abscopal import units
from abscopal.study.document import KeyPath
from abscopal.study.fields import (
    DAY,
    Choice,
    Count,
    Days,
    Known,
    Name,
    NamedMapping,
    OneOrMore,
    Quantity,
)
from abscopal.study.values import Amount, AmountIn, NamedPairs, OverrideMapping, ParameterOverride

FORMAT_VERSION = 1
WHOLE_BODY = "whole_body"

Text = Annotated[str, Field(max_length=2000)]
NameText = Annotated[str, Name()]
Day = Annotated[float, DAY]
SiteNames = Annotated[tuple[NameText, ...], OneOrMore("Names of sites, or `whole_body`"), Field(min_length=1)]

CLOCK = Choice("clock", (("first_fraction", ()), ("inoculation", ())))
IMMUNE = Choice(
    "immune status", (("competent", ("immunocompetent",)), ("nude", ("athymic", "T-cell deficient")), ("scid", ()))
)
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
IONS = ("protons", "helium", "carbon")
SEEDS = ("I-125",)
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
BASES = ("seed", "abs", "fig", "db", "infer", "mem")
BASIS = Choice("basis", tuple((basis, ()) for basis in BASES))
RATE_METRICS = ("complete_response", "partial_response", "objective_response", "survival_rate")
COMPARED_METRICS = ("primary_tumour", "abscopal", "metastasis", "survival", "rejection")


class _Part(BaseModel):
    """Base of every part of a study: frozen, no unknown keys."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=False
    )


class Source(_Part):
    """Where the experiment was published, and the record of the evidence catalogue it came from."""

    citation: Text = ""
    doi: Text = ""
    record: Text = ""


class Host(_Part):
    """The animal: species, strain, immune status, body weight [g] (None where no dose is per body weight)."""

    species: Annotated[str, Known("species", "species")]
    strain: Text = ""
    immune: Annotated[Literal["competent", "nude", "scid"], IMMUNE]
    body_weight_g: Annotated[float | None, Quantity("g", more_than=0, most=1e6)] = Field(None, alias="body_weight")


class StartVolume(_Part):
    """The tumour volume [mm3] that each animal is conditioned on, and its day [d]."""

    value_mm3: Annotated[float, Quantity("mm3", more_than=0, most=1e6)] = Field(alias="value", examples=["75 mm3"])
    day: Day = Field(examples=["0 d"])


class Site(_Part):
    """One tumour: cells inoculated, the day of it [d], and the volume on a later day where the study fixes one."""

    name: NameText = Field(alias="(name)")
    inoculum_cells: Annotated[float, Quantity("cells", least=1, most=1e12)] = Field(
        alias="inoculum", examples=["1e6 cells"]
    )
    inoculated_day: Day = Field(alias="inoculated", examples=["-9 d"])
    start_volume: StartVolume | None = None


class OrganDose(_Part):
    """Dose of a normal organ, total of the course, RBE-weighted for ions [Gy]: its mean, or equivalent uniform dose."""

    name: NameText = Field(alias="(name)")
    mean_dose_gy: Annotated[float | None, Quantity("Gy", least=0, most=1000)] = Field(None, alias="mean_dose")
    uniform_dose_gy: Annotated[float | None, Quantity("Gy", least=0, most=1000)] = Field(None, alias="uniform_dose")


class Radiation(_Part):
    """One course of radiation to one or more sites, or to the whole body.

    Attributes
    ----------
    quality : X-rays, Cs-137, Co-60, I-125 (implanted seeds), protons, helium or carbon.
    energy : nominal energy (MeV/u for ions, kV for X-rays, also from an accelerator), or None.
    let_kev_per_um : dose-averaged LET at the target [keV/um], or None (photons; ions by energy and depth).
    depth_mm : depth of the target in water [mm], which with the energy gives an ion's LET; None is the entrance.
    dose_per_fraction_gy : absorbed dose per fraction; of seeds, until their complete decay [Gy].
    days : day of each fraction [d].
    target : names of the irradiated sites; empty if the whole body is irradiated.
    isoeffective_photon_dose_gy : of ions, dose per fraction of X-rays that is known to kill as many cells of the tumour
        [Gy], which sets the RBE of the course; None leaves it to the model.
    dose_rate_gy_per_min : [Gy/min], or None for an acute dose.
    initial_dose_rate_gy_per_min : of seeds, when they are implanted [Gy/min]; None is that which gives their dose.
    irradiated_percent : share of the target that receives the dose (spatially fractionated fields) [%].
    valley_percent : dose of the rest of the target, relative to the dose [%].
    node_in_field : whether the draining lymph node receives the dose too.
    organs : doses of normal organs, from which the risk of their complications follows (patients).
    """

    quality: Annotated[Literal["X-rays", "Cs-137", "Co-60", "I-125", "protons", "helium", "carbon"], QUALITY] = Field(
        examples=["X-rays"]
    )
    energy: Annotated[Amount | None, AmountIn(("MeV/u", "kV", "MeV"), "an energy, such as '290 MeV/u' or '225 kV'")] = (
        None
    )
    let_kev_per_um: Annotated[float | None, Quantity("keV/um", more_than=0, most=1e4)] = Field(None, alias="let")
    depth_mm: Annotated[float | None, Quantity("mm", least=0, most=1000)] = Field(None, alias="depth")
    dose_per_fraction_gy: Annotated[float, Quantity("Gy", least=0, most=1000)] = Field(
        alias="dose_per_fraction", examples=["8 Gy"]
    )
    isoeffective_photon_dose_gy: Annotated[float | None, Quantity("Gy", more_than=0, most=1000)] = Field(
        None, alias="isoeffective_photon_dose"
    )
    fractions: Annotated[int, Count(1, 1000)]
    days: Annotated[tuple[float, ...], Days()] = Field(examples=["0 d"])
    target: SiteNames = Field(examples=["primary"])
    dose_rate_gy_per_min: Annotated[float | None, Quantity("Gy/min", more_than=0, most=1e9)] = Field(
        None, alias="dose_rate"
    )
    initial_dose_rate_gy_per_min: Annotated[float | None, Quantity("Gy/min", more_than=0, most=1e3)] = Field(
        None, alias="initial_dose_rate"
    )
    irradiated_percent: Annotated[float | None, Quantity("%", more_than=0, most=100)] = Field(
        None, alias="irradiated_share"
    )
    valley_percent: Annotated[float | None, Quantity("%", least=0, most=100)] = Field(None, alias="valley_dose")
    node_in_field: bool
    organs: Annotated[tuple[OrganDose, ...], NamedMapping("organ")] = ()
    note: Text = ""

    @property
    def is_ion(self) -> bool:
        """Whether the quality is protons, helium or carbon."""
        return self.quality in IONS

    @property
    def stated_rbe(self) -> float | None:
        """Photon dose that is known to kill as much as a fraction over its dose; None: the RBE is the model's."""
        photons = self.isoeffective_photon_dose_gy
        return None if photons is None else photons / self.dose_per_fraction_gy

    @property
    def is_implant(self) -> bool:
        """Whether it is seeds, which stay and whose dose rate decays."""
        return self.quality in SEEDS

    @property
    def duration_days(self) -> float:
        """Duration of one fraction at its dose rate [d]; 0 without a dose rate, and for seeds, which stay."""
        if self.dose_rate_gy_per_min is None:
            return 0.0
        return units.convert(self.dose_per_fraction_gy / self.dose_rate_gy_per_min, "min", "d")

    @property
    def irradiated_share(self) -> float:
        """Share of the target that receives the dose."""
        return 1.0 if self.irradiated_percent is None else self.irradiated_percent / 100.0

    @property
    def valley_share(self) -> float:
        """Dose of the rest of the target, relative to the dose."""
        return 0.0 if self.valley_percent is None else self.valley_percent / 100.0

    @property
    def whole_body(self) -> bool:
        """Whether the whole body is irradiated, all sites, nodes and blood included."""
        return WHOLE_BODY in self.target

    @property
    def label(self) -> str:
        """Quality, energy and LET in words: `carbon 290 MeV/u, 50 keV/um`."""
        name = f"{self.quality} seeds" if self.is_implant else self.quality
        words = name if self.energy is None else f"{name} {self.energy}"
        return words if self.let_kev_per_um is None else f"{words}, {self.let_kev_per_um:g} keV/um"


class DrugCourse(_Part):
    """One agent: dose per injection, route, days [d]; `target` sites if intratumoral; `clone` is a note only."""

    agent: Annotated[str, Known("agents", "drug")] = Field(examples=["anti-PD-1"])
    dose: Annotated[Amount, AmountIn(("ug", "mg/kg", "IU", "IU/kg"), "a dose, such as '200 ug' or '10 mg/kg'")] = Field(
        examples=["200 ug"]
    )
    route: Annotated[Literal["ip", "iv", "sc", "im", "po", "it"], ROUTE]
    target: SiteNames | None = None
    days: Annotated[tuple[float, ...], Days()] = Field(examples=["0 d"])
    clone: Text = ""
    note: Text = ""


class CellCourse(_Part):
    """One cell product: number per infusion, route, days [d]; `target` sites if intratumoral."""

    product: Annotated[str, Known("products", "cell product")]
    number_cells: Annotated[float, Quantity("cells", least=0, most=1e13)] = Field(
        alias="number", examples=["1e6 cells"]
    )
    route: Annotated[Literal["ip", "iv", "sc", "im", "po", "it"], ROUTE]
    target: SiteNames | None = None
    days: Annotated[tuple[float, ...], Days()] = Field(examples=["0 d"])
    note: Text = ""


INTRATUMORAL = "it"
Course = Radiation | DrugCourse | CellCourse


class Arm(_Part):
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


class Cohort(_Part):
    """How many animals per arm, their seed, and whether arms share animals (common random numbers)."""

    size: Annotated[int, Count(1, 1_000_000)]
    seed: Annotated[int, Count(0, 2**63 - 1)]
    arms: Annotated[Literal["shared", "independent"], Choice("sharing", (("shared", ()), ("independent", ())))]


class SurvivalEndpoint(_Part):
    """An animal counts as dead when a volume passes the limit [mm3]: of any site, of their total, or of one site."""

    volume_limit_mm3: Annotated[float, Quantity("mm3", more_than=0, most=1e6)] = Field(alias="volume_limit")
    of: NameText


class ResponseEndpoint(_Part):
    """Response of each site on a day [d]: complete below a volume [mm3], partial below a percentage of the baseline."""

    day: Day
    baseline_day: Day = Field(alias="baseline")
    complete_below_mm3: Annotated[float, Quantity("mm3", more_than=0, most=1e6)] = Field(alias="complete_below")
    partial_below_percent: Annotated[float, Quantity("%", more_than=0, most=100)] = Field(alias="partial_below")


class Endpoints(_Part):
    """The end points of the study."""

    survival: SurvivalEndpoint
    response: ResponseEndpoint


@dataclass(frozen=True)
class Comparison:
    """Two arms to compare."""

    arm: str
    against: str


class PublishedOutcome(_Part):
    """What was published: one arm against another (`better`, `worse`), or a rate in one arm (`arm`, `value`).

    `basis` says how it is known; `mem` is from memory, not verified, and never counts in a published score.
    `readout` is what shows a marker in the result (`cd8/volume`); left out, it is the variable of the marker's name.
    """

    metric: NameText = Field(examples=["abscopal"])
    better: NameText | None = None
    worse: NameText | None = None
    relation: Annotated[Literal[">", "~"], Choice("relation", ((">", ()), ("~", ())))] = ">"
    arm: NameText | None = None
    site: NameText | None = None
    value_percent: Annotated[float | None, Quantity("%", least=0, most=100)] = Field(None, alias="value")
    readout: Text = ""
    group_size: Annotated[int | None, Count(2, 100_000)] = None
    p: Text = ""
    basis: Annotated[Literal["seed", "abs", "fig", "db", "infer", "mem"], BASIS] = Field(examples=["abs"])
    discriminating: bool | None = None
    claim: Text = ""
    note: Text = ""

    @property
    def verified(self) -> bool:
        """False where the outcome is from memory."""
        return self.basis != "mem"

    @property
    def is_rate(self) -> bool:
        """Whether it is a rate in one arm rather than a comparison of two."""
        return self.value_percent is not None


class LeftOut(_Part):
    """An arm of the publication that this study does not hold, why, and which claims go with it."""

    arm: NameText = Field(examples=["blockade"])
    reason: Text = Field(examples=["the agent is not in the model"])
    claims: tuple[NameText, ...] = ()


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


class Study(_Part):
    """A whole experiment, checked; made by `load`, `parse` or `from_dict`."""

    format_version: Annotated[int, Count(FORMAT_VERSION, FORMAT_VERSION)] = Field(alias="abscopal", examples=[1])
    name: NameText = Field(alias="study", examples=["my_study"])
    title: Text = ""
    source: Source = Source()
    host: Host
    tumour: Annotated[str, Known("lines", "tumour line")] = Field(examples=["LM8"])
    clock: Annotated[Literal["first_fraction", "inoculation"], CLOCK]
    sites: Annotated[tuple[Site, ...], NamedMapping("site")] = Field(
        examples=["{primary: {inoculum: 1e6 cells, inoculated: -9 d}}"]
    )
    arms: Annotated[tuple[Arm, ...], NamedMapping("arm")] = Field(examples=["{untreated: {}}"])
    control: NameText = Field(examples=["untreated"])
    cohort: Cohort
    follow_up_days: Annotated[float, Quantity("d", more_than=0, most=3650)] = Field(alias="follow_up")
    endpoints: Endpoints
    compare: Annotated[tuple[Comparison, ...], NamedPairs(Comparison)]
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
        everyone = () if self.host.immune == "competent" else (IMMUNE_CHANGE[self.host.immune],)
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


# Immune status in the file -> host change of the parameter catalogue.
IMMUNE_CHANGE: Mapping[str, str] = MappingProxyType({"nude": "nude", "scid": "SCID"})


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
