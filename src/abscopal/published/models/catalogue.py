"""The published models that abscopal carries, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module

from abscopal.errors import InputError, unknown_name
from abscopal.model.language import AssembledModel
from abscopal.published.model import PublishedModel
from abscopal.published.models.loading import published, read_data

NAMES = ("Friedrich2022", "Hanson2016", "Kimmel2021", "Kosinsky2018", "Kuznetsov1994")


@cache
def load_published(name: str) -> PublishedModel:
    """A re-implemented model by its name, such as `Kosinsky2018`.

    Raises
    ------
    InputError
        There is no such model; with the nearest names.
    """
    found = {n.lower(): n for n in NAMES}.get(name.lower())
    if found is None:
        raise InputError(unknown_name("published model", name, NAMES))
    module = import_module(f"abscopal.published.models.{found.lower()}")
    assemble: Callable[[], AssembledModel] = module.assemble
    return published(found, assemble())


def titles() -> Mapping[str, str]:
    """Name and title of every model, without building it."""
    return {name: str(read_data(name)["title"]) for name in NAMES}
