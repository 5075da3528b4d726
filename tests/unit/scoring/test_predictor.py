"""The blind predictor: the same content gives the same chances, whatever it is called and wherever it stands."""

from __future__ import annotations

import pytest

from abscopal.results.questions import OutputRatio, Question, readouts_of
from abscopal.scoring.content_keys import arm_key, shuffled, study_key
from abscopal.scoring.declarations import Effort, declared
from abscopal.scoring.metrics import Probabilities
from abscopal.scoring.pools import CLASS_PRIOR, MODEL, NO_IMMUNITY
from abscopal.scoring.predictor import INDEPENDENT, Asked, _batches, predict
from abscopal.study import Study

EFFORT = Effort(sets=8, animals=6, draws=2, experiments_per_set=5)
PRIMARY = Question("volume", ("primary",))
DENSITY = Question("marker", readouts=(OutputRatio(("cd8_density@primary",)),))


@pytest.fixture(scope="module")
def small(lab) -> Study:
    x_rays, blockade = lab.x_rays(8, days=(0, 1, 2)), lab.drug("anti-PD-1")
    arms = {
        "X": x_rays,
        "PD1": blockade,
        "X+PD1": lab.both(x_rays, blockade),
        "X+PD1 no CD8": lab.both(x_rays, blockade, lab.host("CD8 depletion")),
        "X 2 Gy": lab.x_rays(2),
    }
    return lab.study("MC38", arms, follow_up=40)


def asked(study: Study, rename=lambda name: name) -> list[Asked]:
    pairs = [
        (PRIMARY, "X+PD1", "X+PD1 no CD8", False),
        (PRIMARY, "X", "control", True),
        (Question("survival", ("primary", "secondary")), "X+PD1", "PD1", True),
        (DENSITY, "X+PD1", "X", False),
        (DENSITY, "X+PD1", "X+PD1 no CD8", False),
    ]
    found = []
    for question, one, other, p in pairs:
        first, second = shuffled((study.arm(rename(one)), study.arm(rename(other))), 1)
        found.append(Asked(question, first.name, second.name, p))
    return found


@pytest.fixture(scope="module")
def answers(small: Study):
    return predict([small, small], asked(small), EFFORT).answers


@pytest.mark.slow
def test_order_and_names_of_arms_change_nothing(small: Study, answers) -> None:
    def renamed(name: str) -> str:
        return f"group {'zyxwvu'[[arm.name for arm in small.arms].index(name)]}"

    arms = tuple(arm.model_copy(update={"name": renamed(arm.name), "note": "x"}) for arm in reversed(small.arms))
    other = small.model_copy(update={"arms": arms, "control": renamed("control"), "name": "another", "title": "t"})
    assert [a.first for a in asked(other, renamed)] == [renamed(a.first) for a in asked(small)]
    assert told(predict([other, other], asked(other, renamed), EFFORT).answers) == told(answers)


def told(answers) -> list[str]:
    """Answers as text with every digit: they hold arrays, which have no single equality."""
    return [repr((a.chances, a.direction, a.rules, a.unselected, a.benefits.tolist())) for a in answers]


def test_order_of_questions_changes_nothing(small: Study, answers) -> None:
    back = predict([small, small], asked(small)[::-1], EFFORT).answers
    assert told(back[::-1]) == told(answers)


def test_another_seed_is_another_experiment(small: Study, answers) -> None:
    other = predict([small, small], asked(small), Effort(8, 6, 2, 5, seed=2)).answers
    assert told(other) != told(answers)


def test_the_better_arm_wins_where_the_model_is_clear(small: Study, answers) -> None:
    radiation = answers[1]
    first_is_treated = asked(small)[1].first == "X"
    p = radiation.chances[MODEL] if first_is_treated else radiation.chances[MODEL].turned
    assert p.better > 0.8  # nine of eleven: every one of the eight parameter sets
    assert radiation.rules == {
        "more_treatment": 1 if first_is_treated else -1,
        "higher_bed": 1 if first_is_treated else -1,
    }


def before_selection(p: Probabilities) -> float:
    """Share of experiments that find no difference, whether they become a claim or not."""
    none = p.none / declared()["publication_bias"]["value"]
    return none / (p.better + none + p.worse)


def test_without_immunity_depletion_changes_nothing(answers) -> None:
    depleted = answers[0].chances
    assert before_selection(depleted[NO_IMMUNITY]) > 0.6
    marker = answers[4].chances
    assert before_selection(marker[NO_IMMUNITY]) > 0.8
    assert marker[MODEL].none < 0.2


def test_independent_action_has_no_more_immunity_than_its_parts(answers) -> None:
    assert set(answers[0].chances) == {MODEL, NO_IMMUNITY, CLASS_PRIOR, INDEPENDENT}
    for answer in answers:
        for p in answer.chances.values():
            assert p.better + p.none + p.worse == pytest.approx(1.0)
            assert min(p.better, p.none, p.worse) >= 1 / 43  # (count + 1)/(40 + 3)


def test_a_single_treatment_acts_independently_of_nothing(small: Study, answers) -> None:
    assert answers[1].chances[INDEPENDENT] == answers[1].chances[MODEL]


def test_level_of_decision(small: Study) -> None:
    assert Asked(PRIMARY, "X", "PD1", published_p=True).level == 0.05
    assert Asked(PRIMARY, "X", "PD1").level == pytest.approx(0.157)


def test_keys_follow_content_alone(small: Study) -> None:
    x = small.arm("X")
    assert arm_key(x) == arm_key(x.model_copy(update={"name": "other", "note": "n"}))
    assert arm_key(x) != arm_key(small.arm("X 2 Gy"))
    assert study_key(small) == study_key(small.model_copy(update={"name": "n", "arms": small.arms[:2]}))
    assert study_key(small) != study_key(small.model_copy(update={"tumour": "LLC"}))


def test_many_arms_are_simulated_in_parts() -> None:
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

        def model_dump(self, mode: str) -> dict[str, str]:
            return {"name": self.name, "content": self.name}

    class Wide:
        arms = tuple(Named(f"a{i}") for i in range(1000))

    questions = [Asked(PRIMARY, f"a{i}", f"a{i + 1}") for i in range(0, 1000, 2)]
    parts = _batches(Wide(), questions)
    assert sorted(i for part in parts for i in part) == list(range(500))
    assert max(len(part) for part in parts) == 20


def test_readouts_of_an_expression() -> None:
    assert readouts_of("cd8/treg", "distant") == (OutputRatio(("cd8@distant",), ("treg@distant",)),)
    assert readouts_of("1/blood_lymphocytes") == (OutputRatio((), ("lymphocytes@blood",)),)
    assert readouts_of("(cd8+cd4)/(tumour+moribund) & pdl1", "dish") == (
        OutputRatio(("cd8@dish", "cd4@dish"), ("tumour@dish", "moribund@dish")),
        OutputRatio(("pdl1@dish",)),
    )


@pytest.mark.slow
def test_a_second_challenge_that_no_world_could_give_leaves_all_outcomes_as_likely(lab) -> None:
    sites = {"primary": lab.primary, "rechallenge": {"inoculum": "1e6 cells", "inoculated": "30 d"}}
    study = lab.study("MC38", {"X": lab.x_rays(2)}, sites=sites, follow_up=60)
    one = Asked(Question("absence", ("rechallenge",)), "X", "control")
    (answer,) = predict([study], [one], EFFORT).answers
    assert answer is not None
    assert answer.chances[MODEL] == Probabilities(1 / 3, 1 / 3, 1 / 3)
    assert answer.direction == 0.5
