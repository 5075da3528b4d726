"""Complications of normal tissue: the probability of one per organ from a dose summary (mean or equivalent uniform)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.parameters import RADIATION, Parameter, citations, declare
from abscopal.radiation.numbers import load_data
from abscopal.radiation.rbe import dose_of_effect
from abscopal.radiation.validity import check_dose, check_positive, warn_outside

LOGISTIC, LYMAN = "logistic", "lyman"
MEAN, UNIFORM = "mean", "uniform"


@dataclass(frozen=True)
class ComplicationModel:
    """The published fit of one organ.

    Attributes
    ----------
    organ, of : name; what exactly is meant by its dose.
    complication : what is predicted.
    form : logistic or lyman.
    dose : mean, or uniform for the generalised equivalent uniform dose of the fit.
    valid_up_to_gy : highest dose of the patients fitted [Gy].
    limits : whom and what it was fitted to.
    coefficients : numbers with unit, spread and source.
    no_chemotherapy : why concurrent chemotherapy changes nothing; "" where the fit has a factor for it.
    """

    organ: str
    of: str
    complication: str
    form: str
    dose: str
    valid_up_to_gy: float
    limits: str
    coefficients: Mapping[str, Parameter]
    no_chemotherapy: str = ""

    def value(self, name: str) -> float:
        """A coefficient's value."""
        return self.coefficients[name].value

    @property
    def source(self) -> str:
        """Citation of the fit."""
        return citations()[self.coefficients["td50"].source.cite]


@cache
def complication_models() -> Mapping[str, ComplicationModel]:
    """All models by organ."""
    return MappingProxyType({organ: _model(organ, row) for organ, row in load_data("ntcp.yaml").items()})


def _model(organ: str, row: Mapping[str, Any]) -> ComplicationModel:
    coefficients = {name: declare(f"{name}@{organ}", c, RADIATION) for name, c in row["coefficients"].items()}
    return ComplicationModel(
        organ=organ,
        of=row["of"],
        complication=row["complication"],
        form=row["form"],
        dose=row["dose"],
        valid_up_to_gy=float(row["valid_up_to_gy"]),
        limits=row["limits"],
        coefficients=MappingProxyType(coefficients),
        no_chemotherapy=row.get("chemotherapy", ""),
    )


@cache
def organ_names() -> Mapping[str, str]:
    """Every spelling of an organ that has a model, and its name here."""
    rows = load_data("ntcp.yaml")
    return MappingProxyType({word: organ for organ, row in rows.items() for word in (organ, *row["aliases"])})


def complication_model(organ: str) -> ComplicationModel:
    """The model of an organ.

    Raises
    ------
    InputError
        There is none for this organ.
    """
    found = organ_names().get(organ.strip().lower().replace("_", " "))
    if found is None:
        raise InputError(unknown_name("organ", organ, complication_models()))
    return complication_models()[found]


def logistic_complication(dose_gy: float, td50_gy: float, gamma50: float, log_odds: float = 0.0) -> float:
    """Probability of a complication by a logistic curve.

    Parameters
    ----------
    dose_gy, td50_gy : dose of the organ, and the one with a complication in half of patients [Gy]
    gamma50 : relative slope at half
    log_odds : added to the log odds by a risk factor

    Notes
    -----
    1/(1 + exp(4 g (1 - D/TD50) - l)). *Valid for* doses within the data of the fit.

    Raises
    ------
    InputError
        The dose is negative or above 1 kGy.

    References
    ----------
    Marks 2010, Int J Radiat Oncol Biol Phys 76(3 Suppl):S10 (QUANTEC, models in the clinic).

    Examples
    --------
    >>> round(logistic_complication(20.0, 30.75, 0.969), 3)  # QUANTEC: 20 % at a mean lung dose of 20 Gy
    0.205
    """
    check_dose(dose_gy)
    return 1.0 / (1.0 + math.exp(4.0 * gamma50 * (1.0 - dose_gy / td50_gy) - log_odds))


def lyman_complication(uniform_dose_gy: float, td50_gy: float, m: float) -> float:
    """Probability of a complication by the model of Lyman, Kutcher and Burman.

    Parameters
    ----------
    uniform_dose_gy, td50_gy : equivalent uniform dose, and the one with a complication in half of patients [Gy]
    m : standard deviation of the curve over its TD50

    Notes
    -----
    Normal distribution function of (D - TD50)/(m TD50). *Valid for* doses within the data of the fit.

    Raises
    ------
    InputError
        The dose is negative or above 1 kGy.

    References
    ----------
    Lyman 1985, Radiat Res 104(Suppl 8):S13; Dijkema 2010, Int J Radiat Oncol Biol Phys 78:449.

    Examples
    --------
    >>> round(lyman_complication(25.0, 39.9, 0.40), 2)  # parotid gland: 17 to 26 % at 25 to 30 Gy
    0.18
    """
    check_dose(uniform_dose_gy, "uniform_dose_gy")
    return 0.5 * (1.0 + math.erf((uniform_dose_gy - td50_gy) / (m * td50_gy * math.sqrt(2.0))))


