"""A first treatment that is not on day 0: nothing before it, its whole effect on its day, and the same as on day 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import radiation

LATER = 5
# A tumour that neither grows nor dies by itself: a fraction leaves exp(-alpha D - beta D^2), D scaled for oxygen.
STILL = {
    "maximum_growth_rate": 1e-9,
    "spontaneous_death_rate": 0.0,
    "hypoxic_fraction_limit": 0.0,
    "alpha_photon": 0.2,
    "beta_photon": 0.03,
    "oxic_po2": 160.0,
    "transition_dose": 50.0,
}


def test_a_fraction_on_a_later_day_kills_on_that_day_and_in_full(lab: Any) -> None:
    sites = {"primary": {"inoculum": "1e6 cells", "inoculated": "0 d"}}
    how = {"sites": sites, "size": 1, "follow_up": 8, "immune": "scid", "clock": "inoculation"}
    study = lab.study("CT26", {"x": lab.x_rays(4, (LATER,))}, **how)
    run = lab.run(study, change=STILL, without=["natural_killer"], rtol=1e-7)
    left = run("tumour", "x", "primary")[0] / run("tumour", "control", "primary")[0]
    before = run.times < LATER
    assert left[before] == pytest.approx(np.ones(before.sum()), rel=1e-6)
    dose = 4.0 * float(radiation.oxygen_dose_factor(STILL["oxic_po2"], 2.0))
    assert dose == pytest.approx(4.0, rel=0.03)
    assert left[~before] == pytest.approx(np.full((~before).sum(), np.exp(-0.2 * dose - 0.03 * dose**2)), rel=1e-5)


@pytest.mark.parametrize("line", ["CT26", "MC38", "TUBO"])
def test_an_experiment_is_the_same_whatever_day_its_clock_calls_zero(lab: Any, line: str) -> None:
    """Inoculation, start volume, fractions with the node, and a drug, counted from the fraction or the inoculation."""
    runs = {}
    for clock, first in (("first_fraction", 0), ("inoculation", 9)):
        sites = {
            "primary": {
                "inoculum": "2e6 cells",
                "inoculated": f"{first - 9} d",
                "start_volume": {"value": "75 mm3", "day": f"{first} d"},
            },
            "secondary": {"inoculum": "1e6 cells", "inoculated": f"{first - 7} d"},
        }
        radiation = lab.x_rays(8, (first, first + 1, first + 2), node_in_field=True)
        arms = {"both": lab.both(radiation, lab.drug("anti-PD-1", days=(first, first + 3)))}
        study = lab.study(line, arms, sites=sites, size=3, follow_up=20 + first, clock=clock)
        runs[first] = lab.run(study, rtol=1e-6)
    for name, site in (("volume", "primary"), ("volume", "secondary"), ("blood_cd8", None), ("node_treg", None)):
        for day in (-5, -1, 0, 2, 10, 20):
            later = runs[9].at(day + 9, name, "both", site)
            assert later == pytest.approx(runs[0].at(day, name, "both", site), rel=5e-3, abs=1e-2), (name, day)
    # The node is dosed on its day, not on day 0.
    assert np.all(runs[9].at(0, "node_treg", "both") > 0.99 * runs[9].at(0, "node_treg", "control"))
    assert np.all(runs[9].at(9, "node_treg", "both") < 0.3 * runs[9].at(9, "node_treg", "control"))


@pytest.mark.parametrize("line", ["CT26", "TUBO"])
def test_a_treatment_that_waits_meets_a_larger_tumour(lab: Any, line: str) -> None:
    drugs = ("anti-PD-1", "anti-CTLA-4")
    arms = {
        str(first): lab.both(
            lab.x_rays(8, (first, first + 1, first + 2)), *(lab.drug(d, days=(first, first + 3)) for d in drugs)
        )
        for first in (0, LATER)
    }
    run = lab.run(lab.study(line, arms, size=3, follow_up=30))
    untreated = run("tumour", "control", "primary")[:, run.times < LATER]
    assert run("tumour", str(LATER), "primary")[:, run.times < LATER] == pytest.approx(untreated, rel=1e-3)
    assert np.all(run.peak("volume", str(LATER), "secondary") > 1.2 * run.peak("volume", "0", "secondary"))
