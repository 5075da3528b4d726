"""Both solvers agree on the example studies, within ten times the tolerance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from abscopal import cohort, engine, pipeline

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
RTOL = 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("study", EXAMPLES, ids=lambda path: path.stem)
def test_fast_and_reference_agree(study):
    chosen = pipeline.load(study)
    prepared = pipeline.prepare(chosen)
    system = prepared.model.system
    parameters = cohort.draw(prepared.declared, seed=3, subjects=6)
    for arm in (chosen.arms[0].name, chosen.arms[-1].name):
        timeline, schedule = prepared.timelines[arm], prepared.schedules[arm]
        times = np.arange(np.ceil(timeline.start_day), chosen.follow_up_days + 1e-9, 3.0)
        options = {"start": timeline.start_day}
        exact = engine.solve(
            system, schedule, parameters, times, solver="reference", rtol=1e-9, atol=1e-11, **options
        ).outputs
        fast = engine.solve(system, schedule, parameters, times, solver="fast", rtol=RTOL, **options)
        assert (fast.status == 0).all()
        nearby = engine.solve(
            system, schedule, parameters * (1 + RTOL), times, solver="fast", rtol=1e-8, atol=1e-10, **options
        ).outputs
        size = np.abs(exact) + 1e-3 * np.abs(exact).max(axis=(0, 1))
        # What is never there but for rounding has no size of its own.
        size = np.where(size > 1e-12, size, 1.0)
        error = (np.abs(fast.outputs - exact) / size).max(axis=(1, 2))
        # Where a change of 1e-4 in the parameters does more than that, no tolerance can promise it.
        conditioned = (np.abs(nearby - exact) / size).max(axis=(1, 2))
        assert (error < np.maximum(10 * RTOL, conditioned)).all()
