"""What the results say is true to the reader: patients, limits, verdicts, days of comparison, treatment that harms."""

from __future__ import annotations

import json

import numpy as np
import pytest

from abscopal.report import render
from abscopal.results import Result
from abscopal.results.summary import notes
from abscopal.results.wording import answer, day, endpoint_cell, fold

RT = {"what": "irradiate X-rays", "how_much": "8 Gy", "where": "left leg", "kind": "radiation"}
DRUG = {"how_much": "200 ug", "where": "ip", "kind": "drug"}


def rows(*given):
    return [{**row, "day": when} for when, row in given]


def drug(when, name="anti-PD-1"):
    return (when, {**DRUG, "what": f"inject {name}"})


def pair_of(synthetic, first, second, **meta):
    """Result of two arms with the volumes given, of the same subjects."""
    data = synthetic.dataset(("A", "B"), ("left leg", "right leg"), failed=0)
    for name in data.data_vars:
        if "time" in data[name].dims:
            data[name][1] = data[name][0].values
    data["volume"][0], data["volume"][1] = first(data["volume"][1].values), second(data["volume"][1].values)
    chosen = {"compare": [["A", "B"]], "shared_subjects": True, "timetable": {}, **meta}
    return Result.build(data, synthetic.metadata(("A", "B"), **chosen))


def some_cured(volumes, share):
    found = volumes.copy()
    found[: round(share * len(found)), :, -25:] = 0.0
    return found


@pytest.mark.parametrize(
    ("host", "many", "never"), [("human", "patients", ("animal", "mice")), ("mouse", "mice", ("animal",))]
)
def test_subjects_are_called_what_they_are(synthetic, host, many, never):
    built = Result.build(synthetic.dataset(shared=True, failed=0), synthetic.metadata(host=host, shared_subjects=True))
    told = [*map(answer, built.comparisons), *notes(built), *(a.reason + a.published for a in built.agreements)]
    told += list(built.table()["interval"])
    text = " ".join(told)
    assert many in text
    page = render(built).split("<script")[0]
    for word in never:
        assert word not in text
        # Names and titles of the made-up study and ids of the page are not the program's words.
        plain = page.replace("#animals", "").replace('id="animals"', "")
        assert word not in plain.split("<body>")[1].split('id="parameters"')[0]


def test_time_to_a_volume_is_not_called_survival(result):
    text = " ".join(map(answer, result.comparisons))
    assert "time to the volume limit" in text
    assert "survival" not in text
    assert not result.table()["endpoint"].str.contains("survival|alive").any()


def test_practically_the_same_never_stands_beside_a_large_difference(synthetic):
    built = pair_of(synthetic, lambda v: some_cured(v, 0.85), lambda v: some_cured(v, 0.37))
    sentence = answer(built.comparisons[0])
    assert "85 % against 37 % (p < 0.001)" in sentence
    assert "practically the same" not in sentence
    assert "is the same" not in sentence
    tiny = pair_of(synthetic, lambda v: 0.99 * v, lambda v: v)
    assert "practically the same" in answer(tiny.comparisons[0])


def test_the_day_of_comparison_suits_the_two_arms(synthetic):
    data = synthetic.dataset(failed=0)
    data["volume"][0] = data["volume"][0] * 3.0  # the control is lost early
    built = Result.build(data, synthetic.metadata())
    slow = built.comparisons[0]  # carbon with antibodies against carbon
    against_control = built.comparisons[2]
    assert against_control.day < slow.day
    for comparison in (slow, against_control):
        for arm in (comparison.a, comparison.b):
            a = built.trajectories.arms.index(arm)
            below = (data["volume"].values[a].max(axis=1) < 1500.0)[:, int(comparison.day)]
            assert below.mean() >= 0.9
    at = built.data["volume"].sel(time=slow.day, site="right leg")
    ours, theirs = at.sel(arm=slow.a).values, at.sel(arm=slow.b).values
    distant = next(site for site in slow.sites if site.site == "right leg")
    shifts = np.subtract.outer(np.log(np.maximum(ours, 1.0)), np.log(np.maximum(theirs, 1.0)))
    assert distant.volume_ratio.value == pytest.approx(np.exp(np.median(shifts)), rel=1e-3)


