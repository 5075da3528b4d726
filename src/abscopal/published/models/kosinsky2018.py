"""Kosinsky 2018: radiation and anti-PD-(L)1 in CT26 tumours, with the repair of DNA breaks corrected.

A fraction of dose D acts at one instant: exp(-αD) of the tumour survives its linear part, δD breaks per cell are made.
While they are repaired (dU/dt = -U/τ) they damage further at 0.2α/(τδ²)·U², together exp(-αD²/10).
"""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import AssembledModel, Model

NAME = "Kosinsky2018"


def assemble() -> AssembledModel:
    """The equations; symbols as in the publication."""
    m = Model(("tumour",))
    m.enter(NAME)
    at, p = "tumour", m.parameter
    tumour = m.species("TV", at, "living tumour", unit="µL", group="tumour", scale=1.0, initial=p("TV0"))
    dying = m.species("TVd", at, "damaged tumour", unit="µL", group="tumour", scale=1.0)
    breaks = m.species("U", at, "unrepaired DNA double-strand breaks", unit="1/cell", group="damage")
    young = m.species("nTeff", at, "T cells that proliferate", unit="cells", group="effector")
    killers = m.species("dTeff", at, "differentiated T cells, which kill", unit="cells", group="effector")
    ligand = m.species("PDL1", at, "PD-L1, part of its maximum", unit="1", group="checkpoint", scale=0.01)
    depot = m.species("depot", at, "antibody not yet absorbed", unit="nmol", group="drug")
    antibody = m.species("C", at, "antibody in plasma", unit="nmol/L", group="drug", scale=1.0)

    total = tumour + dying
    death = p("mu") * dying / total + p("e") * killers + p("d0")
    maturation = death**2 / (death**2 + p("K_tcd") ** 2)
    antigen = maturation * total
    activation = (1.0 - ligand / (1.0 + antibody / p("K_D"))) * (1.0 - antigen / (antigen + p("S_R")))
    damage = p("quadratic") * p("alpha") / (p("tau") * p("delta") ** 2) * breaks**2 * tumour

    m.define("volume", at, "tumour, living and damaged", lambda: total, unit="µL", group="tumour")
    m.define("antigen", at, "systemic antigen", lambda: antigen, unit="µL", group="antigen")
    m.flow("growth", None, tumour, p("r") * tumour * (1.0 - tumour / p("TV_max")))
    m.flow("damage", tumour, dying, damage)
    m.flow("killing", tumour, None, (p("e") * killers + p("d0")) * tumour)
    m.flow("removal", dying, None, p("mu") * dying)
    m.flow("repair", breaks, None, breaks / p("tau"))
    m.flow("influx", None, young, p("k_LN") * antigen / (antigen + p("S_L")))
    m.flow("expansion", None, young, activation * young * (p("k_pro") - p("k_dif")))
    m.flow("elimination", young, None, p("k_el") * young)
    m.flow("differentiation", None, killers, activation * p("k_dif") * young)
    m.flow("apoptosis", killers, None, p("k_apo") * killers)
    m.flow("upregulation", None, ligand, p("k_pdl") * killers / (p("K_pdl") + killers))
    m.flow("downregulation", ligand, None, p("k_pdl") * ligand)
    m.flow("absorption", depot, antibody, p("k_a") * depot, gain=1.0 / p("V_d"))
    m.flow("clearance", antibody, None, p("k_el_mAb") * antibody)

    fraction = m.event("fraction", "dose_gy")
    dose = fraction.argument("dose_gy")
    fraction.move(tumour, dying, tumour * (1.0 - expr.exp(-p("alpha") * dose)))
    fraction.move(None, breaks, p("delta") * dose)
    return m.build()
