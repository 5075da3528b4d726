"""Formulas as LaTeX that fits a line: what is too wide is taken apart, and each part gets a symbol of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from abscopal.expr import Expr

# Characters that a line of the document holds, and the width below which no part is worth a symbol.
_LINE, _SMALL = 90.0, 8.0
_PART_WIDTH = 3.0
# How tightly what stands in a formula holds together: a sum, a product, a power's base.
_SUM, _PRODUCT, _ATOM = 1, 2, 3
_CALLED = {"exp": r"\exp", "log": r"\ln", "min": r"\min", "max": r"\max"}
_RELATION = {"lt": "<", "le": r"\le"}


class LatexFormulas:
    """Writes formulas of one document; parts are numbered through, and known to all formulas that come after.

    Parameters
    ----------
    symbol_of : the symbol of a symbol of the graph, by its name.
    named : formulas that have a symbol, which stands for them everywhere but where they are defined.
    """

    def __init__(self, symbol_of: Callable[[str], str], named: Mapping[Expr, str]) -> None:
        self._symbol_of = symbol_of
        self._known = dict(named)
        self._parts = 0

    def pieces(self, root: Expr, *, defined: bool = False) -> Iterator[tuple[str, str]]:
        """Symbol and formula of each new part that the formula of `root` needs; last of all "" and that formula.

        Parameters
        ----------
        defined : whether `root` has a symbol and this is its definition.
        """
        own = self._known.pop(root) if defined else None
        for part in self._new_parts(root):
            self._parts += 1
            written = self._written(part)
            self._known[part] = f"a_{{{self._parts}}}"
            yield self._known[part], written
        yield "", self._written(root)
        if own is not None:
            self._known[root] = own

    def _atom(self, node: Expr) -> str | None:
        """What stands for a node in one piece; None if it is written out."""
        if node in self._known:
            return self._known[node]
        if node.op == "symbol":
            return self._symbol_of(node.name)
        return _number(node.value) if node.op == "const" else None

    def _new_parts(self, root: Expr) -> list[Expr]:
        """The nodes that get a symbol, inner ones first, so that nothing is wider than a line."""
        found: list[Expr] = []
        widths: dict[Expr, float] = {}
        for node in self._written_out(root):
            width = self._width(node, widths)
            while width > _LINE:
                candidates = [a for a in node.args if self._atom(a) is None and widths[a] > _SMALL and a not in found]
                if not candidates:
                    break
                widest = max(candidates, key=lambda a: widths[a])
                found.append(widest)
                widths[widest] = _PART_WIDTH
                width = self._width(node, widths)
            widths[node] = width
        return found

    def _written_out(self, root: Expr) -> list[Expr]:
        """The nodes below a root that are written out, arguments first."""
        order: list[Expr] = []
        seen: set[Expr] = set()
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                order.append(node)
            elif node not in seen and self._atom(node) is None:
                seen.add(node)
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args))
        return order

    def _width(self, node: Expr, widths: Mapping[Expr, float]) -> float:
        inner = [widths[a] if a in widths else _visible(self._atom(a) or "") for a in node.args]
        if node.op == "div":
            return max(inner)
        if node.op == "where":
            return max(inner[1:]) + inner[0] + 6.0
        return sum(inner) + (6.0 if node.op in _CALLED else 3.0)

    def _written(self, root: Expr) -> str:
        made: dict[Expr, tuple[str, int]] = {}
        for node in [*self._written_out(root), root]:
            atom = self._atom(node)
            if atom is not None:
                made[node] = atom, _tightness(atom)
            elif node not in made:
                made[node] = self._operation(node, made)
        return made[root][0]

    def _operation(self, node: Expr, made: Mapping[Expr, tuple[str, int]]) -> tuple[str, int]:
        def part(index: int, at_least: int) -> str:
            argument = node.args[index]
            atom = self._atom(argument)
            text, tightness = made[argument] if atom is None else (atom, _tightness(atom))
            return text if tightness >= at_least else rf"\left({text}\right)"

        match node.op:
            case "add":
                second = part(1, _SUM)
                return f"{part(0, _SUM)} {second if second.startswith('-') else f'+ {second}'}", _SUM
            case "sub":
                return f"{part(0, _SUM)} - {part(1, _PRODUCT)}", _SUM
            case "neg":
                return f"-{part(0, _PRODUCT)}", _SUM
            case "mul":
                first, second = part(0, _PRODUCT), part(1, _PRODUCT)
                return rf"{first} \cdot {second}" if second[:1].isdigit() else rf"{first}\,{second}", _PRODUCT
            case "div":
                return rf"\frac{{{part(0, 0)}}}{{{part(1, 0)}}}", _PRODUCT
            case "pow":
                return rf"{{{part(0, _ATOM)}}}^{{{part(1, 0)}}}", _PRODUCT
            case "sqrt":
                return rf"\sqrt{{{part(0, 0)}}}", _ATOM
            case "where":
                test = part(0, 0)
                condition = (
                    test if node.args[0].op in _RELATION and self._atom(node.args[0]) is None else rf"{test} \neq 0"
                )
                rows = rf"{part(1, 0)} & \text{{if }} {condition} \\ {part(2, 0)} & \text{{otherwise}}"
                return rf"\begin{{cases}} {rows} \end{{cases}}", _SUM
            case "lt" | "le":
                return f"{part(0, 0)} {_RELATION[node.op]} {part(1, 0)}", 0
        inner = r",\; ".join(part(i, 0) for i in range(len(node.args)))
        return rf"{_CALLED[node.op]}\left({inner}\right)", _ATOM


def _tightness(atom: str) -> int:
    """How tightly a symbol or a number holds together."""
    return _SUM if atom.startswith("-") else _PRODUCT if r" \cdot " in atom else _ATOM


def _number(value: float) -> str:
    mantissa, _, exponent = f"{value:.12g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def _visible(symbol: str) -> float:
    """Roughly how many characters wide a symbol is."""
    return float(len(re.sub(r"\\[A-Za-z]+ ?|[{}_\\^]", "", symbol)))
