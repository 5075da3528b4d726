"""Kuznetsov 1994: effector cells against a growing tumour, with saturating recruitment and inactivation on contact."""

from __future__ import annotations

from abscopal.model.language import AssembledModel, Model

NAME = "Kuznetsov1994"


def assemble() -> AssembledModel:
    """The equations; symbols as in the publication."""
    m = Model(("tumour",))
    m.enter(NAME)
    at, p = "tumour", m.parameter
    effectors = m.species("E", at, "effector cells", unit="cells", group="effector", scale=1.0, initial=p("E0"))
    tumour = m.species("T", at, "tumour cells", unit="cells", group="tumour", scale=1.0, initial=p("T0"))
    m.flow("arrival", None, effectors, p("s"))
    m.flow("recruitment", None, effectors, p("p") * effectors * tumour / (p("g") + tumour))
    m.flow("inactivation", effectors, None, p("m") * effectors * tumour)
    m.flow("elimination", effectors, None, p("d") * effectors)
    m.flow("growth", None, tumour, p("a") * tumour * (1.0 - p("b") * tumour))
    m.flow("killing", tumour, None, p("n") * effectors * tumour)
    return m.build()
