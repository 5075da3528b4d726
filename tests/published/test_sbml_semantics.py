"""Rarer constructs as the specification has them, Level 2 Version 1 to Level 3 Version 2, with libRoadRunner."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("libsbml")
pytest.importorskip("roadrunner")

from oracle import assert_agree, simulated
from sbml_text import (
    GROWS,
    amount,
    compartments,
    conc,
    document,
    event,
    events,
    functions,
    initially,
    parameters,
    reaction,
    reactions,
    rules,
    species,
)

from abscopal import published
from abscopal.errors import InputError

END, POINTS = 10.3, 98
C, GROWING = compartments(c=2), compartments(c=(2, GROWS))
BOTH = species(A=conc(10), B=conc(0))
K = parameters(k=0.3)
BY_FORMULA = '<speciesReference species="B"><stoichiometryMath>{{q*2+0.1*B}}</stoichiometryMath></speciesReference>'
AMOUNTS = species(A=amount(10), B=conc(1))
MIXED = species(A=conc(10), B=amount(1, hasOnlySubstanceUnits="true"))
DECAY = reactions(reaction(3, "r", "k*A", {"A": 1}, {"B": 1}))
DECAY_2 = reactions(reaction(2, "r", "c*k*A", {"A": 1}, {"B": 2}))


def _law(law, *before, version=1, products=None):
    made = {"B": 1} if products is None else products
    return (3, version, *before, C, BOTH, K, reactions(reaction(3, "r", law, {"A": 1}, made)))


def _stoichiometry(*before, **about):
    said = "".join(f' {k}="{v}"' for k, v in about.items())
    reference = f'<speciesReference id="s" species="B"{said}/>'
    return (3, 1, C, BOTH, K, *before, reactions(reaction(3, "r", "k*A", {"A": 1}, {"B": reference})))


def _local(**values):
    items = "".join(f'<localParameter id="{n}" value="{v}"/>' for n, v in values.items())
    return f"<listOfLocalParameters>{items}</listOfLocalParameters>"


def _events(*items, first=C, kinds=BOTH, numbers=K, rule=""):
    return (3, 1, first, kinds, numbers, rule, DECAY, events(*items))


AGREE = {
    # Older versions and their defaults.
    "L2V1": (2, 1, '<listOfCompartments><compartment id="c" size="2"/></listOfCompartments>', AMOUNTS, K, DECAY_2),
    "L2V2, no size": (2, 2, '<listOfCompartments><compartment id="c"/></listOfCompartments>', AMOUNTS, K, DECAY_2),
    "L2V1 event": (
        2,
        1,
        C,
        AMOUNTS,
        K,
        DECAY_2,
        events(event("time>=2.03", {"A": "A+B", "B": "A"}, at_trigger=None, level=2)),
    ),
    "L2V3 delay": (
        2,
        3,
        C,
        AMOUNTS,
        K,
        DECAY_2,
        events(event("time>=2.03", {"A": "A+B"}, delay="1.11", at_trigger=None, level=2)),
    ),
    "L2V5 values when acting": (
        2,
        5,
        C,
        AMOUNTS,
        K,
        DECAY_2,
        events(event("time>=2.03", {"A": "A+B"}, delay="1.11", at_trigger="false", level=2)),
    ),
    "L2V3 stoichiometryMath": (
        2,
        3,
        C,
        AMOUNTS,
        parameters(k=0.3, q=2),
        reactions(
            reaction(
                2,
                "r",
                "k*A",
                {"A": 1},
                {"B": BY_FORMULA},
            )
        ),
    ),
    # Compartments that change, and what is in them.
    "event on a compartment": _events(event("time>=2.03", {"c": "c*3"}), first=GROWING, kinds=MIXED),
    "event on a compartment, by a state": _events(event("A<4", {"c": "c*3"}), first=GROWING, kinds=MIXED),
    "event on a concentration while its compartment grows": _events(
        event("time>=2.03", {"A": "A+7"}), first=GROWING, kinds=MIXED, rule=rules(rates={"c": "0.1*c"})
    ),
    "delayed concentration while its compartment grows": _events(
        event("time>=2.03", {"A": "A+7"}, delay="1.5"), first=GROWING, kinds=MIXED, rule=rules(rates={"c": "0.3*c"})
    ),
    "a delayed number as concentration while its compartment grows": _events(
        event("time>=2.03", {"A": "7"}, delay="1.5"), first=GROWING, kinds=MIXED, rule=rules(rates={"c": "0.3*c"})
    ),
    "two events of one instant while the compartment grows": _events(
        event("time>=2.03", {"A": "A+7"}, priority="2"),
        event("time>=2.03", {"B": "B*2"}, priority="1"),
        first=GROWING,
        kinds=MIXED,
        rule=rules(rates={"c": "0.3*c"}),
    ),
    "the same, when a state says so": _events(
        event("A<4", {"A": "A+7"}, delay="1.5"), first=GROWING, kinds=MIXED, rule=rules(rates={"c": "0.3*c"})
    ),
    "concentration with a rate rule, event on the compartment": (
        3,
        1,
        GROWING,
        species(A=conc(10), X=conc(3)),
        K,
        rules(rates={"X": "-0.1*X"}),
        events(event("time>=2.03", {"c": "c*3"}), event("X<0.7", {"c": "c/2"})),
    ),
    "rate rules in a compartment with a rate rule": (
        3,
        1,
        GROWING,
        species(A=conc(10), B=conc(1), X=conc(5), Y=amount(5, hasOnlySubstanceUnits="true")),
        K,
        rules(rates={"X": "-0.2*X+0.01*A", "Y": "-0.2*Y", "c": "0.2"}),
        DECAY,
    ),
    "size by an amount in it": (
        3,
        1,
        compartments(c=(None, GROWS)),
        species(A=amount(10), B=amount(4, hasOnlySubstanceUnits="true")),
        K,
        rules({"c": "1+B/5"}),
        DECAY,
    ),
    "constant species in a growing compartment": (
        3,
        1,
        GROWING,
        species(A=conc(10, boundaryCondition="true", constant="true"), B=conc(1)),
        K,
        rules(rates={"c": "0.3"}),
        DECAY,
    ),
    "no dimensions": (
        3,
        1,
        '<listOfCompartments><compartment id="c" spatialDimensions="0" constant="true"/></listOfCompartments>',
        species(A=amount(10, hasOnlySubstanceUnits="true"), B=amount(1, hasOnlySubstanceUnits="true")),
        K,
        DECAY,
    ),
    "a surface": (3, 1, compartments(c=(2.5, 'spatialDimensions="2" constant="true"')), BOTH, K, DECAY),
    "amounts and concentrations across compartments": (
        3,
        1,
        compartments(c=2, d=0.25),
        species(A=conc(10), B=amount(1, compartment="d", hasOnlySubstanceUnits="true"), E=amount(1, compartment="d")),
        K,
        reactions(reaction(3, "r", "k*A*c", {"A": 1}, {"B": 1}), reaction(3, "q", "k*B/(1+E)", {"B": 2}, {"E": 3})),
    ),
    # Species that reactions do not move.
    "boundary species with a rate rule": (
        3,
        1,
        C,
        species(A=conc(10, boundaryCondition="true"), B=conc(1)),
        K,
        rules(rates={"A": "-0.1*A"}),
        DECAY,
    ),
    "boundary amount with a rule": (
        3,
        1,
        C,
        species(A=conc(10, boundaryCondition="true", hasOnlySubstanceUnits="true"), B=conc(1)),
        K,
        rules({"A": "2+time"}),
        DECAY,
    ),
    "boundary species and an event": _events(
        event("B>5", {"A": "A/2"}), kinds=species(A=conc(10, boundaryCondition="true"), B=conc(1))
    ),
    # Stoichiometry.
    "stoichiometry by a rule": _stoichiometry(rules({"s": "1+0.1*time"}), constant="false"),
    "stoichiometry by a rate rule": _stoichiometry(rules(rates={"s": "0.1"}), stoichiometry=1.5, constant="false"),
    "stoichiometry by an initial assignment": _stoichiometry(initially(s="k*10"), constant="true"),
    "stoichiometry by an event": (
        *_stoichiometry(stoichiometry=1.5, constant="false"),
        events(event("time>2.03", {"s": "3"})),
    ),
    "a species on both sides": _law("k*A", products={"A": 0.5, "B": 1}),
    # Names.
    "local parameters shadow species": (
        3,
        1,
        functions(f="lambda(k, A, k*A+1)"),
        C,
        BOTH,
        K,
        reactions(reaction(3, "r", "f(A, B)*0.1+k*0.01", {"A": 1}, {"B": 1}, inside=_local(k=0.9, B=2))),
    ),
    "local parameters shadow reactions": (
        3,
        1,
        C,
        BOTH,
        K,
        reactions(reaction(3, "r", "q*A", {"A": 1}, {"B": 1}, inside=_local(q=0.9)), reaction(3, "q", "k*B", {"B": 1})),
    ),
    "initial assignment by a rate": (
        3,
        1,
        C,
        species(A=conc(10), B={}),
        parameters(k=0.3, v=None),
        initially(B="r*2", v="r+B"),
        DECAY,
    ),
    "initial size and concentration": (
        3,
        1,
        compartments(c=None),
        species(A={}, B=amount(4)),
        parameters(k=0.3, q=5),
        initially(c="q/2", A="c*3"),
        DECAY,
    ),
    "conversion factors in a growing compartment": (
        3,
        1,
        GROWING,
        species(A=conc(10, conversionFactor="f"), B=conc(1)),
        parameters(k=0.3, f=3, g=0.5),
        rules(rates={"c": "0.2*c"}),
        DECAY,
    ),
    "Avogadro's number": _law("k*A*avogadro/6e23"),
    # Formulas.
    "functions of nothing": _law("f()*g(A)", functions(f="lambda(0.31)", g="lambda(x,x*pi/exponentiale)")),
    "time in a function": _law("k*f(A)", functions(f="lambda(x, x*(1+0.1*time))"), version=2),
    "rem, quotient and implies": _law("k*A*piecewise(1, implies(rem(time,2)<1, quotient(time,2)<3), 0.1)", version=2),
    "a condition as a number": _law("k*A*((A>5)+0.5)", version=2),
    "time against a state": _law("piecewise(k*A, time < A, 0.1*A)"),
    "nought as a power": _law("0.3*(A-A+1)^0 + B^2*0.001"),
    # Events.
    "values change places": _events(event("time>=2.03", {"A": "B", "B": "A"})),
    "delay by a state": _events(event("A<5", {"A": "A+B"}, delay="B/3")),
    "at the start, false before": _events(
        event("time>=0", {"A": "A+3"}, first="false", priority="1"),
        event("A>9", {"B": "A"}, first="false", priority="2"),
    ),
    "at the start, true before": _events(event("A>9", {"B": "5"})),
    "from the start on, delayed": _events(event("A>9", {"B": "B+5"}, first="false", delay="0.75")),
    "a delay of nought": _events(
        event("time>1.03", {"B": "B+5"}, delay="0", priority="1"),
        event("time>1.03", {"B": "B*2"}, delay="0", priority="2", at_trigger="false"),
    ),
    "priority by a state": _events(
        event("time>1.03", {"A": "A+5"}, priority="A", at_trigger="false"),
        event("time>1.03", {"A": "A*2"}, priority="B", at_trigger="false"),
    ),
    "undone within an instant": _events(
        event("A<5", {"A": "10"}, priority="2"), event("A<5", {"B": "B+7"}, priority="1", persistent="false")
    ),
    "not undone if persistent": _events(
        event("A<5", {"A": "10"}, priority="2"), event("A<5", {"B": "B+7"}, priority="1")
    ),
    "trigger on a rate": _events(event("r<2", {"A": "A+4"})),
    "triggered again while it waits": _events(event("sin(time*3)>0", {"A": "A+1"}, delay="1.7")),
    "on, and off later": _events(
        event("A<6", {"v": "1"}), event("v>0.5", {"v": "0", "A": "A+1"}, delay="1.5"), numbers=parameters(k=0.3, v=0)
    ),
}


@pytest.mark.parametrize("name", AGREE)
def test_a_construct_agrees_with_libroadrunner(name):
    text = document(*AGREE[name])
    model = published.import_sbml(text.encode(), check_units=False)
    run = published.simulate(model, np.linspace(0.0, END, POINTS), solver="reference", rtol=1e-9, atol=1e-9)
    assert_agree(run.values[0], simulated(text, run.names, END, POINTS), run.names, 1e-6)


def test_the_models_conversion_factor_is_for_species_without_their_own():
    kinds = species(A=conc(10, conversionFactor="f"), B=conc(1, hasOnlySubstanceUnits="true"))
    text = document(3, 1, C, kinds, parameters(k=0.3, f=3, g=0.5), DECAY, attributes='conversionFactor="g"')
    run = published.simulate(
        published.import_sbml(text.encode(), check_units=False), np.linspace(0.0, END, POINTS), rtol=1e-9
    )
    assert_agree(run.values[0], simulated(text, run.names, END, POINTS), run.names, 1e-6)


REFUSED = {
    "delay()": (_law("k*delay(A,1)"), "delay"),
    "rateOf() of a rate": ((3, 2, C, BOTH, parameters(k=0.3, v=None), rules({"v": "rateOf(r)"}), DECAY), "rateOf"),
    "fast": ((3, 1, C, BOTH, K, reactions(reaction(3, "r", "k*A", {"A": 1}, {"B": 1}, fast="true"))), "fast reaction"),
    "no number": (_law("k*A*piecewise(1, A < inf, 2)"), "finite"),
    "a concentration's rule where a rule sets the size": (
        (3, 1, GROWING, species(A=conc(10)), K, rules({"c": "1+time"}, {"A": "-0.1*A"})),
        "hasOnlySubstanceUnits",
    ),
    "an event on a concentration and what its compartment's size follows": (
        (
            3,
            1,
            GROWING,
            MIXED,
            parameters(k=0.3, v=1),
            rules({"c": "1+v"}),
            DECAY,
            events(event("time>1", {"A": "1", "v": "2"})),
        ),
        "at once",
    ),
    "an event on a concentration and the size at once": (
        (
            3,
            1,
            GROWING,
            species(A=conc(10)),
            K,
            rules(rates={"A": "-0.1*A"}),
            events(event("time>1", {"A": "1", "c": "1"})),
        ),
        "at once",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_exact_is_refused(name):
    parts, reason = REFUSED[name]
    with pytest.raises(InputError, match=reason):
        published.import_sbml(document(*parts).encode(), check_units=False)


@pytest.mark.slow
def test_a_rate_that_jumps_where_a_state_meets_the_clock_does_not_end_the_run():
    """LSODA stops there at this tolerance; the other method goes on."""
    from test_sbml_fuzz import END as END_OF_FUZZ
    from test_sbml_fuzz import RandomModel

    text = RandomModel(238).document()
    model = published.import_sbml(text.encode(), check_units=False)
    run = published.simulate(model, np.linspace(0.0, END_OF_FUZZ, 60), rtol=1e-9, atol=1e-9)
    assert run.status.tolist() == [0]
    assert_agree(run.values[0], simulated(text, run.names, END_OF_FUZZ, 60), run.names, 1e-5)
