"""What a study sets is what is simulated: no number is read from the catalogue behind its back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from abscopal import pipeline, radiation, study
from abscopal.simulation import Settings

SITE = {"inoculum": "1e6 cells", "inoculated": "-1 d"}
# A tumour that neither grows nor dies by itself, well oxygenated and in hosts without immunity: what is lost is killed.
STILL = {
    "maximum_growth_rate": 1e-9,
    "spontaneous_death_rate": 0.0,
    "hypoxic_fraction_limit": 0.0,
    "oxic_po2": 160.0,
    "alpha_photon": 0.2,
    "beta_photon": 0.03,
}


def _study(arms: dict[str, Any], follow_up: float, size: int = 2, **set_to: str) -> study.Study:
    return study.from_dict(
        {
            "abscopal": 1,
            "study": "set",
            "tumour": "CT26",
            "host": {"immune": "scid"},
            "sites": {"primary": SITE},
            "arms": {"control": {}, **arms},
            "control": "control",
            "follow_up": f"{follow_up} d",
            "cohort": {"size": f"{size}"},
        },
        set_to,
    )


def _seeds(**more: str) -> dict[str, Any]:
    return {"seeds": {"radiation": [{"quality": "I-125", "days": "0 d", "target": "primary", **more}]}}


@pytest.mark.slow
@pytest.mark.parametrize(("half_life", "gray"), [(17.0, 58.98), (59.4, 41.32), (9.7, 59.95)])
def test_seeds_give_their_dose_with_the_half_life_of_the_study(half_life: float, gray: float) -> None:
    """60 Gy until decay: 60 (1 - 2^(-100/T)) Gy by day 100; Pd-103 has 17 d, I-125 59.4 d, Cs-131 9.7 d."""
    chosen = _study(_seeds(dose_per_fraction="60 Gy"), 100, seed_half_life=f"{half_life} d")
    given = pipeline.run(chosen).data["protracted_dose"].sel(arm="seeds", site="primary", time=100.0).values
    assert given == pytest.approx(gray, abs=0.01)


@pytest.mark.parametrize("half_life", [17.0, 59.4])
def test_seeds_of_a_dose_rate_begin_at_it_whatever_their_half_life(half_life: float) -> None:
    """7 cGy/h are 1.68 Gy a day at first: by day 1 that many less what has decayed, and in the end 1.68 T/ln 2."""
    chosen = _study(_seeds(initial_dose_rate="7 cGy/h"), 100, seed_half_life=f"{half_life} d")
    given = pipeline.run(chosen).data["protracted_dose"].sel(arm="seeds", site="primary", time=1.0).values
    mean_life = half_life / math.log(2)
    assert given == pytest.approx(1.68 * mean_life * (1 - 0.5 ** (1 / half_life)), rel=1e-3)
    (course,) = chosen.arm("seeds").radiation
    assert course.dose_per_fraction_gy == pytest.approx(1.68 * mean_life, rel=1e-6)


@pytest.mark.parametrize(("half_time", "factor"), [(0.01, 0.466), (0.0625, 0.862), (0.4, 0.976)])
def test_a_slow_fraction_is_repaired_with_the_half_time_drawn(half_time: float, factor: float) -> None:
    """6 Gy at 0.1 Gy/min last an hour: the effect is αD + βGD² with the Lea-Catcheside factor G of this half-time."""
    course = {"quality": "X-rays", "dose_per_fraction": "6 Gy", "days": "0 d", "target": "primary"}
    chosen = _study({"slow": {"radiation": [{**course, "dose_rate": "0.1 Gy/min"}]}}, 1, size=1)
    prepared = pipeline.prepare(chosen, ["natural_killer"])
    values = np.array([[p.value for p in prepared.declared.values()]])
    for name, value in {**STILL, "repair_half_time": half_time}.items():
        values[:, [n.partition("@")[0] == name for n in prepared.model.parameter_names]] = value
    run = pipeline.run(
        chosen,
        draws={arm.name: values for arm in chosen.arms},
        without=["natural_killer"],
        settings=Settings(rtol=1e-7, step_days=0.01),
    ).data["tumour"]
    left = run.sel(arm="slow", site="primary", time=0.0) / run.sel(arm="control", site="primary", time=0.0)
    dose = 6.0 * float(radiation.oxygen_dose_factor(STILL["oxic_po2"], 2.0))
    effect = -math.log(float(left.values[0]))
    assert (effect - 0.2 * dose) / (0.03 * dose**2) == pytest.approx(factor, abs=2e-3)


def test_courses_of_nearly_the_same_stated_effect_have_fields_of_their_own() -> None:
    """10.60 and 10.62 Gy of photons for 5 Gy of carbon are RBEs of 2.120 and 2.124."""
    beam = {"quality": "carbon", "let": "50 keV/um", "dose_per_fraction": "5 Gy", "days": "0 d", "target": "primary"}
    arms = {name: {"radiation": [{**beam, "isoeffective_photon_dose": f"{name} Gy"}]} for name in ("10.60", "10.62")}
    prepared = pipeline.prepare(_study(arms, 5))
    assert [f.stated_rbe for f in prepared.plan.fields] == [pytest.approx(2.12), pytest.approx(2.124)]
    killed = [float(pipeline.run(_study(arms, 5)).data["tumour"].sel(arm=arm, time=0.0).values[0, 0]) for arm in arms]
    assert killed[1] < killed[0] * 0.999
