"""Numbers and comparisons in words: three significant digits, p values, one plain sentence per pair of arms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from abscopal.results.comparison import Comparison, SiteComparison, SurvivalComparison
from abscopal.results.harm import ArmHarm
from abscopal.results.mediators import LARGEST_FOLD
from abscopal.statistics.contrast import Contrast
from abscopal.statistics.proportions import Proportion

# Below these a difference is practically none, however certain it is among simulated subjects: callipers do not tell
# five per cent apart, and nobody is looked at more than once a day.
LEAST_SHARE_TOLD = 0.05
LEAST_DAYS_TOLD = 1.0
# p value from which on a difference is not told apart.
SIGNIFICANT = 0.05
TIME = "the time to the volume limit"
# A lowest count above this share of the count before has no day worth telling.
NO_LOSS = 0.99

_UNITS = {"mm3": "mm³", "mm^3": "mm³", "mm**3": "mm³", "1": "", "dimensionless": "", "percent": "%"}


def number(value: float | None, digits: int = 3) -> str:
    """A number to three significant digits, thousands with commas; an en dash for none.

    Examples
    --------
    >>> number(1234.5), number(0.012345), number(float("nan"))
    ('1,230', '0.0123', '–')
    """
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -3 or size > 5:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        return f"{_sign(mantissa)}×10{_superscript(int(exponent))}"
    rounded = round(value, digits - 1 - size)
    return _sign(f"{rounded:,.{max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)}f}")


def fold(log2_ratio: float) -> str:
    """A ratio from its binary logarithm: `×2.50`; `> ×1,000` or `< ×1/1,000` where folds are not told apart.

    Examples
    --------
    >>> fold(1.0), fold(-0.5), fold(12.0), fold(-9.9658)
    ('×2.00', '×0.707', '> ×1,000', '< ×1/1,000')
    """
    if abs(log2_ratio) >= math.log2(LARGEST_FOLD) - 1e-3:
        return f"> ×{LARGEST_FOLD:,.0f}" if log2_ratio > 0 else f"< ×1/{LARGEST_FOLD:,.0f}"
    return f"×{number(2**log2_ratio)}"


def _sign(text: str) -> str:
    return text.replace("-", "−")


def _superscript(value: int) -> str:
    return str(value).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def percent(value: float | None) -> str:
    """A fraction as a percentage: whole from 10 % on, two significant digits below."""
    if value is None or math.isnan(value):
        return "–"
    return f"{100 * value:.0f} %" if value >= 0.0995 or value == 0 else f"{number(100 * value, 2)} %"


def share(found: Proportion) -> str:
    """A share of subjects with its interval: `64 % (49 % to 76 %)`; an en dash where there was nobody."""
    return _with_interval(found.value, found.low, found.high) if found.n else "–"


def _with_interval(value: float, low: float, high: float) -> str:
    return f"{percent(value)} ({percent(low)} to {percent(high)})"


def endpoint_cell(row: Mapping[str, Any]) -> str:
    """A row of the table of end points in words, short enough for a terminal."""
    value = float(row["value"])
    if row["unit"] == "1":
        if math.isnan(value):
            return "–"
        low, high = (percent(float(row[key])) for key in ("low", "high"))
        return f"{percent(value)} ({low.removesuffix(' %')}–{high})"
    if row["unit"] == "days":
        return f"{day(value)} days" if math.isfinite(value) else day(value)
    return f"{number(value)} {unit_text(str(row['unit']))}"


def p_value(p: float | None) -> str:
    """A p value as `p = 0.034` or `p < 0.001`; `p not defined` where the test has nothing to tell apart."""
    if p is None or math.isnan(p):
        return "p not defined"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def day(value: float | None) -> str:
    """A day without needless decimals; `not reached` for infinity."""
    if value is None or math.isinf(value):
        return "not reached"
    # Added zero: what rounds to nothing has no sign.
    return "–" if math.isnan(value) else _sign(f"{round(value, 1) + 0.0:.1f}".removesuffix(".0"))


def unit_text(unit: str) -> str:
    """A unit as people write it: mm³, cells/µL."""
    text = _UNITS.get(unit, unit)
    for plain, nice in (("mm3", "mm³"), ("uL", "µL"), ("ug", "µg"), ("um", "µm")):
        text = text.replace(plain, nice)
    return text


def answer(comparison: Comparison) -> str:
    """One plain sentence: time to the volume limit, then each site's volume and complete responses, of a against b.

    "Practically the same" is said only where nothing in the whole sentence differs by more than that.
    """
    alike = _alike(comparison)
    parts = []
    if comparison.survival is not None:
        parts.append(_survival(comparison.survival, comparison.subjects, alike))
    parts += [_site(site, comparison, alike) for site in _distant_first(comparison.sites)]
    return f"{comparison.a} against {comparison.b}: " + "; ".join(parts) + "."


def _alike(comparison: Comparison) -> bool:
    """Whether no end point of two arms differs by more than what is practically the same."""
    survival = comparison.survival
    return (survival is None or _same_time(survival)) and all(
        not gap_of(site) > LEAST_SHARE_TOLD and _within(site.volume_ratio) for site in comparison.sites
    )


def gap_of(site: SiteComparison) -> float:
    """By how much the shares of complete responses of two arms differ; 0 where they are not told."""
    if site.complete_a is None or site.complete_b is None:
        return 0.0
    gap = abs(site.complete_a.value - site.complete_b.value)
    return 0.0 if math.isnan(gap) else gap


def _within(volume: Contrast) -> bool:
    return math.isnan(volume.value) or abs(volume.value - 1) < LEAST_SHARE_TOLD


def _same_time(survival: SurvivalComparison) -> bool:
    """Whether the time to the limit differs by less than anyone sees: in the mean, the median and who reaches it."""
    medians = survival.median_a_days - survival.median_b_days
    reached = math.isnan(medians) or abs(medians) < LEAST_DAYS_TOLD  # two infinite medians have no difference
    free = abs(survival.free_a - survival.free_b)
    return abs(survival.mean_gain_days) < LEAST_DAYS_TOLD and reached and not free > LEAST_SHARE_TOLD


def _distant_first(sites: tuple[SiteComparison, ...]) -> list[SiteComparison]:
    return sorted(sites, key=lambda s: s.irradiated_a or s.irradiated_b)


def _survival(survival: SurvivalComparison, subjects: str, alike: bool) -> str:
    medians = f"median {_median(survival.median_a_days)} against {_median(survival.median_b_days)}"
    if math.isinf(survival.median_a_days) and math.isinf(survival.median_b_days):
        medians = "median not reached in either arm"
    test, p = "log-rank", survival.log_rank.p
    up = survival.log_rank.hazard_ratio < 1
    if survival.longer_in_a + survival.longer_in_b:
        test, p = f"sign test on the same {subjects}", survival.paired_p
        up = survival.longer_in_a > survival.longer_in_b
    word = "" if math.isnan(p) or p >= SIGNIFICANT else "longer" if up else "shorter"
    if not word:
        return f"{TIME} is not told apart ({medians}, {test} {p_value(p)})"
    if not _same_time(survival):
        return f"{TIME} is {word} ({medians}, {test} {p_value(p)})"
    if alike:
        return f"{TIME} is practically the same ({medians})"
    return f"{TIME} differs by less than a day ({medians}, {test} {p_value(p)})"


def _median(value: float) -> str:
    return "not reached" if math.isinf(value) else f"{day(value)} days"


def _site(site: SiteComparison, comparison: Comparison, alike: bool) -> str:
    volume = site.volume_ratio
    what = "the tumour" if gap_of(site) <= LEAST_SHARE_TOLD else "the typical tumour"
    text = f"{place(site)}, {what} on day {day(comparison.day)} "
    if math.isnan(volume.value):
        text += f"is not compared (no solved {comparison.subjects})"
    elif volume.value == 1 == volume.low == volume.high:
        text += "is the same" if gap_of(site) <= LEAST_SHARE_TOLD else "has the same volume"
    else:
        text += _verdict(volume, alike) + ratio_of(volume, "the volume")
    if site.complete_a is not None and site.complete_b is not None:
        text += f", complete responses {complete_responses(site.complete_a, site.complete_b, site.complete_p)}"
    return text


def complete_responses(a: Proportion, b: Proportion, p: float) -> str:
    """Shares of two arms, with the p value of their difference where there is one: `85 % against 37 % (p < 0.001)`."""
    shares = f"{percent(a.value)} against {percent(b.value)}"
    return shares if a.value == b.value or math.isnan(p) else f"{shares} ({p_value(p)})"


def _verdict(volume: Contrast, alike: bool) -> str:
    if volume.low <= 1 <= volume.high:
        return "is not told apart: "
    if not _within(volume):
        return "has "
    return "is practically the same: " if alike else "is within 5 %: "


def place(site: SiteComparison) -> str:
    """Where, and whether it was irradiated: 'at the unirradiated site (left leg)'."""
    name = "" if site.site in ("irradiated", "unirradiated") else f" ({site.site})"
    if site.irradiated_a and site.irradiated_b:
        return f"at the irradiated site{name}"
    if site.irradiated_a or site.irradiated_b:
        return f"at the site irradiated in one arm{name}"
    return f"at the unirradiated site{name}"


def ratio_of(ratio: Contrast, what: str) -> str:
    """A ratio in words: `3.4 % of {what} (95 % interval 2.1–5.0 %)`, or times it where it may be above one."""
    low, value, high = ratio.low, ratio.value, ratio.high
    # Near one the difference from one is what matters: a digit more shows it.
    digits = 3 if abs(value - 1) < 2 * LEAST_SHARE_TOLD else 2
    if value < 1 and high < 1:
        share, least, most = (number(100 * v, digits) for v in (value, low, high))
        return f"{share} % of {what} (95 % interval {least}–{most} %)"
    return f"{number(value, digits)} times {what} (95 % interval {number(low, digits)}–{number(high, digits)})"


def harm_cells(arm: ArmHarm) -> dict[str, str]:
    """What a table of harm says of an arm, by column; only what the study has."""
    cells: dict[str, str] = {}
    if (blood := arm.lymphocytes) is not None:
        when = "" if blood.left.value >= NO_LOSS else f" on day {day(blood.lowest_day.value)}"
        cells["lowest lymphocytes/µL"] = f"{number(blood.lowest_per_ul.value)} ({percent(blood.left.value)} left){when}"
        if (grades := blood.lymphopenia) is not None:
            cells["lymphopenia, grade 3 or more"] = share(grades.severe)
        cells["days to recovery"] = day(blood.recovery_days.value) if blood.recovered.n else "–"
    if arm.highest_nlr is not None:
        cells["highest NLR"] = number(arm.highest_nlr.value, 2)
    for name, graded in (("cytokine release", arm.cytokine_release), ("neurotoxicity", arm.neurotoxicity)):
        if graded is not None:
            some = sum(share.value for share in graded.grades[1:])
            cells[f"{name}, any / grade 3 or more"] = f"{percent(some)} / {percent(graded.severe.value)}"
    if arm.adverse_events is not None:
        cells["adverse events, grade 3 or more"] = percent(arm.adverse_events.value)
    for row in arm.normal_tissue:
        drug = row["with_checkpoint_blockade"]
        more = "" if drug is None else f" ({percent(drug)} with the drug)"
        cells[f"{row['organ']}: {row['complication']}"] = f"{percent(row['probability'])}{more}"
    return cells
