"""How probable each candidate set finds each published claim: simulated experiments, set by set."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abscopal.calibrate.stages import Stage, belongs
from abscopal.evidence import Conversion, Record, convert
from abscopal.scoring.declarations import Effort
from abscopal.scoring.metrics import published_outcome
from abscopal.scoring.predictor import publication_bias
from abscopal.scoring.questions import ask
from abscopal.scoring.set_chances import claim_chances
from abscopal.statistics.accuracy import Floats


def chances_of(record: Record, stage: Stage, effort: Effort) -> dict[str, Floats]:
    """Chance of what was published in each set, for every claim of a record that a stage uses.

    Returns
    -------
    Claim id -> array (sets,), averaged over the lines of the record; NaN where no animal of a set could be simulated.
    """

    def wanted(conversion: Conversion, name: str) -> bool:
        return _used(record, stage, conversion, name)

    found = {
        name: [_published(record, name, chances) for chances in lines]
        for name, lines in claim_chances(record, effort, wanted).items()
    }
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


def _used(record: Record, stage: Stage, conversion: Conversion, name: str) -> bool:
    claim, study, arms = record.claim(name), conversion.study, conversion.arms
    if study is None:
        return False
    return belongs(stage, record, claim, (study.arm(arms[claim.better_arm]), study.arm(arms[claim.worse_arm])))


def _published(record: Record, name: str, chances: Floats) -> Floats:
    """The column of what was published, of chances (sets, 3) for better arm better, none, worse arm better."""
    claimed = chances * np.array([1.0, publication_bias(), 1.0])
    return np.asarray(claimed[:, published_outcome(record.claim(name).relation)] / claimed.sum(axis=1))


def log_likelihood(chances: Sequence[Floats], lapse: float, most: int) -> Floats:
    """Log-likelihood of one study's claims in each set, claims beyond `most` counting as so many together.

    A set that could not be simulated counts as knowing nothing.
    """
    filled = np.nan_to_num(np.stack(chances), nan=1.0 / 3.0)
    logs = np.log((1.0 - lapse) * filled + lapse / 3.0)
    return np.asarray(logs.mean(axis=0) * min(len(chances), most))
