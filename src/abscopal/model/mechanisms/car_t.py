"""CAR-T cells: effectors in blood and tumours, memory in blood, exhausted cells in tumours; one set per product.

At a site, contact x = sum_c r_c C_c/(h + L), r_c the recognised share of clone c (see `antigen_loss`), L the living
cells, h = h_K V'; function f = (1 - iota_C PD-1)(what soluble and myeloid suppressors and hypoxia leave); A = f (E +
omega X).
Tregs, which take costimulation and IL-2 from natural T cells, act on them through those suppressors only.
Effectors divide at p x f s/(1 + density/K_p), s the lymphoid space, are exhausted at k x (e + (1 - e) PD-1), contract
at d, and a share of those that contract in blood becomes memory (shape and rates of Stein 2019). Killing of clone
c = k_K A r_c C_c/(h + L + A). Neighbours that they do not recognise, but that a fraction made sensitive to TRAIL (z),
die at k_T z a/(K_T + a), a the density of A x. In blood, normal cells with the antigen (B cells) drive division and are
killed: harm off the tumour.
From blood they enter a tumour at kappa_C of the natural rate through closed vessels, and through open ones while they
still circulate (see `effectors`): so hours after a fraction, not days. Freshly infused cells also divide without
antigen at p phi_P q l (1 - x), dq/dt = -k_pr q, l the lymphopenia: the burst of patients, at any load.
A fraction makes targets easier to kill: k_K (1 + g_K z).
Generations: without costimulation less division; CD28 lowers the threshold; without 4-1BB faster exhaustion and less
memory; a cytokine of their own frees part of what suppressors take and aids division.
Leaves out: rejection of the cells, tonic signalling, return of a stripped antigen (trogocytosis
is off unless its share is set), expansion by the fractions themselves.
"""

from __future__ import annotations

from functools import partial

from abscopal import expr, parameters
from abscopal.expr import Expr
from abscopal.model.exposure import Exposure, exposure_at, fraction_event
from abscopal.model.language import Jump, Model
from abscopal.model.mechanisms.antigen_loss import clone_antigens, density_recognised, receptor, recognised
from abscopal.model.mechanisms.cell_kill import photon_equivalent_dose
from abscopal.model.mechanisms.effectors import infuse, infused_homing_rate
from abscopal.model.mechanisms.growth import living, per_volume, search_limit
from abscopal.model.mechanisms.lymphocytes import circulating
from abscopal.model.mechanisms.pharmacokinetics import occupancy
from abscopal.model.plan import CellProduct, Plan
from abscopal.model.susceptibility import LymphocyteSurvival, Unharmed

KIND = "car_t"
_TISSUE = Unharmed("normal tissue outside the tumour receives no dose here")


def declare(model: Model, plan: Plan) -> None:
    """Stocks per product; totals `car_t`, `car_t_exhausted`, `car_active`, `killed_by_car_t`; harm to normal cells."""
    products = plan.products_of(KIND)
    if not products:
        return
    for product in products:
        _declare_stocks(model, plan, product)
    for antigen in _normal_antigens(plan):
        meaning = f"normal cells with {antigen}, relative to a healthy host"
        lymphoid = bool(parameters.antigen(antigen).about.get("in_blood", False))
        model.species(
            f"normal {antigen}",
            "blood",
            meaning,
            unit="1",
            group="blood",
            scale=1e-3,
            initial=1.0,
            neutral=1.0,
            radiosensitivity=circulating(model, "b") if lymphoid else _TISSUE,
            depleted_by=("dividing lymphocytes",) if lymphoid else (),
        )
    totals = (("car_t", "CAR-T effectors in blood"), ("car_t_memory", "memory CAR-T cells"))
    for name, meaning in totals:
        total = partial(_total, model, products, name, "blood")
        model.define(name, "blood", meaning, total, unit="cells", group="effector")
    meaning = "share of normal cells with the antigen that are lost"
    model.define("off_tumour_harm", "blood", meaning, partial(_harm, model, plan), group="blood")
    model.define("car_engaged", "blood", "CAR-T cells active on normal cells", partial(_engaged, model, plan, "blood"))
    for site in plan.sites:
        _declare_readouts(model, plan, site)


