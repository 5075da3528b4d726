"""Rows T07 and T08: CAR-T cells, alone and with radiation.

Each row has a minimum effect that is declared here; the same claim must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from abscopal import pipeline
from abscopal.simulation.description import warnings_of

LINES = ("CT26", "LLC", "TUBO")
B_CELL_LINES = ("A20", "38C13", "Emu-ALL")
CAR, CD28 = "CAR-T", "CAR-T (CD28)"
FIRST, THIRD, FOURTH = (f"CAR-T ({n} generation)" for n in ("first", "third", "fourth"))
CD19, DUAL = "CD19 CAR-T (4-1BB)", "CD19/CD22 CAR-T"


def _cells(product: str, number: float = 5e6, days: Sequence[float] = (0,)) -> dict[str, Any]:
    course = {"product": product, "number": f"{number:g} cells", "route": "iv", "days": [f"{d} d" for d in days]}
    return {"cells": [course]}


def _local(product: str, number: float = 5e6) -> dict[str, Any]:
    """Cells injected into the tumour: those of a vein hardly enter a solid one whose vessels are closed."""
    course = {"product": product, "number": f"{number:g} cells", "route": "it", "target": "primary", "days": ["0 d"]}
    return {"cells": [course]}


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


def _run(lab: Any, line: str, arms: dict[str, Any], follow_up: float = 20, **options: Any) -> Any:
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=1, follow_up=follow_up)
    return lab.run(study, typical=True, **options)


def _left(run: Any, arm: str, day: float = 20, against: str = "control") -> float:
    """Tumour volume of an arm as a share of another's."""
    return _median(run.at(day, "volume", arm, "primary") / run.at(day, "volume", against, "primary"))


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_generations(lab: Any, line: str) -> None:
    # So many that the best of them leave living cells: more of any generation leave nothing but dead ones.
    arms = {name: _local(name, 2e6) for name in (CAR, CD28, FIRST, THIRD, FOURTH)}
    run = _run(lab, line, arms)
    first, second, third, fourth = (_left(run, name) for name in (FIRST, CD28, THIRD, FOURTH))
    assert second < 0.9 * first < 0.97
    assert third < 0.9 * second
    # The fourth against the second generation with the same costimulation.
    assert fourth < 0.95 * _left(run, CAR)
    alike = {"car_uncostimulated_division": 1.0, "car_exhaustion_factor": 1.0, "car_memory_factor": 1.0}
    alike |= {"antigen_threshold_factor": 1.0, "car_armour": 0.0, "car_armour_division": 1.0}
    same = _run(lab, line, arms, change=alike)
    assert [_left(same, name) / _left(same, CAR) for name in arms] == pytest.approx([1.0] * 5, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_antigen_density_has_a_threshold_that_is_higher_for_4_1bb(lab: Any, line: str) -> None:
    def killed(density: float, **change: float) -> tuple[float, float]:
        arms = {CAR: _cells(CAR), CD28: _cells(CD28)}
        run = _run(lab, line, arms, follow_up=4, change={"antigen_density": density, **change})
        return tuple(  # type: ignore[return-value]
            _median(run.area("killed_by_car_t", arm, "primary") / run.area("car_t", arm, "primary")) for arm in arms
        )

    many, low, few = killed(1e5), killed(3000), killed(100)
    assert low[0] < 0.45 * many[0]
    assert low[1] > 0.6 * many[1]
    assert max(few) < 0.03 * min(many)
    # One threshold for both: the difference at low density is gone.
    shared = killed(3000, antigen_threshold_factor=1.0)
    assert shared[0] > 0.9 * shared[1]


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_antigen_negative_cells_escape(lab: Any, line: str) -> None:
    def escape(share: float) -> tuple[float, float]:
        run = _run(lab, line, {CAR: _local(CAR, 2e7)}, follow_up=30, change={"antigen_negative_share": share})
        return _left(run, CAR, 30), _median(run.at(30, "antigen_negative_share", CAR, "primary"))

    (pure, _), (mixed, relapse) = escape(0.0), escape(0.3)
    assert mixed > 3.0 * pure
    assert relapse > 0.8


@pytest.mark.slow
@pytest.mark.parametrize("line", B_CELL_LINES)
def test_T07_two_targets_leave_less_escape_than_one(lab: Any, line: str) -> None:
    negative = {"antigen_negative_share": 0.1}
    run = _run(lab, line, {CD19: _cells(CD19, 2e7), DUAL: _cells(DUAL, 2e7)}, follow_up=30, change=negative)
    assert _left(run, DUAL, 30) < 0.6 * _left(run, CD19, 30)
    # A second antigen that is not there is no second target.
    bare = _run(
        lab,
        line,
        {CD19: _cells(CD19, 2e7), DUAL: _cells(DUAL, 2e7)},
        follow_up=30,
        change={**negative, "antigen_density@CD22": 1.0, "normal_antigen_density@CD22": 1.0},
    )
    assert _left(bare, DUAL, 30) == pytest.approx(_left(bare, CD19, 30), rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_dose(lab: Any, line: str) -> None:
    run = _run(lab, line, {f"{n:g}": _cells(CAR, n) for n in (5e5, 5e6, 5e7)})
    few, some, many = (_left(run, f"{n:g}") for n in (5e5, 5e6, 5e7))
    assert many < 0.7 * some < 0.7 * few < 0.7
    # Cells that neither kill nor hold division back with interferon-gamma.
    idle = {"car_kill_rate": 0.0, "interferon_gamma_function": 0.0}
    assert _left(_run(lab, line, {"5e+07": _cells(CAR, 5e7)}, change=idle), "5e+07") > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("line", B_CELL_LINES)
def test_T07_expansion_contraction_and_memory(lab: Any, line: str) -> None:
    """Where nothing brakes them: doubling in about a day, a peak, a fall by half in 4.3 days, memory (Stein 2019)."""
    arms = {CD19: _cells(CD19, 3e5)}
    unbraked = {"car_pd1_inhibition": 0.0, "car_exhaustion_rate": 0.0, "normal_antigen_density": 0.0}
    unbraked |= {"antigen_negative_share": 0.0, "antigen_escape_rate": 0.0}
    run = _run(lab, line, arms, follow_up=150, change=unbraked)
    blood, memory = run("blood_car_t", CD19)[0], run("blood_car_t_memory", CD19)[0]
    everywhere = blood + run("car_t", CD19, "primary")[0]

    def half_life(values: np.ndarray, start: int, end: int) -> float:
        return float((end - start) * np.log(2) / np.log(values[run.index(start)] / values[run.index(end)]))

    assert 0.78 < -half_life(everywhere, 5, 9) < 1.8
    peak = int(run.times[np.argmax(blood)])
    assert 10 <= peak <= 30
    assert everywhere.max() > 10 * 3e5
    # Of cells that antigen no longer feeds, nor those that come back from where the tumour was.
    assert half_life(blood, peak + 15, peak + 25) == pytest.approx(4.3, abs=1.0)
    assert 100 < half_life(memory, 120, 150) < 300
    assert memory[-1] > 1e3 > 10 * blood[-1]
    still = _run(lab, line, arms, follow_up=150, change={**unbraked, "car_division_rate": 0.0})
    assert still("blood_car_t", CD19).max() <= 3e5
    none = _run(lab, line, arms, follow_up=150, change={**unbraked, "car_memory_share": 0.0})
    assert none("blood_car_t_memory", CD19).max() < 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_exhaustion_is_faster_with_cd28_and_costs_control(lab: Any, line: str) -> None:
    def share(**change: float) -> list[float]:
        run = _run(lab, line, {CAR: _local(CAR, 5e5), CD28: _local(CD28, 5e5)}, change=change)
        exhausted, active = (
            [_median(run.at(5, name, arm, "primary")) for arm in (CAR, CD28)] for name in ("car_t_exhausted", "car_t")
        )
        return [e / (e + a) for e, a in zip(exhausted, active, strict=True)] + [_left(run, CD28, 14)]

    slow, fast, volume = share()
    assert fast > 1.4 * slow
    alike = share(car_exhaustion_factor=1.0)
    assert alike[1] < 1.1 * alike[0]
    assert share(car_exhaustion_rate=0.0)[2] < 0.8 * volume


@pytest.mark.slow
@pytest.mark.parametrize("line", B_CELL_LINES)
def test_T07_harm_off_the_tumour(lab: Any, line: str) -> None:
    arms = {CD19: _cells(CD19), CAR: _cells(CAR)}
    run = _run(lab, line, arms)
    assert _median(run.peak("blood_off_tumour_harm", CD19)) > 0.5
    # Cells against a target that normal tissue does not show.
    assert _median(run.peak("blood_off_tumour_harm", CAR)) < 1e-6
    # Normal cells feed a small dose.
    few = _run(lab, line, {CD19: _cells(CD19, 1e4), CAR: _cells(CAR, 1e4)})
    assert _median(few.peak("blood_car_t", CD19)) > 2.0 * _median(few.peak("blood_car_t", CAR))
    safe = _run(lab, line, arms, change={"normal_antigen_density": 0.0})
    assert _median(safe.peak("blood_off_tumour_harm", CD19)) < 1e-6


@pytest.mark.parametrize("line", LINES)
def test_T07_trogocytosis_is_an_option_that_is_off(lab: Any, line: str) -> None:
    off, on = (
        _median(_run(lab, line, {CAR: _cells(CAR)}, change=change).at(20, "antigen_negative_share", CAR, "primary"))
        for change in ({"trogocytosis_share": 0.0}, {"trogocytosis_share": 0.3})
    )
    assert on > 1.5 * off


def test_T07_a_tumour_without_the_target_is_told_and_untouched(lab: Any) -> None:
    study = lab.study("CT26", {CD19: _cells(CD19)}, sites={"primary": lab.primary}, size=1, follow_up=20)
    (note,) = warnings_of(pipeline.prepare(study), ())
    assert "CD19" in note
    assert "CT26 does not show" in note
    assert _left(lab.run(study), CD19) == pytest.approx(1.0, abs=0.02)
    assert not warnings_of(pipeline.prepare(lab.study("A20", {CD19: _cells(CD19)}, size=1)), ())


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T07_suppression_hypoxia_and_pd1_take_function_away(lab: Any, line: str) -> None:
    few = _local(CAR, 5e5)
    arms = {CAR: few, "both": lab.both(few, lab.drug("anti-PD-1"))}
    run = _run(lab, line, arms)
    assert _left(run, "both", 10, against=CAR) < 0.8
    # Not through the natural T cells: without PD-1 on CAR-T cells the same drug adds less to them.
    free = {"car_pd1_inhibition": 0.0, "car_exhaustion_by_antigen": 1.0}
    deaf = _run(lab, line, arms, change=free)
    assert _left(deaf, CAR, 10) < 0.9 * _left(run, CAR, 10)


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_bridging_lowers_load_and_cytokine_release(lab: Any, line: str) -> None:
    course = lab.x_rays(4, (0, 1, 2, 3, 4))
    arms = {"car": _cells(CAR, days=(7,)), "bridged": lab.both(course, _cells(CAR, days=(7,)))}
    run = _run(lab, line, arms, follow_up=25)
    assert _left(run, "bridged", 7, "car") < 0.6
    assert _left(run, "bridged", 25, "car") < 0.3
    il6 = [_median(run.area("blood_il6", a, after=7, until=25)) for a in ("bridged", "car")]
    assert il6[0] < 0.8 * il6[1]
    # Where radiation kills nothing, it bridges nothing.
    resistant = _run(lab, line, arms, follow_up=25, change={"alpha_photon": 1e-3, "beta_photon": 1e-4})
    assert _left(resistant, "bridged", 7, "car") > 0.7


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_two_gray_make_antigen_negative_cells_sensitive_to_trail(lab: Any, line: str) -> None:
    arms = {"car": _cells(CAR, 2e7, (1,)), "both": lab.both(lab.x_rays(2), _cells(CAR, 2e7, (1,))), "x": lab.x_rays(2)}
    arms["blocked"] = lab.both(arms["both"], lab.drug("anti-TRAIL", "500 ug", (0, 3, 6), "ip"))

    # On top of radiation's own effect on all cells, which arm x shows.
    def negative_left(run: Any, arm: str) -> float:
        against = "x" if arm in ("both", "blocked") else "control"
        names = [n for n in run.result.data if str(n).startswith("tumour_negative")]
        cells = [sum(_median(run.at(14, n, a, "primary")) for n in names) for a in (arm, against)]
        return cells[0] / cells[1]

    change = {"antigen_negative_share": 0.3}
    run = _run(lab, line, arms, follow_up=16, change=change)
    assert negative_left(run, "both") < 0.8 * negative_left(run, "car")
    assert negative_left(run, "blocked") > 1.15 * negative_left(run, "both")
    # No killing through TRAIL, or no antigen-positive neighbour: no bystander.
    deaf = _run(lab, line, arms, follow_up=16, change={**change, "trail_kill_rate": 0.0})
    assert negative_left(deaf, "both") > 1.15 * negative_left(run, "both")
    alone = _run(lab, line, arms, follow_up=16, change={"antigen_negative_share": 1.0})
    assert float(alone.peak("killed_by_trail", "both", "primary").max()) < 1.0


BODY_5_GY = "body"


def _after_body(lab: Any, line: str, change: dict[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Cells 2 h and 4 d after 5 Gy to the whole body: ratio of those in the tumour a day later to the same infusion
    without radiation, and ratio of the volume a week and a half after the infusion to that of radiation alone."""
    body = lab.x_rays(5, target="whole_body")
    days = {"2 h": 0.08, "4 d": 4}
    arms = {BODY_5_GY: body} | {f"alone {name}": _cells(CAR, days=(day,)) for name, day in days.items()}
    arms |= {name: lab.both(body, _cells(CAR, days=(day,))) for name, day in days.items()}
    run = _run(lab, line, arms, follow_up=20, change=change)
    entered, left = {}, {}
    for name, day in (("2 h", 1), ("4 d", 5)):
        entered[name] = _median(
            run.at(day, "car_t", name, "primary") / run.at(day, "car_t", f"alone {name}", "primary")
        )
        left[name] = _left(run, name, day + 9, BODY_5_GY)
    return entered, left


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_cells_must_follow_whole_body_radiation_within_hours(lab: Any, line: str) -> None:
    entered, left = _after_body(lab, line, {})
    # Within hours most cells that enter do so through open junctions, and they control the tumour.
    assert entered["2 h"] > 5.0
    assert left["2 h"] < 0.5
    # Four days later they come close to radiation alone.
    assert left["4 d"] > 0.75
    assert left["2 h"] < 0.6 * left["4 d"]
    # It is the permeability of hours, neither ICAM-1 nor the lymphopenia.
    closed, late = _after_body(lab, line, {"permeability_entry": 0.0})
    assert closed["2 h"] < closed["4 d"]
    assert late["2 h"] > 2.0 * left["2 h"]
    for other in ({"icam1_induction": 0.0, "vcam1_induction": 0.0}, {"lymphoid_space_gain": 0.0}):
        entered, left = _after_body(lab, line, other)
        assert entered["2 h"] > 5.0
        assert left["2 h"] < 0.6 * left["4 d"]
    # The share of natural entry that closed vessels leave to such cells decides: with all of it, days matter less.
    natural, _ = _after_body(lab, line, {"car_closed_entry": 1.0})
    assert natural["2 h"] < 2.5


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_five_gray_to_the_body_change_little_where_tumour_cells_survive_it(lab: Any, line: str) -> None:
    """A resistant tumour: the arm of four days is near the untreated control, that of hours is not."""
    body = lab.x_rays(5, target="whole_body")
    arms = {BODY_5_GY: body} | {n: lab.both(body, _cells(CAR, days=(d,))) for n, d in (("2 h", 0.08), ("4 d", 4))}
    resistant = {"alpha_photon": 0.01, "beta_photon": 0.001}
    run = _run(lab, line, arms, follow_up=16, change=resistant)
    assert _left(run, BODY_5_GY, 13) == pytest.approx(1.0, abs=0.1)
    assert _left(run, "4 d", 13) > 0.8
    assert _left(run, "2 h", 13) < 0.75


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T10_a_day_before_or_after_radiation_matters_little_to_cells(lab: Any, line: str) -> None:
    """Unlike drugs (test_therapy), and unlike hours after: cells of either day enter through closed vessels."""
    days = {"before": -1, "hours after": 0.1, "after": 1}
    arms = {name: lab.both(lab.x_rays(5), _cells(CAR, days=(day,))) for name, day in days.items()}
    study = {"x": lab.x_rays(5), **arms}
    left = {name: _left(_run(lab, line, study), name, 18, "x") for name in arms}
    assert left["before"] == pytest.approx(left["after"], rel=0.2)
    assert max(left["before"], left["after"]) < 0.9
    assert left["hours after"] < 0.7 * left["before"]
    # Were vessels open for days, the day would matter.
    open_vessels = _run(lab, line, study, change={"permeability_loss_rate": 0.3})
    assert _left(open_vessels, "after", 18, "x") < 0.6 * _left(open_vessels, "before", 18, "x")


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_high_dose_right_after_infusion_kills_the_cells(lab: Any, line: str) -> None:
    """Whole-body 5 Gy six hours after the cells, against six hours before them."""
    body = lab.x_rays(5, target="whole_body")
    arms = {"alone": _cells(CAR, days=(-0.25,)), "after": lab.both(body, _cells(CAR, days=(-0.25,)))}
    arms["before"] = lab.both(body, _cells(CAR, days=(0.25,)))

    def cells_and_volume(**change: float) -> tuple[float, float]:
        run = _run(lab, line, arms, change=change)
        cells = [_median(run.at(1, "blood_car_t", a) + run.at(1, "car_t", a, "primary")) for a in ("after", "alone")]
        return cells[0] / cells[1], _left(run, "after", against="before")

    cells, volume = cells_and_volume()
    assert cells < 0.5
    assert volume > 1.25
    spared, small = cells_and_volume(car_radioresistance=1e6)
    assert spared > 0.95
    assert small < 0.7 * volume


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_T08_two_gray_after_infusion_leave_more_cells_in_the_tumour(lab: Any, line: str) -> None:
    """One fraction of 2 Gy six hours after the cells: more of them after two days; 20 Gy on cells in place: fewer."""
    cells, local = _cells(CAR, days=(-0.25,)), _local(CAR)
    arms = {"car": cells, "2": lab.both(cells, lab.x_rays(2)), "local": local}
    arms["20"] = lab.both(local, lab.x_rays(20, (0.25,)))

    def ratio(arm: str, against: str, **change: float) -> float:
        run = _run(lab, line, arms, follow_up=4, change=change)
        return _median(run.at(2, "car_t", arm, "primary") / run.at(2, "car_t", against, "primary"))

    assert ratio("2", "car") > 1.15
    # What is still in blood a local field spares, and lets in: so the cells that are hit are those of the tumour.
    assert ratio("20", "local") < 0.3
    # Spared ones only lack what hypoxia after 20 Gy takes from their division.
    assert ratio("20", "local", car_radioresistance=1e6) > 0.6
    closed = {"permeability_entry": 0.0, "icam1_induction": 0.0, "vcam1_induction": 0.0, "lymphoid_space_gain": 0.0}
    closed |= {"normalisation_perfusion": 0.0, "homing_basal_share": 1.0}
    assert ratio("2", "car", **closed) < 1.05
