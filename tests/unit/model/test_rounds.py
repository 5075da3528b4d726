"""Assembly in rounds: the order of mechanisms decides no number; fractions are rewritten after all have made them."""

from __future__ import annotations

import importlib
import random
import zlib
from dataclasses import replace

import numpy as np
import pytest

from abscopal.expr import evaluate
from abscopal.model import MECHANISMS, AssembledModel, Field, Plan, assemble
from abscopal.model.generic import generic_plan
from abscopal.model.mechanisms import REWRITING

# The package has the function of this name; the module is meant.
ASSEMBLY = importlib.import_module("abscopal.model.assemble")
# Fields of every kind on one site, one of them both spatially fractionated and continuous.
FIELDS = (
    Field("node", ("irradiated",), "photon", 2.0, node=True),
    Field("body", ("irradiated", "distant"), "carbon", 50.0, whole_body=True),
    Field("pores", ("irradiated",), "proton", 3.0, share=0.4, valley=0.2),
    Field("seeds", ("irradiated",), "photon", 3.0, continuous=True, seeds=True),
    Field("slow pores", ("irradiated",), "photon", 2.0, node=True, continuous=True, share=0.4, valley=0.25),
)
SLOW = FIELDS[-1]


def _plan() -> Plan:
    return replace(generic_plan(), fields=FIELDS)


def _value(name: str) -> float:
    return 0.1 + 0.8 * float(np.random.default_rng(zlib.crc32(name.encode())).random())


def _numbers(model: AssembledModel) -> dict[str, float]:
    """Every rate, initial value, output and update of an event at one point, by name."""
    system = model.system
    values = {s: _value(s.name) for s in (*system.states, *system.parameters)}
    names = [s.name for s in system.states]
    found = {f"rate {n}": v for n, v in zip(names, evaluate(list(system.rates), values), strict=True)}
    found |= {f"start {n}": v for n, v in zip(names, evaluate(list(system.initial), values), strict=True)}
    found |= {n: evaluate([e], values)[0] for n, e in system.outputs}
    for event in system.maps:
        given = values | {a: _value(a.name) for a in event.arguments}
        for index, update in event.updates:
            found[f"{event.name} {names[index]}"] = evaluate([update], given)[0]
    found |= {f"scale {n}": v for n, v in zip(names, system.scales, strict=True)}
    found |= {f"extinct {n}": v for n, v in zip(names, system.extinct_below, strict=True)}
    return {name: float(value) for name, value in found.items()}


def _reordered(monkeypatch: pytest.MonkeyPatch, order: list[str]) -> AssembledModel:
    monkeypatch.setattr(ASSEMBLY, "MECHANISMS", {name: MECHANISMS[name] for name in order})
    return assemble(_plan())


@pytest.mark.parametrize("seed", [0, 1, 2, None], ids=str)
def test_any_order_of_the_mechanisms_gives_the_same_equations(
    seed: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = _numbers(assemble(_plan()))
    order = list(MECHANISMS)
    if seed is None:
        order.reverse()
    else:
        random.Random(seed).shuffle(order)
    found = _numbers(_reordered(monkeypatch, order))
    assert set(found) == set(wanted)
    assert found == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_the_order_of_rewriting_is_written_down_for_all_that_rewrite() -> None:
    """Whatever another mechanism added to a fraction after it was rewritten would be missing."""
    assert REWRITING == ("spatial", "protracted")
    assert {name for name, module in MECHANISMS.items() if hasattr(module, "rewrite")} == set(REWRITING)


def _rate(model: AssembledModel, stock: str) -> float:
    """What the dose rate of the one continuous field adds to the rate of a stock."""
    system = model.system
    states = dict.fromkeys(system.states, 1.0)
    values = states | {p: _value(p.name) for p in system.parameters}
    dose_rate = next(s for s in system.states if s.name.startswith("dose_rate@"))
    index = [s.name for s in system.states].index(stock)
    on, off = (evaluate([system.rates[index]], {**values, dose_rate: rate})[0] for rate in (1.0, 0.0))
    return float(on - off)


def test_a_field_both_spatial_and_continuous_is_the_mean_of_peaks_and_valleys_as_a_dose_rate() -> None:
    plan = replace(_plan(), fields=(SLOW,))
    model, flat = assemble(plan), assemble(replace(plan, fields=(replace(SLOW, share=1.0, valley=0.0),)))
    assert not [key for key in model.event_keys if key.startswith("fraction:")]
    # Damage linear in the dose: 0.4 + 0.6 x 0.25 of the flat field's.
    for stock in ("unrepaired_dose@irradiated", "breaks_late@irradiated"):
        assert _rate(model, stock) == pytest.approx(0.55 * _rate(flat, stock), rel=1e-9)
    assert _rate(model, "tumour@irradiated") == pytest.approx(0.55 * _rate(flat, "tumour@irradiated"), rel=2e-3)
    # Cells whose survival depends on the dose alone meet peaks and valleys at random: -ln of the mean survival per Gy.
    one, quarter = (_survival(dose) for dose in (1.0, 0.25))
    assert _rate(model, "cd8_naive@node") == pytest.approx(np.log(0.4 * one + 0.6 * quarter), rel=1e-9)
    assert _rate(flat, "cd8_naive@node") == pytest.approx(np.log(one), rel=1e-9)


def _survival(dose_gy: float) -> float:
    """Of circulating lymphocytes, at the values that `_value` gives."""
    names = ("resistance", "sensitive_fraction", "d37_sensitive", "d37_resistant")
    resistance, share, sensitive, resistant = (_value(f"p:lymphocyte_{name}") for name in names)
    parts = (np.exp(-dose_gy / (d37 * resistance)) for d37 in (sensitive, resistant))
    return float(np.dot((share, 1.0 - share), tuple(parts)))


def test_rewriting_in_the_other_order_would_lose_the_pores(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the test above protects: fractions that became a dose rate first keep none of their pattern."""
    plan = replace(_plan(), fields=(SLOW,))
    right = _rate(assemble(plan), "cd8_naive@node")
    monkeypatch.setattr(ASSEMBLY, "REWRITING", ("protracted", "spatial"))
    assert _rate(assemble(plan), "cd8_naive@node") != pytest.approx(right, rel=0.1)


def test_what_answers_to_single_low_doses_says_nothing_on_a_dose_rate() -> None:
    model = assemble(replace(_plan(), fields=(replace(SLOW, share=1.0, valley=0.0),)))
    silent = {f"{s.name}@{s.where}" for s in model.species if s.single_doses_only}
    assert silent == {"nk_stimulus@blood", "nk_stimulus@irradiated", "low_dose_programme@irradiated"}
    assert all(_rate(model, stock) == 0.0 for stock in silent)
