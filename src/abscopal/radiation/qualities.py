"""Radiation qualities: photons by name, ions by LET, by energy and depth, or by place in a spread-out Bragg peak."""

from __future__ import annotations

import re
from dataclasses import dataclass

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.beams import bragg_peak_depth, depth_dose, end_of_primaries, let_at_depth
from abscopal.radiation.dna import TRACK_PARTICLES, rbe_dsb_of_let
from abscopal.radiation.ion_models import MODELS, particle_name
from abscopal.radiation.numbers import declared, default, table
from abscopal.radiation.sobp import spread_out_bragg_peak
from abscopal.radiation.stopping import let_of_beams
from abscopal.radiation.validity import check_let, check_not_negative

ORTHOVOLTAGE_KV = (100.0, 500.0)
_SEEDS = "i-125"


@dataclass(frozen=True)
class RadiationQuality:
    """What the formulas need to know of a radiation.

    Attributes
    ----------
    name : as given, for people
    particle : "photon", "proton", "helium" or "carbon"
    let_kev_um : dose-averaged LET [keV/um]
    alpha_ratio : alpha relative to cobalt-60 for photons; 1 for ions, whose RBE has a model
    halflife_days : half-life of the source if its dose rate decays during treatment (I-125), else None
    """

    name: str
    particle: str
    let_kev_um: float
    alpha_ratio: float = 1.0
    halflife_days: float | None = None

    @property
    def is_ion(self) -> bool:
        """Whether it is a beam of protons or heavier ions."""
        return self.particle != "photon"

    @property
    def relative_dsb_yield(self) -> float:
        """Double-strand breaks per Gy relative to cobalt-60; 1 for photons."""
        return float(rbe_dsb_of_let(self.let_kev_um, self.particle)) if self.particle in TRACK_PARTICLES else 1.0


def photon_qualities() -> tuple[str, ...]:
    """Names of the photon qualities with declared LET and relative alpha."""
    return tuple(sorted(name.removesuffix("_let") for name in table("qualities") if name.endswith("_let")))


def radiation_quality(
    name: str,
    *,
    let_kev_um: float | None = None,
    energy_mev_u: float | None = None,
    depth_mm: float | None = None,
    flat_part_mm: tuple[float, float] | None = None,
) -> RadiationQuality:
    """A radiation quality from what a study says.

    Parameters
    ----------
    name : "carbon", "proton", "helium", or a photon quality: "6 MV", "220 kVp", "Cs-137", "Co-60", "I-125", "X-ray"
    let_kev_um : dose-averaged LET of an ion beam where the cells are [keV/um]
    energy_mev_u, depth_mm : instead of the LET: nominal energy [MeV/u] and depth in water [mm] (0 if omitted)
    flat_part_mm, depth_mm : or the ends of the flat part of a spread-out Bragg peak and the depth [mm]

    Notes
    -----
    Quoted LETs are values where the cells were, not of the nominal energy: give the LET whenever it is known.

    Raises
    ------
    InputError
        The name is unknown, an ion has none or two of LET, energy and flat part, photons have a depth, no dose
        or only fragments arrive at that depth, or photons have the LET of ions.

    References
    ----------
    Photon LET: Hall & Giaccia, Radiobiology for the Radiologist, table of typical LET values.

    Examples
    --------
    >>> radiation_quality("carbon", let_kev_um=50.0).particle
    'carbon'
    >>> radiation_quality("6 MV").let_kev_um
    0.3
    """
    key = _photon_key(name)
    given = [word for word, value in _given(let_kev_um, energy_mev_u, flat_part_mm) if value is not None]
    if key is not None:
        if energy_mev_u is not None or depth_mm is not None or flat_part_mm is not None:
            message = f"{name} are photons, which have no energy per nucleon, depth or flat part"
            raise InputError(Problem(message, key="quality", allowed="carbon, helium or proton", advice="name an ion"))
        if let_kev_um is not None:
            check_let(let_kev_um)
            impossible = impossible_let("photon", let_kev_um)
            if impossible is not None:
                raise InputError(impossible)
        return _photon(name, key, let_kev_um)
    try:
        particle = particle_name(name)
    except InputError:
        allowed = (*(m for m in MODELS if m != "photon"), *photon_qualities(), "6 MV", "220 kVp")
        raise InputError(unknown_name("radiation quality", name, allowed, key="quality")) from None
    if len(given) != 1:
        message = f"{name} needs one of LET, energy and flat part; got {', '.join(given) or 'none'}"
        advice = "give the dose-averaged LET at the cells, or energy and depth"
        raise InputError(Problem(message, key="let_kev_um", allowed="one of them", advice=advice))
    if let_kev_um is not None:
        check_let(let_kev_um)
        if depth_mm is not None:
            advice = "give the LET at the cells alone, or energy and depth"
            raise InputError(Problem("a depth says nothing beside a LET", key="depth_mm", advice=advice))
        return RadiationQuality(f"{name} {let_kev_um:g} keV/um", particle, float(let_kev_um))
    check_not_negative(depth_mm or 0.0, "depth_mm")
    if flat_part_mm is not None:
        middle = sum(flat_part_mm) / 2.0
        place = middle if depth_mm is None else depth_mm
        peak = spread_out_bragg_peak(*flat_part_mm, particle)
        _ions_arrive(name, place, peak.end_mm, flat_part_mm[1])
        let = float(peak.let(place))
        return RadiationQuality(f"{name} {flat_part_mm[0]:g}-{flat_part_mm[1]:g} mm at {place:g} mm", particle, let)
    assert energy_mev_u is not None
    if depth_mm is not None and depth_dose(energy_mev_u, depth_mm, particle) <= 0:
        message = f"no dose of {name} of {energy_mev_u:g} MeV/u arrives at {depth_mm:g} mm"
        reach = f"up to about the Bragg peak at {float(bragg_peak_depth(energy_mev_u, particle)):.0f} mm"
        raise InputError(Problem(message, key="depth_mm", allowed=reach, advice="check the depth and the energy"))
    peak_mm = float(bragg_peak_depth(energy_mev_u, particle))
    _ions_arrive(name, depth_mm or 0.0, end_of_primaries(peak_mm, particle), peak_mm)
    let = float(let_at_depth(energy_mev_u, depth_mm or 0.0, particle))
    return RadiationQuality(f"{name} {energy_mev_u:g} MeV/u at {depth_mm or 0.0:g} mm", particle, let)


