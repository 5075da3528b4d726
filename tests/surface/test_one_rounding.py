"""A value prints the same in the terminal's table, in the report and in the sentences of the summary."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rich.console import Console

from abscopal.cli.outcomes import outcome_table
from abscopal.report import StudyResult
from abscopal.report.sections import content

# Rounded to two digits and then to one, or to three significant ones, each of these prints as its neighbour.
DELAYS = (22.149, 30.349, 9.949, 99.96, 100.04)
START, RATE = 1.0, 0.25


@pytest.fixture(scope="module")
def delayed():
    """Two arms of equal animals: one reaches the limit on an exact day, the control on day 10."""

    def build(delay: float) -> StudyResult:
        import xarray as xr

        time = np.arange(0.0, 140.0)
        limit = START * np.exp(RATE * 10.0)
        late = limit * np.exp(0.01 * (time - 10.0 - delay))
        volume = np.stack([START * np.exp(RATE * time), late])[:, None, None, :] * np.ones((2, 3, 1, 1))
        data = xr.Dataset(
            {"volume": (("arm", "subject", "site", "time"), volume), "status": (("arm", "subject"), np.zeros((2, 3)))},
            coords={"arm": ["control", "late"], "site": ["flank"], "time": time},
        )
        meta = {
            "arms": [{"name": "control", "control": True}, {"name": "late"}],
            "compare": [["late", "control"]],
            "endpoints": {
                "survival": {"volume_limit_mm3": float(limit), "of": "any"},
                "response": {"day": 30.0, "complete_below_mm3": 20.0, "partial_below_fraction": 0.5},
            },
        }
        return StudyResult.build(data, meta)

    return build


def terminal(result: StudyResult) -> str:
    console = Console(width=300)
    with console.capture() as captured:
        console.print(outcome_table(result, console.width))
    return captured.get()


@pytest.mark.parametrize("delay", DELAYS)
def test_days_are_rounded_once(delayed, delay):
    result = delayed(delay)
    shown, said = terminal(result), content(result)
    row = said["site_tables"][0]["rows"][1]
    text = f"{delay:.1f}".removesuffix(".0")
    assert row["delay"].startswith(f"{text} (")
    assert f" {text} days" in shown
    median = f"{10.0 + delay:.1f}".removesuffix(".0")
    assert said["survival_rows"][1]["median"] == median
    assert f" {median} days" in shown
    assert f"median {median} days against 10 days" in result.summary()["comparisons"][0]["sentence"]


def test_shares_are_rounded_once(delayed):
    result = delayed(30.0)
    shares = [row["complete"] for row in content(result)["site_tables"][0]["rows"]]
    assert all(re.match(r"\d", share) for share in shares)
    numbers = [r"\D+".join(re.findall(r"[\d.]+", share)) for share in shares]  # an interval is written shorter there
    assert all(re.search(rf"\b{found} %", terminal(result)) for found in numbers)
