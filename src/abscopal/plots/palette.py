"""Colours that people with colour-blindness tell apart, the same for an arm in every figure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from abscopal.results.metadata import Metadata

# Okabe and Ito's set without its yellow, which is too pale on white; wine stands in.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933")
_CONTROL = "#555555"
# More bands than this lie over each other and hide the lines.
_MOST_BANDS = 4
_DASHES = ("solid", "dash", "dot", "dashdot")
_IN_MATPLOTLIB = {"solid": "-", "dash": "--", "dot": ":", "dashdot": "-."}
MATPLOTLIB_DASHES = tuple(_IN_MATPLOTLIB.values())

RESPONSE_COLOURS = {"complete": "#3182BD", "partial": "#9ECAE1", "stable": "#DDDDDD", "progression": "#E6954A"}
SOURCE_COLOURS = {
    "measured": "#1B6E5A",
    "fitted": "#2F6DB5",
    "derived": "#6A51A3",
    "borrowed": "#A6761D",
    "assumed": "#B2341F",
}
# Tol's muted set: not the arms' colours, because a bar of the why panel belongs to no arm.
GROUP_COLOURS = {
    "damage": "#CC6677",
    "antigen": "#DDCC77",
    "dendritic": "#44AA99",
    "effector": "#332288",
    "regulatory": "#AA4499",
    "checkpoint": "#999933",
    "blood": "#888888",
}
EVENT_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933")
# Of measured animals where an arm has its panel to itself.
MEASURED_COLOUR = "#111111"
INOCULATION_COLOUR = "#555555"


@dataclass(frozen=True)
class Style:
    """Colour and line of one arm; `dash` is a plotly name."""

    colour: str
    dash: str

    def faint(self, opacity: float) -> str:
        """The colour as an rgba() text of an opacity."""
        red, green, blue = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return f"rgba({red},{green},{blue},{opacity:g})"

    @property
    def matplotlib_line(self) -> str:
        """The dash in matplotlib's words."""
        return _IN_MATPLOTLIB[self.dash]


def arm_styles(metadata: Metadata) -> dict[str, Style]:
    """Style of every arm: controls grey, others in the order of the study; dashes tell repeats apart."""
    styles, treated, controls = {}, 0, 0
    for arm in metadata.arms:
        if arm.control:
            styles[arm.name] = Style(_CONTROL, _DASHES[controls % len(_DASHES)])
            controls += 1
        else:
            turn, place = divmod(treated, len(COLOURS))
            styles[arm.name] = Style(COLOURS[place], _DASHES[turn % len(_DASHES)])
            treated += 1
    return styles


def wrapped(name: str, width: int = 20) -> str:
    """A name over as many short lines as it needs: never cut, so that no two names look the same.

    Examples
    --------
    >>> wrapped("carbon and both antibodies", 14).splitlines()
    ['carbon and', 'both', 'antibodies']
    """
    return "\n".join(textwrap.wrap(name, width) or [""])


def most_lines(names: Iterable[str], width: int) -> int:
    """Lines that the longest of some names needs."""
    return max((wrapped(name, width).count("\n") + 1 for name in names), default=1)


def bands_are_readable(arms: int) -> bool:
    """Whether the spreads of so many arms can be told apart in one panel."""
    return arms <= _MOST_BANDS
