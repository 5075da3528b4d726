"""Published models: a tolerance that suits the model, amounts below zero in words, the reference solver in words."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from abscopal import engine, published
from abscopal.cli.published import app
from abscopal.engine.status import Status
from abscopal.published.accuracy import solve_checked

libsbml = pytest.importorskip("libsbml")


def _document(rates, values, events=()):
    """An SBML document of rate rules, and of events (trigger, {name: formula})."""
    document = libsbml.SBMLDocument(3, 2)
    model = document.createModel()
    for name, value in values.items():
        parameter = model.createParameter()
        parameter.setId(name)
        parameter.setValue(value)
        parameter.setConstant(name not in rates)
    for name, formula in rates.items():
        rule = model.createRateRule()
        rule.setVariable(name)
        rule.setMath(libsbml.parseL3Formula(formula))
    for when, changes in events:
        event = model.createEvent()
        event.setUseValuesFromTriggerTime(True)
        trigger = event.createTrigger()
        trigger.setMath(libsbml.parseL3Formula(when))
        trigger.setInitialValue(True)
        trigger.setPersistent(True)
        for name, formula in changes.items():
            assignment = event.createEventAssignment()
            assignment.setVariable(name)
            assignment.setMath(libsbml.parseL3Formula(formula))
    return libsbml.writeSBMLToString(document)


def _model(*parts):
    return published.import_sbml(_document(*parts).encode(), check_units=False)


# z = 0.75 exp(-t) exactly, and every error of it grows by exp(4 t).
UNSTABLE = ({"z": "3*z - 3*exp(-t)", "t": "1"}, {"z": 0.75, "t": 0.0})
SATURATED = ({"T": "0.2*T - 8*E*T/({K}+T)", "E": "-0.05*E"}, {"T": 1e6, "E": 1e5})


def _told(run):
    return " ".join(run.notes)


@pytest.mark.parametrize("half_saturation", ["1", "1e-6", "1000"])
@pytest.mark.parametrize("solver", ["fast", "reference"])
def test_saturated_killing_leaves_no_cells_and_never_fewer(half_saturation, solver):
    rates = {name: formula.format(K=half_saturation) for name, formula in SATURATED[0].items()}
    model = _model(rates, SATURATED[1])
    starts = {"initial(T)": [1e5, 1e6, 1.1e6, 3e6]}
    run = published.simulate(model, np.linspace(0.0, 100.0, 201), starts, solver=solver)
    assert engine.finished(run.status).all()
    assert run["T"].min() >= 0.0
    assert run["T"][:, -1].max() < 1e-6
    assert "below zero" not in _told(run)


def test_saturated_killing_with_an_event_that_depends_on_it():
    rates = {name: formula.format(K="1e-3") for name, formula in SATURATED[0].items()}
    run = published.simulate(_model(rates, SATURATED[1], [("T < 1000", {"E": "E + 5"})]), np.linspace(0.0, 50.0, 101))
    assert engine.finished(run.status).all()
    assert run["T"].min() >= 0.0
    assert run["E"][0, -1] == pytest.approx(1e5 * np.exp(-2.5), rel=1e-3)


@pytest.mark.parametrize(
    ("parts", "last"),
    [
        (({"x": "-2"}, {"x": 1.0}), -19.0),
        (({"x": "0"}, {"x": 3.0}, [("time >= 5", {"x": "x - 5"})]), -2.0),
        (({"x": "y", "y": "-x"}, {"x": 1.0, "y": 0.0}), np.cos(10.0)),
    ],
    ids=["constant outflow", "event that takes more than there is", "oscillation"],
)
def test_what_the_model_itself_takes_below_zero_is_right_and_said(parts, last):
    run = published.simulate(_model(*parts), np.linspace(0.0, 10.0, 101))
    assert run["x"][0, -1] == pytest.approx(last, rel=1e-4)
    assert "below zero: x" in _told(run)


def test_a_state_that_starts_negative_is_no_amount():
    run = published.simulate(_model({"x": "-65 - x"}, {"x": -60.0}), np.linspace(0.0, 10.0, 101))
    assert run.notes == ()


def test_an_unstable_model_is_solved_more_finely_and_says_so():
    times = np.linspace(0.0, 4.0, 41)
    run = published.simulate(_model(*UNSTABLE), times)
    np.testing.assert_allclose(run["z"][0], 0.75 * np.exp(-times), rtol=0.01)
    assert "ill-conditioned" in _told(run)
    assert "z changes by" in _told(run)


def test_a_tolerance_that_is_given_stays_and_its_error_is_told():
    times = np.linspace(0.0, 4.0, 41)
    rough = published.simulate(_model(*UNSTABLE), times, rtol=1e-6, check=True)
    assert abs(rough["z"][0, -1] / (0.75 * np.exp(-4.0)) - 1.0) > 0.01
    assert "smaller --rtol" in _told(rough)
    assert published.simulate(_model(*UNSTABLE), times, rtol=1e-6).notes == ()
    fine = published.simulate(_model(*UNSTABLE), times, rtol=1e-11, check=True)
    assert fine.notes == ()


def test_a_chaotic_model_is_told_to_be_one_of_several():
    lorenz = {"x": "10*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 8/3*z"}
    run = published.simulate(_model(lorenz, {"x": 1.0, "y": 1.0, "z": 20.0}), np.linspace(0.0, 40.0, 201))
    assert "even from" in _told(run)


def test_a_sound_model_is_solved_at_the_usual_tolerance_without_words():
    model = published.load_published("Kuznetsov1994")
    times = np.linspace(0.0, 30.0, 31)
    checked = published.simulate(model, times)
    assert checked.notes == ()
    np.testing.assert_array_equal(checked.values, published.simulate(model, times, rtol=1e-6).values)


def test_only_the_first_subjects_are_solved_twice():
    asked = []

    def solve(first, rtol):
        asked.append((first, rtol))
        return np.ones((first, 20, 1)), np.zeros(first, dtype=np.int8)

    (values, _), notes = solve_checked(solve, 500, ["x"], None, check=True)
    assert values.shape == (500, 20, 1)
    assert notes == ()
    assert asked == [(500, 1e-6), (3, pytest.approx(1e-8))]


def test_what_the_reference_finished_is_counted_in_words():
    parts = ({"x": "piecewise(-1, x > 0, 0)", "y": "piecewise(1, x > 0, 0)"}, {"x": 1.0, "y": 0.0})
    run = published.simulate(_model(*parts), np.linspace(0.0, 10.0, 101))
    assert run.status.tolist() == [Status.FINISHED_BY_REFERENCE]
    assert run["y"][0, -1] == pytest.approx(1.0, rel=1e-5)
    assert "1 of 1 trajectories" in _told(run)
    assert run.messages() == []


@pytest.mark.parametrize("command", ["run", "import"])
def test_the_commands_take_a_tolerance_and_print_what_is_told(command, tmp_path):
    file = tmp_path / "m.xml"
    file.write_text(_document(*UNSTABLE), encoding="utf-8")
    what = ["run", "Kuznetsov1994"] if command == "run" else ["import", str(file), "--duration", "4"]
    result = CliRunner().invoke(app, [*what, "--rtol", "1e-5", "--json"])
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["finished"] == 1
    assert any("ill-conditioned" in w for w in found["warnings"]) == (command == "import")
    assert CliRunner().invoke(app, [*what, "--rtol", "0"]).exit_code == 2


def test_advice_names_only_options_that_there_are():
    texts = [status.advice for status in Status]
    helps = [CliRunner().invoke(app, [c, "--help"], terminal_width=200).stdout for c in ("run", "import")]
    for text in texts:
        for option in [word.strip("();,.") for word in text.split() if word.strip("();,.").startswith("--")]:
            assert all(option in shown for shown in helps)
        assert "max_steps" not in text
