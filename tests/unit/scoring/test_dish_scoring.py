"""Scoring cells in a dish: clonogenic survival against the untreated dish, markers per cell, a group of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abscopal.evidence import Record, catalogue
from abscopal.evidence.records import Claim
from abscopal.scoring import Effort, evaluate_record
from abscopal.scoring.declarations import declared
from abscopal.scoring.summary import summaries

EFFORT = Effort(sets=24, animals=4, draws=2, experiments_per_set=5)


def claim(metric: str, better: str, worse: str, relation: str = ">") -> Claim:
    return Claim(f"{metric} {better} {worse}", metric, better, worse, relation, "", "abs", True)


@pytest.fixture(scope="module")
def hypoxia() -> Record:
    """Carbon ions and photons, oxic and hypoxic, 4 Gy, in a line of the catalogue; and the same in another order."""
    (original,) = [r for r in catalogue() if r.id == "huang2020_crt_hypoxia"]
    claims = (
        claim("primary_tumour", "hyp_C4", "hyp_X4"),
        claim("primary_tumour", "norm_X4", "hyp_X4"),
        claim("primary_tumour", "norm_X4", "norm_0"),
        claim("primary_tumour", "norm_0", "hyp_0", "~"),
        claim("marker:surviving_fraction", "hyp_X4", "norm_X4"),
        claim("marker:CRT", "norm_C4", "norm_0"),
    )
    return replace(original, model=replace(original.model, tumour="MC38"), claims=claims)


@pytest.fixture(scope="module")
def score(hypoxia: Record):
    return evaluate_record(hypoxia, EFFORT)


def chance(score, identity: str) -> float:
    (found,) = [c for c in score.claims if c.id == identity]
    return found.prediction.of(found.outcome)


def test_survival_of_cells_follows_oxygen_and_quality(score):
    for identity in ("hyp_C4 hyp_X4", "norm_X4 norm_0"):
        assert chance(score, f"primary_tumour {identity}") > 0.7, identity
    # Relative to its own untreated dish an untreated one has survival 1, whatever its oxygen.
    same = next(c for c in score.claims if c.id == "primary_tumour norm_0 hyp_0").prediction
    none = same.none / declared()["publication_bias"]["value"]
    assert none > 0.7 * (same.better + none + same.worse)
    assert chance(score, "marker:CRT norm_C4 norm_0") > 0.6
    kill, survivors = (
        next(c for c in score.claims if c.id == name)
        for name in ("primary_tumour norm_X4 hyp_X4", "marker:surviving_fraction hyp_X4 norm_X4")
    )
    assert kill.direction > 0.85
    assert survivors.direction == pytest.approx(kill.direction, abs=0.1)


def test_order_and_names_of_dishes_change_nothing(hypoxia: Record, score):
    names = {arm.id: f"dish {i}" for i, arm in enumerate(hypoxia.arms)}
    arms = tuple(replace(arm, id=names[arm.id]) for arm in reversed(hypoxia.arms))
    claims = tuple(replace(c, better_arm=names[c.better_arm], worse_arm=names[c.worse_arm]) for c in hypoxia.claims)
    other = evaluate_record(replace(hypoxia, id="another", arms=arms, claims=claims), EFFORT)
    assert [c.prediction for c in other.claims] == [c.prediction for c in score.claims]


def test_dishes_are_a_group_of_their_own_and_a_model_without_immunity_is_no_baseline_there(score):
    groups = summaries(score.claims, 1)
    assert groups["in_vitro"].claims == len(score.claims)
    assert {"outcomes", "markers"}.isdisjoint(groups)
    assert groups["in_vitro"].gains["no_immunity"].mean == 0.0
    assert groups["in_vitro"].best not in ("no_immunity", "independent_action", "")


@pytest.mark.slow
def test_a_dish_arm_of_a_record_of_animals_counts_as_in_vitro():
    (record,) = [r for r in catalogue() if r.id == "liu2024_llc_pd1_threshold"]
    found = evaluate_record(record, Effort(sets=4, animals=3, draws=1, experiments_per_set=3))
    kinds = {c.id.split("#")[1]: (c.kind, c.covered, c.reason) for c in found.claims}
    assert kinds["c6"] == ("in_vitro", True, "")
    assert kinds["c1"] == ("in_vivo", True, "")


def test_colonies_are_plated_minutes_after_each_fraction(hypoxia: Record):
    """Read a day later, arrest would look like killing: survivors are counted before any division."""
    from abscopal.evidence import convert
    from abscopal.scoring.pools import MODEL, simulate_pool

    (conversion,) = convert(hypoxia)
    study = conversion.study
    pool = simulate_pool(study, study.arms, ["tumour@dish"], [0], EFFORT, (MODEL,))
    fractions = [day for arm in study.arms for course in arm.radiation for day in course.days]
    for day in fractions:
        after = pool.time_days[pool.time_days > day][0] - day
        assert 0.0 < after < 0.05
    at = list(pool.time_days > max(fractions)).index(True)
    treated, untreated = (
        pool.arms[MODEL][pool.names[name]].outputs["tumour@dish"][0, 0] for name in ("norm_C4", "norm_0")
    )
    soon, later = treated[at] / untreated[at], treated[at + 1] / untreated[at + 1]
    assert later < 0.9 * soon  # a day of arrest
