"""Expression graph, its derivatives, and the description of a system for the engine. Knows no biology."""

from abscopal.expr.derivative import derivative, jacobian
from abscopal.expr.evaluate import evaluate
from abscopal.expr.functions import exp, hill, log, maximum, minimum, product_of, saturation, sqrt, sum_of, where
from abscopal.expr.graph import Expr, ExprLike, as_expr, const, symbol, symbols_of, topological
from abscopal.expr.substitution import substitute, substitute_all
from abscopal.expr.system import EventMap, Schedule, System

__all__ = [
    "EventMap",
    "Expr",
    "ExprLike",
    "Schedule",
    "System",
    "as_expr",
    "const",
    "derivative",
    "evaluate",
    "exp",
    "hill",
    "jacobian",
    "log",
    "maximum",
    "minimum",
    "product_of",
    "saturation",
    "sqrt",
    "substitute",
    "substitute_all",
    "sum_of",
    "symbol",
    "symbols_of",
    "topological",
    "where",
]
