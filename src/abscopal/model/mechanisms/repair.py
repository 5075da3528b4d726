"""Double-strand breaks that outlast the first hour, and the arrest before mitosis that they keep.

A fraction makes y D' breaks per cell (D' the oxygen-scaled dose, y by particle and LET). Of these the share q(LET),
larger for ions, is rejoined late: dB_l/dt = -k_late B_l (alternative end joining, 0.02 per hour); the other complex
ones fast: dB_f/dt = -k_fast B_f (0.26 per hour). Residual damage R = B_f + B_l is what foci assays count. Cells with R
breaks are held before mitosis, A = R^2/(B_arr^2 + R^2), and the net growth of living cells is 1 - A of its rate: for
hours after X-rays, for days after carbon ions. Kill is not changed: what breaks kill is in the coefficients of
`cell_kill`, whose sublethal damage is repaired at one rate for all qualities, as split-dose experiments found (complete
within 3 h also after ions of high LET, PMC5710644). Breaks never rejoined leave with the late ones, as the cells that
carry them do.
Leaves out: simple breaks, gone within the hour; dependence on the phase of the cell cycle, so its smaller weight for
ions; that division dilutes damage; late micronuclei, which are in the yield of the fraction.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, Part, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.cell_kill import effective_exposure, relative_breaks
from abscopal.model.plan import Plan

# Release from arrest is a matter of a threshold number of breaks, blurred between cells.
_ARREST_EXPONENT = 2


def declare(model: Model, plan: Plan) -> None:
    """Stocks `breaks_fast` and `breaks_late`; quantities `residual_damage`, `arrested_share`, `division`."""
    for site in plan.sites:
        if not plan.fields_on(site):
            continue
        for name, meaning in (("fast", "rejoined within a day"), ("late", "rejoined over days")):
            model.species(f"breaks_{name}", site, f"double-strand breaks {meaning}", unit="1/cells", scale=1e-2)
        model.define(
            "residual_damage",
            site,
            "double-strand breaks left per tumour cell",
            partial(_residual, model, site),
            unit="1/cells",
            group="damage",
        )
        model.define(
            "arrested_share",
            site,
            "share of tumour cells held before mitosis",
            partial(_arrested, model, site),
            group="damage",
        )
        model.define("division", site, "share of tumour cells free to divide", partial(_dividing, model, site))


def connect(model: Model, plan: Plan) -> None:
    """Rejoining, and the breaks of each fraction."""
    for site in plan.sites:
        if not plan.fields_on(site):
            continue
        for name, rate in (("fast", "break_joining_rate"), ("late", "late_joining_rate")):
            breaks = model.value(f"breaks_{name}", site)
            model.flow(f"{name} rejoining", breaks, None, model.parameter(rate) * breaks)
        for fraction in plan.fractions_on(site):
            event = fraction_event(model, fraction)
            _break(model, event, exposure_at(event, fraction, site), site)


def _break(model: Model, event: Jump, given: Exposure, site: str) -> None:
    for part in effective_exposure(model, given, site).parts:
        made, late = _made(model, part), radiation.late_dsb_fraction(part.let_kev_um, numbers=model.parameter)
        event.move(None, model.value("breaks_late", site), made * late)
        fast = expr.maximum(radiation.complex_dsb_fraction(part.let_kev_um, numbers=model.parameter) - late, 0.0)
        event.move(None, model.value("breaks_fast", site), made * fast)


def _made(model: Model, part: Part) -> Expr:
    return expr.as_expr(radiation.dsb_yield(part.dose_gy, relative_breaks(model, part), numbers=model.parameter))


def _residual(model: Model, site: str) -> Expr:
    return model.value("breaks_fast", site) + model.value("breaks_late", site)


def _arrested(model: Model, site: str) -> Expr:
    damage = model.value("residual_damage", site)
    return expr.as_expr(expr.hill(damage, model.parameter("arrest_breaks"), _ARREST_EXPONENT))


def _dividing(model: Model, site: str) -> Expr:
    return 1.0 - model.value("arrested_share", site)
