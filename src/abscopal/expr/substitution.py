"""Expressions with some of their nodes replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from abscopal.expr.graph import Expr, ExprLike, as_expr, build


def substitute(root: Expr, replacements: Mapping[Expr, ExprLike]) -> Expr:
    """The expression with every occurrence of some nodes replaced, all at once."""
    return substitute_all([root], replacements)[0]


def substitute_all(roots: Iterable[Expr], replacements: Mapping[Expr, ExprLike]) -> list[Expr]:
    """The expressions with every occurrence of some nodes replaced, all at once; what is put in is not looked into."""
    wanted = list(roots)
    made = {node: as_expr(value) for node, value in replacements.items()}
    for root in wanted:
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in made:
                continue
            if ready or not node.args:
                arguments = tuple(made[a] for a in node.args)
                made[node] = node if arguments == node.args else build(node.op, *arguments)
            else:
                stack.append((node, True))
                stack.extend((a, False) for a in node.args if a not in made)
    return [made[root] for root in wanted]
