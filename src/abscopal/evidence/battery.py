"""The battery: quantities that an expert knows, each with its published range, its source and how it is simulated.

`data/battery.yaml` has three parts. `settings` are studies without tumour line and arms; `treatments` are arms, as a
study file has them; `rows` are the quantities. A row names its setting, line and treatment, so that its study is one
that `abscopal run` would take.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from abscopal import parameters
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.evidence.tables import table
from abscopal.study import Study, from_dict
from abscopal.vocabulary import HUMAN, MOUSE

FILE = "battery.yaml"
CONTROL = "control"
# What a counted row may rest on, and what is only shown.
SOURCED = ("open data", "abstract", "page", "catalogue")
MEMORY = "memory"
_KEYS = ("id", "fact", "setting", "line", "treatment", "readout", "low", "high", "source", "counted")
_MAY = ("against", "doses", "value", "n", "rule", "claim", "flagship")


@dataclass(frozen=True)
class Measure:
    """What can be read of the subjects of an arm.

    Attributes
    ----------
    keys, may : keys that it needs, and that it may have beside them.
    unit : unit of its values.
    compared : whether a second arm is held against it.
    of_subjects : whether it is a share of subjects, which so many subjects resolve to one of them.
    """

    keys: tuple[str, ...]
    unit: str
    compared: bool = False
    may: tuple[str, ...] = ()
    of_subjects: bool = False


MEASURES: Mapping[str, Measure] = {
    "alive": Measure(("day",), "share", of_subjects=True),
    "cured": Measure(("day",), "share", of_subjects=True),
    "inhibition": Measure(("day",), "share", compared=True),
    "volume_ratio": Measure(("day",), "ratio", compared=True),
    "days_to_volume": Measure(("volume_mm3",), "days"),
    "days_between_volumes": Measure(("from_mm3", "to_mm3"), "days"),
    "growth_delay": Measure(("volume_mm3",), "days", compared=True),
    "growth_rate": Measure(("from_day", "to_day"), "1/day"),
    "log_sd": Measure(("day",), "ratio"),
    "fold": Measure(("output", "day"), "ratio", compared=True),
    "level": Measure(("output", "day"), "output"),
    "peak": Measure(("output", "from_day", "to_day"), "output"),
    "share_of": Measure(("output", "of", "day"), "share"),
    "tcd50": Measure(("day",), "Gy"),
    "tcd50_ratio": Measure(("day",), "ratio", compared=True),
    "response": Measure(("day",), "share", of_subjects=True),
    "complete_response": Measure(("day",), "share", of_subjects=True),
    "local_control": Measure(("day",), "share", of_subjects=True),
    "hazard_ratio": Measure(("day",), "ratio", compared=True, may=("from_day",)),
    "nadir": Measure(("output",), "ratio"),
    "nadir_below": Measure(("output", "limit"), "share", of_subjects=True),
    "nadir_log_sd": Measure(("output",), "ratio"),
    "recovery": Measure(("output", "day"), "ratio"),
}


@dataclass(frozen=True)
class RangeSource:
    """Where a range comes from: kind (open data, abstract, page, memory), citation, and the place in it."""

    kind: str
    cite: str
    where: str


@dataclass(frozen=True)
class BatteryRow:
    """One quantity.

    Attributes
    ----------
    id : short name, unique.
    fact : what is known, in words.
    setting, line, treatment : what is simulated, see `Battery.study`.
    against : treatment that it is held against, or "".
    doses : treatment -> single dose [Gy], of a dose-response row; `against` then begins the names of the other series.
    readout : measure and its numbers, with the site that is read.
    low, high : published range, in the unit of the measure.
    value, n : published value and number of subjects, where stated.
    rule : how the range was made, one of the file's `rules`.
    counted : whether the row is in the totals; one from memory never is.
    claim : whether it is a claim of the catalogue, which stays validation.
    flagship : whether it is part of the flagship effect.
    """

    id: str
    fact: str
    setting: str
    line: str
    treatment: str
    readout: Mapping[str, Any]
    low: float
    high: float
    source: RangeSource
    counted: bool
    against: str = ""
    doses: Mapping[str, float] | None = None
    value: float | None = None
    n: int | None = None
    rule: str = ""
    claim: bool = False
    flagship: bool = False

    @property
    def measure(self) -> str:
        """What is read."""
        return str(self.readout["measure"])

    @property
    def unit(self) -> str:
        """Unit of the range."""
        return MEASURES[self.measure].unit

    @property
    def site(self) -> str:
        """Site that is read."""
        return str(self.readout.get("site", "primary"))

    @property
    def treatments(self) -> tuple[str, ...]:
        """Every treatment that is simulated for it."""
        named = [self.treatment, self.against] if self.doses is None else [*self.doses]
        if self.doses is not None and self.against:
            named += [f"{name} {self.against}" for name in self.doses]
        return tuple(dict.fromkeys(name for name in named if name))


@dataclass(frozen=True)
class Battery:
    """Settings, treatments and rows."""

    settings: Mapping[str, Mapping[str, Any]]
    treatments: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, str]
    rows: tuple[BatteryRow, ...]

    def row(self, name: str) -> BatteryRow:
        """A row by its id.

        Raises
        ------
        InputError
            There is no such row; offers the nearest ids.
        """
        for row in self.rows:
            if row.id == name:
                return row
        raise InputError(unknown_name("row of the battery", name, [row.id for row in self.rows]))

    def species(self, row: BatteryRow) -> str:
        """Species of a row."""
        return str(self.settings[row.setting].get("host", {}).get("species", MOUSE))

    def study(self, setting: str, line: str, animals: int, seed: int) -> Study:
        """The study of a setting in a line, with every treatment that some row of the setting has.

        So all lines of a setting are solved by one compiled model.
        """
        named = (name for row in self.rows if row.setting == setting for name in row.treatments)
        arms = {name: self.treatments[name] for name in dict.fromkeys((CONTROL, *named))}
        cohort = {"size": animals, "seed": seed}
        written = {"abscopal": 1, "study": f"battery: {setting}", "tumour": line, "control": CONTROL, "cohort": cohort}
        return from_dict({**written, **self.settings[setting], "arms": arms})


@cache
def battery() -> Battery:
    """The battery of this version. Raises InputError with every problem of its file."""
    return parse_battery(table(FILE))


def parse_battery(content: Mapping[str, Any]) -> Battery:
    """A battery from the content of its file.

    Raises
    ------
    InputError
        Names every row and key that is wrong.
    """
    settings, treatments, rules = content["settings"], content["treatments"], content["rules"]
    problems: list[Problem] = []
    seen: set[str] = set()
    for row in content["rows"]:
        key = f"rows.{row.get('id', '?')}"
        problems += _problems(row, key, settings, treatments, rules)
        if row.get("id") in seen:
            problems.append(Problem("this id is there twice", key=key, advice="give each row its own id"))
        seen.add(str(row.get("id")))
    if problems:
        raise InputError(problems, FILE)
    return Battery(settings, treatments, rules, tuple(_row(row) for row in content["rows"]))


def _row(row: Mapping[str, Any]) -> BatteryRow:
    source = row["source"]
    rest = {key: row[key] for key in ("against", "doses", "value", "n", "rule", "claim", "flagship") if key in row}
    return BatteryRow(
        id=row["id"],
        fact=row["fact"],
        setting=row["setting"],
        line=row["line"],
        treatment=row["treatment"],
        readout=row["readout"],
        low=float(row["low"]),
        high=float(row["high"]),
        source=RangeSource(source["kind"], source["cite"], source["where"]),
        counted=row["counted"],
        **rest,
    )


def _problems(
    row: Mapping[str, Any], key: str, settings: Sequence[str], treatments: Sequence[str], rules: Sequence[str]
) -> list[Problem]:
    missing = [name for name in _KEYS if name not in row]
    found = [Problem(f"{name!r} is missing", key=key, advice="add it") for name in missing]
    found += [unknown_name("key", name, (*_KEYS, *_MAY), key) for name in row if name not in (*_KEYS, *_MAY)]
    if missing:
        return found
    if row["setting"] not in settings:
        found.append(unknown_name("setting", row["setting"], settings, key))
    if row.get("rule", "") not in ("", *rules):
        found.append(unknown_name("rule", row["rule"], rules, key))
    try:
        parameters.line(row["line"])
    except InputError:
        found.append(unknown_name("tumour line", str(row["line"]), parameters.lines(), key))
    found += _treatment_problems(row, key, treatments)
    found += _readout_problems(row, key)
    if not row["low"] < row["high"]:
        found.append(Problem(f"the range {row['low']} to {row['high']} is none", key=key, allowed="low below high"))
    return found + _source_problems(row, key)


def _treatment_problems(row: Mapping[str, Any], key: str, treatments: Sequence[str]) -> list[Problem]:
    named = list(row.get("doses") or [row["treatment"], *([row["against"]] if row.get("against") else [])])
    return [unknown_name("treatment", name, treatments, key) for name in named if name not in treatments]


def _readout_problems(row: Mapping[str, Any], key: str) -> list[Problem]:
    readout = dict(row["readout"])
    measure = readout.pop("measure", "")
    if measure not in MEASURES:
        return [unknown_name("measure", str(measure), MEASURES, key)]
    needs = MEASURES[measure]
    readout.pop("site", None)
    found = [
        Problem(f"{measure} needs {name!r}", key=key, advice="add it") for name in needs.keys if name not in readout
    ]
    found += [
        unknown_name("key", name, (*needs.keys, *needs.may), key)
        for name in readout
        if name not in (*needs.keys, *needs.may)
    ]
    if needs.compared and not row.get("against"):
        found.append(Problem(f"{measure} is held against another arm", key=key, advice="name it under 'against'"))
    if measure.startswith("tcd50") and not row.get("doses"):
        found.append(Problem(f"{measure} needs 'doses'", key=key, advice="give treatments with their dose in Gy"))
    return found


def _source_problems(row: Mapping[str, Any], key: str) -> list[Problem]:
    source = row["source"]
    found = [
        Problem(f"the source lacks {name!r}", key=key, advice="say where it was read")
        for name in ("kind", "cite", "where")
        if name not in source
    ]
    if found:
        return found
    if source["kind"] not in (*SOURCED, MEMORY):
        found.append(unknown_name("kind of source", source["kind"], (*SOURCED, MEMORY), key))
    if row["counted"] and source["kind"] == MEMORY:
        advice = "find its source, or set counted: false"
        found.append(Problem("a row from memory is not counted", key=key, advice=advice))
    if row["counted"] and not source["cite"]:
        found.append(Problem("a counted row needs a citation", key=key, advice="cite what was read"))
    return found


def is_patient(battery: Battery, row: BatteryRow) -> bool:
    """Whether a row is of patients."""
    return battery.species(row) == HUMAN
