"""Row T12: seeds, low dose rates and fields that hit a part of the tumour; and the laws of continuous irradiation."""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import radiation
from abscopal.regimen import courses

LINES = ("CT26", "LLC", "TUBO")
ALPHA, BETA, HALF_TIME = 0.2, 0.03, 0.0625
# A tumour that neither grows nor dies by itself, well oxygenated: what is lost is killed.
STILL = {
    "maximum_growth_rate": 1e-9,
    "spontaneous_death_rate": 0.0,
    "hypoxic_fraction_limit": 0.0,
    "alpha_photon": ALPHA,
    "beta_photon": BETA,
    "repair_half_time": HALF_TIME,
    "oxic_po2": 160.0,
}
SITE = {"inoculum": "1e6 cells", "inoculated": "-1 d"}
SEED_DAYS = 59.4


def seeds(rate: str = "7 cGy/h", target: Any = "primary") -> dict[str, Any]:
    return {"radiation": [{"quality": "I-125", "initial_dose_rate": rate, "days": "0 d", "target": target}]}


def _killed(lab: Any, arms: dict[str, Any], day: float, change: dict[str, float] | None = None) -> dict[str, float]:
    """-ln of the share of a still tumour that survives until a day, against the same animal untreated."""
    study = lab.study("CT26", arms, sites={"primary": SITE}, size=1, follow_up=day, immune="scid")
    run = lab.run(study, change={**STILL, **(change or {})}, without=["natural_killer"], rtol=1e-7)
    untreated = run.at(day, "tumour", "control", "primary")
    return {arm: -float(np.log(run.at(day, "tumour", arm, "primary") / untreated)[0]) for arm in arms}


def _oxygen() -> float:
    return float(radiation.oxygen_dose_factor(STILL["oxic_po2"], 2.0))


# Laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("dose_gy", [2.0, 5.0, 10.0])
def test_a_dose_given_fast_is_a_fraction(lab: Any, dose_gy: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same dose in seconds, as a dose rate and as an acute fraction; 10 Gy are in the linear tail."""
    for duration in ("longest_fraction_days", "shortest_stream_days"):
        monkeypatch.setattr(courses, duration, lambda: 0.0)
    killed = _killed(lab, {"acute": lab.x_rays(dose_gy), "fast": lab.x_rays(dose_gy, dose_rate="50 Gy/min")}, 1)
    assert killed["fast"] == pytest.approx(killed["acute"], rel=2e-3)


@pytest.mark.slow
def test_a_dose_over_days_has_the_lea_catcheside_factor(lab: Any) -> None:
    killed = _killed(lab, {"slow": lab.x_rays(6, dose_rate="2 mGy/min")}, 3)
    duration, dose = 6 / 0.002 / 1440, 6 * _oxygen()
    factor = float(radiation.dose_protraction_factor(duration, HALF_TIME))
    assert factor < 0.1
    assert killed["slow"] == pytest.approx(ALPHA * dose + factor * BETA * dose**2, rel=3e-3)


@pytest.mark.slow
def test_a_dose_over_hours_has_it_too_whatever_share_acts_at_once(lab: Any) -> None:
    arms = {
        f"{hours} h": lab.x_rays(5, dose_rate=f"{5000 / 60 / hours:.12g} mGy/min") for hours in (3, 6, 7, 12, 20, 30)
    }
    dose = 5 * _oxygen()
    for arm, killed in _killed(lab, arms, 2).items():
        factor = float(radiation.dose_protraction_factor(float(arm[:-2]) / 24, HALF_TIME))
        assert killed == pytest.approx(ALPHA * dose + factor * BETA * dose**2, rel=3e-3), arm


def test_a_dose_over_weeks_kills_by_alpha_alone(lab: Any) -> None:
    arms = {"weeks": lab.x_rays(6, dose_rate="0.2 mGy/min")}
    killed, linear = (_killed(lab, arms, 22, {"beta_photon": b})["weeks"] for b in (BETA, 0.0))
    assert killed == pytest.approx(ALPHA * 6 * _oxygen(), rel=0.02)
    assert killed == pytest.approx(linear, rel=0.02)


@pytest.mark.slow
def test_seeds_kill_as_a_decaying_source_does(lab: Any) -> None:
    killed = _killed(lab, {"seeds": seeds("5 cGy/h")}, 20)["seeds"]
    total = 0.05 * 24 * SEED_DAYS / np.log(2)
    dose = total * (1 - 0.5 ** (20 / SEED_DAYS)) * float(radiation.oxygen_dose_factor(STILL["oxic_po2"], 3.0))
    factor = float(radiation.decaying_source_protraction_factor(SEED_DAYS, HALF_TIME, 20.0))
    assert killed == pytest.approx(ALPHA * dose + factor * BETA * dose**2, rel=5e-3)


@pytest.mark.slow
def test_total_dose_is_conserved(lab: Any) -> None:
    arms = {
        "once": lab.x_rays(5, dose_rate="1 mGy/min"),
        "twice": lab.x_rays(2.5, (0, 1), dose_rate="1 mGy/min"),
        "seeds": seeds(),
        "body": lab.x_rays(5, (0,), "whole_body", dose_rate="1 mGy/min"),
    }
    run = lab.run(lab.study("CT26", arms, size=1, follow_up=30))
    for arm in ("once", "twice", "body"):
        assert run.at(30, "protracted_dose", arm, "primary") == pytest.approx(5.0, rel=1e-3)
        assert np.all(run.at(30, "dose_rate", arm, "primary") < 1e-9)
    assert run.at(0, "dose_rate", "seeds", "primary") == pytest.approx(1.68, rel=1e-6)
    assert run.at(30, "protracted_dose", "seeds", "primary") == pytest.approx(
        144.0 * (1 - 0.5 ** (30 / SEED_DAYS)), rel=1e-3
    )
    assert np.all(run("protracted_dose", "seeds", "secondary") == 0.0)
    assert np.all(run.at(30, "protracted_dose", "body", "secondary") > 4.9)


# Row T12 -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_seeds_shrink_the_tumour_and_reach_the_immune_system(lab: Any, line: str) -> None:
    arms = {"seeds": seeds(), "weak": seeds("1 cGy/h"), "acute": lab.x_rays(8)}
    run = lab.run(lab.study(line, arms, size=2, follow_up=30))
    last = {arm: run.at(30, "volume", arm, "primary") for arm in ("control", *arms)}
    assert np.all(last["seeds"] < 0.3 * last["control"])
    assert np.all(last["weak"] > 1.5 * last["seeds"])
    # Over days, not at once; and with the consequences that fractions have.
    assert np.all(run.at(0, "tumour", "seeds", "primary") > 0.99 * run.at(0, "tumour", "control", "primary"))
    assert np.all(run.peak("interferon", "seeds", "primary") > 1.5 * run.peak("interferon", "control", "primary"))
    assert np.all(run.at(4, "danger", "seeds", "primary") > 1.2 * run.at(4, "danger", "control", "primary"))
    assert np.all(run.at(6, "node_cd8", "seeds") > 1.2 * run.at(6, "node_cd8", "control"))
    # At 8 Gy in all (after five days) a dose that repair has outrun kills less than the acute fraction.
    killed = {a: np.log(run.at(5, "tumour", "control", "primary") / run.at(5, "tumour", a, "primary")) for a in arms}
    assert np.all(killed["seeds"] < 0.8 * killed["acute"])


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_is_gone_without_its_flows(lab: Any, line: str) -> None:
    study = lab.study(line, {"seeds": seeds()}, size=2, follow_up=30)
    run = lab.run(study, without=["protracted"])
    assert np.all(run.at(30, "volume", "seeds", "primary") > 0.99 * run.at(30, "volume", "control", "primary"))
    # A short half-life leaves a hundredth of the dose.
    run = lab.run(study, change={"seed_half_life": 0.5})
    assert np.all(run.at(30, "volume", "seeds", "primary") > 0.8 * run.at(30, "volume", "control", "primary"))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_a_low_dose_rate_spares_by_repair(lab: Any, line: str) -> None:
    arms = {"acute": lab.x_rays(6), "slow": lab.x_rays(6, dose_rate="2 mGy/min")}

    def spared(change: dict[str, float]) -> float:
        run = lab.run(lab.study(line, arms, size=2, follow_up=12, immune="nude"), change=change)
        return float(
            np.median(np.log(run.at(12, "volume", "slow", "primary") / run.at(12, "volume", "acute", "primary")))
        )

    # What growth and repopulation during the two days make of it is there without the quadratic term as well.
    assert spared({}) > spared({"beta_photon": 0.0}) + 0.05


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_a_slow_whole_body_dose_kills_lymphocytes_as_a_fast_one_does(lab: Any, line: str) -> None:
    """Lymphocytes have no shoulder, so nothing is spared but what is renewed meanwhile."""
    arms = {
        "fast": lab.x_rays(1, (0,), "whole_body"),
        "slow": lab.x_rays(1, (0,), "whole_body", dose_rate="1 mGy/min"),
        "none": lab.x_rays(0, (0,), "whole_body"),
    }
    run = lab.run(lab.study(line, arms, size=2, follow_up=3))
    fast, slow, none = (run.at(1, "blood_lymphocytes", arm) for arm in ("fast", "slow", "none"))
    assert np.all(slow < 0.75 * none)
    assert slow == pytest.approx(fast, rel=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_pores_spare_what_they_do_not_hit(lab: Any, line: str) -> None:
    arms = {
        "open": lab.carbon(8),
        "pores": lab.carbon(8, irradiated_share="40 %"),
        "valleys": lab.carbon(8, irradiated_share="40 %", valley_dose="25 %"),
        "all": lab.carbon(8, irradiated_share="100 %"),
        "flat": lab.carbon(8, irradiated_share="40 %", valley_dose="100 %"),
    }
    run = lab.run(lab.study(line, arms, size=2, follow_up=20), rtol=1e-6)
    untreated = run.at(0, "tumour", "control", "primary")
    hit = {arm: 1.0 - run.at(0, "tumour", arm, "primary") / untreated for arm in arms}
    assert hit["pores"] == pytest.approx(0.4 * hit["open"], rel=1e-5)
    assert np.all(hit["valleys"] > hit["pores"] + 0.05)
    for arm in ("all", "flat"):
        assert run.at(20, "volume", arm, "primary") == pytest.approx(run.at(20, "volume", "open", "primary"), rel=1e-3)
    # Downstream: the spared part grows on, but danger, interferon and T cells in blood answer to what was hit.
    last = {arm: run.at(20, "volume", arm, "primary") for arm in ("control", *arms)}
    assert np.all(last["pores"] > 2.0 * last["open"])
    assert np.all(last["pores"] < 0.9 * last["control"])
    for name in ("danger", "interferon"):
        low, part, full = (run.at(2, name, arm, "primary") for arm in ("control", "pores", "open"))
        assert np.all(part > low + 0.1 * (full - low)), name
    primed = {arm: run.area("blood_cd8", arm, until=10) for arm in ("pores", "control")}
    assert np.all(primed["pores"] > 1.1 * primed["control"])


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T12_pores_are_gone_without_their_file(lab: Any, line: str) -> None:
    arms = {"open": lab.carbon(8), "pores": lab.carbon(8, irradiated_share="40 %")}
    run = lab.run(lab.study(line, arms, size=1, follow_up=2), without=["spatial"])
    assert run.at(0, "tumour", "pores", "primary") == pytest.approx(run.at(0, "tumour", "open", "primary"), rel=1e-3)


def test_a_slow_dose_through_pores_kills_by_its_mean(lab: Any) -> None:
    """Over weeks damage is linear in the dose: 0.4 + 0.6 x 0.25 of what a flat field of the same peak dose does."""
    slow = {"dose_rate": "0.2 mGy/min"}
    arms = {
        "flat": lab.x_rays(6, **slow),
        "pores": lab.x_rays(6, **slow, irradiated_share="40 %", valley_dose="25 %"),
    }
    killed = _killed(lab, arms, 22, {"beta_photon": 0.0})
    assert killed["flat"] == pytest.approx(ALPHA * 6 * _oxygen(), rel=2e-3)
    assert killed["pores"] == pytest.approx(0.55 * ALPHA * 6 * _oxygen(), rel=2e-3)


@pytest.mark.slow
def test_irradiation_may_outlast_the_follow_up(lab: Any) -> None:
    run = lab.run(lab.study("CT26", {"slow": lab.x_rays(8, dose_rate="1 mGy/min")}, size=1, follow_up=2))
    assert run.at(2, "protracted_dose", "slow", "primary") == pytest.approx(2.88, rel=1e-3)