def _declare_stocks(model: Model, plan: Plan, product: CellProduct) -> None:
    name, resistance = product.product, model.parameter("car_radioresistance")
    in_blood = partial(model.species, where="blood", scale=10.0, depleted_by=("dividing lymphocytes",))
    in_blood = partial(in_blood, radiosensitivity=LymphocyteSurvival(resistance))
    in_blood(f"car_t {name}", meaning=f"{name}: effectors in blood", extinct=True)
    in_blood(f"car_t_memory {name}", meaning=f"{name}: memory cells")
    # In the tumour the larger of both resistances counts: a cell that resides there is an activated one already.
    residing = LymphocyteSurvival(expr.maximum(resistance, model.parameter("resident_radioresistance")))
    for site in plan.sites:
        at_site = partial(model.species, where=site, scale=10.0, radiosensitivity=residing, depleted_by=())
        at_site(f"car_t {name}", meaning=f"{name}: effectors in the tumour")
        at_site(f"car_t_exhausted {name}", meaning=f"{name}: exhausted cells in the tumour")
    infuse(model, plan, product, f"car_t {name}")
    if "blood" in product.places:
        infusion, meaning = model.event(product.key("blood"), "cells"), f"{name}: division programme left from culture"
        programme = model.species(f"car_programme {name}", "blood", meaning, unit="1", scale=1e-3)
        given = infusion.argument("cells")
        infusion.move(
            None, programme, (1.0 - programme) * given / (model.value(f"car_t {name}", "blood") + given + 1.0)
        )


def _declare_readouts(model: Model, plan: Plan, site: str) -> None:
    if plan.fields_on(site):
        model.species(
            "trail_sensitivity", site, "sensitivity of tumour cells to TRAIL", unit="1", group="tumour", scale=1e-3
        )
    products = plan.products_of(KIND)
    for name, meaning in (("car_t", "CAR-T effectors"), ("car_t_exhausted", "exhausted CAR-T cells")):
        total = partial(_total, model, products, name, site)
        model.define(name, site, f"{meaning} in the tumour", total, unit="cells", group="effector")
    active = partial(_active_total, model, plan, site)
    model.define("car_active", site, "functional CAR-T cells in contact with what they recognise", active, unit="cells")
    meaning = "the same, by the cytokines they release"
    model.define("car_engaged", site, meaning, partial(_engaged, model, plan, site), unit="cells")
    meaning = "tumour cells as they are that one CAR-T cell kills per day where nothing suppresses it"
    assay = partial(_kill_per_cell, model, plan, site)
    model.define("car_kill_per_cell", site, meaning, assay, unit="1/day", group="effector")
    kills = (
        ("killed_by_car_t", "killing by CAR-T cells", _killed),
        ("killed_by_trail", "bystander killing", _bystanders),
    )
    for name, meaning, value in kills:
        model.define(name, site, meaning, partial(value, model, plan, site), unit="cells/day", group="effector")


def connect(model: Model, plan: Plan) -> None:
    """Homing, division, exhaustion, contraction, memory, killing, and what a fraction does to their targets."""
    products = plan.products_of(KIND)
    for product in products:
        _in_blood(model, plan, product)
        for site in plan.sites:
            _at_site(model, plan, product, site)
    if products:
        _normal_cells(model, plan)
        for site in plan.sites:
            for fraction in plan.fractions_on(site):
                event = fraction_event(model, fraction)
                _sensitise(model, event, exposure_at(event, fraction, site), site)
            if model.has("trail_sensitivity", site):
                sensitivity = model.value("trail_sensitivity", site)
                model.flow(
                    "loss of TRAIL sensitivity", sensitivity, None, model.parameter("trail_loss_rate") * sensitivity
                )
            _kill(model, plan, site)


