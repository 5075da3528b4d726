"""What radiation does to lymphocytes: the circulating count, and T cells in blood, node and irradiated tumour.

A fraction kills a share b (1 - S(D)) of circulating cells, b the share of blood in the field (all of it for a whole-
body field); cells in an irradiated node or tumour receive the full dose. Naive and circulating cells are sensitive,
NK cells and Tregs less so, and cells that reside in a tumour, Tregs among them, survive best (Arina 2019 and the source
reviews).
"""

from __future__ import annotations

from abscopal import expr, radiation
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms import natural_killer
from abscopal.model.mechanisms.cell_kill import fraction_event
from abscopal.model.plan import PHOTON, Field, Plan

CIRCULATING = ("cd8", "cd4")
NODE_SENSITIVE = ("cd8_naive", "cd4_naive", "cd8", "cd4", "cd8_memory", "cd8_memory_precursor")
# Residence in a tumour makes T cells resistant. The host's NK cells there share that, infused ones not yet.
RESIDENT = ("cd8", "cd8_exhausted", "cd4", "treg", "nk")


def declare(model: Model, plan: Plan) -> None:
    """Stock `lymphocytes` per microlitre of blood."""
    baseline = model.parameter("lymphocyte_baseline")
    model.species(
        "lymphocytes", "blood", "lymphocyte count", unit="cells/uL", group="blood", scale=10.0, initial=baseline
    )


def connect(model: Model, plan: Plan) -> None:
    """Recovery of the count, and the loss in each fraction."""
    count, rate = model.value("lymphocytes", "blood"), model.parameter("lymphocyte_recovery_rate")
    model.flow("lymphocyte renewal", None, count, rate * model.parameter("lymphocyte_baseline"))
    model.flow("lymphocyte turnover", count, None, rate * count)
    for field in plan.fields:
        event = fraction_event(model, field)
        dose = event.argument("dose_gy")
        share = _blood_share(model, field)
        sensitive = share * (1.0 - _survival(model, dose))
        regulatory = 1.0 - _survival(model, dose, "treg")
        event.move(count, None, count * sensitive)
        _hit(model, event, CIRCULATING, "blood", sensitive)
        _hit(model, event, ("treg",), "blood", share * regulatory)
        if field.node or field.whole_body:
            _hit(model, event, NODE_SENSITIVE, "node", 1.0 - _survival(model, dose))
            _hit(model, event, ("treg",), "node", regulatory)
        lost = 1.0 - _survival(model, dose, factor=model.parameter("nk_radioresistance"))
        infused = tuple(cells.stock for cells in natural_killer.populations(plan) if cells.product)
        _hit(model, event, ("nk", *infused), "blood", share * lost)
        resistance = model.parameter("resident_radioresistance")
        lost_there = 1.0 - expr.as_expr(radiation.lymphocyte_survival(dose, resistance=resistance))
        for site in field.sites:
            _hit(model, event, RESIDENT, site, lost_there)
            _hit(model, event, infused, site, lost)


def _survival(model: Model, dose_gy: Expr, subset: str | None = None, factor: ExprLike = 1.0) -> Expr:
    resistance = model.parameter("lymphocyte_resistance") * factor
    return expr.as_expr(radiation.lymphocyte_survival(dose_gy, subset=subset, resistance=resistance))


def _blood_share(model: Model, field: Field) -> Expr:
    if field.whole_body:
        return expr.const(1.0)
    return model.parameter("blood_share_photon" if field.particle == PHOTON else "blood_share_ion")


def _hit(model: Model, event: Jump, cells: tuple[str, ...], where: str, share: Expr) -> None:
    for cell in cells:
        if model.has(cell, where):
            stock = model.value(cell, where)
            event.move(stock, None, stock * share)
