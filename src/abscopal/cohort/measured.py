"""Values that belong to a study's own fields and antigens: measured ion coefficients, antigen densities of the line."""

from __future__ import annotations

from abscopal.model.plan import Plan
from abscopal.parameters import Parameter, Source, shared


def measured_values(plan: Plan) -> dict[str, Parameter]:
    """The line's measured ion coefficients as parameters of their field, and its antigens as parameters of theirs."""
    known = shared()
    found = {}
    for field in plan.fields:
        if field.measured_pair is not None:
            alpha, beta, cite = field.measured_pair
            source = Source("measured", cite, "PIDE refit of the line's survival curve")
            found[f"alpha_ion@{field.key}"] = known["alpha_ion"].with_value(alpha, source)
            found[f"beta_ion@{field.key}"] = known["beta_ion"].with_value(beta, source)
    for antigen in plan.antigens:
        source = Source("assumed", note=antigen.note)
        for name, value in (("density", antigen.density), ("negative_share", antigen.negative_share)):
            full = f"antigen_{name}@{antigen.name}"
            found[full] = known[f"antigen_{name}"].with_value(value, source)
    return found
