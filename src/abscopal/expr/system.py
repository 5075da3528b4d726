"""What the engine solves: states, rates, jumps and outputs as expressions. It carries no biology, only names.

`model` builds a `System` and a `Schedule`; `engine` solves them. Neither imports the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from abscopal.expr.graph import Expr, topological

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class EventMap:
    """An instantaneous map of the state.

    All updates read the state *before* the event; states without an update keep their value.
    Update expressions may use states, parameters and the event's own `arguments` (symbols).
    """

    name: str
    arguments: tuple[Expr, ...]
    updates: tuple[tuple[int, Expr], ...]


@dataclass(frozen=True)
class System:
    """An autonomous system dy/dt = rates(y, p) with event maps; time is in days.

    Attributes
    ----------
    states, parameters : symbols, in the order of the state and parameter vectors.
    rates : one expression per state.
    initial : one expression of parameters per state, the state at the start.
    outputs : named expressions of states and parameters that are reported at requested times.
    maps : the event maps a `Schedule` refers to by index.
    scales : size of each state that counts as "small" (absolute tolerance = atol * scale).
    extinct_below : threshold per state; a state that falls below it (or below zero) is set to zero. 0 means never.
    """

    states: tuple[Expr, ...]
    parameters: tuple[Expr, ...]
    rates: tuple[Expr, ...]
    initial: tuple[Expr, ...]
    outputs: tuple[tuple[str, Expr], ...]
    maps: tuple[EventMap, ...]
    scales: tuple[float, ...]
    extinct_below: tuple[float, ...]

    @cached_property
    def fingerprint(self) -> str:
        """Content hash (hex) of everything that decides the solution; equal systems have equal fingerprints."""
        return self._digest(self.scales)

    @cached_property
    def code_fingerprint(self) -> str:
        """Content hash (hex) of everything that decides the machine code: tolerances are given to it later."""
        return self._digest(())

    def _digest(self, scales: tuple[float, ...]) -> str:
        digest = hashlib.sha256()
        roots = [*self.states, *self.parameters, *self.rates, *self.initial, *(e for _, e in self.outputs)]
        for event in self.maps:
            roots += [*event.arguments, *(e for _, e in event.updates)]
        number = {node: i for i, node in enumerate(topological(roots))}
        for node in number:
            arguments = ",".join(str(number[a]) for a in node.args)
            digest.update(f"{node.op}({arguments}){node.name}{node.value!r};".encode())
        layout = (
            [number[e] for e in roots],
            [name for name, _ in self.outputs],
            [(m.name, len(m.arguments), [i for i, _ in m.updates]) for m in self.maps],
            scales,
            self.extinct_below,
        )
        digest.update(repr(layout).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class Schedule:
    """Which event map acts when, with which arguments; shared by all trajectories of an ensemble.

    Events at equal times act in the order given. `arguments` has one row per event, padded with zeros.
    """

    times: FloatArray = field(default_factory=lambda: np.zeros(0))
    maps: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    arguments: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))

    def __post_init__(self) -> None:
        if not (len(self.times) == len(self.maps) == len(self.arguments)):
            raise ValueError("a schedule needs one time, one map and one row of arguments per event")
        if not np.all(np.isfinite(self.times)) or not np.all(np.isfinite(self.arguments)):
            raise ValueError("event times and arguments must be finite")
        if np.any(np.diff(self.times) < 0):
            raise ValueError("events must be sorted by time")

    @staticmethod
    def of(events: Iterable[tuple[float, int, Sequence[float]]]) -> Schedule:
        """A schedule from (time, map index, arguments) rows, sorted stably by time."""
        rows = sorted(events, key=lambda row: row[0])
        width = max((len(a) for _, _, a in rows), default=0)
        arguments = np.zeros((len(rows), width))
        for i, (_, _, values) in enumerate(rows):
            arguments[i, : len(values)] = values
        times = np.array([t for t, _, _ in rows], dtype=float)
        return Schedule(times, np.array([m for _, m, _ in rows], dtype=np.int64), arguments)
