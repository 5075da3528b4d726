"""Writes docs/radiation-results.md and the figures it shows; a test checks that the page is what this writes.

Run `python docs/scripts/radiation_figures.py`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from abscopal import radiation

DOCS = Path(__file__).parents[1]
PAGE = DOCS / "radiation-results.md"
FIGURES = DOCS / "figures"

PHOTON_LET, CARBON_LET = 0.3, 50.0
TRANSITION_GY = radiation.constant("transition_dose").value
THRESHOLD_GY = radiation.constant("trex1_threshold").value
TOTAL_GY = 24.0
TABLE_DOSES = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0)


@dataclass(frozen=True)
class Line:
    """Photon coefficients of a line, and measured carbon pairs if there are any."""

    alpha: float
    beta: float
    reference: str
    source: str
    pairs: tuple[radiation.MeasuredPair, ...] = ()


# B16/BL6: Matsumoto 2018 as catalogued in PIDE (refit); the other lines have no photon survival data we could find.
B16 = Line(
    0.180,
    0.0406,
    "200 kVp",
    "measured",
    tuple(radiation.MeasuredPair(*p) for p in ((14.0, 0.187, 0.0609), (50.0, 0.634, 0.0374), (75.0, 0.839, 0.0556))),
)
PRIOR = Line(0.15, 0.15 / 8.0, "Co-60", "assumed")


@dataclass(frozen=True)
class Pair:
    """Two doses per fraction that a source document calls isoeffective."""

    name: str
    carbon_gy: float
    let_kev_um: float
    let_text: str
    photon_gy: float
    line: Line


PAIRS = (
    Pair("NR-S1", 2.0, 75.0, "70-80", 4.0, PRIOR),
    Pair("EO771", 3.08, 103.0, "103", 5.0, PRIOR),
    Pair("B16/S91", 2.94, 50.0, "50", 5.0, B16),
    Pair("B16F10", 2.0, 100.0, "not stated; 100 used", 6.0, B16),
    Pair("MC38", 10.0, 57.5, "55-60", 12.0, PRIOR),
)


def pair_rows() -> list[str]:
    rows = []
    for pair in PAIRS:
        reported = pair.photon_gy / pair.carbon_gy
        generic = implied(pair, "generic")
        low, high = generic.ratio(pair.carbon_gy) / np.exp(generic.ln_sd), generic.high_gy / pair.carbon_gy
        others = [f"{float(implied(pair, model).ratio(pair.carbon_gy)):.2f}" for model in ("mkm", "lem", "rmf")]
        tail = implied(pair, "generic", TRANSITION_GY).ratio(pair.carbon_gy)
        known = "-"
        if pair.line.pairs:
            found = implied(pair, "generic", measured=True)
            known = f"{float(found.ratio(pair.carbon_gy)):.2f} ({float(found.low_gy) / pair.carbon_gy:.2f}-"
            known += f"{float(found.high_gy) / pair.carbon_gy:.2f})"
        inside = "inside" if low <= reported <= high else ("above" if reported > high else "below")
        cells = [
            pair.name,
            f"C {pair.carbon_gy:g} ~ {pair.photon_gy:g}",
            pair.let_text,
            pair.line.source,
            f"**{reported:.2f}**",
            f"{float(generic.ratio(pair.carbon_gy)):.2f} ({float(low):.2f}-{float(high):.2f})",
            f"{float(tail):.2f}",
            *others,
            known,
            inside,
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def implied(
    pair: Pair, model: str, transition: float | None = None, *, measured: bool = False
) -> radiation.IsoeffectiveDose:
    """Photon dose of equal kill for the carbon dose of a pair."""
    carbon = radiation.radiation_quality("carbon", let_kev_um=pair.let_kev_um)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", radiation.ValidityWarning)  # RMF at 103 keV/um; said in the text
        return radiation.isoeffective_dose(
            pair.carbon_gy,
            carbon,
            pair.line.reference,
            alpha_x=pair.line.alpha,
            beta_x=pair.line.beta,
            reference=pair.line.reference,
            transition_dose_gy=transition,
            model=model,
            measured=pair.line.pairs if measured else (),
        )


def signal(dose_gy: NDArray[np.float64], quality: str, *, threshold: bool, trex1: bool) -> NDArray[np.float64]:
    """Cytosolic DNA of one fraction, photons or carbon of 50 keV/um, for a typical line."""
    alpha_x, beta_x = 0.2, 0.03
    if quality == "photons":
        let, equivalent, relative = PHOTON_LET, dose_gy, 1.0
    else:
        let, relative = CARBON_LET, radiation.rbe_dsb_of_let(CARBON_LET, "carbon")
        alpha, beta = radiation.generic_carbon_coefficients(let, alpha_x, beta_x)
        equivalent = radiation.photon_equivalent_dose(dose_gy, alpha, beta, alpha_x, beta_x, TRANSITION_GY)
    found = radiation.immunogenic_yield(
        dose_gy,
        let,
        equivalent,
        rbe_dsb_value=relative,
        trex1_threshold_gy=THRESHOLD_GY if threshold else None,
        trex1_active=1.0 if trex1 else 0.0,
    )
    return np.asarray(found)


CURVES = {
    "threshold, TREX1 on": {"threshold": True, "trex1": True},
    "threshold, TREX1 off": {"threshold": True, "trex1": False},
    "no threshold": {"threshold": False, "trex1": True},
}


def signal_rows() -> list[str]:
    dose = np.array(TABLE_DOSES)
    rows = []
    for quality in ("photons", "carbon"):
        for name, options in CURVES.items():
            total = TOTAL_GY / dose * signal(dose, quality, **options)
            rows.append(f"| {quality} | {name} | " + " | ".join(f"{value:.2f}" for value in total) + " |")
    return rows


def largest_rows() -> list[str]:
    """Where each curve has its maximum, per fraction and at equal total dose."""
    dose = np.linspace(1.0, 24.0, 461)
    rows = []
    for quality in ("photons", "carbon"):
        for name, options in CURVES.items():
            one = signal(dose, quality, **options)
            whole = TOTAL_GY / dose * one
            at_one = "none to 24 Gy" if one.argmax() == len(dose) - 1 else f"{dose[one.argmax()]:.1f} Gy"
            at_whole = "none to 24 Gy" if whole.argmax() == len(dose) - 1 else f"{dose[whole.argmax()]:.1f} Gy"
            rows.append(f"| {quality} | {name} | {at_one} | {at_whole} |")
    return rows


PAGE_TEXT = """# Radiation: two results

