"""Where things lie: the slots of a job, and the arrays of a thread's workspace."""

from __future__ import annotations

from dataclasses import dataclass

from abscopal.engine.integration.tableau import STAGES

# A job is an array of 8-byte slots: pointers, whole numbers and doubles.
JOB = (
    "subjects",
    "next_subject",
    "stop",
    "done",
    "parameters",
    "initial",
    "out",
    "final",
    "status",
    "steps",
    "times",
    "n_times",
    "selected",
    "n_selected",
    "event_times",
    "event_maps",
    "event_arguments",
    "n_events",
    "event_width",
    "start",
    "end",
    "rtol",
    "absolute",
    "max_steps",
    "first_step",
    "record",
    "record_counts",
    "capacity",
    "replay",
    "replay_rows",
    "workspace",
)
SLOT = {name: i for i, name in enumerate(JOB)}


@dataclass(frozen=True)
class Layout:
    """Sizes of a compiled system, and the offset [lanes of doubles] of each array of the workspace."""

    lanes: int
    states: int
    parameters: int
    hoisted: int
    outputs: int
    entries: int

    def arrays(self) -> dict[str, int]:
        """Name and length of each array, in order."""
        n = self.states
        control = ["t", "h", "proposed", "stop", "shown_next", "attempts", "error", "cut"]
        whole = ["subject", "event", "shown", "recorded"]
        return {
            **dict.fromkeys([*control, *whole], 1),
            "y": n,
            "new": n,
            "stage": n,
            "k": n * STAGES,
            "W": self.entries,
            "p": self.parameters,
            "q": self.hoisted,
            "out": self.outputs,
        }

    def offset(self, name: str) -> int:
        """Where an array begins, in lanes of doubles."""
        offset = 0
        for other, length in self.arrays().items():
            if other == name:
                return offset
            offset += length
        raise KeyError(name)

    @property
    def doubles(self) -> int:
        """Size of the workspace."""
        return self.lanes * (1 + sum(self.arrays().values()))
