"""What an experiment asks of two arms: which measure, where, of which readouts; and the grammar of readouts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from abscopal.regimen import site_place

# Output of the model that holds the living tumour cells of a site.
LIVING = "tumour"
# Readouts that are no variable of a result: read against arms that the experiment has beside the two compared.
SURVIVING_SHARE = "surviving_share"  # living cells over those of the untreated dish, after the last fraction
CONTROL_WITHOUT = "control without "  # what a depletion takes away from tumour control; the change of the host follows
# Variables of these parts of the body are named after them in a result; all others belong to a site.
BODY = ("blood", "node")
_NO_OUTPUT = ("", "1")

Measure = Literal["volume", "survival", "absence", "marker", "kill", "survivors", "dependence"]


@dataclass(frozen=True)
class OutputRatio:
    """A marker: the sum of some outputs of the model, over the sum of others; none of either stands for 1."""

    above: tuple[str, ...]
    below: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs of the model it is made of."""
        return (*self.above, *self.below)


@dataclass(frozen=True)
class Question:
    """What is compared between two arms; it holds nothing of what was found.

    Attributes
    ----------
    measure : tumour volume, survival, absence of a tumour, a marker; in a dish, clonogenic survival, of which fewer
        (kill) or more (survivors) is asked about; or how much a depletion takes away from control (dependence).
    sites : sites whose volumes are added (volume, absence).
    readouts : outputs of a marker; a compound marker counts only if all agree.
    in_vitro : cells in a dish.
    reader : how a volume is read: calliper, or metastases counted or weighed.
    depletion : change of the host whose arm each arm is held against (dependence).
    day : day on which volumes or a marker are read, where the publication tells it; None takes the usual ones.
    """

    measure: Measure
    sites: tuple[str, ...] = ()
    readouts: tuple[OutputRatio, ...] = ()
    in_vitro: bool = False
    reader: str = "calliper"
    depletion: str = field(default="", repr=False)
    day: float | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        """Text that keys the random streams of the question; it never changes, whatever its classes are called."""
        return repr(self).replace(OutputRatio.__name__, "Readout")

    @property
    def outputs(self) -> tuple[str, ...]:
        """Outputs of the model that the question needs beside the volumes."""
        of_dish = self.measure in ("kill", "survivors")
        living = tuple(output_at(LIVING, site) for site in self.sites) if of_dish else ()
        return living + tuple(name for readout in self.readouts for name in readout.outputs)

    @property
    def needs_control(self) -> bool:
        """Whether each arm is read relative to the same arm without any treatment, or in depleted hosts."""
        return self.measure in ("kill", "survivors", "dependence")


def output_at(name: str, site: str) -> str:
    """The output of the model of this name at a site, whatever the user calls the site."""
    return f"{name}@{site_place(site)}"


def parts_of(expression: str) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """Variables above and below the line of each part: `a/(b+c) & d` is ((a,), (b, c)) and ((d,), ()).

    Examples
    --------
    >>> parts_of("danger/(tumour+moribund) & node_cd8")
    ((('danger',), ('tumour', 'moribund')), (('node_cd8',), ()))
    """
    found = []
    for part in expression.split(" & "):
        above, _, below = part.partition("/")
        found.append((_terms(above), _terms(below)))
    return tuple(found)


def _terms(text: str) -> tuple[str, ...]:
    words = (word.strip() for word in text.strip(" ()").split("+"))
    return tuple(word for word in words if word not in _NO_OUTPUT)


def place_of(variable: str) -> tuple[str, str]:
    """Name of a variable and the part of the body it belongs to, "" for a site: `node_cd8` is (cd8, node)."""
    place, _, name = variable.partition("_")
    return (name, place) if place in BODY and name else (variable, "")


def readouts_of(
    expression: str, *sites: str, named: Callable[[str], str] = lambda variable: variable
) -> tuple[OutputRatio, ...]:
    """Outputs of the model behind a readout of a result: `cd8/treg` at sites, `1/blood_lymphocytes`, parts by ` & `.

    Parameters
    ----------
    sites : sites whose outputs are added.
    named : gives the name of a variable in the result for the name in the expression.

    Examples
    --------
    >>> readouts_of("cd4/volume & node_cd8", "primary")[0]
    OutputRatio(above=('cd4@primary',), below=('volume@primary',))
    """

    def outputs(side: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(output for variable in side for output in _outputs(named(variable), sites))

    return tuple(OutputRatio(outputs(above), outputs(below)) for above, below in parts_of(expression))


def _outputs(variable: str, sites: tuple[str, ...]) -> tuple[str, ...]:
    name, body = place_of(variable)
    return (f"{name}@{body}",) if body else tuple(output_at(name, site) for site in sites)
