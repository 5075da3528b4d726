"""What of a model becomes a species, a reaction or a rate rule of SBML.

A stock that is an amount or a concentration is a species; of any other unit (a dose, breaks per cell) SBML has no
species, so it is a parameter. A flow is a reaction: what it takes from one stock arrives, `gain` times, in the other.
Where the stocks have different units, or the gain changes with the state, the arrival is a reaction of its own.

All reactions of a document have one unit of extent. Here it is the count: cells, and levels that are plain numbers.
Drugs and cytokines (nmol, nM, pg/mL) have a conversion factor: the amount that one of them is. States that are no
species, and those whose rate is not the sum of their flows, have rate rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from abscopal import expr
from abscopal.expr import Expr, System
from abscopal.expr.graph import is_const
from abscopal.model.language import AssembledModel, Flow
from abscopal.published.sbml.export.units import AMOUNTS, CONCENTRATIONS, COUNTS

Form = Literal["amount", "concentration", "parameter"]


@dataclass(frozen=True)
class Stock:
    """A state as SBML has it.

    Attributes
    ----------
    symbol, name : of the state.
    form : a species that is an amount or a concentration, or a parameter.
    where : its place, or "" where that is not known; the compartment of a species.
    unit, meaning : as the model declares them, or "".
    """

    symbol: Expr
    name: str
    form: Form
    where: str = ""
    unit: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Transfer:
    """A reaction: `rate` is taken from the source, `gain` times as much arrives in the target.

    Attributes
    ----------
    source, target : states that are species, or None for outside.
    rate : of the source's unit per day, or of the target's where there is no source.
    gain : a number or an expression of parameters.
    """

    name: str
    mechanism: str
    source: Expr | None
    target: Expr | None
    rate: Expr
    gain: Expr


@dataclass(frozen=True)
class Network:
    """A model in the words of SBML; `rates` are those of states that reactions do not move."""

    stocks: tuple[Stock, ...]
    transfers: tuple[Transfer, ...]
    rates: Mapping[Expr, Expr]


def network_of(model: System | AssembledModel) -> Network:
    """The network of an assembled model; a bare system says nothing of flows, so all its states have rate rules."""
    if isinstance(model, System):
        stocks = tuple(Stock(s, s.name, "parameter") for s in model.states)
        return Network(stocks, (), dict(zip(model.states, model.rates, strict=True)))
    stocks = tuple(Stock(s.symbol, s.symbol.name, _form(s.unit), s.where, s.unit, s.meaning) for s in model.species)
    rates = dict(zip(model.system.states, model.system.rates, strict=True))
    by_flows = _sums(model)
    moved = {s.symbol for s in stocks if s.form != "parameter" and by_flows[s.symbol] is rates[s.symbol]}
    units = {s.symbol: s.unit for s in stocks}
    transfers: list[Transfer] = []
    for flow in model.flows:
        transfers += _transfers(flow, moved, units, set(model.system.parameters))
    return Network(stocks, tuple(transfers), {s: r for s, r in rates.items() if s not in moved})


def _form(unit: str) -> Form:
    return "amount" if unit in AMOUNTS else "concentration" if unit in CONCENTRATIONS else "parameter"


def substance(unit: str) -> str:
    """The unit of the amount that a species of this unit is, or has in its place."""
    return unit if unit in AMOUNTS else CONCENTRATIONS[unit]


def is_counted(unit: str) -> bool:
    """Whether a species of this unit is a count, as the extent of reactions is."""
    return substance(unit) in COUNTS


def _sums(model: AssembledModel) -> dict[Expr, Expr]:
    """The rate of every state as its flows make it."""
    total = dict.fromkeys(model.system.states, expr.const(0.0))
    for flow in model.flows:
        if flow.source is not None:
            total[flow.source] = total[flow.source] - flow.rate
        if flow.target is not None:
            total[flow.target] = total[flow.target] + flow.rate * flow.gain
    return total


def _transfers(flow: Flow, moved: set[Expr], units: Mapping[Expr, str], parameters: set[Expr]) -> list[Transfer]:
    """A flow as one reaction, or as leaving and arrival, or as nothing where it moves no species or never anything."""
    source = flow.source if flow.source in moved else None
    target = flow.target if flow.target in moved else None
    rate, gain = flow.rate, flow.gain
    if (source is None and target is None) or is_const(rate, 0.0):
        return []
    together = source is not None and target is not None and units[source] == units[target]
    if together and set(expr.symbols_of([gain])) <= parameters:
        return [Transfer(flow.name, flow.mechanism, source, target, rate, gain)]
    one, found = expr.const(1.0), []
    if source is not None:
        found.append(Transfer(flow.name, flow.mechanism, source, None, rate, one))
    if target is not None:
        found.append(Transfer(flow.name, flow.mechanism, None, target, rate * gain, one))
    return found
