"""What is exported must do in libRoadRunner what it does here: events, their order, extinction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abscopal import cohort, engine, expr, pipeline, published, regimen
from abscopal.errors import InputError
from abscopal.expr import EventMap, Schedule, System

libsbml = pytest.importorskip("libsbml")
roadrunner = pytest.importorskip("roadrunner")

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
    ids = {p.getName(): p.getId() for p in document.getModel().getListOfParameters()}
    run = roadrunner.RoadRunner(text)
    run.integrator.relative_tolerance = 1e-10
    # One each: libRoadRunner multiplies a single tolerance by the state at every event, and where both have underflowed
    # (a drug long gone) CVODE refuses the error weight of zero.
    run.integrator.absolute_tolerance = [1e-12] * sum(r.isRate() for r in document.getModel().getListOfRules())
    run.integrator.maximum_num_steps = 500_000
    run.timeCourseSelections = ["time", *(ids.get(f"readout_{n}", ids.get(n)) for n in names)]
    return np.asarray(run.simulate(0.0, length, POINTS))[:, 1:]


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda f: f.stem)
def test_an_assembled_model_does_the_same_in_libroadrunner(file):
    prepared = pipeline.prepare(pipeline.load(file))
    study, model = prepared.study, prepared.model
    values = cohort.draw(prepared.declared, 1, 1)
    # The arm with the most events; those of others are like its own, and compiling is slow.
    fullest = max((arm.name for arm in study.arms), key=lambda arm: len(regimen.timeline(study, arm)))
    for arm in (fullest, study.control) if file.stem == "takahashi2019_lm8" else (fullest,):
        schedule, start = prepared.schedules[arm], prepared.timelines[arm].start_day
        text = published.to_sbml(model, schedule, values[0], start=start, name=f"{study.name}, {arm}")
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
