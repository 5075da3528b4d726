"""`abscopal radiation`: LET, range, survival, RBE, OER, BED and immune visibility as a calculator."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from abscopal.cli.answers import show_answer
from abscopal.cli.options import AsJson, number

app = typer.Typer(help="Calculate with radiation quality: LET, range, survival, RBE, OER, BED.", no_args_is_help=True)

Particle = Annotated[str, typer.Argument(metavar="PARTICLE", help="proton, helium or carbon", show_default=False)]
Energy = Annotated[
    float, typer.Argument(metavar="ENERGY", help="kinetic energy, MeV/u", show_default=False, parser=number)
]
Dose = Annotated[
    float, typer.Argument(metavar="DOSE", help="physical dose per fraction, Gy", show_default=False, parser=number)
]
Alpha = Annotated[
    float | None, typer.Option("--alpha", help="photon alpha of the cells, 1/Gy", show_default=False, parser=number)
]
Beta = Annotated[
    float | None, typer.Option("--beta", help="photon beta of the cells, 1/Gy2", show_default=False, parser=number)
]
Line = Annotated[
    str | None,
    typer.Option("--line", help="instead of alpha and beta: a tumour line of the catalogue", show_default=False),
]
Quality = Annotated[
    str, typer.Option("--quality", "-q", help="carbon, helium, proton, or photons: '6 MV', '220 kVp', Co-60, Cs-137")
]
Let = Annotated[float | None, typer.Option("--let", help="dose-averaged LET of an ion beam, keV/um", parser=number)]
BeamEnergy = Annotated[
    float | None, typer.Option("--energy", help="instead of the LET: nominal energy, MeV/u", parser=number)
]
Depth = Annotated[float | None, typer.Option("--depth", help="with the energy: depth in water, mm", parser=number)]
Model = Annotated[
    str | None, typer.Option("--model", help="RBE model; default: the first that was made for this radiation")
]
Mkm = Annotated[
    str | None,
    typer.Option("--mkm", help="parameter set of the mkm model: hsg or v79; default: of the line, else HSG geometry"),
]
Level = Annotated[float, typer.Option("--level", help="probability inside the interval", parser=number)]
Transition = Annotated[
    float | None,
    typer.Option(
        "--transition-dose",
        help="photon dose where the curve turns straight, Gy; default: that of the line, else never",
        parser=number,
    ),
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
    alpha: Alpha = None,
    beta: Beta = None,
    line: Line = None,
    quality: Quality = "Co-60",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    model: Model = None,
    mkm: Mkm = None,
    transition_dose: Transition = None,
    po2: Annotated[
        float | None, typer.Option("--po2", help="oxygen pressure, mmHg; default: air", parser=number)
    ] = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Surviving fraction of one acute dose."""
    from abscopal.actions.radiation import cells

    answer = cells.survival(
        dose, alpha, beta, quality, let, energy, depth, model, transition_dose, po2, plot is not None, line, mkm
    )
    show_answer(answer, plot, as_json)


