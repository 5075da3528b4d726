"""What a fraction or an injection does to the state equals the formulas of `radiation` on plain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import parameters, radiation
from abscopal.expr import Expr, evaluate
from abscopal.model import AssembledModel, CellProduct, Drug, Field, Plan, assemble
from abscopal.regimen.keys import fraction_key

PAIR = (0.938, 0.01, "Ogata2005")
FIELDS = {
    "photons": Field("f", ("a",), "photon", 2.0),
    "carbon, measured pair": Field("f", ("a",), "carbon", 50.0, measured_pair=PAIR),
    "carbon, generic": Field("f", ("a",), "carbon", 50.0),
    "carbon at 120 keV/um": Field("f", ("a",), "carbon", 120.0),
    "helium": Field("f", ("a",), "helium", 10.0),
    "protons": Field("f", ("a",), "proton", 3.0),
}
TUMOUR = np.array([1e7, 3e8, 1.0])
STATE = {"tumour@a": TUMOUR, "moribund@a": 1e5, "debris@a": 2e6, "unrepaired_dose@a": np.array([0.0, 1.5, 3.0])}
# Vessels as in an untreated tumour, and no senescent cells in the volume.
STATE |= {"vessel_loss@a": 0.0, "normalisation@a": 0.0, "senescent@a": 0.0}
# A fraction of an hour, during which sublethal damage is repaired.
DURATION = 1 / 24
PROTRACTION = float(radiation.dose_protraction_factor(DURATION, parameters.shared()["repair_half_time"].value))


def _before(model: AssembledModel, chosen: dict[str, Any]) -> dict[Expr, Any]:
    declared = parameters.shared()
    names = model.parameter_names
    values: dict[Expr, Any] = {
        p: declared[n.partition("@")[0]].value for p, n in zip(model.system.parameters, names, strict=True)
    }
    measured = {"alpha_ion": PAIR[0], "beta_ion": PAIR[1]}
    bases = [n.partition("@")[0] for n in names]
    values |= {p: measured[n] for p, n in zip(model.system.parameters, bases, strict=True) if n in measured}
    return values | {s: chosen.get(s.name, 1.0) for s in model.system.states}


def _after(model: AssembledModel, key: str, arguments: list[float], chosen: dict[str, Any]) -> dict[str, Any]:
    event = model.system.maps[model.event_keys.index(key)]
    values = _before(model, chosen)
    found = {s.name: values[s] for s in model.system.states}
    values |= dict(zip(event.arguments, arguments, strict=True))
    for index, update in event.updates:
        (found[model.system.states[index].name],) = evaluate([update], values)
    return found


def _coefficients(field: Field) -> tuple[float, float]:
    shared = parameters.shared()
    alpha, beta = shared["alpha_photon"].value, shared["beta_photon"].value
    if field.particle == "photon":
        return alpha, beta
    if field.measured_pair:
        return PAIR[0], PAIR[1]
    generic: Any = {
        "carbon": radiation.generic_carbon_coefficients,
        "helium": radiation.helium_coefficients,
        "proton": radiation.proton_coefficients,
    }[field.particle]
    found: tuple[float, float] = generic(field.let_kev_um, alpha, beta)
    return found


def _of_photons(field: Field) -> float:
    """Photon dose with the quadratic damage of a Gy."""
    return float(np.sqrt(_coefficients(field)[1] / parameters.shared()["beta_photon"].value))


def _hypoxic_share() -> np.ndarray:
    shared = parameters.shared()
    volume = (TUMOUR + STATE["moribund@a"] + STATE["debris@a"]) / shared["cell_density"].value
    share: np.ndarray = shared["hypoxic_fraction_limit"].value * volume / (shared["hypoxia_half_volume"].value + volume)
    return share


def _surviving(field: Field, dose_gy: float) -> np.ndarray:
    """The share that survives, from the formulas alone: two oxygen levels, repair, linear tail, protraction."""
    shared = parameters.shared()
    alpha, beta = _coefficients(field)
    bend = shared["transition_dose"].value
    if field.particle != "photon":
        x = shared["alpha_photon"].value, shared["beta_photon"].value
        bend = radiation.ion_transition_dose(bend, alpha, beta, *x)
    hypoxic = _hypoxic_share()
    parts = []
    for name in ("oxic_po2", "hypoxic_po2"):
        factor = radiation.oxygen_dose_factor(shared[name].value, field.let_kev_um, particle=field.particle)
        unrepaired = STATE["unrepaired_dose@a"] / _of_photons(field) * factor
        effect = radiation.incomplete_repair_effect(dose_gy * factor, unrepaired, alpha, beta * PROTRACTION, bend)
        parts.append(np.exp(-effect))
    return (1.0 - hypoxic) * parts[0] + hypoxic * parts[1]


def _senescent(field: Field, dose_gy: float) -> float:
    """Share of the lethally hit cells that becomes senescent."""
    shared = parameters.shared()
    x = shared["alpha_photon"].value, shared["beta_photon"].value
    equivalent = dose_gy
    if field.particle != "photon":
        bend = shared["transition_dose"].value
        equivalent = float(radiation.photon_equivalent_dose(dose_gy, *_coefficients(field), *x, bend))
    half = shared["senescence_half_dose"].value
    return shared["senescent_share_limit"].value * equivalent / (half + equivalent)


@pytest.mark.parametrize("dose_gy", [0.0, 0.5, 2.0, 8.0, 20.0])
@pytest.mark.parametrize("kind", FIELDS)
def test_kill_of_a_fraction(kind: str, dose_gy: float) -> None:
    field = FIELDS[kind]
    after = _after(assemble(Plan(("a",), (field,))), fraction_key(field), [dose_gy, field.let_kev_um, DURATION], STATE)
    surviving = _surviving(field, dose_gy)
    rounding = 4e-16 * TUMOUR  # the event takes the killed from the living
    assert np.all(np.abs(after["tumour@a"] - TUMOUR * surviving) <= 1e-12 * TUMOUR * surviving + rounding)
    # Killed cells become moribund, or senescent; a part of the former, fixed by LET and dose, will be visible to
    # immunity.
    hit = TUMOUR * (1.0 - surviving)
    killed = hit * (1.0 - _senescent(field, dose_gy))
    assert np.allclose(after["moribund@a"], STATE["moribund@a"] + killed, rtol=1e-12)
    assert np.allclose(after["senescent@a"], hit - killed, rtol=1e-9, atol=1e-6)
    visible = radiation.immunogenic_death_fraction(field.let_kev_um, dose_gy)
    assert np.allclose(after["moribund_immunogenic@a"], 1.0 + killed * visible, rtol=1e-9)
    assert np.allclose(after["unrepaired_dose@a"], STATE["unrepaired_dose@a"] + dose_gy * _of_photons(field))


@pytest.mark.parametrize("dose_gy", [0.0, 2.0, 8.0, 20.0])
@pytest.mark.parametrize("kind", FIELDS)
def test_immunogenic_yield_of_a_fraction(kind: str, dose_gy: float) -> None:
    field, shared = FIELDS[kind], parameters.shared()
    let = field.let_kev_um
    after = _after(
        assemble(Plan(("a",), (field,))), fraction_key(field), [dose_gy, let, 0.0], {**STATE, "trex1@a": 0.25}
    )
    x = shared["alpha_photon"].value, shared["beta_photon"].value
    oxic, hypoxic = (
        radiation.oxygen_dose_factor(shared[n].value, let, particle=field.particle) for n in ("oxic_po2", "hypoxic_po2")
    )
    effective = dose_gy * ((1.0 - _hypoxic_share()) * oxic + _hypoxic_share() * hypoxic)
    equivalent = effective
    if field.particle != "photon":
        bend = shared["transition_dose"].value
        equivalent = radiation.photon_equivalent_dose(effective, *_coefficients(field), *x, bend)
    made = radiation.micronuclei(
        effective,
        let,
        rbe_dsb_value=1.0 if field.particle == "photon" else radiation.rbe_dsb_of_let(let, field.particle),
        photon_equivalent_dose_gy=equivalent,
    )
    assert np.allclose(after["cytosolic_dna@a"], 1.0 + made * TUMOUR, rtol=1e-12)
    induced = radiation.trex1_induction(equivalent, shared["trex1_threshold"].value)
    assert np.allclose(after["trex1@a"], 0.25 + induced * 0.75, rtol=1e-12)


def test_interferon_follows_the_one_equation_of_cytosolic_dna() -> None:
    model, shared = assemble(Plan(("a",), (FIELDS["photons"],))), parameters.shared()
    values = _before(model, {**STATE, "cytosolic_dna@a": 5e8, "trex1@a": 0.6, "interferon@a": 0.1})
    rates = dict(zip((s.name for s in model.system.states), evaluate(list(model.system.rates), values), strict=True))
    volume = (TUMOUR + STATE["moribund@a"] + STATE["debris@a"]) / shared["cell_density"].value
    # TREX1 makes DNA short-lived; what is there is sensed in full.
    per_cell = 5e8 / ((volume + 1.0) * shared["cell_density"].value)
    visible = radiation.cytosolic_dna(per_cell, 0.0)
    wanted = shared["interferon_rate"].value * (shared["interferon_gain"].value * visible - 0.1)
    assert np.allclose(rates["interferon@a"], wanted, rtol=1e-12)
    background = shared["micronuclei_background"].value * TUMOUR
    faster = 1.0 + shared["trex1_degradation"].value * 0.6
    lost = shared["cytosolic_dna_loss_rate"].value * (background - faster * 5e8)
    assert np.allclose(rates["cytosolic_dna@a"], lost, rtol=1e-12)


@pytest.mark.parametrize("whole_body", [False, True])
@pytest.mark.parametrize("node", [False, True])
@pytest.mark.parametrize("particle", ["photon", "carbon"])
def test_lymphocytes_lost_in_a_fraction(particle: str, node: bool, whole_body: bool) -> None:
    sites = ("a", "b") if whole_body else ("a",)
    field = Field("f", sites, particle, 50.0, node=node, whole_body=whole_body)
    after = _after(assemble(Plan(("a", "b"), (field,))), fraction_key(field), [2.0, 50.0, 0.0], STATE)
    share = parameters.shared()["blood_share_photon" if particle == "photon" else "blood_share_ion"].value
    share = 1.0 if whole_body else share
    resistance = parameters.shared()["lymphocyte_resistance"].value
    circulating, treg = (
        float(radiation.lymphocyte_survival(2.0, subset=subset, resistance=resistance)) for subset in (None, "treg")
    )
    # What residence gives is not the host's: no factor of its blood lymphocytes.
    resident = float(radiation.lymphocyte_survival(2.0, subset="tissue_resident"))
    node_dose = node or whole_body
    wanted = {
        "lymphocytes@blood": 1.0 - share * (1.0 - circulating),
        "cd8@blood": 1.0 - share * (1.0 - circulating),
        "cd4@blood": 1.0 - share * (1.0 - circulating),
        "treg@blood": 1.0 - share * (1.0 - treg),
        "cd8_naive@node": circulating if node_dose else 1.0,
        "cd8_memory@node": circulating if node_dose else 1.0,
        "cd8_memory_precursor@node": circulating if node_dose else 1.0,
        "treg@node": treg if node_dose else 1.0,
        "dendritic@node": 1.0,
        "cd8@a": resident,
        "cd8_exhausted@a": resident,
        "treg@a": resident,
        "cd8@b": resident if whole_body else 1.0,
    }
    assert {name: float(after[name]) for name in wanted} == pytest.approx(wanted, rel=1e-12)


def test_injections_go_where_their_route_leads() -> None:
    agent = parameters.agents()[0]
    model = assemble(Plan(("a",), (), (Drug(agent, "PD-1", ("ip", "iv")),)))
    empty = {f"plasma {agent}@blood": 0.0, f"depot {agent}@blood": 0.0}
    volume = parameters.shared()["drug_volume"].value
    for route, plasma, depot in (("ip", 0.0, 1.2), ("iv", 1.2 / volume, 0.0)):
        after = _after(model, f"drug:{agent}:{route}", [1.2], empty)
        assert after[f"plasma {agent}@blood"] == pytest.approx(plasma)
        assert after[f"depot {agent}@blood"] == pytest.approx(depot)


def test_cells_and_inoculum_are_counted() -> None:
    product = CellProduct("tumour-specific CD8 T cells", "cd8", ("blood",))
    model = assemble(Plan(("a", "b"), (), (), (product,)))
    assert _after(model, product.key("blood"), [1e6], {})["cd8@blood"] == 1e6 + 1.0
    after = _after(model, "inoculation:b", [5e5], {"tumour@a": 7.0, "tumour@b": 0.0})
    take = parameters.shared()["inoculum_take"].value
    assert (after["tumour@a"], after["tumour@b"]) == (7.0, 5e5 * take)
