"""`abscopal radiation`: LET, range, survival, RBE, OER, BED and immune visibility as a calculator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from abscopal.cli.answers import show_answer
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
    from abscopal.actions.radiation import beams

    answer = beams.let(particle, energy, depth, curve=plot is not None)
    show_answer(answer, plot, as_json)


@app.command("range")
def csda_range(particle: Particle, energy: Energy, plot: Plot = None, as_json: AsJson = False) -> None:
    """Range of an ion in water, and the depth of its Bragg peak behind a generic beam line."""
    from abscopal.actions.radiation import beams

    answer = beams.csda_range(particle, energy, curve=plot is not None)
    show_answer(answer, plot, as_json)


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
    from abscopal.actions.radiation import cells

    answer = cells.survival(
        dose, alpha, beta, quality, let, energy, depth, model, transition_dose, po2, curve=plot is not None
    )
    show_answer(answer, plot, as_json)


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
    from abscopal.actions.radiation import cells

    answer = cells.rbe(dose, alpha, beta, quality, let, energy, depth, model, transition_dose, curve=plot is not None)
    show_answer(answer, plot, as_json)


@app.command("oer")
def oer(
    po2: Annotated[float, typer.Argument(metavar="PO2", help="oxygen pressure, mmHg (1 % is 7.6)", show_default=False)],
    let: Annotated[float, typer.Option("--let", help="dose-averaged LET, keV/um; photons 0.3")] = 0.3,
    model: Annotated[str, typer.Option("--model", help="scifoni, antonovic or alper-howard-flanders")] = "scifoni",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Oxygen enhancement ratio, against full oxygen."""
    from abscopal.actions.radiation import cells

    answer = cells.oxygen_enhancement(po2, let, model, curve=plot is not None)
    show_answer(answer, plot, as_json)


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
    from abscopal.actions.radiation import tissue

    answer = tissue.effective_dose(dose, fractions, alpha_beta, rbe_max, rbe_min, transition_dose)
    show_answer(answer, None, as_json)


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
    from abscopal.actions.radiation import cells

    answer = cells.isoeffective_dose(
        dose,
        alpha,
        beta,
        from_quality,
        to_quality,
        from_let,
        to_let,
        level,
        model,
        transition_dose,
        curve=plot is not None,
    )
    show_answer(answer, plot, as_json)


@app.command("sobp")
def sobp(
    proximal: Annotated[float, typer.Argument(metavar="PROXIMAL", help="begin of the flat part, mm of water")],
    distal: Annotated[float, typer.Argument(metavar="DISTAL", help="end of the flat part, mm of water")],
    particle: Annotated[str, typer.Option("--particle", help="proton, helium or carbon")] = "carbon",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Dose and dose-averaged LET of a spread-out Bragg peak that is flat in physical dose."""
    from abscopal.actions.radiation import beams

    answer = beams.spread_out_peak(proximal, distal, particle, curve=plot is not None)
    show_answer(answer, plot, as_json)


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
    from abscopal.actions.radiation import tissue

    answer = tissue.complication(organ, mean_dose, uniform_dose, fractions, chemotherapy, curve=plot is not None)
    show_answer(answer, plot, as_json)


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
    from abscopal.actions.radiation import cells

    answer = cells.immunogenic(
        dose,
        alpha,
        beta,
        quality,
        let,
        energy,
        depth,
        _threshold(trex1_threshold),
        transition_dose,
        curve=plot is not None,
    )
    show_answer(answer, plot, as_json)


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
