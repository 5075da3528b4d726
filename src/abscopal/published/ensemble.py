"""Subjects that differ in named parameters of a published model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.published.model import FloatArray, PublishedModel


def draw(model: PublishedModel, spread: Mapping[str, float], size: int, seed: int = 0) -> dict[str, FloatArray]:
    """Log-normal values of parameters, each array (size,), around the model's own values as medians.

    Parameters
    ----------
    spread : standard deviation of the logarithm by parameter name.
    size : how many subjects.
    seed : the same seed gives the same subject the same value, whatever else varies and however many there are.

    Raises
    ------
    InputError
        A name is not a parameter, its value is not positive, or a standard deviation is negative.
    """
    problems = []
    for name, sigma in spread.items():
        if name not in model.values:
            problems.append(unknown_name("parameter", name, model.values, key="spread"))
        elif model.values[name] <= 0.0:
            problems.append(Problem(f"{name} = {model.values[name]:g} cannot vary log-normally", key="spread"))
        if not 0.0 <= sigma < 20.0:
            problems.append(Problem(f"{sigma:g} for {name}", key="spread", allowed="a number from 0 to 20"))
    if problems:
        raise InputError(problems, model.name)
    return {name: model.values[name] * np.exp(sigma * _normals(seed, name, size)) for name, sigma in spread.items()}


def _normals(seed: int, name: str, size: int) -> FloatArray:
    key = int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:16], "big")
    return np.random.Generator(np.random.Philox(key=key)).standard_normal(size)
