"""Instructions for expressions: each node of the graph becomes one value, products that are added become fused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from abscopal.engine.emission.elementary import exponential, logarithm, power, whole_below
from abscopal.engine.emission.text import Code
from abscopal.expr import Expr, topological

_BINARY = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_COMPARE = {"lt": "olt", "le": "ole"}


class Arithmetic:
    """Emits expressions into one function, each node at most once.

    `leaves` gives for every symbol how to load it; a symbol is loaded at its first use.
    """

    def __init__(self, code: Code, leaves: Mapping[Expr, Callable[[], str]], roots: Iterable[Expr]) -> None:
        self.code = code
        self.leaves = leaves
        self.roots = list(roots)
        self._known: dict[Expr, str] = {}
        self._uses = Counter(a for node in topological(self.roots) for a in node.args)
        self._uses.update(self.roots)
        self._fused = self._find_fused()

    def value(self, root: Expr) -> str:
        """The value of one of the roots as a real number."""
        stack = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if node in self._known:
                continue
            if not ready:
                stack.append((node, True))
                stack.extend((a, False) for a in reversed(node.args) if a not in self._known)
            elif node not in self._fused:
                self._known[node] = self._emit(node)
        return self._real(root)

    def _find_fused(self) -> set[Expr]:
        """Products whose only user is a sum or difference that takes them into a fused operation."""
        found: set[Expr] = set()
        for node in topological(self.roots):
            if node.op in ("add", "sub"):
                found.update([a for a in node.args if a.op == "mul" and self._uses[a] == 1][:1])
        return found

    def _real(self, node: Expr) -> str:
        if node.op == "const":
            return self.code.number(node.value)
        name = self._known[node]
        if node.op in _COMPARE:
            return self.code.value(f"uitofp {self.code.bit} {name} to {self.code.real}")
        return name

    def _truth(self, node: Expr) -> str:
        if node.op in _COMPARE:
            return self._known[node]
        return self.code.compare("une", self._real(node), self.code.number(0.0))

    def _emit(self, node: Expr) -> str:
        code = self.code
        match node.op:
            case "const":
                return ""
            case "symbol":
                return self.leaves[node]()
            case "add" | "sub":
                return self._sum(node)
            case "mul" | "div":
                return code.binary(_BINARY[node.op], *(self._real(a) for a in node.args))
            case "neg":
                return code.unary("fneg", self._real(node.args[0]))
            case "lt" | "le":
                return code.compare(_COMPARE[node.op], *(self._real(a) for a in node.args))
            case "min" | "max":
                a, b = (self._real(x) for x in node.args)
                smaller = code.compare("olt", a, b)
                return code.select(smaller, a, b) if node.op == "min" else code.select(smaller, b, a)
            case "where":
                return code.select(self._truth(node.args[0]), self._real(node.args[1]), self._real(node.args[2]))
            case "sqrt":
                # Round-off may leave a state a hair below zero; its root is then zero, not NaN.
                a, zero = self._real(node.args[0]), code.number(0.0)
                return code.call(f"llvm.sqrt.{code.suffix}", code.select(code.compare("olt", a, zero), zero, a))
            case "floor":
                return whole_below(code, self._real(node.args[0]))
            case "exp":
                return exponential(code, self._real(node.args[0]))
            case "log":
                return logarithm(code, self._real(node.args[0]))
            case "pow":
                return power(code, *(self._real(a) for a in node.args))
        raise AssertionError(f"no instruction for {node.op}")

    def _sum(self, node: Expr) -> str:
        code, (a, b) = self.code, node.args
        product = next((x for x in node.args if x in self._fused), None)
        if product is None:
            return code.binary(_BINARY[node.op], self._real(a), self._real(b))
        left, right = (self._real(x) for x in product.args)
        if node.op == "add":
            return code.fma(left, right, self._real(b if product is a else a))
        if product is a:
            return code.fma(left, right, code.unary("fneg", self._real(b)))
        return code.fma(code.unary("fneg", left), right, self._real(a))
