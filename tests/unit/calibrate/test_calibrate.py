"""Calibration: weights that find a known answer, claims of development only, a population that travels as text."""

from __future__ import annotations

import numpy as np
import pytest

from abscopal import parameters
from abscopal.calibrate import weights as fitting
from abscopal.calibrate.likelihood import log_likelihood
from abscopal.calibrate.stages import Stage, belongs, by_line, declared, development, stages
from abscopal.evidence import catalogue, convert
from abscopal.evidence.curation.lines import lines_of
from abscopal.parameters.population import Population, parse_population, shipped
from abscopal.pipeline import prepare
from abscopal.scoring.parameter_sets import plausible_medians
from abscopal.scoring.set_chances import kind_of
from abscopal.scoring.split import split_of

MOST_PARAMETERS = 15


def test_weights_find_a_known_answer() -> None:
    """A normal likelihood at 1.5 with sd 0.5 and a standard normal spread: posterior 1.2 with sd 0.447."""
    proposals, places = [fitting.Proposal.prior(1)], []
    for turn in range(3):
        places.append(proposals[-1].draw(2000, np.random.default_rng(turn)))
        z = np.concatenate(places)
        logs = -0.5 * ((z[:, 0] - 1.5) / 0.5) ** 2
        weights = fitting.weigh(logs, fitting.log_ratio(z, proposals), 100)
        proposals.append(fitting.next_proposal(z, weights))
    assert weights.temperature == 1.0
    assert proposals[-1].mean[0] == pytest.approx(1.2, abs=0.05)
    assert proposals[-1].sd[0] == pytest.approx(0.447, abs=0.05)
    kept = z[fitting.resample(weights, 500, np.random.default_rng(9)), 0]
    assert kept.mean() == pytest.approx(1.2, abs=0.1)


def test_few_sets_are_kept_by_tempering_only() -> None:
    logs = np.linspace(-400.0, 0.0, 200)
    weights = fitting.weigh(logs, np.zeros(200), 32)
    assert weights.effective >= 32
    assert weights.temperature > 1.0
    assert np.all(np.diff(weights.values) >= 0.0)


def test_gain_is_of_the_studies_left_out() -> None:
    """Three studies that agree gain by each other; one that contradicts loses."""
    z = np.random.default_rng(0).standard_normal(4000)
    up = 1.0 / (1.0 + np.exp(-2.0 * z))
    chances = {"a": [up], "b": [up], "c": [up], "against": [1.0 - up]}
    logs = {study: log_likelihood(rows, 0.1, 3) for study, rows in chances.items()}
    ratio = np.zeros(4000)
    weights = fitting.weigh(np.asarray(sum(logs.values())), ratio, 10)
    gains = fitting.left_out_gain(logs, chances, ratio, weights)
    assert gains["a"] == gains["b"] == gains["c"] > 0.05
    assert gains["against"] < -0.2


def test_studies_of_a_line_are_left_out_together() -> None:
    """Alone each of a and b is carried by the other; left out together only the study against them speaks."""
    z = np.random.default_rng(0).standard_normal(4000)
    up = 1.0 / (1.0 + np.exp(-2.0 * z))
    chances = {"a": [up], "b": [up], "against": [1.0 - up]}
    logs = {study: log_likelihood(rows, 0.1, 3) for study, rows in chances.items()}
    weights = fitting.weigh(np.asarray(sum(logs.values())), np.zeros(4000), 10)
    alone = fitting.left_out_gain(logs, chances, np.zeros(4000), weights)
    lines = {"MC38": ["a", "b"], "4T1": ["b", "against"]}
    gains = fitting.left_out_gain(logs, chances, np.zeros(4000), weights, lines)
    assert set(gains) == {"MC38", "4T1"}
    assert gains["MC38"] < -0.1 < alone["a"]


def test_a_study_of_several_lines_belongs_to_each() -> None:
    records = development(catalogue())
    several = next(r for r in records if len({line.name for line in lines_of(r.model.tumour, r.model.strain)}) > 1)
    found = by_line(records, [r.id for r in records])
    assert sum(several.id in studies for studies in found.values()) > 1
    assert by_line(records, [several.id]).keys() == {k for k, studies in found.items() if several.id in studies}


def test_claims_beyond_the_most_count_as_so_many_and_failures_know_nothing() -> None:
    one = np.array([0.8, 0.2, np.nan])
    assert log_likelihood([one] * 9, 0.1, 3) == pytest.approx(3.0 * log_likelihood([one], 0.1, 3))
    assert log_likelihood([one], 0.1, 3)[2] == pytest.approx(np.log(1.0 / 3.0))


def test_stages_see_development_only_and_fit_few_declared_parameters() -> None:
    records = development(catalogue())
    assert records
    assert all(split_of(record.id) == "development" for record in records)
    fitted = [name for stage in stages() for name in stage.parameters]
    assert len(fitted) == len(set(fitted)) <= MOST_PARAMETERS
    assert all(parameters.shared()[name].spread.uncertainty.width > 0 for name in fitted)
    assert declared()["rows"] > declared()["least_sets"]


def test_a_stage_takes_claims_by_what_their_arms_hold_and_none_from_memory() -> None:
    (record,) = [r for r in catalogue() if r.id == "deng2014_pdl1"]
    conversion = convert(record)[0]
    assert conversion.study is not None
    everything = Stage("all", frozenset({"outcomes", "markers"}), frozenset({frozenset({"radiation", "drugs"})}), ())
    used = 0
    for claim in record.claims:
        arms = tuple(conversion.study.arm(conversion.arms[arm]) for arm in (claim.better_arm, claim.worse_arm))
        taken = belongs(everything, record, claim, (arms[0], arms[1]))
        held = {what for arm in arms for what in ("radiation", "drugs", "cells") if getattr(arm, what)}
        right = held == {"radiation", "drugs"} and claim.basis != "mem" and kind_of(record, claim) != "in_vitro"
        assert taken == right
        used += taken
    assert used > 0


def test_a_population_travels_as_text_and_moves_only_its_parameters(lab) -> None:
    population = Population({"kill_rate": (1.0, -1.0), "homing_rate": (0.5, 0.0)})
    assert parse_population(population.text()) == population
    with pytest.raises(ValueError, match="at least one row"):
        parse_population("kill_rate\n")
    known = prepare(lab.study("CT26", {"x": lab.x_rays(8)})).declared
    names = list(known)
    plain = plausible_medians(known, range(4), "lab", 1)
    moved = plausible_medians(known, range(4), "lab", 1, population)
    changed = {names[i] for i in np.flatnonzero((plain != moved).any(axis=0))}
    assert changed == {"kill_rate", "homing_rate"}
    kill = moved[:, names.index("kill_rate")]
    assert kill[0] > known["kill_rate"].value > kill[1]
    assert kill[2] == kill[0]


def test_the_shipped_population_names_declared_parameters() -> None:
    population = shipped()
    if population is not None:
        # Stages are kept or left as wholes.
        fitted = [set(stage.parameters) for stage in stages()]
        assert set(population.places) == set().union(*(names for names in fitted if names <= set(population.places)))
        assert len(population) == declared()["rows"]
