"""The public way in: one function for every solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from numpy.typing import ArrayLike

from abscopal.engine.singular import without_solution
from abscopal.engine.solution import Solution
from abscopal.engine.task import Task, make_task
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.expr import Schedule, System

SOLVERS = ("fast", "reference")


def solve(
    system: System,
    schedule: Schedule,
    parameters: ArrayLike,
    times: ArrayLike,
    *,
    start: float = 0.0,
    solver: Literal["fast", "reference"] = "fast",
    initial: ArrayLike | None = None,
    rtol: float = 1e-4,
    atol: float = 1e-6,
    threads: int | None = None,
    outputs: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_steps: int = 100_000,
    wrt: Sequence[str] | None = None,
) -> Solution:
    """Trajectories of a system for many parameter vectors.

    Parameters
    ----------
    system, schedule : what to solve; the schedule is shared by all trajectories.
    parameters : array (subjects, parameters), columns in the order of `system.parameters`.
    times : array (times,) [d], increasing, none before `start`. The run ends at the last one; later events do not act.
    start : common start time [d]; may be negative.
    solver : "fast" (Rosenbrock method, many trajectories side by side) or "reference" (LSODA, one by one). What the
        fast solver gives up is tried by the reference solver; its status then says so.
    initial : array (subjects, states) that replaces the system's own initial state.
    rtol, atol : relative tolerance; absolute tolerance in units of `system.scales`.
    threads : how many threads the fast solver uses; None for as many as the process may, see `available_threads`.
    outputs : names of the outputs to return; None for all.
    progress : called with (trajectories done, all trajectories).
    max_steps : steps after which a trajectory is given up.
    wrt : names of parameters; the solution then holds `sensitivities`, array (subjects, times, outputs, wrt). For the
        fast solver only.

    Notes
    -----
    Events act exactly at their times, in the order of the schedule; an output at the time of an event shows the state
    after all events of that time. A state with `extinct_below` > 0 is set to zero at the moment it falls through its
    threshold, or when an event leaves it below; it stays zero unless an event or an inflow refills it. A state that is
    zero or more goes below only where its own rate or an event carries it: a step that jumps there is made anew.

    Raises
    ------
    InputError
        An argument has the wrong shape, or events lie before the start. A trajectory that fails raises nothing:
        its `status` says why, and its outputs after the failure are NaN.
    """
    if solver not in SOLVERS:
        raise InputError(unknown_name("solver", str(solver), SOLVERS, key="solver"))
    task = make_task(
        system,
        schedule,
        parameters,
        times,
        start=start,
        initial=initial,
        rtol=rtol,
        atol=atol,
        outputs=outputs,
        max_steps=max_steps,
    )
    return _solution(task, solver, wrt, progress, threads)


def _solution(
    task: Task,
    solver: Literal["fast", "reference"],
    wrt: Sequence[str] | None,
    progress: Callable[[int, int], None] | None,
    threads: int | None,
) -> Solution:
    """The solution by the solver that was asked for; each is loaded when it is first used."""
    if wrt is not None:
        if solver != "fast":
            raise InputError(
                Problem("only the fast solver gives sensitivities", key="wrt", advice="leave out solver='reference'")
            )
        from abscopal.engine.sensitivity import solve_with_sensitivities

        return solve_with_sensitivities(task, wrt, progress, threads)
    if solver == "reference":
        from abscopal.engine.reference import solve_reference

        return without_solution(task, solve_reference(task, progress), solve_reference)
    from abscopal.engine.ensemble.fallback import finished_by_reference
    from abscopal.engine.ensemble.fast import solve_fast

    solution = finished_by_reference(task, solve_fast(task, progress, threads))
    return without_solution(task, solution, solve_fast)
