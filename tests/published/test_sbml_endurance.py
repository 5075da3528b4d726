"""SBML models that ask much of a solver: blow-ups behind events, numbers out of range, many windows, many states."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("libsbml")

from sbml_text import document

from abscopal import published
from abscopal.engine.ensemble import kernel
from abscopal.errors import InputError
from abscopal.published.event_order import EventOrder
from abscopal.published.state_events import Follower


def _model(tmp_path, *parts):
    path = tmp_path / "m.xml"
    path.write_text(document(3, 2, *parts))
    return published.import_sbml(path)


def _rates(**about):
    """Parameters by id, each (value at the start, rate)."""
    items = [f'<parameter id="{n}" value="{v}" constant="false"/>' for n, (v, _) in about.items()]
    rules = [f'<rateRule variable="{n}">{{{{{f}}}}}</rateRule>' for n, (_, f) in about.items()]
    return (
        f"<listOfParameters>{''.join(items)}</listOfParameters>",
        f"<listOfRules>{''.join(rules)}</listOfRules>",
    )


def _event(trigger, variable, value):
    return (
        '<listOfEvents><event id="e" useValuesFromTriggerTime="true">'
        f'<trigger initialValue="true" persistent="true">{{{{{trigger}}}}}</trigger><listOfEventAssignments>'
        f'<eventAssignment variable="{variable}">{{{{{value}}}}}</eventAssignment>'
        "</listOfEventAssignments></event></listOfEvents>"
    )


def test_what_would_happen_beyond_an_event_does_not_fail_the_run(tmp_path):
    """x' = 1 + x^2 is tan(t), infinite at pi/2; an event takes it back to zero at 10 each time."""
    model = _model(tmp_path, *_rates(x=(0, "1 + x^2")), _event("x > 10", "x", "0"))
    times = np.linspace(0.0, 6.0, 33)
    run = published.simulate(model, times)
    assert run.messages() == []
    np.testing.assert_allclose(run["x"][0], np.tan(times % math.atan(10.0)), rtol=1e-3, atol=1e-3)


def test_a_slope_out_of_range_is_no_reason_to_stop(tmp_path):
    """exp(200 (5 - time)) is beyond the largest number at the start, and its share of the rate is nought."""
    model = _model(tmp_path, *_rates(x=(1, "-x/(1 + exp(200*(5 - time)))")))
    run = published.simulate(model, [0.0, 4.0, 6.0, 10.0])
    assert run.messages() == []
    np.testing.assert_allclose(run["x"][0], np.exp([0.0, 0.0, -1.0, -5.0]), rtol=1e-4)


@pytest.mark.parametrize(
    ("window", "share"),
    [
        ("sin(200*pi*time) > 0.99999", math.acos(0.99999) / math.pi),
        ("2*cos(3 - 50*pi*time) + 1 < 0.5", math.acos(0.25) / math.pi),
        ("sin(2*pi*time) > 1.5", 0.0),
    ],
)
def test_thousands_of_narrow_windows_take_their_share_of_time(tmp_path, window, share):
    model = _model(tmp_path, *_rates(x=(0, f"piecewise(1, {window}, 0)")))
    run = published.simulate(model, [0.0, 40.0])
    assert run["x"][0, -1] == pytest.approx(40.0 * share, rel=1e-5, abs=1e-12)


def test_windows_that_must_be_searched_too_often_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(EventOrder, "most_searches", 1_000)
    model = _model(tmp_path, *_rates(x=(0, "piecewise(1, sin(2000*pi*time) + 0.001*time > 0.5, 0)")))
    with pytest.raises(InputError, match="no formula gives") as error:
        published.simulate(model, [0.0, 1000.0])
    assert "shorten the run" in str(error.value)


def test_events_that_will_be_too_many_are_told_of_after_a_tenth(tmp_path, monkeypatch):
    """Twice as many as are allowed: not so many that the pace of the first few shows it."""
    monkeypatch.setattr(Follower, "most_acts", 200)
    model = _model(tmp_path, *_rates(x=(0, "1")), _event("x > 1", "x", "0"))
    with pytest.raises(InputError, match="act more than") as error:
        published.simulate(model, [0.0, 400.0])
    assert float(str(error.value).split("before time ")[1].split(",")[0]) < 40.0


def test_one_run_needs_one_piece_of_machine_code(tmp_path, monkeypatch):
    made = []
    plain = kernel.compile_module
    monkeypatch.setattr(kernel, "compile_module", lambda *a, **k: made.append(1) or plain(*a, **k))
    monkeypatch.setattr(kernel.cache, "read", lambda key: None)
    model = _model(tmp_path, *_rates(x=(1e6, "-0.71828*x"), y=(1e-6, "0.31415*x - y")))
    published.simulate(model, [0.0, 1.0])
    assert len(made) == 1


def test_a_large_module_is_compiled_in_haste_and_says_the_same(tmp_path, monkeypatch):
    parts = _rates(x=(1, "-x*y/(2 + x)"), y=(2, "exp(-y) - 0.1*x"))
    careful = published.simulate(_model(tmp_path, *parts), [0.0, 5.0], rtol=1e-9)
    monkeypatch.setattr("abscopal.engine.machine._LARGE", 0)
    monkeypatch.setattr(kernel.cache, "read", lambda key: None)
    kernel._kernels.clear()
    hasty = published.simulate(_model(tmp_path, *parts), [0.0, 5.0], rtol=1e-9)
    np.testing.assert_allclose(hasty.values, careful.values, rtol=1e-9)


@pytest.mark.slow
def test_a_chain_of_five_hundred_states_is_poissons_distribution(tmp_path):
    """Everything starts in the first and moves on at rate 1: of time t, x_i holds t^i e^-t / i!."""
    chain = {"x0": (1, "-x0")} | {f"x{i}": (0, f"x{i - 1} - x{i}") for i in range(1, 500)}
    run = published.simulate(_model(tmp_path, *_rates(**chain)), [0.0, 50.0, 100.0])
    for row, t in ((1, 50.0), (2, 100.0)):
        exact = [math.exp(i * math.log(t) - t - math.lgamma(i + 1)) for i in range(500)]
        np.testing.assert_allclose([run[f"x{i}"][0, row] for i in range(500)], exact, rtol=1e-3, atol=1e-6)
