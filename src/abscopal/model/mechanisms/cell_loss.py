"""Cells that a fraction or a depleting antibody kills, wherever they are.

Every stock of cells declares how it survives a dose and which antibodies remove it (`model.susceptibility`). A fraction
kills 1 - S(D) of the cells of a site in the field, of the node if it is in the field, and b (1 - S(D)) of those in
blood, b the share of blood in the field; a whole-body field doses them all. Naive and circulating lymphocytes are
sensitive, NK cells and Tregs less so, and cells that reside in a tumour, Tregs among them, survive best (Arina 2019 and
the source reviews); dendritic cells and macrophages survive. An antibody removes cells at the rate k_dep times the
share of its target that is bound, at a site also by what was injected there. Tumour cells are in `cell_kill`.
Leaves out: the node's share of a field's dose where it is at the field's edge; exchange of cells between nodes, so that
all cells of the body that rest in nodes are in the node that drains the tumours.
"""

from __future__ import annotations

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.language import Jump, Model, Species
from abscopal.model.mechanisms.cell_kill import fraction_event
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Depletion, ExponentialSurvival, LymphocyteSurvival
from abscopal.regimen import Field
from abscopal.vocabulary import CARBON, HELIUM, PHOTON

# The targets of antibodies that remove the cells that bear them.
ANTIBODIES: tuple[Depletion, ...] = ("CD8", "CD4", "NK1.1", "Gr-1", "CSF1R")


def connect(model: Model, plan: Plan) -> None:
    """Loss to each fraction and to each depleting antibody in use."""
    for field in plan.fields:
        event = fraction_event(model, field)
        for cells in model.species_so_far:
            killed, share = _killed(model, event, field, cells), _share_in_field(model, field, cells.where)
            if killed is not None and share is not None:
                event.move(cells.symbol, None, cells.symbol * (share * killed))
    for target in ANTIBODIES:
        if plan.drugs_against(target):
            _deplete(model, plan, target)


def blood_share(model: Model, field: Field) -> Expr:
    """Share of the blood that receives the dose of one fraction of a field."""
    if field.whole_body:
        return expr.const(1.0)
    return model.parameter("blood_share_photon" if field.particle == PHOTON else "blood_share_ion")


def lymphoid_dose(model: Model, event: Jump, field: Field) -> Expr:
    """Photon dose of equal effect on lymphocytes, MDSC and marrow [Gy]."""
    dose = event.argument("dose_gy")
    let, dense = event.argument("let_kev_um"), field.particle in (CARBON, HELIUM)
    return dose * (radiation.lymphocyte_rbe(let, numbers=model.parameter) if dense else 1.0)


def _share_in_field(model: Model, field: Field, where: str) -> Expr | None:
    """Share of the cells of a place that receive the dose; None where no dose is given."""
    if where == "blood":
        return blood_share(model, field)
    if where in field.sites or (where == "node" and (field.node or field.whole_body)):
        return expr.const(1.0)
    return None


def _killed(model: Model, event: Jump, field: Field, cells: Species) -> Expr | None:
    """Share of the dosed cells that a fraction kills; None of cells that it does not harm."""
    curve = cells.radiosensitivity
    if isinstance(curve, LymphocyteSurvival):
        dose = event.argument("dose_gy")
        return 1.0 - expr.as_expr(
            radiation.lymphocyte_survival(
                dose, subset=curve.subset, resistance=curve.resistance, numbers=model.parameter
            )
        )
    if isinstance(curve, ExponentialSurvival):
        return 1.0 - expr.exp(-lymphoid_dose(model, event, field) / curve.d37)
    return None


def _deplete(model: Model, plan: Plan, target: Depletion) -> None:
    for cells in model.depleted_by(target):
        bound = occupancy(model, plan, target, cells.where if cells.where in plan.sites else None)
        rate = model.parameter("depletion_rate") * bound
        model.flow(f"depletion of {cells.name}", cells.symbol, None, rate * cells.symbol)
