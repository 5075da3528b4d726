"""Runs of published models: parameters, doses, ensembles."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import published
from abscopal.errors import InputError


@pytest.fixture(scope="module")
def model():
    return published.load_published("Kuznetsov1994")


def test_names_are_found_whatever_their_case_and_near_ones_are_offered():
    assert published.load_published("kuznetsov1994").name == "Kuznetsov1994"
    with pytest.raises(InputError, match="did you mean 'Kuznetsov1994'"):
        published.load_published("Kuznetsov94")


def test_wrong_parameters_are_all_named(model):
    with pytest.raises(InputError) as error:
        published.simulate(model, [1.0], {"aa": 1.0, "b": float("nan")})
    assert [p.message.split(" ")[0] for p in error.value.problems] == ["unknown", "not"]


def test_subjects_must_be_equally_many(model):
    with pytest.raises(InputError, match="different numbers of subjects"):
        published.simulate(model, [1.0], {"a": [0.1, 0.2], "b": [1e-9, 2e-9, 3e-9]})


def test_a_dose_needs_a_state_and_a_time_within_the_run(model):
    with pytest.raises(InputError, match="unknown state 'Q'"):
        model.dose("Q", 1.0, [0.0])
    with pytest.raises(InputError, match="before the start"):
        published.simulate(model, [1.0], given=model.dose("E", 1.0, [-1.0]))


@pytest.mark.parametrize("times", [[], [1.0, 1.0], [-1.0, 2.0], [float("nan")]])
def test_times_must_increase_from_the_start(model, times):
    with pytest.raises(InputError, match="times"):
        published.simulate(model, times)


def test_a_subject_is_the_same_in_any_ensemble(model):
    small = published.draw(model, {"a": 0.2}, 5, seed=4)
    large = published.draw(model, {"n": 0.1, "a": 0.2}, 500, seed=4)
    np.testing.assert_array_equal(small["a"], large["a"][:5])
    assert np.log(large["a"]).std() == pytest.approx(0.2, abs=0.02)
    assert not np.array_equal(large["a"], published.draw(model, {"a": 0.2}, 500, seed=5)["a"])


def test_a_spread_that_means_nothing_is_refused(model):
    with pytest.raises(InputError, match="unknown parameter"):
        published.draw(model, {"zz": 0.1}, 3)
    with pytest.raises(InputError, match="-1 for a"):
        published.draw(model, {"a": -1.0}, 3)


def test_both_solvers_agree(model):
    times = np.linspace(0.0, 60.0, 13)
    fast = published.simulate(model, times, rtol=1e-8)
    reference = published.simulate(model, times, rtol=1e-10, solver="reference")
    np.testing.assert_allclose(fast.values, reference.values, rtol=1e-6)


def test_the_tidy_table_has_one_row_per_value(model):
    run = published.simulate(model, [0.0, 1.0], {"a": [0.1, 0.2, 0.3]})
    table = run.table()
    assert list(table.columns) == ["subject", "time", "name", "value"]
    assert len(table) == 3 * 2 * 2
    row = table[(table.subject == 2) & (table.time == 1.0) & (table.name == "T")]
    assert row["value"].item() == run["T"][2, 1]
