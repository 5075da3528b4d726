"""A calculator and a simulated study have one number for one line, radiation and oxygen: the surviving share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from abscopal import pipeline, regimen
from abscopal.actions.radiation.cells import survival
from abscopal.errors import InputError

DOSE = 3.0
# Radiation of an arm -> the same as options of the calculator. Photons are those of the reference, see below.
BEAMS: dict[str, tuple[str, dict[str, Any]]] = {
    "Co-60": ("Co-60", {}),
    "carbon 20": ("carbon", {"let": 20.0}),
    "carbon 50": ("carbon", {"let": 50.0}),
    "carbon 102": ("carbon", {"let": 102.0}),
    "carbon in depth": ("carbon", {"energy": 290.0, "depth": 140.0}),
    "helium 10": ("helium", {"let": 10.0}),
    "helium 70": ("helium", {"let": 70.0}),
    "protons 3": ("protons", {"let": 3.0}),
    "protons 16": ("protons", {"let": 16.0}),
}
UNITS = {"let": "keV/um", "energy": "MeV/u", "depth": "mm"}
# Measured pairs at three LETs, at one; an own set of the microdosimetric kinetic model, twice; the generic models.
LINES = ("B16-F10", "LM8", "V79", "HSG", "CT26")


def _course(quality: str, options: Mapping[str, float]) -> dict[str, Any]:
    beam = {key: f"{value} {UNITS[key]}" for key, value in options.items()}
    return {"quality": quality, "dose_per_fraction": f"{DOSE} Gy", "days": ["0 d"], "target": "primary", **beam}


def _surviving(lab: Any, line: str, po2_mmhg: float) -> dict[str, float]:
    """Share of the living cells that one fraction leaves, by arm, in an animal with the declared sensitivity."""
    arms = {name: {"radiation": [_course(*beam)]} for name, beam in BEAMS.items()}
    study = lab.study(line, arms, sites={"primary": lab.primary}, size=1, follow_up=1)
    declared = pipeline.prepare(study).declared
    own = ("alpha_photon", "beta_photon", "transition_dose", "ion_sensitivity_factor")
    change = {name: declared[name].value for name in own}
    change |= {name: p.value for name, p in declared.items() if name.startswith(("alpha_ion@", "beta_ion@"))}
    run = lab.run(study, change={**change, "oxic_po2": po2_mmhg, "hypoxic_po2": po2_mmhg}, rtol=1e-9)
    untreated = run.at(0, "tumour", "control", "primary")[0]
    return {name: float(run.at(0, "tumour", name, "primary")[0] / untreated) for name in BEAMS}


@pytest.mark.slow
@pytest.mark.parametrize("po2_mmhg", [160.0, 1.0])
@pytest.mark.parametrize("line", LINES)
def test_survival_of_a_fraction_is_that_of_the_calculator(lab: Any, line: str, po2_mmhg: float) -> None:
    simulated = _surviving(lab, line, po2_mmhg)
    for name, (quality, options) in BEAMS.items():
        calculated = survival(DOSE, line=line, quality=quality, po2=po2_mmhg, **options)
        assert simulated[name] == pytest.approx(calculated.values["surviving_fraction"], rel=1e-6), name


@pytest.mark.parametrize(
    ("quality", "let"), [("protons", 300.0), ("carbon", 2000.0), ("carbon", 0.3), ("X-rays", 12.0)]
)
def test_both_refuse_a_let_that_no_beam_has(lab: Any, quality: str, let: float) -> None:
    for line in ("CT26", "V79"):
        with pytest.raises(InputError) as told:
            regimen.check_treatment(lab.study(line, {"a": {"radiation": [_course(quality, {"let": let})]}}))
        with pytest.raises(InputError) as calculated:
            survival(DOSE, line=line, quality=quality, let=let)
        (one,), (other,) = told.value.problems, calculated.value.problems
        assert (one.message, one.allowed) == (other.message, other.allowed)
        assert one.key.endswith("let")
