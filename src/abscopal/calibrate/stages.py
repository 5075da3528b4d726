"""The frozen order of the calibration, and which claims belong to which stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal.evidence import Claim, Record
from abscopal.evidence.culture import DISH, setting_of
from abscopal.evidence.scoring.findings import UNVERIFIED
from abscopal.evidence.scoring.split import DEVELOPMENT, split_of
from abscopal.keeping import read_yaml
from abscopal.study import Arm


@dataclass(frozen=True)
class Stage:
    """One stage.

    Attributes
    ----------
    claims : kinds of claim it uses: outcomes, markers, in_vitro.
    treatments : what the two arms of a claim hold together: combinations of radiation, drugs and cells.
    parameters : names of the parameters it fits.
    """

    name: str
    claims: frozenset[str]
    treatments: frozenset[frozenset[str]]
    parameters: tuple[str, ...]


@cache
def declared() -> Mapping[str, Any]:
    """Everything in `data/stages.yaml`."""
    loaded: Mapping[str, Any] = read_yaml("abscopal.calibrate", "stages.yaml")
    return loaded


def stages() -> tuple[Stage, ...]:
    """The stages in their order."""
    return tuple(
        Stage(name, frozenset(row["claims"]), frozenset(map(frozenset, row["treatments"])), tuple(row["parameters"]))
        for name, row in declared()["stages"].items()
    )


def development(records: Iterable[Record]) -> list[Record]:
    """The records that calibration may see."""
    return [record for record in records if split_of(record.id) == DEVELOPMENT]


def kind_of(record: Record, claim: Claim) -> str:
    """What a claim is about: outcomes, markers or in_vitro."""
    if setting_of(record, claim) == DISH:
        return "in_vitro"
    return "markers" if claim.is_marker else "outcomes"


def belongs(stage: Stage, record: Record, claim: Claim, arms: tuple[Arm, Arm]) -> bool:
    """Whether a stage uses a claim about two arms; claims from memory are never used."""
    held = {what for arm in arms for what in ("radiation", "drugs", "cells") if getattr(arm, what)}
    right_kind = kind_of(record, claim) in stage.claims and claim.basis != UNVERIFIED
    return right_kind and frozenset(held) in stage.treatments
