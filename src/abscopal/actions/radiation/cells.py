"""Irradiated cells: survival, RBE, oxygen, what the immune system sees of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.actions.radiation.inputs import (
    ALPHA_OR_0,
    LET,
    LEVEL,
    OXYGEN,
    TREX1,
    beam_of,
    number,
    refuse,
    remark,
)
from abscopal.actions.radiation.irradiation import (
    ABOVE_1,
    Cells,
    Irradiation,
    idle_photon_let,
    idle_transition,
    irradiation,
    rbe_of,
    rbe_or_reason,
)
from abscopal.errors import InputError, Problem, unknown_name

# Doses of a curve [points].
_POINTS = 300
# LET at which the oxygen effect of photons is read, that of megavolt X-rays [keV/um].
_PHOTON_LET = 0.3


@with_warnings
def survival(
    dose_gy: float,
    alpha: float | None = None,
    beta: float | None = None,
    quality: str = "Co-60",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    model: str | None = None,
    transition_dose: float | None = None,
    po2: float | None = None,
    curve: bool = False,
    line: str | None = None,
    mkm: str | None = None,
) -> Calculation:
    """Surviving fraction of one acute dose [Gy], alone and drawn beside that of photons.

    Parameters
    ----------
    alpha, beta : of the cells for photons [1/Gy], [1/Gy2].
    quality, let, energy, depth : the radiation, LET in keV/um, or energy in MeV/u and depth in mm.
    model : of the RBE; None is the first of the particle that was made for this radiation and these cells.
    transition_dose : photon dose where the curve turns straight [Gy]; None is that of the line, never without one.
    po2 : oxygen pressure [mmHg]; None is air.
    line : tumour line of the catalogue, instead of alpha and beta.
    mkm : published parameter set of the microdosimetric kinetic model, see `mkm_lines`; None is that of the line.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    cells = Cells(alpha, beta, line, transition_dose, mkm)
    photons_alone = quality_is_photon(quality)
    limits = {"alphas": ALPHA_OR_0} if photons_alone else {}
    case = irradiation(
        dose_gy, cells, quality, let, energy, depth, model, more=(number("--po2", po2, OXYGEN),), **limits
    )
    chosen, beam = case.model(), case.beam
    cells.idle_mkm([chosen])
    case.refuse_below_1(dose_gy, chosen)
    own = case.coefficients(chosen)
    bend = None
    if case.bend is not None:
        bend = radiation.ion_transition_dose(case.bend, *own, case.alpha_x, case.beta_x)
        bend = case.bend if not beam.is_ion and beam.alpha_ratio == 1.0 else bend
    idle_photon_let(beam, let, used=po2 is not None)
    oxygen = 1.0
    if po2 is not None:
        oxygen = float(radiation.oxygen_dose_factor(po2, beam.let_kev_um, particle=beam.particle))
        if oxygen == 1.0:
            remark(f"--po2 {po2:g} changes nothing: alpha and beta are those of air already")

    def surviving(doses: Any) -> Any:
        return radiation.surviving_fraction(oxygen * doses, *own, bend)

    values: dict[str, Any] = {"surviving_fraction": float(surviving(dose_gy)), "let_kev_um": beam.let_kev_um}
    values |= {"alpha_per_gy": own[0], "beta_per_gy2": own[1], "model": chosen}
    values |= case.measurements()
    if bend is not None:
        values["transition_dose_gy"] = float(bend)
        if cells.transition_dose is not None and dose_gy * oxygen <= bend:
            remark(f"--transition-dose changes nothing: the dose stays below {float(bend):.4g} Gy, where it acts")
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.0, 1.25 * dose_gy if dose_gy > 0 else 1.0, _POINTS)
    found = {beam.name: surviving(doses)}
    if beam.is_ion or beam.alpha_ratio != 1.0:
        photon = 1.0 if po2 is None else float(radiation.oxygen_dose_factor(po2, _PHOTON_LET))
        found["photons"] = radiation.surviving_fraction(photon * doses, case.alpha_x, case.beta_x, case.bend)
    found = {name: np.maximum(y, 1e-300) for name, y in found.items()}
    marks = {beam.name: (dose_gy, max(values["surviving_fraction"], 1e-300))}
    labels = ("dose [Gy]", "surviving fraction")
    title = _title(case) if po2 is None else f"{_title(case)}, {po2:g} mmHg of oxygen"
    return Calculation(values, Curves(doses, found, *labels, logarithmic=True, title=title, marks=marks))


