from __future__ import annotations

import math

import pytest

from abscopal.results import Result


@pytest.fixture
def judged(result, synthetic):
    def judge(*rows, data=None, **changes):
        meta = synthetic.metadata(published=list(rows), **changes)
        return Result.build(result.data if data is None else data, meta).agreements

    return judge


def claim(synthetic, better, worse, **more):
    arms = synthetic.ARMS
    return {
        "metric": "abscopal",
        "better": arms[better],
        "worse": arms[worse],
        "relation": ">",
        "basis": "seed",
        **more,
    }


def test_a_claim_and_its_opposite(judged, synthetic):
    right, wrong = judged(claim(synthetic, 3, 1), claim(synthetic, 1, 3))
    assert (right.verdict, wrong.verdict) == ("agrees", "disagrees")
    assert right.probability > 0.5
    assert wrong.probability == 0.0


def test_no_difference_agrees_only_where_experiments_would_miss_it(judged, synthetic):
    same = claim(synthetic, 3, 3, relation="~", p="n.s.")
    far = claim(synthetic, 3, 0, relation="~")
    found = judged(same, far)
    assert [a.verdict for a in found] == ["agrees", "disagrees"]
    # Two draws of one population differ at p < 0.05 about one time in twenty.
    assert 0.9 < found[0].probability <= 1.0


def test_a_difference_too_small_to_be_seen_is_no_agreement_at_that_group_size(judged, synthetic):
    small, large = judged(claim(synthetic, 2, 0, group_size=3), claim(synthetic, 2, 0, group_size=60))
    assert small.verdict == "disagrees"
    assert large.verdict == "agrees"
    assert small.probability < large.probability


def test_survival_claims_use_the_log_rank_test(judged, synthetic):
    right, wrong = judged(claim(synthetic, 2, 0, metric="survival"), claim(synthetic, 0, 2, metric="survival"))
    assert (right.verdict, wrong.verdict) == ("agrees", "disagrees")
    assert "hazard ratio" in right.model


def test_numbers_agree_within_what_experiments_would_measure(judged, synthetic, result):
    share = result.arms[3].sites[1].responses["complete"].value
    row = {"metric": "complete_response", "site": "right leg", "arm": synthetic.ARMS[3], "basis": "seed"}
    near, far, percent, large = judged(
        {**row, "value": round(share, 2)},
        {**row, "value": 0.99},
        {**row, "value": 100 * share, "unit": "%"},
        {**row, "value": share + 0.15, "group_size": 600},
    )
    verdicts = [a.verdict for a in (near, far, percent, large)]
    # Ten animals measure a share so widely that holding the published one is no agreement yet.
    assert verdicts == ["compatible", "disagrees", "compatible", "disagrees"]
    assert near.words == "compatible (n = 5 to 15)"
    assert near.model == f"{100 * share:.0f} %"


def test_other_numbers(judged, synthetic, result):
    median = result.arms[0].survival.median_days.value
    row = {"arm": synthetic.ARMS[0], "basis": "seed"}
    found = judged(
        {**row, "metric": "median_survival", "value": median},
        {**row, "metric": "median_survival", "value": 2 * median},
        {**row, "metric": "survival_fraction", "day": 20, "value": 100, "unit": "%"},
        {**row, "metric": "volume", "site": "right leg", "day": 24, "value": 800},
    )
    assert [a.verdict for a in found] == ["agrees", "disagrees", "agrees", "agrees"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"metric": "rejection"}, "not simulated"),
        ({"metric": "marker:GzmB"}, "no readout 'GzmB'"),
        ({"relation": "<<"}, "relation"),
        ({"metric": "volume"}, "names no site"),
        ({"metric": "volume", "site": "lung"}, "no site 'lung'"),
        ({"day": 99}, "outside the simulated days"),
        (
            {
                "better": None,
                "worse": None,
                "arm": "Carbon",
                "metric": "complete_response",
                "value": 64,
                "site": "right leg",
            },
            "%",
        ),
        (
            {"better": None, "worse": None, "arm": "Carbon", "metric": "volume", "site": "left leg", "value": "half"},
            "not a number",
        ),
        (
            {"better": None, "worse": None, "arm": "Carbon", "metric": "happiness", "value": 1},
            "not a number the model reports",
        ),
    ],
)
def test_what_cannot_be_tested_says_why(judged, synthetic, change, reason):
    (found,) = judged({**claim(synthetic, 3, 1), **change})
    assert found.verdict == "not testable"
    assert math.isnan(found.probability)
    assert reason in found.reason


def test_study_without_unirradiated_site_cannot_test_an_abscopal_claim(result, synthetic):
    sites = [{"name": s, "irradiated_in": [synthetic.ARMS[3]]} for s in synthetic.SITES]
    meta = {**synthetic.metadata(published=[claim(synthetic, 3, 1)]), "sites": sites}
    (found,) = Result.build(result.data, meta).agreements
    assert found.verdict == "not testable"
    assert "unirradiated" in found.reason


def test_markers_are_found_whatever_their_spelling(judged, synthetic):
    found = judged(
        claim(synthetic, 3, 1, metric="marker:CD8"),
        claim(synthetic, 3, 1, metric="marker:GzmB", readout="cd8", site="right leg", day=15),
        claim(synthetic, 3, 1, metric="marker:treg"),
    )
    assert [a.verdict for a in found] == ["agrees", "agrees", "disagrees"]


def test_outcomes_from_memory_are_judged_but_not_counted(result, synthetic):
    tally = result.summary()["published"]["tally"]
    counted = [a for a in result.agreements if a.basis != "mem"]
    assert tally["unverified"] == 1
    assert sum(tally[k] for k in ("agrees", "compatible", "disagrees", "not_testable")) == len(counted)


def test_the_same_result_gives_the_same_verdicts(result, synthetic):
    again = Result.build(result.data, synthetic.metadata())
    assert [a.probability for a in again.agreements] == pytest.approx(
        [a.probability for a in result.agreements], nan_ok=True
    )
