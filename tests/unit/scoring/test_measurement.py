"""What an author measures, on pools made by hand: the day of comparison, death, second challenge, markers."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.regimen import timelines
from abscopal.results.bench import ArmPool, Bench, Pair
from abscopal.results.questions import OutputRatio, Question
from abscopal.scoring.content_keys import canonical
from abscopal.scoring.measurement import bench_of, control_of
from abscopal.scoring.pools import MODEL, Pool
from abscopal.statistics.experiments import Experiment

TIMES = np.arange(0.0, 61.0)
SETS, ANIMALS = 6, 10


@pytest.fixture(scope="module")
def study(lab):
    sites = {"primary": lab.primary, "rechallenge": {"inoculum": "1e6 cells", "inoculated": "30 d"}}
    endpoints = {"survival": {"volume_limit": "1000 mm3", "of": "primary"}}
    return lab.study("MC38", {"X": lab.x_rays(8)}, sites=sites, endpoints=endpoints, follow_up=60)


def growing(rate: float, start: float = 50.0) -> np.ndarray:
    """Exponential growth, animals a little apart (sets, animals, times)."""
    apart = np.linspace(0.9, 1.1, ANIMALS)[None, :, None]
    return np.broadcast_to(start * apart * np.exp(rate * TIMES), (SETS, ANIMALS, len(TIMES)))


def arm(primary: np.ndarray, rechallenge: np.ndarray | None = None, marker: np.ndarray | None = None) -> ArmPool:
    nothing = np.zeros_like(primary)
    outputs = {
        "volume@primary": primary,
        "volume@rechallenge": nothing if rechallenge is None else rechallenge,
        "cd8@primary": nothing if marker is None else marker,
    }
    return ArmPool(outputs, np.ones((SETS, ANIMALS), dtype=bool))


def bench(study, question: Question, first: ArmPool, second: ArmPool) -> tuple[Bench, Pair]:
    plain, names = canonical(study, study.arms)
    keys = (names["X"], names["control"])
    arms = {MODEL: dict(zip(keys, (first, second), strict=True))}
    pool = Pool(plain, TIMES, timelines(plain), {}, names, arms, {"cd8@primary": "cells"})
    return bench_of(pool, keys, question, Experiment((5, 15), 30, 1, "test")), Pair(first, second)


def test_volumes_are_compared_while_both_arms_live(study) -> None:
    slow, fast = arm(growing(0.05)), arm(growing(0.15))
    table, pair = bench(study, Question("volume", ("primary",)), slow, fast)
    # 55 and 53.9 mm3 x exp(0.15 t) pass 1000 mm3 after 19.3 and 19.5 days: on day 20 two of ten are lost.
    assert list(table.comparison_days(pair)) == [19.0] * SETS
    found = table.findings(pair)
    assert found.counts(0.05) == (found.sign.size, 0, 0)
    back, _ = bench(study, Question("volume", ("primary",)), fast, slow)
    assert back.findings(Pair(fast, slow)).counts(0.05) == (0, 0, found.sign.size)


def test_an_arm_lost_at_once_is_still_compared_early(study) -> None:
    table, pair = bench(study, Question("volume", ("primary",)), arm(growing(0.05)), arm(growing(0.1, start=2000.0)))
    assert list(table.comparison_days(pair)) == [3.0] * SETS


def test_what_cannot_be_felt_does_not_differ(study) -> None:
    table, pair = bench(study, Question("volume", ("primary",)), arm(growing(0.0, 1e-3)), arm(growing(0.0, 1.0)))
    assert table.findings(pair).counts(0.157)[1] == SETS * 30


def test_survival_is_that_of_the_fatal_site(study) -> None:
    question = Question("survival", ("primary", "rechallenge"))
    cured = arm(growing(0.0, 1.0), rechallenge=growing(0.2))
    table, pair = bench(study, question, cured, arm(growing(0.15)))
    better, none, worse = table.findings(pair).counts(0.05)
    assert (better, none, worse) == (SETS * 30, 0, 0)


def test_only_animals_that_lost_the_first_tumour_are_challenged_again(study) -> None:
    free = np.zeros((SETS, ANIMALS, 1), dtype=bool)
    free[:, :4] = True
    primary = np.where(free, 0.0, growing(0.05))
    protected = np.where(free, 0.0, growing(0.2))
    table, pair = bench(
        study, Question("absence", ("rechallenge",)), arm(primary, protected), arm(growing(0.1), growing(0.2))
    )
    treated, naive = table.enrolled(pair)
    assert treated.sum() == 4 * SETS
    assert naive.sum() == ANIMALS * SETS
    better, _, worse = table.findings(pair).counts(0.05)
    assert (better, worse) == (SETS * 30, 0)


def test_nobody_is_challenged_where_a_treatment_cures_none_and_all_untreated_animals_are(study) -> None:
    free = np.zeros((SETS, ANIMALS, 1), dtype=bool)
    free[:2, :4] = True
    primary, protected = np.where(free, 0.0, growing(0.05)), np.where(free, 0.0, growing(0.2))
    lucky = np.zeros((SETS, ANIMALS, 1), dtype=bool)
    lucky[:, 0] = True  # an untreated tumour that did not take says nothing of naive animals
    untreated = arm(np.where(lucky, 0.0, growing(0.1)), growing(0.2))
    table, pair = bench(study, Question("absence", ("rechallenge",)), arm(primary, protected), untreated)
    assert table.usable(pair).tolist() == [True] * 2 + [False] * (SETS - 2)
    assert table.enrolled(pair)[1].all()
    assert table.findings(pair).counts(0.05) == (2 * 30, 0, 0)


def test_a_marker_is_higher_where_it_is_higher_and_below_detection_nowhere(study) -> None:
    question = Question("marker", readouts=(OutputRatio(("cd8@primary",)),))
    many, few, traces = (arm(growing(0.0), marker=growing(0.0, level)) for level in (1e4, 1e3, 1e-9))
    table, pair = bench(study, question, many, few)
    assert table.findings(pair).counts(0.05)[0] > 0.95 * SETS * 30
    table, pair = bench(study, question, many, traces)
    assert table.detection(question.readouts[0], [3]) == pytest.approx(11.0)
    inverse = Question("marker", readouts=(OutputRatio((), ("cd8@primary",)),))
    table, pair = bench(study, inverse, many, few)
    assert table.findings(pair).counts(0.05)[2] > 0.95 * SETS * 30


def test_control_by_cells_is_what_their_depletion_takes_away(study) -> None:
    """Not how small the tumour is: the first arm shrinks without those cells as well, the second by them alone."""
    question = Question("dependence", ("primary",), depletion="CD8 depletion")
    alone, by_cells = arm(growing(-0.05)), arm(growing(0.05))
    table, pair = bench(study, question, alone, by_cells)
    depleted = (arm(growing(-0.05)), arm(growing(0.12)))
    found = table.findings(Pair(pair.first, pair.second, depleted))
    assert found.counts(0.05)[2] > 0.95 * SETS * 30
    neither = table.findings(Pair(pair.first, pair.second, (arm(growing(-0.05)), arm(growing(0.05)))))
    assert neither.counts(0.05)[1] > 0.85 * SETS * 30


def test_the_arm_beside_a_dependence_is_the_same_in_depleted_hosts(study) -> None:
    irradiated = study.arm("X")
    without = control_of(Question("dependence", ("primary",), depletion="CD8 depletion"), irradiated)
    assert without.radiation == irradiated.radiation
    assert set(without.host_changes) == {*irradiated.host_changes, "CD8 depletion"}
    assert control_of(Question("kill", ("primary",)), irradiated).radiation == ()