def quality_is_photon(name: str) -> bool:
    """Whether a name is that of a photon quality."""
    try:
        return not radiation.radiation_quality(name, let_kev_um=1.0).is_ion
    except InputError:
        return False


@with_warnings
def rbe(
    dose_gy: float,
    alpha: float | None = None,
    beta: float | None = None,
    quality: str = "carbon",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    model: str | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
    line: str | None = None,
    level: float = 0.68,
    mkm: str | None = None,
) -> Calculation:
    """RBE for cell kill of an ion dose [Gy] against Co-60, by every model of the particle or by one, with intervals.

    A model that was not made for this radiation and these cells has no number; the warnings say why.

    Parameters
    ----------
    level : probability inside the intervals.

    Other arguments and errors are as of `survival`; also an InputError where no model holds.
    """
    cells = Cells(alpha, beta, line, transition_dose, mkm)
    case = irradiation(dose_gy, cells, quality, let, energy, depth, model, more=(number("--level", level, LEVEL),))
    found, reasons = {}, {}
    for name in case.models:
        found[name], reasons[name] = rbe_or_reason(case, dose_gy, name)
    if all(value is None for value in found.values()):
        raise InputError(case.no_model(reasons))
    for name, reason in reasons.items():
        if reason and found[name] is None:
            remark(f"{name} has no RBE here: {_long_name(reason)}")
        elif reason:
            remark(reason)
    idle_photon_let(case.beam, let)
    cells.idle_mkm([name for name, value in found.items() if value is not None])
    idle_transition(case.bend, cells.transition_dose, max(r for r in found.values() if r is not None) * dose_gy)
    ends = {name: _interval(case, name, value, level) for name, value in found.items()}
    values: dict[str, Any] = {"let_kev_um": case.beam.let_kev_um, "rbe": found}
    values |= {"rbe_low": {n: e[0] for n, e in ends.items()}, "rbe_high": {n: e[1] for n, e in ends.items()}}
    values |= {"level": level, **case.measurements()}
    if not curve:
        return Calculation(values)
    return Calculation(values, _rbe_curves(case, dose_gy, found, level))


def _long_name(reason: str) -> str:
    """A reason with the full names of models that have short ones."""
    for short, full in (("mkm", "microdosimetric kinetic model"), ("rmf", "repair-misrepair-fixation model")):
        if reason.startswith(f"{short} "):
            return f"the {full} {reason.removeprefix(short).strip()}"
    return reason


def _interval(case: Irradiation, model: str, value: Any, level: float) -> tuple[Any, Any]:
    """Ends of the interval of an RBE; None for none."""
    from scipy.special import ndtri

    if value is None:
        return None, None
    if case.beam == radiation.radiation_quality("Co-60"):  # the reference against itself
        return value, value
    sd = radiation.quality_ln_sd(case.beam, case.cells, model)
    width = float(np.exp(ndtri(0.5 + level / 2.0) * sd))
    return value / width, value * width


