"""Access to a job's slots and to the lanes of a workspace, for the parts of the driver."""

from __future__ import annotations

from abscopal.engine.emission.text import Code
from abscopal.engine.integration.layout import SLOT, Layout
from abscopal.expr import System

_WHOLE = {"subjects", "n_times", "n_selected", "n_events", "event_width", "capacity"}
_REAL = {"start", "end", "rtol", "max_steps", "first_step"}


class Lanes:
    """A function under construction that works on a job (its argument) and on all lanes of its workspace."""

    def __init__(self, system: System, layout: Layout) -> None:
        self.system = system
        self.layout = layout
        self.code = code = Code(layout.lanes, scalar=False)
        self.full = (1 << layout.lanes) - 1
        self.job = {name: self._slot(name) for name in SLOT}
        self.at = {name: code.at(self.job["workspace"], layout.offset(name)) for name in layout.arrays()}
        # Lanes at work, and those that have just arrived at an event, an output time or their start.
        self.active, self.arrived, self.exhausted = (code.variable("i64") for _ in range(3))

    def _slot(self, name: str) -> str:
        kind = "i64" if name in _WHOLE else "double" if name in _REAL else "ptr"
        place = self.code.value(f"getelementptr inbounds i64, ptr %job, i64 {SLOT[name]}")
        return self.code.value(f"load {kind}, ptr {place}")

    def _get(self, variable: str) -> str:
        return self.code.value(f"load i64, ptr {variable}")

    def _include(self, variable: str, lane: str) -> None:
        code = self.code
        bit = code.value(f"shl i64 1, {lane}")
        code.do(f"store i64 {code.value(f'or i64 {self._get(variable)}, {bit}')}, ptr {variable}")

    def _lane(self, array: str, lane: str) -> str:
        return self.code.value(f"getelementptr inbounds double, ptr {self.at[array]}, i64 {lane}")

    def _element(self, array: str, i: str, lane: str) -> str:
        code = self.code
        place = code.value(f"add i64 {code.value(f'mul i64 {i}, {self.layout.lanes}')}, {lane}")
        return code.value(f"getelementptr inbounds double, ptr {self.at[array]}, i64 {place}")

    def _get_lane(self, array: str, lane: str, kind: str = "double") -> str:
        return self.code.value(f"load {kind}, ptr {self._lane(array, lane)}")

    def _put_lane(self, array: str, lane: str, value: str, kind: str = "double") -> None:
        self.code.do(f"store {kind} {value}, ptr {self._lane(array, lane)}")

    def _array(self, name: str, i: str, kind: str = "double") -> str:
        place = self.code.value(f"getelementptr inbounds {kind}, ptr {self.job[name]}, i64 {i}")
        return self.code.value(f"load {kind}, ptr {place}")

    def _put_array(self, name: str, i: str, value: str, kind: str = "double") -> None:
        place = self.code.value(f"getelementptr inbounds {kind}, ptr {self.job[name]}, i64 {i}")
        self.code.do(f"store {kind} {value}, ptr {place}")

    def _vector(self, name: str) -> str:
        return self.code.load(self.at[name], 0)

    def _put_vector(self, name: str, value: str) -> None:
        self.code.store(value, self.at[name], 0)

    def _both(self, *masks: str) -> str:
        """The lanes in all of the masks."""
        total = masks[0]
        for mask in masks[1:]:
            total = self.code.value(f"and {self.code.bit} {total}, {mask}")
        return total

    def _not(self, mask: str) -> str:
        return self.code.value(f"xor {self.code.bit} {mask}, {self._from_bits(str(self.full))}")

    def _bits(self, mask: str) -> str:
        return self.code.mask_to_bits(mask)

    def _from_bits(self, bits: str) -> str:
        return self.code.bits_to_mask(bits)

    def _mask(self, predicate: str, a: str, b: str) -> str:
        return self._bits(self.code.compare(predicate, self._vector(a), self._vector(b)))
