"""The open survival table of mice as records with measured results: days of animals, and the share alive at the end.

The table is read where it lies and never copied: what a record says of it goes to a folder that is not committed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abscopal.errors import InputError, Problem
from abscopal.storage.packaged import read_yaml

if TYPE_CHECKING:
    import pandas as pd

SURVIVAL_SET = "icb_mouse_survival_metaanalysis"
_SYSTEM = ("study", "cell", "background", "strain", "site", "t0_cells_millions")
_PLACES = (1, 2, 3, 4)
_EVERY = re.compile(r"Q(\d+)Dx(\d+)")
_CYCLES = re.compile(r"(?:(\d+)x|(\d+)Q(\d+)Wx)(Q\d+Dx\d+)")
_WEEK = 7.0


@cache
def names() -> Mapping[str, Any]:
    """Everything in `data/open_data.yaml`."""
    found: Mapping[str, Any] = read_yaml("abscopal.calibrate", "open_data.yaml")
    return found


def split_of_part(part: str) -> frozenset[str]:
    """Studies of a part of the committed split."""
    return frozenset(read_yaml("abscopal.calibrate", "open_data_split.yaml")[part])


def table(folder: Path, name: str) -> pd.DataFrame:
    """One table of the open data.

    Raises
    ------
    InputError
        It is not there.
    """
    import pandas as pd

    path = folder / name
    if not path.exists():
        advice = "name the folder of the open data with --data"
        raise InputError(Problem(f"{path} is not there", allowed="the folder `quant` of the open data", advice=advice))
    return pd.read_csv(path)


def survival_records(folder: Path, studies: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Records of the survival table, one per study, line, host and place of the tumour, as nested dictionaries."""
    mice = table(folder, f"{SURVIVAL_SET}/per_mouse_survival.csv.gz")
    codebook = table(folder, f"{SURVIVAL_SET}/treatment_codebook.csv").drop_duplicates("Name").set_index("Name")
    mice = mice[mice["study"].isin(studies)]
    for study, of_study in mice.groupby("study"):
        systems = list(of_study.groupby(list(_SYSTEM[1:]), dropna=False, sort=True))
        for number, (system, rows) in enumerate(systems, start=1):
            label = f"{study}-{rows['cell'].iloc[0]}" + (f"-{number}" if len(systems) > 1 else "")
            yield _record(label, str(study), dict(zip(_SYSTEM[1:], system, strict=True)), rows, codebook)


def _record(
    label: str, study: str, system: Mapping[str, Any], rows: pd.DataFrame, codebook: pd.DataFrame
) -> dict[str, Any]:
    experiments = [(str(name), arm) for name, arm in rows.groupby("experiment", sort=True)]
    cells = system["t0_cells_millions"]
    cancer = str(rows["cancer_type"].iloc[0])
    site = names()["sites"].get(system["site"], system["site"])
    intracranial = cancer in names()["intracranial_types"] and system["site"] in ("OT", "IC")
    wild = system["strain"] == "WT"
    return {
        "id": label,
        "kind": "in_vivo",
        "seed": {"file": SURVIVAL_SET, "study": study},
        "citation": f"{study.replace('_', ' ')}, as digitised in {SURVIVAL_SET}",
        "model": {
            "species": "mouse",
            "strain": str(system["background"]),
            "tumour": str(system["cell"]),
            "site": "intracranial" if intracranial else site,
            "inoculum": f"{float(cells) * 1e6:.3g} cells".replace("e+0", "e") if cells == cells and cells > 0 else None,
            "host": "immunocompetent" if wild else str(system["strain"]),
        },
        "clock": "inoculation",
        "arms": [_arm(name, study, arm.iloc[0], codebook) for name, arm in experiments],
        "results": [result for name, arm in experiments for result in _results(name, arm)],
    }


