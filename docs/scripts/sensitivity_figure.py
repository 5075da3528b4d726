"""The figure of the sensitivity analysis: changes between the ends of each parameter, and total indices."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sensitivity_cases import PATIENTS
from sensitivity_results import Analysed, leading, mice, patients

COLOURS = {"hot": "#D55E00", "intermediate": "#555555", "cold": "#0072B2", PATIENTS: "#882255"}
LOW, HIGH = "#56B4E9", "#E69F00"


def draw(cases: Sequence[Analysed], file: Path) -> None:
    """Four rows (readouts) of two panels: tornado and total indices."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    lines, body = mice(cases), patients(cases)
    middle = next(case for case in lines if case.bench.name == "intermediate")
    rows = [(lines, middle, k) for k in range(3)] + [([body], body, 0)]
    figure, axes = plt.subplots(len(rows), 2, figsize=(11, 19), layout="constrained", width_ratios=(1.2, 1.0))
    for (shown, one, k), (left, right) in zip(rows, axes, strict=True):
        main = one.bench.mains[k]
        names = leading(shown, k)
        height = np.arange(len(names))
        for end, colour, words in ((0, LOW, "lowest tenth of the parameter"), (1, HIGH, "highest tenth")):
            bars = [one.at(one.tenths[end], name, k) for name in names]
            left.barh(height, bars, color=colour, height=0.75, label=words, alpha=0.9)
        left.axvline(0.0, color="black", lw=0.8)
        left.set_yticks(height, names, fontsize=8)
        left.set(ylim=(len(names) - 0.4, -0.6), xlabel=f"change of the readout [{main.unit}]")
        left.set_title(f"{main.key}: {main.meaning}", fontsize=9, loc="left")
        if k == 0 and one is middle:  # the lowest bars of other rows reach into the corner
            left.legend(fontsize=7, frameon=False, loc="lower right")
        for shift, case in zip(np.linspace(-0.25, 0.25, len(shown)) if len(shown) > 1 else (0.0,), shown, strict=True):
            value = np.array([case.at(case.total, name, k) for name in names])
            ends = np.array([[case.at(case.total_interval[e], name, k) for name in names] for e in (0, 1)])
            error = np.abs(ends - value)
            right.errorbar(
                value,
                height + shift,
                xerr=error,
                fmt="o",
                ms=3.5,
                lw=1.0,
                color=COLOURS[case.bench.name],
                label=case.bench.name,
            )
        right.set_yticks(height, [""] * len(names))
        right.set(ylim=(len(names) - 0.4, -0.6), xlabel="total index [share of variance]")
        right.set_xlim(left=0.0)
        right.grid(axis="x", lw=0.3)
        right.legend(fontsize=7, frameon=False, loc="lower right")
    figure.savefig(file, dpi=80)
    plt.close(figure)
