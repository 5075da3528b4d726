"""Priming in the node: naive precursors are activated by dendritic cells and divide by the sum of their signals.

Output = k_act f P 2^n, n = n_A + n_B B + n_H H (Marchingo 2014: signals add in divisions, not in cells), with B the
costimulation CTLA-4 leaves over and H the help of CD4 T cells; bounded by the largest output F_max. CD4 T cells divide
by the same sum without help, times a share.
Presentation f = D/(K_DC + D) (1 - w + w I^2/(K_L^2 + I^2)), D antigen-bearing dendritic cells and I the mean type I
interferon that they met: without it few of them start a response (Fuertes 2011).
Vaccines load further dendritic cells, which need interferon alike (Kranz 2016: they act through interferon-alpha).
"""

from __future__ import annotations

import math

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.lymphocytes import circulating
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Depletion

# Divisions that drugs and cell products add: quantities in the node.
FURTHER_DIVISIONS = ("divisions_extra", "divisions_nkt")


def declare(model: Model, plan: Plan) -> None:
    """Stocks of naive precursors and of effectors in node and blood."""
    labels: tuple[tuple[str, Depletion], ...] = (("cd8", "CD8"), ("cd4", "CD4"))
    for cell, label in labels:
        model.species(
            f"{cell}_naive",
            "node",
            f"naive tumour-specific {label} T cells",
            scale=1.0,
            initial=model.parameter(f"{cell}_precursors"),
            radiosensitivity=circulating(model),
            depleted_by=(label, "dividing lymphocytes"),
        )
        for where, place in (("node", "the node"), ("blood", "blood")):
            model.species(
                cell,
                where,
                f"{label} effectors in {place}",
                group="effector",
                scale=10.0,
                radiosensitivity=circulating(model),
                depleted_by=(label, "CD25 of activated cells", "dividing lymphocytes"),
            )
    model.define("presentation", "node", "share of the largest priming rate", lambda: _presentation(model))
    model.define("divisions", "node", "divisions of primed CD8 T cells", lambda: _divisions(model), group="effector")


def connect(model: Model, plan: Plan) -> None:
    """Renewal, activation with division, egress."""
    for cell in ("cd8", "cd4"):
        naive, effectors = model.value(f"{cell}_naive", "node"), model.value(cell, "node")
        renewal = model.parameter("precursor_renewal_rate")
        model.flow(f"{cell} renewal", None, naive, renewal * model.parameter(f"{cell}_precursors"))
        model.flow(f"{cell} naive loss", naive, None, renewal * naive)
        activated = model.parameter("activation_rate") * model.value("presentation", "node") * naive
        model.flow(f"{cell} activation", naive, None, activated)
        made = bounded_output(activated, _divisions_of(model, cell), model.parameter("priming_capacity"))
        model.flow(f"{cell} expansion", None, effectors, made)
        egress = model.parameter("node_egress_rate") * model.value("egress_open", "node", without=1.0)
        model.flow(f"{cell} egress", effectors, model.value(cell, "blood"), egress * effectors)


def bounded_output(activated: Expr, divisions: Expr, largest: Expr) -> Expr:
    """Effectors made per day from cells activated per day, below the largest output: F/(1 + F/F_max)."""
    unbounded = activated * expr.exp(math.log(2.0) * divisions)
    return unbounded / (1.0 + unbounded / largest)


def _presentation(model: Model) -> Expr:
    own = expr.saturation(model.value("dendritic", "node"), model.parameter("node_dendritic_half"))
    by_vaccines = model.value("vaccine_presentation", "node", without=0.0)
    return (1.0 - (1.0 - own) * (1.0 - by_vaccines)) * _gate(model)


def _gate(model: Model) -> Expr:
    """Share of their presentation that dendritic cells reach with the type I interferon that they have met."""
    met = model.value("licensing", "node") + model.value("vaccine_interferon", "node", without=0.0)
    opened = expr.saturation(met * met, model.parameter("interferon_gate_half") ** 2)
    share = model.parameter("interferon_gate_share")
    return 1.0 - share + share * opened


def _unhelped_divisions(model: Model) -> Expr:
    costimulation = model.value("costimulation", "node", without=1.0)
    return (
        model.parameter("divisions_antigen")
        + model.parameter("divisions_costimulation") * costimulation
        + expr.sum_of(model.value(name, "node", without=0.0) for name in FURTHER_DIVISIONS)
    )


def _divisions(model: Model) -> Expr:
    help_signal = expr.saturation(model.value("cd4", "node"), model.parameter("help_half"))
    return _unhelped_divisions(model) + model.parameter("divisions_help") * help_signal


def _divisions_of(model: Model, cell: str) -> Expr:
    if cell == "cd8":
        return model.value("divisions", "node")
    return model.parameter("cd4_division_share") * _unhelped_divisions(model)
