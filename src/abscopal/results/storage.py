"""A result on disk: files are written whole, or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.results.everyone import beside_trajectories
from abscopal.results.trajectories import QUANTILES, VOLUME
from abscopal.storage.folders import whole_folder
from abscopal.storage.spreadsheets import safe_table

if TYPE_CHECKING:
    import xarray as xr

    from abscopal.results.result import Result

SUBJECTS_KEPT = 200
# Last bits of a readout that are dropped: 1e-4 of it stays, as near as the solver comes to it.
_UNKNOWN_BITS = 10
_COMPRESSION = 4
# About what the compression looks back on: larger blocks hardly help, smaller ones miss what is alike.
_BLOCK_VALUES = 40_000
TABLE_FOLDER = "tables"
REPORT, SUMMARY, TRAJECTORIES = "report.html", "summary.json", "trajectories.nc"


def result_files(csv: bool = False) -> list[str]:
    """Paths of the files of a result in its folder."""
    # The tables are known to a room that takes long to import.
    from abscopal.results.tables import TABLES

    return [REPORT, SUMMARY, TRAJECTORIES, *([f"{TABLE_FOLDER}/{name}.csv" for name in TABLES] if csv else [])]


def save(result: Result, folder: Path, csv: bool = False, report: Callable[[Result], str] | None = None) -> Path:
    """Writes a result into a folder and returns the folder.

    Parameters
    ----------
    folder : created if missing; an earlier result in it is replaced, tables and report included; others are left alone
    csv : whether to write the tidy tables too, under `tables/`
    report : makes the text of report.html; None writes none

    Notes
    -----
    Everything is written to a hidden folder beside, which then changes places with the old one in one step: after a
    failure, a kill or Ctrl-C the folder holds the old result or the new one, whole.

    Raises
    ------
    InputError : if the folder is a file or cannot be written.
    """
    folder = folder.expanduser().absolute()
    with whole_folder(folder, last=SUMMARY, owned=result_files(csv=True)) as draft:
        _write(result, draft, csv, report)
    return folder


def _write(result: Result, draft: Path, csv: bool, report: Callable[[Result], str] | None) -> None:
    # Through memory: the library that writes the file itself crashes where the disk is full.
    content = io.BytesIO()
    stored(result).to_netcdf(content, engine="h5netcdf", encoding=_encoding(result))
    (draft / TRAJECTORIES).write_bytes(content.getbuffer())
    if csv:
        from abscopal.results.tables import all_tables

        (draft / TABLE_FOLDER).mkdir()
        for name, table in all_tables(result).items():
            safe_table(table).to_csv(draft / TABLE_FOLDER / f"{name}.csv", index=False)
    if report is not None:
        (draft / REPORT).write_text(report(result), encoding="utf-8", errors="replace")
    text = json.dumps(result.summary(), indent=2, ensure_ascii=False, allow_nan=False)
    (draft / SUMMARY).write_text(text + "\n", encoding="utf-8", errors="replace")


def stored(result: Result) -> xr.Dataset:
    """Dataset of trajectories.nc: at most 200 animals per arm, and quantiles over all solved ones."""
    import xarray as xr

    t = result.trajectories
    kept = t.data.isel(subject=slice(0, SUBJECTS_KEPT))
    shown = result.shown_readouts
    exact = {VOLUME, *(name for name, v in kept.data_vars.items() if "time" not in v.dims)}
    left_out = {readout.name for readout in t.readouts} - {readout.name for readout in shown}
    variables: dict[str, Any] = {
        str(name): (v.dims, v.values if name in exact else _shortened(v.values), attributes(v.attrs))
        for name, v in kept.data_vars.items()
        if name not in left_out
    }
    for readout in shown:
        dims = ("quantile", "arm", "site", "time") if readout.per_site else ("quantile", "arm", "time")
        quantiles = t.quantiles(readout.name) if readout.name == VOLUME else _shortened(t.quantiles(readout.name))
        source = attributes(t.data[readout.name].attrs)
        text = f"{readout.label}: quantiles over all solved subjects"
        variables[f"{readout.name}_quantiles"] = (dims, quantiles, {**source, "long_name": text})
    variables |= beside_trajectories(result, SUBJECTS_KEPT)
    coords: dict[str, Any] = {"arm": list(t.arms), "site": list(t.sites), "quantile": list(QUANTILES)}
    coords["time"] = ("time", t.time_days, {"unit": "days", "long_name": f"days, clock: {result.metadata.clock}"})
    labelled = "subject" in kept.coords
    coords["subject"] = kept["subject"].values if labelled else np.arange(kept.sizes["subject"])
    provenance = {k: v for k, v in result.metadata.provenance.items() if v is not None}
    attrs = {"study": result.metadata.name, "schema_version": 1, "subjects_simulated_per_arm": t.subjects, **provenance}
    # Coordinates first: on disk each would otherwise be tied anew to all variables written before it.
    return xr.Dataset(coords=coords, attrs=attributes(attrs)).assign(variables)


def attributes(attrs: Any) -> dict[str, Any]:
    """Attributes as netCDF can hold them: numbers and text as they are, the rest as JSON text."""
    plain = {}
    for key, value in attrs.items():
        simple = isinstance(value, str | int | float) and not isinstance(value, bool)
        text = value if simple else json.dumps(value, default=str, ensure_ascii=False)
        # The name of a file that is not UTF-8 text may be told in it.
        plain[str(key)] = text.encode("utf-8", "replace").decode() if isinstance(text, str) else text
    return plain


def _shortened(values: Any) -> Any:
    """Single precision without the digits that the solver does not know, which would take most of the file."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    unknown = np.uint32((1 << _UNKNOWN_BITS) - 1)
    # Rounded to the nearest; what is not finite keeps its bits.
    rounded = (bits + np.uint32(1 << (_UNKNOWN_BITS - 1))) & ~unknown
    return np.where(np.isfinite(values), rounded, bits).astype(np.uint32).view(np.float32)


def _encoding(result: Result) -> dict[str, dict[str, Any]]:
    packed = {"dtype": "float32", "zlib": True, "complevel": _COMPRESSION, "shuffle": True}
    t, shown = result.trajectories, result.shown_readouts
    # All arms of a subject lie in one block: until they are treated differently their curves are the same.
    arms, times = len(t.arms), len(t.time_days)
    subjects = min(t.data.sizes["subject"], SUBJECTS_KEPT, max(1, _BLOCK_VALUES // (arms * times)))
    found: dict[str, dict[str, Any]] = {}
    for readout in shown:
        block = (arms, subjects, 1, times) if readout.per_site else (arms, subjects, times)
        found[readout.name] = {**packed, "chunksizes": block}
        over_all = (len(QUANTILES), arms, 1, times) if readout.per_site else (len(QUANTILES), arms, times)
        found[f"{readout.name}_quantiles"] = {**packed, "chunksizes": over_all}
    found[f"{VOLUME}_quantiles"]["dtype"] = "float64"
    return found
