"""What a run of a published model leaves behind: a tidy table, a summary and a figure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from abscopal import engine
from abscopal.published.model import FloatArray, PublishedModel
from abscopal.published.solving import PublishedTrajectories
from abscopal.storage.folders import whole_folder
from abscopal.storage.spreadsheets import safe_table

_FILES = ("summary.json", "trajectories.csv", "trajectories.png")
_PANELS = 12
_MANY = 200  # subjects beyond which the table holds quantiles only
_LEVELS = (0.05, 0.5, 0.95)


def summary(model: PublishedModel, run: PublishedTrajectories) -> dict[str, Any]:
    """Name, source, warnings, and for every output first, lowest, highest and last value of the median subject.

    What never changes is among the outputs, and named under `constants`.
    """
    outputs = {}
    for name in (*run.names, *run.constants):
        values = _median(run[name])
        finite = np.isfinite(values)
        item = model.items.get(name)
        row: dict[str, Any] = {"meaning": item.meaning if item else name, "unit": item.unit if item else ""}
        if finite.any():
            shown, times = values[finite], run.times[finite]
            peak = int(np.argmax(shown))
            row |= {"first": float(shown[0]), "last": float(shown[-1]), "lowest": float(shown.min())}
            row |= {"highest": float(shown[peak]), "time_of_highest": float(times[peak])}
        outputs[name] = row
    return {
        "model": model.name,
        "title": model.title,
        "source": model.source,
        "defects": list(model.defects),
        "warnings": [*run.notes, *model.warnings],
        "subjects": len(run.status),
        "finished": int(np.sum(engine.finished(run.status))),
        "problems": run.messages(),
        "time_unit": run.time_unit,
        "end": float(run.times[-1]),
        "constants": list(run.constants),
        "outputs": outputs,
    }


def save(model: PublishedModel, run: PublishedTrajectories, folder: Path) -> list[Path]:
    """Writes summary.json, trajectories.csv and trajectories.png into a folder, all or none; the paths written.

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    with whole_folder(folder) as draft:
        text = json.dumps(summary(model, run), indent=2, ensure_ascii=False, allow_nan=False)
        (draft / _FILES[0]).write_text(text + "\n", encoding="utf-8")
        safe_table(_table(run)).to_csv(draft / _FILES[1], index=False)
        figure(model, run).savefig(draft / _FILES[2], dpi=150)
    return [folder / name for name in _FILES]


def figure(model: PublishedModel, run: PublishedTrajectories) -> Any:
    """One panel per output (the first twelve): the median, and the middle 90 % of subjects."""
    from matplotlib.figure import Figure

    names = run.names[:_PANELS]
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    drawing = Figure(figsize=(3.6 * columns, 2.5 * rows + 0.4), layout="constrained")
    axes = drawing.subplots(rows, columns, squeeze=False).reshape(-1)
    for axis, name in zip(axes, names, strict=False):
        low, middle, high = _quantiles(run[name])
        if len(run.status) > 1:
            axis.fill_between(run.times, low, high, alpha=0.25, linewidth=0)
        axis.plot(run.times, middle, linewidth=1.5)
        item = model.items.get(name)
        axis.set_title(item.meaning if item else name, fontsize=8)
        axis.set_ylabel(item.unit if item else "", fontsize=8)
        axis.set_xlabel(f"time [{run.time_unit}]", fontsize=8)
        axis.tick_params(labelsize=7)
    for axis in axes[len(names) :]:
        axis.set_visible(False)
    drawing.suptitle(model.title, fontsize=9)
    return drawing


def _table(run: PublishedTrajectories) -> Any:
    import pandas as pd

    if len(run.status) == 1 and run.constants:
        return pd.concat([run.table(), run.constant_table()], ignore_index=True)
    if len(run.status) <= _MANY:
        return run.table()
    parts = []
    for name in run.names:
        for level, values in zip(_LEVELS, _quantiles(run[name]), strict=True):
            parts.append(pd.DataFrame({"time": run.times, "name": name, "quantile": level, "value": values}))
    return pd.concat(parts, ignore_index=True)


def _median(values: FloatArray) -> FloatArray:
    found: FloatArray = _quantiles(values)[1]
    return found


def _quantiles(values: FloatArray) -> FloatArray:
    """Array (3, times) of the 5th, 50th and 95th percentile over the subjects that are left."""
    found = np.full((3, values.shape[1]), np.nan)
    some = np.isfinite(values).any(axis=0)
    if some.any():
        found[:, some] = np.nanquantile(values[:, some], _LEVELS, axis=0)
    return found
