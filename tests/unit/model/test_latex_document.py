"""The equations of a model as a document: complete, every symbol for one thing, every formula as the graph has it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from abscopal import expr, parameters
from abscopal.actions.model import model_latex
from abscopal.model.equations import equations
from abscopal.model.generic import generic_model
from abscopal.model.language import PARAMETER_PREFIX
from abscopal.model.latex_document import latex_document
from abscopal.model.latex_formulas import LatexFormulas
from abscopal.model.latex_symbols import LatexSymbols, latex_text, math_text

EXAMPLE = Path(__file__).parents[3] / "examples" / "takahashi2019_lm8.yaml"
a, b, c = (expr.symbol(n) for n in "abc")


@pytest.fixture(scope="module")
def model():
    return generic_model(())


@pytest.fixture(scope="module")
def document(model):
    declared = {name: parameters.shared()[name.partition("@")[0]] for name in model.parameter_names}
    return latex_document(model, declared)


def displays(document):
    """Left and right side of every equation."""
    return [tuple(line[3:-3].split(" = ", 1)) for line in document.splitlines() if line.startswith(r"\[ ")]


def test_no_two_things_of_a_model_have_one_symbol(model):
    symbols = LatexSymbols(model)
    names = [PARAMETER_PREFIX + n for n in model.parameter_names]
    names += [s.symbol.name for s in model.species] + [f"{q.name}@{q.where}" for q in model.quantities]
    found = {}
    for name in names:
        assert found.setdefault(symbols.of(name), name) == name
    assert len(found) == len(set(names)) > 500


def test_no_two_equations_have_one_left_side(document, model):
    lefts = [left for left, _ in displays(document)]
    assert len(lefts) == len(set(lefts))
    assert len(lefts) > len(model.flows) + len(model.species) + len(model.quantities)
    assert "rate" not in lefts


def test_every_part_is_defined_before_it_is_used(document):
    known = set()
    for left, right in displays(document):
        assert set(re.findall(r"a_\{\d+\}", right)) <= known
        known |= {left} if re.fullmatch(r"a_\{\d+\}", left) else set()
    assert len(known) > 20


def test_every_flow_of_a_balance_is_there(document, model):
    lefts = dict(displays(document))
    balances = [right for left, right in lefts.items() if left.startswith(r"\frac{\mathrm{d}}")]
    assert len(balances) == len(model.species)
    used = set(re.findall(r"J_\{\d+\}", " ".join(balances)))
    assert used <= set(lefts)
    assert len(used) > 0.9 * len(model.flows)


def test_the_document_is_whole_and_its_brackets_close(document):
    assert document.startswith(r"\documentclass")
    assert document.endswith("\\end{document}\n")
    assert document.count(r"\left(") == document.count(r"\right)")
    bare = re.sub(r"\\[{}]", "", document)
    assert bare.count("{") == bare.count("}")
    assert document.isascii()
    for kind in ("longtable", "cases", "aligned"):
        assert document.count(rf"\begin{{{kind}}}") == document.count(rf"\end{{{kind}}}")
    assert "Ogata2005" in model_latex(EXAMPLE)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.slow
def test_latex_makes_pages_of_it(tmp_path):
    (tmp_path / "model.tex").write_text(model_latex(EXAMPLE))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "model.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert ran.returncode == 0, ran.stdout[-2000:]
    too_wide = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\) detected", ran.stdout)]
    assert too_wide == []


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (a + b * c, r"a + b\,c"),
        ((a + b) * c, r"\left(a + b\right)\,c"),
        (a - (b - c), r"a - \left(b - c\right)"),
        (a - b - c, "a - b - c"),
        ((a - b) - (b + c), r"a - b - \left(b + c\right)"),
        (-(a + b), r"-\left(a + b\right)"),
        (a * (-b), r"a\,\left(-b\right)"),
        ((a * b) ** c, r"{\left(a\,b\right)}^{c}"),
        (a ** (b + c), "{a}^{b + c}"),
        ((a**b) ** c, r"{\left({a}^{b}\right)}^{c}"),
        (a / (b / c), r"\frac{a}{\frac{b}{c}}"),
        (a * 2.0, r"a \cdot 2"),
        (a * 2.5e-7, r"a \cdot 2.5 \cdot 10^{-7}"),
        ((expr.const(2.5e-7) + a) ** 2.5, r"{\left(2.5 \cdot 10^{-7} + a\right)}^{2.5}"),
        (expr.const(2.5e-7) ** a, r"{\left(2.5 \cdot 10^{-7}\right)}^{a}"),
        (a + expr.const(-3.0), "a -3"),
        (a * expr.const(-3.0), r"a\,\left(-3\right)"),
        (expr.exp(-a), r"\exp\left(-a\right)"),
        (expr.sqrt(a + b), r"\sqrt{a + b}"),
        (expr.maximum(a, b), r"\max\left(a,\; b\right)"),
        (
            expr.where(a < b, a, c) * b,
            r"\left(\begin{cases} a & \text{if } a < b \\ c & \text{otherwise} \end{cases}\right)\,b",
        ),
    ],
)
def test_a_formula_is_written_with_the_brackets_it_needs(formula, written):
    *_, (left, found) = LatexFormulas(lambda name: name, {}).pieces(formula)
    assert (left, found) == ("", written)


def test_a_wide_formula_is_taken_apart_and_its_parts_stay_known():
    names = [expr.symbol(f"a_long_name_{i}") for i in range(12)]
    products = [x * (y + 1.0) for x in names[:6] for y in names[6:]]
    whole = sum(products[1:], products[0])
    formulas = LatexFormulas(lambda name: name, {})
    first = list(formulas.pieces(whole))
    assert len(first) > 5
    assert all(len(re.sub(r"\\[a-z]+|[{}_]", "", written)) < 110 for _, written in first)
    assert list(formulas.pieces(whole)) == [first[-1]], "nothing is defined twice"


def test_what_has_a_name_is_written_out_where_it_is_defined_only():
    formulas = LatexFormulas(lambda name: name, {a + b: "s"})
    assert list(formulas.pieces((a + b) * c)) == [("", r"s\,c")]
    assert list(formulas.pieces(a + b, defined=True)) == [("", "a + b")]
    assert list(formulas.pieces((a + b) * c)) == [("", r"s\,c")]


def test_rows_of_equations_have_symbols_of_their_own(model):
    lefts = [row.latex.split(" = ")[0] for row, _ in zip(equations(model), range(60), strict=False)]
    assert len(lefts) == len(set(lefts)) == 60


def test_words_are_written_as_they_are():
    assert latex_text("50 % → α_{x} & ~") == r"50 \% $\to$ $\alpha$\_\allowbreak{}\{x\} \& \textasciitilde{}"
    assert math_text("anti_PD 1 γ") == r"anti\_PD\ 1\ \gamma "
