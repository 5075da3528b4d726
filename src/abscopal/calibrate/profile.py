"""Profile likelihood of every parameter: `python -m abscopal.calibrate.profile -o DIR`. Some five minutes on two cores.

All parameters with a declared uncertainty are drawn from it; each set's log-likelihood of the verified
claims of the development split, in one pass per record, is what `identifying` works on. Finished parts are kept in
DIR; the same command goes on where it stopped. At the end DIR holds `profile.csv` (a row per parameter),
`profile_curves.csv` and `profile.json`; the parameters to be fitted, by stage, are printed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from abscopal import parameters
from abscopal.calibrate.identifiability import Identified, best_group, identify
from abscopal.calibrate.likelihood import chances_of, claims_of, log_likelihood
from abscopal.calibrate.stages import declared, development, every_claim, stages
from abscopal.calibrate.surface import PLACES
from abscopal.calibrate.weights import Floats
from abscopal.evidence import Record, catalogue, convert
from abscopal.model.fingerprint import model_hash
from abscopal.module_commands import arguments_of, exit_code, tell
from abscopal.pipeline import prepare
from abscopal.scoring.declarations import Effort, defaults_id
from abscopal.scoring.parameter_sets import uncertainty_places
from abscopal.storage.checkpoints import in_parts, write_table
from abscopal.storage.files import write_whole
from abscopal.storage.folders import check_folder

NO_STAGE = "claims of no stage"
_SEED, _BLOCK, _SETS = 20261129, 128, 768
Chances = Mapping[str, Mapping[str, Floats]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Computes what is not there yet, and writes the tables."""
    parser = arguments_of("abscopal.calibrate.profile", __doc__, "where parts and tables are kept")
    parser.add_argument("--sets", type=int, default=_SETS, help=f"parameter sets, rounded up to blocks of {_BLOCK}")
    given = parser.parse_args(arguments)
    records, blocks = development(catalogue()), -(-given.sets // _BLOCK)

    def run() -> None:
        check_folder(given.folder)
        chances = chances_of_all(records, blocks, _BLOCK, given.folder / "parts.jsonl", given.processes)
        write(records, chances, blocks, _BLOCK, given.folder)

    return exit_code(run)


def chances_of_all(
    records: Sequence[Record], blocks: int, block: int, file: Path, processes: int
) -> dict[str, dict[str, Floats]]:
    """Chance of what was published in each set, by study and claim; a block of sets of one record is one part."""
    parts = {f"{record.id}/{k}": (record, k, block) for k in range(blocks) for record in records}
    about = {"model": model_hash(), "score": defaults_id(), "block": block, "effort": declared()["effort"]}
    found = in_parts(_part, parts, file, about, processes, tell)
    return {
        record.id: {
            claim: np.concatenate([np.array(found[f"{record.id}/{k}"][claim], float) for k in range(blocks)])
            for claim in found[f"{record.id}/0"]
        }
        for record in records
        if found[f"{record.id}/0"]
    }


def _part(record: Record, block: int, sets: int) -> dict[str, list[float]]:
    effort = Effort(sets=sets, seed=_SEED + block, **declared()["effort"])
    return {claim: chance.tolist() for claim, chance in chances_of(record, every_claim(), effort).items()}


def candidates(records: Iterable[Record]) -> list[str]:
    """Shared parameters with an uncertainty that a study of these records uses."""
    found: dict[str, None] = {}
    for record in records:
        for conversion in convert(record):
            if conversion.study is not None:
                known = prepare(conversion.study).declared
                found |= dict.fromkeys(n for n, item in known.items() if item.spread.uncertainty.varies(item.value))
    return sorted(name for name in found if "@" not in name)


def write(records: Sequence[Record], chances: Chances, blocks: int, block: int, folder: Path) -> None:
    """The tables of the profiles, and the suggestion for `stages.yaml` on stdout."""
    used = [record for record in records if record.id in chances]
    names = candidates(used)
    places = np.concatenate([uncertainty_places(names, block, _SEED + k) for k in range(blocks)])
    groups = _groups(used, chances)
    total = _log_likelihood(chances)
    found = identify(names, places, total, _SEED)
    columns = [names.index(name) for name in found.fitted]
    stage_of = best_group(found.fitted, places[:, columns], groups, _SEED)
    _write_table(folder / "profile.csv", found, stage_of)
    _write_curves(folder / "profile_curves.csv", found)
    suggested = {group: [name for name in found.fitted if stage_of[name] == group] for group in groups}
    told = {
        "model_hash": model_hash(),
        "sets": blocks * block,
        "studies": len(chances),
        "claims": sum(map(len, chances.values())),
        "parameters": len(names),
        "log_likelihood_sd": round(float(total.std()), 2),
        "predicted_share": round(found.predicted, 3),
        "noise_floor": round(found.profiles[0].floor, 2),
        "suggested": suggested,
    }
    write_whole(folder / "profile.json", json.dumps(told, indent=1) + "\n")
    for group, fitted in suggested.items():
        print(f"{group} -> [{', '.join(fitted)}]")


def _groups(records: Iterable[Record], chances: Chances) -> dict[str, Floats]:
    """Log-likelihood of the claims of each stage, and of those that no stage uses."""
    among = stages()
    homes = {record.id: claims_of(record, among) for record in records}
    found = {}
    for group in (*(stage.name for stage in among), NO_STAGE):
        own = {
            study: {claim: c for claim, c in claims.items() if homes[study].get(claim, NO_STAGE) == group}
            for study, claims in chances.items()
        }
        if any(own.values()):
            found[group] = _log_likelihood(own)
    return found


def _log_likelihood(chances: Chances) -> Floats:
    rule = declared()
    rows = [log_likelihood(list(c.values()), rule["lapse"], rule["most_claims"]) for c in chances.values() if c]
    return np.asarray(np.sum(rows, axis=0))


def _write_table(file: Path, found: Identified, stage_of: Mapping[str, str]) -> None:
    rows = []
    for p in found.profiles:
        item = parameters.shared()[p.name]
        low, high = p.interval
        row: dict[str, Any] = {
            "parameter": p.name,
            "value": item.value,
            "unit": item.unit,
            "uncertainty": round(item.spread.uncertainty.variation(item.value), 4),
            "distribution": item.spread.uncertainty.family,
            "drop": round(p.drop, 2),
            "drop_low": round(p.ends[0], 2),
            "drop_high": round(p.ends[1], 2),
            "floor": round(p.floor, 2),
            "best": p.best,
            "low": low,
            "high": high,
            "share": round(p.share, 4),
            "entered": p.entered,
            "verdict": p.verdict,
            "fitted": p.fitted,
            "stage": stage_of.get(p.name, ""),
        }
        rows.append(row)
    write_table(file, list(rows[0]), rows)


def _write_curves(file: Path, found: Identified) -> None:
    curves = {**{p.name: p.curve for p in found.profiles}, "noise": found.noise}
    rows = (
        {"parameter": name, "place": float(place), "fall": round(float(fall), 3)}
        for name, curve in curves.items()
        for place, fall in zip(PLACES, curve, strict=True)
    )
    write_table(file, ["parameter", "place", "fall"], rows)


if __name__ == "__main__":
    sys.exit(main())
