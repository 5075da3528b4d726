"""Values that belong to a study's own fields and antigens: measured ion coefficients, antigen densities of the line."""

from __future__ import annotations

from dataclasses import replace

from abscopal.model.plan import Plan
from abscopal.parameters import Parameter, Source, shared

# Where ion coefficients of a line come from, by the origin of a field's pair.
_ORIGIN = {
    "measured": Source("measured", where="PIDE refit of the line's survival curve"),
    "interpolated": Source("fitted", where="the RBE model through the line's survival curves at other LETs"),
    "mkm": Source("fitted", where="the line's own parameter set of the microdosimetric kinetic model"),
}


def measured_values(plan: Plan) -> dict[str, Parameter]:
    """The measured ion coefficients of the line, for each radiation in use, and its antigens, as parameters."""
    known = shared()
    found = {}
    for field in plan.fields:
        if field.measured_pair is not None:
            alpha, beta, cite = field.measured_pair
            source = replace(_ORIGIN[field.pair_origin or "measured"], cite=cite)
            for name, value in (("alpha_ion", alpha), ("beta_ion", beta)):
                found[f"{name}@{field.radiation}"] = known[name].with_value(value, source)
    for antigen in plan.antigens:
        source = Source("assumed", note=antigen.note)
        for name, value in (("density", antigen.density), ("negative_share", antigen.negative_share)):
            full = f"antigen_{name}@{antigen.name}"
            found[full] = known[f"antigen_{name}"].with_value(value, source)
    return found
