"""Continuous irradiation: seeds whose dose rate decays, and courses at a dose rate so low that they last.

The dose rate r of a field is set by an event and, for seeds, decays: dr/dt = -r ln 2/T_seed; a course of a duration has
a second event that takes it back. It acts as a stream of small fractions: whatever a fraction of dose d changes by
f(d), changes at the rate r f(e)/e, e = 1 mGy. With the unrepaired dose U of `cell_kill`, fed by r, the kill is
dE/dt = r (alpha + 2 beta U): the linear-quadratic effect with the Lea-Catcheside factor of the whole exposure.
Moribund cells, micronuclei and breaks follow likewise, with no second set of equations. Cells whose survival S(D)
depends on the dose alone (lymphocytes) die at the rate -r ln S(1 Gy) per Gy: of their two populations, small fractions
would meet the sensitive one again and again. The hypoxic part mixes with the rest while the dose is given.
Between a dose of some hours and one of a day nothing jumps: a share w of it, falling from 1 to 0, acts as a fraction at
its start, the rest as a dose rate; both together have the Lea-Catcheside factor of the whole.
Leaves out: what needs a large dose at once (loss of vessels, TREX1, senescence, the larger immunogenic share of high
doses) hardly answers, as each small fraction is far below its threshold, and stimulation by single low doses does not;
the higher effect of the soft photons of I-125; arrest in sensitive phases (inverse dose-rate effect); the fall of dose
with distance from seeds.
"""

from __future__ import annotations

import math
from functools import partial

from abscopal import expr
from abscopal.expr import Expr
from abscopal.model.exposure import dose_argument, duration_argument, fraction_event
from abscopal.model.language import PARAMETER_PREFIX, Jump, Model
from abscopal.model.plan import Plan
from abscopal.regimen import Field, Fraction
from abscopal.regimen.courses import share_at_once
from abscopal.regimen.keys import rate_key

# Small against every dose that matters, large against rounding.
SMALL_FRACTION_GY = 1e-3
# Survival curves that depend on the dose alone are taken by their mean slope up to this dose.
REFERENCE_GY = 1.0


def declare(model: Model, plan: Plan) -> None:
    """Stock `dose_rate` of each such field; at its sites the readouts `dose_rate` and `protracted_dose`."""
    for field in plan.fields:
        if field.continuous:
            rate = model.species("dose_rate", field.key, "dose rate of a field", unit="Gy/day", scale=1e-4)
            switch = model.event(rate_key(field), "gy_per_day", "dose_until_decay_gy")
            switch.move(None, rate, switch.argument("gy_per_day"))
            if field.seeds:
                switch.move(None, rate, switch.argument("dose_until_decay_gy") * _decay(model))
    for site in plan.sites:
        if any(field.continuous for field in plan.fields_on(site)):
            meaning = "dose rate of continuous irradiation"
            model.define(
                "dose_rate", site, meaning, partial(_rate_at, model, plan, site), unit="Gy/day", group="damage"
            )
            meaning = "dose given at a dose rate so far"
            model.species("protracted_dose", site, meaning, unit="Gy", group="damage", scale=1e-2)


def connect(model: Model, plan: Plan) -> None:
    """Decay and the dose so far."""
    for field in plan.fields:
        if not field.continuous:
            continue
        rate = model.value("dose_rate", field.key)
        if field.seeds:
            model.flow("decay of seeds", rate, None, _decay(model) * rate)
        for site in field.sites:
            model.flow("dose", None, model.value("protracted_dose", site), rate)


def rewrite(model: Model, plan: Plan) -> None:
    """All that a fraction of these fields would do, as flows instead."""
    deaf = _deaf(model)
    for field in plan.fields:
        if not field.continuous:
            continue
        rate, event = model.value("dose_rate", field.key), fraction_event(model, (field,))
        for stock, change in event.changes.items():
            if stock not in deaf:
                model.flow("continuous irradiation", None, stock, rate * _per_gray(event, field, stock, change))
        if (field,) not in plan.given:
            model.withdraw(event)
    for fraction in plan.given:
        for field in fraction:
            if field.continuous:
                _in_part(model, fraction, field)


def _in_part(model: Model, fraction: Fraction, field: Field) -> None:
    """What the share w of a slow dose that acts at its start must not do as a smaller dose of its own.

    Cells whose survival depends on the dose alone survive it as the power w of their survival of the whole slow dose,
    on top of what came with it. What answers to a low dose more than to a high one answers to the whole, w times.
    """
    event = fraction_event(model, fraction)
    dose = dose_argument(event, fraction, field)
    share = expr.as_expr(share_at_once(duration_argument(event, fraction, field)))
    for stock, change in event.changes.items():
        alone = _depends_on_dose_alone(event, stock, change)
        per_cell = 1.0 + expr.substitute(change, {stock: 1.0}) if alone else change
        without, whole = (expr.substitute(per_cell, {dose: d}) for d in (expr.const(0.0), dose / share))
        if alone:
            event.changes[stock] = stock * (without ** (1.0 - share) * whole**share - 1.0)
        elif stock in _deaf(model):
            event.changes[stock] = (1.0 - share) * without + share * whole


def _deaf(model: Model) -> set[Expr]:
    """What answers to a single low dose, and less to a larger one, says nothing on many low doses."""
    return {stock.symbol for stock in model.species_so_far if stock.single_doses_only}


def _decay(model: Model) -> Expr:
    """Rate at which the activity of seeds decays [1/day]."""
    return math.log(2.0) / model.parameter("seed_half_life")


def _per_gray(event: Jump, field: Field, stock: Expr, change: Expr) -> Expr:
    """Change of a stock per gray, in a stream of small fractions."""
    dose = event.argument("dose_gy")
    beam: dict[Expr, Expr | float] = {
        event.argument("let_kev_um"): field.let_kev_um,
        event.argument("duration_days"): 0.0,
    }
    if _depends_on_dose_alone(event, stock, change):
        surviving = 1.0 + expr.substitute(change, {**beam, dose: REFERENCE_GY, stock: 1.0})
        return stock * expr.as_expr(expr.log(surviving)) / REFERENCE_GY
    return expr.substitute(change, {**beam, dose: SMALL_FRACTION_GY}) / SMALL_FRACTION_GY


def _depends_on_dose_alone(event: Jump, stock: Expr, change: Expr) -> bool:
    """Whether a fraction takes a share of a stock that nothing decides but the fraction."""
    states = {s for s in expr.symbols_of([change]) if not s.name.startswith(PARAMETER_PREFIX)}
    of_none = expr.substitute(change, {stock: 0.0})
    return states <= {stock, *event.arguments.values()} and of_none.op == "const" and of_none.value == 0.0


def _rate_at(model: Model, plan: Plan, site: str) -> Expr:
    return expr.sum_of(model.value("dose_rate", f.key) for f in plan.fields_on(site) if f.continuous)
