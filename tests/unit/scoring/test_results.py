"""Measured results are foretold blind, by sets, studies and groups of their size, and held against baselines."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abscopal.evidence import Record, RecordArm, read_record
from abscopal.evidence.records import RecordCells, RecordDrug, RecordRadiation
from abscopal.scoring import Effort, evaluate_record
from abscopal.scoring import empirical as means
from abscopal.scoring.effects import UNKNOWN, effect_of
from abscopal.scoring.empirical import Empirical, Fact, as_csv, committed, parsed, table_of, treatment_class
from abscopal.scoring.result_document import result_of, result_row
from abscopal.scoring.result_scores import BY_CLASS, BY_LINE, UNCALIBRATED, ResultScore
from abscopal.scoring.result_summary import result_groups
from abscopal.statistics.predictive import Shares
from abscopal.storage.packaged import read_yaml

TEXT = """\
id: test2020_b16
kind: in_vivo
model: {species: mouse, strain: C57BL/6, tumour: B16-F10, host: immunocompetent}
clock: inoculation
arms:
- {id: "0"}
- {id: RT, rt: [{quality: photon_xray, dose_per_fraction_gy: 15, fractions: 1, days: [9], target: primary}]}
- {id: unknown, drugs: [{drug: moonshine}]}
results:
- {id: days, arm: "0", metric: alive, day: 40, times: [18, 20, 21, 25, 30], basis: fig}
- {id: alive, arm: RT, metric: alive, day: 40, value: 1/5, basis: fig}
- {id: volume, arm: RT, metric: volume, day: 16, value: 300, n: 5, basis: mem}
- {id: ratio, arm: RT, metric: hazard_ratio, value: 0.4, n: 5, basis: fig}
- {id: cd8, arm: RT, metric: "count:CD8_density", day: 16, versus: "0", value: 2, n: 5, basis: fig}
- {id: response, arm: RT, metric: responded, day: 20, value: 2/5, basis: fig}
- {id: moonshine, arm: unknown, metric: cured, value: 0/5, basis: fig}
- {id: nothing, arm: RT, metric: "count:moonshine", day: 16, value: 2, basis: fig}
"""
EFFORT = Effort(sets=4, animals=6, draws=2, experiments_per_set=4, seed=1)


def record_of(folder: Path, text: str = TEXT) -> Record:
    path = folder / "record.yaml"
    path.write_text(text, encoding="utf-8")
    return read_record(path)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ResultScore]:
    found = evaluate_record(record_of(tmp_path_factory.mktemp("results")), EFFORT)
    return {result.id: result for result in found.results}


@pytest.mark.slow
def test_each_kind_of_result_is_foretold(scored: dict[str, ResultScore]) -> None:
    kinds = {name: result.kind for name, result in scored.items() if result.covered}
    assert kinds == {
        **{"days": "days", "alive": "share", "volume": "volume", "ratio": "hazard_ratio", "cd8": "count"},
        "response": "share",
    }
    for name in kinds:
        found = scored[name].foretold
        assert found is not None
        assert list(found.quantiles) == sorted(found.quantiles)
        assert math.isfinite(found.log_score)
        assert found.is_chance == (name in ("days", "alive", "response"))
        assert UNCALIBRATED in scored[name].baselines
    assert scored["days"].crps_unit == "d"
    assert scored["volume"].crps_unit == "natural logarithm of mm3"
    assert scored["days"].value == pytest.approx(22.8)


@pytest.mark.slow
def test_what_the_model_does_not_know_is_not_covered_with_the_reason(scored: dict[str, ResultScore]) -> None:
    assert "moonshine" in scored["moonshine"].reason
    assert "moonshine" in scored["nothing"].reason
    assert not scored["moonshine"].covered
    assert scored["moonshine"].foretold is None


@pytest.mark.slow
def test_what_was_measured_changes_no_quantile(scored: dict[str, ResultScore], tmp_path: Path) -> None:
    """Nor do ids, names and the order of arms."""
    other = TEXT.replace("value: 300", "value: 30").replace("value: 1/5", "value: 5/5").replace("0.4", "2")
    other = other.replace("test2020_b16", "other").replace("RT", "gamma").replace('{id: "0"}', "{id: none}")
    other = other.replace('arm: "0"', "arm: none").replace('versus: "0"', "versus: none")
    again = {result.id: result for result in evaluate_record(record_of(tmp_path, other), EFFORT).results}
    for name, result in scored.items():
        if result.foretold is not None:
            there = again[name].foretold
            assert there is not None
            assert there.quantiles == result.foretold.quantiles
    for name in ("volume", "ratio"):
        ours, theirs = scored[name].foretold, again[name].foretold
        assert ours is not None
        assert theirs is not None
        assert ours.log_score != theirs.log_score


@pytest.mark.slow
def test_a_row_of_the_document_is_the_result(scored: dict[str, ResultScore]) -> None:
    for result in scored.values():
        assert result_row(result_of(result_row(result))) == result_row(result)


@pytest.mark.slow
def test_results_from_memory_are_summarised_nowhere(scored: dict[str, ResultScore]) -> None:
    groups = result_groups(list(scored.values()), 1)
    assert {group.kind for group in groups} == {"days", "share", "hazard_ratio", "count"}
    (radiation,) = (g for g in groups if g.kind == "share" and g.arms == "radiotherapy")
    assert (radiation.results, radiation.covered) == (2, 2)
    assert radiation.baselines[BY_LINE].n == 1  # the means know no responses
    assert all(group.arms != "drugs and cells" or group.covered == 0 for group in groups)


def test_summaries_weigh_studies_equally() -> None:
    """A study of nine arms that the model knows and one of one arm that it does not: gain 0 with an interval."""
    blank = ResultScore(
        **{"id": "x", "arm": "a", "metric": "alive", "kind": "share", "site": "", "day": 9.0, "value": 0.0},
        **{"unit": "1", "crps_unit": "1", "n": 4, "basis": "fig", "part": "given", "covered": True, "study": ""},
        treatment="untreated",
    )
    sure, unsure = Shares(np.array([0.01]), 0.1).foretold(0.0, [4]), Shares(np.array([0.5]), 0.1).foretold(0.0, [4])
    one = replace(blank, foretold=sure, baselines={BY_CLASS: unsure}, study="one")
    two = replace(blank, foretold=unsure, baselines={BY_CLASS: sure}, study="two")
    everything = result_groups([one] * 9 + [two], 1)[0]
    gain = everything.baselines[BY_CLASS].gain
    assert gain.mean == pytest.approx(0.0)
    assert gain.low < 0.0 < gain.high
    assert everything.baselines[BY_CLASS].gain_crps.mean == pytest.approx(0.0)
    assert everything.log == pytest.approx(0.9 * sure.log_score + 0.1 * unsure.log_score)


# --- empirical means


def test_the_treatment_class_is_what_an_arm_gets() -> None:
    def drug(name: str) -> RecordDrug:
        return RecordDrug(name, "", "", ())

    radiation = RecordRadiation("photon_xray", 8.0, 1, None, "", (), "")
    assert treatment_class(RecordArm("a")) == "untreated"
    assert treatment_class(RecordArm("a", drugs=(drug("isotype control"),))) == "untreated"
    both = RecordArm("a", (radiation,), (drug("aCTLA-4 (9D9)"), drug("anti-PD-L1")))
    assert treatment_class(both) == "radiation + anti-PD-(L)1 + anti-CTLA-4"
    assert treatment_class(RecordArm("a", drugs=(drug("moonshine"),), cells=(RecordCells("x", None, "", ()),))) == (
        "cells + other"
    )


def test_the_mean_of_a_line_is_its_own_and_others_fall_back_in_words() -> None:
    def fact(study: str, line: str, days: list[float]) -> Fact:
        return Fact(study, line, "untreated", tuple(days), tuple(True for _ in days))

    table = table_of([fact("a", "X", [10.0] * 10), fact("b", "X", [10.0] * 10), fact("c", "Y", [50.0] * 10)])
    found = Empirical(table, True)
    own, words = found.share(21.0, 0.0, "X", "untreated") or (None, "")
    assert own is not None
    assert float(own.means[0]) < 0.05
    assert words == "line and treatment: 20 animals, 2 studies"
    other, words = found.share(21.0, 0.0, "Y", "untreated") or (None, "")  # one study of ten animals: too few
    assert other is not None
    assert float(other.means[0]) == pytest.approx(1 / 3, abs=0.02)
    assert words == "treatment, any line: 30 animals, 3 studies"
    assert (found.share(21.0, 0.0, "X", "cells") or (None, ""))[1].startswith("all arms")
    days, _ = found.durations(np.array([0.0, 7.0, 14.0, 21.0]), 0.0, "X", "untreated") or (None, "")
    assert days is not None
    assert days.masses.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(days.alive(21.0), own.means, atol=1e-9)


def test_the_committed_means_are_of_the_development_part_alone() -> None:
    split = read_yaml("abscopal.calibrate", "open_data_split.yaml")
    assert means.learnt_from() <= set(split["development"])
    assert as_csv(parsed(as_csv(committed()))) == as_csv(committed())
    assert committed()["alive", "", "untreated"].studies > 50
    for (kind, _, _), cell in committed().items():
        if kind == "alive":
            assert np.all(np.diff(cell.values) <= 0.0)


# --- effects


@pytest.mark.parametrize(
    ("measure", "benefits", "median", "opinion"),
    [
        ("volume", [math.log(1 / 0.7)] * 4, 0.7, "better"),
        ("volume", [math.log(1 / 0.85)] * 4, 0.85, "no difference"),
        ("volume", [-math.log(1.5)] * 4, 1.5, "worse"),
        ("volume", [1.0, 1.0, -1.0, -1.0], 1.0, UNKNOWN),  # effects of both signs
        ("volume", [0.0, 0.0, 0.9, 0.9], math.exp(-0.45), UNKNOWN),
        ("survival", [math.log(1.4)] * 4, 1 / 1.4, "no difference"),
        ("survival", [math.log(2.0)] * 4, 0.5, "better"),
        ("absence", [0.10] * 4, 0.10, "better"),
        ("absence", [0.09] * 4, 0.09, "no difference"),
        ("marker", [math.log(2.0)] * 4, 2.0, "better"),
    ],
)
def test_an_effect_is_what_a_reader_would_draw(
    measure: str, benefits: list[float], median: float, opinion: str
) -> None:
    found = effect_of(measure, benefits)
    assert found is not None
    assert found.median == pytest.approx(median)
    assert found.opinion == opinion


def test_no_set_no_effect() -> None:
    assert effect_of("volume", [math.nan]) is None
