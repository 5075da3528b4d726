"""Units of the model as SBML has them: every unit of the catalogue, and what formulas make of them."""

from __future__ import annotations

import pytest

from abscopal import expr, parameters
from abscopal.published.sbml.export.units import UnitDefinitions, powers_of, unit_of_argument, units_of

libsbml = pytest.importorskip("libsbml")

X, Y = expr.symbol("x"), expr.symbol("y")


def _defined(text):
    """The id of a unit and its size in base units of libSBML."""
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    identifier = UnitDefinitions(model).id_of(powers_of(text))
    definition = libsbml.UnitDefinition.convertToSI(model.getUnitDefinition(identifier))
    size = 1.0
    for i in range(definition.getNumUnits()):
        unit = definition.getUnit(i)
        size *= (unit.getMultiplier() * 10.0 ** unit.getScale()) ** unit.getExponentAsDouble()
    return identifier, size


@pytest.mark.parametrize(
    ("text", "identifier", "factor"),
    [
        ("1/day", "per_day", 1 / 86400.0),
        ("mm3", "mm3", 1e-9),
        ("cells/mm3/day", "cells_per_mm3_per_day", 1e9 / 86400.0),
        ("1/Gy2", "per_Gy_to_2", 1.0),
        ("nM", "nM", 1e-6),
        ("pg/mL", "pg_per_mL", 1e-9),
        ("keV/um", "keV_per_um", 1.602176634e-10),
        ("Gy um2/keV2", "Gy_um_to_2_per_keV_to_2", (1e-6 / 1.602176634e-16) ** 2),
        ("mmHg", "mmHg", 133.322387415),
    ],
)
def test_a_unit_has_a_readable_id_and_its_size_in_base_units(text, identifier, factor):
    found, size = _defined(text)
    assert found == identifier
    assert size == pytest.approx(factor, rel=1e-12)


def test_a_plain_number_and_an_unknown_unit():
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    assert UnitDefinitions(model).id_of(powers_of("1")) == "dimensionless"
    assert UnitDefinitions(model).id_of(powers_of("furlong/day")) is None
    assert model.getNumUnitDefinitions() == 0


def test_every_unit_of_the_catalogue_is_known():
    units = {p.unit for p in parameters.shared().values()}
    assert len(units) > 10
    assert [u for u in units if powers_of(u) is None] == []


def test_arguments_of_events_carry_their_unit_in_their_name():
    units = {"dose_gy": "Gy", "gy_per_day": "Gy/day", "duration_days": "day", "amount_nmol": "nmol", "cells": "cells"}
    assert {n: unit_of_argument(n) for n in units} == units
    assert unit_of_argument("anything_else") == "1"


def test_units_of_formulas():
    known = {X: {"Gy": 1.0}, Y: {"day": 1.0}}
    for node, unit in (
        (X / Y, {"Gy": 1.0, "day": -1.0}),
        (X * 3.0 + 1.0, {"Gy": 1.0}),
        (1.0 - X, {"Gy": 1.0}),
        (expr.sqrt(X * X), {"Gy": 1.0}),
        (X**1.5, {"Gy": 1.5}),
        (X / X, {}),
        (expr.exp(X / X), {}),
        (expr.where(X < 1.0, 0.0, Y), {"day": 1.0}),
        (X**Y, None),
        (expr.symbol("z") * X, None),
    ):
        assert units_of([node], known)[node] == unit, node
