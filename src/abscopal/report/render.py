"""Renders a result as one HTML file that needs no network and says its numbers without JavaScript too."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abscopal.report.sections import content
from abscopal.report.stills import stills

if TYPE_CHECKING:
    from jinja2 import Template

    from abscopal.results import Result

_ASSETS = Path(__file__).parent / "assets"


def render(result: Result) -> str:
    """The report as HTML text.

    Notes
    -----
    Everything is inline: style, plotly.js once, figures as JSON, still images for readers without JavaScript. A content
    policy in the page forbids it any request. All text of the study is escaped.
    """
    figures = _figures(result)
    page = template("report.html.j2").render(
        **content(result),
        figures=figures,
        figure_data={name: as_script(figure) for name, figure in figures.items()},
        stills=stills(result),
        style=style(),
        script=(_ASSETS / "report.js").read_text(encoding="utf-8"),
        plotly=_plotly(),
    )
    return page + "\n"


def style() -> str:
    """The style of every page."""
    return (_ASSETS / "report.css").read_text(encoding="utf-8")


@lru_cache(maxsize=2)
def template(name: str) -> Template:
    """A template of this room; all text that it is given is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(_ASSETS)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_unbroken,
    )
    return environment.get_template(name)


def _unbroken(value: Any) -> Any:
    """Plain text with no line break between a number and its sign."""
    return value.replace(" %", "\u00a0%").replace(" mm³", "\u00a0mm³") if type(value) is str else value


@lru_cache(maxsize=1)
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    # A closing tag inside the library would end the script element early.
    return str(get_plotlyjs()).replace("</script", "<\\/script")


def _figures(result: Result) -> dict[str, Any]:
    """Every interactive figure that the result can show, by the name of its place in the page."""
    from abscopal.plots.interactive.immune import mediators, readouts
    from abscopal.plots.interactive.outcomes import response, survival
    from abscopal.plots.interactive.schedule import timetable
    from abscopal.plots.interactive.volumes import growth, spider

    found = {"growth": growth(result), "spider": spider(result), "survival": survival(result)}
    found |= {"response": response(result), "readouts": readouts(result), "timetable": timetable(result)}
    found |= {f"why{i}": mediators(comparison) for i, comparison in enumerate(result.comparisons)}
    return {name: figure for name, figure in found.items() if figure is not None}


def as_script(figure: dict[str, Any]) -> str:
    """JSON that is safe inside a script element: no tag can be opened or closed from a name in it."""
    text = json.dumps(figure, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
