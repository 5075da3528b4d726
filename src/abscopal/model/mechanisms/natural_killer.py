"""Natural killer cells: the host's own, infused ones and CAR-NK cells; homing, recognition and killing.

The marrow keeps NK cells in blood at N_0; infused cells die at their own rate d_N. All enter tumours at the share s_N
of the T cells' homing rate, infused ones through open junctions only while they circulate (see `effectors`).
What a cell decides rests on the balance of signals, per target
x = (R L + w C)/(theta (1 + iota m)): R the NKG2D of NK cells, L its ligands, C surface calreticulin (as part of
danger, seen by NKp46), m MHC class I (missing self); activation a = x^n/(1 + x^n). R falls with Tregs and other
suppressors and with ligands shed by L T living cells, and rises with type I interferon (Klrk1). A CAR adds a route c
times its recognition of the clone's antigens, antibodies on the tumour another through CD16, the odds of both scaled
by what suppressors leave; independent routes combine as 1 - (1 - a)(1 - b).
Killing = k_N A T/(h_K V' + T + A), A = N (activation) (1 - eta hypoxia).
A fraction of dose D stimulates the NK cells it spares by (D/D_l) exp(1 - D/D_l); stimulated cells divide for days,
in blood at a rate times 1 - (N/N_max)^2, in a tumour at one halved at K_N per mm3.
The rise of NK killing with the total effective dose has three parts: ligands by damage and the cooperative balance n,
both built in, and the few living cells that a large dose leaves to as many NK cells, which is emergent and the smaller.
Leaves out: licensing and the classes of inhibitory receptors, NK subsets, cytokine-armoured CAR-NK, mismatch between
donor and tumour, interleukin-15. NK cells release no IL-6 of consequence, so they cause next to no CRS.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import exposure_at, fraction_event
from abscopal.model.language import Model
from abscopal.model.mechanisms.antigen_loss import antigen_density, clone_antigens, on_tumour, recognised, targeted
from abscopal.model.mechanisms.cell_loss import blood_layers
from abscopal.model.mechanisms.effectors import homing_rate, infuse, infused_homing_rate, recognition
from abscopal.model.mechanisms.growth import living, per_tissue, per_volume, search_limit
from abscopal.model.mechanisms.lymphocytes import resident
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import CellProduct, Plan
from abscopal.model.susceptibility import Depletion, LymphocyteSurvival, Radiosensitivity

NK, CAR_NK = "nk", "car_nk"


@dataclass(frozen=True)
class NkPool:
    """NK cells of one origin: the stocks' name, the kind (nk or car_nk), and the product or None for the host's own."""

    stock: str
    kind: str
    product: CellProduct | None = None

    def parameter(self, model: Model, name: str) -> Expr:
        """A parameter of the cells: the product's own, or that of the host's cells."""
        return model.parameter(name, self.product.product if self.product else "")


def populations(plan: Plan) -> tuple[NkPool, ...]:
    """The host's NK cells, and those of each product in use."""
    infused = (NkPool(f"{p.kind} {p.product}", p.kind, p) for p in plan.products_of(NK, CAR_NK))
    return (NkPool("nk", NK), *infused)


def declare(model: Model, plan: Plan) -> None:
    """Stocks of NK cells in blood and sites; stimulation by radiation; readouts of density, function and killing."""
    for cells in populations(plan):
        label = cells.product.product if cells.product else "NK cells of the host"
        start = 0.0 if cells.product else model.parameter("nk_blood_baseline")
        for where in ("blood", *plan.sites):
            radiosensitivity, depleted_by = _susceptibility(model, cells, where)
            model.species(
                cells.stock,
                where,
                label,
                group="effector",
                scale=10.0,
                extinct=bool(cells.product),
                initial=start if where == "blood" else 0.0,
                radiosensitivity=radiosensitivity,
                depleted_by=depleted_by,
            )
        if cells.product:
            infuse(model, plan, cells.product, cells.stock)
    for where in ("blood", *plan.sites) if plan.products_of(CAR_NK) else ():
        total = partial(_total, model, plan, CAR_NK, where)
        model.define(CAR_NK, where, "CAR-NK cells of all products", total, unit="cells", group="effector")
    for where in _stimulated(plan):
        meaning = "stimulation of NK cells by low dose"
        model.species("nk_stimulus", where, meaning, unit="1", scale=1e-3, single_doses_only=True)
    for site in plan.sites:
        _readouts(model, plan, site)


def _susceptibility(model: Model, cells: NkPool, where: str) -> tuple[Radiosensitivity, tuple[Depletion, ...]]:
    """How cells of one origin survive a dose at a place, and what depletes them there.

    A depleting antibody removes the host's cells: infused ones are human or lack its target.
    """
    drugs: tuple[Depletion, ...] = ("dividing lymphocytes",) if where == "blood" else ()
    if cells.product is None:
        drugs = ("NK1.1", *drugs)
    if cells.product is None and where != "blood":
        return resident(model), drugs
    resistance = model.parameter("lymphocyte_resistance") * model.parameter("nk_radioresistance")
    return LymphocyteSurvival(resistance), drugs


