"""A finished result folder → the result again: what `save` wrote, read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from abscopal.errors import InputError, Problem
from abscopal.results.everyone import everyone_of, metadata_of, trajectories_of
from abscopal.results.streamed import Streamed

if TYPE_CHECKING:
    import xarray as xr

_TRAJECTORIES, _SUMMARY = "trajectories.nc", "summary.json"
_AGAIN = "run the study again with this version, or name another folder"


def read_folder(folder: Path) -> tuple[xr.Dataset, Mapping[str, Any], Streamed | None]:
    """Trajectories, plain metadata, and what is known of animals beyond those kept, as `Result.build` takes them.

    Parameters
    ----------
    folder : the folder of a result, or one of the files in it.

    Raises
    ------
    InputError
        There is no finished result, its file is damaged, or it was written by a version that kept too little.
    """
    import xarray as xr

    path = _trajectories_file(folder)
    try:
        found = xr.load_dataset(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(Problem(f"it cannot be read: {error}", advice=_AGAIN), str(path)) from error
    meta = metadata_of(found)
    if meta is None:
        problem = Problem("it was written by a version of abscopal that did not keep the study's rules", advice=_AGAIN)
        raise InputError(problem, str(path))
    return trajectories_of(found), meta, everyone_of(found)


def _trajectories_file(folder: Path) -> Path:
    place = folder.expanduser()
    if place.is_file():
        place = place.parent
    path, last = place / _TRAJECTORIES, place / _SUMMARY
    if not place.exists():
        raise InputError(Problem("no such folder", advice="check the name"), str(place))
    if not path.is_file() or not last.is_file():
        missing = _TRAJECTORIES if not path.is_file() else _SUMMARY
        problem = Problem(
            f"this is not the folder of a finished result: it has no {missing}",
            allowed="a folder that `abscopal run STUDY.yaml -o DIR` or result.save(DIR) wrote",
            advice="check the name, or run the study again",
        )
        raise InputError(problem, str(place))
    return path
