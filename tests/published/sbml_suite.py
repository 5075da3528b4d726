"""The SBML semantic test suite through the importer and the solver: right, refused in words, wrong or crashed.

The cases are not part of the project (LGPL): a folder `NNNNN/NNNNN-sbml-*.xml`, `-settings.txt`, `-results.csv`, or an
archive of such folders, is looked for in `ABSCOPAL_SBML_SUITE` and in `../shared/data/sbml-semantic`.
Run as a script, `python tests/published/sbml_suite.py [NNNNN ...]` lists what is not right.
"""

from __future__ import annotations

import os
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from abscopal import published
from abscopal.errors import InputError

VARIABLE = "ABSCOPAL_SBML_SUITE"
_USUAL = "shared/data/sbml-semantic/cases_even.tar.gz"
# Tighter than a case asks for: its tolerance is for the whole difference, not for the error of one step.
_TIGHTER = 1e-3


@dataclass(frozen=True)
class Settings:
    """What a case asks for; see its `-settings.txt`."""

    start: float
    duration: float
    steps: int
    variables: tuple[str, ...]
    amounts: tuple[str, ...]
    concentrations: tuple[str, ...]
    absolute: float
    relative: float


@dataclass(frozen=True)
class Outcome:
    """How a case went: "right", "refused", "wrong" or "crashed", and the words that go with it."""

    case: str
    kind: str
    words: str = ""


def find_suite() -> Path | None:
    """The folder or archive of the cases, or None if there is none here."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named) if Path(named).exists() else None
    for above in Path(__file__).resolve().parents:
        if (above / _USUAL).exists():
            return above / _USUAL
    return None


@contextmanager
def cases(suite: Path) -> Iterator[list[Path]]:
    """The folders of the cases, in order; those of an archive exist as long as they are used."""
    if suite.is_dir():
        yield sorted(p for p in suite.iterdir() if p.is_dir())
        return
    with tempfile.TemporaryDirectory() as draft, tarfile.open(suite) as archive:
        archive.extractall(draft, filter="data")
        yield sorted(p for p in Path(draft).iterdir() if p.is_dir())


def read_settings(case: Path) -> Settings:
    """The settings of a case."""
    text = (case / f"{case.name}-settings.txt").read_text(encoding="utf-8")
    found = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in text.splitlines())}

    def names(key: str) -> tuple[str, ...]:
        return tuple(n.strip() for n in found.get(key, "").split(",") if n.strip())

    return Settings(
        float(found["start"] or 0.0),
        float(found["duration"]),
        int(found["steps"]),
        names("variables"),
        names("amount"),
        names("concentration"),
        float(found["absolute"]),
        float(found["relative"]),
    )


def run_case(case: Path, *, default_options: bool = False) -> Outcome:
    """Runs one case and compares it with what is expected."""
    if not (case / f"{case.name}-results.csv").exists() or "FluxBalance" in _kind_of_test(case):
        return Outcome(case.name, "refused", "it is no time course")
    asked = read_settings(case)
    (document,) = case.glob("*-sbml-*.xml")
    try:
        model = published.import_sbml(document, check_units=False)
        times = asked.start + np.linspace(0.0, asked.duration, asked.steps + 1)
        tight = {} if default_options else {"rtol": min(1e-6, asked.relative * _TIGHTER)}
        run = published.simulate(model, times, start=asked.start, **tight)
    except InputError as error:
        return Outcome(case.name, "refused", " ".join(str(error).split()))
    except Exception as error:  # every other fault is what is looked for
        return Outcome(case.name, "crashed", f"{type(error).__name__}: {error}")
    if run.messages():
        return Outcome(case.name, "refused", "while running: " + "; ".join(run.messages()))
    return _compared(case, asked, model, run)


def _kind_of_test(case: Path) -> str:
    words = case / f"{case.name}-model.m"
    lines = words.read_text(encoding="utf-8", errors="replace").splitlines() if words.exists() else []
    return next((line for line in lines if line.startswith("testType")), "")


def _compared(case: Path, asked: Settings, model: object, run: object) -> Outcome:
    rows = [line.split(",") for line in (case / f"{case.name}-results.csv").read_text(encoding="utf-8").splitlines()]
    # The first column is the time, also where a parameter is called so.
    header = ["", *(name.strip() for name in rows[0][1:])]
    for name in asked.variables:
        want = np.array([float(row[header.index(name)]) for row in rows[1:] if row != [""]])
        try:
            ours = _quantity(name, asked, model, run)
        except KeyError:
            return Outcome(case.name, "wrong", f"{name} is not in the output")
        allowed = asked.absolute + asked.relative * np.abs(want)
        with np.errstate(invalid="ignore"):
            same = (np.abs(ours - want) <= allowed) | (np.isnan(ours) & np.isnan(want)) | (ours == want)
        if not same.all():
            row = int(np.argmin(same))
            return Outcome(case.name, "wrong", f"{name} at t={run.times[row]:g}: {ours[row]:.9g}, not {want[row]:.9g}")
    return Outcome(case.name, "right")


def _quantity(name: str, asked: Settings, model: object, run: object) -> np.ndarray:
    """A variable as the case asks for it: a species may be asked for as an amount or as a concentration."""
    found = run[name][0]
    meaning = model.items[name]
    if name in asked.amounts and meaning.compartment and not meaning.is_amount:
        return found * run[meaning.compartment][0]
    if name in asked.concentrations and meaning.compartment and meaning.is_amount:
        return found / run[meaning.compartment][0]
    return found


def main(wanted: list[str]) -> int:
    """Lists what is not right."""
    suite = find_suite()
    if suite is None:
        print(f"no cases: set {VARIABLE}")
        return 2
    counts: dict[str, int] = {}
    with cases(suite) as folders:
        for folder in folders:
            if wanted and folder.name not in wanted:
                continue
            found = run_case(folder)
            counts[found.kind] = counts.get(found.kind, 0) + 1
            if found.kind != "right":
                print(f"{found.case} {found.kind}: {found.words[:220]}", flush=True)
    print(counts)
    return 0 if not {"wrong", "crashed"} & counts.keys() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
