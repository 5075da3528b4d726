"""Tables of measured values: read and told, and wide ones made long."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from abscopal import measurements, pipeline
from abscopal.measurements import Measurements
from abscopal.regimen import in_words
from abscopal.simulation.trajectories import readout_places
from abscopal.storage.files import check_file, write_whole


def check_data(path: Path, study: Path | None = None) -> dict[str, Any]:
    """What a table of measurements holds: arms, animals, observables, days, censoring, and what was understood.

    Parameters
    ----------
    path : the table, as CSV.
    study : a study file that the rows must fit; None checks the table alone.

    Raises
    ------
    InputError
        The table, or the study, cannot be used; every fault with its line.
    """
    table = measurements.read(path)
    if study is not None:
        prepared = pipeline.prepare(pipeline.load(study))
        outputs = [in_words(output) for places in readout_places(prepared.model).values() for output in places]
        table = measurements.matched(table, prepared.study, outputs)
    return {"file": str(path), "rows": len(table), "arms": _arms(table), "remarks": list(table.remarks)}


def _arms(table: Measurements) -> list[dict[str, Any]]:
    told = []
    for arm in table.arms:
        rows = [row for row in table if row.arm == arm]
        days = [row.day for row in rows]
        told.append(
            {
                "arm": arm,
                "animals": len(table.animals(arm)),
                "observables": dict(Counter(row.observable for row in rows)),
                "first_day": min(days),
                "last_day": max(days),
                "censored": sum(row.censoring != measurements.EXACT for row in rows),
            }
        )
    return told


def convert_data(path: Path, output: Path) -> Path:
    """Write the long table of a wide one (a row per animal, a column per day), and return its path.

    Raises
    ------
    InputError
        The table is not wide, or the file cannot be written.
    """
    text = measurements.long_from_wide(path)
    check_file(output)
    write_whole(output, text)
    return output
