"""The constants of radiation are parameters: set, drawn and listed like all others, and they act where they should."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import expr, parameters, pipeline
from abscopal.model import Field, Plan, assemble
from abscopal.scoring.parameter_sets import plausible_medians

CONSTANTS = {name for name, item in parameters.shared().items() if item.mechanism == parameters.RADIATION}
ARMS = ("x8", "c4")


def _study(lab: Any, **changed: str) -> Any:
    arms = {"x8": lab.x_rays(8), "c4": lab.carbon(4)}
    return lab.study("CT26", arms, sites={"primary": lab.primary}, parameters=changed, follow_up=12)


def _share(dose_gy: float, let_kev_um: float, high: float) -> float:
    """Immunogenic share of deaths with the declared 0.1 at no dose, 10 Gy and 40 keV/um."""
    weighted = dose_gy * (1.0 + let_kev_um / 40.0)
    return 0.1 + (high - 0.1) * weighted / (10.0 + weighted)


@pytest.mark.parametrize(("arm", "dose_gy", "let_kev_um"), [("x8", 8.0, 2.0), ("c4", 4.0, 50.0)])
def test_fewer_immunogenic_deaths_mean_less_danger_and_fewer_dendritic_cells(
    lab: Any, arm: str, dose_gy: float, let_kev_um: float
) -> None:
    usual, fewer = lab.run(_study(lab)), lab.run(_study(lab, immunogenic_death_high="0.2"))
    danger = fewer.at(2, "danger", arm, "primary") / usual.at(2, "danger", arm, "primary")
    # Spontaneous deaths add a little to both.
    expected = _share(dose_gy, let_kev_um, 0.2) / _share(dose_gy, let_kev_um, 0.6)
    assert danger == pytest.approx(expected, abs=0.04)
    for place, name in (("primary", "dendritic"), (None, "node_dendritic")):
        assert np.all(fewer.at(5, name, arm, place) < 0.95 * usual.at(5, name, arm, place))
    assert fewer.at(2, "danger", "control", "primary") == pytest.approx(usual.at(2, "danger", "control", "primary"))


@pytest.mark.parametrize(
    ("name", "value", "readout", "arm", "most", "least"),
    [
        ("misrepair_base", "0.2", "cytosolic_dna", "x8", np.inf, 1.8),
        ("misrepair_per_let", "0.001 um/keV", "cytosolic_dna", "c4", 0.8, 0.0),
        ("dsb_per_gy", "70 1/Gy", "residual_damage", "x8", 2.05, 1.9),
        ("complex_dsb_high", "0.5", "residual_damage", "c4", 0.8, 0.0),
        ("track_carbon_k0", "2.0", "residual_damage", "c4", np.inf, 1.1),
        ("lymphocyte_d37_resistant", "20 Gy", "blood_lymphocytes", "x8", np.inf, 1.005),
        ("carbon_rbe_p0", "0.06 um/keV", "tumour", "c4", 0.8, 0.0),
        ("oer_maximum", "1.2", "tumour", "x8", 0.9, 0.0),
    ],
)
def test_a_constant_that_is_set_acts_where_it_should(
    lab: Any, name: str, value: str, readout: str, arm: str, most: float, least: float
) -> None:
    usual, changed = lab.run(_study(lab)), lab.run(_study(lab, **{name: value}))
    place = None if readout.startswith("blood") else "primary"
    ratio = changed.at(1, readout, arm, place) / usual.at(1, readout, arm, place)
    assert np.all((least <= ratio) & (ratio <= most)), ratio


def test_constants_are_drawn_with_their_uncertainty(lab: Any) -> None:
    declared = pipeline.prepare(_study(lab)).declared
    sets = plausible_medians(declared, range(400), "lab", 1)
    high = sets[:, list(declared).index("immunogenic_death_high")]
    assert 0.3 <= high.min() < 0.32
    assert 0.88 < high.max() <= 0.9
    assert high.mean() == pytest.approx(0.6, abs=0.03)
    # A value that the user sets has as wide a range around it as the declared one.
    other = pipeline.prepare(_study(lab, immunogenic_death_high="0.2")).declared
    low = plausible_medians(other, range(400), "lab", 1)[:, list(other).index("immunogenic_death_high")]
    assert low == pytest.approx(high / 3.0)


PARTICLES = {
    "photon": Field("f", ("a",), "photon", 2.0, node=True),
    "carbon": Field("f", ("a",), "carbon", 50.0, node=True),
    "helium": Field("f", ("a",), "helium", 10.0),
    "proton": Field("f", ("a",), "proton", 3.0, whole_body=True),
}


@pytest.mark.parametrize("particle", PARTICLES)
def test_only_the_constants_of_a_particle_are_in_its_model(particle: str) -> None:
    used = set(assemble(Plan(("a",), (PARTICLES[particle],))).parameter_names) & CONSTANTS
    assert {"immunogenic_death_high", "misrepair_base", "oer_maximum", "lymphocyte_d37_sensitive"} <= used
    for other in PARTICLES:
        own = {name for name in CONSTANTS if name.startswith((f"track_{other}", f"{other}_rbe"))}
        # Carbon's RBE also stands for what ions of helium do to lymphocytes and marrow.
        shared = {name for name in own if name.startswith("carbon_rbe")} if particle == "helium" else set()
        assert own & used == (own if other == particle else shared)


@pytest.mark.parametrize("particle", PARTICLES)
def test_constants_act_in_fractions_alone(particle: str) -> None:
    """They cost nothing between fractions: the right-hand side holds none of them."""
    system = assemble(Plan(("a",), (PARTICLES[particle],))).system
    between = {s.name.removeprefix("p:") for s in expr.symbols_of([*system.rates, *(e for _, e in system.outputs)])}
    assert not between & CONSTANTS
