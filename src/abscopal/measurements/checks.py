"""What only several rows together show: duplicates, one animal in two arms, a row after a death."""

from __future__ import annotations

from collections.abc import Sequence

from abscopal.errors import Problem
from abscopal.measurements.observation import DEATH, Observation


def faults_between_rows(rows: Sequence[Observation]) -> list[Problem]:
    """Every contradiction between rows, each with its line."""
    return [*_duplicates(rows), *_animals_in_two_arms(rows), *_after_death(rows), *_summaries(rows)]


def _duplicates(rows: Sequence[Observation]) -> list[Problem]:
    seen: dict[tuple[object, ...], Observation] = {}
    problems = []
    for row in rows:
        key = (row.arm, row.animal, row.site, row.day, row.observable, row.statistic)
        first = seen.setdefault(key, row)
        if first is not row:
            who = f"{row.animal!r}" if row.animal else f"the {row.statistic} of {row.arm!r}"
            problems.append(
                Problem(
                    f"{row.observable} of {who} on day {row.day:g} stands in line {first.line} too",
                    line=row.line,
                    advice="keep one of them; animals without a name are told apart by a column `animal`",
                )
            )
    return problems


def _animals_in_two_arms(rows: Sequence[Observation]) -> list[Problem]:
    first: dict[str, Observation] = {}
    told: set[tuple[str, str]] = set()
    problems = []
    for row in (r for r in rows if r.animal):
        known = first.setdefault(row.animal, row)
        if known.arm != row.arm and (row.animal, row.arm) not in told:
            told.add((row.animal, row.arm))
            problems.append(
                Problem(
                    f"animal {row.animal!r} is in arm {row.arm!r} and, in line {known.line}, in {known.arm!r}",
                    "animal",
                    row.line,
                    advice="give every animal of the table a name of its own, such as arm-1",
                )
            )
    return problems


def _after_death(rows: Sequence[Observation]) -> list[Problem]:
    deaths = {(r.arm, r.animal): r for r in rows if r.observable == DEATH and r.animal and r.value == 1.0}
    problems = []
    for row in rows:
        death = deaths.get((row.arm, row.animal))
        if death is not None and row.observable != DEATH and row.day > death.day:
            problems.append(
                Problem(
                    f"{row.animal!r} is measured on day {row.day:g} and died on day {death.day:g} (line {death.line})",
                    "day",
                    row.line,
                    advice="correct one of the two days",
                )
            )
    return problems


def _summaries(rows: Sequence[Observation]) -> list[Problem]:
    return [
        Problem(
            f"a {row.statistic} needs the number of animals behind it",
            "n",
            row.line,
            "a whole number from 2",
            "add a column `n`",
        )
        for row in rows
        if row.is_summary and row.n < 2
    ]
