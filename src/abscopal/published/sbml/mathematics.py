"""MathML as libSBML holds it → expressions, with function definitions inlined."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from abscopal import expr
from abscopal.expr import Expr, graph
from abscopal.published.clock_states import Auxiliaries
from abscopal.published.sbml import trigonometry as trig
from abscopal.published.sbml.reading import import_libsbml
from abscopal.published.sbml.trigonometry import Direct

# CODATA 2018 (exact); SBML Level 3 Version 2 prescribes 6.02214179e23, the value of its own day.
AVOGADRO = 6.02214179e23
MAX_CALL_DEPTH = 40
MAX_TERMS = 20_000  # of one formula; machine code for more takes minutes to make
MAX_CALLS = 20_000  # of one document, functions written out in full
_MAX_WHOLE_POWER = 1024


class Unsupported(Exception):  # noqa: N818 - becomes a Problem of an InputError, with the element and line
    """A formula holds something that the importer does not read; the text says what."""


@dataclass
class Formulas:
    """Reads formulas of one document.

    Attributes
    ----------
    functions : function definitions, id -> lambda (libSBML node).
    auxiliaries : where conditions on time, floor, sine and the like are kept, which expressions cannot hold.
    time : what stands for time.
    whole_exponent : the number an exponent has now, if it is a parameter.
    still : local ids, which never change.
    rate_of : what rateOf of an id stands for, or None where it has no meaning.
    """

    functions: Mapping[str, Any]
    auxiliaries: Auxiliaries | Direct
    time: Expr
    whole_exponent: Callable[[Expr], float | None] = lambda _: None
    rate_of: Callable[[str], Expr] | None = None
    still: Collection[str] = ()
    _calls: list[str] = field(default_factory=list)
    _known: dict[tuple[str, tuple[Expr, ...]], Expr] = field(default_factory=dict)

    @cached_property
    def _libsbml(self) -> Any:
        return import_libsbml()

    def read(self, root: Any, name: Callable[[str], Expr]) -> Expr:
        """The expression of a formula; `name` gives the expression of an id.

        Raises
        ------
        Unsupported
            With what it is that cannot be read.
        """
        if root is None:
            raise Unsupported("a formula is missing")
        values: list[Expr] = []
        todo = [(root, False)]
        seen = 0
        while todo:
            node, ready = todo.pop()
            seen += not ready
            if seen > MAX_TERMS:
                raise Unsupported(f"the formula has more than {MAX_TERMS} terms", "split it into several rules")
            children = node.getNumChildren()
            if node.getType() == self._libsbml.AST_FUNCTION_RATE_OF:
                values.append(self._rate(node))
                continue
            if not ready and children:
                todo.append((node, True))
                todo.extend((node.getChild(i), False) for i in reversed(range(children)))
                continue
            arguments = values[len(values) - children :] if children else []
            del values[len(values) - children :]
            try:
                values.append(self._apply(node, arguments, name))
            except (ZeroDivisionError, OverflowError, ValueError) as error:
                raise Unsupported(f"a part of the formula has no finite value: {error}") from error
        return values[0]

    def _apply(self, node: Any, arguments: list[Expr], name: Callable[[str], Expr]) -> Expr:
        lib, kind = self._libsbml, node.getType()
        if kind == lib.AST_NAME:
            return name(node.getName())
        if kind == lib.AST_NAME_TIME:
            return self.time
        if kind == lib.AST_NAME_AVOGADRO:
            return expr.const(AVOGADRO)
        if node.isNumber():
            return expr.const(node.getValue())
        if kind == lib.AST_FUNCTION:
            return self._call(node.getName(), arguments)
        constant = {lib.AST_CONSTANT_E: math.e, lib.AST_CONSTANT_PI: math.pi}.get(kind)
        if constant is not None:
            return expr.const(constant)
        if kind in (lib.AST_CONSTANT_TRUE, lib.AST_CONSTANT_FALSE):
            return expr.const(float(kind == lib.AST_CONSTANT_TRUE))
        operation = self._operations.get(kind)
        if operation is None:
            raise Unsupported(f"the formula uses {_name_of(node, lib)}, which is not supported")
        least, most, function = operation
        if not least <= len(arguments) <= most:
            raise Unsupported(f"{_name_of(node, lib)} has {len(arguments)} arguments")
        return function(*arguments)

    def _rate(self, node: Any) -> Expr:
        target = node.getChild(0) if node.getNumChildren() == 1 else None
        if target is not None and target.getType() == self._libsbml.AST_NAME and target.getName() in self.still:
            return expr.const(0.0)
        if self.rate_of is None or self._calls or target is None or target.getType() != self._libsbml.AST_NAME:
            raise Unsupported("rateOf() is read of the id of a quantity, outside of functions", "write the rate out")
        return self.rate_of(target.getName())

    def _call(self, function: str, arguments: list[Expr]) -> Expr:
        definition = self.functions.get(function)
        if definition is None:
            raise Unsupported(f"the formula calls {function!r}, which the document does not define")
        key = (function, tuple(arguments))
        if key in self._known:
            return self._known[key]
        if function in self._calls:
            raise Unsupported(f"function {' → '.join([*self._calls, function])} calls itself")
        if len(self._calls) >= MAX_CALL_DEPTH:
            raise Unsupported(f"functions call each other more than {MAX_CALL_DEPTH} deep")
        if len(self._known) >= MAX_CALLS:
            raise Unsupported(f"the functions, written out in full, are more than {MAX_CALLS} calls")
        bound = definition.getNumBvars()
        if definition.getNumChildren() != bound + 1:
            raise Unsupported(f"function {function!r} has no body")
        if bound != len(arguments):
            raise Unsupported(f"function {function!r} takes {bound} arguments, not {len(arguments)}")
        values = {definition.getChild(i).getName(): a for i, a in enumerate(arguments)}

        def local(name: str) -> Expr:
            if name not in values:
                raise Unsupported(f"the body of function {function!r} uses {name!r}, which is not one of its arguments")
            return values[name]

        self._calls.append(function)
        try:
            self._known[key] = self.read(definition.getChild(bound), local)
        finally:
            self._calls.pop()
        return self._known[key]

    def _power(self, base: Expr, exponent: Expr) -> Expr:
        """base**exponent; a parameter that is a whole number now is also right for a negative base."""
        number = self.whole_exponent(exponent)
        if number is None or number != int(number) or abs(number) > _MAX_WHOLE_POWER:
            return power(base, exponent)
        positive = 1.0 / base ** (-exponent) if number < 0 else base**exponent
        # Another subject may have a fraction there: then a negative base has no power, as the logarithm below has none.
        undefined: Expr = graph.log(-1.0 - exponent * exponent)
        return graph.where(
            base < 0.0, graph.where(_equal(exponent, expr.const(number)), power(base, number), undefined), positive
        )

    def _trigonometric(self) -> dict[int, tuple[int, float, Callable[..., Expr]]]:
        lib, aux = self._libsbml, self.auxiliaries
        names: dict[str, Callable[[Expr], Expr]] = {
            "SIN": aux.sine,
            "COS": aux.cosine,
            "TAN": lambda a: aux.sine(a) / aux.cosine(a),
            "COT": lambda a: aux.cosine(a) / aux.sine(a),
            "SEC": trig.reciprocal(aux.cosine),
            "CSC": trig.reciprocal(aux.sine),
            "SINH": trig.hyperbolic_sine,
            "COSH": trig.hyperbolic_cosine,
            "TANH": trig.hyperbolic_tangent,
            "COTH": trig.reciprocal(trig.hyperbolic_tangent),
            "SECH": trig.reciprocal(trig.hyperbolic_cosine),
            "CSCH": trig.reciprocal(trig.hyperbolic_sine),
            "ARCSIN": trig.arcsine,
            "ARCCOS": trig.arccosine,
            "ARCTAN": trig.arctangent,
            "ARCCOT": trig.arccotangent,
            "ARCSEC": trig.inverse(trig.arccosine),
            "ARCCSC": trig.inverse(trig.arcsine),
            "ARCSINH": trig.area_sine,
            "ARCCOSH": trig.area_cosine,
            "ARCTANH": trig.area_tangent,
            "ARCCOTH": trig.inverse(trig.area_tangent),
            "ARCSECH": trig.inverse(trig.area_cosine),
            "ARCCSCH": trig.inverse(trig.area_sine),
        }
        return {getattr(lib, f"AST_FUNCTION_{name}"): (1, 1, function) for name, function in names.items()}

    @cached_property
    def _operations(self) -> dict[int, tuple[int, float, Callable[..., Expr]]]:
        lib, aux, any_number = self._libsbml, self.auxiliaries, math.inf
        table: dict[int, tuple[int, float, Callable[..., Expr]]] = {
            lib.AST_PLUS: (0, any_number, _fold(expr.Expr.__add__, 0.0)),
            lib.AST_TIMES: (0, any_number, _fold(expr.Expr.__mul__, 1.0)),
            lib.AST_MINUS: (1, 2, lambda a, b=None: -a if b is None else a - b),
            lib.AST_DIVIDE: (2, 2, expr.Expr.__truediv__),
            lib.AST_POWER: (2, 2, self._power),
            lib.AST_FUNCTION_POWER: (2, 2, self._power),
            lib.AST_FUNCTION_ROOT: (1, 2, lambda a, b=None: graph.sqrt(a) if b is None else power(b, 1.0 / a)),
            lib.AST_FUNCTION_ABS: (1, 1, lambda a: graph.maximum(a, -a)),
            lib.AST_FUNCTION_EXP: (1, 1, graph.exp),
            lib.AST_FUNCTION_LN: (1, 1, graph.log),
            lib.AST_FUNCTION_LOG: (1, 2, _logarithm),
            lib.AST_FUNCTION_PIECEWISE: (1, any_number, _piecewise),
            lib.AST_FUNCTION_MIN: (1, any_number, _fold(graph.minimum, None)),
            lib.AST_FUNCTION_MAX: (1, any_number, _fold(graph.maximum, None)),
            lib.AST_FUNCTION_FLOOR: (1, 1, aux.floor),
            lib.AST_FUNCTION_CEILING: (1, 1, lambda a: -aux.floor(-a)),
            lib.AST_FUNCTION_QUOTIENT: (2, 2, aux.quotient),
            lib.AST_FUNCTION_REM: (2, 2, lambda a, b: a - b * aux.quotient(a, b)),
            lib.AST_FUNCTION_FACTORIAL: (1, 1, _factorial),
            lib.AST_FUNCTION_SIN: (1, 1, aux.sine),
            lib.AST_FUNCTION_COS: (1, 1, aux.cosine),
            **self._trigonometric(),
            lib.AST_LOGICAL_AND: (0, any_number, _fold(both, 1.0)),
            lib.AST_LOGICAL_OR: (0, any_number, _fold(either, 0.0)),
            lib.AST_LOGICAL_XOR: (0, any_number, _fold(_one_of, 0.0)),
            lib.AST_LOGICAL_NOT: (1, 1, negation),
            lib.AST_LOGICAL_IMPLIES: (2, 2, lambda a, b: either(negation(a), b)),
            lib.AST_RELATIONAL_LT: (2, any_number, _chain(expr.Expr.__lt__)),
            lib.AST_RELATIONAL_LEQ: (2, any_number, _chain(expr.Expr.__le__)),
            lib.AST_RELATIONAL_GT: (2, any_number, _chain(expr.Expr.__gt__)),
            lib.AST_RELATIONAL_GEQ: (2, any_number, _chain(expr.Expr.__ge__)),
            lib.AST_RELATIONAL_EQ: (2, any_number, _chain(_equal)),
            lib.AST_RELATIONAL_NEQ: (2, 2, lambda a, b: negation(_equal(a, b))),
        }
        return table


def names_in(root: Any, *, rates: bool = False) -> set[str]:
    """The ids that a formula refers to (arguments of its calls among them), or those whose rate it asks for."""
    lib = import_libsbml()
    found: set[str] = set()
    todo = [root] if root is not None else []
    while todo:
        node = todo.pop()
        if node.getType() == lib.AST_FUNCTION_RATE_OF:
            if rates:
                found.update(node.getChild(i).getName() or "" for i in range(node.getNumChildren()))
            continue
        if node.getType() == lib.AST_NAME and not rates:
            found.add(node.getName())
        todo.extend(node.getChild(i) for i in range(node.getNumChildren()))
    return found


def both(a: Expr, b: Expr) -> Expr:
    """Whether a and b hold."""
    return graph.where(a, truth(b), 0.0)


def either(a: Expr, b: Expr) -> Expr:
    """Whether a or b holds."""
    return graph.where(a, 1.0, truth(b))


def negation(a: Expr) -> Expr:
    """Whether a does not hold."""
    return graph.where(a, 0.0, 1.0)


def truth(a: Expr) -> Expr:
    """1 where a holds, else 0."""
    return a if a.op in ("lt", "le") else graph.where(a, 1.0, 0.0)


def _one_of(a: Expr, b: Expr) -> Expr:
    return graph.where(a, negation(b), truth(b))


def _equal(a: Expr, b: Expr) -> Expr:
    return both(a <= b, b <= a)


def _chain(relation: Callable[[Expr, Expr], Expr]) -> Callable[..., Expr]:
    """a < b < c as a < b and b < c."""

    def holds(*values: Expr) -> Expr:
        result = relation(values[0], values[1])
        for left, right in pairwise(values[1:]):
            result = both(result, relation(left, right))
        return result

    return holds


def _fold(operation: Callable[[Expr, Expr], Expr], empty: float | None) -> Callable[..., Expr]:
    def folded(*values: Expr) -> Expr:
        if not values:
            return expr.const(empty if empty is not None else 0.0)
        result = values[0]
        for value in values[1:]:
            result = operation(result, value)
        return result

    return folded


def power(base: Expr, exponent: Expr | float) -> Expr:
    """base**exponent, right for negative bases where the exponent is a whole number; the engine's own power is not."""
    exponent = expr.as_expr(exponent)
    if exponent.op != "const":
        return base**exponent
    number = exponent.value
    if number == int(number) and abs(number) <= _MAX_WHOLE_POWER:
        whole = _whole_power(base, int(abs(number)))
        return whole if number >= 0 else 1.0 / whole
    return base**number if number > 0 else 1.0 / base ** (-number)


