"""What is recorded: peaks and jumps of events are on the curves; step and readouts are chosen; files stay small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.actions.run import study_job
from abscopal.errors import InputError
from abscopal.regimen import timelines
from abscopal.report import study_result
from abscopal.simulation import Settings, output_times, recorded_times

STUDY = """
abscopal: 1
study: peaks
tumour: LM8
sites:
  primary: {inoculum: 1e6 cells, inoculated: -9 d}
arms:
  untreated: {}
  both:
    radiation: [{quality: X-rays, energy: 225 kV, dose_per_fraction: 2 Gy, days: [0 d, 3.7 d], target: primary}]
    drugs:
      - {agent: anti-PD-1, dose: 200 ug, route: iv, days: [1.35 d]}
      - {agent: anti-CTLA-4, dose: 200 ug, route: ip, days: [2.6 d]}
control: untreated
cohort: {size: 3, seed: 2}
follow_up: 12 d
"""


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str = STUDY) -> Path:
        file = tmp_path / "study.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return write


def test_every_event_is_on_record_with_the_moment_before(written) -> None:
    study = pipeline.load(written())
    days = recorded_times(study, timelines(study), Settings())
    for event in (0.0, 3.7, 1.35, 2.6):
        assert event in days
        assert ((days > event - 0.001) & (days < event)).any()
    assert set(output_times(study, Settings())) <= set(days)
    assert (np.diff(days) > 0).all()
    # A drug that has to be absorbed is looked at some hours later too.
    assert {2.7, 2.9} <= {round(float(day), 6) for day in days}


def test_the_peak_of_an_infusion_is_on_the_curve(written) -> None:
    result = pipeline.run(written())
    level = result.data["blood_plasma anti-PD-1"].sel(arm="both").isel(subject=0)
    assert float(level.max()) == float(level.sel(time=1.35))
    assert float(level.sel(time=slice(None, 1.34999)).max()) == 0.0
    step = result.data["volume"].sel(arm="both")["time"].values
    assert np.diff(step).min() > 0


@pytest.mark.parametrize(("given", "step"), [("6 h", 0.25), ("2 d", 2.0)])
def test_the_study_chooses_the_step(written, given, step) -> None:
    study = pipeline.load(written(STUDY + f"output_step: {given}\n"))
    days = output_times(study, Settings())
    whole = days[np.isclose(days / step, np.round(days / step))]
    assert np.diff(whole).max() == pytest.approx(step)
    assert 0.0 in whole


def test_a_study_of_years_is_not_recorded_every_day(written) -> None:
    study = pipeline.load(written(STUDY.replace("follow_up: 12 d", "follow_up: 1500 d")))
    assert len(output_times(study, Settings())) < 400
    assert len(output_times(study, Settings(step_days=1.0))) > 1500


def test_only_chosen_readouts_are_written_and_the_numbers_stay(written, tmp_path) -> None:
    import xarray as xr

    job = study_job(written()).with_output("12 h", ["cd8"])
    result = study_result.run(job.study)
    whole = study_result.run(study_job(written()).with_output("12 h").study)
    with xr.open_dataset(result.save(tmp_path / "out", report=False) / "trajectories.nc") as data:
        over_time = {name for name, variable in data.data_vars.items() if "time" in variable.dims}
    assert over_time == {"volume", "cd8", "volume_quantiles", "cd8_quantiles"}
    assert result.table().equals(whole.table())
    assert result.comparisons[0].mediators == whole.comparisons[0].mediators


@pytest.mark.parametrize("step", ["0 d", "-1 d", "6", "two days", "500 d", "nan d"])
def test_a_step_that_is_none_is_refused_in_words(written, step) -> None:
    with pytest.raises(InputError, match="output-step"):
        study_job(written()).with_output(step)


def test_an_unknown_readout_is_refused_with_its_line_and_the_nearest(written) -> None:
    text = STUDY + "readouts: [cd8, dendritik]\n"
    with pytest.raises(InputError) as refused:
        pipeline.prepare(pipeline.load(written(text)))
    (problem,) = refused.value.problems
    assert problem.line == len(text.splitlines())
    assert "'dendritic'" in str(refused.value)


@pytest.mark.slow
def test_a_patient_study_takes_less_than_twenty_megabytes(tmp_path) -> None:
    example = Path(__file__).parents[3] / "examples" / "pacific_nsclc.yaml"
    folder = study_result.run(pipeline.load(example)).save(tmp_path / "out")
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < 20e6
