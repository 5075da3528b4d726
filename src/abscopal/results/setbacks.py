"""Where more treatment does worse: a remark on it, and what in the model goes with it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from abscopal.results.comparison import Comparison, SiteComparison, SurvivalComparison
from abscopal.results.mediators import LEAST_FOLD, Mediator
from abscopal.results.metadata import TREATMENT_KINDS, Metadata
from abscopal.results.wording import (
    LEAST_DAYS_TOLD,
    LEAST_SHARE_TOLD,
    SIGNIFICANT,
    TIME,
    complete_responses,
    fold,
)

# Groups of readouts of which more, or less, is good for the host.
_HELPS, _HARMS, _SPENT = ("effector", "dendritic"), ("regulatory", "checkpoint"), "exhausted"
_MOST_TOLD = 3
# Cells that sites take from one blood, as readouts name them.
_CELLS = ("cd8", "cd4", "nk")


def setback(comparison: Comparison, metadata: Metadata) -> str:
    """A remark where the arm that is given more does worse, with what in the model goes with it; else "".

    An arm is given more if it gets all that the other one gets, on the same days, and something beside, in hosts that
    are changed alike.
    """
    added = added_to(metadata, comparison.b, comparison.a)
    if added:
        return _remark(comparison, metadata, added, worse_is_a=True)
    added = added_to(metadata, comparison.a, comparison.b)
    return _remark(comparison, metadata, added, worse_is_a=False) if added else ""


def added_to(metadata: Metadata, less: str, more: str) -> str:
    """What one arm is given beside everything that another one is given; "" where that cannot be said."""
    rows = [(_what(row), row) for row in metadata.timetable.get(more, ())]
    if _hosts(metadata, less) != _hosts(metadata, more):
        return ""
    here, there = ([_given(row) for row in metadata.timetable.get(arm, ()) if _treats(row)] for arm in (less, more))
    left = list(there)
    for given in here:
        if given not in left:
            return ""
        left.remove(given)
    return " and ".join(dict.fromkeys(what for what, row in rows if _treats(row) and _given(row) in left))


def _treats(row: Mapping[str, Any]) -> bool:
    return row.get("kind") in TREATMENT_KINDS


def _what(row: Mapping[str, Any]) -> str:
    """What is given, without the count of the dose: `anti-PD-L1 (2 of 3)` is anti-PD-L1."""
    return re.sub(
        r"^(inoculate|irradiate|implant|inject|infuse|give) |\s*\(\d+ of \d+\)$", "", str(row.get("what") or "")
    )


def _given(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return (round(float(row["day"]), 6), _what(row), row.get("how_much"), row.get("where"))


def _hosts(metadata: Metadata, arm: str) -> set[str]:
    return {str(row["what"]) for row in metadata.timetable.get(arm, ()) if row.get("kind") == "host"}


def _remark(comparison: Comparison, metadata: Metadata, added: str, worse_is_a: bool) -> str:
    more, less = (comparison.a, comparison.b) if worse_is_a else (comparison.b, comparison.a)
    found, places = [], []
    for site in comparison.sites:
        if worse := _worse_site(site, worse_is_a, comparison):
            found.append(worse)
            places.append(site.site)
    if comparison.survival is not None and (later := _earlier(comparison.survival, worse_is_a)):
        found.append(later)
        everywhere = [site.site for site in comparison.sites]
        of = metadata.survival.of if metadata.survival else ""
        places = places or ([of] if of in everywhere else everywhere)
    if not found:
        return ""
    paired = f" of the same {comparison.subjects}" if comparison.paired else ""
    why = _explanation(comparison, places, worse_is_a)
    return f"More treatment does worse here: {added}, added to {less}, {' and '.join(found)}{paired} in {more}. {why}"


def _worse_site(site: SiteComparison, worse_is_a: bool, comparison: Comparison) -> str:
    parts = []
    if site.complete_a is not None and site.complete_b is not None:
        more, less = (site.complete_a, site.complete_b) if worse_is_a else (site.complete_b, site.complete_a)
        drop = less.value - more.value
        if drop > 0 and (site.complete_p < SIGNIFICANT or (comparison.paired and drop >= LEAST_SHARE_TOLD)):
            shares = complete_responses(more, less, site.complete_p)
            parts.append(f"lowers complete responses at {site.site} to {shares.replace(' against ', ' from ', 1)}")
    volume = site.volume_ratio
    low = volume.low if worse_is_a else 1 / volume.high if volume.high > 0 else math.nan
    value = volume.value if worse_is_a else 1 / volume.value if volume.value > 0 else math.nan
    if low > 1 and value - 1 >= LEAST_SHARE_TOLD:
        parts.append(f"leaves a larger tumour at {site.site} ({fold(math.log2(value))} the volume)")
    return " and ".join(parts)


def _earlier(survival: SurvivalComparison, worse_is_a: bool) -> str:
    gain = survival.mean_gain_days if worse_is_a else -survival.mean_gain_days
    p = survival.paired_p if survival.longer_in_a + survival.longer_in_b else survival.log_rank.p
    return f"shortens {TIME}" if gain <= -LEAST_DAYS_TOLD and p < SIGNIFICANT else ""


def _explanation(comparison: Comparison, places: list[str], worse_is_a: bool) -> str:
    """Readouts that move against the host where it does worse, and effectors that gather elsewhere."""
    sign = 1.0 if worse_is_a else -1.0
    told = [m for m in comparison.mediators if m.score > 0 and abs(m.log2_fold) >= LEAST_FOLD]
    against = [m for m in told if m.site in (*places, "") and _is_against(m, sign)][:_MOST_TOLD]
    if not against:
        return (
            "No immune readout of the typical subject moves against the host there: look at single curves, and at the "
            "subjects close to the limit of a response."
        )
    text = "What moves against the host there: " + ", ".join(_moved(m, sign) for m in against)
    gathered = [m for m in told if m.site not in (*places, "") and m.group == "effector" and sign * m.log2_fold > 0]
    missed = {cell for m in against if not m.site for cell in _CELLS if cell in m.readout}
    elsewhere = [m for m in gathered if any(cell in m.readout for cell in missed)]
    if elsewhere:
        text += f"; elsewhere {_moved(elsewhere[0], sign)}: the sites draw on the same cells of the blood"
    return f"{text}. Simulate the site alone, or switch a mechanism off, to see whether that is the cause."


def _is_against(mediator: Mediator, sign: float) -> bool:
    up = sign * mediator.log2_fold > 0
    spent = _SPENT in mediator.readout  # more of them is no help
    return spent == up if mediator.group in _HELPS else up and mediator.group in _HARMS


def _moved(mediator: Mediator, sign: float) -> str:
    where = f" at {mediator.site}" if mediator.site else ""
    return f"{mediator.label}{where} {fold(sign * mediator.log2_fold)}"
