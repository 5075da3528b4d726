"""Subjects as they are when treatment begins: drawn, changed as their host is, conditioned on their tumour's volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort
from abscopal.errors import InputError, Problem
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Settings
from abscopal.simulation.start_volumes import StartVolumes, take_column

# Draws of one patient that are tried before it is given up.
_MOST_REDRAWS = 40


@dataclass(frozen=True)
class Subjects:
    """Conditioned values (subjects, parameters), which could be so, and how many draws were discarded for each."""

    values: FloatArray
    possible: NDArray[np.bool_]
    redraws: NDArray[np.int64]


def given_subjects(prepared: Prepared, values: FloatArray, changes: Sequence[str], settings: Settings) -> Subjects:
    """Subjects whose values (subjects, parameters) are given: host changes are applied, and none is drawn anew."""
    changed = cohort.apply_host_changes(values, prepared.model.parameter_names, changes)
    conditioned, possible = condition(prepared, changed, settings)
    return Subjects(conditioned, possible, np.zeros(len(values), dtype=np.int64))


def drawn_subjects(
    prepared: Prepared, changes: Sequence[str], stream: str, settings: Settings, first: int = 0, last: int | None = None
) -> Subjects:
    """The study's own subjects `first` to `last` - 1; a patient is drawn anew until it can have the tumour it has.

    An animal was inoculated, and its tumour may fail to grow: it is not drawn anew.

    Parameters
    ----------
    changes : changes of the host.
    stream : "" for the subjects that arms share; else that of an arm with subjects of its own, see `Prepared.stream`.
    """
    study = prepared.study
    size = (study.cohort.size if last is None else last) - first

    def drawn(attempt: int) -> FloatArray:
        place = f"{stream}#{attempt}" if attempt else stream
        return cohort.draw(prepared.declared, study.cohort.seed, size, first, stream=place)

    return redrawn_subjects(prepared, drawn, changes, settings)


def redrawn_subjects(
    prepared: Prepared,
    drawn: Callable[[int], FloatArray],
    changes: Sequence[str],
    settings: Settings,
    most_redraws: int | None = None,
) -> Subjects:
    """Subjects whose values are drawn by the caller; a patient anew until it can have the tumour it has.

    Parameters
    ----------
    drawn : number of the attempt -> values (subjects, parameters), host changes not applied.
    changes : changes of the host.
    most_redraws : draws of one patient that are tried before it is given up; None for as many as a run tries.
    """
    names = prepared.model.parameter_names
    found = given_subjects(prepared, drawn(0), changes, settings)
    if not prepared.has_tumour_by_diagnosis:
        return found
    values, possible, redraws = found.values, found.possible, found.redraws
    most = _MOST_REDRAWS if most_redraws is None else most_redraws
    for attempt in range(1, most + 1):
        missing = np.flatnonzero(~possible)
        if not missing.size:
            break
        redraws[missing] += 1
        again = cohort.apply_host_changes(drawn(attempt)[missing], names, changes)
        values[missing], possible[missing] = condition(prepared, again, settings)
    return Subjects(values, possible, redraws)


def condition(prepared: Prepared, values: FloatArray, settings: Settings) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Values with the take of each inoculum scaled so that sites have their start volumes, and which could be so.

    Parameters
    ----------
    values : (subjects, parameters), host changes applied.
    """
    start = StartVolumes.of(prepared)
    if start is None:
        return values, np.ones(len(values), dtype=bool)
    scale = start.scales(values, settings)
    return start.scaled(values, np.nan_to_num(scale, nan=0.0)), np.all(np.isfinite(scale), axis=1)


def median_subject(prepared: Prepared, arm: str) -> FloatArray:
    """Values (parameters,) of a subject of an arm with all parameters as declared, host changed and conditioned.

    Raises
    ------
    InputError
        It cannot have the start volume that the study gives.
    """
    medians = np.array([[p.value for p in prepared.declared.values()]])
    found = given_subjects(prepared, medians, prepared.study.host_changes(arm), Settings(threads=1))
    if not found.possible.all():
        message = f"the median subject of arm {arm!r} cannot have the start volume"
        raise InputError(Problem(message, key="sites", advice="give more cells, or an earlier inoculation"))
    return np.asarray(found.values[0])


def settled_cells(prepared: Prepared, values: FloatArray) -> FloatArray:
    """Tumour cells that a trajectory starts from at each site (subjects, sites): inoculum times take [cells]."""
    sites = prepared.study.sites
    columns = [take_column(prepared, site) for site in sites]
    return np.asarray(values[:, columns] * np.array([site.inoculum_cells for site in sites]))
