"""Small drawings of the scoreboard as inline SVG: growth curves and the calibration of probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from abscopal.plots.palette import EVENT_COLOURS
from abscopal.scoring.claim_scores import Curve
from abscopal.scoring.metrics import CalibrationBin

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 300, 170, 42, 26
_SMALLEST_MM3 = 1.0
_MOST_ARMS = 16
_DASHES = ("", "5 3")


def _colour(i: int) -> str:
    return EVENT_COLOURS[i % len(EVENT_COLOURS)]


def _dash(i: int) -> str:
    return _DASHES[i // len(EVENT_COLOURS) % len(_DASHES)]


def curves_svg(curves: Sequence[Curve]) -> str:
    """Median tumour volume of every arm, one panel per line and site, on a logarithmic scale."""
    panels: dict[str, list[Curve]] = {}
    for curve in curves:
        panels.setdefault(curve.site, []).append(curve)
    return "".join(_panel(title, rows[:_MOST_ARMS]) for title, rows in panels.items())


def _panel(title: str, curves: Sequence[Curve]) -> str:
    days = [day for curve in curves for day in curve.days]
    volumes = [v for curve in curves for v in curve.volume_mm3 if math.isfinite(v)]
    if not days or not volumes:
        return ""
    first, last = min(days), max(days)
    top = max(math.ceil(math.log10(max(max(volumes), 10.0))), 1)

    def x(day: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - 6) * (day - first) / max(last - first, 1e-9)

    def y(volume: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - 8) * math.log10(max(volume, _SMALLEST_MM3)) / top

    lines = []
    for i, curve in enumerate(curves):
        pairs = zip(curve.days, curve.volume_mm3, strict=True)
        points = " ".join(f"{x(d):.1f},{y(v):.1f}" for d, v in pairs if math.isfinite(v))
        stroke = f'stroke="{_colour(i)}" stroke-dasharray="{_dash(i)}"'
        lines.append(f'<polyline points="{points}" {stroke}><title>{escape(curve.arm)}</title></polyline>')
    ticks = [
        f'<text x="{_LEFT - 5}" y="{y(10.0**k) + 4:.1f}" text-anchor="end">{10**k:g}</text>'
        f'<line x1="{_LEFT}" x2="{_WIDTH - 6}" y1="{y(10.0**k):.1f}" y2="{y(10.0**k):.1f}"/>'
        for k in range(top + 1)
    ]
    ends = ((first, "start"), (0.0, "middle"), (last, "end"))
    ticks += [f'<text x="{x(d):.1f}" y="{_HEIGHT - 8}" text-anchor="{anchor}">{d:g}</text>' for d, anchor in ends]
    names = "".join(
        f'<span><i style="background:{_colour(i)}"></i>{escape(c.arm)}</span>' for i, c in enumerate(curves)
    )
    return (
        f"<figure><figcaption>{escape(title)}: median volume [mm³] against days</figcaption>"
        f'<svg class="curves" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">{"".join(ticks)}{"".join(lines)}</svg>'
        f'<div class="key">{names}</div></figure>'
    )


def calibration_svg(bins: Sequence[CalibrationBin]) -> str:
    """Observed against predicted frequency, a dot per bin with an area by its number of predictions."""
    side, left = 220, 34
    span = side - left - 10

    def at(value: float) -> float:
        return value * span

    filled = [b for b in bins if b.n]
    most = max((b.n for b in filled), default=1)
    dots = "".join(
        f'<circle cx="{left + at(b.predicted):.1f}" cy="{10 + span - at(b.observed):.1f}" '
        f'r="{3 + 7 * math.sqrt(b.n / most):.1f}"><title>{b.n} predictions: {100 * b.predicted:.0f} % predicted, '
        f"{100 * b.observed:.0f} % observed</title></circle>"
        for b in filled
    )
    marks = "".join(
        f'<text x="{left + at(v):.1f}" y="{side - 6}" text-anchor="middle">{v:g}</text>'
        f'<text x="{left - 5}" y="{14 + span - at(v):.1f}" text-anchor="end">{v:g}</text>'
        for v in (0.0, 0.5, 1.0)
    )
    return (
        f'<svg class="calibration" viewBox="0 0 {side} {side}" role="img">'
        f'<rect x="{left}" y="10" width="{span}" height="{span}"/>'
        f'<line x1="{left}" y1="{10 + span}" x2="{left + span}" y2="10"/>{dots}{marks}</svg>'
    )