def impossible_let(particle: str, let_kev_um: float) -> Problem | None:
    """The problem with a LET that no photon quality, or no beam of an ion in water, has, or None.

    Parameters
    ----------
    particle : "photon", "proton", "helium" or "carbon"

    Examples
    --------
    >>> impossible_let("proton", 300.0).allowed
    '0.11 to 82.6 keV/um'
    """
    if particle == "photon":
        most = declared("photon_let_limit")
        if let_kev_um <= most:
            return None
        message, allowed = f"photons do not have {let_kev_um:g} keV/um", f"at most {most:g} keV/um for photons"
        return Problem(message, key="let_kev_um", allowed=allowed, advice="leave the LET out, or name an ion")
    low, high = let_of_beams(particle)
    if low <= let_kev_um <= high:
        return None
    message, allowed = f"no beam of {particle} has {let_kev_um:g} keV/um in water", f"{low:.2g} to {high:.3g} keV/um"
    return Problem(message, key="let_kev_um", allowed=allowed, advice="check the particle and the LET")


def _ions_arrive(name: str, depth_mm: float, end_mm: float, peak_mm: float) -> None:
    """Refuse a depth in the tail of fragments."""
    if depth_mm > end_mm:
        message = f"at {depth_mm:g} mm, behind the Bragg peak at {peak_mm:.0f} mm, only fragments of {name} arrive"
        allowed = f"up to {end_mm:.0f} mm: no model here was made for fragments"
        raise InputError(Problem(message, key="depth_mm", allowed=allowed, advice="check the depth and the energy"))


def _given(let: float | None, energy: float | None, flat: tuple[float, float] | None) -> tuple[tuple[str, object], ...]:
    return (("LET", let), ("energy", energy), ("flat part", flat))


def _photon_key(name: str) -> str | None:
    """The photon quality a name means, or None."""
    text = name.strip().lower().replace(" ", "").replace("_", "-")
    known = photon_qualities()
    aliases = {
        "cs137": "cs-137",
        "137cs": "cs-137",
        "co60": "co-60",
        "60co": "co-60",
        "gamma": "co-60",
        "i125": "i-125",
    }
    aliases |= {"125i": "i-125", "x-ray": "orthovoltage", "x-rays": "orthovoltage", "xray": "orthovoltage"}
    aliases |= {"photon": "megavoltage", "photons": "megavoltage", "electron": "megavoltage"}
    text = aliases.get(text, text)
    if text in known:
        return text
    kilovolt = re.fullmatch(r"(\d+(?:\.\d+)?)kvp?", text)
    if kilovolt and ORTHOVOLTAGE_KV[0] <= float(kilovolt[1]) <= ORTHOVOLTAGE_KV[1]:
        return "orthovoltage"
    megavolt = re.fullmatch(r"(\d+(?:\.\d+)?)(?:mv|mev)", text)
    return "megavoltage" if megavolt and 1.0 <= float(megavolt[1]) <= 30.0 else None


def _photon(name: str, key: str, let_kev_um: float | None) -> RadiationQuality:
    let = float(default(let_kev_um, f"{key}_let"))
    ratio = declared(f"{key}_alpha_ratio")
    halflife = declared("seed_half_life") if key == _SEEDS else None
    return RadiationQuality(name, "photon", let, ratio, halflife)