def _whole_power(base: Expr, n: int) -> Expr:
    result, square = expr.const(1.0), base
    while n:
        if n % 2:
            result = result * square
        n //= 2
        if n:
            square = square * square
    return result


def _logarithm(a: Expr, b: Expr | None = None) -> Expr:
    """log of the last argument, to base 10 or to the first."""
    return graph.log(a) / math.log(10.0) if b is None else graph.log(b) / graph.log(a)


def _factorial(a: Expr) -> Expr:
    if a.op != "const" or a.value != int(a.value) or not 0 <= a.value <= 170:
        raise Unsupported("the factorial of something that is not a whole number from 0 to 170 is not supported")
    return expr.const(float(math.factorial(int(a.value))))


def _piecewise(*values: Expr) -> Expr:
    """The value of the first condition that holds; without `otherwise` it is not a number where none does."""
    if len(values) % 2:
        result, count = values[-1], len(values) - 1
    elif values[-1].op == "const" and not values[-1].value:
        raise Unsupported("a piecewise formula has no <otherwise>, so it may have no value")
    else:
        result, count = values[-2], len(values)
        if values[-1].op != "const":
            result = graph.where(values[-1], values[-2], graph.log(-1.0 - truth(values[-1])))
            count -= 2
    for i in reversed(range(0, count, 2)):
        result = graph.where(values[i + 1], values[i], result)
    return result


def _name_of(node: Any, lib: Any) -> str:
    if node.getType() == lib.AST_FUNCTION_DELAY:
        return "delay()"
    return f"{node.getName() or node.getOperatorName() or 'an unknown operator'}()"
