"""The picture of every mechanism's page: its readout under some arms, and a volume with and without the mechanism."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from abscopal import pipeline, study
from abscopal.errors import InputError
from abscopal.plots.palette import GROUP_COLOURS
from abscopal.simulation import Settings

PRIMARY = {"inoculum": "1e6 cells", "inoculated": "-9 d", "start_volume": {"value": "75 mm3", "day": "0 d"}}
SECONDARY = {"inoculum": "1e6 cells", "inoculated": "-7 d"}
COLOURS = ("#555555", "#0072B2", "#D55E00", "#009E73", "#CC79A7")


def x_rays(dose: float, days: tuple[float, ...] = (0,), **more: Any) -> dict[str, Any]:
    """A course of X-rays to the primary."""
    course: dict[str, Any] = {"quality": "X-rays", "dose_per_fraction": f"{dose} Gy", "target": "primary"}
    course["days"] = [f"{day} d" for day in days]
    return {"radiation": [course | more]}


def carbon(dose: float, let: float = 50) -> dict[str, Any]:
    """One fraction of carbon ions to the primary."""
    return x_rays(dose, (0,), quality="carbon", let=f"{let} keV/um")


def drug(agent: str, dose: str = "200 ug", days: tuple[float, ...] = (0, 3, 6), **more: Any) -> dict[str, Any]:
    """A course of a drug."""
    course = {"agent": agent, "dose": dose, "route": "ip", "days": [f"{d} d" for d in days]}
    return {"drugs": [course | more]}


def cells(product: str, number: str = "5e6 cells", days: tuple[float, ...] = (1,), **more: Any) -> dict[str, Any]:
    """Infusions of a cell product."""
    course = {"product": product, "number": number, "route": "iv", "days": [f"{d} d" for d in days]}
    return {"cells": [course | more]}


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    """Several treatments in one arm."""
    found: dict[str, list[Any]] = {}
    for part in parts:
        for kind, rows in part.items():
            found.setdefault(kind, []).extend(rows)
    return found


DOSES = {
    "untreated": {},
    "1 x 2 Gy": x_rays(2),
    "1 x 8 Gy": x_rays(8),
    "1 x 20 Gy": x_rays(20),
    "carbon 8 Gy": carbon(8),
}
THREE_OF_8 = x_rays(8, (0, 1, 2))
SCHEDULES = {"untreated": {}, "3 x 8 Gy": THREE_OF_8, "5 x 2 Gy": x_rays(2, (0, 1, 2, 3, 4))}
BLOCKED = {
    "untreated": {},
    "anti-PD-1": drug("anti-PD-1"),
    "anti-CTLA-4": drug("anti-CTLA-4"),
    "3 x 8 Gy": THREE_OF_8,
    "3 x 8 Gy + anti-PD-1": both(THREE_OF_8, drug("anti-PD-1")),
}

# Memory forms where a response has cleared the tumours.
DUAL = both(drug("anti-PD-1"), drug("anti-CTLA-4"))
CLEARED = {"untreated": {}, "3 x 8 Gy": THREE_OF_8, "both drugs": DUAL}
CLEARED["3 x 8 Gy + both drugs"] = both(THREE_OF_8, DUAL)


def _with_8_gy(name: str, treatment: dict[str, Any]) -> dict[str, Any]:
    """Arms: nothing, a treatment, 8 Gy, both."""
    return {"untreated": {}, name: treatment, "1 x 8 Gy": x_rays(8), f"1 x 8 Gy + {name}": both(x_rays(8), treatment)}


PORES = {"untreated": {}, "carbon 10 Gy": carbon(10), "40 % of it": x_rays(10, (0,), quality="carbon", let="50 keV/um")}
PORES["40 % of it"]["radiation"][0]["irradiated_share"] = "40 %"
CISPLATIN = drug("cisplatin", "5 mg/kg", (0, 7))
SEEDS = {"quality": "I-125", "initial_dose_rate": "7 cGy/h", "days": ["0 d"], "target": "primary"}

# Mechanism -> (arms, readout, place, site of the volume, tumour line).
FIGURES: dict[str, tuple[dict[str, Any], str, str, str, str]] = {
    "growth": (SCHEDULES, "volume", "primary", "primary", "CT26"),
    "vessels": (DOSES, "perfusion", "primary", "primary", "CT26"),
    "hypoxia": (DOSES, "hif1", "primary", "primary", "CT26"),
    "cell_kill": (DOSES, "moribund", "primary", "primary", "CT26"),
    "repair": (DOSES, "residual_damage", "primary", "primary", "CT26"),
    "senescence": (DOSES, "senescent", "primary", "primary", "CT26"),
    "damage_sensing": (DOSES, "interferon", "primary", "secondary", "CT26"),
    "surface": (DOSES, "mhc_class_i", "primary", "primary", "LLC"),
    "danger": (DOSES, "danger", "primary", "secondary", "CT26"),
    "dendritic": (DOSES, "node_dendritic", "", "secondary", "CT26"),
    "dendritic_products": (
        _with_8_gy("immature DC", cells("immature dendritic cells", "1e6 cells")),
        "node_dendritic",
        "",
        "secondary",
        "TUBO",
    ),
    "vaccines": (
        _with_8_gy("RNA-LPX", drug("RNA-LPX vaccine", "20 ug", (-4, 3, 10), route="iv")),
        "blood_cd8",
        "",
        "primary",
        "TUBO",
    ),
    "priming": (BLOCKED, "blood_cd8", "", "secondary", "CT26"),
    "effectors": (BLOCKED, "cd8_density", "secondary", "secondary", "CT26"),
    "memory": (CLEARED, "node_cd8_memory", "", "secondary", "CT26"),
    "exhaustion": (BLOCKED, "cd8_exhausted", "secondary", "secondary", "CT26"),
    "chemokines": (DOSES, "ccl2", "primary", "primary", "CT26"),
    "checkpoints": (BLOCKED, "pd1_signal", "secondary", "secondary", "CT26"),
    "treg": (BLOCKED, "treg", "secondary", "secondary", "CT26"),
    "treg_drugs": (_with_8_gy("anti-CD25", drug("anti-CD25")), "treg", "primary", "primary", "TUBO"),
    "myeloid": (DOSES, "mdsc", "primary", "primary", "CT26"),
    "suppression": (DOSES, "suppression_release", "primary", "primary", "CT26"),
    "natural_killer": (DOSES, "nk_density", "primary", "primary", "LLC"),
    "cytokine_drugs": (_with_8_gy("Flt3-L", drug("Flt3-L", "10 ug")), "dendritic", "primary", "primary", "TUBO"),
    "antigen_loss": (_with_8_gy("CAR-T", cells("CAR-T")), "antigen_negative_share", "primary", "primary", "CT26"),
    "car_t": (_with_8_gy("CAR-T", cells("CAR-T")), "car_t", "primary", "primary", "CT26"),
    "cytokine_release": (_with_8_gy("CAR-T", cells("CAR-T")), "blood_il6", "", "primary", "CT26"),
    "lymphodepletion": (
        {
            "untreated": {},
            "CAR-T": cells("CAR-T"),
            "cyclophosphamide, CAR-T": both(drug("cyclophosphamide", "150 mg/kg", (-1,)), cells("CAR-T")),
        },
        "car_t",
        "primary",
        "primary",
        "CT26",
    ),
    "chemotherapy": (_with_8_gy("cisplatin", CISPLATIN), "killed_by_drug", "primary", "primary", "CT26"),
    "pharmacokinetics": (BLOCKED, "blood_plasma anti-PD-1", "", "secondary", "CT26"),
    "lymphocytes": (DOSES, "blood_lymphocytes", "", "primary", "CT26"),
    "cell_loss": (
        {
            "untreated": {},
            "8 Gy": x_rays(8),
            "8 Gy, node in the field": x_rays(8, node_in_field=True),
            "8 Gy, anti-CD8": both(x_rays(8), drug("anti-CD8")),
        },
        "node_cd8",
        "",
        "secondary",
        "CT26",
    ),
    "protracted": (
        {"untreated": {}, "5 x 2 Gy": x_rays(2, (0, 1, 2, 3, 4)), "I-125, 7 cGy/h": {"radiation": [SEEDS]}},
        "dose_rate",
        "primary",
        "primary",
        "CT26",
    ),
    "spatial": (PORES, "moribund", "primary", "primary", "CT26"),
}


def draw_all(folder: Path) -> None:
    """Draws the picture of every mechanism that has one."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (arms, readout, place, site, line) in FIGURES.items():
        draw(name, arms, readout, place, site, folder / f"{name}.png", line)
        print(f"drew {name}")


