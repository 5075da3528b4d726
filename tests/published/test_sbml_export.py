"""What is exported must do in libRoadRunner what it does here: events, their order, extinction."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from abscopal import cohort, engine, expr, pipeline, published, regimen
from abscopal.errors import InputError
from abscopal.expr import EventMap, Schedule, System
from abscopal.published.sbml.mathematics import names_in
from abscopal.version import __version__

libsbml = pytest.importorskip("libsbml")
roadrunner = pytest.importorskip("roadrunner")

from oracle import ids_by_name, selection, states_of  # noqa: E402

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
POINTS = 60


@pytest.fixture(autouse=True, scope="module")
def _quick_compiler():
    """The compiler of libRoadRunner that needs half the time for models of this size."""
    config = roadrunner.Config
    before = config.getValue(config.LLVM_BACKEND)
    config.setValue(config.LLVM_BACKEND, config.LLJIT)
    yield
    config.setValue(config.LLVM_BACKEND, before)


def _theirs(text, names, length):
    document = libsbml.readSBMLFromString(text)
    assert document.checkConsistency() == 0 or all(
        document.getError(i).getSeverity() < libsbml.LIBSBML_SEV_ERROR for i in range(document.getNumErrors())
    )
    ids = ids_by_name(document)
    run = roadrunner.RoadRunner(text)
    run.integrator.relative_tolerance = 1e-10
    # One each: libRoadRunner multiplies a single tolerance by the state at every event, and where both have underflowed
    # (a drug long gone) CVODE refuses the error weight of zero.
    run.integrator.absolute_tolerance = [1e-12] * len(states_of(document))
    run.integrator.maximum_num_steps = 500_000
    run.timeCourseSelections = ["time", *(selection(document, ids[n]) for n in names)]
    return np.asarray(run.simulate(0.0, length, POINTS))[:, 1:]


@pytest.mark.slow
@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_an_assembled_model_does_the_same_in_libroadrunner(file):
    prepared = pipeline.prepare(pipeline.load(file))
    study, model = prepared.study, prepared.model
    values = cohort.draw(prepared.declared, 1, 1)
    # The arm with the most events; those of others are like its own, and compiling is slow.
    fullest = max((arm.name for arm in study.arms), key=lambda arm: len(regimen.timeline(study, arm)))
    for arm in (fullest, study.control) if file.stem == "takahashi2019_lm8" else (fullest,):
        schedule, start = prepared.schedules[arm], prepared.timelines[arm].start_day
        text = published.to_sbml(
            model, schedule, values[0], start=start, name=f"{study.name}, {arm}", declared=prepared.declared
        )
        length = study.follow_up_days - start
        times = np.linspace(start, start + length, POINTS)
        ours = engine.solve(
            model.system, schedule, values, times, start=start, solver="reference", rtol=1e-10, atol=1e-10
        )
        theirs = _theirs(text, ours.names, length)
        # What stays at nought here is noise of the oracle's absolute tolerance there.
        largest = np.maximum(np.abs(theirs).max(axis=0), 1e-6)
        np.testing.assert_allclose(ours.outputs[0] / largest, theirs / largest, rtol=0, atol=1e-6)


def _small(extinct_below=0.0):
    x, y, k, amount = (expr.symbol(n) for n in ("x@here", "y", "k", "e:amount"))
    return System(
        states=(x, y),
        parameters=(k,),
        rates=(-k * x, k * expr.sqrt(x) * expr.where(y < 1e9, 1.0, 0.0)),
        initial=(expr.const(10.0), k * 2.0),
        outputs=(("x@here", x), ("y", y), ("ratio", expr.maximum(x / (1.0 + y), 0.01) ** 1.5)),
        maps=(EventMap("add", (amount,), ((0, x + amount),)), EventMap("double", (), ((0, x * 2.0), (1, x + y)))),
        scales=(1.0, 1.0),
        extinct_below=(extinct_below, 0.0),
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_events_of_one_instant_keep_their_order(order):
    system = _small()
    rows = [(2.0, m, [5.0]) for m in order] + [(0.0, 0, [1.0])]
    schedule = Schedule.of(rows)
    times = np.linspace(0.0, 5.9, POINTS)
    ours = engine.solve(system, schedule, [[0.4]], times, solver="reference", rtol=1e-11, atol=1e-11)
    theirs = _theirs(published.to_sbml(system, schedule, {"k": 0.4}), ours.names, 5.9)
    np.testing.assert_allclose(ours.outputs[0], theirs, rtol=1e-7)


def test_a_population_below_its_threshold_is_gone():
    system = _small(extinct_below=1.0)
    schedule = Schedule.of([(8.0, 0, [0.5]), (9.0, 0, [3.0])])
    times = np.linspace(0.0, 12.0, POINTS)
    ours = engine.solve(system, schedule, [[0.4]], times, solver="reference", rtol=1e-11, atol=1e-11)
    theirs = _theirs(published.to_sbml(system, schedule, {"k": 0.4}), ours.names, 12.0)
    assert ours.output("x@here")[0].min() == 0.0
    np.testing.assert_allclose(ours.outputs[0], theirs, rtol=1e-7, atol=1e-12)


def test_an_export_can_be_imported_again():
    system, schedule = _small(), Schedule.of([(2.0, 1, []), (3.0, 0, [4.0])])
    model = published.import_sbml(published.to_sbml(system, schedule, [0.4]).encode())
    assert model.time_unit == "day"
    assert not model.unforeseen
    times = np.linspace(0.0, 6.0, 31)
    ours = engine.solve(system, schedule, [[0.4]], times, solver="reference", rtol=1e-10, atol=1e-10)
    again = published.simulate(model, times, rtol=1e-10)
    np.testing.assert_allclose(again["x_here"], ours.output("x@here"), rtol=1e-7)


def test_a_run_that_starts_before_day_zero_is_shifted():
    system, schedule = _small(), Schedule.of([(-1.0, 0, [4.0])])
    text = published.to_sbml(system, schedule, [0.4], start=-3.0)
    ours = engine.solve(
        system, schedule, [[0.4]], np.linspace(-3.0, 2.9, POINTS), start=-3.0, solver="reference", rtol=1e-10
    )
    np.testing.assert_allclose(_theirs(text, ours.names, 5.9), ours.outputs[0], rtol=1e-6)


def test_a_parameter_without_a_value_is_named():
    with pytest.raises(InputError, match="k: no value"):
        published.to_sbml(_small(), Schedule(), {})


def test_without_libsbml_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "libsbml", None)
    with pytest.raises(InputError, match=r"needs python-libsbml(?s:.*)abscopal\[sbml\]"):
        published.to_sbml(_small(), Schedule(), [0.4])


@pytest.fixture(scope="module")
def exported():
    """The first example with its combined arm: the model, its text and what libSBML read from it."""
    prepared = pipeline.prepare(pipeline.load(EXAMPLES[0].parent / "takahashi2019_lm8.yaml"))
    arm = prepared.study.arms[-1].name
    values = [p.value for p in prepared.declared.values()]
    text = published.to_sbml(
        prepared.model,
        prepared.schedules[arm],
        values,
        start=prepared.timelines[arm].start_day,
        name=prepared.study.name,
        declared=prepared.declared,
    )
    return prepared, arm, text, libsbml.readSBMLFromString(text)


def test_libsbml_finds_neither_an_error_nor_a_doubtful_unit(exported):
    *_, document = exported
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_cells_are_amounts_at_places_and_doses_are_parameters(exported):
    prepared, _, _, document = exported
    model = document.getModel()
    places = {c.getId(): c.getName() for c in model.getListOfCompartments()}
    assert set(places.values()) == {"blood", "node", *prepared.model.sites}
    for stock in prepared.model.species:
        identifier = ids_by_name(document)[f"{stock.name}@{stock.where}"]
        species, parameter = model.getSpecies(identifier), model.getParameter(identifier)
        if stock.unit in ("Gy", "1/cells"):
            assert parameter.getUnits() == {"Gy": "Gy", "1/cells": "per_cells"}[stock.unit]
            continue
        assert places[species.getCompartment()] == stock.where
        assert species.getHasOnlySubstanceUnits() == (stock.unit not in ("cells/uL", "nM", "pg/mL"))
        if stock.unit == "cells":
            assert species.getSubstanceUnits() == "cells"
    assert model.getSpecies("tumour_irradiated") is not None
    assert model.getSpecies("cd8_blood") is not None


def test_what_leaves_one_place_arrives_in_the_other(exported):
    prepared, _, _, document = exported
    moves = {
        (e.getReactant(0).getSpecies(), e.getProduct(0).getSpecies()): e
        for e in document.getModel().getListOfReactions()
        if e.getNumReactants() and e.getNumProducts()
    }
    homing = moves["cd8_blood", "cd8_irradiated"]
    assert homing.getReactant(0).getStoichiometry() == homing.getProduct(0).getStoichiometry() == 1.0
    assert ("tumour_irradiated", "debris_irradiated") in moves
    # The share of dendritic cells that arrives is a stoichiometry.
    arriving = moves["dendritic_irradiated", "dendritic_node"].getProduct(0)
    gain = document.getModel().getInitialAssignmentBySymbol(arriving.getIdAttribute())
    assert libsbml.formulaToL3String(gain.getMath()) == "dendritic_arrival_share"
    units = {s.symbol: s.unit for s in prepared.model.species}
    pairs = {
        (f.source, f.target) for f in prepared.model.flows if str(f.rate) != "0.0" and None not in (f.source, f.target)
    }
    assert len(moves) == len([p for p in pairs if units[p[0]] == units[p[1]]]) > 15


def test_a_reaction_names_the_species_that_its_rate_reads(exported):
    *_, document = exported
    model = document.getModel()
    species = {s.getId() for s in model.getListOfSpecies()}
    for reaction in model.getListOfReactions():
        parts = [*reaction.getListOfReactants(), *reaction.getListOfProducts(), *reaction.getListOfModifiers()]
        named = {p.getSpecies() for p in parts}
        assert names_in(reaction.getKineticLaw().getMath()) & species <= named
        assert all(p.getSpecies() in named for p in parts)


def test_rate_rules_are_for_what_is_no_count_only(exported):
    prepared, _, _, document = exported
    names = {i: n for n, i in ids_by_name(document).items()}
    units = {f"{s.name}@{s.where}": s.unit for s in prepared.model.species}
    ruled = {units[names[r.getVariable()]] for r in document.getModel().getListOfRules() if r.isRate()}
    assert ruled <= {"Gy", "1/cells"}


def test_drugs_flow_by_reactions_that_say_what_amount_one_of_them_is(exported):
    prepared, _, _, document = exported
    model = document.getModel()
    for stock in prepared.model.species:
        species = model.getSpecies(ids_by_name(document)[f"{stock.name}@{stock.where}"])
        factor = {"nmol": "one_nmol", "nM": "one_fmol", "pg/mL": "one_fg"}.get(stock.unit, "")
        assert species is None or species.getConversionFactor() == factor, stock.name
    assert model.getParameter("one_nmol").getValue() == 1.0
    reactants = {p.getSpecies() for r in model.getListOfReactions() for p in r.getListOfReactants()}
    assert {"depot_anti_PD_L1_blood", "plasma_anti_PD_L1_blood"} <= reactants


def test_a_formula_that_several_share_is_called_after_what_uses_it(exported):
    *_, document = exported
    model = document.getModel()
    shared = [p.getId() for p in model.getListOfParameters() if p.getId().startswith("part_of_")]
    assert "part_of_births_to_tumour_irradiated" in shared
    assert not any(p.getId().startswith("shared") for p in model.getListOfParameters())


def test_every_number_of_the_model_says_where_it_comes_from(exported):
    prepared, _, _, document = exported
    model, ids, linked = document.getModel(), ids_by_name(document), 0
    for name, item in prepared.declared.items():
        parameter = model.getParameter(ids[name])
        assert f"{item.source.kind}" in parameter.getNotesString(), name
        linked += "https://identifiers.org/doi:10." in parameter.getAnnotationString()
    assert linked > 20


def test_ids_are_readable_and_parameters_have_their_units_and_meanings(exported):
    prepared, _, text, document = exported
    model = document.getModel()
    for name, item in prepared.declared.items():
        parameter = model.getParameter(ids_by_name(document)[name])
        assert parameter.getConstant()
        assert parameter.isSetUnits(), name
        assert item.meaning.split()[0] in parameter.getNotesString()
    assert model.getParameter("volume_irradiated").getUnits() == "mm3"
    assert model.getParameter("given_dose_gy").getUnits() == "Gy"
    assert model.getReaction("cd8_homing_from_cd8_blood_to_cd8_irradiated") is not None
    assert model.getName() == prepared.study.name
    assert f"abscopal {__version__}" in model.getNotesString()
    assert f'version="{__version__}"' in model.getAnnotationString()
    again = published.to_sbml(
        prepared.model, Schedule(), [p.value for p in prepared.declared.values()], declared=prepared.declared
    )
    assert "<listOfEvents>" in again, "extinction remains"
    assert text.count("<event ") > again.count("<event ")


@pytest.mark.slow
def test_an_assembled_model_can_be_imported_again(exported):
    prepared, arm, text, document = exported
    start, names = prepared.timelines[arm].start_day, ids_by_name(document)
    times = np.linspace(0.0, 40.0, 41)
    values = [[p.value for p in prepared.declared.values()]]
    ours = engine.solve(
        prepared.model.system,
        prepared.schedules[arm],
        values,
        times + start,
        start=start,
        solver="reference",
        rtol=1e-10,
        atol=1e-10,
    )
    again = published.simulate(published.import_sbml(text.encode()), times, rtol=1e-9)
    for output in ("tumour@irradiated", "volume@distant", "cd8@blood", "lymphocytes@blood", "interferon@irradiated"):
        expected, found = ours.output(output)[0], again[names[output]][0]
        np.testing.assert_allclose(found / expected.max(), expected / expected.max(), rtol=0, atol=1e-6)
