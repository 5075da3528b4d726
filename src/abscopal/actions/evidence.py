"""The catalogue of published experiments, one record of it, and a record as studies."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abscopal import evidence
from abscopal.errors import InputError, Problem
from abscopal.evidence import Conversion, Record, RecordArm, Trial
from abscopal.evidence.searching import DRUG, LINE, METRIC, records_about
from abscopal.evidence.writing import study_text, uncovered
from abscopal.storage.files import check_file, write_whole


def record_rows(line: str | None = None, drug: str | None = None, metric: str | None = None) -> list[dict[str, Any]]:
    """A row per preclinical record: lines, arms, claims and how many of them are covered.

    Parameters
    ----------
    line, drug, metric : only records about them; None is all.

    Raises
    ------
    InputError
        No record is about one of them; offers the nearest names.
    """
    wanted = {LINE: line, DRUG: drug, METRIC: metric}
    return [_row(record) for record in records_about({what: name for what, name in wanted.items() if name is not None})]


def _row(record: Record) -> dict[str, Any]:
    conversions = evidence.convert(record)
    return {
        "id": record.id,
        "kind": record.kind,
        "citation": record.citation,
        "lines": ", ".join(c.line for c in conversions if c.study is not None) or "-",
        "arms": len(record.arms),
        "claims": len(record.claims),
        "covered": len(_covered(conversions)),
    }


def _covered(conversions: tuple[Conversion, ...]) -> set[str]:
    """Ids of the claims that at least one tumour line covers."""
    return {claim.claim_id for conversion in conversions for claim in conversion.claims if claim.covered}


def clinical_rows() -> list[dict[str, Any]]:
    """A row per clinical record."""
    return [
        {
            "id": trial.id,
            "registry": trial.registry,
            "cancer": trial.cancer,
            "agent": trial.agent,
            "patients": trial.patients if trial.patients is not None else "-",
            "randomised": "yes" if trial.randomised else "no",
            "verdict": trial.verdict,
        }
        for trial in evidence.trials()
    ]


@dataclass(frozen=True)
class ShownRecord:
    """A preclinical record, and the studies that it becomes."""

    record: Record
    conversions: tuple[Conversion, ...]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {**as_dict(self.record), "conversions": [conversion_as_dict(c) for c in self.conversions]}

    def arm_rows(self) -> list[dict[str, Any]]:
        """A row per arm: its treatment, and whether the model covers it or why not."""
        covered = {arm for conversion in self.conversions for arm in conversion.arms}
        reasons: dict[str, str] = {}
        for conversion in self.conversions:
            reasons.update({a: r for a, r in conversion.not_covered.items() if a not in covered})
        return [_arm_row(arm, reasons) for arm in self.record.arms]

    def claim_rows(self) -> list[dict[str, Any]]:
        """A row per claim: what was published, and where the model shows it or why not."""
        rows = []
        for i, claim in enumerate(self.record.claims):
            each = [conversion.claims[i] for conversion in self.conversions]
            inside = next((c for c in each if c.covered), None)
            where = " at ".join(part for part in (inside.readout, inside.site) if part) if inside else ""
            rows.append(
                {
                    "id": claim.id,
                    "metric": claim.metric,
                    "published": f"{claim.better_arm} {claim.relation} {claim.worse_arm}",
                    "basis": claim.basis,
                    "covered": (f"yes: {where}" if where else "yes") if inside else each[0].reason,
                }
            )
        return rows


def _arm_row(arm: RecordArm, reasons: dict[str, str]) -> dict[str, Any]:
    parts = []
    for course in arm.radiation:
        dose = "?" if course.dose_per_fraction_gy is None else f"{course.dose_per_fraction_gy:g}"
        parts.append(f"{course.quality} {dose} Gy x{course.fractions or '?'}")
    parts += [f"{drug.drug} {drug.dose}".strip() for drug in arm.drugs] + [cells.kind for cells in arm.cells]
    if arm.host_modification:
        parts.append(f"[{arm.host_modification}]")
    return {"id": arm.id, "treatment": " + ".join(parts) or "none", "covered": reasons.get(arm.id, "yes")}


def find_record(record_id: str) -> ShownRecord | Trial:
    """The preclinical or clinical record of that id. Raises InputError with the nearest ids."""
    found = evidence.find(record_id)
    return found if isinstance(found, Trial) else ShownRecord(found, evidence.convert(found))


def as_dict(item: Record | Trial) -> dict[str, Any]:
    """A record or trial as nested dictionaries."""
    return {"kind": item.kind, **dataclasses.asdict(item)}


def conversion_as_dict(conversion: Conversion) -> dict[str, Any]:
    """A conversion as plain values."""
    return {
        "line": conversion.line,
        "covered": conversion.study is not None,
        "reason": conversion.reason,
        "study": dict(conversion.written) or None,
        "arms": dict(conversion.arms),
        "not_covered": dict(conversion.not_covered),
        "claims": [claim.__dict__ for claim in conversion.claims],
        "filled": [{"key": key, "value": value, "why": why} for key, value, why in conversion.filled],
        "group_size": conversion.group_size,
        "defaults": conversion.defaults_id,
    }


@dataclass(frozen=True)
class ConvertedRecord:
    """A record as studies.

    Attributes
    ----------
    conversions : one per tumour line, or the one that was asked for.
    notes : what to know of the record, such as an id that stands for two experiments.
    """

    record: Record
    conversions: tuple[Conversion, ...]
    notes: tuple[str, ...]

    @property
    def studies(self) -> tuple[Conversion, ...]:
        """The conversions of which something can be simulated."""
        return tuple(c for c in self.conversions if c.study is not None)

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {"record": self.record.id, "conversions": [conversion_as_dict(c) for c in self.conversions]}


def convert_record(record: Path, line: str | None = None, draw: int | None = None, seed: int = 0) -> ConvertedRecord:
    """Convert a record to studies, gaps filled in.

    Parameters
    ----------
    record : a file, or the id of a record of the catalogue.
    line : the tumour line; None is every line of the record.
    draw : fills gaps by this draw of a seed; None takes central values.

    Raises
    ------
    InputError
        The record cannot be used, or has no such line.
    """
    found = _record(record)
    conversions = evidence.convert(found, draw=draw, seed=seed)
    notes = tuple(problem.message for problem in evidence.clashes([found]))
    return ConvertedRecord(found, conversions if line is None else _only(conversions, line), notes)


def _record(path: Path) -> Record:
    """The record in a file; or of the catalogue, if there is no such file but such an id."""
    known = {record.id: record for record in evidence.catalogue()} if not path.exists() else {}
    return known[str(path)] if str(path) in known else evidence.read_record(path)


def _only(conversions: tuple[Conversion, ...], line: str) -> tuple[Conversion, ...]:
    found = tuple(c for c in conversions if c.line.lower() == line.lower())
    if not found:
        names = ", ".join(c.line for c in conversions)
        raise InputError(Problem(f"the record has no tumour line {line!r}", "--line", allowed=names))
    return found


@dataclass(frozen=True)
class StudyOfRecord:
    """The study file of one line of a record: its text (only comments if there is none), and what it does not hold."""

    line: str
    text: str
    uncovered: tuple[str, ...]


def study_of(converted: ConvertedRecord) -> StudyOfRecord:
    """The study file of the first line of which something can be simulated, or of the first."""
    chosen = (converted.studies or converted.conversions)[0]
    return StudyOfRecord(chosen.line, study_text(chosen, converted.record), tuple(uncovered(chosen)))


@dataclass(frozen=True)
class WrittenStudy:
    """What became of one line of a record: its file (None: nothing can be simulated, `reason`), and what it lacks."""

    line: str
    file: Path | None
    reason: str = ""
    filled: int = 0
    uncovered: tuple[str, ...] = ()


def write_studies(converted: ConvertedRecord, output: Path) -> list[WrittenStudy]:
    """Write the studies of a record: to one file, or to one per line, each with the line in its name.

    Raises
    ------
    InputError
        A file cannot be written.
    """
    check_file(output)
    return [_written(converted, conversion, output) for conversion in converted.conversions]


def _written(converted: ConvertedRecord, conversion: Conversion, output: Path) -> WrittenStudy:
    if conversion.study is None:
        return WrittenStudy(conversion.line, None, conversion.reason)
    several = len(converted.studies) > 1
    part = "".join(c if c.isalnum() or c == "-" else "-" for c in conversion.line)
    file = output.with_name(f"{output.stem}_{part}{output.suffix}") if several else output
    write_whole(file, study_text(conversion, converted.record))
    return WrittenStudy(conversion.line, file, filled=len(conversion.filled), uncovered=tuple(uncovered(conversion)))
