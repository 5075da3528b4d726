"""Cytokine release after CAR-T cells: IL-1 and IL-6 of monocytes, severity of the syndrome, neurotoxicity behind it.

Cells in contact with what they recognise, e per mL of blood, make monocytes release IL-1, and IL-6 directly and through
IL-1: dI1/dt = g p1 e - k1 I1, dI6/dt = g (p6 e + p16 I1 (1 - o1)) + k6 b - k6 (1 - r o6) I6, g what corticosteroids
leave, o1 and o6 the blocked shares of the receptors. A share r of IL-6 is cleared through its receptor: blockade raises
IL-6 (Nishimoto 2008) and takes its signal I6 (1 - o6) away. Severity, 0 to 4, = 1 + log(signal/I_1)/log(q): bands of
IL-6 that are declared, not clinical. Neurotoxicity follows the IL-1 signal with a delay of days, so that blockade of
the IL-1 receptor prevents it and that of the IL-6 receptor does not (Norelli 2018, of which only the title was read).
Leaves out: interferon-gamma, GM-CSF and other cytokines, which no readout here tells apart from these two; what the
syndrome does to the CAR-T cells. Corticosteroids leave CAR-T cells unchanged (Stein 2019 finds no effect on expansion).
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.car_t import KIND
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan

_LEAST_SIGNAL = 1e-6


def declare(model: Model, plan: Plan) -> None:
    """Stocks `il1`, `il6`, `neuroinflammation`; readouts `crs_severity` and `icans_severity`."""
    if not plan.products_of(KIND):
        return
    baseline = model.parameter("il6_baseline")
    model.species("il1", "blood", "IL-1 in blood", unit="pg/mL", group="blood", scale=1e-1)
    model.species("il6", "blood", "IL-6 in blood", unit="pg/mL", group="blood", scale=1.0, initial=baseline)
    model.species("neuroinflammation", "blood", "IL-1 signal reaching the brain", unit="pg/mL", scale=1e-1)
    meaning = "severity of the cytokine release syndrome"
    model.define("crs_severity", "blood", meaning, lambda: _severity(model, plan, "crs"), group="blood")
    model.define(
        "icans_severity", "blood", "severity of neurotoxicity", lambda: _severity(model, plan, "icans"), group="blood"
    )


def connect(model: Model, plan: Plan) -> None:
    """Release, clearance and the way into the brain."""
    if not plan.products_of(KIND):
        return
    il1, il6 = model.value("il1", "blood"), model.value("il6", "blood")
    left = 1.0 - model.parameter("steroid_inhibition") * occupancy(model, plan, "glucocorticoid receptor")
    places = ("blood", *plan.sites)
    engaged = expr.sum_of(model.value("car_engaged", where, without=0.0) for where in places)
    density = engaged / model.parameter("blood_volume")
    model.flow("IL-1 release", None, il1, left * model.parameter("il1_release") * density)
    model.flow("IL-1 clearance", il1, None, model.parameter("il1_clearance_rate") * il1)
    signal = _il1_signal(model, plan)
    released = model.parameter("il6_release") * density + model.parameter("il6_release_by_il1") * signal
    rate = model.parameter("il6_clearance_rate")
    model.flow("IL-6 release", None, il6, left * released)
    model.flow("IL-6 background", None, il6, rate * model.parameter("il6_baseline"))
    by_receptor = model.parameter("il6_receptor_clearance") * occupancy(model, plan, "IL-6 receptor")
    model.flow("IL-6 clearance", il6, None, rate * (1.0 - by_receptor) * il6)
    brain, delay = model.value("neuroinflammation", "blood"), model.parameter("icans_delay_rate")
    model.flow("IL-1 signal into the brain", None, brain, delay * signal)
    model.flow("loss of the signal in the brain", brain, None, delay * brain)


def _il1_signal(model: Model, plan: Plan) -> Expr:
    return model.value("il1", "blood") * (1.0 - occupancy(model, plan, "IL-1 receptor"))


def _severity(model: Model, plan: Plan, kind: str) -> Expr:
    if kind == "crs":
        signal = model.value("il6", "blood") * (1.0 - occupancy(model, plan, "IL-6 receptor"))
    else:
        signal = model.value("neuroinflammation", "blood")
    first, ratio = model.parameter(f"{kind}_grade1"), model.parameter(f"{kind}_grade_ratio")
    grade = 1.0 + expr.log(expr.maximum(signal, _LEAST_SIGNAL) / first) / expr.log(ratio)
    return expr.as_expr(expr.minimum(expr.maximum(grade, 0.0), model.parameter("highest_grade")))