def _in_blood(model: Model, plan: Plan, product: CellProduct) -> None:
    name = product.product
    blood, memory = (model.value(f"{stock} {name}", "blood") for stock in ("car_t", "car_t_memory"))
    contact = _blood_contact(model, plan, product)
    model.flow("division on normal cells", None, blood, _division_rate(model, product) * contact * blood)
    if "blood" in product.places:
        _programme(model, product, (1.0 - contact) * blood, blood)
    contracting = model.parameter("car_contraction_rate") * (1.0 - contact) * blood
    model.flow("contraction", blood, None, contracting)
    share = model.parameter("car_memory_share")
    if "4-1BB" not in receptor(product).costimulation:
        share = share * model.parameter("car_memory_factor")
    model.flow("formation of CAR memory", None, memory, share * contracting)
    model.flow("loss of CAR memory", memory, None, model.parameter("car_memory_death_rate") * memory)
    model.flow("recall of CAR memory", memory, blood, model.parameter("car_memory_recall_rate") * contact * memory)


def _programme(model: Model, product: CellProduct, idle: Expr, blood: Expr) -> None:
    """Division without antigen of freshly infused cells, `idle` the number of those that meet none."""
    left = model.value(f"car_programme {product.product}", "blood")
    model.flow("end of the division programme", left, None, model.parameter("car_programme_loss_rate") * left)
    drive = model.parameter("car_programme_share") * left * model.value("lymphopenia", "blood", without=0.0)
    model.flow("division without antigen", None, blood, _division_rate(model, product) * drive * idle)


def _at_site(model: Model, plan: Plan, product: CellProduct, site: str) -> None:
    name = product.product
    blood, memory = (model.value(f"{stock} {name}", "blood") for stock in ("car_t", "car_t_memory"))
    effectors, exhausted = (model.value(f"{stock} {name}", site) for stock in ("car_t", "car_t_exhausted"))
    entry = infused_homing_rate(model, product, site, model.parameter("car_closed_entry"))
    model.flow("homing of CAR-T cells", blood, effectors, entry * blood)
    model.flow("homing of CAR memory", memory, effectors, entry * memory)
    model.flow("return to blood", effectors, blood, model.parameter("car_egress_rate") * effectors)
    contact = _contact(model, plan, product, site)
    present = expr.sum_of(model.value(stock, site) for stock in ("car_t", "car_t_exhausted"))
    crowding = per_volume(model, present, site) / model.parameter("division_density_half")
    freedom = _function(model, product, site) / (1.0 + crowding)
    model.flow(
        "division of CAR-T cells", None, effectors, _division_rate(model, product) * contact * freedom * effectors
    )
    model.flow("death of CAR-T cells", effectors, None, model.parameter("car_contraction_rate") * effectors)
    rate = model.parameter("car_exhaustion_rate")
    if "4-1BB" not in receptor(product).costimulation:
        rate = rate * model.parameter("car_exhaustion_factor")
    antigen_share, signal = model.parameter("car_exhaustion_by_antigen"), model.value("pd1_signal", site, without=0.0)
    driven = contact * (antigen_share + (1.0 - antigen_share) * signal)
    model.flow("exhaustion of CAR-T cells", effectors, exhausted, rate * driven * effectors)
    recovered = model.parameter("reinvigoration_rate") * model.value("pd1_blocked", site, without=0.0) * exhausted
    model.flow("reinvigoration of CAR-T cells", exhausted, effectors, recovered)
    model.flow("death of exhausted CAR-T cells", exhausted, None, model.parameter("exhausted_death_rate") * exhausted)


