"""Scoring of the model against published experiments: probabilities of claims, baselines, `scores.json`, scoreboard.

Public names are loaded when first used, so that importing the package stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from abscopal.scoring.declarations import Effort
    from abscopal.scoring.evaluation import evaluate, evaluate_record
    from abscopal.scoring.score import Score, score_files, score_records

__all__ = ["Effort", "Score", "evaluate", "evaluate_record", "score_files", "score_records"]

_PLACES = {
    "Effort": "declarations",
    "evaluate": "evaluation",
    "evaluate_record": "evaluation",
    "Score": "score",
    "score_files": "score",
    "score_records": "score",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
