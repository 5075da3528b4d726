"""Pools of simulated animals: what a study's model leaves out has its neutral value in every arm."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal.scoring.declarations import Effort
from abscopal.scoring.pools import MODEL, simulate_pool


def test_readouts_that_a_study_lacks_are_neutral_and_not_zero(lab: Any) -> None:
    study = lab.study("CT26", {"drug": lab.drug("anti-PD-1")}, size=2, follow_up=8)
    relative = ("perfusion@primary", "vegf@secondary", "entry@primary", "egress_open@node")
    absent = ("trex1@primary", "off_tumour_harm@blood")
    effort = Effort(sets=1, animals=2, draws=1, experiments_per_set=2)
    pool = simulate_pool(study, study.arms, [*relative, *absent], [0], effort, (MODEL,))
    for arm in pool.arms[MODEL].values():
        assert all(np.all(arm.outputs[name] == 1.0) for name in relative)
        assert all(np.all(arm.outputs[name] == 0.0) for name in absent)
        assert arm.outputs["perfusion@primary"].shape == arm.outputs["volume@primary"].shape


def test_a_tumour_beside_the_field_has_the_perfusion_of_an_untreated_one(lab: Any) -> None:
    study = lab.study("CT26", {"x": lab.x_rays(8)}, size=2, follow_up=5)
    effort = Effort(sets=1, animals=2, draws=1, experiments_per_set=2)
    pool = simulate_pool(study, study.arms, ["perfusion@primary", "perfusion@secondary"], [0], effort, (MODEL,))
    treated = pool.arms[MODEL][pool.names["x"]].outputs
    assert np.all(treated["perfusion@secondary"] == 1.0)
    assert np.abs(treated["perfusion@primary"] - 1.0).max() > 0.01
