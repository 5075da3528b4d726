"""Two qualities some hours apart meet by what is unrepaired of their quadratic damage, not Gy for Gy."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from abscopal import parameters, radiation
from abscopal.expr import evaluate
from abscopal.model import Field, Plan, assemble
from abscopal.model.generic import generic_plan
from abscopal.regimen.keys import fraction_key

SITE = "irradiated"
PHOTONS = Field("X-rays", (SITE,), "photon", 2.0)
PAIR = (0.9, 0.06, "Ogata2005")
IONS = (
    Field("carbon", (SITE,), "carbon", 50.0, measured_pair=PAIR),
    Field("carbon", (SITE,), "carbon", 50.0, measured_pair=(0.9, 0.0, "Ogata2005")),
    Field("carbon", (SITE,), "carbon", 75.0),
    Field("carbon", (SITE,), "carbon", 75.0, stated_rbe=1.8),
    Field("protons", (SITE,), "proton", 12.0),
)
# Below the straight tail of every radiation.
X, ION = 0.8, 0.4


def _effects(plan: Plan, given: list[tuple[Field, float]], kept: float) -> list[float]:
    """Effect of each of two fractions in air; the share `kept` of the unrepaired dose is there at the second."""
    system = (model := assemble(plan)).system
    declared = parameters.shared()
    air = {"oxic_po2": 160.0, "hypoxic_po2": 160.0}
    ion = next((f for f, _ in given if f.measured_pair), None)
    own = dict(zip(("alpha_ion", "beta_ion"), (ion.measured_pair or ())[:2] if ion else (), strict=False))
    bases = [name.partition("@")[0] for name in model.parameter_names]
    values = {p: (air | own).get(b, declared[b].value) for p, b in zip(system.parameters, bases, strict=True)}
    values |= dict.fromkeys(system.states, 1.0)
    tumour, unrepaired = (
        next(s for s in system.states if s.name == f"{n}@{SITE}") for n in ("tumour", "unrepaired_dose")
    )
    values[unrepaired] = 0.0
    found = []
    for field, dose in given:
        event = system.maps[model.event_keys.index(fraction_key(field))]
        at = values | dict(zip(event.arguments, [dose, field.let_kev_um, 0.0], strict=True))
        updates = {system.states[i]: float(evaluate([update], at)[0]) for i, update in event.updates}
        found.append(-math.log(updates[tumour] / float(values[tumour])))
        values[unrepaired] = kept * updates[unrepaired]
    return found


def _coefficients(field: Field) -> tuple[float, float]:
    declared = parameters.shared()
    x = declared["alpha_photon"].value, declared["beta_photon"].value
    if field.stated_rbe is not None:
        return field.stated_rbe * x[0], field.stated_rbe**2 * x[1]
    if field.measured_pair is not None:
        return field.measured_pair[:2]
    alpha, beta = radiation.ion_coefficients(field.particle, field.let_kev_um, *x)
    return float(alpha), float(beta)


@pytest.mark.parametrize("ion", IONS, ids=repr)
@pytest.mark.parametrize("kept", [1.0, 0.3, 0.0])
def test_what_is_unrepaired_acts_by_its_effect(ion: Field, kept: float) -> None:
    """E = sum(alpha D + beta D^2) + 2 sqrt(beta_1 beta_2) D_1 D_2 times what repair leaves, in either order.

    With nothing repaired this is the effect of both as one fraction (Zaider and Rossi), long after that of two.
    """
    declared = parameters.shared()
    alpha, beta = declared["alpha_photon"].value, declared["beta_photon"].value
    a, b = _coefficients(ion)
    expected = alpha * X + beta * X**2 + a * ION + b * ION**2 + 2.0 * kept * math.sqrt(beta * b) * X * ION
    plan = replace(generic_plan(), fields=(PHOTONS, ion), given_together=((PHOTONS,), (ion,)))
    orders = ([(PHOTONS, X), (ion, ION)], [(ion, ION), (PHOTONS, X)])
    for given in orders:
        assert sum(_effects(plan, given, kept)) == pytest.approx(expected, rel=1e-6)
    mixed, root = radiation.mixed_field_coefficients([X, ION], [alpha, a], [beta, b])
    if kept == 1.0:
        assert expected == pytest.approx(mixed * (X + ION) + root * (X + ION) ** 2)
