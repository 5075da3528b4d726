"""Records in, scores out: orientation, permutations, coverage, memory claims; small effort throughout."""

from __future__ import annotations

import math
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest

from abscopal.evidence import Record, catalogue
from abscopal.scoring import Effort, evaluate_record, evaluation
from abscopal.scoring.baselines import BASELINES, committed
from abscopal.scoring.claim_scores import RecordScore
from abscopal.scoring.document import scores_document
from abscopal.scoring.evaluation import evaluate
from abscopal.scoring.rule_counts import count_rules
from abscopal.scoring.score import score_records
from abscopal.scoring.summary import summaries

EFFORT = Effort(sets=4, animals=4, draws=2, experiments_per_set=5)


def record(name: str) -> Record:
    return next(r for r in catalogue() if r.id == name)


@pytest.fixture(scope="module")
def takahashi() -> RecordScore:
    return evaluate_record(record("takahashi2019_lm8_p1c4"), EFFORT)


def chances(score: RecordScore) -> list[tuple[object, ...]]:
    return [(c.covered, c.prediction, c.direction, c.baselines, c.class_prior) for c in score.claims]


def permuted(original: Record) -> Record:
    """The same experiment under another id, with its arms in another order and under other names."""
    names = {arm.id: f"arm {i}" for i, arm in enumerate(sorted(original.arms, key=lambda a: a.id[::-1]))}
    arms = tuple(replace(arm, id=names[arm.id]) for arm in original.arms)[::-1]
    claims = tuple(
        replace(c, id=f"x#{i}", better_arm=names[c.better_arm], worse_arm=names[c.worse_arm])
        for i, c in enumerate(original.claims)
    )
    return replace(original, id="another_id", arms=arms, claims=claims, citation="", doi="")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["takahashi2019_lm8_p1c4", "deng2014_pdl1", "dovedi2014_concurrent_pdl1"])
def test_ids_order_and_names_change_no_score(name: str) -> None:
    original = record(name)
    plain, other = evaluate_record(original, EFFORT), evaluate_record(permuted(original), EFFORT)
    assert any(c.covered for c in plain.claims)
    for one, two in zip(plain.claims, other.claims, strict=True):
        assert (one.covered, one.prediction, one.class_prior, one.baselines) == (
            two.covered,
            two.prediction,
            two.class_prior,
            two.baselines,
        )
        assert one.direction == two.direction or (math.isnan(one.direction) and math.isnan(two.direction))


def test_the_predictor_does_not_see_what_was_found(takahashi: RecordScore) -> None:
    original = record("takahashi2019_lm8_p1c4")
    lies = tuple(
        replace(c, better_arm=c.worse_arm, worse_arm=c.better_arm, relation="~", effect="x", kind="null")
        for c in original.claims
    )
    found = evaluate_record(replace(original, claims=lies), EFFORT)
    for truth, lie in zip(takahashi.claims, found.claims, strict=True):
        assert truth.prediction is not None
        assert lie.prediction == truth.prediction.turned
        assert lie.direction == pytest.approx(1.0 - truth.direction)
        assert {k: p.turned for k, p in lie.baselines.items()} == dict(truth.baselines)


def test_more_combined_treatment_is_predicted_better(takahashi: RecordScore) -> None:
    # Directions only: four sets are too few for more.
    assert all(claim.direction > 0.5 for claim in takahashi.claims)
    assert {name for c in takahashi.claims for name in c.baselines} == set(BASELINES)


def test_not_covered_is_named_and_has_no_number() -> None:
    found = evaluate_record(record("golden2014_icd_dose"), EFFORT)
    if found.status == "not_covered":
        assert all(c.reason and c.prediction is None and not c.covered for c in found.claims)
    original = record("takahashi2019_lm8_p1c4")
    strange = replace(original, model=replace(original.model, tumour="Unobtainium macrophages"))
    found = evaluate_record(strange, EFFORT)
    assert found.status == "not_covered"
    assert all("Unobtainium macrophages" in c.reason for c in found.claims)


def test_claims_from_memory_are_listed_and_never_counted(takahashi: RecordScore) -> None:
    claims = [replace(c, basis="mem") if i < 2 else c for i, c in enumerate(takahashi.claims)]
    groups = summaries(claims, seed=1)
    assert groups["all"].claims == groups["all"].model.n == len(claims) - 2
    document = scores_document([replace(takahashi, claims=tuple(claims))], groups, "hash", EFFORT)
    assert len(document["claims"]) == len(claims)
    assert [c["counted"] for c in document["claims"]].count(False) == 2


