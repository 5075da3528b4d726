"""Subjects as they are when treatment begins: drawn, changed as their host is, conditioned on their tumour's volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal import cohort, engine
from abscopal.cohort.conditioning import scale_to_volume
from abscopal.errors import InputError, Problem
from abscopal.regimen import site_place
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Settings
from abscopal.study import Site

TAKE = "inoculum_take"
# Smallest factor on the inoculum that conditioning may use; the largest is to start at the target volume itself.
_SMALLEST_TAKE = 1e-5
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
    most_redraws: int = _MOST_REDRAWS,
) -> Subjects:
    """Subjects whose values are drawn by the caller; a patient anew until it can have the tumour it has.

    Parameters
    ----------
    drawn : number of the attempt -> values (subjects, parameters), host changes not applied.
    changes : changes of the host.
    most_redraws : draws of one patient that are tried before it is given up.
    """
    names = prepared.model.parameter_names
    found = given_subjects(prepared, drawn(0), changes, settings)
    if not prepared.has_tumour_by_diagnosis:
        return found
    values, possible, redraws = found.values, found.possible, found.redraws
    for attempt in range(1, most_redraws + 1):
        missing = np.flatnonzero(~possible)
        if not missing.size:
            break
        redraws[missing] += 1
        again = cohort.apply_host_changes(drawn(attempt)[missing], names, changes)
        values[missing], possible[missing] = condition(prepared, again, settings)
    return Subjects(values, possible, redraws)


def condition(prepared: Prepared, values: FloatArray, settings: Settings) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Values with the take of each inoculum scaled so that sites have their start volumes, and which could be so.

    How well a line takes in an animal is one property of both: sites without a start volume that are inoculated before
    its day get the factor of those that have one (their geometric mean), so that a tumour is not smaller for being left
    without one. A later inoculum, as of a challenge, has the cells typed. Nobody inoculated the tumours of a patient:
    each keeps its own history.

    Parameters
    ----------
    values : (subjects, parameters), host changes applied.
    """
    sites = [s for s in prepared.study.sites if s.start_volume is not None]
    if not sites:
        return values, np.ones(len(values), dtype=bool)
    names = prepared.model.parameter_names
    columns = [names.index(f"{TAKE}@{site_place(s.name)}") for s in sites]
    others = [names.index(f"{TAKE}@{site_place(s.name)}") for s in _beside(prepared)]
    targets = np.array([s.start_volume.value_mm3 for s in sites if s.start_volume is not None])
    cells = np.maximum(np.array([s.inoculum_cells for s in sites]) * values[:, columns], 1.0)
    density = values[:, [names.index("cell_density")]]
    high = np.log(1.5 * targets * density / cells)

    def scaled(log_scale: FloatArray) -> FloatArray:
        changed = values.copy()
        changed[:, columns] *= np.exp(log_scale)
        changed[:, others] *= np.exp(log_scale.mean(axis=1, keepdims=True))
        return changed

    volumes = _untreated_volumes(prepared, settings)
    scale = scale_to_volume(
        lambda log_scale: volumes(scaled(np.minimum(log_scale, high))),  # rounding where both ends agree
        targets,
        np.minimum(np.log(_SMALLEST_TAKE), high - 1.0),
        high,
    )
    return scaled(np.nan_to_num(scale, nan=0.0)), np.all(np.isfinite(scale), axis=1)


def _beside(prepared: Prepared) -> list[Site]:
    """Inoculated sites without a start volume that grow when the others have theirs."""
    sites = prepared.study.sites
    if prepared.has_tumour_by_diagnosis:
        return []
    last = max(s.start_volume.day for s in sites if s.start_volume is not None)
    return [s for s in sites if s.start_volume is None and s.inoculated_day < last]


def _untreated_volumes(prepared: Prepared, settings: Settings) -> Callable[[FloatArray], FloatArray]:
    """Values (subjects, parameters) -> volume of each site that has a start volume, untreated, on its day [mm3]."""
    conditioned = [(site_place(s.name), s.start_volume) for s in prepared.study.sites]
    starts = [(f"volume@{place}", start.day) for place, start in conditioned if start is not None]
    times = np.unique([day for _, day in starts])
    outputs = [name for name, _ in starts]

    def volumes(values: FloatArray) -> FloatArray:
        solution = engine.solve(
            prepared.model.system,
            prepared.untreated,
            values,
            times,
            start=prepared.start_day,
            outputs=outputs,
            **settings.of_engine,
        )
        found = [solution.output(name)[:, int(np.searchsorted(times, day))] for name, day in starts]
        return np.nan_to_num(np.stack(found, axis=1), nan=0.0)

    return volumes


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
    names, sites = prepared.model.parameter_names, prepared.study.sites
    columns = [names.index(f"{TAKE}@{site_place(site.name)}") for site in sites]
    return np.asarray(values[:, columns] * np.array([site.inoculum_cells for site in sites]))
