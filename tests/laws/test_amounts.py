"""No stock of a study's model is ever below zero, however steep its saturations are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from abscopal import cohort, engine, pipeline
from abscopal.simulation import Settings, output_times

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_stocks_stay_zero_or_more_with_half_saturations_near_zero() -> None:
    study = pipeline.load(EXAMPLES / "murty2020_gd2.yaml")
    prepared = pipeline.prepare(study)
    names = prepared.model.parameter_names
    drawn = cohort.draw(prepared.declared, 1, 64, 0)
    for column, name in enumerate(names):
        if "half" in name or "affinity" in name or name.endswith("threshold"):
            drawn[:, column] *= 1e-9
        elif "kill" in name:
            drawn[:, column] *= 1e3
    schedule = prepared.schedules[study.arms[-1].name]
    days = output_times(study, Settings())
    stocks = replace(prepared.model.system, outputs=tuple((s.name, s) for s in prepared.model.system.states))
    solution = engine.solve(stocks, schedule, drawn, days, start=prepared.start_day)
    assert solution.finished.all()
    lowest = dict(zip(solution.names, solution.outputs.min(axis=(0, 1)), strict=True))
    assert {name: low for name, low in lowest.items() if not np.isfinite(low) or low < 0.0} == {}
