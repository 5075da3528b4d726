"""How many threads this process may use: what a user or a batch system allows, not what the machine has."""

from __future__ import annotations

import os

from abscopal.errors import InputError, Problem

# The first of these that is set decides.
VARIABLES = ("ABSCOPAL_THREADS", "SLURM_CPUS_PER_TASK")


def available_threads() -> int:
    """Number of threads or processes to use where nothing else is asked for, at least 1.

    ABSCOPAL_THREADS if it is set, else SLURM_CPUS_PER_TASK, else the processors that this process may run on (its
    affinity mask, where the system has one), else the processors of the machine.

    Raises
    ------
    InputError
        One of the variables is not a whole number of at least 1.
    """
    for variable in VARIABLES:
        text = os.environ.get(variable, "").strip()
        if text:
            return _whole_number(variable, text)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _whole_number(variable: str, text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) >= 1:
        return int(text)
    problem = Problem(
        f"{text!r} is no number of threads",
        key=variable,
        allowed="a whole number of at least 1",
        advice=f"set {variable} to how many threads the program may use, or unset it",
    )
    raise InputError(problem)