Generated by `docs/scripts/radiation_figures.py`; [radiation](radiation.md) describes the formulas.

## Doses that source documents call isoeffective

RBE implied by the reported doses, and by the models for the same carbon dose per fraction. The interval is that of the
generic fit for a line it has not seen. Photon coefficients: B16 measured (200 kVp); the other lines have no survival
data, so α = 0.15/Gy and α/β = 8 Gy are assumed. *Tail*: straight beyond {transition:g} Gy. *Measured*: carbon
coefficients of B16/BL6, interpolated in LET and extrapolated to 100 keV/µm.

| tumour | doses, Gy | keV/µm | α, β | reported | generic (68 %) | tail | MKM | LEM | RMF | measured | report is |
|---|---|---|---|---|---|---|---|---|---|---|---|
{pairs}

All models lie above the reported EO771 pair: there the quoted LET is not the effective one, or a cautious clinical RBE
was used. At 10 Gy the models span 1.3 to 2.0; the LEM table, whose β falls with LET, comes nearest to the MC38 pair.
RMF is slightly above its limit of 100 keV/µm for EO771. An isoeffective dose without an interval says little.

## Cytosolic DNA against dose per fraction

Sum over the fractions of {total:g} Gy (in units of one micronucleus per cell), typical line (α = 0.2/Gy, β = 0.03/Gy²),
TREX1 threshold {threshold:g} Gy photon-equivalent; carbon of {let:g} keV/µm.

| quality | line | {doses} |
|---|---|{rule}
{signals}

Largest signal:

| quality | line | of one fraction, at | of the whole course, at |
|---|---|---|---|
{largest}

Switching TREX1 off makes a line with a threshold equal to one without. What maximum is left at equal total dose comes
from lost mitoses and from saturation of the cytosolic DNA; its place rests on two assumed numbers (`arrest_dose`,
`cytosolic_half_saturation`). Carbon makes more per Gy at small fractions, and TREX1 sets in at a lower dose of it, so
above about 6 Gy per fraction it has no advantage in a line with a threshold.

