"""The battery as a document: every row with its range, source and what the model gives."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from abscopal.evidence.battery import Battery, battery
from abscopal.model.fingerprint import model_hash
from abscopal.scoring.battery.summary import RowSummary, ends, summarise, totals
from abscopal.storage.files import save_together
from abscopal.storage.json_text import json_text
from abscopal.version import __version__

FILE = "battery.json"


def battery_document(values: Any, *, animals: int, seed: int, of: Battery | None = None) -> dict[str, Any]:
    """Plain content of `battery.json`.

    Parameters
    ----------
    values : table of row id by set, of `simulate`.
    animals, seed : with which it was simulated.
    """
    whole = of or battery()
    summaries = summarise(values, animals, whole)
    found = totals(summaries, values, animals)
    return {
        "schema_version": 1,
        "abscopal": __version__,
        "model": model_hash(),
        "sets": len(values.columns),
        "animals": animals,
        "seed": seed,
        "totals": {
            "counted": found.counted,
            "in_range_by_median": found.by_median,
            "in_range_by_interval": found.by_interval,
            "mean_share_of_sets_in_range": found.mean_share,
            "flagship_share_of_sets": found.flagship,
        },
        "rules": dict(whole.rules),
        "rows": _rows(whole, summaries, animals),
    }


def _rows(whole: Battery, summaries: Sequence[RowSummary], animals: int) -> list[dict[str, Any]]:
    return [
        {
            "id": one.row.id,
            "fact": one.row.fact,
            "species": whole.species(one.row),
            "line": one.row.line,
            "setting": one.row.setting,
            "treatment": one.row.treatment,
            "against": one.row.against,
            "readout": dict(one.row.readout),
            "unit": one.row.unit,
            "published": {
                "low": one.row.low,
                "high": one.row.high,
                "value": one.row.value,
                "n": one.row.n,
                "rule": one.row.rule,
                "resolution": one.row.low - ends(one.row, animals)[0],
            },
            "source": {"kind": one.row.source.kind, "cite": one.row.source.cite, "where": one.row.source.where},
            "counted": one.row.counted,
            "claim": one.row.claim,
            "flagship": one.row.flagship,
            "model": {"median": one.median, "q10": one.low, "q90": one.high, "share_in_range": one.share},
            "in_range": one.in_range,
            "interval_meets": one.interval_meets,
        }
        for one in summaries
    ]


def save(document: dict[str, Any], folder: Path) -> Path:
    """Write `battery.json` into a folder.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    return save_together(folder, {FILE: json_text(document) + "\n"})
