"""Baselines the model has to beat: how often differences are reported, two rules of thumb, two cut-down models.

A rule says which arm wins, or neither; how far it can be trusted is counted once, on the development split, and
committed in `data/rules.yaml`. Like the model, a baseline is asked about two arms in shuffled order and never sees
which was published as the better one: so the prevalence of "a difference" is shared between the two directions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from abscopal.scoring.declarations import read_yaml
from abscopal.scoring.metrics import BETTER, NONE, Probabilities

PREVALENCE, MORE_TREATMENT, HIGHER_BED = "prevalence", "more_treatment", "higher_bed"
INDEPENDENT_ACTION, NO_IMMUNITY = "independent_action", "no_immunity"
BASELINES = (PREVALENCE, MORE_TREATMENT, HIGHER_BED, INDEPENDENT_ACTION, NO_IMMUNITY)


@dataclass(frozen=True)
class RuleRecord:
    """How often a rule was right on the development split.

    Attributes
    ----------
    right, none, wrong : claims where the rule named an arm: that arm was better, no difference, the other was better.
    silent_none, silent_difference : claims where the rule named none: no difference, a difference.
    """

    right: int = 0
    none: int = 0
    wrong: int = 0
    silent_none: int = 0
    silent_difference: int = 0

    def probabilities(self, says: int) -> Probabilities:
        """What the rule is worth for first against second: `says` 1, 0 or -1; counts smoothed by one each."""
        if says == 0:
            total = self.silent_none + self.silent_difference + 3
            none = (self.silent_none + 1) / total
            return Probabilities(0.5 * (1.0 - none), none, 0.5 * (1.0 - none))
        total = self.right + self.none + self.wrong + 3
        found = Probabilities((self.right + 1) / total, (self.none + 1) / total, (self.wrong + 1) / total)
        return found if says > 0 else found.turned


def count(findings: Iterable[tuple[int, int]]) -> RuleRecord:
    """The record of a rule from pairs: what it said of better against worse (1, 0, -1), and the published outcome."""
    counts = dict.fromkeys(("right", "none", "wrong", "silent_none", "silent_difference"), 0)
    for says, outcome in findings:
        if says == 0:
            counts["silent_none" if outcome == NONE else "silent_difference"] += 1
        elif outcome == NONE:
            counts["none"] += 1
        else:
            counts["right" if (says > 0) == (outcome == BETTER) else "wrong"] += 1
    return RuleRecord(**counts)


def committed() -> Mapping[str, RuleRecord]:
    """The committed record of each rule; prevalence is the rule that never names an arm."""
    table: dict[str, Any] = read_yaml("rules.yaml")["rules"]
    return {name: RuleRecord(**row) for name, row in table.items()}
