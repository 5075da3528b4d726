"""A result on disk: files are written whole, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.results.trajectories import QUANTILES
from abscopal.storage.folders import whole_folder

if TYPE_CHECKING:
    import xarray as xr

    from abscopal.results.result import Result
    from abscopal.results.streamed import Streamed

SUBJECTS_KEPT = 200
TABLE_FOLDER = "tables"


def save(result: Result, folder: Path, csv: bool = False, report: Callable[[Result], str] | None = None) -> Path:
    """Writes a result into a folder and returns the folder.

    Parameters
    ----------
    folder : created if missing; files of an earlier result in it are replaced, others left alone
    csv : whether to write the tidy tables too, under `tables/`
    report : makes the text of report.html; None writes none

    Notes
    -----
    Everything is written to a hidden folder beside, then moved; a failure or Ctrl-C leaves the folder as it was.

    Raises
    ------
    InputError : if the folder is a file or cannot be written.
    """
    folder = folder.expanduser().absolute()
    with whole_folder(folder, last="summary.json") as draft:
        _write(result, draft, csv, report)
        _drop_stale(draft, folder)
    return folder


def _write(result: Result, draft: Path, csv: bool, report: Callable[[Result], str] | None) -> None:
    stored(result).to_netcdf(draft / "trajectories.nc", engine="h5netcdf", encoding=_encoding(result))
    if csv:
        from abscopal.results.tables import all_tables

        (draft / TABLE_FOLDER).mkdir()
        for name, table in all_tables(result).items():
            table.to_csv(draft / TABLE_FOLDER / f"{name}.csv", index=False)
    if report is not None:
        (draft / "report.html").write_text(report(result), encoding="utf-8")
    text = json.dumps(result.summary(), indent=2, ensure_ascii=False, allow_nan=False)
    (draft / "summary.json").write_text(text + "\n", encoding="utf-8")


def _drop_stale(draft: Path, folder: Path) -> None:
    """Removes tables and report of an earlier result that the new one does not have."""
    for stale in (folder / TABLE_FOLDER, folder / "report.html"):
        if stale.exists() and not (draft / stale.name).exists():
            _remove(stale)


def _remove(stale: Path) -> None:
    if stale.is_file():
        stale.unlink()
        return
    # Only tables of our own names go: a person's file in the same folder stays.
    from abscopal.results.tables import TABLES as OWN

    for name in OWN:
        (stale / f"{name}.csv").unlink(missing_ok=True)
    if not any(stale.iterdir()):
        stale.rmdir()


def stored(result: Result) -> xr.Dataset:
    """Dataset of trajectories.nc: at most 200 animals per arm, and quantiles over all solved ones."""
    import xarray as xr

    t = result.trajectories
    kept = t.data.isel(subject=slice(0, SUBJECTS_KEPT))
    variables: dict[str, Any] = {str(n): (v.dims, v.values, attributes(v.attrs)) for n, v in kept.data_vars.items()}
    for readout in t.readouts:
        dims = ("quantile", "arm", "site", "time") if readout.per_site else ("quantile", "arm", "time")
        source = attributes(t.data[readout.name].attrs)
        text = f"{readout.label}: quantiles over all solved animals"
        variables[f"{readout.name}_quantiles"] = (dims, t.quantiles(readout.name), {**source, "long_name": text})
    if t.streamed is not None:
        variables |= _end_points_of_all(t.streamed)
    coords: dict[str, Any] = {"arm": list(t.arms), "site": list(t.sites), "quantile": list(QUANTILES)}
    coords["time"] = ("time", t.time_days, {"unit": "days", "long_name": f"days, clock: {result.metadata.clock}"})
    labelled = "subject" in kept.coords
    coords["subject"] = kept["subject"].values if labelled else np.arange(kept.sizes["subject"])
    provenance = {k: v for k, v in result.metadata.provenance.items() if v is not None}
    attrs = {"study": result.metadata.name, "schema_version": 1, "subjects_simulated_per_arm": t.subjects, **provenance}
    # Coordinates first: on disk each would otherwise be tied anew to all variables written before it.
    return xr.Dataset(coords=coords, attrs=attributes(attrs)).assign(variables)


def _end_points_of_all(streamed: Streamed) -> dict[str, Any]:
    """Variables with the end points of every subject of a streamed cohort, of whom the first have trajectories."""
    found = {}
    for item in fields(streamed.end_points):
        values, text = getattr(streamed.end_points, item.name), f"{item.name.replace('_', ' ')}, every subject"
        if values is not None:
            stored_as = values.astype(np.int8) if values.dtype == bool else values
            dims = ("arm", "everyone", "site")[: values.ndim]
            found[f"all_{item.name}"] = (dims, stored_as, {"long_name": text})
    return found


def attributes(attrs: Any) -> dict[str, Any]:
    """Attributes as netCDF can hold them: numbers and text as they are, the rest as JSON text."""
    plain = {}
    for key, value in attrs.items():
        simple = isinstance(value, str | int | float) and not isinstance(value, bool)
        plain[str(key)] = value if simple else json.dumps(value, default=str, ensure_ascii=False)
    return plain


def _encoding(result: Result) -> dict[str, dict[str, Any]]:
    packed = {"dtype": "float32", "zlib": True, "complevel": 4, "shuffle": True}
    return {readout.name: dict(packed) for readout in result.trajectories.readouts}
