"""Solved arms as one labelled dataset (arm, subject, site, time), with units and meanings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from abscopal import engine, measurements
from abscopal.errors import InputError, unknown_name
from abscopal.measurements import Measurements
from abscopal.model.generic import neutral_value
from abscopal.model.language import AssembledModel, Quantity, Species
from abscopal.regimen import in_words
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray
from abscopal.simulation.solving import NOT_CONDITIONED, ArmTrajectories
from abscopal.study import Study


def dataset(prepared: Prepared, arms: Mapping[str, ArmTrajectories], times: FloatArray) -> Any:
    """Trajectories of all arms as a labelled xarray dataset.

    Parameters
    ----------
    times : the recorded days [d].
    """
    import xarray as xr

    study, model = prepared.study, prepared.model
    order = [arms[arm.name] for arm in study.arms]
    cube, names = np.stack([arm.outputs for arm in order]), order[0].names
    variables: dict[str, Any] = {}
    for item in _readouts(model):
        name, places = item["name"], item["places"]
        if places == model.sites:
            parts = [_column(cube, names, model, f"{item['key']}@{site}") for site in places]
            variables[name] = (("arm", "subject", "site", "time"), np.stack(parts, axis=2), item["attrs"])
        else:
            column = _column(cube, names, model, f"{item['key']}@{places[0]}")
            variables[name] = (("arm", "subject", "time"), column, item["attrs"])
    variables["status"] = (("arm", "subject"), np.stack([arm.status for arm in order]), _advice())
    meaning = "tumour cells that settled of the inoculum, from which the trajectory starts"
    settled = np.stack([arm.settled_cells for arm in order])
    variables["settled_cells"] = (
        ("arm", "subject", "site"),
        settled,
        {"unit": "cells", "long_name": meaning, "group": "tumour"},
    )
    if prepared.has_tumour_by_diagnosis:
        redraws = np.stack([arm.redraws for arm in order])
        meaning = "draws discarded because this patient could not have had the start volume"
        variables["redraws"] = (("arm", "subject"), redraws, {"unit": "1", "long_name": meaning})
    coordinates = {
        "arm": [arm.name for arm in study.arms],
        "subject": np.arange(cube.shape[1]),
        "site": [site.name for site in study.sites],
        "time": ("time", times, {"unit": "day", "long_name": f"day (0 = {study.clock.replace('_', ' ')})"}),
    }
    return xr.Dataset(variables, coords=coordinates)


def _advice() -> dict[str, str]:
    """What each code of `status` means, and what to do."""
    found = {str(int(s)): s.advice for s in engine.Status}
    found[str(NOT_CONDITIONED)] = (
        "the tumour cannot have the start volume on that day: give more cells or an earlier inoculation"
    )
    return found


def _column(cube: FloatArray, names: Sequence[str], model: AssembledModel, name: str) -> FloatArray:
    if name not in names:  # some readouts are only of irradiated sites
        return np.full(cube.shape[:-1], neutral_value(model, name))
    return cube[..., names.index(name)]


def readout_places(model: AssembledModel) -> dict[str, tuple[str, ...]]:
    """Readout -> the outputs of the model that it is made of, one per site or one of the body."""
    return {item["name"]: tuple(f"{item['key']}@{place}" for place in item["places"]) for item in _readouts(model)}


def matched(given: Measurements, prepared: Prepared) -> Measurements:
    """Measurements of this study, the site of each row filled in; see `abscopal.measurements.matched`.

    Raises
    ------
    InputError
        An arm, a site, a day or an observable that the study and its model do not have; each with its line.
    """
    outputs = [in_words(output) for places in readout_places(prepared.model).values() for output in places]
    return measurements.matched(given, prepared.study, outputs)


def check_readouts(study: Study, model: AssembledModel) -> None:
    """Whether the model of a study has the readouts that it asks for.

    Raises
    ------
    InputError
        With every readout that it does not have, its line, and the nearest one.
    """
    known = [item["name"] for item in _readouts(model)]
    lines, text = study.origin.lines, study.origin.text
    problems = []
    for i, name in enumerate(study.readouts):
        if name not in known:
            # One that was asked for on the command line has no line in the file.
            line = lines.get(("readouts", i), lines.get(("readouts",))) if name in text else None
            problems.append(unknown_name("readout", name, known, f"readouts[{i}]", line))
    if problems:
        raise InputError(problems, study.origin.path if any(p.line for p in problems) else "")


def readout_rows(model: AssembledModel) -> list[dict[str, str]]:
    """Every readout of a model: name, unit, where it is (each site, or a place of the body) and meaning."""
    return [
        {
            "name": item["name"],
            "unit": item["attrs"]["unit"],
            "where": "each site" if item["places"] == model.sites else item["places"][0],
            "meaning": item["attrs"]["long_name"],
        }
        for item in _readouts(model)
    ]


def _readouts(model: AssembledModel) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    items: list[Species | Quantity] = [*model.species, *model.quantities]
    for item in items:
        if item.group == "internal":
            continue
        at_site = item.where in model.sites
        name = item.name if at_site else f"{item.where}_{item.name}"
        attrs = {"unit": item.unit, "long_name": item.meaning, "group": item.group}
        places = model.sites if at_site else (item.where,)
        found.setdefault(name, {"name": name, "key": item.name, "places": places, "attrs": attrs})
    return list(found.values())
