"""Every stock has a brake: however long and dense a treatment, no cells outgrow the body and no tumour its host."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import parameters, pipeline, study
from abscopal.cohort.population import parameters_of
from abscopal.errors import InputError
from abscopal.simulation import Prepared, Settings

# A tumour at its limit still holds the dead cells of its last births.
OVERSHOOT = 1.1
# Of all lymphocytes, blood holds 2 %: no population of them is more than what a body has of all.
BLOOD_SHARE = 0.02
# Counts per uL of healthy blood rise at most so many times.
COUNT_FOLD = 10.0
MOUSE_SITES = {"one": {"inoculum": "1e6 cells", "inoculated": "-9 d"}, "two": {"inoculum": "1e4 cells"}}
HUMAN_SITES = {name: {"inoculum": f"{n} cells", "inoculated": "-60 d"} for name, n in (("one", "1e9"), ("two", "1e7"))}
PRODUCTS = (
    "adoptive NK cells",
    "CD19 CAR-NK",
    "CD19 CAR-T (4-1BB)",
    "tumour-specific CD8 T cells",
    "immature dendritic cells",
)


def _days(until: float, every: float) -> list[str]:
    return [f"{day:.4g} d" for day in np.arange(0.0, until, every)]


def _rays(dose_gy: float, days: list[str], target: str = "one", **more: str) -> dict[str, Any]:
    return {"quality": "X-rays", "dose_per_fraction": f"{dose_gy} Gy", "days": days, "target": target, **more}


def _drugs(days: list[str], **doses: str) -> list[dict[str, Any]]:
    return [{"agent": agent.replace("_", "-"), "dose": dose, "days": days} for agent, dose in doses.items()]


def _arms(years: float, number: float, drugs: dict[str, str]) -> dict[str, Any]:
    end = 365 * years
    daily, weekly, monthly = _days(min(end, 900), 1), _days(end, 7), _days(end, 30)
    cells = [{"product": p, "number": f"{number:g} cells", "route": "iv", "days": monthly} for p in PRODUCTS]
    return {
        "untreated": {},
        "twice daily": {"radiation": [_rays(1.2, _days(60, 0.25), node_in_field="true")]},
        "every day": {"radiation": [_rays(0.5, daily), _rays(0.1, daily, "whole_body")]},
        "drugs": {"radiation": [_rays(1.0, weekly)], "drugs": _drugs(weekly, **drugs)},
        "cells": {"radiation": [_rays(0.3, weekly)], "cells": cells, "drugs": _drugs(monthly, **drugs)},
        "without lymphocytes": {"host_changes": ["NSG"], "radiation": [_rays(0.5, weekly)], "cells": cells},
    }


MOUSE = {"IL_2": "1e5 IU", "anti_PD_1": "200 ug", "anti_CTLA_4": "200 ug", "anti_CD137": "200 ug", "Flt3_L": "10 ug"}
HUMAN = {"pembrolizumab": "2 mg/kg", "ipilimumab": "3 mg/kg"}


def _study(line: str, species: str, arms: dict[str, Any], years: float, size: int = 1) -> study.Study:
    sites = MOUSE_SITES if species == "mouse" else HUMAN_SITES
    given = {"abscopal": 1, "study": "brakes", "tumour": line, "sites": sites, "arms": arms, "control": "untreated"}
    given |= {"host": {"species": species}, "clock": "first_fraction", "follow_up": f"{365 * years} d"}
    return study.from_dict({**given, "cohort": {"size": size}})


def _lines(prepared: Prepared, species: str) -> np.ndarray:
    """Declared values of the model's parameters for every line that a host of this species can have."""
    names, own = prepared.model.parameter_names, prepared.declared
    rows = []
    for line in parameters.lines():
        try:
            item = parameters_of(_study(line, species, {"untreated": {}}, 1), names, {})
        except InputError:  # a line of another species
            continue
        # The antigens are those that the cells bind.
        rows.append([(own if n.startswith("antigen") else item)[n].value for n in names])
    return np.array(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("species", "base", "years", "number", "drugs", "least"),
    [("mouse", "Emu-ALL", 0.5, 1e6, MOUSE, 200), ("human", "B-cell lymphoma", 10.0, 1e9, HUMAN, 10)],
    ids=["mice", "patients"],
)
def test_no_stock_outgrows_its_host(
    species: str, base: str, years: float, number: float, drugs: dict[str, str], least: int
) -> None:
    arms = _arms(years, number, drugs)
    prepared = pipeline.prepare(_study(base, species, arms, years))
    values = _lines(prepared, species)
    assert len(values) >= least
    chosen = _study(base, species, arms, years, len(values))
    settings = Settings(rtol=1e-3, step_days=10.0)
    data = pipeline.run(chosen, draws=dict.fromkeys(arms, values), settings=settings).data
    assert not np.any(np.asarray(data["status"].values))
    value = dict(zip(prepared.model.parameter_names, values.T, strict=True))
    capacity, density = value["tumour_capacity"][:, None, None], value["cell_density"][:, None, None]
    volume = np.asarray(data["volume"].transpose("arm", "subject", "site", "time").values)
    assert np.all(volume <= OVERSHOOT * capacity)
    tissue = density * (volume + value["stroma_volume"][:, None, None])
    blood_ul = 1000.0 * value["blood_volume"]
    of_body = (value["lymphocyte_baseline"] * blood_ul / BLOOD_SHARE)[:, None]
    keeps = np.maximum(value["nk_blood_baseline"], value["nk_blood_capacity"])[:, None]
    checked = 0
    for name in data.data_vars:
        readout = data[name]
        if "time" not in readout.dims or readout.attrs.get("unit") not in ("cells", "cells/uL"):
            continue
        checked += 1
        if "site" in readout.dims:
            cells = np.asarray(readout.transpose("arm", "subject", "site", "time").values)
            assert np.all(cells <= tissue + 1.0), name
        elif readout.attrs["unit"] == "cells":
            cells = np.asarray(readout.transpose("arm", "subject", "time").values)
            assert np.all(cells <= (1.01 * keeps if name == "blood_nk" else of_body + number)), name
        else:
            counts = np.asarray(readout.transpose("arm", "subject", "time").values)
            healthy = value[f"{str(name).removeprefix('blood_').removesuffix('s')}_baseline"][:, None]
            assert np.all(counts <= COUNT_FOLD * healthy), name
    assert checked > 30


