"""Every construct the importer reads, in small documents, against libRoadRunner."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("libsbml")
pytest.importorskip("roadrunner")

from oracle import assert_agree, simulated
from sbml_documents import build

from abscopal import published

END, POINTS = 10.3, 104
BASE = {
    "species": {"A": 10.0, "B": 0.0},
    "parameters": {"k": 0.3},
    "reactions": [("k*A", "r1", {"A": -1, "B": 1})],
}


def _rate(formula, **more):
    return {**BASE, "reactions": [(formula, "r1", {"A": -1, "B": 1})], **more}


def _when(*events, **more):
    return {**BASE, "events": events, **more}


ALL = ((3, 1), (3, 2), (2, 4))
NEW = ((3, 1), (3, 2))
NEWEST = ((3, 2),)
CASES = {
    # Amounts and concentrations.
    "compartment size": (ALL, {**BASE, "compartments": {"c": 2.5}, "reactions": [("c*k*A", "r1", {"A": -1, "B": 2})]}),
    "amounts in formulas": (
        ALL,
        {
            **BASE,
            "compartments": {"c": 2.5},
            "species": {"A": {"amount": 10.0, "hosu": True}, "B": {"conc": 1.0, "hosu": True}},
        },
    ),
    "two compartments": (
        ALL,
        {
            **BASE,
            "compartments": {"c": 2.5, "d": 0.5},
            "species": {"A": {"amount": 10.0}, "B": {"conc": 1.0, "compartment": "d"}},
        },
    ),
    "boundary species": (ALL, {**BASE, "species": {"A": {"conc": 10.0, "boundary": True}, "B": 0.0}}),
    "conversion factor": (
        NEW,
        {**BASE, "parameters": {"k": 0.3, "f": 2.0}, "species": {"A": {"conc": 10.0, "factor": "f"}, "B": 0.0}},
    ),
    "growing compartment": (
        ALL,
        {
            **BASE,
            "compartments": {"c": 2.0},
            "varying": ["c"],
            "rates": {"c": "0.1*c"},
            "species": {"A": 10.0, "B": 0.0, "S": {"conc": 1.0, "boundary": True}},
            "reactions": [("c*k*A*S", "r1", {"A": -1, "B": 1})],
        },
    ),
    "compartment by a rule": (
        ALL,
        {**BASE, "compartments": {"c": 2.0}, "varying": ["c"], "rules": {"c": "2 + time*0.1"}},
    ),
    "compartment changed by an event": (
        ALL,
        _when({"when": "time >= 4", "set": {"c": "5"}}, compartments={"c": 2.0}, varying=["c"]),
    ),
    # Numbers, rules, functions.
    "local parameters": (ALL, {**BASE, "local": {"k": 0.7}}),
    "functions in functions": (
        ALL,
        _rate("k*f(A, g(A))", functions={"f": "lambda(a, b, a*b/(1+b))", "g": "lambda(x, f(x,x)+1)"}),
    ),
    "assignment rules in any order": (
        ALL,
        _rate(
            "k*A/(1+x)",
            parameters={"k": 0.3, "x": None, "y": None},
            varying=["x", "y"],
            rules={"x": "y*2", "y": "A+B^2"},
        ),
    ),
    "rate rule": (
        ALL,
        {**BASE, "parameters": {"k": 0.3, "x": 1.0}, "varying": ["x"], "rates": {"x": "0.2*x*(1-x/A)"}},
    ),
    "initial assignments": (
        ALL,
        {
            **BASE,
            "compartments": {"c": 2.5},
            "parameters": {"k": None, "q": 2.0, "x": None},
            "varying": ["x"],
            "rules": {"x": "A+B"},
            "initial": {"k": "q/10 + x/300", "A": "7*q"},
        },
    ),
    "reaction rate in a formula": (
        ALL,
        {**BASE, "parameters": {"k": 0.3, "x": None}, "varying": ["x"], "rules": {"x": "r1*2"}},
    ),
    "many functions": (
        ALL,
        {
            **BASE,
            "reactions": [
                (
                    "abs(B-5)*0.01 + ln(1+A) + log10(2+A) + sqrt(A)*0.1 + root(3,A+1) + A^k + exp(-B) + tanh(B)*0.1",
                    "r1",
                    {"A": -0.1, "B": 0.1},
                )
            ],
        },
    ),
    "least and largest": (NEWEST, _rate("min(A,3)*k + max(0.1,A-5,2)*0.01")),
    "odd power of a negative number": (
        ALL,
        _rate("k*((A-B)^n)*0.01 + k*A", parameters={"k": 0.1, "n": 3.0}),
    ),
    "negative power": (ALL, _rate("k*A*(1+(0.5-B)^2)^n", parameters={"k": 0.1, "n": -2.0})),
    "states below zero": (
        ALL,
        {
            "species": {"A": 1.0, "B": 0.0},
            "parameters": {"k": 1.0},
            "reactions": [("k*B", "r1", {"A": -1}), ("k*A", "r2", {"B": 1})],
        },
    ),
    # Conditions and time.
    "piecewise on a state": (ALL, _rate("piecewise(k*A, A > 5, k*A/2, A > 2, 0.1)")),
    "logic": (ALL, _rate("piecewise(k*A, xor(A>5, B>6), k*A/3, not(A>8) && B<=1, 0.01*A)")),
    "unused branch divides by zero": (ALL, _rate("piecewise(k*A/B, B>0.5, k*A)")),
    "windows of time": (ALL, _rate("piecewise(1,(time>=2)&&(time<=2.05)||(time>7 && time<7.25),0)*A")),
    "window set by parameters": (
        ALL,
        _rate("piecewise(2,(time>on)&&(time<on+dur),0.1)", parameters={"k": 0.3, "on": 2.5, "dur": 1.3}),
    ),
    "smooth function of time": (ALL, _rate("k*A*exp(-time/4)*(1+sin(2*time+0.3)) + cos(time)^2*A*0.1")),
    "periodic by floor": (ALL, _rate("k*A*piecewise(1, time-2*floor(time/2) < 0.5, 0)")),
    "periodic by rem": (NEWEST, _rate("k*A*piecewise(1, rem(time,2.5) < 0.5, 0)")),
    "curved condition on time": (ALL, _rate("piecewise(k*A, time^2-5*time+4 < 0, 0)")),
    "condition on a wave": (ALL, _rate("piecewise(k*A, sin(time) > 0.5, 0)")),
    "a hundred windows": (
        NEWEST,
        _rate(
            "k*A*piecewise(3, "
            + " || ".join(f"(time>={i / 10} && time<{i / 10 + 0.03})" for i in range(100))
            + ", 0.1)"
        ),
    ),
    "a wave in a window": (ALL, _rate("k*A*piecewise(1+sin(time), time>2 && time<8, 0.5)")),
    "only a rule": (ALL, {"parameters": {"x": None}, "varying": ["x"], "rules": {"x": "piecewise(time,time<3,2)"}}),
    # Events.
    "event at a time": (ALL, _when({"when": "time >= 3", "set": {"A": "A+5", "B": "B/2"}})),
    "event just after a time": (ALL, _when({"when": "time > 3", "set": {"A": "A+5"}})),
    "event at an instant": (ALL, _when({"when": "time == 4", "set": {"A": "A+2"}})),
    "no event at the start": (ALL, _when({"when": "time >= 0", "set": {"A": "A+5"}})),
    "event at the start": (NEW, _when({"when": "time >= 0", "set": {"A": "A+5"}, "initially": False})),
    "delay": (ALL, _when({"when": "time >= 3", "set": {"A": "A+B"}, "delay": "2.2", "at_trigger": False})),
    "delay, values of the trigger": (ALL, _when({"when": "time >= 3", "set": {"A": "A+B"}, "delay": "2.2"})),
    "priorities": (
        NEW,
        _when(
            {"when": "time >= 3", "set": {"A": "A+5"}, "at_trigger": False, "priority": "1"},
            {"when": "time >= 3", "set": {"A": "A*2"}, "at_trigger": False, "priority": "2"},
        ),
    ),
    "together, values of the trigger": (
        NEW,
        _when(
            {"when": "time >= 3", "set": {"A": "A+5"}, "priority": "2"},
            {"when": "time >= 3", "set": {"B": "A*2"}, "priority": "1"},
        ),
    ),
    "event undoes another": (
        NEW,
        _when(
            {"when": "time>=3", "set": {"x": "1"}, "priority": "10"},
            {"when": "time>=3 && x<0.5", "set": {"A": "A+5"}, "priority": "5", "persistent": False},
            parameters={"k": 0.3, "x": 0.0},
            varying=["x"],
        ),
    ),
    "doses that set the next": (
        ALL,
        _when(
            {"when": "time >= next", "set": {"A": "A+3", "next": "next+2"}},
            parameters={"k": 0.3, "next": 1.5},
            varying=["next"],
        ),
    ),
    "periodic events": (ALL, _when({"when": "time - 3*floor(time/3) > 1", "set": {"A": "A+3"}})),
    "event on a state": (ALL, _when({"when": "A < 2", "set": {"A": "8"}})),
    "event on a state, delayed": (ALL, _when({"when": "A < 2", "set": {"A": "A+6"}, "delay": "1.5"})),
    "not persistent": (
        NEW,
        _when(
            {"when": "A < 2", "set": {"A": "A+6"}, "delay": "1.5", "persistent": False},
            {"when": "time>=6", "set": {"A": "5"}},
        ),
    ),
    "events on states and time": (
        ALL,
        _when(
            {"when": "A < 2 && time < 7", "set": {"A": "8", "B": "B/2"}},
            {"when": "B > 6", "set": {"k": "k*0.9"}},
            varying=["k"],
        ),
    ),
    "extinction": (
        ALL,
        {
            "species": {"A": 100.0},
            "parameters": {"k": 0.6},
            "reactions": [("k*A", "r1", {"A": -1})],
            "events": [{"when": "A < 1", "set": {"A": "0"}}],
        },
    ),
    "a hundred doses": (
        NEWEST,
        _when(*({"when": f"time >= {i / 10 + 0.05}", "set": {"A": "A+1"}} for i in range(100))),
    ),
    "event that sets off others": (
        ALL,
        _when(
            {"when": "time>=4", "set": {"on": "1"}},
            {"when": "on > 0.5", "set": {"A": "A+4"}},
            {"when": "on > 0.5", "set": {"B": "B*3"}, "delay": "1"},
            parameters={"k": 0.3, "on": 0.0},
            varying=["on"],
        ),
    ),
    "time in an event": (
        ALL,
        _when(
            {"when": "A < 5", "set": {"last": "time", "A": "9"}}, parameters={"k": 0.3, "last": 0.0}, varying=["last"]
        ),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_construct_agrees_with_libroadrunner(name):
    versions, about = CASES[name]
    for level, version in versions:
        text = build(level=level, version=version, **about)
        model = published.import_sbml(text.encode(), check_units=False)
        times = np.linspace(0.0, END, POINTS)
        solver = "fast" if (level, version) == (3, 2) else "reference"
        run = published.simulate(model, times, solver=solver, rtol=1e-9, atol=1e-9)
        assert_agree(run.values[0], simulated(text, run.names, END, POINTS), run.names, 1e-6)


def test_a_delayed_event_that_is_not_persistent_acts_if_its_trigger_holds_all_along():
    """libRoadRunner 2.10 loses it as soon as another event is delayed too; the specification does not."""
    text = build(
        **_when(
            {"when": "time >= 2", "set": {"A": "7"}, "delay": "1", "persistent": False},
            {"when": "time >= 1.9", "set": {"B": "B+1"}, "delay": "0.5"},
        )
    )
    run = published.simulate(published.import_sbml(text.encode(), check_units=False), [0.0, 2.9999, 3.0], rtol=1e-9)
    assert run["A"][0, 1] == pytest.approx(10 * np.exp(-0.3 * 2.9999), rel=1e-6)
    assert run["A"][0, 2] == 7.0


def test_foreseen_events_do_the_same_when_they_are_followed():
    from dataclasses import replace

    text = build(
        **_when(
            {"when": "time >= next", "set": {"A": "A+3", "next": "next+2"}},
            {"when": "time > 3.3", "set": {"B": "A"}, "delay": "0.4", "at_trigger": False},
            parameters={"k": 0.3, "next": 1.5},
            varying=["next"],
        )
    )
    model = published.import_sbml(text.encode(), check_units=False)
    times = np.linspace(0.0, 9.0, 91)
    planned = published.simulate(model, times, rtol=1e-10, solver="reference")
    followed = published.simulate(replace(model, unforeseen="a test"), times, rtol=1e-10)
    np.testing.assert_allclose(planned.values, followed.values, rtol=1e-7, atol=1e-9)


def test_subjects_whose_timing_differs_are_each_right():
    text = build(**_when({"when": "time >= day", "set": {"A": "A+5"}}, parameters={"k": 0.3, "day": 3.0}))
    model = published.import_sbml(text.encode(), check_units=False)
    days = np.array([1.0, 4.0, 2.5])
    run = published.simulate(model, [0.0, 6.0], {"day": days}, rtol=1e-9)
    np.testing.assert_allclose(run["A"][:, 1], 10 * np.exp(-1.8) + 5 * np.exp(-0.3 * (6 - days)), rtol=1e-6)


def test_a_dose_of_an_amount_is_spread_over_the_compartment():
    text = build(**{**BASE, "compartments": {"c": 4.0}, "reactions": [("0*A", "r1", {"A": -1, "B": 1})]})
    model = published.import_sbml(text.encode(), check_units=False)
    run = published.simulate(model, [0.0, 2.0], given=model.dose("A", 2.0, [1.0]))
    assert run["A"][0, 1] == pytest.approx(10.5)


def test_a_dose_on_a_switch_sets_off_what_depends_on_it():
    text = build(
        **_when(
            {"when": "on > 0.5", "set": {"A": "A+4"}},
            {"when": "time > 90", "set": {"on": "0"}},
            parameters={"k": 0.3, "on": 0.0},
            varying=["on"],
        )
    )
    model = published.import_sbml(text.encode(), check_units=False)
    run = published.simulate(model, [0.0, 6.0], given=model.dose("on", 1.0, [2.0]), rtol=1e-9)
    assert run["A"][0, 1] == pytest.approx(10 * np.exp(-1.8) + 4 * np.exp(-1.2), rel=1e-6)


def test_a_level_3_compartment_without_dimensions_still_has_a_size():
    text = build(**{**BASE, "compartments": {"c": 4.0}}).replace(' spatialDimensions="3"', "")
    assert "spatialDimensions" not in text
    run = published.simulate(published.import_sbml(text.encode(), check_units=False), [0.0, 1.0], rtol=1e-9)
    assert run["A"][0, 1] == pytest.approx(10 * np.exp(-0.3 / 4), rel=1e-6)


def test_the_root_of_a_negative_number_ends_the_trajectory():
    text = build(**_rate("k*A + 0.001*sqrt(A-3)"))
    run = published.simulate(published.import_sbml(text.encode(), check_units=False), np.linspace(0.0, 10.0, 11))
    assert np.isfinite(run["A"][0, :4]).all()
    assert np.isnan(run["A"][0, 5:]).all()
    assert run.messages()


@pytest.mark.parametrize("formulas", [("A+5", "A*2"), ("A*2", "A+5")])
def test_events_of_equal_priority_act_in_the_order_of_the_file(formulas):
    text = build(**_when(*({"when": "time >= 3", "set": {"A": f}, "at_trigger": False} for f in formulas)))
    run = published.simulate(published.import_sbml(text.encode(), check_units=False), [0.0, 3.0], rtol=1e-9)
    before = 10 * np.exp(-0.9)
    assert run["A"][0, 1] == pytest.approx(2 * (before + 5) if formulas[0] == "A+5" else 2 * before + 5, rel=1e-6)
