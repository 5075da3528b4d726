"""Fits lymphocyte counts of patients: `python -m abscopal.calibrate.lymphocytes -o DIR`. A minute: nothing to resume.

Reads the open cohorts of `../shared/data/patients` (`--data`): counts of 14 patients over time and 134 lowest counts of
chemoradiotherapy of the upper abdomen and oesophagus (Heather), pairs of counts around stereotactic radiotherapy of 55
(Frlez). The equations are those of `lymphocytes` and `cell_loss`, solved exactly between fractions. Each patient has a
factor on the share of blood in the field, log-normal, integrated by quadrature; counts scatter as Student's t (4), for
some follow progression or drugs. Lowest counts have no course of their own: that of the diagnosis is taken. What the
cohorts do not hold, conventional radiotherapy of the chest, comes in by its published lowest ratio.
Prints and writes `lymphocytes.json`: each value with the standard error of its logarithm.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abscopal import radiation
from abscopal.errors import InputError, Problem
from abscopal.module_commands import exit_code, parser_of
from abscopal.storage.files import save_together
from abscopal.storage.folders import check_folder

Floats = NDArray[np.float64]

# Body sites with counts of their own, by the diagnosis of the cohort.
SITES = {"Esophageal": "oesophagus", "Gastric": "stomach", "Cholangio": "liver", "Pancreas": "pancreas"}
# Total dose [Gy] and fractions that a lowest count is taken to follow: the usual course of its diagnosis in the cohort.
USUAL = {"Esophageal": (50.4, 28), "Gastric": (45.0, 25), "Cholangio": (58.0, 15), "Pancreas": (58.8, 28)}
USUAL_PROTONS = {**USUAL, "Pancreas": (25.0, 5)}
NAMES = ("blood_share_photon", *SITES.values(), "between_patients", "recovery_rate", "renewal_loss", "scatter", "ions")
START = np.array([np.log(0.1), 0.5, 0.5, 0.3, 0.1, np.log(0.4), np.log(0.03), -1.5, np.log(0.3), np.log(0.7)])
# Lowest ratio of conventional radiotherapy of the chest, 60 Gy in 30: 0.25 to 0.35, and the guess of a spread.
CHEST, CHEST_ERROR = np.log(0.3), 0.07
SPREAD_GUESS, SPREAD_ERROR = np.log(0.5), 0.5
# Counts of zero are below what is counted [1e3/uL].
LEAST_COUNT = 0.03
_DEGREES = 4.0
_NODES, _WEIGHTS = (np.asarray(part) for part in np.polynomial.hermite_e.hermegauss(15))
_SHARES = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class PatientValues:
    """What is fitted, on the scale of the model; `place` is the vector of the optimiser."""

    place: Floats

    def __getitem__(self, name: str) -> float:
        at = self.place[NAMES.index(name)]
        return float(1.0 / (1.0 + np.exp(-at)) if name == "renewal_loss" else np.exp(at))

    def killed(self, site: str, dose_gy: float, protons: bool = False) -> Floats:
        """Share of circulating lymphocytes that one fraction kills, at each node of the patient effect."""
        share = self["blood_share_photon"] * (self[site] if site else 1.0) * (self["ions"] if protons else 1.0)
        dead = 1.0 - float(np.asarray(radiation.lymphocyte_survival(dose_gy)))
        return np.clip(share * np.exp(self["between_patients"] * _NODES) * dead, 0.0, 0.95)

    def course(self, killed: Floats, fractions: Sequence[float], days: Sequence[float]) -> Floats:
        """Counts over baseline on days (days, nodes), of fractions that each kill this share."""
        rate, taken = self["recovery_rate"], self["renewal_loss"]
        count, left, now = np.ones_like(killed), np.ones_like(killed), min([*fractions, *days])
        found = []
        for day, is_count in sorted([*((d, False) for d in fractions), *((d, True) for d in days)]):
            count = left + (count - left) * np.exp(-rate * (day - now))
            now = day
            if is_count:
                found.append(count)
            else:
                count, left = count * (1.0 - killed), left * (1.0 - taken * killed)
        return np.array(found)


def working_days(fractions: int) -> list[float]:
    """Days of fractions on working days, from a Monday."""
    return [float(i // 5 * 7 + i % 5) for i in range(fractions)]


@dataclass(frozen=True)
class Cohorts:
    """The open cohorts, as read."""

    courses: pd.DataFrame
    patients: pd.DataFrame
    lowest: pd.DataFrame
    pairs: pd.DataFrame

    @classmethod
    def read(cls, folder: Path) -> Cohorts:
        """From the folder of data.

        Raises
        ------
        InputError
            A file is not there.
        """
        names = ("heather_longitudinal", "heather_patients_n20", "heather_nadir_n191", "frlez_sbrt_n79")
        files = [folder / f"lymphopenia_{name}.csv" for name in names]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            message = f"{', '.join(missing)} not found in {folder}"
            raise InputError(Problem(message, key="--data", advice="give the folder of the patients' open data"))
        courses, patients, lowest, pairs = (pd.read_csv(file) for file in files)
        return cls(
            courses.drop_duplicates(["patient", "day_rel_to_nadir"]).sort_values("day_rel_to_nadir"),
            patients.set_index("patient"),
            lowest,
            pairs[pairs["alc_start_k_per_ul"] > 0],
        )

    @property
    def baselines(self) -> tuple[Floats, Floats]:
        """Counts before treatment of both cohorts [1e3/uL]."""
        first = self.courses.groupby("patient")["alc_k_per_ul"].first()
        return np.asarray(first, float), np.asarray(self.pairs["alc_start_k_per_ul"], float)


def log_likelihood(values: PatientValues, cohorts: Cohorts) -> float:
    """Of all cohorts, with the published ratio of the chest and the guess of the spread."""
    chest = values.course(np.array([_typical(values)]), working_days(30), [39.0])[0, 0]
    known = -0.5 * ((np.log(chest) - CHEST) / CHEST_ERROR) ** 2
    guess = -0.5 * ((np.log(values["between_patients"]) - SPREAD_GUESS) / SPREAD_ERROR) ** 2
    return float(
        known + guess + _of_courses(values, cohorts) + _of_lowest(values, cohorts) + _of_pairs(values, cohorts)
    )


def _typical(values: PatientValues) -> float:
    """Share that 2 Gy to the chest kill in the median patient."""
    return float(values.killed("", 2.0)[len(_NODES) // 2])


def _of_courses(values: PatientValues, cohorts: Cohorts) -> float:
    total = 0.0
    for patient, counts in cohorts.courses.groupby("patient"):
        about = cohorts.patients.loc[patient]
        number = int(about["n_fractions"])
        fractions = np.linspace(about["rt_start_day_rel_nadir"], about["rt_end_day_rel_nadir"], number)
        killed = values.killed(SITES[about["diagnosis"]], about["rt_dose_gy"] / number, about["rt_type"] == "Protons")
        measured = np.asarray(counts["alc_k_per_ul"], float)
        days = np.asarray(counts["day_rel_to_nadir"], float)[1:]
        expected = np.log(values.course(killed, list(fractions), list(days)))
        ratio = np.log(measured[1:] / measured[0])[:, None]
        total += _mean_over_patients(_student(ratio - expected, values["scatter"]).sum(axis=0))
    return total


def _of_lowest(values: PatientValues, cohorts: Cohorts) -> float:
    before = np.log(cohorts.baselines[0])
    total = 0.0
    for (diagnosis, beam), rows in cohorts.lowest.groupby(["diagnosis", "rt_type"]):
        protons = beam == "Protons"
        dose, number = (USUAL_PROTONS if protons else USUAL)[str(diagnosis)]
        days = working_days(number)
        killed = values.killed(SITES[str(diagnosis)], dose / number, protons)
        expected = np.log(values.course(killed, days, [days[-1] + 1.0]))[0] + before.mean()
        counts = np.log(np.maximum(rows["alc_nadir_k_per_ul"], LEAST_COUNT).to_numpy(float))
        each = _normal(counts[:, None] - expected, float(np.hypot(before.std(), values["scatter"])))
        total += sum(_mean_over_patients(one) for one in each)
    return total


def _of_pairs(values: PatientValues, cohorts: Cohorts) -> float:
    total = 0.0
    for row in cohorts.pairs.itertuples():
        number = int(row.n_fractions)
        killed = values.killed("", row.total_dose_cgy / 100.0 / number)
        fractions = [2.0 * i for i in range(number)]  # every other day
        expected = np.log(values.course(killed, fractions, [float(row.days_between_counts)]))[0]
        ratio = np.log(row.alc_end_k_per_ul / row.alc_start_k_per_ul)
        total += _mean_over_patients(_student(ratio - expected, values["scatter"]))
    return total


def _student(residual: Floats, scale: float) -> Floats:
    from scipy.stats import t

    return np.asarray(t.logpdf(residual / scale, _DEGREES) - np.log(scale))


def _normal(residual: Floats, scale: float) -> Floats:
    return np.asarray(-0.5 * (residual / scale) ** 2 - np.log(scale))


def _mean_over_patients(logs: Floats) -> float:
    """Log of the mean likelihood over the patient effect."""
    highest = float(logs.max())
    return highest + float(np.log(np.sum(_SHARES * np.exp(logs - highest))))


def fitted(cohorts: Cohorts) -> dict[str, Any]:
    """Every value with the standard error of its logarithm (of the logit, for the loss of renewal), and predictions."""
    from scipy.optimize import minimize

    def loss(place: Floats) -> float:
        return -log_likelihood(PatientValues(place), cohorts)

    found = minimize(loss, START, method="L-BFGS-B", bounds=[(start - 2.5, start + 2.5) for start in START])
    values = PatientValues(np.asarray(found.x))
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(_curvature(loss, values.place))), 0.0))
    rows = {name: {"value": values[name], "log_error": float(e)} for name, e in zip(NAMES, errors, strict=True)}
    return {
        "n": {"courses": len(cohorts.patients), "lowest": len(cohorts.lowest), "pairs": len(cohorts.pairs)},
        "log_likelihood": -float(found.fun),
        "values": rows,
        "baseline_per_ul": _baseline(cohorts),
        "ratios": _predicted(values),
    }


def _baseline(cohorts: Cohorts) -> dict[str, float]:
    both = 1000.0 * np.concatenate(cohorts.baselines)
    return {"median": float(np.median(both)), "log_sd": float(np.log(both).std()), "n": len(both)}


def _predicted(values: PatientValues) -> dict[str, list[float]]:
    """Median ratio to baseline a day, 45, 75 and 300 days after the last fraction of usual courses."""
    usual = {site: USUAL[diagnosis] for diagnosis, site in SITES.items()}
    found = {}
    for site, (dose, number) in {"": (60.0, 30), "stereotactic": (50.0, 5), **usual}.items():
        days = working_days(number)
        killed = values.killed(site if site in usual else "", dose / number)[[len(_NODES) // 2]]
        found[site or "lung"] = values.course(killed, days, [days[-1] + d for d in (1.0, 45.0, 75.0, 300.0)])[
            :, 0
        ].tolist()
    return found


def _curvature(loss: Callable[[Floats], float], place: Floats, step: float = 0.03) -> Floats:
    """Matrix of second derivatives, by central differences."""
    unit = step * np.eye(len(place))
    found = np.empty((len(place), len(place)))
    for i, a in enumerate(unit):
        for j, b in enumerate(unit):
            around = loss(place + a + b) - loss(place + a - b) - loss(place - a + b) + loss(place - a - b)
            found[i, j] = around / (4.0 * step**2)
    return (found + found.T) / 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits, prints and writes."""
    parser = parser_of("abscopal.calibrate.lymphocytes", __doc__)
    parser.add_argument("-o", dest="folder", type=Path, required=True, help="folder of the result")
    parser.add_argument("--data", type=Path, default=Path("../shared/data/patients"), help="folder of the open cohorts")
    given = parser.parse_args(arguments)

    def run() -> None:
        check_folder(given.folder)
        text = json.dumps(fitted(Cohorts.read(given.data)), indent=1) + "\n"
        given.folder.mkdir(parents=True, exist_ok=True)
        save_together(given.folder, {"lymphocytes.json": text})
        print(text, end="")

    return exit_code(run)


if __name__ == "__main__":
    sys.exit(main())
