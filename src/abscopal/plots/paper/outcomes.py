"""Time to the volume limit with the at-risk table, and responses per site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from abscopal.errors import InputError, Problem
from abscopal.plots.measured import measured_survival
from abscopal.plots.palette import RESPONSE_COLOURS, arm_styles, bands_are_readable, most_lines, wrapped
from abscopal.plots.paper.canvas import LEGEND_WIDTH, legend, panels, plain, titled
from abscopal.plots.paper.measured import draw_measured_steps
from abscopal.plots.paper.volumes import day_label
from abscopal.results.endpoints import RESPONSES
from abscopal.results.nouns import noun_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from abscopal.results import Result


def survival(result: Result) -> Figure:
    """Kaplan-Meier curves with 95 % intervals (of few arms), censoring marks and the numbers at risk."""
    from matplotlib.figure import Figure

    curves = [(arm, arm.survival.curve) for arm in result.arms if arm.survival is not None]
    if not curves:
        raise InputError(
            Problem("the study declares no volume limit for survival", advice="declare endpoints.survival")
        )
    styles, time = arm_styles(result.metadata), result.trajectories.time_days
    lane = max(0.22, 0.17 * most_lines((arm.name for arm, _ in curves), 26))
    figure = Figure(figsize=(6.0, 3.2 + lane * len(curves)), layout="constrained")
    axis, table = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, lane * len(curves) + 0.1])
    for arm, k in ((arm, curve.thinned()) for arm, curve in curves):
        style = styles[arm.name]
        x = np.concatenate([[time[0]], k.time_days])
        axis.step(
            x,
            [100, *(100 * k.survival)],
            style.matplotlib_line,
            where="post",
            color=style.colour,
            label=plain(wrapped(arm.name, LEGEND_WIDTH)),
        )
        low, high = (np.concatenate([[100.0], 100 * np.nan_to_num(v)]) for v in (k.low, k.high))
        if bands_are_readable(len(curves)):
            axis.fill_between(x, low, high, step="post", color=style.colour, alpha=0.10, linewidth=0)
        lost = k.time_days[k.censored > 0]
        axis.plot(lost, 100 * k.at(lost), "|", color=style.colour, markersize=7)
        draw_measured_steps(axis, measured_survival(result, arm.name), float(time[0]), style.colour)
    axis.set_ylim(0, 103)
    titled(axis, _survival_title(result), "", f"{noun_of(result.metadata).many} below the limit [%]")
    axis.spines[["top", "right"]].set_visible(False)
    days = [d for d in axis.get_xticks() if time[0] <= d <= time[-1]]
    for row, (arm, k) in enumerate(curves):
        for day, left in zip(days, k.at_risk_on(days), strict=True):
            table.text(day, -row, str(left), ha="center", va="center", fontsize=7, color=styles[arm.name].colour)
    _at_risk_axis(table, [wrapped(arm.name, 26) for arm, _ in curves], day_label(result))
    legend(figure, axis, columns=2)
    return figure


def _survival_title(result: Result) -> str:
    rule = result.metadata.survival
    assert rule is not None
    of = {"any": "any site", "total": "all sites together"}.get(rule.of, rule.of)
    return f"Until the volume of {of} reaches {rule.volume_limit_mm3:,.0f} mm³"


def _at_risk_axis(table: Axes, names: list[str], x: str) -> None:
    table.set_ylim(-len(names) + 0.5, 0.5)
    table.set_yticks([-row for row in range(len(names))], [plain(n) for n in names], fontsize=7)
    table.tick_params(axis="y", length=0)
    table.tick_params(axis="x", labelsize=8)
    table.spines[["top", "right", "left"]].set_visible(False)
    table.set_title("at risk", fontsize=8, loc="left")
    table.set_xlabel(x, fontsize=8)


def response(result: Result) -> Figure:
    """Shares of complete, partial and stable tumours and progression; whiskers: 95 % interval of complete."""
    if result.metadata.response is None:
        raise InputError(Problem("the study declares no response definition", advice="declare endpoints.response"))
    names = [wrapped(arm.name, 22) for arm in result.arms]
    sites = result.metadata.sites
    figure, axes = panels(
        len(sites),
        3,
        (3.8, 0.8 + max(0.45, 0.17 * most_lines((arm.name for arm in result.arms), 22)) * len(names)),
        sharey=True,
    )
    y = np.arange(len(names))[::-1]
    for s, axis in enumerate(axes):
        left = np.zeros(len(names))
        shares = [arm.sites[s].responses for arm in result.arms]
        for kind in RESPONSES:
            width = np.array([100 * share[kind].value for share in shares])
            axis.barh(y, width, 0.7, left=left, color=RESPONSE_COLOURS[kind], label=kind, edgecolor="white")
            left = left + width
        complete = [share["complete"] for share in shares]
        reach = np.array([[100 * (c.value - c.low), 100 * (c.high - c.value)] for c in complete]).T
        at = [100 * c.value for c in complete]
        axis.errorbar(at, y, xerr=reach, fmt="none", ecolor="#111111", elinewidth=1.0, capsize=2.5)
        titled(axis, sites[s].name, f"tumours on day {result.metadata.response.day:g} [%]", "")
        axis.set_xlim(0, 100)
        axis.set_yticks(y, [plain(n) for n in names], fontsize=8)
    legend(figure, axes[0])
    return figure
