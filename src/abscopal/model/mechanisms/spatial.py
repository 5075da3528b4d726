"""Spatially fractionated fields: only a share of the target receives the dose.

Whatever a fraction changes, x -> x + f(D), becomes x -> x + s f(D) + (1 - s) f(v D), with s the share of the target in
the peaks of the dose and v the dose of the valleys relative to the peaks: cells hit, micronuclei, signals, and the
lymphocytes in field, site and blood alike. Each fraction meets the target at random.
Leaves out: that the parts keep their own history afterwards (all cells of a site are one pool, damage per cell is its
mean), signals from hit to spared cells, spared vessels that feed hit parts, and aiming at the hypoxic part.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.model.language import Model
from abscopal.model.mechanisms.cell_kill import fraction_event
from abscopal.model.plan import Plan


def rewrite(model: Model, plan: Plan) -> None:
    """The mean over peaks and valleys, in place of what all other mechanisms made of each fraction."""
    for field in plan.fields:
        if field.share >= 1.0:
            continue
        event = fraction_event(model, field)
        dose = event.argument("dose_gy")
        for stock, change in event.changes.items():
            valley = expr.substitute(change, {dose: dose * field.valley})
            event.changes[stock] = field.share * change + (1.0 - field.share) * valley
