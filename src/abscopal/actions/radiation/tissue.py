"""Tissues and organs: biologically effective dose, complications."""

from __future__ import annotations

from typing import Any

import numpy as np

from abscopal import radiation
from abscopal.actions.radiation.calculation import Calculation, Curves, with_warnings
from abscopal.errors import InputError, Problem


@with_warnings
def effective_dose(
    dose_gy: float,
    fractions: int,
    alpha_beta: float,
    rbe_max: float = 1.0,
    rbe_min: float = 1.0,
    transition_dose: float | None = None,
) -> Calculation:
    """Biologically effective dose of fractions of a dose [Gy], and the equivalent dose in 2 Gy fractions [Gy].

    Parameters
    ----------
    alpha_beta : of the tissue for photons [Gy].
    rbe_max : alpha of the ion over that of photons; `rbe_min` is the square root of the same ratio of beta.
    transition_dose : photon dose where the survival curve turns straight [Gy]; None is never.

    Raises
    ------
    InputError
        A value cannot be used.
    """
    whole = radiation.biologically_effective_dose(
        dose_gy, fractions, alpha_beta, rbe_max=rbe_max, rbe_min=rbe_min, transition_dose_gy=transition_dose
    )
    return Calculation({"bed_gy": float(whole), "eqd2_gy": float(radiation.eqd2(whole, alpha_beta))})


@with_warnings
def complication(
    organ: str,
    mean_dose: float | None = None,
    uniform_dose: float | None = None,
    fractions: int | None = None,
    chemotherapy: bool = False,
    curve: bool = False,
) -> Calculation:
    """Probability of a complication of normal tissue from the dose of an organ.

    Parameters
    ----------
    mean_dose, uniform_dose : total of the course [Gy], RBE-weighted for ions; the one that the organ's fit is made for.
    fractions : None is conventional.

    Raises
    ------
    InputError
        There is no such organ, or its dose is missing.
    """
    model = radiation.complication_model(organ)
    dose = _organ_dose(model, mean_dose, uniform_dose)
    count = model.value("reference_fractions") if fractions is None else fractions

    def probability(gray: float) -> float:
        return float(radiation.complication_probability(model.organ, [(gray, count)], chemotherapy=chemotherapy))

    tissue = model.value("alpha_beta")
    values = {
        "probability": probability(dose),
        "conventional_dose_gy": radiation.conventional_dose(
            [(dose, count)], tissue, model.value("reference_fractions")
        ),
        "td50_gy": model.value("td50"),
        "complication": model.complication,
        "source": model.source,
        "limits": model.limits,
    }
    if not curve:
        return Calculation(values)
    doses = np.linspace(0.0, model.valid_up_to_gy, 200)
    found = {model.complication: [probability(float(d)) for d in doses]}
    return Calculation(values, Curves(doses, found, f"{model.dose} dose of {model.of}, Gy", "probability"))


def _organ_dose(model: Any, mean_dose: float | None, uniform_dose: float | None) -> float:
    """The dose that the organ's fit was made for; refuses the other, and none."""
    uniform = model.dose == "uniform"
    dose, other = (uniform_dose, mean_dose) if uniform else (mean_dose, uniform_dose)
    wanted = "--uniform-dose" if uniform else "--mean-dose"
    if dose is None or other is not None:
        what = "equivalent uniform dose" if uniform else "mean dose"
        raise InputError(
            Problem(
                f"{model.organ} needs its {what}", key=wanted, allowed=f"{what} of {model.of}", advice=f"give {wanted}"
            )
        )
    return dose
