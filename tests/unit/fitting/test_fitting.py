"""A study fitted to animals whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abscopal import fitting
from abscopal.measurements import BELOW

TRUTH = np.array([0.8, -0.6])
SMALL = fitting.FitEffort(starts=3, particles=128, stages=3, moves=6, most_sweeps=60)
PREVIEW = fitting.FitEffort(starts=3, preview=True)


@pytest.fixture(scope="module")
def found(bench: Any) -> fitting.Fit:
    return fitting.fit(bench.problem(bench.measured(bench.rows(3), TRUTH)), SMALL)


@pytest.mark.slow
def test_the_truth_is_found_with_its_uncertainty(found: fitting.Fit) -> None:
    for i, truth in enumerate(TRUTH):
        place = found.draws.theta[..., i]
        assert abs(place.mean() - truth) < 3.0 * place.std() < 1.0
    table = found.table().set_index("name")
    assert 0.05 < table.loc["cv_volume", "mean"] < 0.15
    assert (table["rhat"] < 1.05).all()
    assert found.label == "posterior"
    assert not found.predictive_check["fails"].any()


@pytest.mark.slow
def test_a_preview_agrees_and_says_what_it_is(bench: Any, found: fitting.Fit) -> None:
    preview = fitting.fit(found.problem, PREVIEW)
    away = (preview.draws.theta.mean((0, 1)) - found.draws.theta.mean((0, 1))) / found.draws.theta.std((0, 1))
    assert np.abs(away).max() < 0.5
    assert preview.label.startswith("preview")


@pytest.mark.slow
def test_the_same_seed_draws_the_same(found: fitting.Fit) -> None:
    again = fitting.fit(found.problem, SMALL)
    assert np.array_equal(again.draws.theta, found.draws.theta)
    assert not np.array_equal(fitting.fit(found.problem, SMALL, seed=2).draws.theta, found.draws.theta)


def test_dropping_what_is_too_small_to_see_misleads_and_censoring_it_does_not(bench: Any) -> None:
    rows = bench.measured(bench.rows(16, days=(4.0,), arms=("x",)), np.array([0.0, 0.5]), cv=0.5)
    limit = float(np.median([row.value for row in rows]))
    seen = [row for row in rows if row.value >= limit]
    censored = [row if row.value >= limit else replace(row, value=limit, censoring=BELOW) for row in rows]
    alpha = {
        name: fitting.fit(bench.problem(given, shared=("alpha_photon",)), PREVIEW).draws.theta[..., 0].mean()
        for name, given in (("all", rows), ("seen", seen), ("censored", censored))
    }
    assert alpha["seen"] < alpha["all"] - 0.1  # the tumour looks more resistant than it is
    assert abs(alpha["censored"] - alpha["all"]) < 0.5 * abs(alpha["seen"] - alpha["all"])


def test_the_data_tell_nothing_of_what_no_arm_shows(bench: Any) -> None:
    rows = bench.measured(bench.rows(2, arms=("control",)), TRUTH)
    table = fitting.fit(bench.problem(rows), PREVIEW).table().set_index("name")
    assert table.loc["alpha_photon", "verdict"] == "the data tell nothing about alpha_photon"
    assert table.loc["doubling_time", "verdict"] == ""


def test_what_the_data_are_expected_to_tell_is_chosen_with_its_reason(bench: Any) -> None:
    problem = bench.problem(bench.rows(2), shared=("auto:3",))
    assert "doubling_time" in [item.name for item in problem.shared]
    assert all("expected information" in item.reason for item in problem.shared)
    control = bench.problem(bench.rows(2, arms=("control",)), shared=("auto:3",))
    assert "alpha_photon" not in [item.name for item in control.shared]


def test_a_model_that_cannot_show_the_data_is_told_in_the_headline(bench: Any) -> None:
    rows = bench.measured(bench.rows(3), TRUTH)
    wrong = [replace(row, value=80.0 if row.day % 2 else 1400.0) for row in rows]
    problem = bench.problem(wrong, shared=("alpha_photon",))
    errors = tuple(replace(item, laws=((0.1, item.laws[0][1], (0.05, 0.2)),)) for item in problem.errors)
    told = fitting.fit(replace(problem, errors=errors), PREVIEW)
    assert told.headline.startswith("The model does not reproduce")
    assert any("does not reproduce volume of" in warning for warning in told.warnings)


def test_deaths_alone_tell_of_growth(bench: Any) -> None:
    rows = [replace(row, observable="death", value=1.0) for row in bench.rows(1, days=(12.0,), arms=("control",))]
    early = [replace(rows[0], animal=str(i), day=10.0 + i % 2) for i in range(6)]
    late = [replace(rows[0], animal=str(i), day=18.0 + i % 2) for i in range(6)]
    fast, slow = (fitting.fit(bench.problem(given, shared=("doubling_time",)), PREVIEW) for given in (early, late))
    assert fast.table()["mean"][0] < slow.table()["mean"][0] - 0.1


def test_a_group_mean_tells_as_much_as_its_animals(bench: Any) -> None:
    rows = bench.measured(bench.rows(6), TRUTH)
    keys = dict.fromkeys((row.arm, row.day) for row in rows)
    means = []
    for arm, day in keys:
        values = np.array([row.value for row in rows if (row.arm, row.day) == (arm, day)])
        means.append(replace(rows[0], arm=arm, animal="", day=day, value=float(values.mean()), statistic="mean",
                             sd=float(values.std(ddof=1)), n=6))  # fmt: skip
    single, grouped = (fitting.fit(bench.problem(given), PREVIEW).draws.theta for given in (rows, means))
    for i in range(2):
        assert abs(single[..., i].mean() - grouped[..., i].mean()) < 3.0 * grouped[..., i].std()


@pytest.mark.slow
def test_leaving_out(found: fitting.Fit) -> None:
    loo = found.loo()
    assert list(loo["animal"]) == [animal.name for animal in found.problem.animals]
    assert np.isfinite(loo["elpd"]).all()
    assert loo["reliable"].mean() > 0.6
    without, rows = found.left_out("x", PREVIEW)
    assert {row.observation.arm for row in without.problem.used} == {"control"}
    assert rows.replicated.shape[-1] == sum(row.observation.arm == "x" for row in found.problem.used)
    # Without the arm alpha keeps its prior, and the prediction is wider.
    part = [i for i, row in enumerate(found.problem.used) if row.observation.arm == "x"]
    wide, sharp = (
        np.log(e).reshape(-1, len(part)).std(0) for e in (rows.replicated, found.evaluation.replicated[..., part])
    )
    assert (wide > sharp).mean() > 0.8


@pytest.mark.slow
def test_animals_with_parameters_of_their_own(bench: Any) -> None:
    own = ("doubling_time", "inoculum_take")
    rows = bench.measured(bench.rows(5), TRUTH, individual=own, seed=3)
    problem = bench.problem(rows, own)
    found = fitting.fit(problem, fitting.FitEffort(starts=2, particles=64, stages=0, moves=20, most_sweeps=120))
    for i, truth in enumerate(TRUTH):
        place = found.draws.theta[..., i]
        assert abs(place.mean() - truth) < 3.0 * place.std()
    random = np.random.default_rng(3)
    truth = random.standard_normal((len(problem.animals), 2))
    mean, sd = found.draws.eta.mean((0, 1)), found.draws.eta.std((0, 1))
    assert (np.abs(mean - truth) < 3.0 * sd).mean() > 0.9
    assert sd[:, 1].mean() < 0.8  # six values tell something of an animal's start
    assert found.draws.worst[0] < 1.15


@pytest.mark.slow
def test_the_files(bench: Any, found: fitting.Fit, tmp_path: Path) -> None:
    import json

    import xarray as xr

    folder = found.save(tmp_path / "fit")
    (folder / "mine.txt").write_text("stays")
    found.save(folder)
    assert sorted(p.name for p in folder.iterdir()) == ["draws.csv", "fit.json", "mine.txt", "posterior.nc"]
    with xr.open_datatree(folder / "posterior.nc") as tree:
        groups = {
            "posterior",
            "prior",
            "posterior_predictive",
            "observed_data",
            "log_likelihood",
            "sample_stats",
            "mode",
        }
        assert set(tree.children) == groups
        assert tree["posterior"]["alpha_photon"].dims == ("chain", "draw")
        assert np.array_equal(tree["posterior"]["place"].values, found.draws.theta)
        assert tree["observed_data"].sizes["row"] == len(found.problem.used)
    told = json.loads((folder / "fit.json").read_text())
    assert told["headline"] == found.headline
    posterior = fitting.open_posterior(folder / "posterior.nc")
    values = posterior.values(bench.prepared, 50, seed=1)
    column = bench.prepared.model.parameter_names.index("doubling_time")
    assert values.shape == (50, len(bench.prepared.declared))
    assert abs(np.log(values[:, column] / found.table()["mean"][0]).mean()) < 0.1
    assert np.array_equal(values, posterior.values(bench.prepared, 50, seed=1))


def test_predictions_of_the_same_animals(bench: Any) -> None:
    own = ("inoculum_take",)
    rows = bench.measured(bench.rows(2), TRUTH, individual=own, seed=5)
    found = fitting.fit(bench.problem(rows, own), PREVIEW)
    curves = found.predict(bench.prepared, np.array([7.0, 13.0]), ["volume@primary"], subjects=40)
    assert curves["x"].shape == (40, 2, 1)
    assert np.median(curves["x"]) < np.median(curves["control"])
    by_animal = curves["control"][:, 0, 0].reshape(-1, 4).mean(axis=0)
    measured = [
        np.mean([r.value for r in rows if r.animal == a.name and r.day == 7.0]) for a in found.problem.animals[:2]
    ]
    assert (by_animal[0] - by_animal[1]) * (measured[0] - measured[1]) > 0 or abs(measured[0] - measured[1]) < 30
