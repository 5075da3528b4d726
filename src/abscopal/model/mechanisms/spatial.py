"""Spatially fractionated fields: only a share of the target receives the dose.

Whatever a fraction changes, x -> x + f(D), becomes x -> x + s f(D) + (1 - s) f(v D), with s the share of the target in
the peaks of the dose and v the dose of the valleys relative to the peaks: cells hit, micronuclei, signals, and the
lymphocytes in field, site and blood alike. Each fraction meets the target at random. Parts of a fraction with one
pattern (share and valleys) have their peaks in one place; different patterns meet each other at random.
Leaves out: that the parts keep their own history afterwards (all cells of a site are one pool, damage per cell is its
mean), signals from hit to spared cells, spared vessels that feed hit parts, and aiming at the hypoxic part.
"""

from __future__ import annotations

from abscopal import expr
from abscopal.expr import Expr, ExprLike
from abscopal.model.exposure import dose_argument, fraction_event
from abscopal.model.language import Model
from abscopal.model.plan import Plan
from abscopal.regimen import Fraction


def rewrite(model: Model, plan: Plan) -> None:
    """The mean over peaks and valleys, in place of what all other mechanisms made of each fraction."""
    for fraction in plan.fractions:
        for share, valley in dict.fromkeys((f.share, f.valley) for f in fraction if f.share < 1.0):
            _mean(model, fraction, share, valley)


def _mean(model: Model, fraction: Fraction, share: float, valley: float) -> None:
    """The mean over the peaks and valleys of one pattern."""
    event = fraction_event(model, fraction)
    doses = {f: dose_argument(event, fraction, f) for f in fraction}
    uneven = {dose for f, dose in doses.items() if (f.share, f.valley) == (share, valley)}
    even = set(doses.values()) - uneven
    in_valleys: dict[Expr, ExprLike] = {dose: dose * valley for dose in uneven}
    for stock, change in event.changes.items():
        event.changes[stock] = share * change
        # No dose changes nothing.
        if valley > 0.0 or even & set(expr.symbols_of([change])):
            event.changes[stock] += (1.0 - share) * expr.substitute(change, in_valleys)