def _rbe_curves(case: Irradiation, dose: float, found: dict[str, float | None], level: float) -> Curves:
    """RBE against LET, each model where it was made for; the interval if only one is asked."""
    particle = case.beam.particle
    title, label = _title(case), f"RBE at {dose:g} Gy"
    if not case.beam.is_ion:
        ratio = found[case.models[0]]
        doses = np.linspace(0.0, max(1.25 * dose, 1.0), _POINTS)
        y = np.array([rbe_of(case, 0.0, float(d), case.models[0]) for d in doses])
        name = case.beam.name
        return Curves(doses, {name: y}, "dose [Gy]", "RBE", title=title, marks={name: (dose, float(ratio or 1.0))})
    lowest, highest = radiation.let_of_beams(particle)
    # As far as the first model of the particle was made for, and to the LET asked for.
    usual = radiation.let_domain(particle, radiation.MODELS[particle][0])
    low, high = max(2.0 * lowest, 0.5), min(highest, usual[1])
    let = case.beam.let_kev_um
    along = np.unique(np.append(np.geomspace(min(low, let), max(high, let), _POINTS), let))
    by_model, bands = {}, {}
    for name in case.models:
        start, end = radiation.let_domain(particle, name)
        inside = (along >= max(start, 2.0 * lowest)) & (along <= end)
        y = np.full(along.shape, np.nan)
        if inside.any() and not case.outside(name):
            y[inside] = rbe_of(case, along[inside], dose, name)
            if particle in ABOVE_1:
                y[y < 1.0] = np.nan
            by_model[name] = y
    marks = {name: (let, value) for name, value in found.items() if value is not None and name in by_model}
    if len(case.models) == 1:
        bands = {name: _interval(case, name, y, level) for name, y in by_model.items()}
    return Curves(along, by_model, "dose-averaged LET [keV/µm]", label, title=title, marks=marks, bands=bands)


def _title(case: Irradiation) -> str:
    beta = f", β {case.beta_x:g} Gy⁻²"
    return f"{case.beam.name}; cells with α {case.alpha_x:g} Gy⁻¹{beta}"


@with_warnings
def oxygen_enhancement(
    po2: float,
    let: float | None = None,
    model: str = "scifoni",
    quality: str | None = None,
    reference_po2: float | None = None,
    level: float = 0.68,
    curve: bool = False,
) -> Calculation:
    """Oxygen enhancement ratio at a pressure [mmHg] and LET [keV/um], with its interval.

    Parameters
    ----------
    let : None is that of photons.
    model : "scifoni", "antonovic" or "alper-howard-flanders".
    quality : the radiation; helium and carbon have a LET scale of their own. None is the formula for any ion.
    reference_po2 : pressure that the ratio is against [mmHg]; None is full oxygen.
    level : probability inside the interval.

    Raises
    ------
    InputError
        With every option that cannot be used.
    """
    checks = [number("PO2", po2, OXYGEN), number("--reference-po2", reference_po2, OXYGEN)]
    checks += [number("--level", level, LEVEL), number("--let", let, LET) if quality is None else None]
    if model not in radiation.OXYGEN_MODELS:
        checks.append(unknown_name("oxygen model", model, radiation.OXYGEN_MODELS, key="--model"))
    beam, wrong = beam_of("", quality, let) if quality is not None else (None, ())
    refuse(*checks, *wrong)
    at = beam.let_kev_um if beam else _PHOTON_LET if let is None else let
    particle = beam.particle if beam else None
    _remark_on_oxygen(model, particle, at, let)
    how: dict[str, Any] = {"model": model, "particle": particle}

    def against(pressures: Any) -> Any:
        ratio = radiation.oxygen_enhancement_ratio(pressures, at, **how)
        return ratio if reference_po2 is None else ratio / radiation.oxygen_enhancement_ratio(reference_po2, at, **how)

    ends = radiation.oxygen_enhancement_interval(po2, at, reference_po2_mmhg=reference_po2, level=level, **how)
    values: dict[str, Any] = {"oer": float(against(po2)), "oer_low": float(ends[0]), "oer_high": float(ends[1])}
    values |= {"level": level, "let_kev_um": at}
    values["against"] = "full oxygen" if reference_po2 is None else f"{reference_po2:g} mmHg"
    values["dose_factor_against_air"] = float(radiation.oxygen_dose_factor(po2, at, **how))
    if not curve:
        return Calculation(values)
    pressure = np.unique(np.append(np.linspace(0.0, max(40.0, 1.25 * po2), _POINTS), po2))
    band = radiation.oxygen_enhancement_interval(pressure, at, reference_po2_mmhg=reference_po2, level=level, **how)
    name = f"{particle or 'any ion or photons'} of {at:g} keV/um"
    labels = ("oxygen pressure [mmHg]", f"oxygen enhancement ratio against {values['against']}")
    shown: dict[str, Any] = {"marks": {name: (po2, values["oer"])}, "bands": {name: band}, "from_zero": False}
    shown["title"] = f"oxygen effect, {model}"
    return Calculation(values, Curves(pressure, {name: against(pressure)}, *labels, **shown))


