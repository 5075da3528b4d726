"""Algebraic rules, solved for the one variable that nothing else decides, where they are linear in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from abscopal import expr
from abscopal.expr import Expr, substitute_all
from abscopal.published.clock_states import TimeFunctions
from abscopal.published.sbml.mathematics import Unsupported, names_in

if TYPE_CHECKING:
    from abscopal.published.sbml.assembling import Assembly, Values


def match_rules(assembly: Assembly) -> None:
    """Gives every algebraic rule a variable of its own to decide; then it counts among the assignment rules."""
    contents = assembly.contents
    open_to = [_candidates(assembly, rule) for rule in contents.algebraic]
    chosen: dict[str, int] = {}

    def assign(rule: int, tried: set[str]) -> bool:
        for name in open_to[rule]:
            if name not in tried:
                tried.add(name)
                if name not in chosen or assign(chosen[name], tried):
                    chosen[name] = rule
                    return True
        return False

    for i, rule in enumerate(contents.algebraic):
        if not assign(i, set()):
            contents.complain(rule, "an algebraic rule in which everything is decided elsewhere")
    for name, i in chosen.items():
        contents.assigned[name] = contents.algebraic[i]
        contents.solved.add(name)


def _candidates(assembly: Assembly, rule: Any) -> list[str]:
    contents = assembly.contents
    decided = {*contents.assigned, *contents.rates, *assembly.moved_by, *assembly.set_by_events}
    found = sorted(names_in(rule.getMath()) & contents.declared.keys() - decided)
    return [n for n in found if not contents.declared[n].constant and contents.declared[n].kind != "reaction"]


def solved_for(values: Values, name: str, rule: Any) -> Expr:
    """What a variable must be for an algebraic rule to be zero. Raises Unsupported where that is not linear in it."""
    unknown = expr.symbol(f"{name}:unknown")
    left = values.read(rule, rule.getMath(), {name: unknown})
    slope = expr.derivative(left, unknown)
    (rest,) = substitute_all([left], {unknown: expr.const(0.0)})
    clock = TimeFunctions(values.assembly.auxiliaries.made.values())
    if unknown in clock.depends_on([slope, rest]):
        advice = f"solve it for {name!r}, as assignment rule"
        raise Unsupported(f"an algebraic rule that is not linear in {name!r} is not supported", advice)
    if slope.op == "const" and not slope.value:
        raise Unsupported(f"an algebraic rule that holds whatever {name!r} is")
    return -rest / slope
