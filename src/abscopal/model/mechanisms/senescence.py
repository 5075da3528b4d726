"""Senescence: not written yet."""

from __future__ import annotations

from abscopal.model.language import Model
from abscopal.model.plan import Plan


def declare(model: Model, plan: Plan) -> None:
    """Nothing yet."""


def connect(model: Model, plan: Plan) -> None:
    """Nothing yet."""