def _remark_on_oxygen(model: str, particle: str | None, at: float, let: float | None) -> None:
    """What to doubt about an oxygen model for this radiation."""
    if model == "alper-howard-flanders":
        if let is not None:
            remark("--let changes nothing: alper-howard-flanders is of photons")
        if particle not in (None, "photon"):
            remark(f"alper-howard-flanders was made for photons, not for {particle}")
    elif particle in ("helium", "carbon") and model != "scifoni":
        remark(f"--quality changes only the LET: {model} has no scale for {particle}")
    elif particle is None and at > 20.0 and model == "scifoni":
        remark("helium loses its oxygen effect at a lower LET than carbon: name the ion with --quality")
    if model == "antonovic" and particle == "helium":
        remark("antonovic was fitted to carbon")


@with_warnings
def immunogenic(
    dose_gy: float,
    alpha: float | None = None,
    beta: float | None = None,
    quality: str = "Co-60",
    let: float | None = None,
    energy: float | None = None,
    depth: float | None = None,
    trex1_threshold: float | str | None = None,
    transition_dose: float | None = None,
    curve: bool = False,
    line: str | None = None,
) -> Calculation:
    """Lethal and immunogenic yield of one fraction [Gy]: survival, breaks, TREX1, cytosolic DNA, surface markers.

    Parameters
    ----------
    trex1_threshold : photon-equivalent dose of half induction [Gy]; "none" is no induction, None that of the line,
        and no induction without a line.

    Other arguments and errors are as of `survival`.
    """
    cells = Cells(alpha, beta, line, transition_dose)
    bad = _threshold_problem(trex1_threshold)
    case = irradiation(dose_gy, cells, quality, let, energy, depth, None, more=(bad,))
    beam = case.beam
    chosen = case.model()
    case.refuse_below_1(dose_gy, chosen)
    own = case.coefficients(chosen)
    threshold = _threshold(cells, trex1_threshold)
    relative = beam.relative_dsb_yield

    def photons(doses: Any) -> Any:
        return radiation.photon_equivalent_dose(doses, *own, case.alpha_x, case.beta_x, case.bend)

    def signal(doses: Any) -> Any:
        return radiation.immunogenic_yield(
            doses, beam.let_kev_um, photons(doses), rbe_dsb_value=relative, trex1_threshold_gy=threshold
        )

    equivalent = float(photons(dose_gy))
    idle_transition(case.bend, cells.transition_dose, equivalent)
    values: dict[str, Any] = {
        "photon_equivalent_dose_gy": equivalent,
        "surviving_fraction": float(radiation.surviving_fraction(equivalent, case.alpha_x, case.beta_x, case.bend)),
        "double_strand_breaks": float(radiation.dsb_yield(dose_gy, relative)),
        "misrepair_probability": float(radiation.misrepair_probability(dose_gy, beam.let_kev_um)),
        "trex1_induction": float(radiation.trex1_induction(equivalent, threshold)),
        "cytosolic_dna": float(signal(dose_gy)),
        "surface_calreticulin_fold": float(radiation.surface_calreticulin(dose_gy, beam.let_kev_um)),
        "hmgb1_fold": float(radiation.hmgb1_release(equivalent, beam.let_kev_um)),
    }
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.1, max(1.25 * dose_gy, 24.0), _POINTS)
    labels = ("dose per fraction [Gy]", "cytosolic DNA [micronuclei per cell]")
    marks = {beam.name: (dose_gy, values["cytosolic_dna"])}
    return Calculation(values, Curves(doses, {beam.name: signal(doses)}, *labels, title=_title(case), marks=marks))


def _threshold_problem(given: float | str | None) -> Problem | None:
    if isinstance(given, str):
        if given.strip().lower() == "none":
            return None
        message = f"TREX1 threshold {given!r} is not a number"
        return Problem(message, key="--trex1-threshold", allowed="a dose in Gy, or none")
    return number("--trex1-threshold", given, TREX1)


def _threshold(cells: Cells, given: float | str | None) -> float | None:
    if given is None:
        return None if cells.line is None else radiation.irradiated_line(cells.line).trex1_threshold_gy
    return None if isinstance(given, str) else given
