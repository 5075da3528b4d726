"""Published preclinical experiments as data: records with arms and claims, read with validation.

The format is that of the curated catalogue; `null` means "not found", never zero. A record's `split` is ignored.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from abscopal.evidence.fields import InvalidRecord, Reader
from abscopal.evidence.results import MeasuredResult, read_results
from abscopal.study.document import KeyPath
from abscopal.vocabulary import BASES, COMPARED_METRICS, INOCULATION, MARKER, RELATIONS

KINDS = ("in_vivo", "in_vitro", "human_observational")
CLOCKS = ("rt", INOCULATION)

_RECORD_KEYS = (
    *("id", "split", "kind", "seed", "citation", "doi", "other_sources", "model", "clock", "arms", "claims"),
    *("results", "data_points", "mechanisms", "curator_notes", "doi_basis"),
)
_MODEL_KEYS = ("species", "strain", "tumour", "site", "inoculum", "host")
_ARM_KEYS = ("id", "rt", "drugs", "cells", "host_modification", "note")
_RADIATION_KEYS = (
    *("quality", "dose_per_fraction_gy", "fractions", "let_kev_um", "energy", "days", "target"),
    *("dose_relation", "note"),
)
_DRUG_KEYS = ("drug", "dose", "route", "days", "note")
_CELL_KEYS = ("kind", "number", "route", "days", "note")
_CLAIM_KEYS = (
    *("id", "metric", "better_arm", "worse_arm", "relation", "p", "effect", "basis", "confidence"),
    *("discriminating", "kind", "source", "note", "n"),
)
# Bounds that only keep nonsense out.
_LARGEST_DOSE_GY, _MOST_FRACTIONS, _LARGEST_LET, _LATEST_DAY, _MOST_CELLS = 1000.0, 1000, 1e4, 3650.0, 1e13
_MOST_ANIMALS = 100_000


@dataclass(frozen=True)
class RecordRadiation:
    """One course of radiation as published; None and () stand for "not found".

    `let_kev_um` is the midpoint of a list [keV/um]; `days` are on the record's clock [d].
    """

    quality: str
    dose_per_fraction_gy: float | None
    fractions: int | None
    let_kev_um: float | None
    energy: str
    days: tuple[float, ...]
    target: str
    dose_relation: str = ""
    note: str = ""


@dataclass(frozen=True)
class RecordDrug:
    """One agent as published: its dose is free text."""

    drug: str
    dose: str
    route: str
    days: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class RecordCells:
    """One cell product as published."""

    kind: str
    number: float | None
    route: str
    days: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class RecordArm:
    """One group of animals or dishes, and everything done to it."""

    id: str
    radiation: tuple[RecordRadiation, ...] = ()
    drugs: tuple[RecordDrug, ...] = ()
    cells: tuple[RecordCells, ...] = ()
    host_modification: str = ""
    note: str = ""
    line: int = 0

    @property
    def treatments(self) -> int:
        """How many courses the arm gets."""
        return len(self.radiation) + len(self.drugs) + len(self.cells)


@dataclass(frozen=True)
class Claim:
    """What was published about two arms.

    For tumour metrics better is better for the host, for `marker:` it is higher. `relation` `~` means that no
    significant difference was found at the group size of the experiment, `n` animals per arm where it is published.
    `basis` `mem` is from memory, unverified.
    """

    id: str
    metric: str
    better_arm: str
    worse_arm: str
    relation: str
    p: str
    basis: str
    discriminating: bool
    effect: Any = None
    kind: str = ""
    note: str = ""
    confidence: str = ""
    source: str = ""
    n: int | None = None
    line: int = 0

    @property
    def is_marker(self) -> bool:
        """Whether the claim is about a marker rather than an outcome."""
        return self.metric.startswith(MARKER)

    @property
    def marker(self) -> str:
        """Name of the marker, or ""."""
        return self.metric.removeprefix(MARKER) if self.is_marker else ""


@dataclass(frozen=True)
class TumourModel:
    """The experimental system as published, in free text."""

    species: str = ""
    strain: str = ""
    tumour: str = ""
    site: str = ""
    inoculum: str = ""
    host: str = ""


@dataclass(frozen=True)
class Record:
    """One published experiment: its system, arms, claims and measured results."""

    id: str
    kind: str
    path: str
    citation: str
    doi: str
    arms: tuple[RecordArm, ...]
    claims: tuple[Claim, ...]
    model: TumourModel
    clock: str
    mechanisms: tuple[str, ...] = ()
    data_points: tuple[Any, ...] = ()
    curator_notes: tuple[str, ...] = ()
    seed: Mapping[str, Any] = field(default_factory=dict)
    results: tuple[MeasuredResult, ...] = ()

    def arm(self, arm_id: str) -> RecordArm:
        """The arm of that id. Raises KeyError."""
        return {arm.id: arm for arm in self.arms}[arm_id]

    def claim(self, claim_id: str) -> Claim:
        """The claim of that id. Raises KeyError."""
        return {claim.id: claim for claim in self.claims}[claim_id]


def read_record(path: str | os.PathLike[str]) -> Record:
    """The record in a YAML file.

    Raises
    ------
    InvalidRecord
        The file cannot be read or breaks the format; every problem is listed with its line.
    """
    reader = Reader(path)
    told = "claims" if "results" not in reader.data else "results"  # one of them, or both
    data = reader.keys(reader.data, (), _RECORD_KEYS, ("id", "kind", "model", "arms", told), "a record")
    arms = _arms(reader, data.get("arms"))
    untreated = [arm.id for arm in arms if not arm.treatments and not arm.host_modification]
    record = Record(
        id=reader.identifier(data["id"], ("id",)) if "id" in data else "",
        kind=reader.choice(data["kind"], ("kind",), KINDS, "kind of record") if "kind" in data else "",
        path=reader.path,
        citation=reader.text(data.get("citation"), ("citation",)),
        doi=reader.text(data.get("doi"), ("doi",)),
        arms=arms,
        claims=_claims(reader, data.get("claims"), {arm.id: arm for arm in arms}),
        model=_model(reader, data.get("model")) if "model" in data else TumourModel(),
        clock=_clock(reader, data.get("clock")),
        mechanisms=reader.texts(data.get("mechanisms"), ("mechanisms",)),
        data_points=tuple(reader.items(data.get("data_points"), ("data_points",))),
        curator_notes=reader.texts(data.get("curator_notes"), ("curator_notes",)),
        seed=data["seed"] if isinstance(data.get("seed"), Mapping) else {},
        results=read_results(reader, data.get("results"), [arm.id for arm in arms], untreated),
    )
    reader.finish()
    return record


def _clock(reader: Reader, raw: Any) -> str:
    # Most records count days from the first radiation.
    return CLOCKS[0] if raw is None else reader.choice(raw, ("clock",), CLOCKS, "clock")


def _model(reader: Reader, raw: Any) -> TumourModel:
    row = reader.keys(raw, ("model",), _MODEL_KEYS, ("tumour",), "the experimental system")
    return TumourModel(**{key: reader.joined(row.get(key), ("model", key)) for key in _MODEL_KEYS})


def _arms(reader: Reader, raw: Any) -> tuple[RecordArm, ...]:
    rows = reader.items(raw, ("arms",))
    if not rows and isinstance(raw, list):
        reader.problem(("arms",), "no arm is given", "one arm or more", "add an arm with its `id`")
    arms = tuple(_arm(reader, row, ("arms", i)) for i, row in enumerate(rows))
    reader.unique([arm.id for arm in arms], ("arms",), "arm")
    return arms


def _arm(reader: Reader, raw: Any, path: KeyPath) -> RecordArm:
    row = reader.keys(raw, path, _ARM_KEYS, ("id",), "an arm")

    def each(key: str) -> list[tuple[Any, KeyPath]]:
        return [(item, (*path, key, i)) for i, item in enumerate(reader.items(row.get(key), (*path, key)))]

    return RecordArm(
        id=reader.identifier(row["id"], (*path, "id")) if "id" in row else "",
        radiation=tuple(_radiation(reader, *item) for item in each("rt")),
        drugs=tuple(_drug(reader, *item) for item in each("drugs")),
        cells=tuple(_cells(reader, *item) for item in each("cells")),
        host_modification=reader.text(row.get("host_modification"), (*path, "host_modification")),
        note=reader.text(row.get("note"), (*path, "note")),
        line=reader.line(path),
    )


def _radiation(reader: Reader, raw: Any, path: KeyPath) -> RecordRadiation:
    row = reader.keys(raw, path, _RADIATION_KEYS, ("quality",), "a course of radiation")
    lets = reader.numbers(row.get("let_kev_um"), (*path, "let_kev_um"), 0, _LARGEST_LET, "LET [keV/um]")
    dose_path = (*path, "dose_per_fraction_gy")
    return RecordRadiation(
        quality=reader.text(row.get("quality"), (*path, "quality")),
        dose_per_fraction_gy=reader.number(
            row.get("dose_per_fraction_gy"), dose_path, 0, _LARGEST_DOSE_GY, "dose per fraction [Gy]"
        ),
        fractions=reader.count(row.get("fractions"), (*path, "fractions"), _MOST_FRACTIONS, "fractions"),
        let_kev_um=(min(lets) + max(lets)) / 2 if lets else None,
        energy=reader.text(row.get("energy"), (*path, "energy")),
        days=_days(reader, row, path),
        target=reader.text(row.get("target"), (*path, "target")),
        dose_relation=reader.text(row.get("dose_relation"), (*path, "dose_relation")),
        note=reader.text(row.get("note"), (*path, "note")),
    )


def _drug(reader: Reader, raw: Any, path: KeyPath) -> RecordDrug:
    row = reader.keys(raw, path, _DRUG_KEYS, ("drug",), "a drug")
    texts = {key: reader.text(row.get(key), (*path, key)) for key in ("drug", "dose", "route", "note")}
    return RecordDrug(**texts, days=_days(reader, row, path))


def _cells(reader: Reader, raw: Any, path: KeyPath) -> RecordCells:
    row = reader.keys(raw, path, _CELL_KEYS, ("kind",), "a cell product")
    number = reader.number(row.get("number"), (*path, "number"), 0, _MOST_CELLS, "number of cells")
    texts = {key: reader.text(row.get(key), (*path, key)) for key in ("kind", "route", "note")}
    return RecordCells(**texts, number=number, days=_days(reader, row, path))


def _days(reader: Reader, row: Mapping[str, Any], path: KeyPath) -> tuple[float, ...]:
    return reader.days(row.get("days"), (*path, "days"), -_LATEST_DAY, _LATEST_DAY, "days on the record's clock")


def _claims(reader: Reader, raw: Any, arms: Mapping[str, RecordArm]) -> tuple[Claim, ...]:
    rows = reader.items(raw, ("claims",))
    claims = tuple(_claim(reader, row, ("claims", i), arms) for i, row in enumerate(rows))
    reader.unique([claim.id for claim in claims], ("claims",), "claim")
    return claims


def _claim(reader: Reader, raw: Any, path: KeyPath, arms: Mapping[str, RecordArm]) -> Claim:
    row = reader.keys(raw, path, _CLAIM_KEYS, ("id", "metric", "better_arm", "worse_arm"), "a claim")
    texts = {key: reader.text(row.get(key), (*path, key)) for key in ("p", "kind", "note", "confidence", "source")}
    better, worse = (_arm_of_claim(reader, row, path, key, arms) for key in ("better_arm", "worse_arm"))
    if better and better == worse:
        reader.problem(path, f"arm {better!r} is compared with itself", "two arms", "name the other arm")
    discriminating = reader.boolean(row.get("discriminating"), (*path, "discriminating"))
    if discriminating is None and better in arms and worse in arms:
        discriminating = not _adds_treatment(arms[better], arms[worse])
    return Claim(
        id=reader.identifier(row["id"], (*path, "id")) if "id" in row else "",
        metric=_metric(reader, row.get("metric"), (*path, "metric")) if "metric" in row else "",
        better_arm=better,
        worse_arm=worse,
        relation=reader.choice(row.get("relation"), (*path, "relation"), RELATIONS, "relation"),
        basis=reader.choice(row.get("basis"), (*path, "basis"), BASES, "basis"),
        discriminating=bool(discriminating),
        effect=row.get("effect"),
        n=reader.count(row.get("n"), (*path, "n"), _MOST_ANIMALS, "animals per arm"),
        line=reader.line(path),
        **texts,
    )


def _arm_of_claim(
    reader: Reader, row: Mapping[str, Any], path: KeyPath, key: str, arms: Mapping[str, RecordArm]
) -> str:
    if key not in row:
        return ""
    name = reader.text(row[key], (*path, key))
    if name not in arms:
        shown = list(arms)[:20]
        reader.problem((*path, key), f"there is no arm {name!r}", ", ".join(shown), "correct the arm or add it")
    return name


def _metric(reader: Reader, raw: Any, path: KeyPath) -> str:
    metric = reader.text(raw, path)
    if metric in COMPARED_METRICS or (metric.startswith(MARKER) and len(metric) > len(MARKER)):
        return metric
    reader.choice(metric, path, (*COMPARED_METRICS, f"{MARKER}NAME"), "metric")
    return ""


def _adds_treatment(better: RecordArm, worse: RecordArm) -> bool:
    """Whether the better arm is the worse arm plus a treatment."""
    if better.host_modification != worse.host_modification:
        return False
    kept = {_what(course) for course in _courses(worse)}
    return kept < {_what(course) for course in _courses(better)}


def _courses(arm: RecordArm) -> tuple[RecordRadiation | RecordDrug | RecordCells, ...]:
    return (*arm.radiation, *arm.drugs, *arm.cells)


def _what(course: RecordRadiation | RecordDrug | RecordCells) -> tuple[object, ...]:
    if isinstance(course, RecordRadiation):
        return ("rt", course.quality, course.dose_per_fraction_gy, course.fractions, course.target)
    return ("drug", course.drug) if isinstance(course, RecordDrug) else ("cells", course.kind)


__all__ = ["Claim", "InvalidRecord", "MeasuredResult", "Record", "RecordArm", "TumourModel", "read_record"]
