"""Trajectories of a system of expressions: `solve`. Knows no biology."""

from abscopal.engine.solution import Solution
from abscopal.engine.solving import solve
from abscopal.engine.status import Status

__all__ = ["Solution", "Status", "solve"]
