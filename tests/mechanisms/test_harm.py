"""Rows T11 and X01: cytokine release and neurotoxicity after CAR-T cells, and the drugs around them.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from abscopal import study as studies

LINES = ("CT26", "LLC", "TUBO")
CAR, CD19, CD28 = "CAR-T", "CD19 CAR-T (4-1BB)", "CD19 CAR-T (CD28)"


def _cells(product: str = CAR, number: float = 5e6, days: Sequence[float] = (0,)) -> dict[str, Any]:
    course = {"product": product, "number": f"{number:g} cells", "route": "iv", "days": [f"{d} d" for d in days]}
    return {"cells": [course]}


def _local(number: float) -> dict[str, Any]:
    """Cells injected into the tumour: those of a vein hardly enter a solid one whose vessels are closed."""
    course = {"product": CAR, "number": f"{number:g} cells", "route": "it", "target": "primary", "days": ["0 d"]}
    return {"cells": [course]}


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


def _run(lab: Any, line: str, arms: dict[str, Any], follow_up: float = 20, **options: Any) -> Any:
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=1, follow_up=follow_up)
    return lab.run(study, typical=True, **options)


def _patients(lab: Any, arms: dict[str, Any], volume: str = "100 cm3", follow_up: float = 40, size: int = 3) -> Any:
    given = {
        "abscopal": 1,
        "study": "patients",
        "tumour": "B-cell lymphoma",
        "host": {"species": "human"},
        "sites": {"primary": {"start_volume": {"value": volume, "day": "-10 d"}}},
        "arms": {"control": {}, **arms},
        "control": "control",
        "cohort": {"size": size, "seed": 1},
        "follow_up": f"{follow_up} d",
    }
    return lab.run(studies.from_dict(given))


def _crs(run: Any, arm: str) -> float:
    return _median(run.peak("blood_crs_severity", arm))


def _icans(run: Any, arm: str) -> float:
    return _median(run.peak("blood_icans_severity", arm))


@pytest.mark.parametrize("line", LINES)
def test_X01_cytokine_release_grows_with_dose_expansion_and_load(lab: Any, line: str) -> None:
    doses = (5e5, 5e6, 5e7)
    arms = {f"{n:g}": _cells(CAR, n) for n in doses}
    run = _run(lab, line, arms)
    # In the first days; later, few cells have made up by division.
    grades = [_median(run("blood_crs_severity", f"{n:g}")[:, run.times <= 4].max(axis=1)) for n in doses]
    assert grades[0] + 0.3 < grades[1] < grades[2] - 0.3
    assert 0.0 == _crs(run, "control") <= min(grades) <= max(grades) <= 4.0
    # Expansion: the same dose of cells that cannot divide.
    still = _run(lab, line, arms, change={"car_division_rate": 0.0})
    assert _crs(still, "5e+06") < _crs(run, "5e+06") - 0.2
    # Cells that release nothing.
    mute = _run(lab, line, arms, change={"il1_release": 0.0, "il6_release": 0.0})
    assert _crs(mute, "5e+07") == 0.0


@pytest.mark.parametrize("line", LINES)
def test_X01_cytokine_release_grows_with_tumour_load(lab: Any, line: str) -> None:
    """The same cells into a tumour of 25 and of 250 mm3."""

    def il6(volume: float, **change: float) -> float:
        site = {**lab.primary, "start_volume": {"value": f"{volume} mm3", "day": "0 d"}}
        study = lab.study(line, {"car": _local(5e6)}, sites={"primary": site}, size=1, follow_up=14)
        run = lab.run(study, change=change)
        return _median(run.area("blood_il6", "car", after=0) - run.area("blood_il6", "control", after=0))

    assert il6(250) > 1.3 * il6(25)
    # Cells that recognise nothing: no release, whatever the load.
    assert il6(250, antigen_density=0.0) < 0.01 * il6(250)


@pytest.mark.slow
def test_X01_in_patients_it_is_graded_and_grows_with_load(lab: Any) -> None:
    arms = {"car": _cells(CD28, 1e8)}
    runs = [_patients(lab, arms, volume, size=15) for volume in ("10 cm3", "300 cm3")]
    small, large = (run.peak("blood_crs_severity", "car") for run in runs)
    # Load tells in those whose cells expand on the tumour, so in the mean and in the severe ones, not in every patient.
    assert 0.5 < np.mean(small) < np.mean(large) - 0.2 < 4.0
    assert np.sum(large > 2.5) > np.sum(small > 2.5)


@pytest.mark.parametrize("line", LINES)
def test_X01_neurotoxicity_follows(lab: Any, line: str) -> None:
    run = _run(lab, line, {"car": _cells(CAR, 5e7)}, step_days=0.25)

    def peak(name: str) -> float:
        return float(run.times[np.argmax(run(name, "car")[0])])

    assert _icans(run, "car") > 0.5
    onset = [float(run.times[np.argmax(run(f"blood_{n}_severity", "car")[0] > 0.5)]) for n in ("crs", "icans")]
    assert onset[1] > onset[0]
    assert peak("blood_icans_severity") >= peak("blood_il6")
    deaf = _run(lab, line, {"car": _cells(CAR, 5e7)}, change={"il1_release": 0.0})
    assert _icans(deaf, "car") == 0.0


@pytest.mark.parametrize("line", LINES)
def test_X01_bridging_lowers_it(lab: Any, line: str) -> None:
    bridge = lab.x_rays(6, (0, 1, 2, 3, 4))
    arms = {"car": _cells(CAR, days=(10,)), "bridged": lab.both(bridge, _cells(CAR, days=(10,)))}
    run = _run(lab, line, arms, follow_up=30)
    assert _crs(run, "bridged") < _crs(run, "car") - 0.2
    # Radiation that kills no tumour cells does not bridge.
    deaf = _run(lab, line, arms, follow_up=30, change={"alpha_photon": 1e-3, "beta_photon": 1e-4})
    assert _crs(deaf, "bridged") > _crs(run, "bridged") + 0.1


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T11_tocilizumab_anakinra_and_corticosteroid(lab: Any, line: str) -> None:
    car, days = _local(5e7), tuple(np.arange(0, 15, 0.5).tolist())
    arms = {
        "car": car,
        "tocilizumab": lab.both(car, lab.drug("tocilizumab", "8 mg/kg", (0, 4, 8), "iv")),
        "anakinra": lab.both(car, lab.drug("anakinra", "10 mg/kg", days, "sc")),
        "steroid": lab.both(car, lab.drug("dexamethasone", "5 mg/kg", days, "ip")),
    }
    run = _run(lab, line, arms)
    without = _crs(run, "car")
    for name, least in (("tocilizumab", 1.0), ("anakinra", 0.3), ("steroid", 0.5)):
        assert _crs(run, name) < without - least
    # The antibody blocks the signal and raises the cytokine; it does not keep it from the brain, the antagonist does.
    assert _median(run.peak("blood_il6", "tocilizumab")) > 2.0 * _median(run.peak("blood_il6", "car"))
    assert _icans(run, "tocilizumab") == pytest.approx(_icans(run, "car"), abs=0.05)
    assert _icans(run, "anakinra") < _icans(run, "car") - 0.5
    # None of them takes the cells' effect on the tumour (Stein 2019: no effect on expansion).
    for name in ("tocilizumab", "anakinra", "steroid"):
        assert _median(run.at(20, "volume", name, "primary") / run.at(20, "volume", "car", "primary")) < 1.1
    # Without binding, or without an effect of the steroid: as without the drug.
    idle = _run(lab, line, arms, change={"drug_affinity": 1e9, "steroid_inhibition": 0.0})
    for name in ("tocilizumab", "anakinra", "steroid"):
        assert _crs(idle, name) == pytest.approx(_crs(idle, "car"), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T11_lymphodepletion_makes_space_for_car_t_cells(lab: Any, line: str) -> None:
    depletion = lab.both(
        lab.drug("cyclophosphamide", "100 mg/kg", (-4, -3, -2), "ip"), lab.drug("fludarabine", "25 mg/kg", (-4, -3, -2))
    )
    arms = {"car": _cells(), "depleted": lab.both(depletion, _cells())}
    run = _run(lab, line, arms)
    lymphocytes = [_median(run.at(0, "blood_lymphocytes", a)) for a in arms]
    assert lymphocytes[1] < 0.2 * lymphocytes[0]

    def cells(run: Any) -> list[float]:
        return [_median(run.area("car_t", a, "primary", until=14)) for a in arms]

    alone, more = cells(run)
    assert more > 1.05 * alone
    none, idle = cells(_run(lab, line, arms, change={"lymphoid_space_gain": 0.0})), 1.0
    assert none[1] / none[0] < 0.97 * more / (idle * alone)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T11_cisplatin_kills_tumour_cells(lab: Any, line: str) -> None:
    drug = lab.drug("cisplatin", "5 mg/kg", (0, 7), "ip")
    arms = {"cisplatin": drug, "x": lab.x_rays(4), "both": lab.both(drug, lab.x_rays(4))}

    def left(arm: str, **change: float) -> float:
        run = _run(lab, line, arms, follow_up=14, change=change)
        return _median(run.at(12, "volume", arm, "primary") / run.at(12, "volume", "control", "primary"))

    assert left("cisplatin") < 0.7
    assert left("both") < 0.8 * min(left("cisplatin"), left("x"))
    assert left("cisplatin", cytotoxic_kill_rate=0.0) > 0.99
