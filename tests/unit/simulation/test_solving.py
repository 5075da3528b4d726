"""From animals to labelled trajectories: the same animal in any cohort, draws from outside, days and labels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import cohort, pipeline, radiation, simulation
from abscopal.cohort import measured_values
from abscopal.model.plan import Plan, plan_of
from abscopal.regimen import timelines
from abscopal.simulation import Settings, description, output_times
from abscopal.study import Study


def _plan(study: Study) -> Plan:
    return plan_of(study, timelines(study))


def _study(lab: Any, **more: Any) -> Any:
    arms = {"x": lab.x_rays(8), "dual": lab.both(lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"), lab.x_rays(8))}
    return lab.study("CT26", arms, follow_up=25, **more)


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["fast", "reference"])
def test_an_animal_is_the_same_in_any_cohort(lab: Any, solver: Any) -> None:
    settings = Settings(solver=solver)
    small = pipeline.run(_study(lab, size=3), settings=settings).data
    large = pipeline.run(_study(lab, size=11), settings=settings).data.isel(subject=slice(0, 3))
    for name in small.data_vars:
        assert np.array_equal(small[name].values, large[name].values), name


@pytest.mark.slow
def test_fast_and_reference_solver_agree(lab: Any) -> None:
    fast, reference = (
        pipeline.run(_study(lab, size=3), settings=Settings(solver=solver, rtol=1e-6)).data["volume"].values
        for solver in ("fast", "reference")
    )
    assert np.abs(fast - reference).max() / reference.max() < 1e-4
    assert np.abs(np.log((fast + 1.0) / (reference + 1.0))).max() < 2e-3


def test_the_settings_reach_the_solver(lab: Any) -> None:
    study = _study(lab, size=2)
    exact, plain, rough = (
        pipeline.run(study, settings=Settings(rtol=rtol)).data["volume"].values for rtol in (1e-8, 1e-4, 1e-2)
    )
    errors = [np.abs(np.log((v + 1.0) / (exact + 1.0))).max() for v in (plain, rough)]
    assert 0 < errors[0] < errors[1]
    assert errors[0] < 0.01


def test_identical_arms_have_identical_animals_if_shared_and_others_if_not(lab: Any) -> None:
    arms = {"one": lab.x_rays(8), "other": lab.x_rays(8)}
    shared_run = lab.run(lab.study("CT26", arms, size=30, follow_up=15))
    own_run = lab.run(lab.study("CT26", arms, size=30, follow_up=15, sharing="independent"))
    for site in ("primary", "secondary"):
        assert np.array_equal(shared_run("volume", "one", site), shared_run("volume", "other", site))
        assert not np.any(own_run.at(15, "volume", "one", site) == own_run.at(15, "volume", "other", site))
    # As different as animals of one cohort are, no more.
    assert np.median(own_run.at(15, "volume", "one", "primary")) == pytest.approx(
        np.median(own_run.at(15, "volume", "other", "primary")), rel=0.5
    )


def test_draws_from_outside_replace_the_cohort(lab: Any) -> None:
    study = _study(lab, size=2)
    prepared = pipeline.prepare(study)
    own = cohort.draw(prepared.declared, study.cohort.seed, 2)
    again = pipeline.run(study, draws={arm.name: own for arm in study.arms})
    plain = pipeline.run(study)
    assert np.array_equal(again.data["volume"].values, plain.data["volume"].values)
    other = own.copy()
    other[:, prepared.model.parameter_names.index("doubling_time")] *= 2.0
    changed = pipeline.run(study, draws={arm.name: other if arm.name == "x" else own for arm in study.arms})
    same = changed.data["volume"].sel(arm="dual").values == plain.data["volume"].sel(arm="dual").values
    assert np.all(same)
    assert not np.any(
        changed.data["volume"].sel(arm="x", time=25).values == plain.data["volume"].sel(arm="x", time=25).values
    )


def test_days_of_output(lab: Any) -> None:
    response = {"day": "12.5 d", "baseline": "-0.5 d", "complete_below": "1 mm3", "partial_below": "70 %"}
    sites = {"a": {"inoculum": "1e6 cells", "inoculated": "-8.5 d"}}
    study = lab.study("CT26", {}, sites=sites, follow_up=14.25, endpoints={"response": response})
    times = output_times(study, Settings())
    assert times[0] == -8.5
    assert times[-1] == 14.25
    assert {0.0, 12.5, -0.5} <= set(times)
    assert np.all(np.diff(times) > 0)
    assert set(np.arange(-8.0, 15.0)) <= set(times)
    assert len(output_times(study, Settings(step_days=0.25))) > 3 * len(times)


def test_progress_counts_every_arm_to_its_end(lab: Any) -> None:
    seen: dict[str, list[int]] = {}

    def progress(arm: str, done: int, total: int) -> None:
        assert total == 3
        seen.setdefault(arm, []).append(done)

    pipeline.run(_study(lab, size=3), progress=progress)
    assert set(seen) == {"control", "x", "dual"}
    assert all(counts[-1] == 3 and counts == sorted(counts) for counts in seen.values())


def test_measured_pairs_belong_to_their_field(lab: Any) -> None:
    study = lab.study("B16-F10", {f"at {let}": lab.carbon(2, let=let) for let in (14, 50, 150)})
    plan = _plan(study)
    found = measured_values(plan)
    values = {f.let_kev_um: f.measured_pair for f in plan.fields}
    # Beyond the last measurement, at 75 keV/um, the line keeps its distance from the generic model.
    assert values[150.0] is not None
    generic = {let: radiation.generic_carbon_coefficients(let, 0.122, 0.043)[0] for let in (75.0, 150.0)}
    assert values[150.0][0] == pytest.approx(0.839 * generic[150.0] / generic[75.0])
    assert [f.pair_origin for f in plan.fields] == ["measured", "measured", "interpolated"]
    assert sum(name.startswith(("alpha_ion", "beta_ion")) for name in found) == 6
    for field in plan.fields:
        if field.measured_pair is not None:
            alpha, beta, cite = field.measured_pair
            assert found[f"alpha_ion@{field.radiation}"].value == alpha
            assert found[f"beta_ion@{field.radiation}"].value == beta
            assert found[f"alpha_ion@{field.radiation}"].source.cite == cite


def test_compared_subjects_change_little_and_nothing_else_changes(lab: Any) -> None:
    prepared = pipeline.prepare(_study(lab, size=4))
    plain = simulation.simulate(prepared)
    compared = simulation.simulate(prepared, settings=Settings(compared=3))
    for name, arm in compared.items():
        assert np.array_equal(arm.outputs, plain[name].outputs)
        assert arm.changes.shape == (3,)
        assert 0.0 < arm.changes.max() < description.TOLD_CHANGE
        assert plain[name].changes.shape == (0,)


def test_a_finer_relative_tolerance_takes_the_absolute_one_with_it() -> None:
    told = [Settings(rtol=rtol).of_engine["atol"] for rtol in (1e-2, 1e-4, 1e-6, 1e-8)]
    np.testing.assert_allclose(told, [1e-6, 1e-6, 1e-8, 1e-10], rtol=1e-12)


def test_readouts_are_labelled_with_unit_and_place(lab: Any) -> None:
    data = lab.run(_study(lab, size=2)).result.data
    assert data["volume"].attrs["unit"] == "mm3"
    assert data["volume"].dims == ("arm", "subject", "site", "time")
    assert data["blood_lymphocytes"].dims == ("arm", "subject", "time")
    for name in data.data_vars:
        if name not in ("status",):
            assert {"unit", "long_name", "group"} <= set(data[name].attrs), name
    # What only an irradiated site has is zero elsewhere, not missing.
    assert np.all(data["moribund"].sel(site="secondary").values == 0.0)
    assert data["moribund"].sel(site="primary", arm="x").values.max() > 0.0
    assert data["status"].attrs["0"] == "finished"
    assert set(data["status"].attrs) >= {"0", "1", str(simulation.NOT_CONDITIONED)}
