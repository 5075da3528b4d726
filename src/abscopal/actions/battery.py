"""The battery: the model against quantities that an expert knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

from abscopal.engine.threads import available_threads
from abscopal.storage.folders import check_folder, hidden_beside

# Sets and subjects per arm: three minutes on two idle cores.
SETS, ANIMALS = 64, 40
_MOST_THREADS = 2


def score_battery(
    *,
    folder: Path | None = None,
    sets: int | None = None,
    size: int | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Mapping[str, Any]:
    """Every row of the battery over the shipped population, as the content of `battery.json`.

    Finished blocks of sets are noted beside the folder until it is written: the same call goes on after a kill.

    Parameters
    ----------
    folder : where battery.json goes; None writes nothing.
    sets, size : parameter sets, and subjects per arm and set; None is the usual number.
    progress : called with (sets done, sets).

    Raises
    ------
    InputError
        The folder cannot be written to.
    """
    from abscopal.scoring import battery

    notes = None
    if folder is not None:
        check_folder(folder, (battery.FILE,))
        notes = hidden_beside(folder, "battery") / "parts.jsonl"
    animals = size or ANIMALS
    values = battery.simulate_kept(
        battery.shipped_sets(sets or SETS, seed),
        animals=animals,
        seed=seed,
        threads=min(_MOST_THREADS, available_threads()),
        progress=progress,
        notes=notes,
    )
    document = battery.battery_document(values, animals=animals, seed=seed)
    if folder is not None:
        battery.save(document, folder)
        rmtree(hidden_beside(folder, "battery"), ignore_errors=True)
    return document
