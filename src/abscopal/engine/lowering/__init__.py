"""From a `System` to what is compiled: one reciprocal per divisor, parameter-only parts set apart, the sparse Jacobian."""

from abscopal.engine.lowering.program import Program, lower

__all__ = ["Program", "lower"]
