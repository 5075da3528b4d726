"""The circulating lymphocyte count, and the survival of lymphocytes that cells elsewhere declare.

The count is renewed towards its baseline: dL/dt = k_L (L_0 - L). What radiation and drugs take from it, and from all
other lymphocytes, is in `cell_loss` and `lymphodepletion`.
"""

from __future__ import annotations

from abscopal.model.language import Model
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import LymphocyteSurvival


def circulating(model: Model, subset: str | None = None) -> LymphocyteSurvival:
    """Survival of lymphocytes in blood and node."""
    return LymphocyteSurvival(model.parameter("lymphocyte_resistance"), subset)


def resident(model: Model) -> LymphocyteSurvival:
    """Survival of lymphocytes that reside in a tumour, which makes them resistant whatever the host's blood ones are.

    The host's NK cells there share that, infused ones not yet.
    """
    return LymphocyteSurvival(model.parameter("resident_radioresistance"))


def declare(model: Model, plan: Plan) -> None:
    """Stock `lymphocytes` per microlitre of blood."""
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


def connect(model: Model, plan: Plan) -> None:
    """Recovery of the count."""
    count, rate = model.value("lymphocytes", "blood"), model.parameter("lymphocyte_recovery_rate")
    model.flow("lymphocyte renewal", None, count, rate * model.parameter("lymphocyte_baseline"))
    model.flow("lymphocyte turnover", count, None, rate * count)
