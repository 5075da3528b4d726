"""Hanson 2016: CAR T cells against B-cell leukaemia, with the inflammation behind cytokine release syndrome."""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import AssembledModel, Model

NAME = "Hanson2016"


def assemble() -> AssembledModel:
    """The equations; symbols as in the publication."""
    m = Model(("blood",))
    m.enter(NAME)
    at, p = "blood", m.parameter
    unit = "cells/mL"
    killers = m.species("C_e", at, "cytotoxic effector CAR cells", unit=unit, group="effector", initial=p("C_e0"))
    memory = m.species("C_m", at, "cytotoxic memory CAR cells", unit=unit, group="effector", initial=p("C_m0"))
    helpers = m.species("H_e", at, "helper effector CAR cells", unit=unit, group="effector", initial=p("H_e0"))
    helper_memory = m.species("H_m", at, "helper memory CAR cells", unit=unit, group="effector", initial=p("H_m0"))
    lymphocytes = m.species("L", at, "other lymphocytes", unit=unit, group="blood", initial=p("L0"))
    inflammation = m.species("I", at, "inflammation", unit="1/mL", group="damage", initial=p("I0"))
    tumour = m.species("B", at, "leukaemic B cells", unit=unit, group="tumour", initial=p("B0"))
    drug = m.species("D", at, "anti-inflammatory drug", unit="1/mL", group="drug", initial=p("D0"))

    total = tumour + killers + memory + helpers + helper_memory + lymphocytes
    room = expr.maximum(1.0 - total / p("l"), 0.0)
    inflamed = inflammation**2 / (inflammation**2 + p("b") ** 2)
    activated = p("a_1") * tumour * memory * inflamed * (1.0 + p("a_2") * helpers)
    helped = p("a_3") * tumour * helper_memory * inflamed
    divisions = 2.0 ** p("n")

    m.define("room", at, "share of the lymphocytes' room that is free", lambda: room, group="blood")
    m.flow("growth", None, tumour, p("r_1") * tumour * (1.0 - tumour / p("k")))
    m.flow("killing", tumour, None, p("d_1") * tumour * killers)
    m.flow("background", None, inflammation, p("p_0"))
    m.flow("stimulation", None, inflammation, p("p_1") * tumour * (killers + helpers))
    m.flow("resolution", inflammation, None, p("d_2") * inflammation)
    m.flow("suppression", inflammation, None, drug)
    m.flow("activation", memory, killers, activated, gain=divisions)
    m.flow("helper_activation", helper_memory, helpers, helped, gain=divisions)
    m.flow("effector_death", killers, None, p("d_3") * killers)
    m.flow("helper_death", helpers, None, p("d_4") * helpers)
    m.flow("memory_renewal", None, memory, p("r_2") * memory * room)
    m.flow("helper_renewal", None, helper_memory, p("r_3") * helper_memory * room)
    m.flow("production", None, lymphocytes, p("p_2") + p("r_4") * lymphocytes * room)
    m.flow("lymphocyte_death", lymphocytes, None, p("d_5") * lymphocytes)
    return m.build()
