"""The battery as simulated: rows are numbers of `abscopal run`; a table of sets means what the catalogue means."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from abscopal import parameters, pipeline
from abscopal.cli.application import app
from abscopal.errors import InputError
from abscopal.evidence.battery import MEASURES, battery
from abscopal.scoring.battery import (
    GivenSets,
    PlausibleSets,
    battery_document,
    keeping,
    simulate,
    simulate_kept,
    summarise,
    totals,
)
from abscopal.scoring.battery.readouts import _READ, _half_dose, _progression
from abscopal.simulation import Settings

DECLARED = pd.DataFrame(index=["declared"])
ANIMALS = 12


def run(row_id: str):
    """The result of `abscopal run` on the study of a row, with the row."""
    row = battery().row(row_id)
    study = battery().study(row.setting, row.line, ANIMALS, 3)
    return row, pipeline.run(study, settings=Settings(threads=1)).data


def given(row_id: str) -> float:
    return float(simulate(DECLARED, animals=ANIMALS, seed=3, rows=[row_id]).loc[row_id, "declared"])


@pytest.mark.slow
def test_a_share_alive_is_that_of_a_run() -> None:
    row, data = run("CT26-growth")
    volume = data["volume"].sel(arm=row.treatment, site="primary")
    lost = np.sort(data["time"].to_numpy()[(volume.to_numpy() >= 1500.0).argmax(axis=1)])
    day = float(lost[ANIMALS // 2])  # whole days on which half of the mice are lost
    at_day = replace(row, readout={"measure": "alive", "day": day})
    whole = replace(battery(), rows=(at_day,))
    found = simulate(DECLARED, animals=ANIMALS, seed=3, of=whole).loc[row.id, "declared"]
    assert found == pytest.approx(float((volume.sel(time=day) < 1500.0).mean()))
    assert 0.0 < found < 1.0


@pytest.mark.slow
def test_the_inhibition_of_an_unirradiated_tumour_is_that_of_a_run() -> None:
    row, data = run("TSA-3x8-CTLA4-distant")
    medians = data["volume"].sel(site="distant", time=14.0).median("subject")
    published_way = 1.0 - float(medians.sel(arm=row.treatment) / medians.sel(arm="control"))
    assert given(row.id) == pytest.approx(published_way, abs=2e-4)


@pytest.mark.slow
def test_a_response_rate_of_patients_is_that_of_a_run() -> None:
    row, data = run("glottis-66-33-LC")
    volume = data["volume"].sel(arm=row.treatment, site="primary").where(data["time"] >= 0.0, drop=True)
    seen = np.maximum(volume.sel(time=slice(0, row.readout["day"])).to_numpy(), 100.0)
    smallest = np.minimum.accumulate(seen, axis=1)
    assert given(row.id) == pytest.approx(float((seen < 1.2**3 * smallest).all(axis=1).mean()))


def test_every_measure_that_a_file_may_name_is_read() -> None:
    assert {*_READ, "tcd50", "tcd50_ratio"} == {*MEASURES}


@pytest.mark.slow
def test_sets_do_not_depend_on_their_company() -> None:
    rows = ["4T1-PD1-cured", "4T1-PD1-inhibition", "abdomen-nadir"]
    both = simulate(PlausibleSets((4, 7)), animals=6, rows=rows)
    alone = simulate(PlausibleSets((7,)), animals=6, rows=rows)
    pd.testing.assert_frame_equal(both[[7]], alone)


@pytest.mark.slow
def test_a_column_replaces_the_row_of_the_catalogue_that_it_names() -> None:
    rows = ["CT26-growth", "4T1-growth"]
    known = parameters.values_of("lines", "CT26")["doubling_time"].value
    sets = pd.DataFrame({"CT26.doubling_time": [known, 2.0 * known], "*:spread": [1.0, 1.0]}, index=["usual", "slow"])
    usual, slow = simulate(sets, animals=4, rows=rows).T.to_numpy()
    declared = simulate(DECLARED, animals=4, rows=rows)["declared"].to_numpy()
    np.testing.assert_array_equal(usual, declared)
    assert slow[0] < 0.8 * usual[0]
    assert slow[1] == usual[1]


@pytest.mark.slow
def test_a_shared_value_reaches_the_species_that_scales_it_and_no_line_of_its_own() -> None:
    study = battery().study("lesion", "melanoma", 2, 1)
    declared = pipeline.prepare(study).declared
    table = pd.DataFrame({"cd8_precursors": [100.0], "doubling_time": [1.0]})
    medians = dict(zip(declared, GivenSets(table).medians(study, declared)[0], strict=True))
    assert medians["cd8_precursors"] == pytest.approx(3500 * 100.0)
    assert medians["doubling_time"] == declared["doubling_time"].value


@pytest.mark.slow
def test_animals_that_do_not_differ_scatter_by_the_callipers_alone() -> None:
    table = pd.DataFrame({"*:spread": [0.0]})
    found = float(simulate(table, animals=4, rows=["4T1-control-log-SD"]).iloc[0, 0])
    assert found == pytest.approx(math.sqrt(math.log1p(0.2**2)), rel=1e-3)


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        GivenSets(pd.DataFrame({"kill_rat": [1.0], "CT27.doubling_time": [2.0]}))
    assert "'kill_rate'" in str(caught.value)
    assert "'CT26'" in str(caught.value)


def test_half_of_the_tumours_are_controlled_between_the_doses_that_say_so() -> None:
    doses = np.array([10.0, 20.0, 40.0])
    shares = [np.array([0.0, 0.6, 0.1]), np.array([0.25, 0.9, 0.0]), np.array([0.75, 1.0, 0.2])]
    assert _half_dose(doses, shares).tolist() == [30.0, 10.0, 40.0]


def test_progression_is_from_the_smallest_volume_and_stays() -> None:
    course = np.array([[[100.0, 40.0, 60.0, 70.0, 50.0]]])
    assert _progression(course)[0, 0].tolist() == [False, False, False, True, True]


def test_totals_count_sourced_rows_only_and_the_flagship_as_a_whole() -> None:
    names = ["CT26-control-alive", "MC38-CTLA4-alive", "CT26-CTLA4-cured", "TSA-3x8-CTLA4-distant"]
    values = pd.DataFrame(0.0, index=[*names, "TSA-1x20-CTLA4-distant"], columns=range(10))
    values.loc["MC38-CTLA4-alive", 9] = 0.3
    values.loc["TSA-3x8-CTLA4-distant", :4] = 0.5
    values.loc["CT26-control-alive", :] = math.nan
    values.loc["CT26-control-alive", 3] = 0.0
    found = totals(summarise(values, 1000), values, 1000)
    assert (found.counted, found.by_median, found.by_interval, found.mean_share, found.flagship) == (2, 1, 1, 0.55, 0.5)


def test_a_share_is_resolved_to_half_of_a_subject() -> None:
    values = pd.DataFrame(0.0, index=["MC38-PD1-alive"], columns=range(3))  # one mouse of 25 lived: from 0.003
    assert summarise(values, 40)[0].in_range
    assert not summarise(values, 400)[0].in_range


def test_the_document_is_plain_and_tells_every_source() -> None:
    values = pd.DataFrame(math.inf, index=["CT26-median-survival"], columns=range(3))
    text = json.loads(json.dumps(battery_document(values, animals=8, seed=1)))
    (row,) = text["rows"]
    assert row["source"]["where"].startswith("median day of untreated groups")
    assert not row["in_range"]


def test_finished_blocks_are_not_simulated_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def fake(sets: PlausibleSets, **_: object) -> pd.DataFrame:
        asked.append(len(sets.names))
        if len(asked) == 2:
            raise KeyboardInterrupt
        return pd.DataFrame([[math.inf] * len(sets.names), [math.nan] * len(sets.names)], ["a", "b"], sets.names)

    monkeypatch.setattr(keeping, "simulate", fake)
    many, notes = PlausibleSets(tuple(range(keeping.BLOCK + 3))), tmp_path / "parts.jsonl"
    with pytest.raises(KeyboardInterrupt):
        simulate_kept(many, animals=2, seed=1, notes=notes)
    found = simulate_kept(many, animals=2, seed=1, notes=notes)
    assert asked == [keeping.BLOCK, 3, 3]
    assert list(found.columns) == list(range(keeping.BLOCK + 3))
    assert np.isposinf(found.loc["a"].to_numpy(float)).all()
    assert np.isnan(found.loc["b"].to_numpy(float)).all()


@pytest.mark.parametrize("foreign", [["some.yaml"], ["--keep-going"], ["--processes", "2"]])
def test_what_belongs_to_records_is_refused_beside_the_battery(foreign: list[str]) -> None:
    with pytest.raises(InputError, match="belongs to the score of records"):
        CliRunner().invoke(app, ["score", "--battery", *foreign], catch_exceptions=False)
