"""Kimmel 2021: CAR T cells compete with normal T cells for room while they kill the tumour.

Both T-cell populations grow towards their capacities by a Gompertz law; the CAR cells' rate falls as normal T cells
recover after lymphodepletion.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import AssembledModel, Model

NAME = "Kimmel2021"


def assemble() -> AssembledModel:
    """The equations; symbols as in the publication."""
    m = Model(("blood",))
    m.enter(NAME)
    at, p = "blood", m.parameter
    normal = m.species("N", at, "normal T cells", unit="cells/µL", group="blood", scale=1.0, initial=p("N0"))
    car = m.species("C", at, "CAR T cells", unit="cells/µL", group="effector", scale=0.01, initial=p("C0"))
    tumour = m.species("B", at, "tumour cells with the antigen", unit="cells", group="tumour", initial=p("B0"))
    total = normal + car
    gap = (total - p("K_N")) ** 2
    rate = p("rho_C") + p("b") * gap / (p("a") * total**2 + gap)
    m.define("r_C", at, "growth rate of CAR T cells", lambda: rate, unit="1/d", group="effector")
    m.flow("recovery", None, normal, -p("r_N") * normal * expr.log(total / p("K_N")))
    m.flow("expansion", None, car, -rate * car * expr.log(total / p("K_C")))
    m.flow("growth", None, tumour, p("r_B") * tumour)
    m.flow("killing", tumour, None, p("gamma_B") * tumour * car / (p("k_B") + car))
    return m.build()
