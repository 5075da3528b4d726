"""Antigens that engineered cells see, and the clones of tumour cells that do not show them.

A clone exists for every set of targeted antigens it lacks; `tumour_negative` lacks them all. The inoculum holds them in
shares q_a of each antigen a, taken as independent; a cell stops showing an antigen at the rate k_esc.
Recognition of a clone by a product = 1 - prod_a (1 - d_a^n/(K^n + d_a^n)) over the product's antigens that the clone
shows: d molecules per cell, K the threshold, higher without CD28 in the receptor (Majzner 2020).
Leaves out: a distribution of densities within a clone, return of a lost antigen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from abscopal import expr, parameters
from abscopal.expr import Expr
from abscopal.model.language import Model
from abscopal.model.plan import CellProduct, Plan
from abscopal.regimen.keys import inoculation_key

ENGINEERED = ("car_t", "car_nk")
POSITIVE, NEGATIVE = "tumour", "tumour_negative"
# Its density follows the stress of the irradiated tumour.
STRESS_LIGANDS = "NKG2D ligands"


@dataclass(frozen=True)
class Receptor:
    """What is known of a product's receptor.

    Attributes
    ----------
    antigens : what it binds; either suffices.
    costimulation : CD28, 4-1BB, both or none.
    armoured : whether the cells secrete a cytokine of their own (fourth generation).
    """

    antigens: tuple[str, ...]
    costimulation: tuple[str, ...]
    armoured: bool

    @property
    def generation(self) -> int:
        """1 without costimulation, 2 with one signal, 3 with two, 4 armoured."""
        return 4 if self.armoured else 1 + min(len(self.costimulation), 2)


def receptor(product: CellProduct) -> Receptor:
    """The receptor of an engineered product, from its facts in the catalogue."""
    about = parameters.product(product.product).about
    return Receptor(
        tuple(about.get("antigens", ())), tuple(about.get("costimulation", ())), bool(about.get("armoured", False))
    )


def targeted(plan: Plan) -> tuple[str, ...]:
    """Antigens of this tumour that an engineered product of the plan binds, in alphabetical order."""
    bound = {antigen for product in plan.products_of(*ENGINEERED) for antigen in receptor(product).antigens}
    return tuple(sorted(antigen for antigen in bound if on_tumour(plan, antigen)))


def on_tumour(plan: Plan, antigen: str) -> bool:
    """Whether the tumour shows an antigen: as its line states, or as every tumour does."""
    if plan.antigen(antigen) is not None:
        return True
    return antigen in parameters.antigens() and bool(parameters.antigen(antigen).about.get("common", False))


def clone_antigens(plan: Plan) -> dict[str, frozenset[str]]:
    """The stock of every clone with the targeted antigens it shows; one clone where nothing is targeted."""
    antigens = targeted(plan)
    found = {POSITIVE: frozenset(antigens)}
    for count in range(1, len(antigens) + 1):
        for missing in combinations(antigens, count):
            name = NEGATIVE if count == len(antigens) else f"{NEGATIVE} {'+'.join(missing)}"
            found[name] = frozenset(antigens) - set(missing)
    return found


def recognised(model: Model, product: CellProduct, site: str, shown: frozenset[str]) -> Expr:
    """Share of a clone's cells that a product's receptor recognises."""
    binder = receptor(product)
    missed = (
        1.0 - density_recognised(model, binder, antigen_density(model, antigen, site))
        for antigen in binder.antigens
        if antigen in shown
    )
    return 1.0 - expr.product_of(missed)


def antigen_density(model: Model, antigen: str, site: str) -> Expr:
    """Molecules of an antigen per cell that shows it."""
    density = model.parameter("antigen_density", antigen)
    return density * model.value("nkg2d_ligands", site, without=1.0) if antigen == STRESS_LIGANDS else density


def density_recognised(model: Model, binder: Receptor, density: Expr) -> Expr:
    """Share of cells with this density that a receptor recognises."""
    threshold = model.parameter("antigen_threshold")
    if "CD28" not in binder.costimulation:
        threshold = threshold * model.parameter("antigen_threshold_factor")
    return expr.as_expr(expr.hill(density, threshold, model.parameter("recognition_steepness")))


def declare(model: Model, plan: Plan) -> None:
    """Stocks of the clones that lack an antigen; readout `antigen_negative_share`."""
    antigens, clones = targeted(plan), clone_antigens(plan)
    if not antigens:
        return
    for site in plan.sites:
        for name, shown in clones.items():
            if name == POSITIVE:
                continue
            lacks = ", ".join(a for a in antigens if a not in shown)
            model.species(name, site, f"living tumour cells without {lacks}", group="tumour", scale=1e2, extinct=True)
        model.define(
            "antigen_negative_share",
            site,
            "share of living tumour cells that lack a targeted antigen",
            lambda site=site: _negative_share(model, site, tuple(clones)),  # type: ignore[misc]
            group="tumour",
        )


def connect(model: Model, plan: Plan) -> None:
    """The clones' shares of the inoculum, and loss of antigens, one at a time."""
    antigens, clones = targeted(plan), clone_antigens(plan)
    for site in plan.sites:
        inoculation = model.event(inoculation_key(site))
        settled = inoculation.argument("cells") * model.parameter("inoculum_take", site)
        for name, shown in clones.items():
            if name != POSITIVE:
                share = settled * _share(model, antigens, shown)
                inoculation.move(model.value(POSITIVE, site), model.value(name, site), share)
        for name, shown in clones.items():
            for other, left in clones.items():
                if left < shown and len(shown - left) == 1:
                    source = model.value(name, site)
                    rate = model.parameter("antigen_escape_rate") * source
                    model.flow("loss of an antigen", source, model.value(other, site), rate)


def _share(model: Model, antigens: tuple[str, ...], shown: frozenset[str]) -> Expr:
    negative = {antigen: model.parameter("antigen_negative_share", antigen) for antigen in antigens}
    return expr.product_of(1.0 - negative[a] if a in shown else negative[a] for a in antigens)


def _negative_share(model: Model, site: str, names: tuple[str, ...]) -> Expr:
    lacking = expr.sum_of(model.value(name, site) for name in names if name != POSITIVE)
    return lacking / (lacking + model.value(POSITIVE, site) + 1.0)
