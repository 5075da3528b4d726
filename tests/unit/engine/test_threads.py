"""The number of threads is what the process is allowed, not what the machine has."""

from __future__ import annotations

import os

import pytest

from abscopal.engine import solve
from abscopal.engine.ensemble.fast import _thread_count
from abscopal.engine.threads import available_threads
from abscopal.errors import InputError


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch):
    monkeypatch.delenv("ABSCOPAL_THREADS", raising=False)
    monkeypatch.delenv("SLURM_CPUS_PER_TASK", raising=False)


def _allow(monkeypatch, processors):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(processors), raising=False)


def test_the_affinity_mask_counts_and_not_the_machine(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    _allow(monkeypatch, [3, 7, 9])
    assert available_threads() == 3
    assert _thread_count(None, 1000, 8) == 3


def test_without_an_affinity_mask_the_machine_counts(monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert available_threads() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_threads() == 1


def test_the_batch_system_goes_before_the_mask_and_the_user_before_both(monkeypatch):
    _allow(monkeypatch, range(8))
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "4")
    assert available_threads() == 4
    monkeypatch.setenv("ABSCOPAL_THREADS", " 2 ")
    assert available_threads() == 2
    monkeypatch.setenv("ABSCOPAL_THREADS", "")
    assert available_threads() == 4


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "١"])
@pytest.mark.parametrize("variable", ["ABSCOPAL_THREADS", "SLURM_CPUS_PER_TASK"])
def test_what_is_no_number_of_threads_is_refused_in_words(monkeypatch, variable, text):
    monkeypatch.setenv(variable, text)
    with pytest.raises(InputError, match=rf"{variable}: .*(?s:.*)at least 1(?s:.*)unset it"):
        available_threads()


def test_a_bad_variable_is_told_by_a_solution_and_ignored_where_threads_are_given(monkeypatch, treated):
    system, schedule, values = treated
    monkeypatch.setenv("ABSCOPAL_THREADS", "many")
    with pytest.raises(InputError, match="ABSCOPAL_THREADS"):
        solve(system, schedule, [values], [0.0, 1.0])
    assert solve(system, schedule, [values], [0.0, 1.0], threads=1).finished.all()
