"""`abscopal radiation`: LET, range, survival, RBE, OER, BED and immune visibility as a calculator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from abscopal.cli.answers import answering, draw
from abscopal.cli.options import AsJson
from abscopal.errors import InputError, Problem

app = typer.Typer(help="Calculate with radiation quality: LET, range, survival, RBE, OER, BED.", no_args_is_help=True)

Particle = Annotated[str, typer.Argument(metavar="PARTICLE", help="proton, helium or carbon", show_default=False)]
Energy = Annotated[float, typer.Argument(metavar="ENERGY", help="kinetic energy, MeV/u", show_default=False)]
Dose = Annotated[float, typer.Argument(metavar="DOSE", help="physical dose per fraction, Gy", show_default=False)]
Alpha = Annotated[float, typer.Option("--alpha", min=0, help="photon alpha of the cells, 1/Gy", show_default=False)]
Beta = Annotated[float, typer.Option("--beta", min=0, help="photon beta of the cells, 1/Gy2", show_default=False)]
Quality = Annotated[
    str, typer.Option("--quality", "-q", help="carbon, helium, proton, or photons: '6 MV', '220 kVp', Co-60, Cs-137")
]
Let = Annotated[float | None, typer.Option("--let", help="dose-averaged LET of an ion beam, keV/um")]
BeamEnergy = Annotated[float | None, typer.Option("--energy", help="instead of the LET: nominal energy, MeV/u")]
Depth = Annotated[float | None, typer.Option("--depth", help="with the energy: depth in water, mm")]
Model = Annotated[str | None, typer.Option("--model", help="RBE model; default: the first of the particle")]
Transition = Annotated[
    float | None,
    typer.Option("--transition-dose", min=0, help="photon dose where the curve turns straight, Gy; default: never"),
]
Plot = Annotated[Path | None, typer.Option("--plot", metavar="FILE", help="also draw the curve (png, svg, pdf)")]


@app.command("let")
def let(particle: Particle, energy: Energy, depth: Depth = None, plot: Plot = None, as_json: AsJson = False) -> None:
    """LET and stopping power of an ion; with --depth also the dose-averaged LET of its beam there."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        answer["let_kev_um"] = float(radiation.linear_energy_transfer(energy, particle))
        answer["stopping_power_mev_cm2_g"] = float(radiation.mass_stopping_power(energy, particle))
        if depth is not None or plot is not None:
            answer["bragg_peak_mm"] = float(radiation.bragg_peak_depth(energy, particle))
        if depth is not None:
            answer["beam_let_kev_um"] = float(radiation.let_at_depth(energy, depth, particle))
            answer["beam_dose_over_peak"] = float(radiation.depth_dose(energy, depth, particle))
        if plot is not None:
            along = np.linspace(0.0, answer["bragg_peak_mm"] + 5.0, 400)
            curves = {f"{particle} {energy:g} MeV/u": radiation.let_at_depth(energy, along, particle)}
            draw(plot, along, curves, "depth in water, mm", "dose-averaged LET, keV/um")


