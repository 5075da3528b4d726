"""Tables of measured values: read and told, and wide ones made long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from abscopal import measurements, pipeline, simulation
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
        table = simulation.matched(table, pipeline.prepare(pipeline.load(study)))
    return {"file": str(path), "rows": len(table), "arms": measurements.by_arm(table), "remarks": list(table.remarks)}


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
