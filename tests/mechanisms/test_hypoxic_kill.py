"""R02: cells short of oxygen survive radiation, and they are what is left of a tumour after a large dose."""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import radiation

DOSE_GY = 12.0
AIR_MMHG, NONE_MMHG = 160.0, 0.0
PHOTON_LET = 2.0


def _surviving(lab: Any, arms: dict[str, Any], hypoxic: float, let: float = PHOTON_LET) -> dict[str, float]:
    """Share of living cells that survives in each arm, for a tumour of which this share has no oxygen at all."""
    study = lab.study("CT26", arms, sites={"primary": lab.primary}, size=1, follow_up=1)
    oxygen = {"oxic_po2": AIR_MMHG, "hypoxic_po2": NONE_MMHG, "hypoxic_fraction_limit": hypoxic}
    run = lab.run(study, change={**oxygen, "hypoxia_half_volume": 1e-9})
    control = run.at(0, "tumour", "control", "primary")
    return {arm: float(run.at(0, "tumour", arm, "primary")[0] / control[0]) for arm in arms}


def test_R02_survivors_of_a_half_hypoxic_tumour_are_its_hypoxic_half(lab: Any) -> None:
    arms = {"x": lab.x_rays(DOSE_GY)}
    oxic, half, hypoxic = (_surviving(lab, arms, share)["x"] for share in (0.0, 0.5, 1.0))
    assert half == pytest.approx(0.5 * oxic + 0.5 * hypoxic, rel=1e-6)
    # Ten survivors without oxygen and more to each that has it.
    assert 0.5 * hypoxic > 0.9 * half
    assert np.log(hypoxic) > 0.5 * np.log(oxic)


def test_R02_without_oxygen_as_many_survive_as_with_it_at_a_third_of_the_dose(lab: Any) -> None:
    enhancement = float(radiation.oxygen_enhancement_ratio(NONE_MMHG, PHOTON_LET)) / float(
        radiation.oxygen_enhancement_ratio(AIR_MMHG, PHOTON_LET)
    )
    assert 2.5 < enhancement < 3.2
    arms = {"whole": lab.x_rays(DOSE_GY), "part": lab.x_rays(DOSE_GY / enhancement)}
    hypoxic, oxic = _surviving(lab, arms, 1.0)["whole"], _surviving(lab, arms, 0.0)["part"]
    assert hypoxic == pytest.approx(oxic, rel=0.05)


def test_R02_a_large_tumour_is_harder_to_sterilise_than_a_small_one(lab: Any) -> None:
    """Hypoxia grows with volume: the declared numbers, nothing set."""

    def killed(volume: float) -> float:
        site = {**lab.primary, "start_volume": {"value": f"{volume} mm3", "day": "0 d"}}
        study = lab.study("CT26", {"x": lab.x_rays(DOSE_GY)}, sites={"primary": site}, size=1, follow_up=1)
        run = lab.run(study)
        return float(-np.log(run.at(0, "tumour", "x", "primary") / run.at(0, "tumour", "control", "primary"))[0])

    assert killed(400) < killed(10) - 0.3
