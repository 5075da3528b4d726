"""The posterior on disk: ArviZ's groups in posterior.nc, fit.json and draws.csv; written whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abscopal.fitting.notes import FILE as NOTES_FILE
from abscopal.fitting.problem import FitProblem
from abscopal.simulation import FloatArray
from abscopal.storage.folders import whole_folder
from abscopal.storage.json_text import json_text
from abscopal.version import __version__

if TYPE_CHECKING:
    import xarray as xr

    from abscopal.fitting.estimated import Estimated
    from abscopal.fitting.fitting import Fit

POSTERIOR_FILE, SUMMARY_FILE, DRAWS_FILE = "posterior.nc", "fit.json", "draws.csv"
SCHEMA_VERSION = 1
_PRIOR_DRAWS = 1000
_OBSERVED = ("day", "arm", "animal", "site", "observable", "value", "censoring", "statistic", "n")


def variable_name(name: str) -> str:
    """Name of a parameter's variable: groups of a file are told apart by `/`, which it may not hold."""
    return name.replace("/", " per ")


def tree(fit: Fit) -> xr.DataTree:
    """All groups of a fit."""
    import xarray as xr

    groups = {
        "posterior": _posterior(fit),
        "prior": _prior(fit),
        "posterior_predictive": _predictive(fit),
        "observed_data": _observed(fit.problem),
        "log_likelihood": _log_likelihood(fit),
        "sample_stats": _sample_stats(fit),
        "mode": _mode(fit),
    }
    root = xr.Dataset(attrs=_attributes(fit))
    return xr.DataTree.from_dict({"/": root, **groups})


def _attributes(fit: Fit) -> dict[str, Any]:
    study = fit.problem.prepared.study
    return {
        "schema_version": SCHEMA_VERSION,
        "study": study.name,
        "study_sha256": study.origin.sha256,
        "study_text": study.origin.file_text.encode("utf-8", "replace").decode(),
        "abscopal_version": __version__,
        "seed": fit.seed,
        "label": fit.label,
        "headline": fit.headline,
        "fingerprint": fit.problem.fingerprint,
        "parameters": json.dumps([_told(item) for item in fit.problem.parameters]),
    }


def _told(item: Estimated) -> dict[str, Any]:
    return {
        "name": item.name,
        "kind": item.kind,
        "columns": list(item.columns),
        "declared": item.declared,
        "unit": item.unit,
        "meaning": item.meaning,
        "reason": item.reason,
    }


def _attrs(item: Estimated) -> dict[str, Any]:
    return {"unit": item.unit, "long_name": item.meaning, "kind": item.kind, "parameter": item.name}


def _posterior(fit: Fit) -> xr.Dataset:
    import xarray as xr

    p, draws = fit.problem, fit.draws
    variables: dict[str, Any] = {
        variable_name(item.name): (("chain", "draw"), item.value(draws.theta[..., i]), _attrs(item))
        for i, item in enumerate(p.shared_coordinates)
    }
    place = {"long_name": "place in the declared uncertainty", "unit": "standard deviations"}
    variables["place"] = (("chain", "draw", "parameter"), draws.theta, place)
    coords: dict[str, Any] = {
        **_chains(draws.theta),
        "parameter": [item.name for item in p.shared_coordinates],
    }
    if p.individual:
        values = _animal_values(fit)
        for i, item in enumerate(p.individual):
            name = f"animal_{variable_name(item.name)}"
            variables[name] = (("chain", "draw", "animal"), values[..., i], _attrs(item))
        place = {"long_name": "place in the declared spread between animals", "unit": "standard deviations"}
        variables["animal_place"] = (("chain", "draw", "animal", "animal_parameter"), draws.eta, place)
        coords["animal"] = [animal.name for animal in p.animals]
        coords["animal_parameter"] = [item.name for item in p.individual]
        coords["arm"] = ("animal", [animal.arm for animal in p.animals])
    return xr.Dataset(variables, coords=coords)


def _chains(draws: FloatArray) -> dict[str, Any]:
    return {"chain": np.arange(draws.shape[0]), "draw": np.arange(draws.shape[1])}


def _animal_values(fit: Fit) -> FloatArray:
    """Values of the animals' own parameters (chains, draws, animals, parameters)."""
    draws, solver = fit.draws, fit.problem.solver()
    shape = draws.eta.shape
    shared = np.broadcast_to(draws.theta[:, :, None], (*shape[:3], draws.theta.shape[-1]))
    places = np.concatenate([shared, draws.eta], axis=-1).reshape(-1, solver.size)
    return solver.own_values(places).reshape(shape)


def _prior(fit: Fit) -> xr.Dataset:
    import xarray as xr

    from abscopal.fitting.keyed import generator

    items = fit.problem.shared_coordinates
    places = generator(fit.seed, "prior").standard_normal((1, _PRIOR_DRAWS, len(items)))
    variables = {
        variable_name(item.name): (("chain", "draw"), item.value(places[..., i]), _attrs(item))
        for i, item in enumerate(items)
    }
    return xr.Dataset(variables, coords=_chains(places))


