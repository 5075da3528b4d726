"""Cells and a radiation from what a user asks for, with the RBE model that holds for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from abscopal import radiation
from abscopal.actions.radiation.inputs import (
    ALPHA,
    DOSE,
    TRANSITION,
    Limits,
    beam_of,
    cell_problems,
    model_problem,
    number,
    refuse,
    remark,
    tried,
)
from abscopal.errors import InputError, Problem
from abscopal.radiation.domains import outside_domain
from abscopal.radiation.ion_models import MODELS, IrradiatedCells
from abscopal.radiation.isoeffect import coefficients_of_quality
from abscopal.radiation.mkm import mkm_parameters
from abscopal.radiation.qualities import RadiationQuality
from abscopal.radiation.validity import warn_outside

# No experiment finds these ions less effective than photons; a model that does is outside what it was made for.
ABOVE_1 = ("helium", "carbon")
# Doses per fraction for which survival curves are known [Gy].
_SURVIVAL_DOSES = (0.0, 30.0)


@dataclass(frozen=True)
class Cells:
    """What is said of the cells.

    Attributes
    ----------
    alpha, beta : photon coefficients [1/Gy], [1/Gy2]; None with a line.
    line : tumour line of the catalogue, instead of them.
    transition_dose : photon dose where the curve turns straight [Gy]; None is that of the line, never without one.
    mkm : published parameter set of the microdosimetric kinetic model; None is that of the line, if it has one.
    """

    alpha: float | None = None
    beta: float | None = None
    line: str | None = None
    transition_dose: float | None = None
    mkm: str | None = None

    def problems(self, alpha_limits: Limits = ALPHA) -> tuple[Problem | None, ...]:
        """Everything wrong with them."""
        transition = number("--transition-dose", self.transition_dose, TRANSITION)
        _, unknown = tried(lambda: None if self.mkm is None else mkm_parameters(self.mkm))
        named = (replace(problem, key="--mkm") for problem in unknown)
        return (*cell_problems(self.alpha, self.beta, self.line, alpha_limits=alpha_limits), transition, *named)

    def resolved(self) -> tuple[IrradiatedCells, float | None]:
        """The cells, and their transition dose [Gy]; remarks on coefficients that are only assumed."""
        if self.line is None:
            return radiation.irradiated_cells(self.alpha, self.beta, mkm=self.mkm), self.transition_dose
        declared = radiation.irradiated_line(self.line)
        assumed = [n for n in ("alpha", "beta") if declared.numbers[f"{n}_photon"].source.kind == "assumed"]
        if assumed:
            remark(f"{' and '.join(assumed)} of {declared.name} are assumed, not measured: see `abscopal check`")
        bend = declared.transition_dose_gy if self.transition_dose is None else self.transition_dose
        return radiation.irradiated_cells(line=self.line, mkm=self.mkm), bend

    def idle_mkm(self, models: Iterable[str]) -> None:
        """Remark on a parameter set that no model of the answer has a use for."""
        if self.mkm is not None and "mkm" not in models:
            remark(f"--mkm {self.mkm} changes nothing: {' and '.join(dict.fromkeys(models))} gave the answer")


@dataclass(frozen=True)
class Irradiation:
    """Cells in a beam.

    Attributes
    ----------
    beam : the radiation.
    cells : what is irradiated.
    bend : photon dose where the survival curve turns straight [Gy], or None.
    models : the RBE models to ask, those that were asked for or all of the particle.
    """

    beam: RadiationQuality
    cells: IrradiatedCells
    bend: float | None
    models: tuple[str, ...]

    @property
    def alpha_x(self) -> float:
        """Photon alpha [1/Gy]."""
        return self.cells.alpha_x

    @property
    def beta_x(self) -> float:
        """Photon beta [1/Gy2]."""
        return self.cells.beta_x

    def outside(self, model: str) -> str:
        """Why a model must not be asked, or ""."""
        own, let = self.cells.mkm is not None, self.beam.let_kev_um
        return outside_domain(self.beam.particle, model, let, self.alpha_x, self.beta_x, own=own)

    def coefficients(self, model: str) -> tuple[float, float]:
        """(alpha, beta) of the radiation by a model [1/Gy, 1/Gy2]."""
        return coefficients_of_quality(self.beam, self.cells, model=model if self.beam.is_ion else None)

    def model(self) -> str:
        """The model of an answer that has one: the one asked for, else the first that holds.

        Raises
        ------
        InputError
            None holds, or the one asked for does not.
        """
        if not self.beam.is_ion:
            return self.models[0]
        reasons = {name: self.outside(name) for name in self.models}
        holding = [name for name, reason in reasons.items() if not reason]
        if not holding:
            raise InputError(self.no_model(reasons))
        if holding[0] != self.models[0]:
            remark(f"{reasons[self.models[0]]}; {holding[0]} is used instead")
        return holding[0]

    def refuse_below_1(self, dose_gy: float, model: str) -> None:
        """Refuse a dose at which a model makes helium or carbon less effective than photons; remark on other doubts.

        Raises
        ------
        InputError
            The model does not hold at this dose.
        """
        if not self.beam.is_ion:
            return
        value, reason = rbe_or_reason(self, dose_gy, model)
        if value is None:
            others = [m for m in MODELS[self.beam.particle] if rbe_or_reason(self, dose_gy, m)[0] is not None]
            advice = "choose another model, or a lower dose"
            raise InputError(Problem(reason, key="--model", allowed=", ".join(others), advice=advice))
        if reason:
            remark(reason)

    def measurements(self) -> dict[str, str]:
        """Where the line was measured with this particle: the models are drawn through these points."""
        return measurements(self.beam, self.cells)

    def no_model(self, reasons: dict[str, str]) -> Problem:
        """The problem that no model may be asked, with those that may."""
        others = [m for m in MODELS[self.beam.particle] if m not in reasons and not self.outside(m)]
        return Problem(
            f"no number for {self.beam.name}: " + "; ".join(dict.fromkeys(reasons.values())),
            key="--model" if len(reasons) == 1 else "--let",
            allowed=", ".join(others),
            advice="choose a model that was made for this radiation" if others else "check the LET and the particle",
        )


def irradiation(
    dose_gy: float,
    cells: Cells,
    quality: str,
    let: float | None,
    energy: float | None,
    depth: float | None,
    model: str | None,
    *,
    doses: Limits = DOSE,
    alphas: Limits = ALPHA,
    more: Sequence[Problem | None] = (),
) -> Irradiation:
    """Cells in a beam, after every option was checked.

    Parameters
    ----------
    dose_gy : of one fraction [Gy].
    quality, let, energy, depth : the radiation, LET in keV/um, or energy in MeV/u and depth in mm.
    model : of the RBE; None is all of the particle.
    doses, alphas : what dose and alpha may be.
    more : problems of other options.

    Raises
    ------
    InputError
        With every problem of the options.
    """
    beam, wrong = beam_of("", quality, let, energy, depth)
    unknown = None if beam is None else model_problem((beam.particle,), model)
    refuse(number("DOSE", dose_gy, doses), *cells.problems(alphas), *wrong, unknown, *more)
    assert beam is not None
    warn_outside("linear-quadratic survival", "dose per fraction", dose_gy, *_SURVIVAL_DOSES, "Gy")
    known, bend = cells.resolved()
    return Irradiation(beam, known, bend, models_of(beam, known, model))


def rbe_of(case: Irradiation, let: Any, dose: float, model: str) -> Any:
    """RBE of a dose [Gy] at LETs [keV/um] by a model."""
    if case.beam.is_ion:
        own = radiation.coefficients_of_cells(case.beam.particle, let, case.cells, model)
    else:
        own = case.coefficients(model)
    return radiation.relative_biological_effectiveness(dose, *own, case.alpha_x, case.beta_x, case.bend)


def rbe_or_reason(case: Irradiation, dose: float, model: str) -> tuple[float | None, str]:
    """RBE by a model, and what to doubt about it; None where it must not be asked, and why."""
    if case.beam.is_ion and (reason := case.outside(model)):
        return None, reason
    found = float(rbe_of(case, case.beam.let_kev_um, dose, model))
    if case.beam.particle in ABOVE_1 and found < 1.0:
        return None, f"{model} gives {found:.3g} at {dose:g} Gy; below 1 it is outside the doses that it was made for"
    doubts = []
    if found < 1.0:
        doubts.append(f"{model}: an RBE below 1 ({found:.3g}), ions less effective than photons")
    if dose > 0 and found > float(rbe_of(case, case.beam.let_kev_um, 0.0, model)) * (1.0 + 1e-6):
        doubts.append(f"{model}: its RBE rises with dose at this alpha/beta and LET; measured ones fall")
    return found, "; ".join(doubts)


def models_of(beam: RadiationQuality, cells: IrradiatedCells, model: str | None) -> tuple[str, ...]:
    """The models to ask for a beam, the default one first."""
    if model is not None:
        return (model,)
    every = MODELS[beam.particle]
    if cells.has_own_mkm(beam.particle, beam.let_kev_um):
        return ("mkm", *(name for name in every if name != "mkm"))
    return every


def measurements(beam: RadiationQuality, cells: IrradiatedCells) -> dict[str, str]:
    """LETs at which the cells were measured with a particle, in words; nothing if they were not."""
    pairs = cells.pairs(beam.particle) if beam.is_ion else ()
    return {"measured_at": ", ".join(f"{p.let_kev_um:g} keV/um" for p in pairs)} if pairs else {}


def idle_transition(bend: float | None, given: float | None, photon_dose_gy: float) -> None:
    """Remark on a transition dose that the photon dose of equal effect does not reach."""
    if bend is not None and given is not None and photon_dose_gy <= bend:
        remark(f"--transition-dose {bend:g} changes nothing: {photon_dose_gy:.4g} Gy of photons stay below it")


def idle_photon_let(beam: RadiationQuality, let: float | None, used: bool = False) -> None:
    """Remark on a LET of photons that no number of the answer depends on."""
    if let is not None and not beam.is_ion and not used:
        remark("--let changes nothing for photons here: their RBE is that of the quality")
