"""Measured values in a result: counted against the animals, kept in its files, drawn in its figures."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.measurements import BELOW, Measurements, Observation
from abscopal.plots.interactive import immune, outcomes, volumes
from abscopal.plots.measured import measured_curves, measured_survival
from abscopal.report import StudyResult
from abscopal.results.measured import inside

ARM, SITE = "Control", "left leg"


def of_animal(animal: str, day: float, value: float, censoring: int = 0) -> Observation:
    return Observation(ARM, animal, SITE, day, "volume", value, censoring)


ROWS = (
    of_animal("m1", 10, 80.0),
    of_animal("m1", 20, 1e6),
    of_animal("m2", 10, 75.0, BELOW),
    of_animal("m2", 12, 1e-9, BELOW),
    Observation(ARM, "", SITE, 15, "volume", 90.0, statistic="mean", sd=20.0, n=8),
    Observation(ARM, "m1", "node", 5, "dc", 900.0),
)


@pytest.fixture(scope="module")
def measured(result) -> StudyResult:
    return result.with_measurements(Measurements(ROWS, ("commas were read",), "mice.csv"))


def test_a_value_counts_as_inside_where_it_can_lie_among_the_animals(result):
    given = StudyResult.with_measurements(result, Measurements(ROWS[:4], (), "mice.csv"))
    low, high = given.trajectories.quantiles("volume")[[0, -1], 0, 0][:, 10]
    assert low < 75.0 < 80.0 < high
    # The million is above all animals; what is below 1e-9 is below all of them, what is below 75 may be one of them.
    assert (inside(given).count, inside(given).of) == (2, 4)


def test_the_summary_tells_what_was_measured(measured, result):
    told = measured.summary()["measured"]
    assert (told["file"], told["values"], told["remarks"]) == ("mice.csv", 6, ["commas were read"])
    assert told["arms"][0]["observables"] == {"volume": 5, "dc": 1}
    assert result.summary()["measured"] is None


def test_measured_values_come_back_with_the_folder(measured, tmp_path):
    again = StudyResult.read(measured.save(tmp_path / "out", report=False))
    assert again.metadata.measured == measured.metadata.measured


def test_every_measured_value_is_a_mark_in_the_growth_figures(measured):
    paper = measured.plot("growth").axes[0]
    places = np.concatenate([line.get_xydata() for line in paper.lines])
    for row in ROWS[:5]:
        assert [row.day, row.value] in places.tolist()
    web = [t for t in volumes.growth(measured)["data"] if t.get("mode") == "markers"]
    assert sorted(x for t in web for x in t["x"]) == [10, 10, 12, 15, 20]
    assert [t["error_y"]["array"] for t in web if "error_y" in t] == [[20.0]]


def test_a_mean_without_its_spread_has_no_bar(result):
    bare = Observation(ARM, "", SITE, 15, "volume", 90.0, statistic="mean", n=8)
    given = result.with_measurements(Measurements((bare,), (), "mice.csv"))
    web = [t for t in volumes.growth(given)["data"] if t.get("mode") == "markers"]
    assert [t.get("error_y") for t in web] == [None]
    given.plot("growth", log=True)


def test_a_readout_of_the_body_is_drawn_in_its_own_panel(measured):
    figure = immune.readouts(measured)
    (mark,) = [t for t in figure["data"] if t.get("mode") == "markers"]
    (line,) = [t for t in figure["data"] if t["mode"] == "lines" and t["yaxis"] == mark["yaxis"] and t["name"] == ARM]
    assert (mark["x"], mark["y"]) == ([5.0], [900.0])
    assert line["meta"] == mark["meta"] == "body"


def test_measured_animals_have_steps_of_their_own(measured):
    curve = measured_survival(measured, ARM)
    # m1 is measured above the limit on day 20; m2 is last seen on day 12.
    assert curve.at([11.0, 20.0]).tolist() == [1.0, 0.0]
    assert measured_survival(measured, "Carbon") is None
    names = [t["name"] for t in outcomes.survival(measured)["data"] if t.get("line", {}).get("width") == 1.1]
    assert names == [ARM]


def test_an_arm_without_values_has_no_marks(measured):
    assert measured_curves(measured, "volume", "Carbon", SITE) is None


def test_the_report_says_how_measured_values_are_drawn(measured, result):
    assert "mice.csv: 6 measured values" in measured.report()
    assert "open triangles" in measured.report()
    assert "open triangles" not in result.report()
