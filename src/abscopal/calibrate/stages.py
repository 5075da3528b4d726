"""The frozen order of the calibration, and which claims belong to which stage."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal.evidence import Claim, Record
from abscopal.evidence.curation.lines import lines_of
from abscopal.scoring.set_chances import IN_VITRO, MARKERS, OUTCOMES, kind_of
from abscopal.scoring.split import DEVELOPMENT, split_of
from abscopal.storage.packaged import read_yaml
from abscopal.study import Arm
from abscopal.vocabulary import UNVERIFIED

_HELD = ("radiation", "drugs", "cells")


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


def by_line(records: Iterable[Record], studies: Iterable[str]) -> dict[str, list[str]]:
    """Tumour line -> the studies of it; a study of several lines belongs to each."""
    wanted = set(studies)
    found: dict[str, list[str]] = {}
    for record in records:
        if record.id in wanted:
            for line in dict.fromkeys(line.name for line in lines_of(record.model.tumour, record.model.strain)):
                if line:
                    found.setdefault(line, []).append(record.id)
    return found


def every_claim() -> Stage:
    """A stage of all claims, whatever their arms hold, which fits nothing."""
    combinations = (frozenset(c) for n in range(len(_HELD) + 1) for c in itertools.combinations(_HELD, n))
    return Stage("every claim", frozenset({OUTCOMES, MARKERS, IN_VITRO}), frozenset(combinations), ())


def belongs(stage: Stage, record: Record, claim: Claim, arms: tuple[Arm, Arm]) -> bool:
    """Whether a stage uses a claim about two arms; claims from memory are never used."""
    held = {what for arm in arms for what in _HELD if getattr(arm, what)}
    right_kind = kind_of(record, claim) in stage.claims and claim.basis != UNVERIFIED
    return right_kind and frozenset(held) in stage.treatments
