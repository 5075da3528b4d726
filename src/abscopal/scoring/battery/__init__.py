"""The battery simulated: every quantity that an expert knows, in any parameter sets, against its published range.

`simulate` gives a table of row by set; `summarise` holds it against the ranges.
"""

from abscopal.scoring.battery.keeping import simulate_kept
from abscopal.scoring.battery.parameter_sets import GivenSets, PlausibleSets, SetSource, shipped_sets
from abscopal.scoring.battery.report import FILE, battery_document, save
from abscopal.scoring.battery.solving import simulate
from abscopal.scoring.battery.summary import RowSummary, Totals, summarise, totals

__all__ = [
    "FILE",
    "GivenSets",
    "PlausibleSets",
    "RowSummary",
    "SetSource",
    "Totals",
    "battery_document",
    "save",
    "shipped_sets",
    "simulate",
    "simulate_kept",
    "summarise",
    "totals",
]