def _division_rate(model: Model, product: CellProduct) -> Expr:
    rate = model.parameter("car_division_rate") * model.value("lymphoid_space", "blood", without=1.0)
    if receptor(product).armoured:
        return rate * model.parameter("car_armour_division")
    return rate if receptor(product).costimulation else rate * model.parameter("car_uncostimulated_division")


def _function(model: Model, product: CellProduct, site: str) -> Expr:
    """Share of a CAR-T cell's function that PD-1, suppressors and hypoxia leave."""
    brake = 1.0 - model.parameter("car_pd1_inhibition") * model.value("pd1_signal", site, without=0.0)
    left = model.value("suppression_release", site, without=1.0)
    if receptor(product).armoured:
        left = left + model.parameter("car_armour") * expr.maximum(1.0 - left, 0.0)
    return brake * left * (1.0 - model.parameter("car_hypoxia_inhibition") * model.value("hypoxia", site, without=0.0))


def _visible(model: Model, plan: Plan, product: CellProduct, site: str) -> dict[str, Expr]:
    """Recognised living cells of every clone."""
    return {
        name: recognised(model, product, site, shown) * model.value(name, site)
        for name, shown in clone_antigens(plan).items()
        if model.has(name, site)
    }


def _contact(model: Model, plan: Plan, product: CellProduct, site: str) -> Expr:
    visible = expr.sum_of(_visible(model, plan, product, site).values())
    return visible / (search_limit(model, site) + living(model, site))


def _active(model: Model, product: CellProduct, site: str) -> Expr:
    name = product.product
    exhausted = model.parameter("exhausted_function") * model.value(f"car_t_exhausted {name}", site)
    return (model.value(f"car_t {name}", site) + exhausted) * _function(model, product, site)


def _active_total(model: Model, plan: Plan, site: str) -> Expr:
    return expr.sum_of(
        _active(model, product, site) * _contact(model, plan, product, site) for product in plan.products_of(KIND)
    )


def _total(model: Model, products: tuple[CellProduct, ...], stock: str, where: str) -> Expr:
    return expr.sum_of(model.value(f"{stock} {product.product}", where) for product in products)


def _engaged(model: Model, plan: Plan, where: str) -> Expr:
    terms = []
    for product in plan.products_of(KIND):
        binder = receptor(product)
        if where == "blood":
            engaged = model.value(f"car_t {product.product}", "blood") * _blood_contact(model, plan, product)
        else:
            engaged = _active(model, product, where) * _contact(model, plan, product, where)
        terms.append(engaged * model.parameter("car_cd28_cytokines") if "CD28" in binder.costimulation else engaged)
    return expr.sum_of(terms)


def _kills(model: Model, plan: Plan, site: str) -> list[tuple[CellProduct, str, Expr]]:
    """Recognised cells of a clone killed by a product per day."""
    found = []
    for product in plan.products_of(KIND):
        active = _active(model, product, site)
        limit = search_limit(model, site) + living(model, site) + active
        for name, visible in _visible(model, plan, product, site).items():
            found.append((product, name, _kill_rate(model, site) * active * visible / limit))
    return found


def _kill_rate(model: Model, site: str) -> Expr:
    """Recognised cells that one functional CAR-T cell kills per day when they are plentiful."""
    sensitivity = model.value("trail_sensitivity", site, without=0.0)
    return model.parameter("car_kill_rate") * (1.0 + model.parameter("car_kill_gain") * sensitivity)


def _kill_per_cell(model: Model, plan: Plan, site: str) -> Expr:
    products = plan.products_of(KIND)
    seen = expr.sum_of(_contact(model, plan, product, site) for product in products) / len(products)
    return _kill_rate(model, site) * seen


