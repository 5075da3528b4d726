"""How probable each candidate set finds each published claim: imitated experiments, set by set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abscopal.calibrate.stages import Stage, belongs
from abscopal.errors import AbscopalError
from abscopal.evidence import Record, convert
from abscopal.evidence.scoring.asking import Oriented, ask
from abscopal.evidence.scoring.declarations import Effort
from abscopal.evidence.scoring.experiments import Floats
from abscopal.evidence.scoring.measures import published_outcome
from abscopal.evidence.scoring.predictor import chances_by_set, selected_share
from abscopal.model.language import ModelError


def chances_of(record: Record, stage: Stage, effort: Effort) -> dict[str, Floats]:
    """Chance of what was published in each set, for every claim of a record that a stage uses.

    Returns
    -------
    Claim id -> array (sets,), averaged over the lines of the record; NaN where no animal of a set could be simulated.
    """
    found: dict[str, list[Floats]] = {}
    for line, conversion in enumerate(convert(record, seed=effort.seed)):
        questions, _ = ask(record, conversion, effort.seed)
        wanted = {name: one for name, one in questions.items() if _used(record, stage, conversion, name)}
        if not wanted:
            continue
        studies = [convert(record, draw=draw, seed=effort.seed)[line].study for draw in range(effort.draws)]
        try:
            by_set = chances_by_set([s for s in studies if s], [one.asked for one in wanted.values()], effort)
        except (AbscopalError, ModelError):
            continue
        for (name, oriented), chances in zip(wanted.items(), by_set, strict=True):
            found.setdefault(name, []).append(_published(record, name, oriented, chances))
    return {name: np.nanmean(rows, axis=0) if len(rows) > 1 else rows[0] for name, rows in found.items()}


def claims_of(record: Record, among: Sequence[Stage]) -> dict[str, str]:
    """Claim id -> the stage that uses it, for the claims of a record that one of some stages uses; nothing is run."""
    found: dict[str, str] = {}
    for conversion in convert(record):
        for name in ask(record, conversion, seed=1)[0]:
            for stage in among:
                if _used(record, stage, conversion, name):
                    found[name] = stage.name
    return found


def _used(record: Record, stage: Stage, conversion: object, name: str) -> bool:
    claim = record.claim(name)
    study, arms = conversion.study, conversion.arms  # type: ignore[attr-defined]
    return belongs(stage, record, claim, (study.arm(arms[claim.better_arm]), study.arm(arms[claim.worse_arm])))


def _published(record: Record, name: str, oriented: Oriented, chances: Floats) -> Floats:
    """The column of what was published, of chances (sets, 3) for first better, none, second better."""
    turned = chances[:, ::-1] if oriented.turned else chances
    claimed = np.stack([turned[:, 0], selected_share() * turned[:, 1], turned[:, 2]], axis=1)
    return np.asarray(claimed[:, published_outcome(record.claim(name).relation)] / claimed.sum(axis=1))


def log_likelihood(chances: Sequence[Floats], lapse: float, most: int) -> Floats:
    """Log-likelihood of one study's claims in each set, claims beyond `most` counting as so many together.

    A set that could not be simulated counts as knowing nothing.
    """
    filled = np.nan_to_num(np.stack(chances), nan=1.0 / 3.0)
    logs = np.log((1.0 - lapse) * filled + lapse / 3.0)
    return np.asarray(logs.mean(axis=0) * min(len(chances), most))
