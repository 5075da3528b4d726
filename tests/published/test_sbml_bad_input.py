"""What the importer must refuse: with the element and line, in bounded time, and never by ending the process."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

pytest.importorskip("libsbml")

from sbml_documents import build

from abscopal.errors import InputError
from abscopal.published import import_sbml

BASE = {
    "species": {"A": 10.0, "B": 0.0},
    "parameters": {"k": 0.3},
    "reactions": [("k*A", "r1", {"A": -1, "B": 1})],
}
FILES = sorted((Path(__file__).parent / "sbml").glob("*.xml"))


def _rate(formula, **more):
    return build(**{**BASE, "reactions": [(formula, "r1", {"A": -1, "B": 1})], **more})


def _plain(**more):
    return build(**{**BASE, **more})


def _entities():
    lines = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">{lines}]><sbml level="3" version="1">&e9;</sbml>'


def _package(name):
    namespace = f"http://www.sbml.org/sbml/level3/version1/{name}/version1"
    text = _plain().replace("<sbml ", f'<sbml xmlns:{name}="{namespace}" {name}:required="true" ')
    return text.replace("</model>", f"<{name}:listOfSubmodels/></model>")


RULE = '<algebraicRule><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>A</ci></math></algebraicRule>'
REFUSED = {
    "empty": ("", "not well-formed XML"),
    "text": ("hello", "not well-formed XML"),
    "another language": ("<html><body/></html>", "outermost element is <html>"),
    "cut off": (_plain()[:900], "not well-formed XML"),
    "entities": (_entities(), "DOCTYPE"),
    "external entity": ('<!DOCTYPE x SYSTEM "file:///etc/hosts"><sbml level="3" version="1"/>', "DOCTYPE"),
    "Level 1": (_plain().replace('level="3"', 'level="1"'), "SBML Level 1"),
    "no model": ('<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1"/>', "model"),
    "too deep": ('<sbml level="3" version="1">' + "<a>" * 100_000 + "</a>" * 100_000 + "</sbml>", "nested"),
    "needs distrib": (_package("distrib"), "package 'distrib'"),
    "unknown id": (_rate("k*Z"), "'Z' is not defined"),
    "parameter without value": (_plain(parameters={"k": None}), "'k' has no value"),
    "parameter not a number": (_plain(parameters={"k": float("nan")}), "'k' has no value"),
    "infinite parameter": (_plain(parameters={"k": float("inf")}), "infinite"),
    "species without start": (_plain(species={"A": {}, "B": 0.0}), "'A' has no initial value"),
    "delay()": (_rate("k*delay(A,2)"), "delay()"),
    "division by zero": (_rate("k*A/0"), "no finite value"),
    "function without end": (_rate("k*f(A)", functions={"f": "lambda(x, f(x-1))"}), "calls itself"),
    "functions in a circle": (
        _rate("k*f(A)", functions={"f": "lambda(x, g(x)+1)", "g": "lambda(x, f(x))"}),
        "f → g → f",
    ),
    "wrong number of arguments": (_rate("k*f(A)", functions={"f": "lambda(x, y, x*y)"}), "takes 2 arguments"),
    "rules in a circle": (
        _plain(parameters={"k": 1.0, "x": None, "y": None}, varying=["x", "y"], rules={"x": "y+1", "y": "x"}),
        "circle",
    ),
    "algebraic rule": (
        _plain().replace("<listOfReactions>", f"<listOfRules>{RULE}</listOfRules><listOfReactions>"),
        "algebraic",
    ),
    "fast reaction": (_plain().replace('fast="false"', 'fast="true"'), "fast reaction"),
    "decided twice": (_plain(rules={"A": "3"}), "set by a rule and moved by reactions"),
    "event on a constant": (_plain(events=[{"when": "time>1", "set": {"k": "2"}}]), "constant"),
    "id used twice": (_plain().replace('id="B"', 'id="A"'), "used twice"),
    "volume and concentration at once": (
        _plain(varying=["c"], events=[{"when": "time>1", "set": {"A": "3", "c": "2"}}]),
        "at once",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_name(name):
    text, reason = REFUSED[name]
    began = time.perf_counter()
    with pytest.raises(InputError) as error:
        import_sbml(text.encode())
    assert reason in str(error.value)
    assert time.perf_counter() - began < 2.0


def test_the_message_names_file_line_and_element(tmp_path):
    file = tmp_path / "model.xml"
    file.write_text(_rate("k*Z"))
    line = next(i for i, row in enumerate(file.read_text().splitlines(), 1) if '<reaction id="r1"' in row)
    with pytest.raises(InputError, match=re.escape(f"{file}:{line}: r1: 'Z' is not defined")):
        import_sbml(file)


def test_all_problems_are_named_at_once():
    with pytest.raises(InputError) as error:
        import_sbml(_rate("k*Z", rules={"B": "delay(A,1)"}, parameters={"k": None}).encode())
    assert len(error.value.problems) >= 1
    text = _plain(
        parameters={"k": 1.0, "x": None, "y": None}, varying=["x", "y"], rules={"x": "delay(A,1)", "y": "factorial(A)"}
    )
    with pytest.raises(InputError) as error:
        import_sbml(text.encode())
    assert {p.key for p in error.value.problems} == {"x", "y"}


def test_a_large_file_is_refused_without_being_read(tmp_path):
    file = tmp_path / "large.xml"
    file.write_bytes(_plain().encode() + b" " * 20_000_000)
    began = time.perf_counter()
    with pytest.raises(InputError, match="too large"):
        import_sbml(file)
    assert time.perf_counter() - began < 0.5


def test_there_is_no_such_file(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        import_sbml(tmp_path / "missing.xml")
    with pytest.raises(InputError, match="name the SBML file inside it"):
        import_sbml(tmp_path)


def test_functions_that_double_thirty_times_cost_nothing():
    functions = {f"f{i}": f"lambda(x, f{i - 1}(x) + f{i - 1}(x*1.01))" for i in range(1, 30)} | {"f0": "lambda(x, x+1)"}
    began = time.perf_counter()
    import_sbml(_rate("k*f29(A)", functions=functions).encode())
    assert time.perf_counter() - began < 2.0


@pytest.mark.slow
def test_functions_that_double_thirty_times_with_new_arguments_are_refused():
    functions = {f"f{i}": f"lambda(x, f{i - 1}(x*1.02+{i}) + f{i - 1}(x*1.01))" for i in range(1, 30)}
    functions["f0"] = "lambda(x, x+1)"
    began = time.perf_counter()
    with pytest.raises(InputError, match="more than"):
        import_sbml(_rate("k*f29(A)", functions=functions).encode())
    assert time.perf_counter() - began < 10.0


def test_a_model_of_thousands_of_states_is_refused():
    species = {f"S{i}": 1.0 for i in range(1001)}
    text = build(species=species, parameters={"k": 1.0}, reactions=[("k", "r1", dict.fromkeys(species, 1.0))])
    with pytest.raises(InputError, match="1001 states are too many"):
        import_sbml(text.encode())


def test_a_large_document_is_read_without_the_slow_checks():
    text = _plain().replace("</model>", f"<!--{'x' * 3_000_000}--></model>")
    model = import_sbml(text.encode())
    assert "not checked" in model.warnings[-1]


def test_contradicting_units_are_a_warning():
    assert any("units" in w.lower() for w in import_sbml(FILES[3]).warnings)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_encodings_are_read(encoding):
    text = _plain().replace('encoding="UTF-8"', f'encoding="{encoding.upper()}"')
    assert len(import_sbml(text.encode(encoding), check_units=False).system.states) == 2


def test_a_package_that_is_required_but_not_used_does_no_harm():
    text = _plain().replace(
        "<sbml ", '<sbml xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true" '
    )
    assert len(import_sbml(text.encode(), check_units=False).system.states) == 2


def test_damaged_files_are_refused_or_run_but_never_end_the_process():
    """A mutation that ends the process ends the test session: libSBML's own derivation of units did so."""
    chance = random.Random(7)
    sources = [f.read_bytes() for f in FILES if f.stat().st_size < 40_000]
    pieces = re.compile(rb'"[^"]*"|<ci>[^<]*</ci>|<cn[^<]*</cn>|<(apply|plus|times|power|piecewise|lt|gt|bvar)/?>')
    messages = []
    for _ in range(150):
        data = chance.choice(sources)
        for _ in range(chance.randint(1, 3)):
            found = list(pieces.finditer(data))
            if not found or chance.random() < 0.2:
                at = chance.randrange(len(data))
                data = data[:at] + data[at + chance.randrange(1, 200) :]
            else:
                here, there = chance.choice(found), chance.choice(found)
                data = data[: here.start()] + chance.choice([there.group(0), b""]) + data[here.end() :]
        try:
            import_sbml(data, check_units=False)
        except InputError as error:
            messages.append(str(error))
    assert len(messages) > 50
    assert all(messages)
