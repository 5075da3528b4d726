"""Groups of claims and their summaries: outcomes, markers and in-vitro apart, discriminating apart, split apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from abscopal.scoring.baselines import BASELINES
from abscopal.scoring.claim_scores import ClaimScore
from abscopal.scoring.declarations import declared
from abscopal.scoring.metrics import (
    CalibrationBin,
    Gain,
    Probabilities,
    Scored,
    Summary,
    calibration,
    gain,
    per_study,
    summarise,
)
from abscopal.scoring.split import DEVELOPMENT, TEST

KINDS: Mapping[str, Callable[[ClaimScore], bool]] = {
    "all": lambda c: True,
    "outcomes": lambda c: c.kind == "in_vivo" and not c.is_marker,
    "outcomes_discriminating": lambda c: c.kind == "in_vivo" and not c.is_marker and bool(c.discriminating),
    "markers": lambda c: c.kind == "in_vivo" and c.is_marker,
    "markers_discriminating": lambda c: c.kind == "in_vivo" and c.is_marker and bool(c.discriminating),
    "in_vitro": lambda c: c.kind == "in_vitro",
}


@dataclass(frozen=True)
class GroupSummary:
    """Scores of one group of verified claims.

    Attributes
    ----------
    model, baselines, class_prior : means over the covered claims.
    gains : log-score gain per study over each baseline.
    best : the baseline with the best log score per study; one that says the same as the model of every claim, as a
        model without immunity does of cells in a dish, is the model and no baseline.
    direction : share of claims that report a difference in which the model's more likely direction is the published.
    claims : verified claims of the group, covered or not.
    unselected : means over the covered claims if every experiment became a claim (`selection` 1).
    right : share of covered claims whose outcome is most probable with an effect that a reader would draw.
    unknown : share of covered claims of a difference on which the model has no opinion.
    """

    model: Summary
    baselines: Mapping[str, Summary]
    class_prior: Summary
    gains: Mapping[str, Gain]
    best: str
    direction: float
    calibration: tuple[CalibrationBin, ...]
    claims: int
    unselected: Summary
    right: float
    unknown: float

    @property
    def coverage(self) -> float:
        """Share of the verified claims that are covered."""
        return self.model.n / self.claims if self.claims else float("nan")


def summaries(claims: Sequence[ClaimScore], seed: int) -> dict[str, GroupSummary]:
    """Every group that has a verified claim, by name: `outcomes`, `test.outcomes` and so on."""
    parts = {"": claims}
    for part in (DEVELOPMENT, TEST):
        parts[f"{part}."] = [c for c in claims if c.part == part]
    found = {}
    for prefix, chosen in parts.items():
        for name, belongs in KINDS.items():
            group = [c for c in chosen if c.verified and belongs(c)]
            if group:
                found[prefix + name] = summary_of(group, seed)
    return found


def summary_of(claims: Sequence[ClaimScore], seed: int) -> GroupSummary:
    """Scores of one group of claims; those not covered count for the coverage alone."""
    covered = [c for c in claims if c.covered]
    model = _scored(covered, lambda c: c.prediction)
    baselines = {name: _scored(covered, lambda c, name=name: c.baselines.get(name)) for name in BASELINES}
    resamples = int(declared()["bootstrap"]["value"])
    by_study = per_study(model)
    theirs = {name: per_study(rows) for name, rows in baselines.items()}
    gains = {name: gain(by_study, rows, resamples, seed) for name, rows in theirs.items()}
    other = {name: gains[name].mean for name, rows in baselines.items() if rows != model} or {"": 0.0}
    best = min(other, key=other.__getitem__)
    return GroupSummary(
        model=summarise(model),
        baselines={name: summarise(rows) for name, rows in baselines.items()},
        class_prior=summarise(_scored(covered, lambda c: c.class_prior or c.prediction)),
        gains=gains,
        best=best,
        direction=_direction(covered),
        calibration=calibration(model),
        claims=len(claims),
        unselected=summarise(_scored(covered, lambda c: c.unselected or c.prediction)),
        right=_mean(c.right for c in covered),
        unknown=_mean(float(c.unknown) for c in covered),
    )


def _mean(values: Iterable[float]) -> float:
    there = list(values)
    return sum(there) / len(there) if there else float("nan")


def _scored(claims: Iterable[ClaimScore], of: Callable[..., Probabilities | None]) -> list[Scored]:
    found = []
    for claim in claims:
        prediction = of(claim)
        if prediction is None:
            raise ValueError(f"{claim.id}: a covered claim lacks a prediction")
        found.append(Scored(claim.study, prediction, claim.outcome))
    return found


def _direction(claims: Sequence[ClaimScore]) -> float:
    told = [c.direction for c in claims if c.relation == ">"]
    return sum(1.0 if d > 0.5 else 0.5 if d == 0.5 else 0.0 for d in told) / len(told) if told else float("nan")