@app.command("rbe")
def rbe(
    dose: Dose,
    alpha: Alpha = None,
    beta: Beta = None,
    line: Line = None,
    quality: Quality = "carbon",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    model: Model = None,
    mkm: Mkm = None,
    transition_dose: Transition = None,
    level: Level = 0.68,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """RBE for cell kill of an ion dose, with its interval, by every model that was made for it or by one."""
    from abscopal.actions.radiation import cells

    answer = cells.rbe(
        dose, alpha, beta, quality, let, energy, depth, model, transition_dose, plot is not None, line, level, mkm
    )
    show_answer(answer, plot, as_json)


@app.command("oer")
def oer(
    po2: Annotated[
        float,
        typer.Argument(metavar="PO2", help="oxygen pressure, mmHg (1 % is 7.6)", show_default=False, parser=number),
    ],
    let: Annotated[
        float | None, typer.Option("--let", help="dose-averaged LET, keV/um; default: photons, 0.3", parser=number)
    ] = None,
    quality: Annotated[
        str | None,
        typer.Option("--quality", "-q", help="carbon, helium, proton or photons; default: the formula for any ion"),
    ] = None,
    model: Annotated[str, typer.Option("--model", help="scifoni, antonovic or alper-howard-flanders")] = "scifoni",
    reference_po2: Annotated[
        float | None,
        typer.Option("--reference-po2", help="against this pressure, mmHg; default: full oxygen", parser=number),
    ] = None,
    level: Level = 0.68,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Oxygen enhancement ratio with its interval, against full oxygen or a reference pressure."""
    from abscopal.actions.radiation import cells

    answer = cells.oxygen_enhancement(po2, let, model, quality, reference_po2, level, curve=plot is not None)
    show_answer(answer, plot, as_json)


@app.command("bed")
def bed(
    dose: Dose,
    fractions: Annotated[int, typer.Option("--fractions", "-n", help="number of fractions")],
    alpha_beta: Annotated[
        float | None,
        typer.Option(
            "--alpha-beta", help="photon alpha/beta of the tissue, Gy; default: of --line or --tissue", parser=number
        ),
    ] = None,
    line: Annotated[
        str | None,
        typer.Option("--line", help="a tumour line of the catalogue that has alpha/beta", show_default=False),
    ] = None,
    rbe_max: Annotated[
        float, typer.Option("--rbe-max", help="alpha of the ion over that of photons", parser=number)
    ] = 1.0,
    rbe_min: Annotated[
        float, typer.Option("--rbe-min", help="square root of the same ratio of beta", parser=number)
    ] = 1.0,
    transition_dose: Transition = None,
    days: Annotated[
        float | None,
        typer.Option("--days", help="days from the first to the last fraction: regrowth is taken off", parser=number),
    ] = None,
    tissue: Annotated[
        str | None, typer.Option("--tissue", help="with --days: 'head and neck', oesophagus or prostate")
    ] = None,
    kick_off: Annotated[
        float | None, typer.Option("--kick-off", help="with --days: days after which regrowth begins", parser=number)
    ] = None,
    dose_per_day: Annotated[
        float | None,
        typer.Option("--dose-per-day", help="with --days: Gy in 2 Gy fractions that a later day costs", parser=number),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Biologically effective dose and equivalent dose in 2 Gy fractions, less what regrowth takes away."""
    from abscopal.actions.radiation import tissue as tissues

    answer = tissues.effective_dose(
        dose, fractions, alpha_beta, rbe_max, rbe_min, transition_dose, days, tissue, kick_off, dose_per_day, line
    )
    show_answer(answer, None, as_json)


@app.command("isoeffective-dose")
def isoeffective_dose(
    dose: Dose,
    from_quality: Annotated[str, typer.Option("--from", help="quality of the dose, see survival --quality")],
    to_quality: Annotated[str, typer.Option("--to", help="quality of the answer")],
    alpha: Alpha = None,
    beta: Beta = None,
    line: Line = None,
    from_let: Annotated[
        float | None, typer.Option("--from-let", help="LET of the first quality, keV/um", parser=number)
    ] = None,
    to_let: Annotated[
        float | None, typer.Option("--to-let", help="LET of the second quality, keV/um", parser=number)
    ] = None,
    level: Level = 0.68,
    model: Model = None,
    mkm: Mkm = None,
    transition_dose: Transition = None,
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Dose of another quality that kills as much: median and interval."""
    from abscopal.actions.radiation import isoeffect

    answer = isoeffect.isoeffective_dose(
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
        plot is not None,
        line,
        mkm,
    )
    show_answer(answer, plot, as_json)


@app.command("sobp")
def sobp(
    proximal: Annotated[
        float, typer.Argument(metavar="PROXIMAL", help="begin of the flat part, mm of water", parser=number)
    ],
    distal: Annotated[float, typer.Argument(metavar="DISTAL", help="end of the flat part, mm of water", parser=number)],
    particle: Annotated[str, typer.Option("--particle", help="proton, helium or carbon")] = "carbon",
    dose: Annotated[
        float | None,
        typer.Option(
            "--dose", help="dose per fraction in the flat part, Gy (RBE-weighted with --flat rbe)", parser=number
        ),
    ] = None,
    alpha: Alpha = None,
    beta: Beta = None,
    line: Line = None,
    model: Model = None,
    mkm: Mkm = None,
    transition_dose: Transition = None,
    flat: Annotated[str, typer.Option("--flat", help="what is flat: dose, or rbe for the RBE-weighted dose")] = "dose",
    plot: Plot = None,
    as_json: AsJson = False,
) -> None:
    """Dose and dose-averaged LET of a spread-out Bragg peak; with cells and a dose also the RBE-weighted dose."""
    from abscopal.actions.radiation import beams

    answer = beams.spread_out_peak(
        proximal,
        distal,
        particle,
        plot is not None,
        dose_gy=dose,
        alpha=alpha,
        beta=beta,
        line=line,
        model=model,
        transition_dose=transition_dose,
        flat=flat,
        mkm=mkm,
    )
    show_answer(answer, plot, as_json)


@app.command("ntcp")
def ntcp(
    organ: Annotated[str, typer.Option("--organ", help="lung, oesophagus, parotid or skin", show_default=False)],
    mean_dose: Annotated[
        float | None,
        typer.Option(
            "--mean-dose", help="mean dose of the organ, total of the course, Gy (RBE-weighted for ions)", parser=number
        ),
    ] = None,
    uniform_dose: Annotated[
        float | None,
        typer.Option("--uniform-dose", help="instead, for skin: equivalent uniform dose, Gy", parser=number),
    ] = None,
    fractions: Annotated[
        int | None, typer.Option("--fractions", "-n", help="fractions of the course; default: conventional")
    ] = None,
    chemotherapy: Annotated[
        bool, typer.Option("--chemotherapy", help="concurrent chemotherapy; only the fit of the oesophagus knows it")
    ] = False,
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
    alpha: Alpha = None,
    beta: Beta = None,
    line: Line = None,
    quality: Quality = "Co-60",
    let: Let = None,
    energy: BeamEnergy = None,
    depth: Depth = None,
    trex1_threshold: Annotated[
        str | None,
        typer.Option(
            "--trex1-threshold",
            help="photon-equivalent dose of half induction, Gy, or none; default: that of the line, else none",
        ),
    ] = None,
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
        plot is not None,
        line,
    )
    show_answer(answer, plot, as_json)


def _threshold(text: str | None) -> float | str | None:
    """A dose where the text is one, so that what is no dose is told with all other problems."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text