def conventional_dose(courses: Iterable[tuple[float, float]], alpha_beta_gy: float, fractions: float) -> float:
    """Dose of an organ in a conventional number of fractions that equals courses in other fractions [Gy].

    Parameters
    ----------
    courses : dose of the organ [Gy] and number of fractions of each course
    alpha_beta_gy : alpha/beta of the tissue [Gy]
    fractions : number of fractions of the conventional course

    Notes
    -----
    x with x (1 + x/(n a)) = sum of D (1 + D/(n_i a)): the EQD2 of a tissue whose fraction is not 2 Gy even in a
    conventional course. *Valid for* full repair between fractions; with a mean dose it does not see that part of the
    organ has larger fractions than the mean.

    Raises
    ------
    InputError
        A dose is negative, or a number of fractions or alpha/beta not positive.

    References
    ----------
    Withers 1983, Radiother Oncol 1:187 (isoeffect formula).

    Examples
    --------
    >>> conventional_dose([(15.0, 30)], 3.0, 30)
    15.0
    >>> round(conventional_dose([(60.0, 20)], 3.0, 36), 2)  # 72 Gy in fractions of 2 Gy, as EQD2
    72.0
    """
    check_positive(alpha_beta_gy, "alpha_beta_gy")
    check_positive(fractions, "fractions")
    total = 0.0
    for dose_gy, count in courses:
        check_dose(dose_gy)
        check_positive(count, "fractions")
        total += dose_gy * (1.0 + dose_gy / (count * alpha_beta_gy))
    return round(float(dose_of_effect(total, 1.0, 1.0 / (fractions * alpha_beta_gy))), 12)


def complication_probability(
    organ: str, courses: Iterable[tuple[float, float]], *, chemotherapy: bool = False
) -> float:
    """Probability of the complication of an organ after one or more courses.

    Parameters
    ----------
    organ : name of an organ that has a model, see `complication_models`
    courses : RBE-weighted dose of the organ, total of the course [Gy], and number of fractions, for each course
    chemotherapy : concurrent; counts for organs whose fit knows it

    Notes
    -----
    The organ's published curve at the dose in conventional fractions. For ions the dose is weighted with the RBE, as
    planning systems report it; the curves are those of photons. *Valid for* `valid_up_to_gy` of the model and below.

    Raises
    ------
    InputError
        There is no model of the organ, or a dose or number of fractions is out of range.

    References
    ----------
    Those of each organ: `complication_model(organ).source`.

    Examples
    --------
    >>> round(complication_probability("lung", [(13.0, 33)]), 2)  # QUANTEC: 10 % at 13 Gy
    0.1
    """
    model = complication_model(organ)
    dose = conventional_dose(courses, model.value("alpha_beta"), model.value("reference_fractions"))
    warn_outside(f"{model.complication} ({model.source})", "dose", dose, 0.0, model.valid_up_to_gy, "Gy")
    if model.form == LYMAN:
        return lyman_complication(dose, model.value("td50"), model.value("m"))
    odds = model.value("chemotherapy_log_odds") if chemotherapy and "chemotherapy_log_odds" in model.coefficients else 0
    return logistic_complication(dose, model.value("td50"), model.value("gamma50"), odds)


def equivalent_uniform_dose(doses_gy: Iterable[float], shares: Iterable[float], n: float) -> float:
    """Generalised equivalent uniform dose of a dose histogram [Gy].

    Parameters
    ----------
    doses_gy, shares : dose of each part of the organ [Gy], and its share of the volume or surface
    n : exponent of the organ; 1 gives the mean dose, 0 the maximum

    Notes
    -----
    (sum of v D^(1/n) / sum of v)^n.

    Raises
    ------
    InputError
        A dose is negative, n not positive, or the shares do not add up.

    References
    ----------
    Niemierko 1999, Med Phys 26:1100 (abstract); Kutcher & Burman 1989, Int J Radiat Oncol Biol Phys 16:1623.

    Examples
    --------
    >>> equivalent_uniform_dose([10.0, 30.0], [0.5, 0.5], 1.0)
    20.0
    """
    check_positive(n, "n")
    parts = list(zip(doses_gy, shares, strict=True))
    whole = sum(share for _, share in parts)
    if whole <= 0 or any(share < 0 for _, share in parts):
        problem = Problem("the shares of the organ are not positive", key="shares", allowed="shares of at least 0")
        raise InputError(problem)
    for dose_gy, _ in parts:
        check_dose(dose_gy)
    return float((sum(share * dose ** (1.0 / n) for dose, share in parts) / whole) ** n)


def pneumonitis_with_checkpoint_blockade(probability: float, days_since_radiation: float) -> float:
    """Probability of pneumonitis of an irradiated lung in a patient who is given checkpoint blockade.

    Parameters
    ----------
    probability : of radiation pneumonitis
    days_since_radiation : from the last fraction to the first dose of the drug [d]; negative if given during

    Notes
    -----
    1 - (1 - p)(1 - q), q that of patients on these drugs, higher within 90 days of radiotherapy. Taken as
    independent; an upper estimate, since q holds some radiation pneumonitis. Severe adverse events of these drugs as
    a whole hardly differ with radiotherapy (0.01 to 2 percentage points).

    References
    ----------
    Anscher 2022, JAMA Oncol 8:232.

    Examples
    --------
    >>> round(pneumonitis_with_checkpoint_blockade(0.0, 30.0), 3)
    0.068
    """
    model = complication_models()["lung"]
    near = days_since_radiation <= model.value("checkpoint_window")
    drug = model.value("checkpoint_pneumonitis" if near else "checkpoint_pneumonitis_later")
    return 1.0 - (1.0 - probability) * (1.0 - drug)