def _readouts(model: Model, plan: Plan, site: str) -> None:
    define = partial(model.define, where=site, group="effector")
    define(
        "nkg2d_receptor", meaning="NKG2D on NK cells, relative to resting ones", value=partial(_receptor, model, site)
    )
    define(
        "nk_activation", meaning="share of NK cells that a tumour cell activates", value=partial(_innate, model, site)
    )
    totals = (
        ("nk_density", "cells/mm3", "density of NK cells, infused ones included", _density),
        ("nk_active", "cells", "functional NK cells, infused ones included", _active),
    )
    for name, unit, meaning, total in totals:
        define(name, meaning=meaning, value=partial(total, model, plan, site), unit=unit)
    for kind in sorted({cells.kind for cells in populations(plan)}):
        label = "CAR-NK" if kind == CAR_NK else "NK"
        rate = partial(_killed, model, plan, site, kind)
        define(f"killed_by_{kind}", meaning=f"killing by {label} cells", value=rate, unit="cells/day")


def connect(model: Model, plan: Plan) -> None:
    """Renewal, loss, homing, division, killing and infusions."""
    _stimulate(model, plan)
    for cells in populations(plan):
        blood = model.value(cells.stock, "blood")
        if cells.product:
            model.flow("NK loss", blood, None, cells.parameter(model, "nk_infused_death_rate") * blood)
        else:
            renewal = model.parameter("nk_renewal_rate")
            model.flow("NK renewal", None, blood, renewal * model.parameter("nk_blood_baseline"))
            model.flow("NK turnover", blood, None, renewal * blood)
        model.flow("NK division", None, blood, _division_rate(model, plan, "blood") * blood)
        for site in plan.sites:
            _in_tumour(model, plan, cells, site)


def _in_tumour(model: Model, plan: Plan, cells: NkPool, site: str) -> None:
    blood, tissue = model.value(cells.stock, "blood"), model.value(cells.stock, site)
    homing = infused_homing_rate(model, cells.product, site) if cells.product else homing_rate(model, site)
    entry = model.parameter("nk_homing_share") * homing
    death = "nk_infused_death_rate" if cells.product else "nk_tumour_death_rate"
    model.flow("NK homing", blood, tissue, entry * blood)
    model.flow("NK death in tumour", tissue, None, cells.parameter(model, death) * tissue)
    model.flow("NK division", None, tissue, _division_rate(model, plan, site) * tissue)
    for clone, rate in _killing(model, plan, cells, site):
        model.flow("killing by NK", clone, model.value("debris", site), rate)


# Recognition and killing ---------------------------------------------------------------------------------------------


def _receptor(model: Model, site: str) -> Expr:
    left = expr.product_of(model.value(name, site, without=1.0) for name in ("treg_release", "suppression_release"))
    # NKT cells raise it throughout the body, at full help as much as an interferon signal of 1.
    signal = model.value("interferon", site, without=0.0) + model.value("nkt_help", "blood", without=0.0)
    raised = expr.saturation(signal, 1.0)
    living_volume = living(model, site) / model.parameter("cell_density")
    shed = model.value("nkg2d_ligands", site, without=1.0) * living_volume / model.parameter("shed_half_volume")
    return left * (1.0 + model.parameter("interferon_nkg2d_gain") * raised) / (1.0 + shed)


def _innate(model: Model, site: str) -> Expr:
    """Share of NK cells that NKG2D, NKp46 and missing self activate against a tumour cell."""
    danger = per_volume(model, model.value("danger", site, without=0.0), site)
    calreticulin = expr.saturation(danger, model.parameter("danger_half"))
    stress = model.value("nkg2d_receptor", site) * model.value("nkg2d_ligands", site, without=1.0)
    activating = stress + model.parameter("nkp46_weight") * calreticulin
    inhibiting = 1.0 + model.parameter("missing_self_weight") * recognition(model, site)
    balance = activating / inhibiting
    return expr.as_expr(expr.hill(balance, model.parameter("nk_threshold"), model.parameter("nk_cooperativity")))


def _coatable(plan: Plan, shown: frozenset[str]) -> tuple[str, ...]:
    """Antigens of a clone that antibodies in use bind; one that no CAR targets is on every clone."""
    bound = sorted({drug.target for drug in plan.drugs if on_tumour(plan, drug.target)})
    return tuple(antigen for antigen in bound if antigen in shown or antigen not in targeted(plan))


def _coated(model: Model, plan: Plan, site: str, antigens: tuple[str, ...]) -> Expr:
    """Share of tumour cells on which bound antibodies are dense enough for CD16."""
    threshold, steepness = model.parameter("antigen_threshold"), model.parameter("recognition_steepness")
    densities = (antigen_density(model, a, site) * occupancy(model, plan, a, site) for a in antigens)
    return 1.0 - expr.product_of(1.0 - expr.hill(density, threshold, steepness) for density in densities)


