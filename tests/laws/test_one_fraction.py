"""Parts given within minutes are one fraction: cutting it changes nothing anywhere, nor does the order of its parts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from abscopal import parameters, regimen
from abscopal.expr import evaluate
from abscopal.model import Field, Plan, assemble
from abscopal.model.generic import generic_plan
from abscopal.regimen.fields import in_order
from abscopal.regimen.keys import fraction_key
from abscopal.regimen.schedule import acts_of
from abscopal.regimen.sessions import sessions_of

MINUTES = 1 / 1440
HERE, BOTH = ("irradiated",), ("irradiated", "distant")
PHOTONS = Field("X-rays", HERE, "photon", 2.0)
CARBON = Field("carbon", HERE, "carbon", 50.0)
PAIR = (0.9, 0.02, "Ogata2005")
Given = Sequence[tuple[Field, float, float]]


# One event ---------------------------------------------------------------------------------------------------------


def _value(name: str) -> float:
    return 0.2 + 0.7 * float(np.random.default_rng(zlib.crc32(name.encode())).random())


def _after(*given: tuple[Field, float, float]) -> dict[str, float]:
    """Every state after a fraction of these fields, doses [Gy] and durations [d], from one state of one animal."""
    fields = in_order(field for field, _, _ in given)
    plan = replace(generic_plan(), fields=fields, given_together=(fields,))
    system = (model := assemble(plan)).system
    declared = parameters.shared()
    bases = [name.partition("@")[0] for name in model.parameter_names]
    measured = {"alpha_ion": PAIR[0], "beta_ion": PAIR[1]}
    values = {p: measured.get(b, declared[b].value) for p, b in zip(system.parameters, bases, strict=True)}
    values |= {s: _value(s.name) * (1e8 if s.name.startswith("tumour@") else 1.0) for s in system.states}
    found = {s.name: values[s] for s in system.states}
    event = system.maps[model.event_keys.index(fraction_key(*fields))]
    arguments: list[float] = []
    for field in fields:
        of_it = [(dose, duration) for one, dose, duration in given if one == field]
        arguments += [sum(d for d, _ in of_it), field.let_kev_um, sum(t for _, t in of_it)]
    values |= dict(zip(event.arguments, arguments, strict=True))
    for index, update in event.updates:
        found[system.states[index].name] = float(evaluate([update], values)[0])
    return {name: value for name, value in found.items() if not name.startswith("dose_rate@")}


def _same(cut: dict[str, float], whole: dict[str, float]) -> None:
    assert set(cut) == set(whole)
    assert cut == pytest.approx(whole, rel=1e-8, abs=1e-10)


@pytest.mark.parametrize(
    "field",
    [
        PHOTONS,
        CARBON,
        replace(CARBON, measured_pair=PAIR),
        replace(CARBON, stated_rbe=1.7),
        Field("helium", HERE, "helium", 10.0),
        Field("protons", HERE, "proton", 3.0),
        replace(PHOTONS, share=0.4),
        replace(PHOTONS, share=0.4, valley=0.2),
    ],
    ids=repr,
)
def test_one_course_to_two_sites_is_a_course_to_each(field: Field) -> None:
    """Other cuts of the same treatment too: more to one site, the node in one part only, a node that all parts hit."""
    both, there = replace(field, sites=BOTH), replace(field, sites=BOTH[1:])
    hour = 1 / 24
    _same(_after((field, 4, hour), (there, 4, hour)), _after((both, 4, hour)))
    _same(_after((both, 3, hour), (field, 1, hour / 3)), _after((field, 4, 4 * hour / 3), (there, 3, hour)))
    with_node = replace(field, node=True)
    _same(_after((with_node, 5, hour / 2), (field, 3, hour / 3), (there, 2, 0)), _node(field, there, with_node))


def _node(field: Field, there: Field, with_node: Field) -> dict[str, float]:
    """As cut in another place: the node has 5 Gy, the site 8 Gy."""
    on_node = _after((with_node, 5, 5 / 240))
    whole = _after((field, 8, 1 / 48 + 1 / 72), (there, 2, 0))
    return whole | {name: value for name, value in on_node.items() if name.endswith("@node")}


def test_the_body_and_a_boost_add_up_where_both_are() -> None:
    body = Field("X-rays", BOTH, "photon", 2.0, node=True, whole_body=True)
    together, boosted, alone = _after((body, 2, 0), (PHOTONS, 4, 0)), _after((PHOTONS, 6, 0)), _after((body, 2, 0))
    for name, value in together.items():
        if name.endswith("@irradiated"):
            assert value == pytest.approx(boosted[name], rel=1e-9), name
        elif not name.endswith("@blood"):
            assert value == pytest.approx(alone[name], rel=1e-9), name
    # Blood in the field of the boost has both, the rest that of the body.
    assert together["lymphocytes@blood"] < alone["lymphocytes@blood"]
    _same(_after((body, 2, 0), (PHOTONS, 0, 0)), alone)


QUALITIES = {
    "carbon": CARBON,
    "carbon, measured pair": replace(CARBON, measured_pair=PAIR),
    "carbon, stated RBE": replace(CARBON, stated_rbe=1.7),
    "helium": Field("helium", HERE, "helium", 10.0),
    "proton": Field("protons", HERE, "proton", 3.0),
    "cobalt": Field("Co-60", HERE, "photon", 0.3),
}


@pytest.mark.parametrize("kind", QUALITIES)
@pytest.mark.parametrize("duration", [0.0, 1 / 24])
def test_mixed_qualities_lie_between_the_pure_ones_and_reduce_to_them(kind: str, duration: float) -> None:
    other = QUALITIES[kind]
    first, last = _after((PHOTONS, 6, duration)), _after((other, 6, duration))
    _same(_after((PHOTONS, 6, duration), (other, 0, 0)), {**first, **_only(last, first)})
    _same(_after((PHOTONS, 0, 0), (other, 6, duration)), {**last, **_only(first, last)})
    path = [
        first,
        *(_after((PHOTONS, 6 - d, duration * (6 - d) / 6), (other, d, duration * d / 6)) for d in (2, 4)),
        last,
    ]
    for name in (
        "tumour",
        "breaks_late",
        "breaks_fast",
        "trex1",
        "damage_memory",
        "vessel_loss",
        "hif_radicals",
        "stress",
    ):
        values = np.array([state[f"{name}@irradiated"] for state in path])
        steps = np.diff(values) * np.sign(values[-1] - values[0])
        assert np.all(steps >= -1e-12 * np.abs(values).max()), (name, values)
    # Photons reach more blood than ions do, so that a mixture may take more of it than either alone at the same dose.
    mixed, parts = path[1], (_after((PHOTONS, 4, duration * 2 / 3)), _after((other, 2, duration / 3)))
    for name in ("lymphocytes", "mdsc", "marrow", "nk"):
        left, (one, two) = (mixed[f"{name}@blood"], (part[f"{name}@blood"] for part in parts))
        assert left <= min(one, two), name
        assert left >= one * two / _value(f"{name}@blood") - 1e-12, name


def _only(some: dict[str, float], others: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in some.items() if name not in others}


def test_nearly_one_quality_is_one_quality() -> None:
    near = replace(CARBON, let_kev_um=50.0001)
    assert _after((CARBON, 3, 0.01), (near, 3, 0.01)) == pytest.approx(_after((CARBON, 6, 0.02)), rel=1e-5)


# An arm ------------------------------------------------------------------------------------------------------------


def _arms(lab: Any) -> dict[str, dict[str, Any]]:
    twice = lab.x_rays(4, (0, 2))
    return {
        "once": lab.x_rays(8, (0, 2)),
        "two beams": lab.both(twice, twice),
        "four beams": lab.both(*(lab.x_rays(2, (0, 2)) for _ in range(4))),
        "minutes apart": lab.both(twice, lab.x_rays(4, (10 * MINUTES, 2 + 29 * MINUTES))),
    }


@pytest.mark.slow
def test_a_fraction_in_parts_is_the_fraction_in_every_readout(lab: Any) -> None:
    run = lab.run(lab.study("CT26", _arms(lab), size=2, follow_up=10))
    for name in run.result.data.data_vars:
        data = run.result.data[name]
        for arm in ("two beams", "four beams", "minutes apart"):
            found, wanted = (np.asarray(data.sel(arm=a).values) for a in (arm, "once"))
            assert np.allclose(found, wanted, rtol=1e-9, atol=1e-12, equal_nan=True), (name, arm)


@pytest.mark.slow
def test_an_animal_has_one_sensitivity_to_a_radiation_in_every_field(lab: Any) -> None:
    """Of a line with a measured pair: the same animals, a carbon field to two sites, to each, and with the node."""
    both = ["primary", "secondary"]
    arms = {
        "both": lab.carbon(4, target=both),
        "each": lab.both(lab.carbon(4), lab.carbon(4, target="secondary")),
        "node": lab.carbon(4, target=both, node_in_field=True),
    }
    study = lab.study("B16-F10", arms, size=3, follow_up=1, sharing="shared")
    assert any(field.measured_pair for field in {e.field for e in regimen.timeline(study, "both")} if field)
    run = lab.run(study, rtol=1e-7)
    for site in both:
        left = run.at(0, "tumour", "both", site)
        assert np.all(left < 0.9 * run.at(0, "tumour", "control", site))
        for arm in ("each", "node"):
            assert run.at(0, "tumour", arm, site) == pytest.approx(left, rel=1e-9)


def _acts(lab: Any, treatment: dict[str, Any], **more: Any) -> list[tuple[float, str, list[float]]]:
    study = lab.study("CT26", {"arm": treatment, "first": lab.x_rays(1)}, **more)
    acts = [act for _, acts in acts_of(regimen.timeline(study, "arm")) for act in acts]
    return [act for act in acts if not act[1].startswith("inoculation")]


def test_the_order_of_the_parts_does_not_matter(lab: Any) -> None:
    node, body = lab.x_rays(3, (0.5, 1), node_in_field=True), lab.x_rays(0.5, (0.5,), "whole_body")
    parts = [lab.x_rays(2, (0.5, 1)), lab.carbon(4, (0.5,)), node, body]
    first, *others = (_acts(lab, lab.both(*order)) for order in (parts, parts[::-1], parts[2:] + parts[:2]))
    assert len([key for _, key, _ in first if key.startswith("fraction:")]) == 2
    assert all(other == first for other in others)


@pytest.mark.parametrize(
    ("minutes", "fractions"),
    [((0, 0), 1), ((0, 5), 1), ((0, 15, 30), 1), ((0, 31), 2), ((0, 20, 40), 2), ((0, 360), 2)],
)
def test_what_is_further_apart_than_a_session_is_several_fractions(
    lab: Any, minutes: tuple[int, ...], fractions: int
) -> None:
    parts = (lab.x_rays(2, (0.25 + m * MINUTES,)) for m in minutes)
    found = _acts(lab, lab.both(*parts))
    assert len(found) == fractions
    assert sum(arguments[0] for _, _, arguments in found) == pytest.approx(2.0 * len(minutes))


def test_what_is_put_in_between_meets_only_what_follows(lab: Any) -> None:
    """Cells of the same minute are never in the beam; those of a minute later neither, but in that of the next part."""
    cells = {"cells": [{"product": "adoptive NK cells", "number": "1e6 cells", "days": ["10 min"]}]}
    parts = lab.both(lab.x_rays(2), cells, lab.x_rays(3, (20 * MINUTES,)))
    (_, _, first), (_, key, _), (_, _, last) = _acts(lab, parts)
    assert key.startswith("cells:")
    assert (first[0], last[0]) == (2.0, 3.0)


def test_every_dose_of_an_arm_is_in_one_fraction(lab: Any) -> None:
    days = (0, 1, 1 + 5 * MINUTES, 2)
    treatment = lab.both(lab.x_rays(2, days), lab.carbon(1, days[1:]), lab.x_rays(1.5, (1, 2), ["secondary"]))
    timeline = regimen.timeline(lab.study("CT26", {"arm": treatment}), "arm")
    sessions = sessions_of(timeline)
    assert [session.day for session in sessions] == [0.0, 1.0, 2.0]
    given = {event for session in sessions for event in session.events}
    assert given == set(timeline.of_kind("fraction"))
    doses = [sum(session.arguments[::3]) for session in sessions]
    assert doses == pytest.approx([2.0, 2 * 2 + 2 * 1 + 1.5, 2 + 1 + 1.5])


def test_more_beams_make_no_more_events(lab: Any) -> None:
    """The size of a model grows with what is given together, not with how often."""
    arm = lab.both(lab.x_rays(1, range(30)), lab.x_rays(1, range(30)), lab.carbon(1, range(30)))
    study = lab.study("CT26", {"a": arm, "b": lab.x_rays(2, range(30))})
    timelines = regimen.timelines(study)
    assert len(regimen.fractions_of(timelines.values())) == 2


def test_a_plan_without_radiation_has_no_fraction() -> None:
    assert Plan(("a",)).fractions == ()
