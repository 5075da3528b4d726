"""The cases of the sensitivity analysis: their studies, and the readouts that the tables are about."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mechanism_figures import both, drug, x_rays
from numpy.typing import NDArray

from abscopal import study
from abscopal.study import Study

Floats = NDArray[np.float64]

DAYS = (0, 1, 3, 7, 14, 20)
LAST_DAY = 20
GROUP = 10  # animals or patients whose mean is measured
LINES = {"hot": "MC38", "intermediate": "EO771", "cold": "B16-F10"}
PATIENTS = "CAR-T"
THREE, ONE = x_rays(8, (0, 1, 2)), x_rays(12)
DUAL = both(drug("anti-PD-1"), drug("anti-CTLA-4"))
CAR_T = {"cells": [{"product": "CD19 CAR-T (CD28)", "number": "1e8 cells", "route": "iv", "days": ["0 d"]}]}


@dataclass(frozen=True)
class Readout:
    """What is measured: log of a sum of outputs over a sum of others (or the output itself where `linear`).

    Attributes
    ----------
    noise : standard error of the mean of a group, on the scale of the readout.
    floor : least value that is told from nothing.
    least_below : least amount of what it is divided by: that of a tumour which is just felt.
    """

    label: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    noise: float
    floor: float
    least_below: float = 1.0
    linear: bool = False

    def of(self, outputs: Floats, names: Sequence[str]) -> Floats:
        """Values (rows, times)."""
        value = sum((outputs[..., names.index(name)] for name in self.above), np.zeros(outputs.shape[:-1]))
        if self.linear:
            return value
        if self.below:
            value = value / np.maximum(sum(outputs[..., names.index(name)] for name in self.below), self.least_below)
        return np.asarray(np.log(np.maximum(value, self.floor)))


@dataclass(frozen=True)
class Main:
    """One of the readouts that the tables are about.

    Attributes
    ----------
    terms : columns it is the sum of, each (factor, arm, readout, day or "peak"); the factor makes natural logs decimal.
    """

    key: str
    meaning: str
    unit: str
    terms: tuple[tuple[float, str, str, int | str], ...]


_LOG10 = 1.0 / math.log(10.0)


def _ratio(key: str, meaning: str, arm: str, against: str) -> Main:
    terms = ((_LOG10, arm, "volume@secondary", LAST_DAY), (-_LOG10, against, "volume@secondary", LAST_DAY))
    return Main(key, meaning, "log10 of a ratio of volumes", terms)


MICE = (
    Main(
        "control",
        "irradiated tumour on day 20 after 1 x 12 Gy",
        "log10 of mm³",
        ((_LOG10, "1 x 12 Gy", "volume@primary", LAST_DAY),),
    ),
    _ratio(
        "abscopal dual",
        "distant tumour on day 20, 3 x 8 Gy + anti-PD-1 + anti-CTLA-4 over untreated",
        "RT + dual",
        "untreated",
    ),
    _ratio("abscopal PD-1", "distant tumour on day 20, 3 x 8 Gy + anti-PD-1 over untreated", "RT + PD-1", "untreated"),
    _ratio(
        "added by RT",
        "distant tumour on day 20, 3 x 8 Gy + both antibodies over both antibodies alone",
        "RT + dual",
        "dual",
    ),
)
CRS = (
    Main(
        "CRS",
        "peak severity of the cytokine release syndrome",
        "severity, 0 to 4",
        ((1.0, "CAR-T", "crs_severity@blood", "peak"),),
    ),
    Main("IL-6", "peak of IL-6 in blood", "log10 of pg/mL", ((_LOG10, "CAR-T", "il6@blood", "peak"),)),
)


def base_name(name: str) -> str:
    """The declared name of a parameter: without its place."""
    return re.sub(r"@.*", "", name)


def mice(line: str) -> Study:
    primary = {"inoculum": "1e6 cells", "inoculated": "-9 d", "start_volume": {"value": "75 mm3", "day": "0 d"}}
    arms = {
        "untreated": {},
        "1 x 12 Gy": ONE,
        "RT + PD-1": both(THREE, drug("anti-PD-1")),
        "dual": DUAL,
        "RT + dual": both(THREE, DUAL),
    }
    sites = {"primary": primary, "secondary": {"inoculum": "1e6 cells", "inoculated": "-7 d"}}
    return _study(f"sensitivity, {line}", line, sites, arms, f"{LAST_DAY} d", host={"immune": "competent"})


def patients() -> Study:
    sites = {"primary": {"start_volume": {"value": "100 cm3", "day": "-10 d"}}}
    return _study(
        "sensitivity, CAR-T",
        "B-cell lymphoma",
        sites,
        {"untreated": {}, "CAR-T": CAR_T},
        "28 d",
        host={"species": "human"},
    )


def _study(name: str, line: str, sites: object, arms: object, follow_up: str, host: object) -> Study:
    given = {"abscopal": 1, "study": name, "tumour": line, "host": host, "sites": sites, "arms": arms}
    cohort = {"size": 1, "seed": 1, "arms": "shared"}
    return study.from_dict({**given, "control": "untreated", "cohort": cohort, "follow_up": follow_up})
