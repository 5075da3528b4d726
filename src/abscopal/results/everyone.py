"""What trajectories.nc holds beside trajectories: what the study says, and end points of all of a large cohort."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.results.endpoints import EndPoints
from abscopal.results.streamed import Streamed

if TYPE_CHECKING:
    import xarray as xr

    from abscopal.results.result import Result

METADATA, QUANTILES_SUFFIX = "metadata", "_quantiles"
_ALL = "all_"
_STATUS = f"{_ALL}status"
_DIMENSIONS = ("arm", "everyone", "site")


def beside_trajectories(result: Result, kept: int) -> dict[str, Any]:
    """Variables of a dataset in which the first `kept` subjects of each arm have trajectories."""
    t = result.trajectories
    text = json.dumps(result.metadata.plain, ensure_ascii=False, default=str)
    found: dict[str, Any] = {METADATA: ((), text, {"long_name": "what the study says of the result, as JSON"})}
    if t.subjects <= kept and t.streamed is None:
        return found
    status = t.data["status"].values if t.streamed is None else t.streamed.status
    found[_STATUS] = (_DIMENSIONS[:2], status, {"long_name": "status, every subject"})
    for item in dataclasses.fields(result.end_points):
        values = getattr(result.end_points, item.name)
        name, words = f"{_ALL}{item.name}", f"{item.name.replace('_', ' ')}, every subject"
        if isinstance(values, np.ndarray):
            own = [f"{item.name}_{i}" for i in range(len(_DIMENSIONS), values.ndim)]
            stored_as = values.astype(np.int8) if values.dtype == bool else values
            dims = [*_DIMENSIONS[: values.ndim], *own]
            found[name] = (dims, stored_as, {"long_name": words, "yes_or_no": int(values.dtype == bool)})
        elif values is not None:
            found[name] = ((item.name,), np.asarray(values, float), {"long_name": words})
    return found


def metadata_of(found: xr.Dataset) -> Mapping[str, Any] | None:
    """The plain metadata of a dataset that was stored; None where it holds none."""
    return json.loads(str(found[METADATA].item())) if METADATA in found else None


def trajectories_of(found: xr.Dataset) -> xr.Dataset:
    """The trajectories alone of a dataset that was stored."""
    beside = [n for n in map(str, found.data_vars) if n.startswith(_ALL) or n.endswith(QUANTILES_SUFFIX)]
    return found.drop_vars([*beside, METADATA, "quantile"], errors="ignore")


def everyone_of(found: xr.Dataset) -> Streamed | None:
    """What a dataset that was stored says of all subjects, if it holds trajectories of the first only."""
    if _STATUS not in found:
        return None
    values: dict[str, Any] = {}
    for item in dataclasses.fields(EndPoints):
        name = f"{_ALL}{item.name}"
        if name in found:
            variable = found[name]
            values[item.name] = variable.values.astype(bool) if variable.attrs.get("yes_or_no") else variable.values
            if variable.dims == (item.name,):
                values[item.name] = tuple(map(float, variable.values))
        elif item.default is dataclasses.MISSING:
            values[item.name] = None
    quantiles = {
        str(n).removesuffix(QUANTILES_SUFFIX): np.asarray(v.values, float)
        for n, v in found.data_vars.items()
        if str(n).endswith(QUANTILES_SUFFIX)
    }
    return Streamed(np.asarray(found[_STATUS].values, np.int8), quantiles, EndPoints(**values))