def _functional(model: Model, plan: Plan, cells: NkPool, site: str, shown: frozenset[str]) -> Expr:
    """Cells of a population that a tumour cell activates: innately, through its antigens, or through antibodies."""
    routes = [model.value("nk_activation", site)]
    if cells.product and cells.product.kind == CAR_NK:
        share = cells.parameter(model, "car_nk_signal") * recognised(model, cells.product, site, shown)
        routes.append(_suppressed(model, site, share))
    if coated := _coatable(plan, shown):
        share = model.parameter("cd16_signal") * _coated(model, plan, site, coated)
        routes.append(_suppressed(model, site, share))
    hypoxic = model.parameter("nk_hypoxia_loss") * model.value("hypoxia", site, without=0.0)
    active = 1.0 - expr.product_of(1.0 - route for route in routes)
    return model.value(cells.stock, site) * active * (1.0 - hypoxic)


def _suppressed(model: Model, site: str, share: Expr) -> Expr:
    """A share of activated cells with its odds scaled by what suppressors leave, so that it stays below 1."""
    left = model.value("suppression_release", site, without=1.0)
    return share * left / (1.0 - share + share * left)


def _killing(model: Model, plan: Plan, cells: NkPool, site: str) -> list[tuple[Expr, Expr]]:
    """Per clone of living tumour cells: its stock, and how many of it these NK cells kill per day."""
    found = []
    for name, shown in clone_antigens(plan).items():
        if model.has(name, site):
            clone, killers = model.value(name, site), _functional(model, plan, cells, site, shown)
            per_target = killers / (search_limit(model, site) + living(model, site) + killers)
            found.append((clone, cells.parameter(model, "nk_kill_rate") * per_target * clone))
    return found


def _killed(model: Model, plan: Plan, site: str, kind: str) -> Expr:
    of_kind = (cells for cells in populations(plan) if cells.kind == kind)
    return expr.sum_of(rate for cells in of_kind for _, rate in _killing(model, plan, cells, site))


def _active(model: Model, plan: Plan, site: str) -> Expr:
    shown = frozenset(targeted(plan))
    return expr.sum_of(_functional(model, plan, cells, site, shown) for cells in populations(plan))


def _total(model: Model, plan: Plan, kind: str, where: str) -> Expr:
    return expr.sum_of(model.value(cells.stock, where) for cells in populations(plan) if cells.kind == kind)


def _density(model: Model, plan: Plan, site: str) -> Expr:
    return per_tissue(model, expr.sum_of(model.value(cells.stock, site) for cells in populations(plan)), site)


# Stimulation by low doses --------------------------------------------------------------------------------------------


def _stimulated(plan: Plan) -> tuple[str, ...]:
    """Where NK cells can be irradiated."""
    return ("blood", *(site for site in plan.sites if plan.fields_on(site))) if plan.fields else ()


def _stimulate(model: Model, plan: Plan) -> None:
    for where in _stimulated(plan):
        stimulus = model.value("nk_stimulus", where)
        model.flow("end of NK stimulation", stimulus, None, model.parameter("nk_stimulus_loss_rate") * stimulus)
    for fraction in plan.fractions:
        event = fraction_event(model, fraction)
        for layer in blood_layers(model, event, fraction):
            stimulated = _stimulation(model, layer.highest(lambda given: given.dose_gy))
            event.move(None, model.value("nk_stimulus", "blood"), stimulated * layer.share)
        for site in dict.fromkeys(site for field in fraction for site in field.sites):
            dose = exposure_at(event, fraction, site).dose_gy
            event.move(None, model.value("nk_stimulus", site), _stimulation(model, dose))


def _stimulation(model: Model, dose: Expr) -> Expr:
    relative = dose / model.parameter("nk_stimulus_dose")
    return relative * expr.exp(1.0 - relative)


def _division_rate(model: Model, plan: Plan, where: str) -> Expr:
    """Division rate of NK cells [1/day]: by low-dose stimulation, and at sites by interleukin-2; braked by crowding."""
    signal = model.value("nk_stimulus", where, without=0.0)
    if where not in plan.sites:
        return model.parameter("nk_division_rate") * expr.saturation(signal, 1.0) * _room_in_blood(model, plan)
    support = model.value("division_support", where, without=1.0)
    signal = expr.as_expr(signal + expr.maximum(support - 1.0, 0.0))
    crowding = model.value("nk_density", where) / model.parameter("nk_density_limit")
    return model.parameter("nk_division_rate") * expr.saturation(signal, 1.0) / (1.0 + crowding)


def _room_in_blood(model: Model, plan: Plan) -> Expr:
    """Share of their division that NK cells in blood have left before they are as many as the body keeps."""
    present = expr.sum_of(model.value(cells.stock, "blood") for cells in populations(plan))
    filled = present / model.parameter("nk_blood_capacity")
    return expr.as_expr(expr.maximum(1.0 - filled * filled, 0.0))
