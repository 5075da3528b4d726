"""Levels of the calibration, the pool of arms, and what it hands on."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import parameters
from abscopal.calibrate import __main__ as command
from abscopal.calibrate import levels, written
from abscopal.calibrate.facts import rows_wanted
from abscopal.calibrate.levels import Level
from abscopal.calibrate.pool import MeasuredPool, PoolArm
from abscopal.calibrate.survival_table import Course, MeasuredArm
from abscopal.errors import InputError
from abscopal.parameters.population import parse_population


@pytest.mark.parametrize("level", [Level("log", 3.0, 0.5), Level("logit", 0.3, 0.8), Level("plain", 4.0, 0.7)])
def test_places_and_values_are_inverse(level) -> None:
    places = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_allclose(level.places(level.at(places)), places)
    assert level.at(np.array(0.0)) == pytest.approx(level.centre)


def test_every_level_is_a_parameter() -> None:
    assert set(levels.declared()["shared"]) <= set(parameters.shared())
    assert set(levels.declared()["lines"]) <= set(parameters.shared())
    assert set(levels.declared()["priors"]) <= set(parameters.lines())


def test_no_target_is_from_memory_or_of_a_patient() -> None:
    assert len(rows_wanted()) > 15
    for row in rows_wanted():
        assert row.source.kind != "memory", row.id
        assert parameters.host_of(row.line) == "mouse", row.id


def test_what_is_written_gives_back_the_sets() -> None:
    columns = levels.columns()
    places = np.random.default_rng(1).standard_normal((50, len(columns))) * 0.6 + 0.3
    files = written.files(places, columns)
    population = parse_population(files["population.csv"])
    row = next(r for r in written.fitted(places, columns) if r.name == "kill_rate")
    level = levels.shared_levels()["kill_rate"]
    uncertainty = parameters.Distribution("lognormal", row.width)
    again = uncertainty.at(row.value, np.array(population.of("kill_rate", "")))
    np.testing.assert_allclose(again, level.at(places[:, columns.index("kill_rate")]), rtol=2e-3)
    assert population.of("antigenicity", "CT26") != population.of("antigenicity", "MC38")
    assert population.of("antigenicity", "a line of nobody") is None


def test_without_data_nothing_begins(tmp_path) -> None:
    with pytest.raises(InputError, match="no measured data"):
        command.calibrate(tmp_path / "out", tmp_path, 4, 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_arms_of_a_pool_differ_by_their_treatment_alone() -> None:
    columns = levels.columns()

    def volumes(*courses: Course) -> tuple[np.ndarray, np.ndarray]:
        mice = MeasuredArm("study", "mice", "MC38", "SC", "", 5e5, 12.0, 20.0, courses, (), ())
        pool = MeasuredPool([PoolArm("mice", "MC38", mice, 20.0, 1500.0)], 6, 1)
        return pool.simulate(np.zeros((2, len(columns))), columns, 1)["mice"]

    (days, untreated), (_, irradiated) = volumes(), volumes(Course("RT", 30.0, (12.0,)))
    assert (untreated[0] == untreated[1]).all()
    # half a million cells, a million to the mm3
    assert np.median(untreated[0, :, 0]) == pytest.approx(0.5, rel=0.15)
    np.testing.assert_allclose(untreated[:, :, days < 12.0], irradiated[:, :, days < 12.0], rtol=1e-3)
    assert np.median(irradiated[0, :, -1]) < 0.5 * np.median(untreated[0, :, -1])
