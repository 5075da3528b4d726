"""The open measured data of mice as records: `python -m abscopal.calibrate.open_data --part development -o DIR`.

Reads the sets where they lie (`--data`, default `../shared/data/quant`) and writes one record per study, line and host
into DIR, never committed; `abscopal score DIR/*.yaml` then scores them. `--learn` writes the tables of the empirical
baselines instead, from the development part alone. `--summary SCORES.json` tells a score of such records beside the
baselines, learnt without the study that they are asked about.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abscopal.calibrate.open_learning import measured_correlation, study_of, survival_facts, volume_facts
from abscopal.calibrate.open_summary import summary_text
from abscopal.calibrate.open_survival import split_of_part, survival_records
from abscopal.calibrate.open_volumes import volume_records
from abscopal.errors import InputError, Problem
from abscopal.evidence import Record, read_record
from abscopal.module_commands import exit_code, parser_of
from abscopal.scoring.empirical import as_csv, table_of
from abscopal.storage.files import save_together
from abscopal.storage.folders import check_folder

PARTS = ("development", "test")
_USUAL = Path("..") / "shared" / "data" / "quant"


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes records, learns the baselines, or tells a score."""
    parser = parser_of("abscopal.calibrate.open_data", __doc__)
    parser.add_argument("--part", choices=PARTS, default=PARTS[0], help="part of the committed split")
    parser.add_argument("-o", dest="folder", type=Path, help="folder of the records, or of the learnt tables")
    parser.add_argument("--data", type=Path, default=_USUAL, help="folder of the open sets")
    parser.add_argument("--learn", action="store_true", help="learn the empirical baselines from the development part")
    parser.add_argument("--summary", type=Path, metavar="SCORES.json", help="tell a score of these records")
    return exit_code(lambda: _run(parser.parse_args(arguments)))


def _run(given: argparse.Namespace) -> None:
    if given.summary is not None:
        print(_summary(given.data, given.part, given.summary), end="")
    elif given.folder is None:
        raise InputError(Problem("no folder is given", allowed="-o DIR", advice="add -o DIR"))
    elif given.learn:
        _learn(given.data, given.folder)
    else:
        files = record_texts(given.data, given.part)
        check_folder(given.folder, tuple(files))
        save_together(given.folder, files)
        print(f"{len(files)} records of the {given.part} part in {given.folder}", file=sys.stderr)


def record_texts(data: Path, part: str) -> dict[str, str]:
    """File name -> text of every record of a part.

    Raises
    ------
    InputError
        A table is not there.
    """
    studies = split_of_part(part)
    records = [*survival_records(data, studies), *volume_records(data, studies)]
    return {f"{record['id']}.yaml": _text(record) for record in records}


def _text(record: Mapping[str, Any]) -> str:
    """A record as YAML: JSON on a line of its own for each key, arm and result."""
    lines = []
    record = _whole(record)
    for key, value in record.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines += [f"{key}:", *(f"- {json.dumps(item, ensure_ascii=False)}" for item in value)]
        else:
            lines.append(f"{key}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def _whole(value: Any) -> Any:
    """The same with whole numbers written as such, as people write days."""
    if isinstance(value, Mapping):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_part(data: Path, part: str) -> list[Record]:
    """The records of a part, read and checked as any other."""
    with tempfile.TemporaryDirectory() as folder:
        found = []
        for name, text in record_texts(data, part).items():
            path = Path(folder) / name
            path.write_text(text, encoding="utf-8")
            found.append(read_record(path))
    return found


def _learn(data: Path, folder: Path) -> None:
    records = read_part(data, PARTS[0])
    survival = survival_facts(records)
    facts = [*survival, *volume_facts(records, data)]
    animals: dict[str, int] = {}
    for fact in facts:
        of_arm = len(fact.days) or max((len(v) for v in (fact.volumes or {}).values()), default=0)
        animals[fact.study] = animals.get(fact.study, 0) + of_arm
    listed = "study,animals\n" + "".join(f"{study},{n}\n" for study, n in sorted(animals.items()))
    check_folder(folder)
    save_together(folder, {"empirical.csv": as_csv(table_of(facts)), "empirical_studies.csv": listed})
    for correlation, log in measured_correlation(records, survival).items():
        print(f"correlation between studies {correlation:.2f}: log chance per arm {log:.3f}", file=sys.stderr)


def _summary(data: Path, part: str, scores: Path) -> str:
    records = read_part(data, part)
    facts_from = records if part == PARTS[0] else read_part(data, PARTS[0])
    facts = [*survival_facts(facts_from), *volume_facts(facts_from, data)]
    try:
        document = json.loads(scores.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = Problem(f"{scores} is no scores.json: {error}", advice="name one that abscopal score wrote")
        raise InputError(problem) from None
    return summary_text({record.id: record for record in records}, facts, document, study_of)


if __name__ == "__main__":
    sys.exit(main())
