"""Expressions with some of their nodes replaced."""

from __future__ import annotations

from collections.abc import Mapping

from abscopal.expr.graph import Expr, ExprLike, as_expr, build, topological


def substitute(root: Expr, replacements: Mapping[Expr, ExprLike]) -> Expr:
    """The expression with every occurrence of some nodes replaced, all at once."""
    made = {node: as_expr(value) for node, value in replacements.items()}
    for node in topological([root]):
        if node not in made:
            arguments = tuple(made[a] for a in node.args)
            made[node] = node if arguments == node.args else build(node.op, *arguments)
    return made[root]
