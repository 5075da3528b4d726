"""Expressions as the formula trees of libSBML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from abscopal.expr import Expr, topological
from abscopal.published.sbml.export.units import DIMENSIONLESS
from abscopal.published.sbml.reading import import_libsbml

_RELATIONS = ("lt", "le")
# The arguments that must have one unit, so that a plain number among them has it too.
_ALIKE = ("add", "sub", "min", "max", *_RELATIONS)


class FormulaNodes:
    """Makes the formulas of one document.

    Parameters
    ----------
    names : expression -> id; what has an id is written as that id and not looked into.
    unit_of : expression -> id of its unit, or None.
    """

    def __init__(self, names: Mapping[Expr, str], unit_of: Callable[[Expr], str | None]) -> None:
        self._names = names
        self._unit_of = unit_of

    @cached_property
    def lib(self) -> Any:
        """The module of libSBML."""
        return import_libsbml()

    def formula(self, root: Expr, unit: str | None = None) -> Any:
        """The tree of an expression; `unit` is the id of the unit it has if it is nothing but a number."""
        made: dict[Expr, Any] = {}
        used: set[Expr] = set()

        def taken(node: Expr, unit: str | None, *, condition: bool = False) -> Any:
            """The tree of an argument as a number, or as a condition; each user gets one of its own."""
            if node in self._names:
                return self.name(self._names[node])
            if node.op == "const":
                return self.number(node.value, unit)
            tree = made[node].deepCopy() if node in used else made[node]
            used.add(node)
            if node.op not in _RELATIONS or condition:
                return tree
            return self.apply(self.lib.AST_FUNCTION_PIECEWISE, self.number(1.0), tree, self.number(0.0))

        for node in _needed(root, self._names):
            made[node] = self._operation(node, taken, node.args[0] in self._names if node.args else False)
        return taken(root, unit)

    def number(self, value: float, unit: str | None = DIMENSIONLESS) -> Any:
        """A number, with the id of its unit if that is known."""
        node = self.lib.ASTNode(self.lib.AST_REAL)
        node.setValue(float(value))
        if unit is not None:
            node.setUnits(unit)
        return node

    def name(self, identifier: str) -> Any:
        """Something of the document by its id."""
        node = self.lib.ASTNode(self.lib.AST_NAME)
        node.setName(identifier)
        return node

    def time(self) -> Any:
        """The time of the simulation."""
        node = self.lib.ASTNode(self.lib.AST_NAME_TIME)
        node.setName("time")
        return node

    def apply(self, kind: int, *arguments: Any) -> Any:
        """An operation of libSBML on trees."""
        node = self.lib.ASTNode(kind)
        for argument in arguments:
            node.addChild(argument)
        return node

    def _operation(self, node: Expr, taken: Callable[..., Any], first_is_named: bool) -> Any:
        """The tree of an operation on its arguments."""
        lib = self.lib
        if node.op == "where":
            condition, first, second = node.args
            alike = self._common_unit(node.args[1:])
            if condition.op in _RELATIONS and not first_is_named:
                holds = taken(condition, None, condition=True)
            else:
                holds = self.apply(lib.AST_RELATIONAL_NEQ, taken(condition, DIMENSIONLESS), self.number(0.0))
            return self.apply(lib.AST_FUNCTION_PIECEWISE, taken(first, alike), holds, taken(second, alike))
        unit = self._common_unit(node.args) if node.op in _ALIKE else DIMENSIONLESS
        parts = [taken(a, unit) for a in node.args]
        # As the engine has it: round-off below zero counts as zero in roots and powers.
        if node.op == "sqrt":
            zero = self.number(0.0, self._unit_of(node.args[0]))
            return self.apply(lib.AST_FUNCTION_ROOT, self.number(2.0), self.apply(lib.AST_FUNCTION_MAX, parts[0], zero))
        if node.op == "pow":
            base = taken(node.args[0], DIMENSIONLESS)
            positive = self.apply(lib.AST_RELATIONAL_GT, base, self.number(0.0, self._unit_of(node.args[0])))
            whole = self.apply(lib.AST_POWER, *parts)
            return self.apply(lib.AST_FUNCTION_PIECEWISE, whole, positive, self.number(0.0, self._unit_of(node)))
        if node.op == "log" and (own := self._unit_of(node.args[0])) not in (None, DIMENSIONLESS):
            # The logarithm of a quantity is that of its number in its unit.
            parts = [self.apply(lib.AST_DIVIDE, parts[0], self.number(1.0, own))]
        if node.op not in self._applied:
            raise ValueError(f"the symbol {node.name!r} has no id")
        return self.apply(self._applied[node.op], *parts)

    def _common_unit(self, arguments: Iterable[Expr]) -> str | None:
        return next((self._unit_of(a) for a in arguments if a.op != "const"), DIMENSIONLESS)

    @cached_property
    def _applied(self) -> dict[str, int]:
        lib = self.lib
        return {
            "floor": lib.AST_FUNCTION_FLOOR,
            "add": lib.AST_PLUS,
            "sub": lib.AST_MINUS,
            "mul": lib.AST_TIMES,
            "div": lib.AST_DIVIDE,
            "neg": lib.AST_MINUS,
            "exp": lib.AST_FUNCTION_EXP,
            "log": lib.AST_FUNCTION_LN,
            "min": lib.AST_FUNCTION_MIN,
            "max": lib.AST_FUNCTION_MAX,
            "lt": lib.AST_RELATIONAL_LT,
            "le": lib.AST_RELATIONAL_LEQ,
        }


def shared_nodes(roots: Sequence[Expr]) -> list[Expr]:
    """Nodes that are used more than once and are worth an id of their own, inner ones first."""
    uses: dict[Expr, int] = {}
    order = list(topological(roots))
    for node in order:
        for a in node.args:
            uses[a] = uses.get(a, 0) + 1
    for root in roots:
        uses[root] = uses.get(root, 0) + 1
    return [n for n in order if may_have_id(n) and n.op != "neg" and uses[n] > 1]


def first_users(roots: Sequence[tuple[str, Expr]], known_as: Mapping[Expr, str]) -> dict[Expr, str]:
    """For every node the name of what uses it first: the named formula nearest above it, or the root it is part of."""
    found: dict[Expr, str] = {}
    for name, root in roots:
        todo = [(root, name)]
        while todo:
            node, user = todo.pop()
            if node in found:
                continue
            found[node] = user
            todo += [(a, known_as.get(node, user)) for a in node.args]
    return found


def may_have_id(node: Expr) -> bool:
    """Whether an assignment rule may stand for a node: it is no leaf, and a number and not a condition."""
    return bool(node.args) and node.op not in _RELATIONS


def _needed(root: Expr, names: Mapping[Expr, str]) -> list[Expr]:
    """The operations to be written, arguments first; what has a name is not looked into."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in seen or node in names or node.op == "const":
            continue
        if ready:
            seen.add(node)
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in node.args)
    return order