![Cytosolic DNA against dose per fraction](figures/radiation-signal.svg)

![RBE and oxygen enhancement against LET](figures/radiation-let.svg)

![Depth dose and LET of spread-out Bragg peaks](figures/radiation-sobp.svg)
"""


def page() -> str:
    """The whole page."""
    return PAGE_TEXT.format(
        transition=TRANSITION_GY,
        pairs="\n".join(pair_rows()),
        total=TOTAL_GY,
        threshold=THRESHOLD_GY,
        let=CARBON_LET,
        doses=" | ".join(f"{d:g} Gy" for d in TABLE_DOSES),
        rule="---|" * len(TABLE_DOSES),
        signals="\n".join(signal_rows()),
        largest="\n".join(largest_rows()),
    )


def figures() -> None:
    """Draw the figures into docs/figures."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.rcParams.update({"svg.hashsalt": "abscopal", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False})
    FIGURES.mkdir(exist_ok=True)
    for name, drawing in (("signal", draw_signal), ("let", draw_let), ("sobp", draw_sobp)):
        figure, axes = plt.subplots(1, 2, figsize=(8.0, 3.2), layout="constrained")
        drawing(axes)
        figure.savefig(FIGURES / f"radiation-{name}.svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def draw_signal(axes: NDArray[np.object_]) -> None:
    dose = np.linspace(0.25, 24.0, 400)
    for axis, whole in zip(axes, (False, True), strict=True):
        for quality, colour in (("photons", "#0072B2"), ("carbon", "#D55E00")):
            for (name, options), line, width in zip(CURVES.items(), ("-", ":", "--"), (1.5, 3.5, 1.2), strict=True):
                total = (TOTAL_GY / dose if whole else 1.0) * signal(dose, quality, **options)
                axis.plot(dose, total, line, color=colour, linewidth=width, label=f"{quality}, {name}")
        axis.set(xlabel="dose per fraction, Gy", ylabel="cytosolic DNA, micronuclei per cell")
        axis.set_title(f"{TOTAL_GY:g} Gy in fractions" if whole else "one fraction", loc="left", fontsize=9)
    axes[1].legend(fontsize=7, frameon=False)


def draw_let(axes: NDArray[np.object_]) -> None:
    alpha, beta = 0.25, 0.04
    let = np.geomspace(12.0, 150.0, 80)
    for model in ("generic", "mkm", "lem", "rmf"):
        inside = let[let <= 100.0] if model == "rmf" else let
        coefficients = radiation.ion_coefficients("carbon", inside, alpha, beta, model=model)
        doses = (radiation.dose_of_effect(np.log(10.0), *c) for c in ((alpha, beta), coefficients))
        photon, carbon = doses
        axes[0].plot(inside, photon / carbon, label=model)
    axes[0].set(xlabel="LET, keV/µm", ylabel="RBE at 10 % survival, carbon")
    axes[0].legend(frameon=False, title=f"α = {alpha}/Gy, β = {beta}/Gy²", fontsize=7, title_fontsize=7, loc=4)
    wide = np.geomspace(0.3, 500.0, 200)
    for percent in (0.0, 0.15, 0.5, 2.0):
        axes[1].plot(wide, radiation.oxygen_enhancement_ratio(7.6 * percent, wide), label=f"{percent:g} % O₂")
    axes[1].set(xscale="log", xlabel="LET, keV/µm", ylabel="oxygen enhancement ratio")
    axes[1].legend(fontsize=7, frameon=False)


def draw_sobp(axes: NDArray[np.object_]) -> None:
    depth = np.linspace(0.0, 185.0, 600)
    for particle, colour in (("proton", "#009E73"), ("helium", "#0072B2"), ("carbon", "#D55E00")):
        peak = radiation.spread_out_bragg_peak(95.0, 155.0, particle)
        dose = peak.dose(depth)
        axes[0].plot(depth, dose, color=colour, label=particle)
        axes[1].plot(depth[dose > 0.05], peak.let(depth[dose > 0.05]), color=colour, label=particle)
    axes[0].set(xlabel="depth in water, mm", ylabel="dose, relative to the flat part", ylim=(0, 1.15))
    axes[1].set(xlabel="depth in water, mm", ylabel="dose-averaged LET, keV/µm", yscale="log")
    axes[0].legend(fontsize=7, frameon=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    figures()
