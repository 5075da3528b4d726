"""Rows T of the mechanisms: dendritic cells and cell vaccines as products.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import pipeline

LINES = ("NR-S1", "TUBO", "CT26")
IMMATURE, PULSED = "immature dendritic cells", "alpha-GalCer-pulsed dendritic cells"
METASTASIS = {"inoculum": "1e3 cells", "inoculated": "-3 d"}


def _cells(product: str, number: str = "1e6 cells", route: str = "iv", days: tuple[float, ...] = (1.5,)) -> Any:
    target = {"target": "primary"} if route == "it" else {}
    return {
        "cells": [{"product": product, "number": number, "route": route, "days": [f"{d} d" for d in days], **target}]
    }


def _dendritic(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    carbon = lab.carbon(2, let=75)
    arms = {"carbon": carbon, "cells": _cells(IMMATURE)}
    for route in ("iv", "it"):
        arms[route] = lab.both(carbon, _cells(IMMATURE, route=route))
        arms[f"pulsed {route}"] = lab.both(carbon, _cells(PULSED, route=route))
    sites = {"primary": lab.primary, "metastasis": METASTASIS}
    return lab.run(lab.study(line, arms, sites=sites, size=1, follow_up=20), change=change, typical=True)


def _metastasis(run: Any, arm: str, against: str = "control") -> float:
    volumes = (run.at(20, "volume", name, "metastasis") for name in (arm, against))
    return float(np.median(next(volumes)) / np.median(next(volumes)))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T04_dendritic_cells_help_and_most_when_given_into_a_vein(lab: Any, line: str) -> None:
    run = _dendritic(lab, line)
    primed = {arm: float(run.peak("blood_cd8", arm)[0]) for arm in ("control", "carbon", "iv", "it", "pulsed iv")}
    # More T cells than by radiation alone, by either route, and fewer metastases.
    assert primed["iv"] > 1.02 * primed["carbon"]
    assert primed["it"] > 1.003 * primed["carbon"]
    assert _metastasis(run, "iv", "carbon") < 0.98
    assert _metastasis(run, "it", "carbon") < 1.0
    assert _metastasis(run, "iv", "it") < 0.99
    # The help of NKT cells: more divisions, and the route matters more, as lymphoid organs hold them.
    assert primed["pulsed iv"] > 1.15 * primed["iv"]
    assert _metastasis(run, "pulsed iv", "iv") < 0.95
    assert _metastasis(run, "pulsed iv", "pulsed it") < 0.9
    # Radiation brings the signals that mature them.
    assert _metastasis(run, "iv") < _metastasis(run, "cells") - 0.02


@pytest.mark.slow
def test_T04_is_gone_without_maturation_or_the_cells_way(lab: Any) -> None:
    line = "TUBO"
    # Nothing that drains, nothing that enters tumours: what is given into a vein does nothing.
    closed = _dendritic(lab, line, {"lymphoid_drainage": 0.0, "infused_homing_rate": 0.0})
    assert _metastasis(closed, "iv", "carbon") == pytest.approx(1.0, abs=2e-3)
    # Injected cells that never leave the tumour help only there.
    kept = _dendritic(lab, line, {"infused_migration_rate": 0.0, "restimulation_gain": 0.0})
    assert _metastasis(kept, "it", "carbon") == pytest.approx(1.0, abs=2e-3)
    # Without NKT cells the glycolipid is nothing.
    bare = _dendritic(lab, line, {"nkt_half": 1e15, "nkt_maturation": 0.0})
    assert _metastasis(bare, "pulsed iv", "iv") == pytest.approx(1.0, abs=2e-3)


def test_T04_the_mechanism_is_there_only_for_the_product(lab: Any) -> None:
    given = lab.study("TUBO", {"cells": _cells(PULSED)}, size=1)
    plain = lab.study("TUBO", {"x": lab.x_rays(2)}, size=1)
    names = [
        {s.name for s in pipeline.prepare(study, without).model.species}
        for study, without in ((given, ()), (given, ("dendritic_products",)), (plain, ()))
    ]
    assert {"infused_dendritic", "glycolipid_bearing"} <= names[0]
    assert names[0] - names[1] == names[0] - names[2] != set()


@pytest.mark.slow
def test_naive_specific_cells_join_the_precursors_and_are_primed(lab: Any) -> None:
    naive = _cells("naive tumour-specific CD8 T cells", "1e5 cells", days=(-1.0,))
    arms = {"x": lab.x_rays(8), "x naive": lab.both(lab.x_rays(8), naive)}
    study = lab.study("B16-OVA", arms, size=1, follow_up=20)
    run = lab.run(study, typical=True)
    assert np.all(run.peak("blood_cd8", "x naive") > 1.2 * run.peak("blood_cd8", "x"))
    gone = lab.run(study, change={"naive_settling_share": 0.0}, typical=True)
    assert gone.peak("blood_cd8", "x naive") == pytest.approx(gone.peak("blood_cd8", "x"), rel=1e-3)
