"""What a fit has computed so far, on disk: after a kill the same call goes on, and loses at most one sweep."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from abscopal.errors import InputError, Problem
from abscopal.storage.drafts import writing
from abscopal.storage.files import whole_file

FILE = ".fit-progress.npz"


class FitNotes:
    """Arrays by name in one file of a folder, written whole, with the key of the fit they belong to.

    Parameters
    ----------
    key : hash of what decides the fit: model, data, choice, effort, seed and version.
    resume : whether to go on from what the file holds; else it is begun anew.
    """

    def __init__(self, folder: Path, key: str, resume: bool) -> None:
        self.file, self.key = folder / FILE, key
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.held: dict[str, Any] = self._read() if resume else {}

    def keep(self, arrays: Mapping[str, Any]) -> None:
        """Add arrays, or replace those of the same names, and write all. Raises InputError where it cannot."""
        self.held.update({name: np.asarray(value) for name, value in arrays.items()})
        with whole_file(self.file) as file:
            np.savez(file, key=np.array(self.key), seal=np.array(_seal(self.key, self.held)), **self.held)

    def done(self) -> None:
        """Take the file away: the fit is kept elsewhere."""
        self.file.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        """What the file holds; nothing if it is not there or damaged."""
        try:
            with self.file.open("rb") as file, np.load(file, allow_pickle=False) as data:
                held = {name: data[name] for name in data.files}
            key, seal = str(held.pop("key")), str(held.pop("seal"))
        except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error, NotImplementedError, RuntimeError):
            return {}
        if seal != _seal(key, held):
            return {}
        if key != self.key:
            message = f"{self.file} holds a fit of another model, data, choice, effort or seed"
            raise InputError(Problem(message, "folder", advice="choose another folder, or leave out --resume"))
        return held


def _seal(key: str, arrays: Mapping[str, Any]) -> str:
    """Hash of what a file holds, so that a damaged one is known."""
    digest = hashlib.sha256(key.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