def draw(name: str, arms: dict[str, Any], readout: str, place: str, site: str, file: Path, line: str) -> None:
    """Left the readout under every arm, right the median volume of the last arm with and without the mechanism."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    chosen = study.from_dict(
        {
            "abscopal": 1,
            "study": f"the picture of {name}",
            "tumour": line,
            "host": {"immune": "competent"},
            "sites": {"primary": PRIMARY, "secondary": SECONDARY},
            "arms": arms,
            "control": "untreated",
            "cohort": {"size": 12, "seed": 1, "arms": "shared"},
            "follow_up": "30 d",
        }
    )
    settings = Settings(step_days=0.25)
    whole = pipeline.run(chosen, settings=settings)
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.1), layout="constrained")
    shown = whole.data[readout]
    for arm, colour in zip(arms, COLOURS, strict=False):
        here = shown.sel(arm=arm, site=place) if place else shown.sel(arm=arm)
        left.plot(here["time"], np.nanmedian(here, axis=0), color=colour, lw=1.6, label=arm)
    left.set(xlim=(-2, 30), xlabel="day after the first fraction", ylabel=_label(shown, place))
    left.legend(fontsize=7, frameon=False)
    lesser = _without(chosen, name, settings)
    for result, style, words in ((whole, "-", "whole model"), (lesser, "--", f"without {name}")):
        if result is None:
            right.plot([], [], "--", color="#555555", label=f"{name} cannot be left out")
            continue
        for arm, colour in (("untreated", COLOURS[0]), (list(arms)[-1], GROUP_COLOURS["damage"])):
            volume = np.nanmedian(result.data["volume"].sel(arm=arm, site=site), axis=0)
            right.plot(result.data["time"], volume, style, color=colour, lw=1.6, label=f"{arm}, {words}")
    which = "irradiated" if site == "primary" else "other"
    right.set(xlim=(-2, 30), xlabel="day after the first fraction", ylabel=f"{which} tumour [mm³]")
    right.set_yscale("symlog", linthresh=10)
    right.set_ylim(bottom=0)
    right.legend(fontsize=7, frameon=False)
    figure.suptitle(f"{name}: median of 12 {line} tumours", fontsize=9)
    figure.savefig(file, dpi=90)
    plt.close(figure)


def _label(shown: Any, place: str) -> str:
    where = {"primary": ", irradiated tumour", "secondary": ", other tumour"}.get(place, "")
    words = textwrap.fill(f"{shown.attrs['long_name']}{where}", 34)
    return f"{words}\n[{shown.attrs['unit']}]"


def _without(chosen: Any, name: str, settings: Settings) -> Any:
    try:
        return pipeline.run(chosen, without=(name,), settings=settings)
    except InputError:
        return None
