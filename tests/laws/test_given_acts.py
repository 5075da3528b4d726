"""What a study gives acts once, on its day: seen in the cells and in the blood of a simulated animal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

# Without a shoulder and without hypoxia every fraction of one size kills the same share.
STRAIGHT = {"beta_photon": 0.0, "hypoxic_fraction_limit": 0.0}
ALPHA_PER_GY, DOSE_GY, AIR_MMHG = 0.25, 2.0, 160.0
LAST = 3.5


def _run(lab: Any) -> Any:
    once, drug = lab.x_rays(DOSE_GY), lab.drug("anti-PD-1", days=(0,))
    arms = {
        "course": lab.x_rays(DOSE_GY, (0, 1, LAST)),
        "once": once,
        "with a drug": lab.both(drug, once),
        "thrice": lab.both(once, once, drug, once),
        "late": lab.drug("anti-PD-1", days=(3,)),
    }
    study = lab.study("CT26", arms, sites={"primary": lab.primary}, size=1, follow_up=5, immune="nude")
    return lab.run(study, change={**STRAIGHT, "alpha_photon": ALPHA_PER_GY, "oxic_po2": AIR_MMHG}, step_days=0.25)


def _killed(run: Any, arm: str, day: float) -> float:
    """-ln of the surviving share of living cells."""
    treated, control = run.at(day, "tumour", arm, "primary"), run.at(day, "tumour", "control", "primary")
    return float(-np.log(treated / control)[0])


def test_every_fraction_of_a_course_acts_the_last_one_too(lab: Any) -> None:
    run = _run(lab)
    one = ALPHA_PER_GY * DOSE_GY
    assert _killed(run, "course", 0) == pytest.approx(one, rel=1e-3)
    # Killed cells make room, so that the others grow a little faster than in the untreated tumour.
    jump = _killed(run, "course", LAST) - _killed(run, "course", LAST - 0.25)
    assert jump == pytest.approx(one, rel=0.05)


def test_a_fraction_at_the_time_of_an_injection_and_of_other_fractions_acts_once(lab: Any) -> None:
    run = _run(lab)
    assert _killed(run, "with a drug", 0) == _killed(run, "once", 0)
    assert _killed(run, "thrice", 0) == pytest.approx(3.0 * _killed(run, "once", 0), rel=1e-6)
    # Nor is the injection repeated by the fractions.
    once, thrice = (run.at(2, "blood_plasma anti-PD-1", arm)[0] for arm in ("with a drug", "thrice"))
    assert once > 0.0
    assert thrice == pytest.approx(once, rel=1e-3)


def test_a_drug_is_in_the_blood_from_the_day_of_its_injection_not_before(lab: Any) -> None:
    run = _run(lab)
    plasma = run("blood_plasma anti-PD-1", "late")[0]
    assert np.all(plasma[run.times <= 3.0] == 0.0)  # on day 3 it is still in the peritoneum
    assert np.all(plasma[run.times > 3.0] > 0.0)
    assert plasma[run.index(3.25)] > 0.2 * plasma.max()
