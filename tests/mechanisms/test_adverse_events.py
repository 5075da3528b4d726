"""Rows X02 to X05: adverse events by drug class, lymphopenia, organs, immune cells of blood after carbon ions.

Patients of three tumours where the row is about patients. Each claim has a minimum effect that is declared here, and
must fail where its key flow or parameter is gone.
"""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import study as studies
from abscopal.errors import InputError
from abscopal.model import assemble
from abscopal.model.plan import Plan, plan_of
from abscopal.regimen import check_treatment, timelines
from abscopal.study import Study

PATIENTS = ("prostate cancer", "NSCLC", "melanoma")
LINES = ("CT26", "MC38", "LM8")
SIX_MONTHS = 180.0


def _plan(study: Study) -> Plan:
    return plan_of(study, timelines(study))


def _drug(agent: str, dose: str, every: float, times: int, start: float = 0) -> dict[str, Any]:
    days = {"from": f"{start} d", "every": f"{every} d", "times": times}
    return {"drugs": [{"agent": agent, "dose": dose, "days": days}]}


def _radiation(quality: str, dose: float, times: int, every: float = 1.4, **more: Any) -> dict[str, Any]:
    days = {"from": "0 d", "every": f"{every} d", "times": times}
    beam = {"let": "50 keV/um"} if quality == "carbon" else {"energy": "6 MV"}
    course = {"quality": quality, "dose_per_fraction": f"{dose} Gy", "days": days, "target": "primary", **beam, **more}
    return {"radiation": [course]}


def _study(tumour: str, arms: dict[str, Any], **more: Any) -> Any:
    given = {
        "abscopal": 1,
        "study": "patients",
        "host": {"species": "human"},
        "tumour": tumour,
        "sites": {"primary": {"start_volume": {"value": "20 cm3", "day": "0 d"}}},
        "arms": {"control": {}, **arms},
        "control": "control",
        "cohort": {"size": 2, "seed": 1},
        "follow_up": f"{SIX_MONTHS} d",
        **more,
    }
    return studies.from_dict(given)


PEMBROLIZUMAB = _drug("pembrolizumab", "200 mg", 21, 9)
IPILIMUMAB = _drug("ipilimumab", "3 mg/kg", 21, 4)
NIVOLUMAB = (_drug("nivolumab", "1 mg/kg", 21, 4), _drug("nivolumab", "3 mg/kg", 14, 7, start=84))


def _arms(lab: Any) -> dict[str, Any]:
    return {
        "PD-1": PEMBROLIZUMAB,
        "PD-L1": _drug("durvalumab", "10 mg/kg", 14, 13),
        "CTLA-4": IPILIMUMAB,
        "both": lab.both(IPILIMUMAB, *NIVOLUMAB),
        "carbon": _radiation("carbon", 1.6, 16, 1.75),
        "carbon, then PD-1": lab.both(_radiation("carbon", 1.6, 16, 1.75), _drug("pembrolizumab", "200 mg", 21, 7, 42)),
        "PD-1 alone": _drug("pembrolizumab", "200 mg", 21, 7, 42),
        "X-rays": _radiation("X-rays", 3.6, 16, 1.75),
        "X-rays x 39": _radiation("X-rays", 2.0, 39),
    }


def _patients(lab: Any, tumour: str, **change: float) -> Any:
    return lab.run(_study(tumour, _arms(lab)), change=change, step_days=1.0)


def _events(run: Any, arm: str) -> float:
    return float(np.mean(run("blood_irae_probability", arm)[:, -1]))


def _median(values: np.ndarray) -> float:
    return float(np.median(values))


@pytest.mark.slow
@pytest.mark.parametrize("tumour", PATIENTS)
def test_X02_adverse_events_follow_the_drug_class(lab: Any, tumour: str) -> None:
    """Grade 3 or more in trials: PD-1 15 %, PD-L1 14 %, CTLA-4 24 to 34 %, both 40 to 56 % (ipilimumab 3 mg/kg)."""
    run = _patients(lab, tumour)
    one, ligand, other, both = (_events(run, arm) for arm in ("PD-1", "PD-L1", "CTLA-4", "both"))
    assert 0.10 < ligand < 0.18
    assert 0.11 < one < 0.20
    assert 0.20 < other < 0.34
    assert 0.40 < both < 0.56
    # More than either drug's own hazard, added.
    hazard = {arm: -np.log1p(-p) for arm, p in (("one", one), ("other", other), ("both", both))}
    assert hazard["both"] > 1.2 * (hazard["one"] + hazard["other"])
    assert _events(run, "control") == _events(run, "carbon") == 0.0
    # It only ever accumulates.
    assert np.all(np.diff(run("blood_irae_probability", "both")) >= -1e-6)


def test_X02_is_due_to_bound_drug(lab: Any) -> None:
    """Red without binding, and without the interaction."""
    tumour = PATIENTS[0]
    run = _patients(lab, tumour)
    unbound = _patients(lab, tumour, drug_affinity=1e9)
    assert _events(unbound, "both") < 1e-3
    additive = _patients(lab, tumour, irae_rate_dual=0.0)
    hazard = [-np.log1p(-_events(additive, arm)) for arm in ("PD-1", "CTLA-4", "both")]
    assert hazard[2] < 1.05 * (hazard[0] + hazard[1])
    assert _events(additive, "both") < _events(run, "both") - 0.05


