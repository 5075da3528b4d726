"""The battery over plausible sets, block by block: finished blocks are kept, so that a killed call goes on."""

from __future__ import annotations

import hashlib
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from abscopal.evidence.battery import battery
from abscopal.model.fingerprint import model_hash
from abscopal.scoring.battery.parameter_sets import PlausibleSets
from abscopal.scoring.battery.solving import BLOCK, Progress, simulate
from abscopal.storage.checkpoints import kept_parts


def simulate_kept(
    sets: PlausibleSets,
    *,
    animals: int,
    seed: int,
    threads: int | None = 1,
    progress: Progress | None = None,
    notes: Path | None = None,
) -> Any:
    """As `simulate`, with every finished block of sets noted in a file.

    Parameters
    ----------
    notes : file of finished blocks; those of another model, battery or effort are dropped. None keeps nothing.

    Raises
    ------
    InputError
        The file cannot be written, or another process is at work on it.
    """
    import pandas as pd

    population = sets.population.text() if sets.population else ""
    about = {
        "model": model_hash(),
        "battery": hashlib.sha256(repr(battery()).encode()).hexdigest(),
        "population": hashlib.sha256(population.encode()).hexdigest(),
        "effort": [sets.seed, animals, seed],
    }
    found = []
    count = len(sets.names)
    with kept_parts(notes, about, drop_others=True) if notes else nullcontext() as kept:
        for first in range(0, count, BLOCK):
            part = sets.part(range(first, min(first + BLOCK, count)))
            key = f"sets {' '.join(map(str, part.names))}"
            if kept is None or key not in kept.done:
                values = simulate(part, animals=animals, seed=seed, threads=threads)
                if kept is not None:
                    kept.keep(key, {name: list(row) for name, row in zip(values.index, values.to_numpy(), strict=True)})
            else:
                values = pd.DataFrame(kept.done[key], index=list(part.names)).T
            found.append(values)
            if progress is not None:
                progress(first + len(part.names), count)
    return pd.concat(found, axis=1)
