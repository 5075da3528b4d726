"""The circulating lymphocyte count, its renewal, and the survival of lymphocytes that cells elsewhere declare.

The count is renewed towards what is left of the organs that make and keep lymphocytes: dL/dt = k_L (R L_0 - L). In
patients each fraction also takes a share of the renewal, R -> R (1 - phi x), x the share of circulating lymphocytes
that it kills: counts level off below the baseline after a course (R is 1 in animals). What radiation and drugs take
from the count itself, and from all other lymphocytes, is in `cell_loss` and `lymphodepletion`.
Leaves out: regain of the renewal over years, the chemotherapy that usually goes with radiotherapy.
"""

from __future__ import annotations

from abscopal.expr import Expr
from abscopal.model.exposure import fraction_event
from abscopal.model.language import Model
from abscopal.model.mechanisms.cell_loss import blood_layers, killed_share
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import LymphocyteSurvival
from abscopal.vocabulary import HUMAN


def circulating(model: Model, subset: str | None = None) -> LymphocyteSurvival:
    """Survival of lymphocytes in blood and node."""
    return LymphocyteSurvival(model.parameter("lymphocyte_resistance"), subset)


def resident(model: Model) -> LymphocyteSurvival:
    """Survival of lymphocytes that reside in a tumour, which makes them resistant whatever the host's blood ones are.

    The host's NK cells there share that, infused ones not yet.
    """
    return LymphocyteSurvival(model.parameter("resident_radioresistance"))


def declare(model: Model, plan: Plan) -> None:
    """Stock `lymphocytes` per microlitre of blood; in irradiated patients `lymphocyte_renewal`."""
    model.species(
        "lymphocytes",
        "blood",
        "lymphocyte count",
        unit="cells/uL",
        group="blood",
        scale=10.0,
        initial=model.parameter("lymphocyte_baseline"),
        radiosensitivity=circulating(model),
        depleted_by=("dividing lymphocytes",),
    )
    if plan.host == HUMAN and plan.fractions:
        meaning = "lymphocyte renewal that radiation left"
        model.species("lymphocyte_renewal", "blood", meaning, unit="1", scale=1e-3, initial=1.0)


def connect(model: Model, plan: Plan) -> None:
    """Recovery of the count, and what fractions take from it."""
    count, rate = model.value("lymphocytes", "blood"), model.parameter("lymphocyte_recovery_rate")
    left = model.value("lymphocyte_renewal", "blood", without=1.0)
    model.flow("lymphocyte renewal", None, count, rate * model.parameter("lymphocyte_baseline") * left)
    model.flow("lymphocyte turnover", count, None, rate * count)
    if model.has("lymphocyte_renewal", "blood"):
        _harm_renewal(model, plan, left)


def _harm_renewal(model: Model, plan: Plan, left: Expr) -> None:
    """The share of the renewal that each fraction takes."""
    (cells,) = (stock for stock in model.species_so_far if (stock.name, stock.where) == ("lymphocytes", "blood"))
    for fraction in plan.fractions:
        event = fraction_event(model, fraction)
        for layer in blood_layers(model, event, fraction):
            killed = killed_share(model, layer, cells)
            if killed is not None:
                taken = model.parameter("renewal_loss_share") * layer.share * killed
                event.move(left, None, left * taken)
