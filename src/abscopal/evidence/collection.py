"""The records that come with the package, and checks between records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.evidence.records import Record, read_record
from abscopal.evidence.trials import Trial, read_trial


def _folder(name: str) -> Path:
    return Path(str(resources.files("abscopal.evidence").joinpath("data", name)))


@cache
def catalogue() -> tuple[Record, ...]:
    """Every preclinical record of the package, by id."""
    found = [read_record(path) for path in sorted(_folder("preclinical").glob("*.yaml"))]
    return tuple(sorted(found, key=lambda record: record.id))


@cache
def trials() -> tuple[Trial, ...]:
    """Every clinical record of the package, by id: randomised, context, registered and prospective."""
    found = [read_trial(path) for path in sorted(_folder("clinical").rglob("*.yaml"))]
    return tuple(sorted(found, key=lambda trial: trial.id))


def find(record_id: str) -> Record | Trial:
    """The preclinical or clinical record of that id.

    Raises
    ------
    InputError
        There is none; offers the nearest ids.
    """
    known: dict[str, Record | Trial] = {trial.id: trial for trial in trials()}
    known.update({record.id: record for record in catalogue()})
    if record_id not in known:
        if Path(record_id).is_file():
            advice = f"abscopal evidence convert {record_id} shows what of it is covered"
            raise InputError(
                Problem(f"{record_id!r} is a file, not the id of a record of the catalogue", advice=advice)
            )
        raise InputError(unknown_name("record", record_id, known))
    return known[record_id]


def clashes(records: Iterable[Record]) -> Iterator[Problem]:
    """Ids that stand for two different experiments: among the given records, or against the catalogue.

    The same content under the same id, as in a copy of a catalogue file, is no clash.
    """
    known = {record.id: record for record in catalogue()}
    given: dict[str, Record] = {}
    for record in records:
        other = given.get(record.id)
        if other is not None and other.path != record.path:
            yield Problem(
                f"id {record.id!r} is that of {other.path} too", f"{record.path}: id", advice="give one another id"
            )
        elif record.id in known and _content(known[record.id]) != _content(record):
            message = f"id {record.id!r} is that of another experiment of the catalogue"
            yield Problem(message, f"{record.path}: id", advice="give it an id of its own")
        given.setdefault(record.id, record)


def _content(record: Record) -> tuple[object, ...]:
    return (record.kind, record.model, record.clock, record.arms, record.claims, record.results)