def _predictive(fit: Fit) -> xr.Dataset:
    import xarray as xr

    dims = ("chain", "draw", "row")
    e = fit.evaluation
    return xr.Dataset(
        {
            "value": (dims, e.replicated, {"long_name": "measured anew, with error; of a removal 1 where it comes so"}),
            "expected": (dims, e.expected, {"long_name": "model without error; of a removal its probability"}),
        },
        coords={"chain": np.arange(len(e.expected)), "draw": e.which, "row": np.arange(e.expected.shape[-1])},
    )


def _observed(problem: FitProblem) -> xr.Dataset:
    import xarray as xr

    used = problem.used
    variables: dict[str, Any] = {
        name: ("row", np.array([getattr(row.observation, name) for row in used])) for name in _OBSERVED
    }
    for name in ("lower", "sd"):
        given = [getattr(row.observation, name) for row in used]
        variables[name] = ("row", np.array([np.nan if value is None else value for value in given]))
    variables["line"] = (
        "row",
        np.array([-1 if row.observation.line is None else row.observation.line for row in used]),
    )
    variables["role"] = ("row", np.array([row.role for row in used]))
    variables["output"] = ("row", np.array([row.output for row in used]))
    return xr.Dataset(variables, coords={"row": np.arange(len(used))})


def _log_likelihood(fit: Fit) -> xr.Dataset:
    import xarray as xr

    found = fit.evaluation.by_series(fit.problem)
    told = {"long_name": "log-likelihood of an animal, or of a series of summaries"}
    coords = {"chain": np.arange(len(found)), "draw": fit.evaluation.which, "unit": list(fit.problem.series)}
    return xr.Dataset({"animal": (("chain", "draw", "unit"), found, told)}, coords=coords)


def _sample_stats(fit: Fit) -> xr.Dataset:
    import xarray as xr

    draws = fit.draws
    attrs = {
        "acceptance_rate": draws.accepted,
        "acceptance_rate_animals": draws.own_accepted,
        "stages": draws.stages,
        "sweeps": draws.sweeps,
        "solves": fit.solves,
        "cpu_seconds": round(fit.seconds, 3),
    }
    return xr.Dataset({"lp": (("chain", "draw"), draws.log_posterior)}, coords=_chains(draws.theta), attrs=attrs)


def _mode(fit: Fit) -> xr.Dataset:
    import xarray as xr

    names = [item.name for item in fit.problem.shared_coordinates]
    return xr.Dataset(
        {
            "place": ("parameter", fit.mode.theta[0]),
            "covariance": (("parameter", "parameter_bis"), fit.mode.covariance),
            "log_posterior": ((), float(fit.mode.log_posterior[0])),
        },
        coords={"parameter": names, "parameter_bis": names},
    )


def summary(fit: Fit) -> dict[str, Any]:
    """What fit.json holds."""
    loo = fit.loo()
    p = fit.problem
    return {
        "schema_version": SCHEMA_VERSION,
        "study": p.prepared.study.name,
        "data": p.table.name,
        "label": fit.label,
        "headline": fit.headline,
        "warnings": list(fit.warnings),
        "remarks": list(p.remarks),
        "law": p.choice.law,
        "world": p.choice.world,
        "parameters": _records(fit.table()),
        "individual": [_told(item) for item in p.individual],
        "identifiability": _records(fit.identifiability()),
        "predictive_check": _records(fit.predictive_check),
        "leave_one_out": {"elpd": loo.attrs["elpd"], "se": loo.attrs["se"], "rows": _records(loo)},
        "starts": _records(fit.starts),
        "failures": dict(fit.failures),
        "problem": p.describe(),
        "provenance": {
            "abscopal_version": __version__,
            "seed": fit.seed,
            "effort": asdict(fit.effort),
            "fingerprint": p.fingerprint,
            "study_sha256": p.prepared.study.origin.sha256,
            "solves": fit.solves,
            "stages": fit.draws.stages,
            "sweeps": fit.draws.sweeps,
            "cpu_seconds": round(fit.seconds, 3),
        },
    }


def _records(found: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): _plain(v) for k, v in row.items()} for row in found.to_dict("records")]


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def draws_table(fit: Fit) -> pd.DataFrame:
    """All draws of the shared parameters, one per row."""
    chains, draws, _ = fit.draws.theta.shape
    columns: Mapping[str, Any] = {
        "chain": np.repeat(np.arange(chains), draws),
        "draw": np.tile(np.arange(draws), chains),
        "lp": fit.draws.log_posterior.ravel(),
        **{
            item.name: item.value(fit.draws.theta[..., i]).ravel()
            for i, item in enumerate(fit.problem.shared_coordinates)
        },
    }
    return pd.DataFrame(columns)


def save(fit: Fit, folder: Path) -> Path:
    """Write the three files, all or none; notes of unfinished work go.

    Raises
    ------
    InputError
        The folder is a file or cannot be written.
    """
    folder = folder.expanduser().absolute()
    with whole_folder(folder, last=SUMMARY_FILE) as draft:
        # Through memory: the library that writes the file itself crashes where the disk is full.
        content = io.BytesIO()
        fit.posterior.to_netcdf(content, engine="h5netcdf")
        (draft / POSTERIOR_FILE).write_bytes(content.getbuffer())
        draws_table(fit).to_csv(draft / DRAWS_FILE, index=False, float_format="%.6g")
        (draft / SUMMARY_FILE).write_text(json_text(fit.summary()) + "\n", encoding="utf-8", errors="replace")
    (folder / NOTES_FILE).unlink(missing_ok=True)
    return folder
