"""The fast solver: a task spread over threads, each working through subjects side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import numpy as np

from abscopal.engine.ensemble.kernel import kernel_for
from abscopal.engine.solution import Solution
from abscopal.engine.status import Status
from abscopal.engine.task import Task
from abscopal.engine.threads import available_threads

_FIRST_STEP_DAYS = 1e-3
_POLL_SECONDS = 0.1
_MOST_THREADS = 1024


def solve_fast(
    task: Task,
    progress: Callable[[int, int], None] | None = None,
    threads: int | None = None,
    lanes: int | None = None,
    **extra: Any,
) -> Solution:
    """All trajectories of a task. Raises KeyboardInterrupt after every thread has stopped."""
    kernel = kernel_for(task.system, lanes)
    n, n_states = len(task.parameters), len(task.system.states)
    outputs = np.full((n, len(task.times), len(task.selected)), np.nan)
    final = np.full((n, n_states), np.nan)
    status = np.zeros(n, dtype=np.int8)
    status[~np.isfinite(task.parameters).all(axis=1)] = Status.INVALID_PARAMETERS
    steps = np.zeros(n, dtype=np.int64)
    counters = np.zeros(3 * 8, dtype=np.int64)  # a cache line each: next subject, done, stop
    following, done, stop = counters[0:1], counters[8:9], counters[16:17]
    slots = {
        **_of_task(task),
        "next_subject": following,
        "stop": stop,
        "done": done,
        "out": outputs,
        "final": final,
        "status": status,
        "steps": steps,
        **extra,
    }
    count = _thread_count(threads, n, kernel.layout.lanes)
    failed_before = int(np.count_nonzero(status))
    workspaces = [kernel.workspace() for _ in range(count)]
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="abscopal") as pool:
        jobs = [pool.submit(kernel.run, slots, w) for w in workspaces]
        try:
            pending = set(jobs)
            while pending:
                pending = wait(pending, timeout=_POLL_SECONDS).not_done
                if progress is not None and n:
                    progress(min(n, int(done[0]) + failed_before), n)
        finally:
            # After Ctrl-C, or an error in `progress`, the threads leave at their next step.
            stop[0] = 1
            wait(jobs)
    for job in jobs:
        job.result()
    return Solution(task.times, outputs, task.names, final, status, steps)


def _of_task(task: Task) -> dict[str, Any]:
    """What the kernel reads of a task."""
    span = task.end - task.start
    return {
        "subjects": len(task.parameters),
        "parameters": task.parameters,
        "initial": task.initial,
        "times": task.times,
        "n_times": len(task.times),
        "selected": task.selected,
        "n_selected": len(task.selected),
        "event_times": task.event_times,
        "event_maps": task.event_maps,
        "event_arguments": task.event_arguments,
        "n_events": len(task.event_times),
        "event_width": task.event_arguments.shape[1],
        "start": task.start,
        "end": task.end,
        "rtol": task.rtol,
        "absolute": task.absolute,
        "max_steps": float(task.max_steps),
        "first_step": min(_FIRST_STEP_DAYS, span) if span > 0.0 else _FIRST_STEP_DAYS,
    }


def _thread_count(asked: int | None, subjects: int, lanes: int) -> int:
    """As many as are asked for, or may be used; never more than there are vectors of subjects to share."""
    most_useful = max(1, -(-subjects // lanes))
    return min(asked or available_threads(), _MOST_THREADS, most_useful)
