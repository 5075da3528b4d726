"""Complications of normal tissue: published points, fractionation, data, refusals and the command."""

from __future__ import annotations

import json
import warnings

import pytest
from typer.testing import CliRunner

from abscopal import parameters, radiation
from abscopal.cli.radiation import app
from abscopal.errors import InputError

MODELS = radiation.complication_models()
CONVENTIONAL = 33


def at(organ: str, dose_gy: float, fractions: float = CONVENTIONAL, **more: bool) -> float:
    return radiation.complication_probability(organ, [(dose_gy, fractions)], **more)


@pytest.mark.parametrize(("mean_dose_gy", "percent"), [(7, 5), (13, 10), (20, 20), (24, 30), (27, 40)])
def test_pneumonitis_is_that_of_the_quantec_table(mean_dose_gy: float, percent: float) -> None:
    assert 100 * at("lung", mean_dose_gy) == pytest.approx(percent, abs=2)


@pytest.mark.parametrize(("mean_dose_gy", "percent"), [(25, 17), (30, 26), (39.9, 50)])
def test_parotid_is_that_of_the_combined_analysis(mean_dose_gy: float, percent: float) -> None:
    """The abstract gives 17 to 26 % for 25 to 30 Gy."""
    assert 100 * at("parotid", mean_dose_gy) == pytest.approx(percent, abs=1)


def test_oesophagitis_has_the_published_log_odds() -> None:
    for chemotherapy in (False, True):
        odds = at("oesophagus", 34.0, chemotherapy=chemotherapy)
        log_odds = -3.13 + 0.0688 * 34.0 + 1.5 * chemotherapy
        assert odds == pytest.approx(1.0 / (1.0 + 2.718281828 ** (-log_odds)), abs=2e-3)
    # Chemotherapy is in the fit of this organ alone.
    assert at("lung", 15.0, chemotherapy=True) == at("lung", 15.0)


def test_severe_dermatitis_at_its_td50() -> None:
    assert at("skin", 9.5) == pytest.approx(0.5)
    assert at("skin", 9.5 * (1 - 0.24)) == pytest.approx(0.1587, abs=1e-4)


@pytest.mark.parametrize("organ", MODELS)
def test_risk_rises_with_dose_and_with_fraction_size(organ: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", radiation.ValidityWarning)
        risks = [at(organ, share * MODELS[organ].value("td50")) for share in (0.0, 0.3, 0.6, 1.0, 1.4)]
        assert risks == sorted(risks)
        assert risks[0] < 0.05
        assert risks[3] == pytest.approx(0.5, abs=1e-9)
        dose = 0.6 * MODELS[organ].value("td50")
        assert at(organ, dose, 5) > at(organ, dose, 16) > at(organ, dose) > at(organ, dose, 66)


def test_conventional_dose_is_eqd2_where_fractions_are_of_two_gray() -> None:
    """60 Gy in 20 fractions, alpha/beta 3: 72 Gy in 36 fractions of 2 Gy."""
    assert radiation.conventional_dose([(60.0, 20)], 3.0, 36) == pytest.approx(72.0)
    whole = radiation.biologically_effective_dose(3.0, 20, 3.0)
    assert radiation.eqd2(whole, 3.0) == pytest.approx(72.0)
    # Two courses of half the fractions are one.
    halves = radiation.conventional_dose([(30.0, 10), (30.0, 10)], 3.0, 36)
    assert halves == pytest.approx(72.0)


def test_equivalent_uniform_dose_lies_between_mean_and_maximum() -> None:
    doses, shares = [0.0, 20.0, 60.0], [0.5, 0.3, 0.2]
    mean = radiation.equivalent_uniform_dose(doses, shares, 1.0)
    assert mean == pytest.approx(18.0)
    between = [radiation.equivalent_uniform_dose(doses, shares, n) for n in (1.0, 0.62, 0.3, 0.05)]
    assert mean == between[0] < between[1] < between[2] < between[3] < 60.0


def test_checkpoint_blockade_adds_its_own_pneumonitis() -> None:
    near, late = (radiation.pneumonitis_with_checkpoint_blockade(0.2, days) for days in (14, 200))
    assert near == pytest.approx(1 - 0.8 * 0.932)
    assert 0.2 < late < near


@pytest.mark.parametrize("organ", MODELS)
def test_every_number_has_unit_spread_and_source(organ: str) -> None:
    model = MODELS[organ]
    needed = {"logistic": {"td50", "gamma50"}, "lyman": {"td50", "m"}}[model.form]
    assert needed | {"alpha_beta", "reference_fractions"} <= set(model.coefficients)
    assert model.dose in ("mean", "uniform")
    assert ("n" in model.coefficients) == (model.dose == "uniform")
    for row in model.coefficients.values():
        assert row.meaning
        assert row.unit
        assert row.source.kind in parameters.SOURCE_KINDS
        assert row.spread.uncertainty.varies(row.value) or "within which" in row.meaning
        if row.source.kind == "assumed":
            assert len(row.source.note.split()) >= 5
        else:
            assert row.source.cite in parameters.citations()
            assert row.source.where


def test_aliases_and_refusals() -> None:
    assert at("esophagus", 30.0) == at("oesophagus", 30.0)
    with pytest.raises(InputError, match="liver"):
        at("liver", 30.0)
    with pytest.raises(InputError, match="dose_gy"):
        at("lung", -1.0)
    with pytest.raises(InputError, match="fractions"):
        at("lung", 1.0, 0)
    with pytest.warns(radiation.ValidityWarning, match="pneumonitis"):
        at("lung", 45.0)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["ntcp", *arguments], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_command_gives_the_number_with_its_source() -> None:
    found = json.loads(run("--organ", "lung", "--mean-dose", "20", "--json"))
    assert found["probability"] == pytest.approx(0.205, abs=1e-3)
    assert "QUANTEC" in found["source"]
    assert f"{found['probability']:g}" in run("--organ", "lung", "--mean-dose", "20")
    fewer = json.loads(run("--organ", "lung", "--mean-dose", "20", "-n", "10", "--json"))
    assert fewer["probability"] > found["probability"] + 0.05


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        (("--organ", "skin", "--mean-dose", "5"), "give --uniform-dose"),
        (("--organ", "lung"), "give --mean-dose"),
        (("--organ", "lung", "--mean-dose", "5", "--uniform-dose", "5"), "give --mean-dose"),
        (("--organ", "lnug", "--mean-dose", "5"), "lung"),
    ],
)
def test_the_command_refuses_what_it_cannot_mean(arguments: tuple[str, ...], advice: str) -> None:
    with pytest.raises(InputError) as caught:
        CliRunner().invoke(app, ["ntcp", *arguments], catch_exceptions=False)
    assert any(advice in problem.advice for problem in caught.value.problems)
