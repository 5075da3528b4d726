"""All equations of a model as one LaTeX document: flows, balances, quantities, events, and tables of the symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from abscopal.expr import Expr
from abscopal.expr.graph import is_const
from abscopal.model.language import PARAMETER_PREFIX, AssembledModel, Flow
from abscopal.model.latex_formulas import LatexFormulas
from abscopal.model.latex_symbols import LatexSymbols, latex_text
from abscopal.parameters import Parameter
from abscopal.version import __version__

_HEAD = r"""\documentclass[a4paper,landscape]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=15mm]{geometry}
\usepackage{amsmath}
\usepackage{longtable}
\setlength{\parindent}{0pt}
\setlength{\emergencystretch}{3em}"""
_EXPLAINED = r"""For research; not for treating patients. Time is in days.
A flow $J_n$ takes from one stock and arrives in another; the balances add the flows up.
What a state is right after event $n$ has the index $E_n$; events act on all states at once.
The symbols $a_n$ are parts of formulas that are too wide for a line; each is defined where it is first needed."""
_TERMS_OF_A_LINE = 16


def latex_document(
    model: AssembledModel, declared: Mapping[str, Parameter], title: str = "The equations of the model"
) -> str:
    """A LaTeX document with every equation of a model, in which no two things have the same symbol.

    Parameters
    ----------
    declared : the declaration of every parameter, whose values and sources are listed.
    """
    return "\n".join(_Document(model, declared).lines(title)) + "\n"


class _Document:
    """The document while it is written."""

    def __init__(self, model: AssembledModel, declared: Mapping[str, Parameter]) -> None:
        self._model, self._declared = model, declared
        self._symbols = LatexSymbols(model)
        self._defined_by = {
            q.expression: f"{q.name}@{q.where}" for q in reversed(model.quantities) if q.expression.args
        }
        named = {e: self._symbols.of(name) for e, name in self._defined_by.items()}
        self._formulas = LatexFormulas(self._symbols.of, named)

    def lines(self, title: str) -> Iterator[str]:
        """The document, line by line."""
        yield _HEAD
        yield rf"\title{{{latex_text(title)}}}"
        yield rf"\author{{Written by abscopal {latex_text(__version__)}}}"
        yield "\\date{}\n\\begin{document}\n\\maketitle"
        yield _EXPLAINED
        yield from self._flows()
        yield from self._balances()
        yield from self._quantities()
        yield from self._events()
        yield from self._tables()
        yield r"\end{document}"

    def _flows(self) -> Iterator[str]:
        yield r"\section{Flows}"
        for number, flow in enumerate(self._model.flows, 1):
            ends = " → ".join(e.name if e is not None else "outside" for e in (flow.source, flow.target))
            about = f"{flow.mechanism}: {flow.name}, {ends}"
            yield from self._equation(about, self._symbols.flow(number), flow.rate)

    def _balances(self) -> Iterator[str]:
        yield r"\section{Balances}"
        flows = list(enumerate(self._model.flows, 1))
        for stock in self._model.species:
            terms = [t for number, flow in flows for t in self._terms(number, flow, stock.symbol)]
            left = rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}t}}\,{self._symbols.of(stock.symbol.name)}"
            yield from _display(f"{stock.meaning} [{stock.unit}]", left, _sum(terms))

    def _terms(self, number: int, flow: Flow, stock: Expr) -> Iterator[str]:
        """What a flow adds to the balance of a stock."""
        if is_const(flow.rate, 0.0):
            return
        if flow.source is stock:
            yield f"- {self._symbols.flow(number)}"
        if flow.target is stock and is_const(flow.gain, 1.0):
            yield f"+ {self._symbols.flow(number)}"
        elif flow.target is stock:
            *_, (_, gain) = self._formulas.pieces(flow.gain)
            yield rf"+ \left({gain}\right) {self._symbols.flow(number)}"

    def _quantities(self) -> Iterator[str]:
        yield r"\section{Quantities}"
        for q in self._model.quantities:
            name = f"{q.name}@{q.where}"
            about = f"{q.mechanism}: {q.meaning} [{q.unit}]"
            own = self._defined_by.get(q.expression) == name
            yield from self._equation(about, self._symbols.of(name), q.expression, defined=own)

    def _events(self) -> Iterator[str]:
        yield r"\section{Events}"
        states = self._model.system.states
        for number, event in enumerate(self._model.system.maps, 1):
            yield rf"\subsection*{{$E_{{{number}}}$: {latex_text(event.name)}}}"
            for index, update in event.updates:
                yield from self._equation("", self._symbols.after(states[index].name, number), update)

    def _equation(self, about: str, left: str, right: Expr, *, defined: bool = False) -> Iterator[str]:
        for symbol, formula in self._formulas.pieces(right, defined=defined):
            yield from _display("" if symbol else about, symbol or left, formula)

    def _tables(self) -> Iterator[str]:
        parameters = [
            (f"${self._symbols.of(PARAMETER_PREFIX + name)}$", *map(latex_text, (name, item.meaning)),
             latex_text(f"{item.value:g} {item.unit}".removesuffix(" 1")),
             latex_text(f"{item.source.kind} {item.source.cite}".strip()))
            for name, item in self._declared.items()
        ]  # fmt: skip
        stocks = [
            (f"${self._symbols.of(s.symbol.name)}$", *map(latex_text, (s.symbol.name, s.meaning, s.unit, s.mechanism)))
            for s in self._model.species
        ]
        yield from _table("Parameters", ("symbol", "name", "meaning", "value", "source"), parameters)
        yield from _table("Stocks", ("symbol", "name", "meaning", "unit", "mechanism"), stocks)


def _display(about: str, left: str, right: str) -> Iterator[str]:
    if about:
        yield rf"\par\smallskip\textit{{{latex_text(about)}}}\nopagebreak"
    yield rf"\[ {left} = {right} \]"


def _sum(terms: Sequence[str]) -> str:
    """A sum of signed terms, on several lines if there are many."""
    if not terms:
        return "0"
    first = terms[0].removeprefix("+ ")
    rows = [" ".join([first, *terms[1:_TERMS_OF_A_LINE]])]
    rest = range(_TERMS_OF_A_LINE, len(terms), _TERMS_OF_A_LINE)
    rows += [" ".join(terms[i : i + _TERMS_OF_A_LINE]) for i in rest]
    if len(rows) == 1:
        return rows[0]
    return r"\begin{aligned}[t] & " + r" \\ & ".join(rows) + r" \end{aligned}"


def _table(title: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield rf"\section{{{title}}}"
    yield r"{\footnotesize\begin{longtable}{p{62mm}p{50mm}p{74mm}p{28mm}p{31mm}}"
    yield " & ".join(rf"\textbf{{{word}}}" for word in heading) + r" \\ \hline \endhead"
    for row in rows:
        yield " & ".join(row) + r" \\"
    yield r"\end{longtable}}"
