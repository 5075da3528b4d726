"""The baseline of a response, where the study names none: first fraction, else start volume, else first treatment."""

from __future__ import annotations

import pytest

from abscopal import pipeline, study

STUDY = """
abscopal: 1
study: baselines
tumour: LM8
clock: inoculation
sites:
  primary: {inoculum: 1e6 cells, inoculated: 0 d%s}
arms:
  untreated: {}
  early: {drugs: [{agent: anti-PD-1, dose: 200 ug, days: [3 d]}]}
%s
control: untreated
cohort: {size: 4, seed: 2}
follow_up: 30 d
%s
"""
FRACTION = (
    "  %s: {radiation: [{quality: X-rays, energy: 225 kV, dose_per_fraction: 8 Gy, days: [%s d], target: primary}]}"
)


@pytest.mark.parametrize(
    ("start", "arms", "baseline", "why"),
    [
        ("", FRACTION % ("late", 9), 9.0, "first fraction"),
        (", start_volume: {value: 50 mm3, day: 7 d}", FRACTION % ("late", 9), 9.0, "first fraction"),
        (", start_volume: {value: 50 mm3, day: 7 d}", "", 7.0, "start volume"),
        ("", "", 3.0, "first treatment"),
    ],
)
def test_the_default_baseline_is_no_drug_of_another_arm(start, arms, baseline, why):
    read = study.parse(STUDY % (start, arms, ""))
    assert read.endpoints.response.baseline_day == baseline
    (filled,) = [row for row in read.defaults_filled if row.key == "endpoints.response.baseline"]
    assert why in filled.why


def test_each_comparison_is_held_against_its_own_first_fraction(tmp_path):
    arms = "\n".join((FRACTION % ("RT9", 9), FRACTION % ("RT14", 14)))
    compare = "compare: [[RT9, untreated], [RT14, untreated], [RT14, RT9], [early, untreated]]"
    file = tmp_path / "study.yaml"
    file.write_text(STUDY % ("", arms, compare), encoding="utf-8")
    result = pipeline.run(file)
    assert [c.baseline_day for c in result.comparisons] == [9.0, 14.0, 9.0, 3.0]
    file.write_text(STUDY % ("", arms, compare + "\nendpoints: {response: {baseline: 5 d}}"), encoding="utf-8")
    assert {c.baseline_day for c in pipeline.run(file).comparisons} == {5.0}


def test_a_response_is_partial_by_the_baseline_of_its_comparison(tmp_path):
    """Against the large tumour of day 14 a shrunken one is a response; against that of day 9 it need not be one."""
    file = tmp_path / "study.yaml"
    arms = "\n".join((FRACTION % ("RT9", 9), FRACTION % ("RT14", 14)))
    file.write_text(STUDY % ("", arms, "compare: [[RT14, untreated]]"), encoding="utf-8")
    result = pipeline.run(file)
    (site,) = result.comparisons[0].sites
    volume = result.data["volume"].sel(arm="RT14", site="primary")
    limit = result.metadata.response.partial_below_fraction * volume.sel(time=14.0)
    below = volume.sel(time=result.metadata.response.day) < limit
    assert site.objective_a.count == int(below.sum())
