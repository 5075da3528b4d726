"""Laws of the body: cells are never negative, what is gone stays gone, what is not there does nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

CELLS = (
    *("tumour", "moribund", "cd8", "cd4", "cd8_exhausted", "treg", "dendritic", "blood_cd8"),
    *("node_cd8_memory", "node_cd8_memory_precursor"),
)
IN_A_TUMOUR = ("tumour", "volume", "cd8", "treg", "antigen", "danger", "interferon", "dendritic", "killed_by_cd8")
LINES = ("CT26", "LM8", "4T1")


def _combined(lab: Any) -> dict[str, Any]:
    return lab.both(lab.x_rays(8, (0, 1, 2)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_nothing_is_ever_negative(lab: Any, line: str) -> None:
    arms = {
        "combined": _combined(lab),
        "depleted": lab.both(lab.drug("anti-CD8", "1 mg"), lab.drug("anti-CD4", "1 mg"), lab.x_rays(20)),
        "whole body": lab.x_rays(6, (5,), "whole_body"),
        "nude": lab.both(_combined(lab), lab.host("nude")),
    }
    run = lab.run(lab.study(line, arms, size=4, follow_up=60))
    assert np.all(run.result.data["status"].values == 0)
    for name in run.result.data.data_vars:
        assert run.result.data[name].values.min() >= 0.0, name
    for name in CELLS:
        assert name in run.result.data


def test_extinction_is_final_and_below_one_cell_means_none(lab: Any) -> None:
    run = lab.run(lab.study("CT26", {"cure": lab.x_rays(30, (0, 2, 4))}, size=4, follow_up=90))
    tumour = run("tumour", "cure", "primary")
    assert np.all(tumour[:, -1] == 0.0)
    for animal in tumour:
        gone = int(np.argmax(animal[run.index(0) :] == 0.0)) + run.index(0)
        assert np.all(animal[gone:] == 0.0)
        assert np.all(animal[run.index(0) : gone] >= 1.0)
    # The debris is cleared, and more slowly the senescent, so that the volume follows; nothing grows back.
    assert np.all(run.at(90, "volume", "cure", "primary") < 0.5)
    assert np.all(run.at(90, "tumour", "control", "primary") > 1e8)


@pytest.mark.slow
def test_a_site_without_tumour_stays_empty(lab: Any) -> None:
    """The third site is inoculated on the last day but one: until then nothing may show there, whatever is given."""
    later = {"inoculum": "1e6 cells", "inoculated": "19 d"}
    sites = {"primary": lab.primary, "secondary": lab.secondary, "later": later}
    run = lab.run(lab.study("CT26", {"combined": _combined(lab)}, sites=sites, size=2, follow_up=20))
    for arm in ("control", "combined"):
        for name in IN_A_TUMOUR:
            assert np.all(run(name, arm, "later")[:, : run.index(19)] == 0.0), name
        assert np.all(run.at(20, "tumour", arm, "later") > 1e5)


@pytest.mark.slow
def test_before_inoculation_the_body_is_at_rest(lab: Any) -> None:
    sites = {"primary": lab.primary, "late": {"inoculum": "1e6 cells", "inoculated": "-5 d"}}
    run = lab.run(lab.study("CT26", {}, sites=sites, size=2, follow_up=2))
    assert np.all(run.at(-9, "blood_lymphocytes", "control") > 0)
    assert np.all(run("volume", "control", "late")[:, : run.index(-5)] == 0.0)
    lymphocytes = run("blood_lymphocytes", "control")
    assert lymphocytes == pytest.approx(np.repeat(lymphocytes[:, :1], len(run.times), axis=1), rel=1e-6)


@pytest.mark.parametrize("change", ["nude", "SCID", "CD8 depletion"])
@pytest.mark.parametrize("line", LINES)
def test_without_t_cells_there_is_no_abscopal_effect(lab: Any, line: str, change: str) -> None:
    treatment = _combined(lab)
    arms = {
        "treated": treatment,
        "without": lab.both(treatment, lab.host(change)),
        "without, untreated": lab.host(change),
    }
    run = lab.run(lab.study(line, arms, size=1, follow_up=30), typical=True)
    distant = {arm: run.at(25, "volume", arm, "secondary") for arm in ("control", *arms)}
    # The competent host shows it; the other does not, although the irradiated tumour shrinks in both.
    assert np.all(distant["treated"] < 0.8 * distant["control"])
    # NK cells that Tregs no longer hold back are what is left.
    assert distant["without"] == pytest.approx(distant["without, untreated"], rel=0.05)
    irradiated = run.at(25, "volume", "without", "primary") / run.at(25, "volume", "without, untreated", "primary")
    assert np.all(irradiated < 0.5)
    assert np.all(run("cd8", "without", "secondary") == 0.0)


def test_a_whole_nude_host_is_the_nude_host_change(lab: Any) -> None:
    nude = lab.run(lab.study("CT26", {"x": lab.x_rays(8)}, size=2, follow_up=20, immune="nude"))
    changed = lab.run(lab.study("CT26", {"x": lab.both(lab.x_rays(8), lab.host("nude"))}, size=2, follow_up=20))
    assert np.allclose(nude("volume", "x", "primary"), changed("volume", "x", "primary"), rtol=1e-3)
    assert not np.allclose(nude("volume", "control", "primary"), changed("volume", "control", "primary"), rtol=1e-3)


def test_the_volume_is_that_of_all_cells_dead_ones_included(lab: Any) -> None:
    run = lab.run(lab.study("CT26", {"x": lab.x_rays(12)}, size=2, follow_up=10))
    living = (run("tumour", "x", "primary") + run("moribund", "x", "primary")) / 1e6
    assert np.all(run("volume", "x", "primary") >= living * (1 - 1e-9))
    # A fraction kills at once, but what is killed is still there.
    day = run.index(0)
    assert run("volume", "x", "primary")[:, day] == pytest.approx(run("volume", "control", "primary")[:, day], rel=1e-6)
    assert np.all(run("tumour", "x", "primary")[:, day] < 0.2 * run("tumour", "control", "primary")[:, day])
