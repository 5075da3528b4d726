"""What is done to the animals: courses of radiation, drugs and cells."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from abscopal import units, vocabulary
from abscopal.study.days import DaysField
from abscopal.study.fields import Known, NamedMapping, QuantityField
from abscopal.study.parts import FRACTIONS, QUALITY, ROUTE, NameText, SiteNames, StudyPart, Text
from abscopal.study.values import Amount, AmountIn

_ORGAN_DOSE = QuantityField("Gy", least=0, most=1000)


class OrganDose(StudyPart):
    """Dose of a normal organ, total of the course, RBE-weighted for ions [Gy]: its mean, or equivalent uniform dose."""

    name: NameText = Field(alias="\0name")
    mean_dose_gy: Annotated[float | None, QuantityField("Gy", least=0, most=1000)] = Field(None, alias="mean_dose")
    uniform_dose_gy: Annotated[float | None, QuantityField("Gy", least=0, most=1000)] = Field(
        None, alias="uniform_dose"
    )


class Radiation(StudyPart):
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
    body_site : where the field lies in a patient's body, which decides how much of the blood it meets; None in animals.
    """

    quality: Annotated[vocabulary.Quality, QUALITY] = Field(examples=["X-rays"])
    energy: Annotated[Amount | None, AmountIn(("MeV/u", "kV", "MeV"), "an energy, such as '290 MeV/u' or '225 kV'")] = (
        None
    )
    let_kev_per_um: Annotated[float | None, QuantityField("keV/um", more_than=0, most=1e4)] = Field(None, alias="let")
    depth_mm: Annotated[float | None, QuantityField("mm", least=0, most=1000)] = Field(None, alias="depth")
    dose_per_fraction_gy: Annotated[float, QuantityField("Gy", least=0, most=1000)] = Field(
        alias="dose_per_fraction", examples=["8 Gy"]
    )
    isoeffective_photon_dose_gy: Annotated[float | None, QuantityField("Gy", more_than=0, most=1000)] = Field(
        None, alias="isoeffective_photon_dose"
    )
    fractions: Annotated[int, FRACTIONS]
    days: Annotated[tuple[float, ...], DaysField()] = Field(examples=["0 d"])
    target: SiteNames = Field(examples=["primary"])
    dose_rate_gy_per_min: Annotated[float | None, QuantityField("Gy/min", more_than=0, most=1e9)] = Field(
        None, alias="dose_rate"
    )
    initial_dose_rate_gy_per_min: Annotated[float | None, QuantityField("Gy/min", more_than=0, most=1e3)] = Field(
        None, alias="initial_dose_rate"
    )
    irradiated_percent: Annotated[float | None, QuantityField("%", more_than=0, most=100)] = Field(
        None, alias="irradiated_share"
    )
    valley_percent: Annotated[float | None, QuantityField("%", least=0, most=100)] = Field(None, alias="valley_dose")
    node_in_field: bool
    organs: Annotated[tuple[OrganDose, ...], NamedMapping("organ")] = ()
    body_site: Annotated[str | None, Known("body_sites", "body site")] = None
    note: Text = ""

    @property
    def is_ion(self) -> bool:
        """Whether the quality is protons, helium or carbon."""
        return self.quality in vocabulary.IONS

    @property
    def stated_rbe(self) -> float | None:
        """Photon dose that is known to kill as much as a fraction over its dose; None: the RBE is the model's."""
        photons = self.isoeffective_photon_dose_gy
        return None if photons is None else photons / self.dose_per_fraction_gy

    @property
    def is_implant(self) -> bool:
        """Whether it is seeds, which stay and whose dose rate decays."""
        return self.quality in vocabulary.SEEDS

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
        return vocabulary.WHOLE_BODY in self.target

    @property
    def label(self) -> str:
        """Quality, energy, depth and LET in words: `carbon 290 MeV/u at 100 mm`, `carbon, 50 keV/um`."""
        name = f"{self.quality} seeds" if self.is_implant else self.quality
        words = name if self.energy is None else f"{name} {self.energy}"
        words = words if self.depth_mm is None else f"{words} at {self.depth_mm:g} mm"
        return words if self.let_kev_per_um is None else f"{words}, {self.let_kev_per_um:g} keV/um"


class DrugCourse(StudyPart):
    """One agent: dose per injection, route, days [d]; `target` sites if intratumoral; `clone` is a note only."""

    agent: Annotated[str, Known("agents", "drug")] = Field(examples=["anti-PD-1"])
    dose: Annotated[Amount, AmountIn(("ug", "mg/kg", "IU", "IU/kg"), "a dose, such as '200 ug' or '10 mg/kg'")] = Field(
        examples=["200 ug"]
    )
    route: Annotated[vocabulary.Route, ROUTE]
    target: SiteNames | None = None
    days: Annotated[tuple[float, ...], DaysField()] = Field(examples=["0 d"])
    clone: Text = ""
    note: Text = ""


class CellCourse(StudyPart):
    """One cell product: number per infusion, route, days [d]; `target` sites if intratumoral."""

    product: Annotated[str, Known("products", "cell product")]
    number_cells: Annotated[float, QuantityField("cells", least=0, most=1e13)] = Field(
        alias="number", examples=["1e6 cells"]
    )
    route: Annotated[vocabulary.Route, ROUTE]
    target: SiteNames | None = None
    days: Annotated[tuple[float, ...], DaysField()] = Field(examples=["0 d"])
    note: Text = ""


Course = Radiation | DrugCourse | CellCourse
