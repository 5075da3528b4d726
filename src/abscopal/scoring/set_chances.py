"""Chances of the outcomes of every claim of a record in each plausible set, by the model alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from abscopal.errors import AbscopalError
from abscopal.evidence import Claim, Conversion, Record, convert
from abscopal.evidence.curation.culture import DISH, setting_of
from abscopal.model.language import ModelError
from abscopal.scoring.declarations import Effort
from abscopal.scoring.predictor import chances_by_set
from abscopal.scoring.questions import ask
from abscopal.statistics.accuracy import Floats

MARKERS, OUTCOMES, IN_VITRO = "markers", "outcomes", "in_vitro"


def kind_of(record: Record, claim: Claim) -> str:
    """What a claim is about: outcomes, markers or in_vitro."""
    if setting_of(record, claim) == DISH:
        return IN_VITRO
    return MARKERS if claim.is_marker else OUTCOMES


def claim_chances(
    record: Record, effort: Effort, wanted: Callable[[Conversion, str], bool] = lambda conversion, claim: True
) -> dict[str, list[Floats]]:
    """Shares of the simulated experiments of each set that find the better arm better, none, the worse arm better.

    Parameters
    ----------
    wanted : whether a claim, by its id, is asked of a line's conversion.

    Returns
    -------
    Claim id -> an array (sets, 3) per line of the record that covers it; NaN where a set has no animal.
    """
    found: dict[str, list[Floats]] = {}
    for line, conversion in enumerate(convert(record, effort.filled_by, seed=effort.seed)):
        questions, _ = ask(record, conversion, effort.seed)
        asked = {name: one for name, one in questions.items() if wanted(conversion, name)}
        if not asked:
            continue
        draws = range(effort.draws)
        studies = [convert(record, effort.filled_by, draw=draw, seed=effort.seed)[line].study for draw in draws]
        try:
            by_set = chances_by_set([s for s in studies if s], [one.asked for one in asked.values()], effort)
        except (AbscopalError, ModelError):
            continue
        for (name, oriented), chances in zip(asked.items(), by_set, strict=True):
            found.setdefault(name, []).append(np.asarray(chances[:, ::-1] if oriented.turned else chances))
    return found