@app.command("range")
def csda_range(particle: Particle, energy: Energy, plot: Plot = None, as_json: AsJson = False) -> None:
    """Range of an ion in water, and the depth of its Bragg peak behind a generic beam line."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        answer["csda_range_mm"] = 10.0 * float(radiation.csda_range(energy, particle))
        try:
            answer["bragg_peak_mm"] = float(radiation.bragg_peak_depth(energy, particle))
        except InputError:
            answer["bragg_peak_mm"] = None
        if plot is not None:
            energies = np.geomspace(max(0.2, energy / 10.0), energy, 200)
            reach = {particle: 10.0 * radiation.csda_range(energies, particle)}
            draw(plot, energies, reach, "energy, MeV/u", "range in water, mm")


@app.command("survival")
def survival(
    dose: Dose,
    alpha: Alpha,
    beta: Beta,
    quality: Quality = "Co-60",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    model: Model = None,
    transition_dose: Transition = None,
    po2: Annotated[float | None, typer.Option("--po2", help="oxygen pressure, mmHg; default: air")] = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Surviving fraction of one acute dose."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
        own = radiation.quality_coefficients(beam, alpha, beta, model=model)
        bend = None if transition_dose is None else radiation.ion_transition_dose(transition_dose, *own, alpha, beta)
        oxygen = 1.0 if po2 is None else float(radiation.oxygen_dose_factor(po2, beam.let_kev_um))
        answer["surviving_fraction"] = float(radiation.surviving_fraction(dose * oxygen, *own, bend))
        answer |= {"let_kev_um": beam.let_kev_um, "alpha_per_gy": own[0], "beta_per_gy2": own[1]}
        if plot is not None:
            doses = np.linspace(0.0, max(dose, 1e-3), 200)
            curves = {
                beam.name: radiation.surviving_fraction(oxygen * doses, *own, bend),
                "photons": radiation.surviving_fraction(doses, alpha, beta, transition_dose),
            }
            draw(plot, doses, curves, "dose, Gy", "surviving fraction", logarithmic=True)


@app.command("rbe")
def rbe(
    dose: Dose,
    alpha: Alpha,
    beta: Beta,
    quality: Quality = "carbon",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    model: Model = None,
    transition_dose: Transition = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """RBE for cell kill of an ion dose, by every model of the particle or by one."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
        answer["let_kev_um"] = beam.let_kev_um
        answer["rbe"] = {
            name: _rbe(beam.particle, beam.let_kev_um, dose, alpha, beta, name, transition_dose)
            for name in ([model] if model else radiation.MODELS[beam.particle])
        }
        if plot is not None:
            low, high = {"proton": (0.5, 20.0), "helium": (2.0, 120.0)}.get(beam.particle, (12.0, 150.0))
            along = np.geomspace(low, high, 120)
            curves = {
                name: _rbe(beam.particle, along, dose, alpha, beta, name, transition_dose) for name in answer["rbe"]
            }
            draw(plot, along, curves, "LET, keV/um", f"RBE at {dose:g} Gy")


def _rbe(particle: str, let: Any, dose: float, alpha: float, beta: float, model: str, transition: float | None) -> Any:
    import numpy as np

    from abscopal import radiation

    ion = radiation.ion_coefficients(particle, let, alpha, beta, model=model)
    found = radiation.relative_biological_effectiveness(dose, *ion, alpha, beta, transition)
    return found if np.ndim(let) else float(found)


