"""The score as data: every record with its status, every claim with its probabilities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abscopal.scoring.effects import BETTER, UNKNOWN, Effect
from abscopal.scoring.metrics import NONE, Probabilities, correct, published_outcome
from abscopal.scoring.result_scores import ResultScore
from abscopal.vocabulary import UNVERIFIED

SCORED, PARTLY, NOT_COVERED, INVALID = "scored", "partly", "not_covered", "invalid"


@dataclass(frozen=True)
class ClaimScore:
    """One published claim and what the model gives it.

    Attributes
    ----------
    prediction : chances oriented as the claim is (better arm against worse arm); None where not covered.
    direction : chance that the better arm does better at all, significant or not.
    baselines : the same chances by each baseline.
    class_prior : the model's chances with the tumour line at the prior of its class (sensitivity).
    rules : what the rules of thumb say of better against worse: 1, 0 or -1.
    kind : of the record: in_vivo, in_vitro, human_observational.
    part : development, test or given.
    effect : how large the model's difference is.
    unselected : the model's chances if every experiment became a claim (`selection` 1).
    n : animals per arm as published, where they are.
    """

    id: str
    study: str
    metric: str
    relation: str
    better_arm: str
    worse_arm: str
    basis: str
    discriminating: bool | None
    p: str
    kind: str
    part: str
    covered: bool = False
    reason: str = ""
    prediction: Probabilities | None = None
    direction: float = math.nan
    baselines: Mapping[str, Probabilities] = field(default_factory=dict)
    class_prior: Probabilities | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
    effect: Effect | None = None
    unselected: Probabilities | None = None
    n: int | None = None

    @property
    def opinion(self) -> str:
        """What most plausible sets say of better against worse arm; "" where not covered."""
        return self.effect.opinion if self.effect is not None else UNKNOWN if self.covered else ""

    @property
    def unknown(self) -> bool:
        """Whether a difference is reported and the model has no opinion on it."""
        return self.covered and self.outcome != NONE and self.opinion == UNKNOWN

    @property
    def right(self) -> float:
        """1 where what was published is most probable and the effect is one that a reader would draw.

        An equivalence is right where an experiment of that size would most often find no difference.
        """
        if self.prediction is None or self.unselected is None:
            return 0.0
        if self.outcome == NONE:
            return correct(self.unselected, NONE)
        return correct(self.prediction, self.outcome) if self.opinion == BETTER else 0.0

    @property
    def outcome(self) -> int:
        """What was published."""
        return published_outcome(self.relation)

    @property
    def is_marker(self) -> bool:
        """Whether a marker was measured rather than a tumour or survival."""
        return self.metric.startswith("marker")

    @property
    def verified(self) -> bool:
        """False where the claim is from memory; such claims are listed and never summarised."""
        return self.basis != UNVERIFIED


@dataclass(frozen=True)
class Curve:
    """Median volume of one site in one arm over plausible sets and animals."""

    arm: str
    site: str
    days: tuple[float, ...]
    volume_mm3: tuple[float, ...]


@dataclass(frozen=True)
class RecordScore:
    """One record with the status of its scoring, its claims and results, and what the page shows of it.

    `remarks` say which line stands for one that the model does not know, or that the record does not name.
    """

    study: str
    path: str
    status: str
    reasons: tuple[str, ...] = ()
    citation: str = ""
    doi: str = ""
    kind: str = ""
    seed: Mapping[str, Any] = field(default_factory=dict)
    mechanisms: tuple[str, ...] = ()
    arms: tuple[tuple[str, str], ...] = ()
    filled: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
    claims: tuple[ClaimScore, ...] = ()
    results: tuple[ResultScore, ...] = ()


def status_of(claims: tuple[ClaimScore, ...], results: tuple[ResultScore, ...] = ()) -> str:
    """Scored if every claim and result is covered, not covered if none is, else partly."""
    covered = [claim.covered for claim in claims] + [result.covered for result in results]
    if covered and all(covered):
        return SCORED
    return PARTLY if any(covered) else NOT_COVERED
