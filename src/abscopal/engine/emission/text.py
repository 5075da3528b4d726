"""Text of LLVM IR functions, for one trajectory (`double`) or for several side by side (`<L x double>`)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Code:
    """The instructions of one function under construction. Values are SSA names or constants, as strings."""

    def __init__(self, lanes: int = 1, *, scalar: bool | None = None) -> None:
        self.lanes = lanes
        self.scalar = lanes == 1 if scalar is None else scalar
        self.real = "double" if self.scalar else f"<{lanes} x double>"
        self.word = "i64" if self.scalar else f"<{lanes} x i64>"
        self.bit = "i1" if self.scalar else f"<{lanes} x i1>"
        self.suffix = "f64" if self.scalar else f"v{lanes}f64"
        self.lines: list[str] = []
        self._allocas: list[str] = []
        self._count = 0

    def value(self, instruction: str) -> str:
        """Appends an instruction and returns the name of its result."""
        self._count += 1
        name = f"%v{self._count}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def do(self, instruction: str) -> None:
        """Appends an instruction without a result."""
        self.lines.append(f"  {instruction}")

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def new_label(self, stem: str) -> str:
        self._count += 1
        return f"{stem}{self._count}"

    def number(self, x: float) -> str:
        """A constant in every lane."""
        bits = f"0x{struct.pack('>d', x).hex().upper()}"
        return bits if self.scalar else f"splat (double {bits})"

    def integer(self, x: int) -> str:
        """A 64-bit integer constant in every lane."""
        return str(x) if self.scalar else f"splat (i64 {x})"

    def unary(self, op: str, a: str) -> str:
        return self.value(f"{op} {self.real} {a}")

    def binary(self, op: str, a: str, b: str) -> str:
        return self.value(f"{op} {self.real} {a}, {b}")

    def integer_op(self, op: str, a: str, b: str) -> str:
        return self.value(f"{op} {self.word} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a*b + c, fused where the machine can."""
        r = self.real
        return self.value(f"call {r} @llvm.fmuladd.{self.suffix}({r} {a}, {r} {b}, {r} {c})")

    def compare(self, predicate: str, a: str, b: str) -> str:
        return self.value(f"fcmp {predicate} {self.real} {a}, {b}")

    def select(self, condition: str, a: str, b: str) -> str:
        return self.value(f"select {self.bit} {condition}, {self.real} {a}, {self.real} {b}")

    def call(self, function: str, *arguments: str) -> str:
        inner = ", ".join(f"{self.real} {a}" for a in arguments)
        return self.value(f"call {self.real} @{function}({inner})")

    def to_bits(self, a: str) -> str:
        return self.value(f"bitcast {self.real} {a} to {self.word}")

    def from_bits(self, a: str) -> str:
        return self.value(f"bitcast {self.word} {a} to {self.real}")

    def load(self, pointer: str, index: int, stride: int | None = None) -> str:
        """The value at position `index` of an array of lanes (or of every `stride`-th double)."""
        return self.value(f"load {self.real}, ptr {self.at(pointer, index, stride)}, align {self.alignment}")

    def store(self, value: str, pointer: str, index: int, stride: int | None = None) -> None:
        self.do(f"store {self.real} {value}, ptr {self.at(pointer, index, stride)}, align {self.alignment}")

    def load_at(self, pointer: str, i: str) -> str:
        """The value at position i (an i64) of an array of lanes."""
        return self.value(f"load {self.real}, ptr {self._element(pointer, i)}, align {self.alignment}")

    def store_at(self, value: str, pointer: str, i: str) -> None:
        self.do(f"store {self.real} {value}, ptr {self._element(pointer, i)}, align {self.alignment}")

    def _element(self, pointer: str, i: str) -> str:
        return self.value(f"getelementptr inbounds {self.real}, ptr {pointer}, i64 {i}")

    @property
    def alignment(self) -> int:
        return 8 if self.scalar else 8 * self.lanes

    def at(self, pointer: str, index: int, stride: int | None = None) -> str:
        """The address of element `index`; a stride counts doubles."""
        step = (1 if self.scalar else self.lanes) if stride is None else stride
        if index == 0:
            return pointer
        return self.value(f"getelementptr inbounds double, ptr {pointer}, i64 {index * step}")

    def function(self, name: str, arguments: Sequence[str], *, returns: str = "void", attributes: str = "#0") -> str:
        """The whole function as text; `arguments` are typed, as in `ptr noalias %y`."""
        body = "\n".join([*self._allocas, *self.lines])
        return f"define {returns} @{name}({', '.join(arguments)}) {attributes} {{\nentry:\n{body}\n}}\n"

    # Scalar control flow, used by the parts that are loops.

    def variable(self, kind: str, align: int = 8) -> str:
        """A place on the stack, made at the entry of the function."""
        self._count += 1
        name = f"%s{self._count}"
        self._allocas.append(f"  {name} = alloca {kind}, align {align}")
        return name

    @contextmanager
    def loop(self, stop: str, start: str = "0", step: int = 1) -> Iterator[str]:
        """Counts an i64 from start to stop (exclusive); the body sees its value."""
        head, body, done = self.new_label("loop"), self.new_label("body"), self.new_label("done")
        counter = self.variable("i64")
        self.do(f"store i64 {start}, ptr {counter}")
        self.do(f"br label %{head}")
        self.label(head)
        i = self.value(f"load i64, ptr {counter}")
        more = self.value(f"icmp slt i64 {i}, {stop}")
        self.do(f"br i1 {more}, label %{body}, label %{done}")
        self.label(body)
        yield i
        following = self.value(f"add nsw i64 {i}, {step}")
        self.do(f"store i64 {following}, ptr {counter}")
        self.do(f"br label %{head}")
        self.label(done)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """The body runs only if the condition (i1) holds."""
        then, done = self.new_label("then"), self.new_label("fi")
        self.do(f"br i1 {condition}, label %{then}, label %{done}")
        self.label(then)
        yield
        self.do(f"br label %{done}")
        self.label(done)

    @contextmanager
    def each_bit(self, mask: str) -> Iterator[str]:
        """Runs the body with the number of every set bit of an i64, lowest first."""
        rest = self.variable("i64")
        head, body, done = self.new_label("bits"), self.new_label("bit"), self.new_label("nobits")
        self.do(f"store i64 {mask}, ptr {rest}")
        self.do(f"br label %{head}")
        self.label(head)
        left = self.value(f"load i64, ptr {rest}")
        self.do(f"br i1 {self.value(f'icmp ne i64 {left}, 0')}, label %{body}, label %{done}")
        self.label(body)
        yield self.value(f"call i64 @llvm.cttz.i64(i64 {left}, i1 true)")
        lower = self.value(f"sub i64 {left}, 1")
        self.do(f"store i64 {self.value(f'and i64 {left}, {lower}')}, ptr {rest}")
        self.do(f"br label %{head}")
        self.label(done)

    def mask_to_bits(self, mask: str) -> str:
        """A comparison of all lanes as the low bits of an i64."""
        bits = self.value(f"bitcast {self.bit} {mask} to i{self.lanes}")
        return bits if self.lanes == 64 else self.value(f"zext i{self.lanes} {bits} to i64")

    def bits_to_mask(self, bits: str) -> str:
        """The low bits of an i64 as a condition per lane."""
        return self.value(f"bitcast i{self.lanes} {self.value(f'trunc i64 {bits} to i{self.lanes}')} to {self.bit}")


def declarations(code: Code) -> str:
    """The intrinsics on this kind of value that emitted code may call."""
    r, s = code.real, code.suffix
    return (
        f"declare {r} @llvm.fmuladd.{s}({r}, {r}, {r})\n"
        f"declare {r} @llvm.sqrt.{s}({r})\n"
        f"declare {r} @llvm.fabs.{s}({r})\n"
    )
