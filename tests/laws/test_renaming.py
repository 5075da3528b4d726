"""Laws of names: what sites and arms are called changes nothing that is simulated or drawn."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from abscopal import pipeline, study
from abscopal.simulation import Settings

TEXT = """
abscopal: 1
study: names
tumour: CT26
host: {body_weight: 20 g}
sites:
  SITE_A: {inoculum: 5e5 cells, inoculated: -9 d, start_volume: {value: 75 mm3, day: 0 d}}
  SITE_B: {inoculum: 5e5 cells, inoculated: -7 d}
arms:
  ARM_A: {}
  ARM_B:
    radiation:
    - {quality: X-rays, dose_per_fraction: 6 Gy, days: [0 d, 1 d], target: SITE_A, node_in_field: true}
    - {quality: carbon, let: 50 keV/um, dose_per_fraction: 2 Gy, days: 2 d, target: SITE_B}
    drugs:
    - {agent: anti-PD-1, dose: 200 ug, route: ip, days: [0 d, 3 d]}
    - {agent: anti-PD-L1, dose: 50 ug, route: it, target: [SITE_B], days: 4 d}
    cells:
    - {product: tumour-specific CD8 T cells, number: 1e6 cells, route: iv, days: 1 d}
control: ARM_A
follow_up: 12 d
cohort: {size: 3, arms: SHARING}
endpoints: {survival: {volume_limit: 500 mm3, of: SITE_B}}
"""
# Sites and arms of names that are routes, organs, drugs, readouts, fields, code, or words of YAML; and how arms share.
NAMES = {
    "routes and words": (("ip", "node", "null", "true"), "shared"),
    "organs and fields": (("A+node", "blood", "X-rays 2 keV/um to A", "~"), "shared"),
    "drugs and signs": (("anti-PD-1", 'a@b, "c".dead', "$x_{", "../<b>&amp;%s{{1}}"), "shared"),
    "readouts": (("volume", "blood_cd8", "anti-PD-1 ", "ä: [é] µ"), "independent"),
}


def _renamed(names: tuple[str, str, str, str], sharing: str) -> Any:
    text = TEXT.replace("SHARING", sharing)
    for placeholder, name in zip(("SITE_A", "SITE_B", "ARM_A", "ARM_B"), names, strict=True):
        text = text.replace(placeholder, json.dumps(name))
    return pipeline.run(study.parse(text), settings=Settings(step_days=2.0))


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return {
        sharing: _renamed(("first", "second", "none", "all of it"), sharing) for sharing in ("shared", "independent")
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_renaming_all_sites_and_arms_changes_no_number(plain: dict[str, Any], kind: str) -> None:
    names, sharing = NAMES[kind]
    before, after = plain[sharing], _renamed(names, sharing)
    assert [site.name for site in after.metadata.sites] == [name.strip() for name in names[:2]]
    assert list(after.trajectories.arms) == [name.strip() for name in names[2:]]
    assert set(after.data.data_vars) == set(before.data.data_vars)
    for name in before.data.data_vars:
        np.testing.assert_array_equal(after.data[name].values, before.data[name].values, err_msg=str(name))
