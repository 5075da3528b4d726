"""Row T07 in patients, and killing per CAR-T cell: kinetics after lymphodepletion, and what irradiated targets add.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import study as studies

LINES = ("CT26", "LLC", "TUBO")
# Tumour and product, two of costimulation by 4-1BB and one by CD28.
PATIENTS = (
    ("B-cell lymphoma", "CD19 CAR-T (4-1BB)"),
    ("B-cell lymphoma", "CD19 CAR-T (CD28)"),
    ("multiple myeloma", "BCMA CAR-T"),
)


def _drug(agent: str, dose: str) -> dict[str, Any]:
    return {"agent": agent, "dose": dose, "route": "iv", "days": ["-5 d", "-4 d", "-3 d"]}


def _patients(lab: Any, tumour: str, product: str, change: dict[str, float] | None = None) -> Any:
    cells = {"product": product, "number": "2e8 cells", "route": "iv", "days": ["0 d"]}
    car = {"cells": [cells], "drugs": [_drug("fludarabine", "45 mg"), _drug("cyclophosphamide", "450 mg")]}
    given = {
        "abscopal": 1,
        "study": "patients",
        "tumour": tumour,
        "host": {"species": "human"},
        "sites": {"primary": {"start_volume": {"value": "100 cm3", "day": "-10 d"}}},
        "arms": {"control": {}, "car": car},
        "control": "control",
        # Peaks of patients differ by two orders of magnitude: a median of five says little.
        "cohort": {"size": 20, "seed": 1},
        "follow_up": "120 d",
    }
    return lab.run(studies.from_dict(given), change=change)


@pytest.mark.slow
@pytest.mark.parametrize(("tumour", "product"), PATIENTS)
def test_T07_patients_peak_in_the_second_week_contract_and_persist(lab: Any, tumour: str, product: str) -> None:
    """Published: peak on day 9.3, decline with a half-life of 4.3 days, then slow (90 patients, Stein 2019)."""

    def peak_days(run: Any) -> np.ndarray:
        return np.asarray(run.times[np.argmax(run("blood_car_t", "car"), axis=1)])

    run = _patients(lab, tumour, product)
    assert 6 <= np.median(peak_days(run)) <= 14
    blood = run("blood_car_t", "car")
    peak = blood.max(axis=1)
    assert np.median(peak) > 5.0 * 2e8
    # Contraction, and cells that last.
    assert np.median(run.at(42, "blood_car_t", "car") / peak) < 0.2
    assert np.median(run.at(120, "blood_car_t", "car") + run.at(120, "blood_car_t_memory", "car")) > 1e5
    # Without the division of freshly infused cells the peak is small, and late or at the infusion.
    still = _patients(lab, tumour, product, {"car_programme_share": 0.0})
    # A changed number is not drawn anew: patients whose tumour cannot have its size are left out.
    possible = still.result.data["status"].sel(arm="car").values == 0
    assert possible.sum() >= 15
    assert np.median(still("blood_car_t", "car").max(axis=1)[possible]) < 0.6 * np.median(peak)
    assert not 6 <= np.median(peak_days(still)[possible]) <= 14


@pytest.mark.slow
@pytest.mark.parametrize("product", ["CD19 CAR-T (4-1BB)", "CD19 CAR-T (CD28)", "CD19/CD22 CAR-T"])
def test_X01_the_syndrome_begins_in_the_first_days_and_is_over_in_a_month(lab: Any, product: str) -> None:
    """Published: median onset on day 5 (471 patients), none new after day 14 (475 patients)."""
    run = _patients(lab, "B-cell lymphoma", product)
    severity = run("blood_crs_severity", "car")[:, run.times >= 0]
    times = run.times[run.times >= 0]
    assert 1 <= np.median(times[np.argmax(severity >= 1.0, axis=1)]) <= 5
    highest = times[np.argmax(severity, axis=1)]
    assert np.median(highest) <= 14
    assert np.median(run.at(42, "blood_crs_severity", "car")) < 0.5 * np.median(severity.max(axis=1))


@pytest.mark.parametrize("line", LINES)
def test_T08_irradiated_cells_are_killed_faster_by_each_car_t_cell(lab: Any, line: str) -> None:
    """A measure of the dish: tumour cells as they are, and one cell that nothing suppresses."""
    cells = {"cells": [{"product": "CAR-T", "number": "5e6 cells", "route": "iv", "days": ["1 d"]}]}
    arms = {"cells": cells, "both": lab.both(cells, lab.x_rays(4))}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=1, follow_up=10)

    def gain(day: float, **change: float) -> float:
        run = lab.run(study, change=change)
        irradiated, plain = (run.at(day, "car_kill_per_cell", arm, "primary") for arm in ("both", "cells"))
        return float(np.median(irradiated / plain))

    assert gain(1) > 1.2
    assert gain(9) < 1.1
    assert gain(1, car_kill_gain=0.0) == pytest.approx(1.0, abs=0.05)
