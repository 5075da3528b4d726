"""The baseline without mechanism beside a fit: lines of an arm's own, or of the others, and how well they foretell."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import fitting, pipeline, study
from abscopal.fitting.baseline import comparison, lines_without, own_lines, places_of, sample_crps
from abscopal.measurements import BELOW, Measurements, Observation

DAYS = (0.0, 3.0, 6.0, 9.0)


@pytest.fixture(scope="module")
def problem() -> fitting.FitProblem:
    prepared = pipeline.prepare(
        study.from_dict(
            {
                "abscopal": 1,
                "study": "flank",
                "tumour": "CT26",
                "sites": {"flank": {"inoculum": "5e5 cells", "inoculated": "-9 d"}},
                "arms": {"slow": {}, "fast": {}},
                "control": "slow",
                "follow_up": "20 d",
            }
        )
    )
    rows = [
        Observation(arm, f"{arm}{i}", "flank", day, "volume", 50.0 * (1 + i / 5) * np.exp(rate * day))
        for arm, rate in (("slow", 0.05), ("fast", 0.25))
        for i in range(4)
        for day in DAYS
    ]
    rows.append(Observation("slow", "slow9", "flank", 3.0, "volume", 20.0, BELOW))
    return fitting.problem_of(prepared, Measurements(tuple(rows)), fitting.FitChoice(("doubling_time",)))


def test_every_arm_has_its_own_line(problem):
    assert places_of(problem) == (("slow", "flank"), ("fast", "flank"))
    assert own_lines(problem)["fast", "flank"].slope == pytest.approx(0.25, abs=0.01)


def test_of_an_arm_left_out_the_baseline_knows_only_the_others(problem):
    assert lines_without(problem, "slow")["slow", "flank"].slope == pytest.approx(0.25, abs=0.01)


def test_a_fit_that_foretells_exactly_is_better_than_any_line(problem):
    values = np.array([row.observation.value for row in problem.used])
    rng = np.random.default_rng(1)
    exact = values * np.exp(0.01 * rng.standard_normal((1, 200, values.size)))
    table = comparison(problem, exact, own_lines(problem))
    assert table["values"].tolist() == [17, 16]
    fast = table.set_index("arm").loc["fast"]
    assert fast["crps"] < 0.01 < fast["baseline_crps"]
    assert fast["inside_80"] > 0.8


def test_what_lies_below_its_limit_is_inside_wherever_the_band_reaches_below_it(problem):
    values = np.array([row.observation.value for row in problem.used])
    below = np.tile(np.where(values == 20.0, 1.0, values), (1, 50, 1))
    above = np.tile(np.where(values == 20.0, 100.0, values), (1, 50, 1))
    shares = [comparison(problem, given, {}).set_index("arm").loc["slow", "inside_80"] for given in (below, above)]
    assert shares[0] - shares[1] == pytest.approx(1 / 17)


def test_the_score_of_samples_is_theirs_from_the_value_less_half_of_their_own_distance():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=300)
    expected = np.abs(draws - 0.4).mean() - 0.5 * np.abs(draws[:, None] - draws).mean()
    assert sample_crps(draws, 0.4) == pytest.approx(expected)
