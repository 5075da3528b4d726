"""Declared numbers of every simulated experiment: group sizes, instruments, levels, days of comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from abscopal.storage.packaged import read_yaml

_FILE = "experiments.yaml"


@cache
def declared() -> Mapping[str, Any]:
    """Everything in `data/experiments.yaml`."""
    found: Mapping[str, Any] = read_yaml("abscopal.statistics", _FILE)
    return found


def declared_text() -> str:
    """The file itself, for those who hash it: another number is another experiment."""
    return resources.files("abscopal.statistics").joinpath("data", _FILE).read_text(encoding="utf-8")


@dataclass(frozen=True)
class Instrument:
    """How a quantity is read on one subject.

    Attributes
    ----------
    cv : coefficient of variation of the log-normal error [1].
    smallest : value below which nothing is seen [unit of the quantity].
    """

    cv: float
    smallest: float


def instrument(name: str, smallest: float = 0.0) -> Instrument:
    """The declared instrument of a name; `smallest` where the file declares none."""
    row = declared()["observation"][name]
    return Instrument(float(row["cv"]), float(row.get("smallest", smallest)))


def group_size_rows() -> Mapping[str, Mapping[str, Any]]:
    """Distributions of the group size, in the format of the defaults that fill records."""
    rows: Mapping[str, Mapping[str, Any]] = declared()["group_sizes"]
    return rows


def group_sizes(in_vitro: bool) -> tuple[int, int]:
    """Smallest and largest group of an experiment whose publication gives no number."""
    row = group_size_rows()[group_size_name(in_vitro)]
    spread = row.get("spread", {}).get("uncertainty")
    low, high = (spread["low"], spread["high"]) if spread else (row["value"], row["value"])
    return int(low), int(high)


def group_size_name(in_vitro: bool) -> str:
    """Name of the group size of animals or of dishes."""
    return "group_size_in_vitro" if in_vitro else "group_size_in_vivo"


def level(p_is_published: bool) -> float:
    """Level of p at which an author speaks of a difference: what is significant, or without a p what is visible."""
    return float(declared()["decision"]["significance" if p_is_published else "visible"]["value"])


def assay_of(unit: str) -> str:
    """The instrument of a marker, from the unit of what is read."""
    return "flow_cytometry" if unit.startswith(tuple(declared()["counted_units"])) else "blot"


def marker_days(assay: str, in_vitro: bool) -> tuple[float, ...]:
    """Days after the first treatment on which a marker is looked at; every one is as likely."""
    return tuple(float(day) for day in declared()["marker_days"]["in_vitro" if in_vitro else assay]["days"])


def smallest_share() -> float:
    """Share of the largest value in any arm below which a readout is below detection."""
    return float(declared()["smallest_share"]["value"])


def alive_share() -> float:
    """Share of the subjects of a group that have to be there on a day of comparison."""
    return float(declared()["comparison"]["alive_share"]["value"])


def earliest_day() -> float:
    """Days after the first treatment before which nobody compares."""
    return float(declared()["comparison"]["earliest_day"]["value"])
