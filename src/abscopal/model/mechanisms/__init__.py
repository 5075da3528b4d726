"""One file per mechanism; `MECHANISMS` lists them in the order of assembly. Each can be switched off by its name."""

from __future__ import annotations

from types import ModuleType

from abscopal.model.mechanisms import (
    antibodies,
    cell_kill,
    checkpoints,
    damage_sensing,
    danger,
    dendritic,
    effectors,
    exhaustion,
    growth,
    lymphocytes,
    memory,
    priming,
    treg,
)

MECHANISMS: dict[str, ModuleType] = {
    "growth": growth,
    "cell_kill": cell_kill,
    "damage_sensing": damage_sensing,
    "danger": danger,
    "dendritic": dendritic,
    "priming": priming,
    "effectors": effectors,
    "memory": memory,
    "exhaustion": exhaustion,
    "checkpoints": checkpoints,
    "treg": treg,
    "antibodies": antibodies,
    "lymphocytes": lymphocytes,
}
