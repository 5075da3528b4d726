"""The committed split of the catalogue into studies that may be fitted to and studies that only test.

Studies with the same kind and first mechanism are dealt alternately, in an order set by a hash of the seed and their
id; the place where one stratum stops is where the next goes on, so both halves are even in every mechanism.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from abscopal.evidence import Record

SEED = 20090701
DEVELOPMENT, TEST, GIVEN = "development", "test", "given"
_COLUMNS = ("study", "split", "stratum", "seed")


@cache
def committed() -> dict[str, str]:
    """Study id -> development or test, as committed."""
    text = resources.files("abscopal.evidence").joinpath("data", "split.csv").read_text(encoding="utf-8")
    return {row["study"]: row["split"] for row in csv.DictReader(io.StringIO(text))}


def split_of(study: str) -> str:
    """Part of the split a study belongs to; `given` for a study that is not in the catalogue."""
    return committed().get(study, GIVEN)


def stratum(record: Record) -> str:
    """What a study is dealt with: its kind and first mechanism."""
    return f"{record.kind}/{record.mechanisms[0] if record.mechanisms else 'none'}"


def deal(studies: Iterable[tuple[str, str]], seed: int = SEED) -> dict[str, str]:
    """Study id -> part, from pairs of id and stratum."""
    ordered = sorted(studies, key=lambda item: (item[1], _luck(seed, item[0])))
    return {study: (DEVELOPMENT, TEST)[i % 2] for i, (study, _) in enumerate(ordered)}


def _luck(seed: int, text: str) -> str:
    return hashlib.sha256(f"{seed}/{text}".encode()).hexdigest()


def as_csv(records: Iterable[Record], seed: int = SEED) -> str:
    """The split as the text of `split.csv`."""
    strata = {r.id: stratum(r) for r in records}
    parts = deal(strata.items(), seed)
    lines = [",".join(_COLUMNS)]
    lines += [f"{study},{parts[study]},{strata[study]},{seed}" for study in sorted(strata)]
    return "\n".join(lines) + "\n"
