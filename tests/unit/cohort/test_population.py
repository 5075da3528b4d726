"""Virtual animals: keyed streams, spreads as declared, host changes, and where each value comes from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abscopal import cohort, parameters
from abscopal.cohort import apply_host_changes, draw, measured_values, parameters_of, standard_normals
from abscopal.model.plan import Plan, plan_of
from abscopal.parameters import Distribution, Parameter, ParameterSet, Source, Spread
from abscopal.pipeline import prepare
from abscopal.regimen import timelines
from abscopal.study import Study

MANY = 40_000


def _plan(study: Study) -> Plan:
    return plan_of(study, timelines(study))


def _declared(**spreads: Spread) -> ParameterSet:
    source = Source("assumed", note="for the test")
    values = {"lognormal": 3.0, "normal": 3.0, "logit": 0.3}
    return ParameterSet(
        {
            name: Parameter(name, name, "a number", values[s.between_subjects.family], "1", source, s)
            for name, s in spreads.items()
        }
    )


def test_subject_17_is_the_same_in_every_cohort() -> None:
    declared = ParameterSet({n: p for n, p in parameters.shared().items() if p.spread.between_subjects.varies(p.value)})
    assert len(declared) > 10
    wanted = draw(declared, seed=5, subjects=1000)
    for size in (18, 20, 100):
        assert np.array_equal(draw(declared, seed=5, subjects=size), wanted[:size])


@pytest.mark.parametrize("first", [0, 1, 2, 3, 4, 5, 17, 64, 101])
def test_blocks_agree_with_the_whole(first: int) -> None:
    whole = standard_normals(3, "growth", 200)
    for size in (1, 2, 5, 90):
        assert np.array_equal(standard_normals(3, "growth", size, first=first), whole[first : first + size])
    declared = _declared(a=Spread(Distribution("lognormal", 0.3)))
    assert np.array_equal(draw(declared, 3, 7, first=first), draw(declared, 3, 200)[first : first + 7])


def test_streams_of_different_names_and_seeds_are_independent() -> None:
    streams = np.array([standard_normals(s, n, 20_000) for s, n in ((1, "a"), (1, "b"), (2, "a"), (12, ""), (1, "2"))])
    correlations = np.corrcoef(streams) - np.eye(len(streams))
    assert np.abs(correlations).max() < 0.03
    assert np.abs(streams.mean(axis=1)).max() < 0.03
    assert np.abs(streams.std(axis=1) - 1.0).max() < 0.03
    # Neighbours within a stream are independent too.
    assert abs(np.corrcoef(streams[0, :-1], streams[0, 1:])[0, 1]) < 0.03


def test_a_value_does_not_depend_on_the_other_parameters() -> None:
    alone = draw(_declared(b=Spread(Distribution("lognormal", 0.3))), 1, 10)[:, 0]
    together = draw(_declared(a=Spread(Distribution("normal", 0.1)), b=Spread(Distribution("lognormal", 0.3))), 1, 10)[
        :, 1
    ]
    assert np.array_equal(alone, together)


def test_arms_share_animals_or_have_their_own() -> None:
    declared = _declared(a=Spread(Distribution("lognormal", 0.3)))
    assert np.array_equal(draw(declared, 1, 9), draw(declared, 1, 9, stream=""))
    assert not np.any(draw(declared, 1, 9, stream="one") == draw(declared, 1, 9, stream="other"))


def test_the_spread_is_as_declared() -> None:
    declared = _declared(
        lognormal=Spread(Distribution("lognormal", 0.4)),
        normal=Spread(Distribution("normal", 0.2)),
        logit=Spread(Distribution("logit", 0.7)),
    )
    lognormal, normal, logit = draw(declared, 1, MANY).T
    assert np.median(lognormal) == pytest.approx(3.0, rel=0.01)
    assert lognormal.std() / lognormal.mean() == pytest.approx(0.4, rel=0.03)
    assert normal.mean() == pytest.approx(3.0, rel=0.01)
    assert normal.std() / normal.mean() == pytest.approx(0.2, rel=0.03)
    assert np.median(logit) == pytest.approx(0.3, rel=0.02)
    assert np.log(logit / (1 - logit)).std() == pytest.approx(0.7, rel=0.03)
    assert 0 < logit.min() < logit.max() < 1


def test_what_has_no_spread_or_is_zero_is_the_same_in_all() -> None:
    zero = ParameterSet({"a": replace(_declared(a=Spread(Distribution("lognormal", 0.5)))["a"], value=0.0)})
    assert np.array_equal(draw(zero, 1, 5), np.zeros((5, 1)))
    assert np.array_equal(draw(_declared(a=Spread(Distribution("lognormal", 0.0))), 1, 5), np.full((5, 1), 3.0))
    # What we do not know of a value is no difference between animals.
    assert len(np.unique(draw(_declared(a=Spread(uncertainty=Distribution("lognormal", 0.5))), 1, 5))) == 1


def test_bounds_hold() -> None:
    narrow = ParameterSet({"a": replace(_declared(a=Spread(Distribution("lognormal", 0.5)))["a"], bounds=(2.5, 3.5))})
    values = draw(narrow, 1, 500)
    assert (values.min(), values.max()) == (2.5, 3.5)
    low, high = np.array([p.bounds for p in parameters.shared().values()]).T
    everything = draw(parameters.shared(), 1, 300)
    assert np.all(everything >= low)
    assert np.all(everything <= high)


@pytest.mark.parametrize("change", parameters.host_changes())
def test_a_host_change_multiplies_what_it_names(change: str) -> None:
    factors = parameters.entry("hosts", change).about["factors"]
    names = [*factors, *(f"{n}@somewhere" for n in factors), "kill_rate"]
    before = np.arange(1.0, 1.0 + 2 * len(names)).reshape(2, -1)
    kept = before.copy()
    after = apply_host_changes(before, names, [change])
    assert np.array_equal(after[:, :-1], before[:, :-1] * ([*factors.values()] * 2))
    assert np.array_equal(after[:, -1], before[:, -1])
    assert np.array_equal(before, kept)


def test_host_changes_add_up() -> None:
    names = ["lymphocyte_baseline"]
    both = apply_host_changes(np.array([[1000.0]]), names, ["CD8 depletion", "CD4 depletion"])
    assert both[0, 0] == pytest.approx(1000.0 * 0.8 * 0.7)
    assert np.array_equal(apply_host_changes(both, names, ()), both)


def test_values_come_from_the_line_its_field_and_last_from_the_user(lab: Any) -> None:
    arms = {"c": lab.carbon(5, let=46.6), "x": lab.x_rays(8)}
    study = lab.study("LM8", arms, parameters={"kill_rate": "2 1/d"})
    plan = _plan(study)
    declared = prepare(study).declared
    assert declared["alpha_photon"] == parameters.values_of("lines", "LM8")["alpha_photon"]
    assert declared["mhc_class_i"] == parameters.values_of("classes", "intermediate")["mhc_class_i"]
    assert declared["homing_rate"] == parameters.shared()["homing_rate"]
    (field,) = [f for f in plan.fields if f.particle == "carbon"]
    assert field.measured_pair is not None
    assert declared[f"alpha_ion@{field.radiation}"].value == 0.938
    assert declared[f"alpha_ion@{field.radiation}"].source.kind == "measured"
    override = declared["kill_rate"]
    assert override.value == 2.0
    assert "set by the study file" in override.source.note
    assert f"{parameters.shared()['kill_rate'].value:g}" in override.source.note


def test_an_override_reaches_every_place_of_its_name(lab: Any) -> None:
    study = lab.study("CT26", {"d": lab.drug("anti-PD-1")}, parameters={"drug_volume": "5 mL", "inoculum_take": "2"})
    declared = prepare(study).declared
    assert declared["drug_volume@anti-PD-1"].value == pytest.approx(0.005)
    assert declared["inoculum_take@primary"].value == declared["inoculum_take@secondary"].value == 2.0


def test_the_order_is_that_of_the_names(lab: Any) -> None:
    study = lab.study("LM8", {"c": lab.carbon(5)})
    names = prepare(study).model.parameter_names[::-1]
    pairs = measured_values(_plan(study))
    assert tuple(parameters_of(study, names, pairs)) == names


def test_the_public_names() -> None:
    of_lines = {"drawn_from", "drawn_note", "line_draws", "with_drawn_line"}
    public = {"apply_host_changes", "draw", "measured_values", "parameters_of", "standard_normals"} | of_lines
    assert set(cohort.__all__) == public