def test_summary_recomputed_from_the_claims(takahashi: RecordScore) -> None:
    document = score_records([record("takahashi2019_lm8_p1c4")], EFFORT).document
    rows = [c for c in document["claims"] if c["counted"] and not c["metric"].startswith("marker")]
    group = document["summary"]["outcomes"]
    assert group["n"] == len(rows) == 5
    assert group["log"] == pytest.approx(sum(math.log(c["p_published"]) for c in rows) / 5)
    right = []
    for c in rows:
        chances = [c["p_better"], c["p_none"], c["p_worse"]]
        # With few sets chances tie; a tie counts its share.
        right.append((c["p_published"] == max(chances)) / chances.count(max(chances)))
    assert group["accuracy"] == pytest.approx(sum(right) / 5)
    theirs = [math.log(c["baselines"]["more_treatment"]["p_better"]) for c in rows]
    assert group["baselines"]["more_treatment"]["log"] == pytest.approx(sum(theirs) / 5)
    assert group["coverage"] == 1.0


def test_committed_records_of_the_rules_are_those_of_the_development_split() -> None:
    # Coverage may grow between two counts; what a rule is worth must not drift far from what is committed.
    for name, counted in count_rules(catalogue()).items():
        for says in (1, 0):
            now, then = counted.probabilities(says), committed()[name].probabilities(says)
            assert (now.better, now.none) == pytest.approx((then.better, then.none), abs=0.1), (
                f"{name}: run python -m abscopal.scoring.rule_counts > .../data/rules.yaml"
            )


def test_a_fault_of_ours_is_named_and_stops_nothing(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("abscopal.scoring.evaluation.predict", broken)
    found = evaluate_record(record("takahashi2019_lm8_p1c4"), EFFORT)
    assert found.status == "not_covered"
    assert "ZeroDivisionError: oops" in found.reasons[0]
    assert found.path == "evidence/data/preclinical/takahashi2019_lm8_p1c4.yaml"


def test_a_score_that_was_stopped_goes_on_and_says_the_same(takahashi: RecordScore, tmp_path, monkeypatch) -> None:
    """Finished records are read back as they were; those of another effort, version or text are scored anew."""
    notes, asked, stops = tmp_path / "notes" / "parts.jsonl", [], [True, False, False, False]
    other = record("golden2014_icd_dose")
    records = [record("takahashi2019_lm8_p1c4"), other]

    def scored(chosen: Record, effort: Effort) -> RecordScore:
        asked.append(chosen.id)
        if chosen.id == other.id and stops.pop(0):
            raise KeyboardInterrupt
        return takahashi if chosen.id == takahashi.study else RecordScore(other.id, "", "not_covered")

    monkeypatch.setattr(evaluation, "evaluate_record", scored)
    with pytest.raises(KeyboardInterrupt):
        evaluate(records, EFFORT, notes=notes)
    asked.clear()
    found = evaluate(records, EFFORT, notes=notes)
    assert asked == [other.id]
    assert repr(found[0]) == repr(takahashi)  # values that are not a number are themselves again
    asked.clear()
    assert repr(evaluate(records, EFFORT, notes=notes)) == repr(found)
    assert asked == []
    evaluate([replace(records[0], clock="another"), other], EFFORT, notes=notes)
    assert asked == [takahashi.study]
    asked.clear()
    evaluate(records, replace(EFFORT, seed=2), notes=notes)
    assert asked == [takahashi.study, other.id]
    head, parts = notes.read_text(encoding="utf-8").split("\n", 1)
    notes.write_text(f"{head}\n{parts.replace('0.', '1.', 1)}", encoding="utf-8")
    asked.clear()
    evaluate(records, replace(EFFORT, seed=2), notes=notes)
    assert asked == [takahashi.study]


def test_a_record_that_ends_its_process_is_named_and_the_others_are_scored(monkeypatch) -> None:
    records = {i: replace(record("golden2014_icd_dose"), id=f"r{i}") for i in range(3)}

    def shared(waiting, effort, workers):
        for i, chosen in waiting.items():
            if chosen.id == "r1":
                raise BrokenProcessPool
            yield i, RecordScore(chosen.id, "", "scored")

    monkeypatch.setattr(evaluation, "_shared", shared)
    found = dict(evaluation._scores(records, EFFORT, 2))
    assert [found[i].status for i in range(3)] == ["scored", "not_covered", "scored"]
    assert "memory" in found[1].reasons[0]
    assert all("memory" in claim.reason for claim in found[1].claims)
