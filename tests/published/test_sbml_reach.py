"""What an import gives that a user asks for: any quantity set, any start, constants, tolerated files, submodels."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("libsbml")

from sbml_documents import build

from abscopal import published
from abscopal.errors import InputError

DECAY = {
    "species": {"A": 10.0, "B": 0.0},
    "parameters": {"k": 0.3},
    "reactions": [("k*A", "r1", {"A": -1, "B": 1})],
}
T = np.linspace(0.0, 6.0, 25)


def _imported(text):
    return published.import_sbml(text.encode(), check_units=False)


def _built(**more):
    return build(**{"level": 3, "version": 2, **DECAY, **more})


def _rule(formula, **more):
    """A model with A = 10 exp(-0.3 t) and x by a rule."""
    about = {"parameters": {"k": 0.3, "x": None, "y": 0.0}, "varying": ["x", "y"], "rules": {"x": formula}, **more}
    return _imported(_built(**about))


def test_constants_and_rates_of_reactions_are_shown():
    run = published.simulate(_imported(_built()), T, {"k": [0.3, 0.6]})
    np.testing.assert_allclose(run["r1"], run["k"] * run["A"], rtol=1e-12)
    assert run["k"][:, 0].tolist() == [0.3, 0.6]
    assert run["c"].tolist() == np.ones((2, 25)).tolist()
    with pytest.raises(KeyError):
        run["nothing"]


def test_a_model_in_which_nothing_changes_says_what_its_numbers_are():
    text = build(parameters={"p": 3.0, "q": None}, varying=["q"], rules={"q": "2*p+1"})
    run = published.simulate(_imported(text), [0.0, 5.0], {"p": [3.0, 4.0]})
    assert run["q"].tolist() == [[7.0, 7.0], [9.0, 9.0]]
    assert run["p"][:, 0].tolist() == [3.0, 4.0]


CHAIN = {
    "parameters": {"D": 5.0, "n0": None, "B": None, "k": 0.1},
    "varying": ["B"],
    "initial": {"n0": "3*D", "B": "n0"},
    "rates": {"B": "-k*B"},
}


@pytest.mark.parametrize(
    ("changes", "first", "middle"),
    [
        ({}, 15.0, 15.0),
        ({"D": 2.0}, 6.0, 6.0),
        ({"n0": 4.0}, 4.0, 4.0),
        ({"B": 7.0}, 7.0, 15.0),
        ({"initial(B)": 7.0, "D": 1.0}, 7.0, 3.0),
    ],
)
def test_any_quantity_is_set_by_its_name_and_what_follows_from_it_follows(changes, first, middle):
    run = published.simulate(_imported(build(**CHAIN)), [0.0, 10.0], changes)
    np.testing.assert_allclose(run["B"][0], first * np.exp([0.0, -1.0]), rtol=1e-5)
    assert run["n0"][0, 0] == middle


def test_what_cannot_be_set_is_refused_with_the_reason():
    model = _rule("2*A")
    with pytest.raises(InputError, match="'x' is computed by the model"):
        published.simulate(model, T, {"x": 1.0})
    with pytest.raises(InputError, match=r"did you mean 'k'|allowed: .*k"):
        published.simulate(model, T, {"kk": 1.0})
    with pytest.raises(InputError, match="given twice"):
        published.simulate(model, T, {"A": 1.0, "initial(A)": 2.0})


def test_initial_values_know_the_time_of_the_start():
    text = build(
        parameters={"p": None, "clock": None, "late": None},
        varying=["clock", "late"],
        initial={"p": "time", "clock": "p", "late": "2*time+1"},
        rates={"clock": "1", "late": "time"},
    )
    model = _imported(text)
    run = published.simulate(model, [5.0, 15.0], start=5.0, rtol=1e-9)
    assert run["p"][0].tolist() == [5.0, 5.0]
    assert run["clock"][0] == pytest.approx([5.0, 15.0])
    assert run["late"][0] == pytest.approx([11.0, 11.0 + (15.0**2 - 5.0**2) / 2])


def test_events_before_a_late_start_do_not_act():
    model = _imported(_built(events=[{"when": f"time >= {t}", "set": {"A": "A+5"}} for t in (2, 6)]))
    run = published.simulate(model, [4.0, 7.0], start=4.0, rtol=1e-9)
    assert run["A"][0, 1] == pytest.approx(10 * math.exp(-0.9) + 5 * math.exp(-0.3), rel=1e-6)


FUNCTIONS = {
    "arctan(A-5)": lambda a: np.arctan(a - 5),
    "arcsin(A/10)": lambda a: np.arcsin(a / 10),
    "arccos(A/10)": lambda a: np.arccos(a / 10),
    "arccot(A-5.01)": lambda a: np.where(a < 5.01, -1, 1) * np.pi / 2 - np.arctan(a - 5.01),
    "arcsec(1+A)": lambda a: np.arccos(1 / (1 + a)),
    "arccsc(1+A)": lambda a: np.arcsin(1 / (1 + a)),
    "arcsinh(A-5)": lambda a: np.arcsinh(a - 5),
    "arccosh(1+A)": lambda a: np.arccosh(1 + a),
    "arctanh(A/11)": lambda a: np.arctanh(a / 11),
    "arccoth(1+A)": lambda a: np.arctanh(1 / (1 + a)),
    "arcsech(1/(1+A))": lambda a: np.arccosh(1 + a),
    "arccsch(1+A)": lambda a: np.arcsinh(1 / (1 + a)),
    "sinh(A/10)": lambda a: np.sinh(a / 10),
    "sech(A/10)": lambda a: 1 / np.cosh(a / 10),
    "csch(A/10)": lambda a: 1 / np.sinh(a / 10),
    "coth(A/10)": lambda a: 1 / np.tanh(a / 10),
    "sin(7*A)": lambda a: np.sin(7 * a),
    "cos(7*A)": lambda a: np.cos(7 * a),
    "tan(A/10)": lambda a: np.tan(a / 10),
    "sec(A/10)": lambda a: 1 / np.cos(a / 10),
    "csc(A/10)": lambda a: 1 / np.sin(a / 10),
    "cot(A/10)": lambda a: 1 / np.tan(a / 10),
    "floor(A+0.3)": lambda a: np.floor(a + 0.3),
    "ceil(A-0.3)": lambda a: np.ceil(a - 0.3),
}


@pytest.mark.slow
@pytest.mark.parametrize("formula", FUNCTIONS)
def test_functions_of_a_state_in_a_rule_and_in_a_rate(formula):
    model = _rule(formula, parameters={"k": 0.3, "x": None, "y": 0.0}, rates={"y": "x"})
    run = published.simulate(model, T, rtol=1e-9)
    a = run["A"][0]
    np.testing.assert_allclose(a, 10 * np.exp(-0.3 * T), rtol=1e-7)
    np.testing.assert_allclose(run["x"][0], FUNCTIONS[formula](a), rtol=1e-12, atol=1e-13)
    fine = np.linspace(0.0, 1.0, 20_001)
    expected = np.trapezoid(FUNCTIONS[formula](10 * np.exp(-0.3 * fine)), fine)
    np.testing.assert_allclose(run["y"][0, 4], expected, rtol=2e-4)


def test_outside_of_its_range_an_inverse_has_no_value():
    run = published.simulate(_rule("arcsin(A/5)"), T)
    assert np.isnan(run["x"][0, 0])
    assert not run.status.any() or np.isnan(run["x"][0]).all()


def test_the_rate_of_a_state_is_what_moves_it():
    model = _rule("rateOf(A)")
    run = published.simulate(model, T)
    np.testing.assert_allclose(run["x"][0], -0.3 * run["A"][0], rtol=1e-12)


def test_the_rate_of_a_concentration_counts_the_compartment_that_grows():
    about = {**DECAY, "compartments": {"c": 2.0}, "varying": ["c", "x"], "rates": {"c": "0.1*c"}}
    text = build(level=3, version=2, **{**about, "parameters": {"k": 0.3, "x": None}, "rules": {"x": "rateOf(A)"}})
    run = published.simulate(_imported(text), T)
    slope = -0.3 * run["A"][0] / run["c"][0] - 0.1 * run["A"][0]
    np.testing.assert_allclose(run["x"][0], slope, rtol=1e-9)


def test_a_piecewise_formula_without_otherwise_has_no_value_where_no_condition_holds():
    run = published.simulate(_rule("piecewise(1, A > 5)"), T)
    assert np.isnan(run["x"][0, -1])
    assert run["x"][0, 0] == 1.0


def _algebraic(formula):
    import libsbml

    text = libsbml.writeMathMLToString(libsbml.parseL3Formula(formula)).split("?>")[1]
    about = _built(parameters={"k": 0.3, "x": 1.0, "y": 1.0}, varying=["x", "y"])
    rules = f"<listOfRules><algebraicRule>{text}</algebraicRule></listOfRules>"
    return about.replace("<listOfReactions>", rules + "<listOfReactions>").replace(
        'id="y" value="1.0"', 'id="y" value="4"'
    )


def test_an_algebraic_rule_decides_the_variable_that_is_free():
    text = _algebraic("k*x + 2*A - 7").replace('"y"', '"z"')
    run = published.simulate(_imported(text), T)
    np.testing.assert_allclose(run["x"][0], (7 - 2 * run["A"][0]) / 0.3, rtol=1e-9)


@pytest.mark.parametrize("formula", ["x*x - A", "exp(x) - A", "A - 3", "floor(x) - A"])
def test_an_algebraic_rule_that_cannot_be_solved_is_refused(formula):
    with pytest.raises(InputError, match="algebraic rule"):
        _imported(_algebraic(formula))


TOLERATED = {
    "an unknown attribute": lambda t: t.replace("<parameter ", '<parameter foo="1" ', 1),
    "a missing attribute": lambda t: t.replace(' constant="true"', ""),
    "an empty list": lambda t: t.replace("<listOfReactions>", "<listOfRules/><listOfReactions>"),
    "an unknown element": lambda t: t.replace("<listOfReactions>", "<foo/><listOfReactions>"),
    "a name that is none": lambda t: t.replace("<parameter ", '<parameter metaid="1 2" ', 1),
}


@pytest.mark.parametrize("name", TOLERATED)
def test_a_rule_whose_breach_loses_nothing_is_a_warning(name):
    text = TOLERATED[name](build(**DECAY))
    assert text != build(**DECAY)
    model = _imported(text)
    assert any("breaks a rule of SBML" in w and w.startswith("line") for w in model.warnings)
    np.testing.assert_allclose(published.simulate(model, T)["A"][0], 10 * np.exp(-0.3 * T), rtol=1e-4)


def test_a_function_of_a_later_level_is_read_with_a_warning():
    model = _imported(build(level=2, version=4, **{**DECAY, "reactions": [("max(k*A, 0.1)", "r1", {"A": -1})]}))
    assert published.simulate(model, [0.0, 2.0])["A"][0, 1] == pytest.approx(10 * math.exp(-0.6), rel=1e-4)
    assert any("MathML" in w for w in model.warnings)


@pytest.mark.parametrize("damage", [("<ci> k </ci>", "<foo/>"), ("<ci> k </ci>", "<foo><ci>k</ci></foo>")])
def test_a_formula_that_loses_a_part_is_refused(damage):
    with pytest.raises(InputError, match="unknown operator"):
        _imported(build(**DECAY).replace(*damage))


def test_parts_without_a_formula_do_nothing_and_are_named():
    rule = '<listOfRules><assignmentRule variable="x"/></listOfRules>'
    event = (
        '<listOfEvents><event id="e" useValuesFromTriggerTime="true"><trigger initialValue="true" persistent="true"/>'
        '<listOfEventAssignments><eventAssignment variable="y"/></listOfEventAssignments></event></listOfEvents>'
    )
    text = _built(parameters={"k": 0.3, "x": 2.0, "y": 1.0}, varying=["x", "y"])
    text = text.replace("<listOfReactions>", rule + "<listOfReactions>").replace("</model>", event + "</model>")
    model = _imported(text)
    run = published.simulate(model, T)
    assert run["x"][0, -1] == 2.0
    assert run["y"][0, -1] == 1.0
    assert sum("no formula" in w or "no trigger" in w for w in model.warnings) == 2


def test_submodels_are_written_out():
    core, comp = (f"http://www.sbml.org/sbml/level3/version1/{p}" for p in ("core", "comp/version1"))
    inner = (
        '<listOfParameters><parameter id="x" value="10" constant="false"/>'
        '<parameter id="k" value="0.3" constant="true"/>'
        '</listOfParameters><listOfRules><rateRule variable="x"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply>'
        "<times/><apply><minus/><ci>k</ci></apply><ci>x</ci></apply></math></rateRule></listOfRules>"
    )
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><sbml xmlns="{core}" level="3" version="1" xmlns:comp="{comp}" '
        'comp:required="true"><model id="outer"><comp:listOfSubmodels><comp:submodel comp:id="one" '
        'comp:modelRef="inner"/><comp:submodel comp:id="two" comp:modelRef="inner"/></comp:listOfSubmodels></model>'
        f'<comp:listOfModelDefinitions><comp:modelDefinition id="inner">{inner}</comp:modelDefinition>'
        "</comp:listOfModelDefinitions></sbml>"
    )
    run = published.simulate(_imported(text), T, {"two__k": 0.6})
    np.testing.assert_allclose(run["one__x"][0], 10 * np.exp(-0.3 * T), rtol=1e-4)
    np.testing.assert_allclose(run["two__x"][0], 10 * np.exp(-0.6 * T), rtol=1e-4)
    with pytest.raises(InputError, match=r"could not be resolved|'comp'"):
        _imported(text.replace('modelRef="inner"', 'modelRef="nothing"'))
    looped = '<comp:listOfSubmodels><comp:submodel comp:id="again" comp:modelRef="inner"/></comp:listOfSubmodels>'
    with pytest.raises(InputError, match="contains itself"):
        _imported(text.replace("</comp:modelDefinition>", f"{looped}</comp:modelDefinition>"))


def test_a_sum_of_a_hundred_thousand_terms_is_refused_in_words():
    text = build(**DECAY).replace("<ci> k </ci>", "<apply><plus/>" + "<ci>k</ci>" * 100_000 + "</apply>")
    with pytest.raises(InputError, match="r1: the formula has more than 20000 terms"):
        _imported(text)