@pytest.mark.parametrize("tumour", PATIENTS)
def test_X02_carbon_ions_before_the_drug_hardly_add(lab: Any, tumour: str) -> None:
    """21 % of melanoma patients after carbon ions, then drugs of mixed classes: as with the drugs alone."""
    run = _patients(lab, tumour)
    together, alone = _events(run, "carbon, then PD-1"), _events(run, "PD-1 alone")
    assert together == pytest.approx(alone, abs=0.02)
    # Between the two classes of drugs that the 21 % mix.
    assert _events(run, "PD-1") < 0.21 < _events(run, "CTLA-4")


def test_X02_is_in_models_of_patients_on_these_drugs_only(lab: Any) -> None:
    def stocks(study: Any, without: tuple[str, ...] = ()) -> set[str]:
        return {s.name for s in assemble(_plan(study), without).species}

    assert "irae_hazard" in stocks(_study("melanoma", {"a": PEMBROLIZUMAB}))
    assert "irae_hazard" not in stocks(_study("melanoma", {"a": PEMBROLIZUMAB}), ("adverse_events",))
    assert "irae_hazard" not in stocks(_study("melanoma", {"a": _radiation("X-rays", 2, 3)}))
    assert "irae_hazard" not in stocks(lab.study("CT26", {"a": lab.drug("anti-PD-1")}))


@pytest.mark.parametrize("tumour", PATIENTS)
def test_X03_lymphopenia_is_graded_and_recovers_in_part(lab: Any, tumour: str) -> None:
    run = _patients(lab, tumour)
    harm = {arm.name: arm for arm in run.result.harm}
    blood = harm["X-rays x 39"].lymphocytes
    assert blood.left.value < (0.65 if tumour == "melanoma" else 0.5)  # a limb holds little blood
    # The lowest count is that of the end of radiotherapy (day 53); weeks later most is back, and some never.
    assert 45 <= blood.lowest_day.value <= 56
    later = run.at(110, "blood_lymphocytes", "X-rays x 39") / run.at(0, "blood_lymphocytes", "control")
    assert blood.left.value + 0.15 < np.median(later) < 0.95
    assert sum(share.count for share in blood.lymphopenia.grades[2:]) == blood.lymphopenia.severe.n
    assert harm["X-rays x 39"].highest_nlr.value > 1.5 * harm["control"].highest_nlr.value
    untreated = harm["control"].lymphocytes.lymphopenia.grades
    assert untreated[0].value + untreated[1].value == 1.0  # counts of patients with cancer are low to begin with
    assert np.isnan(harm["control"].lymphocytes.recovery_days.value)
    # Fewer fractions, less blood (R09).
    assert harm["X-rays"].lymphocytes.left.value > blood.left.value + 0.05


def test_X03_is_due_to_irradiated_blood(lab: Any) -> None:
    spared = _patients(lab, PATIENTS[0], blood_share_photon=0.0)
    arm = next(arm for arm in spared.result.harm if arm.name == "X-rays x 39")
    assert arm.lymphocytes.left.value > 0.95
    assert arm.lymphocytes.recovered.n == 0


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES)
def test_X03_lost_lymphocytes_are_missing_from_the_response(lab: Any, line: str) -> None:
    """Twelve fractions with the draining node in the field, and with the node spared."""
    fractions, drug = tuple(range(12)), lab.drug("anti-PD-L1")
    arms = {
        "spared": lab.both(lab.x_rays(2, fractions), drug),
        "irradiated": lab.both(lab.x_rays(2, fractions, node_in_field=True), drug),
    }
    study = lab.study(line, arms, size=2, follow_up=24)

    def ratio(site: str, **change: float) -> float:
        run = lab.run(study, change=change)
        return _median(run.at(20, "volume", "irradiated", site) / run.at(20, "volume", "spared", site))

    for site in ("primary", "secondary"):
        assert ratio(site) > 1.15
        # Lymphocytes that radiation does not kill.
        assert ratio(site, lymphocyte_resistance=1e6) == pytest.approx(1.0, abs=0.01)