def _arm(name: str, study: str, row: Any, codebook: pd.DataFrame) -> dict[str, Any]:
    arm: dict[str, Any] = {"id": name, "rt": [], "drugs": [], "cells": []}
    for place in _PLACES:
        treatment = row[f"treatment_{place}"]
        if not isinstance(treatment, str) or treatment == "Control":
            continue
        given, why = corrected(study, treatment, row[f"dose_{place}"], row[f"freq_{place}"])
        days = treatment_days(row, place, given["freq"])
        note = {"note": why} if why else {}
        if treatment == "RT":
            dose = given["dose"] or None
            course = {"quality": "photon_xray", "dose_per_fraction_gy": dose, "fractions": len(days) or None}
            arm["rt"].append({**course, "days": days or None, "target": "primary", **note})
        elif treatment in names()["cells"]:
            arm["cells"].append({"kind": names()["cells"][treatment], "days": days or None, **note})
        else:
            unit = codebook["Dosing_Units"].get(treatment)
            dose = f"{given['dose']:g} {unit}" if unit in names()["dose_units"] and given["dose"] > 0 else None
            drug = names()["drugs"].get(treatment, treatment)
            arm["drugs"].append({"drug": drug, "dose": dose, "days": days or None, **note})
    return arm


def corrected(study: str, treatment: str, dose: float, freq: Any) -> tuple[dict[str, Any], str]:
    """Dose and schedule, with what the description of the set says is coded wrongly put right."""
    given = {"dose": float(dose), "freq": freq if isinstance(freq, str) else ""}
    for rule in names()["corrections"]:
        wrong = {key: rule[key] for key in ("dose", "freq") if key in rule}
        if (rule["study"], rule["treatment"]) == (study, treatment) and wrong.items() <= given.items():
            return {**given, **rule["becomes"]}, str(rule["why"])
    return given, ""


def treatment_days(row: Any, place: int, schedule: str) -> list[float]:
    """Days of the treatment in one of the places of an arm, after inoculation; none where its start is not told."""
    start = float(row["baseline_days"]) + float(row[f"treat_start_{place}"])
    return [] if math.isnan(start) else days_of(schedule, start)


def days_of(schedule: str, start: float) -> list[float]:
    """Days of a schedule of the table: `SD`, `Q3Dx4`, `4xQ1Dx5` (weekly cycles), `2Q4WxQ7Dx3`, or parts joined by `+`.

    Examples
    --------
    >>> days_of("Q3Dx3", 7.0)
    [7.0, 10.0, 13.0]
    >>> days_of("2Q4WxQ7Dx2", 0.0)
    [0.0, 7.0, 28.0, 35.0]
    >>> days_of("Q7Dx2+Q14Dx2", 0.0)
    [0.0, 7.0, 21.0, 35.0]
    """
    found: list[float] = []
    for part in schedule.split("+"):
        begin = start
        if found and (every := _EVERY.fullmatch(part)):
            begin = found[-1] + float(every[1])
        found += _days_of_part(part, begin)
    return found


def _days_of_part(part: str, start: float) -> list[float]:
    if part == "SD":
        return [start]
    if every := _EVERY.fullmatch(part):
        return [start + float(every[1]) * i for i in range(int(every[2]))]
    if cycles := _CYCLES.fullmatch(part):
        times, weeks = int(cycles[1] or cycles[2]), float(cycles[3] or 1.0)
        return [day for i in range(times) for day in _days_of_part(cycles[4], start + i * weeks * _WEEK)]
    return []


def _results(name: str, arm: pd.DataFrame) -> Sequence[dict[str, Any]]:
    """Days of the animals, and the share alive at the end of the follow-up where nobody was lost before it."""
    end = max(float(arm["tf_days"].iloc[0]), float(arm["day"].max()))
    days = [f"{day:g}" + ("" if event else "+") for day, event in zip(arm["day"], arm["event"], strict=True)]
    found: list[dict[str, Any]] = [
        {"id": f"{name} days", "arm": name, "metric": "alive", "times": days, "day": end, "basis": "db"}
    ]
    lost = (arm["event"] == 0) & (arm["day"] < end)
    last = float(arm.loc[lost, "day"].min()) if lost.any() else end
    alive = int(((arm["event"] == 0) | (arm["day"] > last)).sum())
    share = {"metric": "alive", "day": last, "value": f"{alive}/{len(arm)}", "basis": "db"}
    return [*found, {"id": f"{name} alive", "arm": name, **share}]
