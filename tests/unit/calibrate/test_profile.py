"""Profile likelihood: surfaces with a known profile, noise that is called noise, sets whose places are known."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from abscopal.calibrate import profile as command
from abscopal.calibrate import surface
from abscopal.calibrate.identifiability import IDENTIFIABLE, NOT_IDENTIFIABLE, ONE_SIDED, best_group, identify
from abscopal.calibrate.stages import development, stages
from abscopal.calibrate.surface import PLACES, Surface
from abscopal.evidence import catalogue
from abscopal.pipeline import prepare
from abscopal.scoring.parameter_sets import knowledge_places, plausible_medians


def drawn(sets: int, parameters: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((sets, parameters))


def test_profile_of_parameters_that_compensate_is_flat() -> None:
    """l = -5 (a - b)^2 with b held by its spread: max over b is -a^2/2 x 10/11; without products -5 a^2."""
    z = drawn(400, 2)
    fitted = surface.fit(z, -5.0 * (z[:, 0] - z[:, 1]) ** 2, 1e-9)
    assert surface.profile(fitted, 0) == pytest.approx(-0.5 * PLACES**2 * 10.0 / 11.0, abs=1e-3)
    alone = Surface(0.0, np.zeros(2), np.diag([-5.0, -5.0]))
    assert surface.profile(alone, 0) == pytest.approx(-5.0 * PLACES**2)


def test_profile_stays_within_the_range() -> None:
    """A saddle: the other parameter goes to its end, 2, which costs its prior 2 and gives 3 x 2."""
    steep = Surface(1.0, np.array([0.0, 3.0]), np.zeros((2, 2)))
    assert surface.profile(steep, 0) == pytest.approx(np.full(len(PLACES), 1.0 + 6.0 - 2.0))


def test_products_are_believed_only_where_they_predict() -> None:
    z = drawn(300, 6)
    noise = np.random.default_rng(1).standard_normal(300)
    additive = surface.choose_penalty(z, z[:, 0] - z[:, 1] ** 2 + noise)
    assert additive > surface.choose_penalty(z, 3.0 * z[:, 0] * z[:, 1] + noise)


@pytest.fixture(scope="module")
def identified():
    """Two parameters that matter, both ways and one way, among 58 that do not; noise of sd 2."""
    z, names = drawn(500, 60, 3), ["both", "rising", *(f"nothing {i}" for i in range(58))]
    values = -1.5 * z[:, 0] ** 2 + np.where(z[:, 1] < 0, 2.0 * z[:, 1], 0.0)
    return identify(names, z, values + 2.0 * np.random.default_rng(4).standard_normal(500), 1)


def test_what_matters_stands_out_and_nothing_else(identified) -> None:
    found = {p.name: p for p in identified.profiles}
    assert set(identified.fitted) == {"both", "rising"}
    assert found["both"].verdict == IDENTIFIABLE
    assert found["rising"].verdict == ONE_SIDED
    assert found["both"].interval[0] < 0.0 < found["both"].interval[1]
    assert found["both"].ends == pytest.approx((12.0, 12.0), abs=4.0)
    assert found["rising"].ends[0] > 3.84 > found["rising"].ends[1]
    assert {p.verdict for p in identified.profiles[2:]} == {NOT_IDENTIFIABLE}
    assert identified.profiles[0].floor < found["rising"].drop
    assert identified.predicted == pytest.approx(0.55, abs=0.15)  # signal: 5.9 of 9.9 parts


def test_noise_alone_gives_nothing() -> None:
    z = drawn(300, 40)
    found = identify([str(i) for i in range(40)], z, np.random.default_rng(5).standard_normal(300), 1)
    assert found.fitted == ()
    assert found.predicted < 0.02
    below = np.mean([p.drop <= p.floor for p in found.profiles])
    assert below >= 0.85  # the floor is the 95 % quantile of such


def test_a_parameter_goes_to_the_group_that_tells_most() -> None:
    """`a` falls further in the second group, but so do dummies there."""
    z = drawn(300, 2)
    noise = np.random.default_rng(6).standard_normal((2, 300))
    groups = {"one": -0.5 * z[:, 0] ** 2 + 0.3 * noise[0], "other": z[:, 0] + 3.0 * z[:, 1] + 8.0 * noise[1]}
    assert best_group(["a", "b"], z, groups, 1) == {"a": "one", "b": "other"}


def test_places_are_those_of_the_plausible_sets(lab) -> None:
    known = prepare(lab.study("CT26", {"x": lab.x_rays(8)})).declared
    names = ["kill_rate", "homing_rate"]
    medians = plausible_medians(known, range(5), "lab", 7)
    places = knowledge_places(names, 5, 7)
    for name, there in zip(names, places.T, strict=True):
        item = known[name]
        expected = np.clip(item.spread.uncertainty.at(item.value, there), *item.bounds)
        assert medians[:, list(known).index(name)] == pytest.approx(expected)


@pytest.mark.slow
def test_the_command_goes_on_where_it_stopped(tmp_path, monkeypatch, capsys) -> None:
    (record,) = [r for r in development(catalogue()) if r.id == "deng2014_pdl1"]
    file = tmp_path / "parts.jsonl"
    first = command.chances_of_all([record], 1, 8, file, 1)
    monkeypatch.setattr(command, "_part", None)  # nothing is done again
    assert list(first) == ["deng2014_pdl1"]
    again = command.chances_of_all([record], 1, 8, file, 1)
    assert all(np.array_equal(first[record.id][c], again[record.id][c], equal_nan=True) for c in first[record.id])
    # Sets enough for the surface: the same claims, with chances of our own.
    z = knowledge_places(["kill_rate"], 256, command._SEED)[:, 0]
    clear = {record.id: {claim: 1.0 / (1.0 + np.exp(-3.0 * z)) for claim in first[record.id]}}
    command.write([record], clear, 1, 256, tmp_path)
    with (tmp_path / "profile.csv").open(encoding="utf-8") as rows:
        table = list(csv.DictReader(rows))
    assert table[0]["parameter"] == "kill_rate"
    assert table[0]["fitted"] == "True"
    told = json.loads((tmp_path / "profile.json").read_text(encoding="utf-8"))
    assert [n for names in told["suggested"].values() for n in names].count("kill_rate") == 1
    assert set(told["suggested"]) <= {command.NO_STAGE, *(stage.name for stage in stages())}
    assert "kill_rate" in capsys.readouterr().out
