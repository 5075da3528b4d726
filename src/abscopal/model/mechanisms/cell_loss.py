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

from functools import reduce

from abscopal import expr, radiation
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, Layer, Part, exposure_at, exposure_of_node, fraction_event, layers
from abscopal.model.language import Jump, Model, Species
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import Plan
from abscopal.model.susceptibility import Depletion, ExponentialSurvival, LymphocyteSurvival
from abscopal.regimen import Fraction
from abscopal.vocabulary import CARBON, HELIUM

# The targets of antibodies that remove the cells that bear them.
ANTIBODIES: tuple[Depletion, ...] = ("CD8", "CD4", "NK1.1", "Gr-1", "CSF1R")


def connect(model: Model, plan: Plan) -> None:
    """Loss to each fraction and to each depleting antibody in use."""
    for fraction in plan.fractions:
        event = fraction_event(model, fraction)
        for cells in model.species_so_far:
            for layer in _dosed(model, event, fraction, cells.where):
                killed = killed_share(model, layer, cells)
                if killed is not None:
                    event.move(cells.symbol, None, cells.symbol * (layer.share * killed))
    for target in ANTIBODIES:
        if plan.drugs_against(target):
            _deplete(model, plan, target)


def blood_layers(model: Model, event: Jump, fraction: Fraction) -> list[Layer]:
    """Shares of the blood that receive the same dose in a fraction."""
    photons, ions = (_share_in_field(model, fraction, kind) for kind in ("photon", "ion"))
    return list(layers(event, fraction, photons, ions))


def _share_in_field(model: Model, fraction: Fraction, kind: str) -> Expr:
    """Share of the blood that a fraction meets: in patients by the body site, of several the one that meets most."""
    share = model.parameter(f"blood_share_{kind}")
    sites = dict.fromkeys(field.body_site for field in fraction if field.body_site)
    if not sites:
        return share
    exposure = reduce(expr.maximum, (model.parameter("blood_exposure", site) for site in sites))
    return expr.as_expr(expr.minimum(share * exposure, 1.0))


def lymphoid_dose(model: Model, given: Exposure) -> Expr:
    """Photon dose of equal effect on MDSC and marrow [Gy]."""

    def per_gray(part: Part) -> Expr:
        dense = part.field.particle in (CARBON, HELIUM)
        return expr.as_expr(radiation.lymphocyte_rbe(part.let_kev_um, numbers=model.parameter) if dense else 1.0)

    return given.total(per_gray)


def _dosed(model: Model, event: Jump, fraction: Fraction, where: str) -> list[Layer]:
    """Shares of the cells of a place that receive the same dose; none where no dose is given."""
    if where == "blood":
        return blood_layers(model, event, fraction)
    if where == "node":
        given = exposure_of_node(event, fraction)
    else:
        given = exposure_at(event, fraction, where) if any(where in field.sites for field in fraction) else None
    return [Layer(expr.const(1.0), (given,))] if given is not None else []


def killed_share(model: Model, layer: Layer, cells: Species) -> Expr | None:
    """Share of the dosed cells that a fraction kills; None of cells that it does not harm."""
    curve = cells.radiosensitivity
    if isinstance(curve, LymphocyteSurvival):
        dose = layer.highest(lambda given: given.dose_gy)
        return 1.0 - expr.as_expr(
            radiation.lymphocyte_survival(
                dose, subset=curve.subset, resistance=curve.resistance, numbers=model.parameter
            )
        )
    if isinstance(curve, ExponentialSurvival):
        return 1.0 - expr.exp(-layer.highest(lambda given: lymphoid_dose(model, given)) / curve.d37)
    return None


def _deplete(model: Model, plan: Plan, target: Depletion) -> None:
    for cells in model.depleted_by(target):
        bound = occupancy(model, plan, target, cells.where if cells.where in plan.sites else None)
        rate = model.parameter("depletion_rate") * bound
        model.flow(f"depletion of {cells.name}", cells.symbol, None, rate * cells.symbol)
