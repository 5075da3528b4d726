"""Open sets of tumour volumes of mice as records with measured results: mean volume of the animals on each day."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abscopal.calibrate.open_survival import names, table

if TYPE_CHECKING:
    import pandas as pd

# A mean of fewer animals than this share of the arm is one of survivors.
_LEAST_LEFT = 0.5
_LEAST_ANIMALS = 3
_DOSE = re.compile(r"(\d+) Gy")


def volume_records(folder: Path, studies: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Records of the sets of volumes of these studies, one per line, as nested dictionaries."""
    for about in names()["volumes"]:
        if about["study"] not in studies:
            continue
        if about.get("group_means"):
            yield from _group_means(folder, about)
            continue
        rows = measured(folder, about)
        for line, of_line in rows.groupby("line", sort=True):
            arms = [arm for arm in about["arms"] if arm in set(of_line["arm"])]
            results = [one for arm in arms for one in _means(arm, of_line[of_line["arm"] == arm])]
            given = [_arm(arm, about["arms"][arm]) for arm in arms]
            yield _record(f"{about['study']}-volumes-{line}", about, str(line), given, results)


def measured(folder: Path, about: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of a set of individual animals that may be used; a day before the first volume is no measurement."""
    rows = table(folder, f"{about['folder']}/volumes.csv")
    for column, wanted in about.get("keep", {}).items():
        rows = rows[rows[column] == wanted]
    return rows[(rows["day"] > 0) & rows["volume_mm3"].notna()]


def _record(
    label: str, about: Mapping[str, Any], line: str, arms: list[dict[str, Any]], results: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "id": label,
        "kind": "in_vivo",
        "seed": {"file": about["folder"], "study": about["study"]},
        "citation": about["citation"],
        "model": {"species": "mouse", "strain": about["strain"], "tumour": line, "host": "immunocompetent"},
        "clock": "inoculation",
        "arms": arms,
        "results": results,
        "curator_notes": [about["days_from"]],
    }


def _arm(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    rt = [{"quality": "photon_xray", "target": "primary", **course} for course in given.get("rt", [])]
    return {"id": name, "rt": rt, "drugs": [dict(course) for course in given.get("drugs", [])], "cells": []}


def _means(arm: str, rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    least = max(_LEAST_ANIMALS, _LEAST_LEFT * rows["mouse"].nunique())
    for day, volumes in rows.groupby("day")["volume_mm3"]:
        if len(volumes) >= least:
            told = {"value": round(float(volumes.mean()), 1), "sd": round(float(volumes.std()), 1), "n": len(volumes)}
            yield {"id": f"{arm} day {day:g}", "arm": arm, "metric": "volume", "day": float(day), **told, "basis": "db"}


def _group_means(folder: Path, about: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A set of group means in wild hosts, one tumour each: a record per experiment."""
    rows = table(folder, f"{about['folder']}/group_means.csv")
    rows = rows[(rows["host"] == "WT") & (rows["tumour_site"] == "single") & rows["mean_volume_mm3"].notna()]
    # Groups that are told by the rank of an inoculum of unknown size cannot be told apart in a record.
    rows = rows[rows["inoculum_rank"].isna()]
    for (experiment, line), of_one in rows.groupby(["experiment", "line"], sort=True):
        arms, results = [], []
        for arm, there in of_one.groupby("arm", sort=True):
            dose = float(there["total_dose_gy"].iloc[0])
            if "BMDM" in str(arm) or "," in str(there["rt_day"].iloc[0]):
                continue
            day = there["rt_day"].iloc[0]
            course = {"quality": "photon_xray", "dose_per_fraction_gy": dose, "fractions": 1, "target": "primary"}
            arms.append({"id": str(arm), "rt": [{**course, "days": [float(day)]}] if dose else [], "drugs": []})
            results += [
                {
                    "id": f"{arm} day {row['day']:g}",
                    "arm": str(arm),
                    "metric": "volume",
                    "day": float(row["day"]),
                    "value": round(float(row["mean_volume_mm3"]), 1),
                    "basis": "db",
                }
                for _, row in there.iterrows()
                if row["day"] >= (float(day) if dose else 0.0)
            ]
        if arms:
            yield _record(f"{about['study']}-{experiment}-{line}", about, str(line), arms, results)
