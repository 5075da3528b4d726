"""What the empirical baselines are learnt from: facts of the development part; and how much its studies differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from abscopal.calibrate.open_survival import names
from abscopal.calibrate.open_volumes import measured
from abscopal.evidence import Record
from abscopal.scoring.empirical import Empirical, Fact, line_of, start_day, table_of, treatment_class
from abscopal.scoring.measured import Wanted
from abscopal.scoring.result_evaluation import end_of_follow_up
from abscopal.scoring.result_scores import DAYS
from abscopal.statistics.predictive import joint_correlation
from abscopal.vocabulary import ALIVE

_CORRELATIONS = (0.01, 0.02, 0.03, 0.05, 0.07, 0.10, 0.14, 0.20, 0.30)


def study_of(record: Record) -> str:
    """The study that a record of the open data is from."""
    return str(record.seed.get("study", record.id))


def survival_facts(records: Iterable[Record]) -> list[Fact]:
    """Days alive after the first treatment of every animal, arm by arm."""
    found = []
    for record in records:
        line, start = line_of(record), start_day(record)
        for result in record.results:
            if result.times:
                treatment = treatment_class(record.arm(result.arm))
                days = tuple(day - start for day in result.times)
                found.append(Fact(study_of(record), line, treatment, days, result.observed))
    return found


def volume_facts(records: Iterable[Record], folder: Path) -> list[Fact]:
    """Volumes of single animals after the first treatment of their experiment; group means tell no spread."""
    sets = {about["study"]: about for about in names()["volumes"] if not about.get("group_means")}
    found = []
    for record in records:
        about = sets.get(study_of(record))
        if about is None or not any(result.metric == "volume" for result in record.results):
            continue
        rows = measured(folder, about)
        rows = rows[rows["line"] == record.model.tumour]
        start = start_day(record)
        for arm in record.arms:
            on = rows[rows["arm"] == arm.id].groupby("day")["volume_mm3"]
            volumes = {float(day) - start: tuple(float(v) for v in there) for day, there in on}
            found.append(Fact(study_of(record), line_of(record), treatment_class(arm), volumes=volumes))
    return found


def left_out(facts: Sequence[Fact], study: str) -> Empirical:
    """The empirical means without one study."""
    return Empirical(table_of([fact for fact in facts if fact.study != study]), True)


def measured_correlation(records: Sequence[Record], facts: Sequence[Fact]) -> dict[float, float]:
    """Log chance per arm of days of animals by line and treatment, each study left out, for each correlation tried."""
    logs: dict[float, list[float]] = {correlation: [] for correlation in _CORRELATIONS}
    for study in sorted({study_of(record) for record in records}):
        table = left_out(facts, study)
        for record in (r for r in records if study_of(r) == study):
            line, start = line_of(record), start_day(record)
            for result in record.results:
                if not result.times:
                    continue
                edges = Wanted(ALIVE, DAYS, "", end=end_of_follow_up(record, result)).edges
                treatment = treatment_class(record.arm(result.arm))
                said = table.durations(edges, start, line, treatment)
                cell = table.cell("alive", line, treatment)
                if said is None or cell is None:
                    continue
                for correlation in _CORRELATIONS:
                    joint = joint_correlation(correlation, cell[0].n)
                    there = type(said[0])(edges, said[0].masses, joint)
                    logs[correlation].append(there.log_chance(np.array(result.times), np.array(result.observed)))
    return {correlation: float(np.mean(values)) if values else math.nan for correlation, values in logs.items()}
