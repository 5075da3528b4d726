"""The shipped population keeps what the calibration reached: a floor under the battery of mice."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import parameters
from abscopal.evidence.battery import battery
from abscopal.scoring.battery import shipped_sets, simulate, summarise, totals

ANIMALS, SETS = 24, 12
FLAGSHIP = "TSA-3x8-CTLA4-distant"


@pytest.mark.slow
def test_the_battery_of_mice_does_not_fall_back() -> None:
    """The uncalibrated model met 38 % of rows by the median and showed the flagship effect in no set."""
    mice = [r.id for r in battery().rows if parameters.host_of(r.line) == "mouse" and (r.counted or r.id == FLAGSHIP)]
    values = simulate(shipped_sets(SETS), animals=ANIMALS, rows=mice, threads=2)
    summaries = summarise(values, ANIMALS)
    found = totals(summaries, values, ANIMALS)
    assert found.by_median / found.counted > 0.55
    assert found.by_interval / found.counted > 0.75
    assert found.mean_share > 0.45
    assert np.mean(values.loc[FLAGSHIP].to_numpy(dtype=float) >= 0.4) >= 0.25
