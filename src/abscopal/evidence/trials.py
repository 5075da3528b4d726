"""Clinical records: randomised trials, context, registered and prospective ones, as data. Browsable, not predicted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from abscopal.evidence.fields import Reader
from abscopal.study.document import KeyPath

_TRIAL_KEYS = (
    *("id", "name", "registry", "seed", "year", "phase", "design", "cancer", "setting", "n", "n_exp", "n_ctl"),
    *("n_eval", "n_randomised", "n_note", "rt", "io", "io_in_control", "sequence", "io_concurrent_with_rt", "chemo"),
    *("line", "comparator", "confounded", "endpoint_abscopal", "results", "verdict", "verdict_note", "direction"),
    *("safety", "status", "src", "note", "conf", "derived_from", "randomised", "primary_result_confidence"),
    *("registry_confidence", "schema_version", "split"),
)
_RT_KEYS = (
    *("total_dose_gy", "n_fractions", "dose_per_fraction_gy", "modality", "technique", "confidence", "bed10_gy"),
    *("eqd2_ab10_gy", "arm", "target", "note"),
)
_IO_KEYS = ("agent", "cls", "dose")
_RESULT_KEYS = (
    *("endpoint", "primary", "measure", "value", "ci", "ci_level", "p", "experimental", "control", "unit", "n"),
    *("note", "confidence", "source"),
)
_LARGEST_DOSE_GY, _MOST_FRACTIONS, _MOST_PATIENTS, _LARGEST_VALUE = 500.0, 200, 1_000_000, 1e9


@dataclass(frozen=True)
class TrialRadiation:
    """Radiotherapy of a trial: totals [Gy], fractions, modality and technique; None stands for "not found"."""

    total_dose_gy: float | None
    fractions: int | None
    dose_per_fraction_gy: float | None
    modality: str
    technique: str
    arm: str = ""


@dataclass(frozen=True)
class TrialResult:
    """One end point: a ratio with its interval, or a value in each group; None stands for "not found"."""

    endpoint: str
    measure: str
    value: float | None
    interval: tuple[float, ...]
    p: str
    experimental: float | None
    control: float | None
    unit: str
    primary: bool
    confidence: str
    note: str


@dataclass(frozen=True)
class Trial:
    """One clinical trial or cohort: its design, treatment and results."""

    id: str
    path: str
    name: str
    registry: str
    phase: str
    design: str
    cancer: str
    setting: str
    patients: int | None
    randomised: bool
    radiation: tuple[TrialRadiation, ...]
    agent: str
    agent_class: str
    sequence: str
    comparator: str
    results: tuple[TrialResult, ...]
    verdict: str
    sources: tuple[str, ...]
    line: int = 1

    kind = "clinical"


def read_trial(path: str | os.PathLike[str]) -> Trial:
    """The clinical record in a YAML file.

    Raises
    ------
    InvalidRecord
        The file cannot be read or breaks the format; every problem is listed with its line.
    """
    reader = Reader(path)
    data = reader.keys(reader.data, (), _TRIAL_KEYS, ("id", "name", "randomised"), "a clinical record")
    io = reader.keys(data["io"], ("io",), _IO_KEYS, (), "the immunotherapy") if data.get("io") is not None else {}

    def text(key: str) -> str:
        return reader.text(data.get(key), (key,))

    for key in ("n_exp", "n_ctl", "n_eval", "n_randomised"):
        reader.count(data.get(key), (key,), _MOST_PATIENTS, "patients")
    for key in ("chemo", "confounded", "endpoint_abscopal", "io_in_control", "io_concurrent_with_rt"):
        reader.boolean(data.get(key), (key,))
    trial = Trial(
        id=reader.identifier(data.get("id"), ("id",)),
        path=reader.path,
        name=text("name"),
        registry=text("registry"),
        phase=text("phase"),
        design=text("design"),
        cancer=text("cancer"),
        setting=text("setting"),
        patients=reader.count(data.get("n"), ("n",), _MOST_PATIENTS, "patients"),
        randomised=bool(reader.boolean(data.get("randomised"), ("randomised",))),
        radiation=tuple(
            _radiation(reader, row, ("rt", i)) for i, row in enumerate(reader.items(data.get("rt"), ("rt",)))
        ),
        agent=reader.text(io.get("agent"), ("io", "agent")),
        agent_class=reader.text(io.get("cls"), ("io", "cls")),
        sequence=text("sequence"),
        comparator=text("comparator"),
        results=tuple(
            _result(reader, row, ("results", i))
            for i, row in enumerate(reader.items(data.get("results"), ("results",)))
        ),
        verdict=text("verdict"),
        sources=reader.texts(data.get("src"), ("src",)),
    )
    reader.finish()
    return trial


def _radiation(reader: Reader, raw: Any, path: KeyPath) -> TrialRadiation:
    row = reader.keys(raw, path, _RT_KEYS, (), "a course of radiotherapy")

    def dose(key: str) -> float | None:
        return reader.number(row.get(key), (*path, key), 0, _LARGEST_DOSE_GY, "dose [Gy]")

    return TrialRadiation(
        total_dose_gy=dose("total_dose_gy"),
        fractions=reader.count(row.get("n_fractions"), (*path, "n_fractions"), _MOST_FRACTIONS, "fractions"),
        dose_per_fraction_gy=dose("dose_per_fraction_gy"),
        **{key: reader.text(row.get(key), (*path, key)) for key in ("modality", "technique", "arm")},
    )


def _result(reader: Reader, raw: Any, path: KeyPath) -> TrialResult:
    row = reader.keys(raw, path, _RESULT_KEYS, ("endpoint",), "a result")

    def value(key: str) -> float | None:
        return reader.number(row.get(key), (*path, key), -_LARGEST_VALUE, _LARGEST_VALUE, key)

    def text(key: str) -> str:
        return reader.text(row.get(key), (*path, key))

    return TrialResult(
        endpoint=text("endpoint"),
        measure=text("measure"),
        value=value("value"),
        interval=reader.numbers(row.get("ci"), (*path, "ci"), -_LARGEST_VALUE, _LARGEST_VALUE, "interval"),
        p=text("p"),
        experimental=value("experimental"),
        control=value("control"),
        unit=text("unit"),
        primary=bool(reader.boolean(row.get("primary"), (*path, "primary"))),
        confidence=text("confidence"),
        note=text("note"),
    )
