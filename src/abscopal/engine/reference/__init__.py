"""The oracle: SciPy's LSODA on compiled rates and Jacobian, one trajectory after the other."""

from abscopal.engine.reference.lsoda import solve_reference

__all__ = ["solve_reference"]
