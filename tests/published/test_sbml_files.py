"""The 13 SBML files of the project against libRoadRunner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("libsbml")
pytest.importorskip("roadrunner")

from oracle import assert_agree, simulated

from abscopal import expr, published

FILES = sorted((Path(__file__).parent / "sbml").glob("*.xml"))
END, POINTS = 100.0, 101


def test_all_files_are_there():
    assert len(FILES) == 13


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
@pytest.mark.parametrize("solver", ["fast", "reference"])
def test_a_published_file_agrees_with_libroadrunner(file, solver):
    model = published.import_sbml(file, check_units=False)
    rtol = 1e-9 if solver == "fast" else 1e-11
    run = published.simulate(model, np.linspace(0.0, END, POINTS), solver=solver, rtol=rtol, atol=1e-12)
    assert run.status.tolist() == [0]
    theirs = simulated(file.read_text(), run.names, END, POINTS)
    # Barros 2021 (1020): memory cells fall from 700 to 4e-5 within days; both solvers lose digits on the way.
    states = [n for n in run.names if n not in reactions_of(file)]
    columns = [run.names.index(n) for n in states]
    assert_agree(run.values[0][:, columns], theirs[:, columns], states, 1e-5)
    # Rates are compared where both have the same states: there, 1e-8 of a cell, the oracle's noise about zero, times
    # the 1e19 tumour cells that killed all of them, would be ten thousand deaths a day. The true rate is nought.
    rates = [n for n in run.names if n not in states]
    found = of_the_states(model, run, dict(zip(run.names, theirs.T, strict=True)))
    assert_agree(
        found[:, [run.names.index(n) for n in rates]], theirs[:, [run.names.index(n) for n in rates]], rates, 1e-9
    )
    if file.stem == "BIOMD0000001020":
        assert run["Ct"][0, 62:].max() < 1e-12
        assert run["R8_Tumor_death_by_Ct"][0, 62:].max() < 1e-6


def reactions_of(file):
    import libsbml

    document = libsbml.readSBMLFromFile(str(file))  # kept, as its parts live no longer than it does
    return {r.getId() for r in document.getModel().getListOfReactions()}


def of_the_states(model, run, states):
    """All outputs as functions of the oracle's states, and of our own ones that follow the clock."""
    own = replace(model.system, outputs=tuple((s.name, s) for s in model.system.states))
    ours = published.simulate(replace(model, system=own), run.times)
    env = dict(zip(model.system.parameters, model.parameter_matrix()[0], strict=True))
    env |= {s: states.get(s.name, ours[s.name][0]) for s in model.system.states}
    with np.errstate(all="ignore"):  # of choices that are not taken
        values = expr.evaluate([e for _, e in model.system.outputs], env)
    return np.stack([np.broadcast_to(v, len(run.times)) for v in values], axis=1)


@pytest.mark.parametrize("file", FILES[:4], ids=lambda f: f.stem)
def test_default_tolerances_are_good_to_a_ten_thousandth(file):
    model = published.import_sbml(file, check_units=False)
    times = np.linspace(0.0, END, POINTS)
    run = published.simulate(model, times)
    assert_agree(run.values[0], simulated(file.read_text(), run.names, END, POINTS), run.names, 1e-4)


def test_an_ensemble_gives_each_subject_its_own_trajectory():
    model = published.import_sbml(FILES[1], check_units=False)
    times = np.linspace(0.0, 50.0, 11)
    values = published.draw(model, {"a": 0.2, "n": 0.3}, 20, seed=3)
    together = published.simulate(model, times, values, rtol=1e-9)
    alone = published.simulate(model, times, {"a": values["a"][7], "n": values["n"][7]}, rtol=1e-9)
    np.testing.assert_allclose(together["T"][7], alone["T"][0], rtol=1e-6)
    assert len(np.unique(together["T"][:, -1])) == 20


def test_a_dose_on_an_imported_species_adds_its_amount():
    model = published.import_sbml(FILES[1], check_units=False)
    times = np.array([0.0, 10.0, 10.001])
    plain = published.simulate(model, times, rtol=1e-9)
    dosed = published.simulate(model, times, given=model.dose("E", 1e6, [10.0]), rtol=1e-9)
    assert dosed["E"][0, 1] - plain["E"][0, 1] == pytest.approx(1e6, rel=1e-9)
    assert dosed["T"][0, 2] < plain["T"][0, 2]