@app.command("oer")
def oer(
    po2: Annotated[float, typer.Argument(metavar="PO2", help="oxygen pressure, mmHg (1 % is 7.6)", show_default=False)],
    let: Annotated[float, typer.Option("--let", help="dose-averaged LET, keV/um; photons 0.3")] = 0.3,
    model: Annotated[str, typer.Option("--model", help="scifoni, antonovic or alper-howard-flanders")] = "scifoni",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Oxygen enhancement ratio, against full oxygen."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        answer["oer"] = float(radiation.oxygen_enhancement_ratio(po2, let, model=model))
        answer["dose_factor_against_air"] = float(radiation.oxygen_dose_factor(po2, let, model=model))
        if plot is not None:
            pressure = np.linspace(0.0, max(40.0, po2), 300)
            curves = {f"{let:g} keV/um": radiation.oxygen_enhancement_ratio(pressure, let, model=model)}
            draw(plot, pressure, curves, "oxygen pressure, mmHg", "oxygen enhancement ratio")


@app.command("bed")
def bed(
    dose: Dose,
    fractions: Annotated[int, typer.Option("--fractions", "-n", min=1, help="number of fractions")],
    alpha_beta: Annotated[float, typer.Option("--alpha-beta", help="photon alpha/beta of the tissue, Gy")],
    rbe_max: Annotated[float, typer.Option("--rbe-max", min=0, help="alpha of the ion over that of photons")] = 1.0,
    rbe_min: Annotated[float, typer.Option("--rbe-min", min=0, help="square root of the same ratio of beta")] = 1.0,
    transition_dose: Transition = None,
    as_json: AsJson = False,
) -> None:
    """Biologically effective dose and equivalent dose in 2 Gy fractions."""
    from abscopal import radiation

    with answering(as_json) as answer:
        whole = radiation.biologically_effective_dose(
            dose, fractions, alpha_beta, rbe_max=rbe_max, rbe_min=rbe_min, transition_dose_gy=transition_dose
        )
        answer["bed_gy"] = float(whole)
        answer["eqd2_gy"] = float(radiation.eqd2(whole, alpha_beta))


@app.command("isoeffective-dose")
def isoeffective_dose(
    dose: Dose,
    alpha: Alpha,
    beta: Beta,
    from_quality: Annotated[str, typer.Option("--from", help="quality of the dose, see survival --quality")],
    to_quality: Annotated[str, typer.Option("--to", help="quality of the answer")],
    from_let: Annotated[float | None, typer.Option("--from-let", help="LET of the first quality, keV/um")] = None,
    to_let: Annotated[float | None, typer.Option("--to-let", help="LET of the second quality, keV/um")] = None,
    level: Annotated[float, typer.Option("--level", help="probability inside the interval")] = 0.68,
    model: Model = None,
    transition_dose: Transition = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Dose of another quality that kills as much: median and interval."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        given = radiation.radiation_quality(from_quality, let_kev_um=from_let)
        wanted = radiation.radiation_quality(to_quality, let_kev_um=to_let)

        def found(doses: Any) -> Any:
            return radiation.isoeffective_dose(
                doses,
                given,
                wanted,
                alpha_x=alpha,
                beta_x=beta,
                level=level,
                model=model,
                transition_dose_gy=transition_dose,
            )

        one = found(dose)
        answer |= {"median_gy": float(one.median_gy), "low_gy": float(one.low_gy), "high_gy": float(one.high_gy)}
        answer |= {"level": level, "model": one.model, "ratio": float(one.ratio(dose))}
        if plot is not None:
            doses = np.linspace(0.0, max(dose, 1e-3), 100)
            many = found(doses)
            curves = {"median": many.median_gy, "low": many.low_gy, "high": many.high_gy}
            draw(plot, doses, curves, f"dose of {given.name}, Gy", f"dose of {wanted.name}, Gy")


@app.command("sobp")
def sobp(
    proximal: Annotated[float, typer.Argument(metavar="PROXIMAL", help="begin of the flat part, mm of water")],
    distal: Annotated[float, typer.Argument(metavar="DISTAL", help="end of the flat part, mm of water")],
    particle: Annotated[str, typer.Option("--particle", help="proton, helium or carbon")] = "carbon",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Dose and dose-averaged LET of a spread-out Bragg peak that is flat in physical dose."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        peak = radiation.spread_out_bragg_peak(proximal, distal, particle)
        middle = (proximal + distal) / 2.0
        depths = np.array([0.0, proximal, middle, distal - 5.0, distal - 1.0, distal + 10.0])
        columns = (depths, peak.dose(depths), peak.let(depths))
        answer["rows"] = [
            {"depth_mm": float(z), "dose": float(d), "let_kev_um": float(t)} for z, d, t in zip(*columns, strict=True)
        ]
        if plot is not None:
            along = np.linspace(0.0, distal + 20.0, 600)
            curves = {"dose, relative": peak.dose(along), "LET / 100 keV/um": peak.let(along) / 100.0}
            draw(plot, along, curves, "depth in water, mm", f"{particle}, flat from {proximal:g} to {distal:g} mm")


@app.command("ntcp")
def ntcp(
    organ: Annotated[str, typer.Option("--organ", help="lung, oesophagus, parotid or skin", show_default=False)],
    mean_dose: Annotated[
        float | None,
        typer.Option("--mean-dose", help="mean dose of the organ, total of the course, Gy (RBE-weighted for ions)"),
    ] = None,
    uniform_dose: Annotated[
        float | None, typer.Option("--uniform-dose", help="instead, for skin: equivalent uniform dose, Gy")
    ] = None,
    fractions: Annotated[
        int | None, typer.Option("--fractions", "-n", min=1, help="fractions of the course; default: conventional")
    ] = None,
    chemotherapy: Annotated[bool, typer.Option("--chemotherapy", help="concurrent chemotherapy")] = False,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Probability of a complication of normal tissue from the dose of an organ."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        model = radiation.complication_model(organ)
        dose = _organ_dose(model, mean_dose, uniform_dose)
        count = model.value("reference_fractions") if fractions is None else fractions

        def probability(gray: float) -> float:
            return float(radiation.complication_probability(model.organ, [(gray, count)], chemotherapy=chemotherapy))

        answer["probability"] = probability(dose)
        tissue = model.value("alpha_beta")
        answer["conventional_dose_gy"] = radiation.conventional_dose(
            [(dose, count)], tissue, model.value("reference_fractions")
        )
        answer["td50_gy"] = model.value("td50")
        answer |= {"complication": model.complication, "source": model.source, "limits": model.limits}
        if plot is not None:
            doses = np.linspace(0.0, model.valid_up_to_gy, 200)
            curve = [probability(float(d)) for d in doses]
            draw(plot, doses, {model.complication: curve}, f"{model.dose} dose of {model.of}, Gy", "probability")


def _organ_dose(model: Any, mean_dose: float | None, uniform_dose: float | None) -> float:
    """The dose that the organ's fit was made for; refuses the other, and none."""
    uniform = model.dose == "uniform"
    dose, other = (uniform_dose, mean_dose) if uniform else (mean_dose, uniform_dose)
    wanted = "--uniform-dose" if uniform else "--mean-dose"
    if dose is None or other is not None:
        what = "equivalent uniform dose" if uniform else "mean dose"
        raise InputError(
            Problem(
                f"{model.organ} needs its {what}", key=wanted, allowed=f"{what} of {model.of}", advice=f"give {wanted}"
            )
        )
    return dose


@app.command("immunogenic")
def immunogenic(
    dose: Dose,
    alpha: Alpha,
    beta: Beta,
    quality: Quality = "Co-60",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    trex1_threshold: Annotated[
        str, typer.Option("--trex1-threshold", help="photon-equivalent dose of half induction, Gy, or none")
    ] = "none",
    transition_dose: Transition = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Lethal and immunogenic yield of one fraction: survival, breaks, micronuclei, TREX1, cytosolic DNA, markers."""
    import numpy as np

    from abscopal import radiation

    with answering(as_json) as answer:
        beam = radiation.radiation_quality(quality, let_kev_um=let, energy_mev_u=energy, depth_mm=depth)
        threshold = _threshold(trex1_threshold)
        own = radiation.quality_coefficients(beam, alpha, beta)
        tail = (*own, alpha, beta, transition_dose)
        equivalent = float(radiation.photon_equivalent_dose(dose, *tail))
        relative = beam.relative_dsb_yield
        answer["photon_equivalent_dose_gy"] = equivalent
        answer["surviving_fraction"] = float(radiation.surviving_fraction(equivalent, alpha, beta, transition_dose))
        answer["double_strand_breaks"] = float(radiation.dsb_yield(dose, relative))
        answer["misrepair_probability"] = float(radiation.misrepair_probability(dose, beam.let_kev_um))
        answer["trex1_induction"] = float(radiation.trex1_induction(equivalent, threshold))

        def signal(doses: Any) -> Any:
            equal = radiation.photon_equivalent_dose(doses, *tail)
            return radiation.immunogenic_yield(
                doses, beam.let_kev_um, equal, rbe_dsb_value=relative, trex1_threshold_gy=threshold
            )

        answer["cytosolic_dna"] = float(signal(dose))
        answer["surface_calreticulin_fold"] = float(radiation.surface_calreticulin(dose, beam.let_kev_um))
        answer["hmgb1_fold"] = float(radiation.hmgb1_release(equivalent, beam.let_kev_um))
        if plot is not None:
            doses = np.linspace(0.1, max(dose, 24.0), 300)
            draw(
                plot, doses, {beam.name: signal(doses)}, "dose per fraction, Gy", "cytosolic DNA, micronuclei per cell"
            )


def _threshold(text: str) -> float | None:
    if text.strip().lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(
            Problem(
                f"TREX1 threshold {text!r} is not a number", key="--trex1-threshold", allowed="a dose in Gy, or none"
            )
        ) from None
