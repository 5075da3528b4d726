from __future__ import annotations

import numpy as np
import pytest

from abscopal.results import Result
from abscopal.results.wording import answer


def identical(synthetic, shared):
    data = synthetic.dataset(failed=0)
    for name in data.data_vars:
        if "time" in data[name].dims:
            data[name][2] = data[name][3].values
    return Result.build(data, synthetic.metadata(shared_subjects=shared))


@pytest.mark.parametrize("shared", [True, False])
def test_identical_arms_are_not_told_apart(synthetic, shared):
    pair = identical(synthetic, shared).comparisons[0]
    assert all(site.volume_ratio.value == pytest.approx(1.0) for site in pair.sites)
    assert all(m.log2_fold == 0.0 for m in pair.mediators)
    assert max(m.score for m in pair.mediators) == 0.0
    sentence = answer(pair)
    assert "is not told apart" in sentence or "is the same" in sentence
    assert "longer" not in sentence
    assert "shorter" not in sentence


def test_a_certain_but_tiny_difference_is_called_practically_the_same(synthetic):
    data = synthetic.dataset(failed=0)
    data["volume"][2] = data["volume"][0] * 0.99
    pair = Result.build(data, synthetic.metadata(shared_subjects=True)).comparisons[2]
    assert all(site.volume_ratio.high < 1 for site in pair.sites)
    sentence = answer(pair)
    assert sentence.count("is practically the same: 99.0 % of the volume") == 2
    assert "longer" not in sentence
    data["volume"][2] = data["volume"][0] * 0.8
    further = answer(Result.build(data, synthetic.metadata(shared_subjects=True)).comparisons[2])
    assert further.count("has 80 % of the volume") == 2
    assert "the time to the volume limit is longer" in further


def test_swapping_the_arms_inverts_the_comparison(result, synthetic):
    arms = synthetic.ARMS
    swapped = Result.build(result.data, synthetic.metadata(compare=[[arms[2], arms[3]]])).comparisons[0]
    here = result.comparisons[0]
    for there, site in zip(swapped.sites, here.sites, strict=True):
        assert there.volume_ratio.value == pytest.approx(1 / site.volume_ratio.value)
        assert there.volume_ratio.low == pytest.approx(1 / site.volume_ratio.high)
        assert there.complete_p == pytest.approx(site.complete_p)
    assert swapped.survival.log_rank.hazard_ratio == pytest.approx(1 / here.survival.log_rank.hazard_ratio)
    folds = {(m.readout, m.site): m.log2_fold for m in here.mediators}
    assert {(m.readout, m.site): -m.log2_fold for m in swapped.mediators} == pytest.approx(folds)


def test_shared_animals_are_compared_in_pairs(shared, result):
    assert "pairs" in shared.comparisons[0].sites[0].volume_ratio.test
    assert "Mann-Whitney" in result.comparisons[0].sites[0].volume_ratio.test
    assert "sign test" in answer(shared.comparisons[0])
    assert "log-rank" in answer(result.comparisons[0])


def test_of_shared_animals_both_go_when_one_fails(synthetic):
    built = Result.build(synthetic.dataset(shared=True, failed=5), synthetic.metadata(shared_subjects=True))
    with_failures = built.comparisons[1].sites[0].volume_ratio
    assert (with_failures.n_a, with_failures.n_b) == (55, 55)


def test_the_answer_says_the_numbers(result, synthetic):
    pair = result.comparisons[0]
    sentence = answer(pair)
    distant = next(site for site in pair.sites if site.site == synthetic.SITES[1])
    assert sentence.startswith(f"{pair.a} against {pair.b}: the time to the volume limit is longer")
    assert f"complete responses {100 * distant.complete_a.value:.0f} % against 0 %" in sentence
    assert sentence.index("unirradiated site (right leg)") < sentence.index("irradiated site (left leg)")


def test_a_planted_mediator_ranks_first_and_drugs_and_tumours_never_rank(synthetic):
    data = synthetic.dataset(failed=0)
    for name in data.data_vars:
        if "time" in data[name].dims:
            data[name][2] = data[name][3].values
    data["treg"][3] = data["treg"][3] * 4.0
    data["anti_pdl1"][3] = data["anti_pdl1"][3] + 1e6
    data["volume"][3] = data["volume"][3] * 100
    found = Result.build(data, synthetic.metadata(shared_subjects=True)).comparisons[0].mediators
    assert {m.readout for m in found[:2]} == {"treg"}
    assert found[0].log2_fold == pytest.approx(2.0)
    assert found[0].share_same_sign == 1.0
    assert not {"anti_pdl1", "volume"} & {m.readout for m in found}


def test_a_consistent_difference_outranks_a_larger_one_of_few_animals(synthetic):
    data = synthetic.dataset(failed=0)
    for name in ("cd8", "cd4"):
        data[name][2] = data[name][3].values
    rng = np.random.default_rng(0)
    wild = np.exp(rng.normal(0.7, 4.0, 60))[:, None, None]
    data["cd8"][3] = data["cd8"][3] * wild
    data["cd4"][3] = data["cd4"][3] * 1.4
    found = Result.build(data, synthetic.metadata(shared_subjects=True)).comparisons[0].mediators
    rank = {m.readout: i for i, m in reversed(list(enumerate(found)))}
    fold = {m.readout: abs(m.log2_fold) for m in found if m.readout in ("cd8", "cd4")}
    assert fold["cd8"] > fold["cd4"]
    assert rank["cd4"] < rank["cd8"]


def test_a_readout_that_is_nothing_in_one_arm_has_a_bounded_fold(synthetic):
    data = synthetic.dataset(failed=0)
    data["cd8"][2] = 0.0
    found = Result.build(data, synthetic.metadata()).comparisons[0].mediators
    fold = max(m.log2_fold for m in found if m.readout == "cd8")
    assert 5.0 < fold <= np.log2(1000.0) + 1e-9