@pytest.mark.slow
def test_X04_an_arm_has_the_complications_of_its_organs(lab: Any) -> None:
    lung = {"organs": {"lung": {"mean_dose": "15 Gy"}, "esophagus": {"mean_dose": "20 Gy"}}}
    spared = {"organs": {"lung": {"mean_dose": "7 Gy"}, "skin": {"uniform_dose": "3 Gy"}}}
    drug = _drug("durvalumab", "10 mg/kg", 14, 2, start=60)
    arms = {
        "X-rays": _radiation("X-rays", 2, 30, **lung),
        "carbon": _radiation("carbon", 3, 16, 1.75, **spared),
        "with drug": lab.both(_radiation("X-rays", 2, 30, **lung), drug),
        "with cisplatin": lab.both(_radiation("X-rays", 2, 30, **lung), _drug("cisplatin", "140 mg", 21, 2)),
        "two courses": lab.both(_radiation("X-rays", 2, 15, **spared), _radiation("X-rays", 2, 15, **spared)),
    }
    run = lab.run(_study("NSCLC", arms, cohort={"size": 1}, follow_up="90 d"))
    found = {arm.name: {row["organ"]: row for row in arm.normal_tissue} for arm in run.result.harm}
    assert found["control"] == {}
    pneumonitis = {arm: rows["lung"]["probability"] for arm, rows in found.items() if rows}
    assert pneumonitis["X-rays"] == pytest.approx(0.12, abs=0.02)
    assert pneumonitis["carbon"] < 0.6 * pneumonitis["X-rays"]
    assert pneumonitis["two courses"] == pytest.approx(pneumonitis["X-rays"], abs=0.02)
    # Seven days after the last fraction: 6.8 % of pneumonitis with these drugs, on top.
    assert found["with drug"]["lung"]["with_checkpoint_blockade"] == pytest.approx(1 - 0.88 * 0.932, abs=0.02)
    assert found["X-rays"]["lung"]["with_checkpoint_blockade"] is None
    risk = [found[arm]["oesophagus"]["probability"] for arm in ("X-rays", "with cisplatin")]
    assert risk[1] > risk[0] + 0.2
    assert "QUANTEC" in found["X-rays"]["lung"]["source"]
    assert found["carbon"]["skin"]["dose_kind"] == "uniform"
    summary = {arm["name"]: arm["harm"]["normal_tissue"] for arm in run.result.summary()["arms"]}
    assert [row["organ"] for row in summary["X-rays"]] == ["lung", "oesophagus"]


@pytest.mark.parametrize(
    ("organs", "words"),
    [
        ({"liver": {"mean_dose": "15 Gy"}}, "unknown organ 'liver'"),
        ({"lung": {}}, "lung needs `mean_dose`"),
        ({"skin": {"mean_dose": "3 Gy"}}, "skin needs `uniform_dose`"),
        ({"lung": {"mean_dose": "15 Gy", "uniform_dose": "15 Gy"}}, "lung needs `mean_dose`"),
    ],
)
def test_X04_refuses_a_dose_that_no_curve_is_for(organs: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        check_treatment(_study("NSCLC", {"a": _radiation("X-rays", 2, 3, organs=organs)}))
    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.key.startswith("arms.a.radiation[0].organs.")


def test_X04_refuses_organs_of_a_mouse(lab: Any) -> None:
    study = lab.study("CT26", {"a": lab.x_rays(2, organs={"lung": {"mean_dose": "2 Gy"}})})
    with pytest.raises(InputError, match="patients, not for a mouse"):
        check_treatment(study)


@pytest.mark.parametrize("tumour", PATIENTS)
def test_X05_carbon_ions_spare_immune_cells_of_blood(lab: Any, tumour: str) -> None:
    """16 fractions of 1.6 Gy of carbon ions and of 3.6 Gy of X-rays control the tumour alike.

    Blood of 32 prostate patients after carbon ions (Hu 2023, abstract): lymphocytes spared, T cells more functional,
    MDSC not raised, but the share of Tregs higher: the last is so here too, and less than after photons.
    """
    run = _patients(lab, tumour)
    last = 27

    def ratio(name: str, arm: str, against: str) -> float:
        return _median(run.at(last, name, arm) / run.at(last, name, against))

    volume = {arm: _median(run.at(60, "volume", arm, "primary")) for arm in ("carbon", "X-rays")}
    assert volume["carbon"] == pytest.approx(volume["X-rays"], rel=0.1)
    assert ratio("blood_lymphocytes", "carbon", "X-rays") > 1.2
    assert ratio("blood_cd8", "carbon", "X-rays") > 1.3
    assert ratio("blood_mdsc", "carbon", "control") < 0.95
    assert ratio("blood_mdsc", "carbon", "X-rays") < 0.995
    treg = {
        arm: _median(run.at(last, "blood_treg", arm) / run.at(last, "blood_lymphocytes", arm))
        for arm in ("control", "carbon", "X-rays")
    }
    assert 1.1 * treg["control"] < treg["carbon"] < 0.9 * treg["X-rays"]


def test_X05_is_due_to_the_share_of_blood_and_to_killed_mdsc(lab: Any) -> None:
    same = _patients(lab, PATIENTS[0], blood_share_photon=0.0, blood_share_ion=0.0)
    for name in ("blood_lymphocytes", "blood_treg"):
        # Tregs of blood also move to irradiated tumours.
        assert _median(same.at(27, name, "carbon") / same.at(27, name, "X-rays")) == pytest.approx(1.0, abs=0.03)
    hard = _patients(lab, PATIENTS[0], mdsc_d37=1e9, marrow_share=0.0)
    assert _median(hard.at(27, "blood_mdsc", "carbon") / hard.at(27, "blood_mdsc", "control")) > 0.95
