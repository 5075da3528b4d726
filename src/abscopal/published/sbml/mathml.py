"""Expressions as MathML, for SBML Level 3 Version 2."""

from __future__ import annotations

from collections.abc import Mapping

from abscopal.expr import Expr, topological

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_APPLIED = {
    "add": "plus",
    "sub": "minus",
    "mul": "times",
    "div": "divide",
    "neg": "minus",
    "exp": "exp",
    "log": "ln",
    "min": "min",
    "max": "max",
}
_RELATIONS = {"lt": "lt", "le": "leq"}


def math(root: Expr, names: Mapping[Expr, str]) -> str:
    """A `<math>` element; nodes in `names` are written as that id and not looked into."""
    return f'<math xmlns="{NAMESPACE}">{content(root, names)}</math>'


def content(root: Expr, names: Mapping[Expr, str]) -> str:
    """What stands inside `<math>`: the value of an expression as a number."""
    known: dict[Expr, str] = {}
    for node in _needed(root, names):
        known[node] = _write(node, names, known)
    return _number(root, known)


def condition(a: str, relation: str, b: str) -> str:
    """A comparison of two contents."""
    return f"<apply><{relation}/>{a}{b}</apply>"


def choice(value: str, holds: str, otherwise: str) -> str:
    """A `<piecewise>` of one condition."""
    return f"<piecewise><piece>{value}{holds}</piece><otherwise>{otherwise}</otherwise></piecewise>"


def number(value: float) -> str:
    """A number as `<cn>`, to the last digit."""
    mantissa, _, exponent = repr(float(value)).partition("e")
    if exponent:
        return f'<cn type="e-notation">{mantissa}<sep/>{int(exponent)}</cn>'
    return f"<cn>{mantissa}</cn>"


def _needed(root: Expr, names: Mapping[Expr, str]) -> list[Expr]:
    """The nodes to be written, arguments first; named ones are leaves."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in seen:
            continue
        if ready or node in names:
            seen.add(node)
            order.append(node)
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in node.args if a not in seen)
    return order


def _write(node: Expr, names: Mapping[Expr, str], known: Mapping[Expr, str]) -> str:
    if node in names:
        return f"<ci>{names[node]}</ci>"
    if node.op == "const":
        return number(node.value)
    if node.op in _RELATIONS:  # stays a condition; `_number` makes it 1 or 0 where a number is wanted
        left, right = (_number(a, known) for a in node.args)
        return condition(left, _RELATIONS[node.op], right)
    parts = [_number(a, known) for a in node.args]
    if node.op == "where":
        holds = known[node.args[0]] if node.args[0].op in _RELATIONS else condition(parts[0], "neq", number(0.0))
        return choice(parts[1], holds, parts[2])
    zero = number(0.0)
    # As the engine has it: round-off below zero counts as zero in roots and powers.
    if node.op == "sqrt":
        return f"<apply><root/><apply><max/>{parts[0]}{zero}</apply></apply>"
    if node.op == "pow":
        whole = f"<apply><power/>{parts[0]}{parts[1]}</apply>"
        return choice(whole, condition(parts[0], "gt", zero), zero)
    if node.op not in _APPLIED:
        raise ValueError(f"the symbol {node.name!r} has no id")
    return f"<apply><{_APPLIED[node.op]}/>{''.join(parts)}</apply>"


def _number(node: Expr, known: Mapping[Expr, str]) -> str:
    text = known[node]
    if node.op in _RELATIONS and not text.startswith("<ci>"):
        return choice(number(1.0), text, number(0.0))
    return text


def shared_nodes(roots: list[Expr]) -> list[Expr]:
    """Nodes that are used more than once and are worth an id of their own, inner ones first."""
    uses: dict[Expr, int] = {}
    order = list(topological(roots))
    for node in order:
        for a in node.args:
            uses[a] = uses.get(a, 0) + 1
    for root in roots:
        uses[root] = uses.get(root, 0) + 1
    return [n for n in order if n.args and n.op not in (*_RELATIONS, "neg") and uses[n] > 1]
