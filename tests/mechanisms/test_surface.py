"""Surface molecules of tumour cells: rows I04 and I07, as far as the tumour's side goes.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

LINES = ("CT26", "LLC", "TUBO")
NO_DAMAGE_MHC, NO_INTERFERON_MHC = {"damage_mhc_half": 1e15}, {"interferon_mhc_half": 1e15}


def _run(lab: Any, line: str, change: dict[str, float] | None = None) -> Any:
    arms = {"x4": lab.x_rays(4), "x10": lab.x_rays(10), "x25": lab.x_rays(25), "c4": lab.carbon(4)}
    return lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=14), change=change)


def _rise(run: Any, arm: str, name: str = "mhc_class_i", day: float = 3) -> float:
    return float(np.median(run.at(day, name, arm, "primary") - run.at(day, name, "control", "primary")))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I04_mhc_class_i_rises_with_dose_and_more_for_carbon_at_equal_dose(lab: Any, line: str) -> None:
    run = _run(lab, line)
    rises = [_rise(run, arm) for arm in ("x4", "x10", "x25")]
    room = 1.0 - float(np.median(run.at(3, "mhc_class_i", "control", "primary")))
    assert rises[0] > 0.04 * room
    assert rises[1] > 1.5 * rises[0]
    assert rises[2] > 1.2 * rises[1]
    assert _rise(run, "c4") > 1.5 * rises[0]
    # For many days, and never beyond full expression.
    assert _rise(run, "x10", day=10) > 0.5 * rises[1]
    assert run("mhc_class_i", "x25", "primary").max() < 1.0
    # Damage is one way, interferon another; without both there is no rise.
    interferon = _run(lab, line, NO_DAMAGE_MHC)
    assert _rise(interferon, "c4") > 1e-3
    none = _run(lab, line, NO_DAMAGE_MHC | NO_INTERFERON_MHC)
    assert all(abs(_rise(none, arm)) < 1e-6 for arm in ("x4", "x10", "x25", "c4"))


def _tumour_cells(lab: Any, line: str, host: str, change: dict[str, float], *given: dict[str, Any]) -> float:
    """Living tumour cells ten days after three fractions."""
    arms = {"x": lab.both(lab.x_rays(6, (0, 1, 2)), lab.host(host), *given)}
    run = lab.run(lab.study(line, arms, sites={"primary": lab.primary}, size=2, follow_up=14), change=change)
    return float(np.median(run.at(10, "tumour", "x", "primary")))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_I04_more_mhc_class_i_helps_t_cells_and_hinders_nk_cells(lab: Any, line: str) -> None:
    flat = NO_DAMAGE_MHC | NO_INTERFERON_MHC
    # Without NK cells the rise lets T cells kill more, where there are any: three fractions alone prime few ...
    cells = {"product": "tumour-specific CD8 T cells", "number": "1e7 cells", "days": ["3 d"], "route": "iv"}
    alone, given = "NK depletion", {"cells": [cells]}
    assert _tumour_cells(lab, line, alone, {}, given) < 0.98 * _tumour_cells(lab, line, alone, flat, given)
    # ... without T cells it spares tumour cells, which no longer miss self; unless NK cells do not ask for it.
    assert _tumour_cells(lab, line, "nude", {}) > 1.001 * _tumour_cells(lab, line, "nude", flat)
    blind = {"missing_self_weight": 0.0}
    spared = _tumour_cells(lab, line, "nude", blind) / _tumour_cells(lab, line, "nude", blind | flat)
    assert spared == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("line", LINES)
def test_I07_ligands_of_nkg2d_rise_with_dose_and_raise_nk_killing(lab: Any, line: str) -> None:
    run = _run(lab, line)
    levels = [float(np.median(run.at(3, "nkg2d_ligands", arm, "primary"))) for arm in ("control", "x4", "x10", "x25")]
    assert levels[0] == 1.0
    assert levels[1] > 1.2
    assert levels[2] > 1.3 * levels[1]
    assert levels[3] > 1.1 * levels[2]
    assert np.median(run.at(3, "nkg2d_ligands", "c4", "primary")) > 1.2 * levels[1]
    assert np.all(run.at(3, "nk_activation", "x10", "primary") > 3.0 * run.at(3, "nk_activation", "control", "primary"))
    # Downstream: with no rise of the ligands, NK cells kill less of the irradiated tumour.
    without = _run(lab, line, {"nkg2d_ligand_gain": 0.0})
    for arm in ("x10", "c4"):
        killing = [np.median(r.area("killed_by_nk", arm, "primary", until=10)) for r in (run, without)]
        assert killing[0] > 1.8 * killing[1]


def test_unirradiated_tumours_keep_their_surface(lab: Any) -> None:
    for line in LINES:
        arms = {"x": lab.x_rays(8)}
        run = lab.run(lab.study(line, arms, size=2, follow_up=14))
        for arm in ("control", "x"):
            assert np.all(run("nkg2d_ligands", arm, "secondary") == 1.0)
        level = run("mhc_class_i", "control", "secondary")
        assert np.all(level[:, -1] < 1.08 * level[:, 0])
