"""What is said relative to an untreated tumour is 1 in an untreated tumour, whether the model computes it or not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import abscopal as ab
from abscopal import pipeline
from abscopal.model.generic import generic_model, neutral_value
from abscopal.simulation import Settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"
RELATIVE = re.compile(r"relative to (an untreated tumour|an unirradiated tumour|the untreated|unirradiated cells)$")
ALL = ("perfusion", "functional_vessels", "icam1_endothelium", "vcam1_endothelium", "entry", "vegf")
ALL += ("ccl2", "ccl20", "nkg2d_ligands")


@pytest.fixture(scope="module")
def data() -> Any:
    """The example with an irradiated and a distant tumour."""
    return pipeline.run(ab.load(EXAMPLE).with_cohort(size=3, seed=1), settings=Settings(rtol=1e-6)).data


def _relative(data: Any) -> list[str]:
    return [name for name in data.data_vars if RELATIVE.search(data[name].attrs.get("long_name", ""))]


def test_these_readouts_are_meant(data: Any) -> None:
    assert set(_relative(data)) == set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_they_are_1_wherever_nothing_was_done(data: Any, name: str) -> None:
    ones = pytest.approx(1.0, rel=1e-6)
    readout = data[name]
    # The untreated arm, both tumours and all days; every arm, the tumour that is never irradiated.
    assert readout.sel(arm="NoTX").values == ones
    assert readout.sel(site="distant").values == ones
    # Before the first fraction.
    first = float(data["time"].min())
    assert first < 0
    assert readout.sel(time=slice(first, -0.5)).values == ones
    assert np.abs(readout.sel(arm="Cion", site="irradiated", time=slice(0, 20)).values - 1.0).max() > 0.02


def test_what_is_counted_from_nothing_is_0_where_nothing_was_done(data: Any) -> None:
    for name in ("moribund", "senescent", "trex1", "permeability", "normalisation", "hypoxia", "residual_damage"):
        assert np.all(data[name].sel(site="distant").values == 0.0), name


def test_a_readout_that_a_study_lacks_altogether_has_its_neutral_value() -> None:
    prepared = pipeline.prepare(ab.load(EXAMPLE).with_cohort(size=1, seed=1))
    # No drug and no product of this study acts on these.
    for name, value in {
        "egress_open@node": 1.0,
        "lymphoid_space@blood": 1.0,
        "treg_function@blood": 1.0,
        "dendritic_support@distant": 1.0,
        "normal CD19@blood": 1.0,
        "off_tumour_harm@blood": 0.0,
        "nkt_help@blood": 0.0,
        "no such readout@distant": 0.0,
    }.items():
        assert prepared.model.neutral(name) is None, name
        assert neutral_value(prepared.model, name) == value, name
    assert neutral_value(prepared.model, "perfusion@distant") == 1.0


@pytest.mark.slow
def test_neutral_values_are_what_a_study_without_treatment_would_show() -> None:
    """A stock that starts at a plain number is left out as that number."""
    for stock in generic_model().species:
        start = dict(zip(generic_model().system.states, generic_model().system.initial, strict=True))[stock.symbol]
        if start.op == "const" and stock.group != "internal":
            assert stock.neutral == start.value, stock.name
