"""Trajectories of a system of expressions: `solve`, and `stream` for ensembles too large to keep. Knows no biology."""

from abscopal.engine.ensemble.streaming import Stream, stream
from abscopal.engine.solution import Solution
from abscopal.engine.solving import solve
from abscopal.engine.status import Status, finished

__all__ = ["Solution", "Status", "Stream", "finished", "solve", "stream"]
