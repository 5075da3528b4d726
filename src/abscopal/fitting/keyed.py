"""Random numbers keyed by a seed and what they are for: a fit that goes on draws what it would have drawn."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, *what: object) -> np.random.Generator:
    """The generator of a seed and a purpose; the same in every process."""
    text = "/".join(str(part) for part in (seed, *what))
    key = int.from_bytes(hashlib.sha256(f"fit/{text}".encode()).digest()[:16], "little")
    return np.random.Generator(np.random.Philox(key=key))
