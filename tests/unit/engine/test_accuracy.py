"""What a hundredth of the tolerance changes."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal.engine import Status
from abscopal.engine.accuracy import largest_change, relative_changes

PATH = np.exp(-np.linspace(0.0, 20.0, 50))[None, :, None] * np.array([1.0, 5.0])


def _change(before, after, status=(0, 0)):
    return largest_change(before, np.array([status[0]]), after, np.array([status[1]]), ["a", "b"])


def test_equal_answers_do_not_change():
    assert _change(PATH, PATH).size == 0.0


def test_the_output_that_changes_most_is_named():
    after = PATH * np.array([1.001, 1.07])
    assert _change(PATH, after).output == "b"
    assert _change(PATH, after).size == pytest.approx(0.07 / 1.07, rel=1e-6)


def test_what_is_small_beside_its_own_peak_is_compared_with_that():
    after = PATH + 1e-8
    assert relative_changes(PATH, after).max() < 2e-5


def test_one_instant_of_an_event_is_no_change_but_two_are():
    after = PATH.copy()
    after[0, 10, 0] *= 2.0
    assert _change(PATH, after).size == 0.0
    after[0, 11, 0] *= 2.0
    assert _change(PATH, after).size > 0.4


def test_a_subject_that_only_the_finer_run_finishes_changes_altogether():
    assert _change(PATH, PATH, (Status.STIFF, Status.FINISHED)).size == np.inf
    assert _change(PATH, 2.0 * PATH, (Status.FINISHED, Status.STIFF)).size == 0.0
    assert _change(PATH, 2.0 * PATH, (Status.STIFF, Status.STIFF)).size == 0.0
