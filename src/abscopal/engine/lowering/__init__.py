"""From a `System` to what is compiled: shared reciprocals, parameter-only parts set apart, the sparse Jacobian."""

from abscopal.engine.lowering.program import Program, lower

__all__ = ["Program", "lower"]