def test_the_baseline_is_the_first_fraction_of_the_two_arms(synthetic):
    arms = synthetic.ARMS
    table = {
        arms[0]: [],
        arms[1]: rows(drug(2.0)),
        arms[2]: rows((14.0, RT)),
        arms[3]: rows(drug(2.0), (7.0, RT)),
    }
    meta = synthetic.metadata(timetable=table, compare=[[arms[2], arms[0]], [arms[3], arms[1]], [arms[1], arms[0]]])
    built = Result.build(synthetic.dataset(failed=0), meta)
    assert built.metadata.response.baseline_day == 7.0  # not day 2, on which a drug is given
    assert [c.baseline_day for c in built.comparisons] == [14.0, 7.0, 2.0]
    meta["sites"][0]["start_volume_day"] = 5.0
    assert Result.build(synthetic.dataset(failed=0), meta).comparisons[2].baseline_day == 5.0
    meta["endpoints"]["response"]["baseline_day"] = 3.0
    assert {c.baseline_day for c in Result.build(synthetic.dataset(failed=0), meta).comparisons} == {3.0}


def test_a_drug_that_lowers_complete_responses_is_remarked_on_and_explained(synthetic):
    table = {"A": rows((7.0, RT), drug(9.0)), "B": rows((7.0, RT))}
    built = pair_of(synthetic, lambda v: some_cured(v, 0.37), lambda v: some_cured(v, 0.45), timetable=table)
    built.data["node_dc"].values[0] *= 0.8
    (remark,) = built.remarks
    assert "anti-PD-1, added to B, lowers complete responses" in remark
    assert "to 37 % from 45 %" in remark
    assert "of the same mice" in remark
    assert "dendritic cells in the node ×0.800" in remark
    assert json.loads(json.dumps(built.summary()["comparisons"][0]["remark"])) == remark
    assert "lowers complete responses" in render(built)


def test_no_remark_where_more_treatment_helps_or_where_it_is_another_treatment(synthetic):
    better = {"A": rows((7.0, RT), drug(9.0)), "B": rows((7.0, RT))}
    worse, fewer = (lambda v: some_cured(v, 0.45)), (lambda v: some_cured(v, 0.37))
    assert pair_of(synthetic, worse, fewer, timetable=better).remarks == ("",)
    other = {"A": rows((7.0, RT), drug(9.0)), "B": rows((8.0, RT))}
    assert pair_of(synthetic, fewer, worse, timetable=other).remarks == ("",)
    turned = {"A": rows((7.0, RT)), "B": rows((7.0, RT), drug(9.0))}
    assert "added to A" in pair_of(synthetic, worse, fewer, timetable=turned).remarks[0]


def test_no_difference_among_few_is_compatible_and_agrees_only_where_many_find_none(synthetic):
    data = synthetic.dataset(failed=0, subjects=200)
    data["volume"][2] = data["volume"][0].values * 0.8
    row = {"metric": "abscopal", "better": "Carbon", "worse": "Control", "relation": "~", "p": "n.s.", "basis": "seed"}
    meta = synthetic.metadata(published=[{**row, "group_size": 10}])
    (found,) = Result.build(data, meta).agreements
    assert found.words == "compatible (n = 10)"
    assert "with 100 per arm" in found.reason
    data["volume"][2] = data["volume"][0].values
    (found,) = Result.build(data, meta).agreements
    assert found.words == "agrees"


def test_folds_beyond_a_thousand_are_capped_and_nothing_is_minus_nothing():
    assert (fold(np.log2(1000.0)), fold(-30.0), fold(1.0)) == ("> ×1,000", "< ×1/1,000", "×2.00")
    assert day(-0.01) == "0"
    cell = endpoint_cell({"value": 0.075, "unit": "1", "low": 0.026, "high": 0.2})
    assert cell == "7.5 % (2.6–20 %)"


def test_a_complete_response_of_tumours_that_were_never_larger_is_told(synthetic):
    def told(baseline_mm3):
        rule = {"day": 40.0, "complete_below_mm3": 100.0, "partial_below_fraction": 0.5, "baseline_day": 7.0}
        data = synthetic.dataset(failed=0)
        data["volume"][:, :, 1] = baseline_mm3
        meta = synthetic.metadata(endpoints={"survival": {"volume_limit_mm3": 1500.0, "of": "any"}, "response": rule})
        return [note for note in notes(Result.build(data, meta)) if "of a complete response on day 7 already" in note]

    (small,) = (note for note in told(20.0) if note.startswith("right leg"))
    assert "100 % of the tumours were below the 100 mm³" in small
    assert not any(note.startswith("right leg") for note in told(120.0))
    assert not any(note.startswith("right leg") for note in told(0.0)), "a tumour that is not there yet"