def test_untreated_tumours_of_mice_of_usual_sizes_do_not_feel_the_limit(lab: Any) -> None:
    """Up to 3,000 mm3, where mice are killed at the latest, the volume is that of a host without a limit."""
    chosen = lab.study("CT26", {}, size=4, follow_up=40)
    limited, free = (lab.run(chosen, change={"tumour_capacity": c}, rtol=1e-7) for c in (2e4, 1e12))
    volume, boundless = (run("volume", "control", "primary") for run in (limited, free))
    usual = boundless < 3000.0
    assert boundless.max() > 3000.0
    assert volume[usual] == pytest.approx(boundless[usual], rel=1e-3)


@pytest.mark.slow
def test_58_small_fractions_do_not_flood_the_blood_with_nk_cells(lab: Any) -> None:
    """Twice a day in patients: about three times those of a healthy host at most, where they were hundreds."""
    days = [f"{7 * week + day + half} d" for week in range(6) for day in range(5) for half in (0, 0.25)][:58]
    arms = {"untreated": {}, "twice daily": {"radiation": [_rays(1.2, days)]}}
    run = lab.run(_study("NSCLC", "human", arms, 0.2, 8))
    start, peak = run("blood_nk", "untreated")[:, 0], run.peak("blood_nk", "twice daily")
    # In most: who has as many as blood holds already makes no more.
    assert np.median(peak / start) > 1.05
    assert np.median(peak / start) < 3.0
    assert np.all(peak < 1.01 * np.maximum(start, 1.05e10))