def _trail_kills(model: Model, plan: Plan, site: str) -> list[tuple[str, Expr]]:
    """Unrecognised cells of a clone killed per day next to recognised ones."""
    free = 1.0 - occupancy(model, plan, "TRAIL", site)
    sensitive = model.value("trail_sensitivity", site, without=0.0) * free * model.parameter("trail_kill_rate")
    found = []
    for product in plan.products_of(KIND):
        engaged = _active(model, product, site) * _contact(model, plan, product, site)
        reach = expr.saturation(per_volume(model, engaged, site), model.parameter("trail_half_density"))
        for name, visible in _visible(model, plan, product, site).items():
            found.append((name, sensitive * reach * (model.value(name, site) - visible)))
    return found


def _killed(model: Model, plan: Plan, site: str) -> Expr:
    direct = expr.sum_of(rate for _, _, rate in _kills(model, plan, site))
    return direct + model.value("killed_by_trail", site)


def _bystanders(model: Model, plan: Plan, site: str) -> Expr:
    return expr.sum_of(rate for _, rate in _trail_kills(model, plan, site))


def _kill(model: Model, plan: Plan, site: str) -> None:
    debris, clones = model.value("debris", site), clone_antigens(plan)
    for product, name, rate in _kills(model, plan, site):
        model.flow("killing by CAR-T cells", model.value(name, site), debris, rate)
        left = clones[name] - set(receptor(product).antigens)
        stripped = next(other for other, shown in clones.items() if shown == left)
        if stripped != name and model.has(stripped, site):
            stripping = model.parameter("trogocytosis_share") * rate
            model.flow("trogocytosis", model.value(name, site), model.value(stripped, site), stripping)
    for name, rate in _trail_kills(model, plan, site):
        model.flow("bystander killing by TRAIL", model.value(name, site), debris, rate)


def _normal_antigens(plan: Plan) -> tuple[str, ...]:
    bound = {antigen for product in plan.products_of(KIND) for antigen in receptor(product).antigens}
    return tuple(sorted(a for a in bound if a in parameters.antigens() and "normal" in parameters.antigen(a).about))


def _normal_recognised(model: Model, product: CellProduct, antigen: str) -> Expr:
    density = model.parameter("normal_antigen_density", antigen)
    return density_recognised(model, receptor(product), density)


def _blood_contact(model: Model, plan: Plan, product: CellProduct) -> Expr:
    """Share of CAR-T cells in blood and lymphoid tissue that are in contact with normal cells they recognise."""
    missed = [
        1.0 - _normal_recognised(model, product, antigen) * model.value(f"normal {antigen}", "blood")
        for antigen in _normal_antigens(plan)
        if antigen in receptor(product).antigens and parameters.antigen(antigen).about.get("in_blood", False)
    ]
    return model.parameter("normal_contact") * (1.0 - expr.product_of(missed))


def _normal_cells(model: Model, plan: Plan) -> None:
    renewal = model.parameter("normal_renewal_rate")
    for antigen in _normal_antigens(plan):
        normal = model.value(f"normal {antigen}", "blood")
        killers = expr.sum_of(
            _normal_recognised(model, product, antigen) * model.value(f"car_t {product.product}", "blood")
            for product in plan.products_of(KIND)
            if antigen in receptor(product).antigens
        )
        density = killers / model.parameter("blood_volume")
        lost = model.parameter("normal_kill_rate") * expr.saturation(density, model.parameter("normal_kill_half"))
        model.flow(f"renewal of normal cells with {antigen}", None, normal, renewal)
        model.flow(f"loss of normal cells with {antigen}", normal, None, (renewal + lost) * normal)


def _harm(model: Model, plan: Plan) -> Expr:
    return 1.0 - expr.product_of(model.value(f"normal {antigen}", "blood") for antigen in _normal_antigens(plan))


def _sensitise(model: Model, event: Jump, given: Exposure, site: str) -> None:
    sensitivity = model.value("trail_sensitivity", site)
    equivalent = photon_equivalent_dose(model, given)
    raised = expr.as_expr(expr.hill(equivalent, model.parameter("trail_dose_half"), model.parameter("trail_steepness")))
    event.move(None, sensitivity, raised * (1.0 - sensitivity))
