"""What the score holds of one measured result: what was found, and how well it was foretold."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from abscopal.scoring.declarations import read_yaml
from abscopal.statistics.predictive import Foretold
from abscopal.vocabulary import ALIVE, COUNT, SHARE_METRICS, UNVERIFIED, VOLUME

BY_LINE, BY_CLASS, UNCALIBRATED = "line_and_treatment", "treatment", "uncalibrated"
RESULT_BASELINES = (BY_LINE, BY_CLASS, UNCALIBRATED)
DAYS = "days"  # `alive` given as times of animals


@cache
def declared() -> dict[str, Any]:
    """Everything in `data/results.yaml`."""
    loaded: dict[str, Any] = read_yaml("results.yaml")
    return loaded


def between_studies(what: str) -> float:
    """Declared spread between studies, of `share`, `volume`, `hazard_ratio` or `count`; or the `freedom` of its law."""
    return float(declared()["between_studies"][what]["value"])


@dataclass(frozen=True)
class ResultScore:
    """One measured result and its predictive distribution.

    Attributes
    ----------
    kind : `days` of animals, `share`, `volume`, `hazard_ratio` or `count`.
    value : what was measured, in `unit`; of days of animals their mean up to the end of the follow-up.
    crps_unit : unit of the CRPS: that of the value, or its natural logarithm.
    foretold : by the model; None where not covered.
    baselines : by each baseline that has an answer.
    learnt_from : baseline -> what its answer was learnt from, and whether this study was among it.
    treatment : treatment class of the arm.
    """

    id: str
    study: str
    arm: str
    metric: str
    kind: str
    site: str
    day: float | None
    value: float
    unit: str
    crps_unit: str
    n: int | None
    basis: str
    part: str
    treatment: str = ""
    versus: str = ""
    covered: bool = False
    reason: str = ""
    foretold: Foretold | None = None
    baselines: Mapping[str, Foretold] = field(default_factory=dict)
    learnt_from: Mapping[str, str] = field(default_factory=dict)

    @property
    def verified(self) -> bool:
        """False where the number is from memory; such results are listed and never summarised."""
        return self.basis != UNVERIFIED


def kind_of_metric(metric: str, times: bool) -> str:
    """What kind of number a metric is."""
    if metric == ALIVE and times:
        return DAYS
    if metric in SHARE_METRICS:
        return "share"
    return "count" if metric.startswith(COUNT) else metric


def units_of(kind: str, unit: str = "") -> tuple[str, str]:
    """Unit of the value and of its CRPS."""
    if kind == DAYS:
        return "d", "d"
    if kind == "share":
        return "share of animals", "share of animals"
    shown = "mm3" if kind == VOLUME else unit or "1"
    return shown, f"natural logarithm of {shown}" if shown != "1" else "natural logarithm"


def number(value: float) -> float | None:
    """A number for JSON; None where there is none."""
    return value if math.isfinite(value) else None
