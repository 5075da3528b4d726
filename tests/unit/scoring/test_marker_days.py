"""The days on which a marker is read: counted from the first treatment of either arm, whatever day of the study it is.

Worked by hand, on the count of blood lymphocytes: nothing but radiation changes it, so that it stays at its base line
until an animal is irradiated, and falls at once. Cells are counted by flow cytometry 3, 5, 7, 10 or 14 days after the
first treatment.
"""

from __future__ import annotations

from typing import Any

import pytest

from abscopal.results.questions import OutputRatio, Question
from abscopal.scoring.declarations import Effort
from abscopal.scoring.pools import MODEL
from abscopal.scoring.predictor import Answer, Asked, predict
from abscopal.statistics import conventions

EFFORT = Effort(sets=6, animals=6, draws=1, experiments_per_set=10)
COUNT = Question("marker", readouts=(OutputRatio(("lymphocytes@blood",)),))
READ = (3, 5, 7, 10, 14)
FIRST = 5  # day of the first fraction; it gives no dose, and counts as treatment
DOSE_GY = 6.0
SITES = {"primary": {"inoculum": "1e6 cells", "inoculated": "0 d"}}


def _answer(lab: Any, one: Any, other: Any) -> Answer:
    """What is found on the count of `one` against `other`; each has a first fraction of no dose."""
    sham = lab.x_rays(0, (FIRST,))
    arms = {"one": lab.both(sham, one), "other": lab.both(sham, other)}
    study = lab.study("CT26", arms, sites=SITES, clock="inoculation", follow_up=40)
    (answer,) = predict([study], [Asked(COUNT, "one", "other")], EFFORT).answers
    assert answer is not None
    return answer


def _body(lab: Any, *days: float) -> Any:
    return lab.x_rays(DOSE_GY, days, "whole_body")


def test_the_days_are_those_declared() -> None:
    assert conventions.marker_days("flow_cytometry", in_vitro=False) == READ


def test_every_reading_lies_between_three_and_fourteen_days_after_the_first_treatment(lab: Any) -> None:
    """One arm loses its lymphocytes half a day before the first reading, the other half a day after the last."""
    low = tuple(FIRST + day for day in (2.5, 4.5, 6.5, 9.5, 13.5))  # irradiated again before it can recover
    after = _body(lab, FIRST + 14.5)
    answer = _answer(lab, after, _body(lab, *low))
    assert answer.direction == 1.0  # in every experiment the arm not yet irradiated has more
    # All of six parameter sets find it; one is added to each of the three outcomes.
    assert answer.chances[MODEL].better == pytest.approx((6 + 1) / (6 + 3))
