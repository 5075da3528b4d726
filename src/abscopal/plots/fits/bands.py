"""Bands of what a fit foretells: of animals with removal at the limit as in the experiment, of groups at their rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.fitting import Fit
from abscopal.fitting.baseline import own_lines
from abscopal.fitting.fitting import chosen_places
from abscopal.fitting.problem import FitProblem
from abscopal.fitting.rows import FitRow
from abscopal.measurements import VOLUME, Observation
from abscopal.regimen import site_place
from abscopal.simulation import FloatArray
from abscopal.statistics.experiments import generator
from abscopal.statistics.mixed_lines import MixedLines

_SUBJECTS = 300
# A band ends where fewer of the simulated animals than this share are left.
_LEAST_LEFT = 0.2
_LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Panel:
    """One arm's data of one observable at one place, with what is foretold of them.

    Attributes
    ----------
    rows : the observations.
    animals : whether they are of animals, or else of groups.
    days, low, middle, high : the 80 % band of values measured anew, and its median; NaN where too few are left.
    line : the baseline without mechanism, of volumes.
    """

    arm: str
    observable: str
    site: str
    rows: tuple[Observation, ...]
    animals: bool
    days: FloatArray
    low: FloatArray
    middle: FloatArray
    high: FloatArray
    line: MixedLines | None = None


def panels_of(fit: Fit) -> tuple[Panel, ...]:
    """Every arm, observable and place that was measured, in the order of the table."""
    lines = own_lines(fit.problem)
    simulated = _simulated(fit)
    found = []
    for key, rows in _groups(fit.problem).items():
        arm, observable, site, animals = key
        positions, given = [i for i, _ in rows], [row for _, row in rows]
        if animals and (arm, observable, site) in simulated:
            days, quantiles = simulated[arm, observable, site]
        else:
            days, quantiles = by_day(given, fit.evaluation.replicated[..., positions])
        line = lines.get((arm, site)) if observable == VOLUME else None
        observed = tuple(row.observation for row in given)
        low, middle, high = quantiles
        found.append(Panel(arm, observable, site, observed, animals, days, low, middle, high, line))
    return tuple(found)


def left_out_panels(problem: FitProblem, replicated: FloatArray) -> tuple[Panel, ...]:
    """Panels of an arm as a fit without it foretells its rows."""
    found = []
    for (arm, observable, site, animals), rows in _groups(problem).items():
        given = [row for _, row in rows]
        days, quantiles = by_day(given, replicated[..., [i for i, _ in rows]])
        observed = tuple(row.observation for row in given)
        low, middle, high = quantiles
        found.append(Panel(arm, observable, site, observed, animals, days, low, middle, high))
    return tuple(found)


def _groups(problem: FitProblem) -> dict[tuple[str, str, str, bool], list[tuple[int, FitRow]]]:
    found: dict[tuple[str, str, str, bool], list[tuple[int, FitRow]]] = {}
    for i, row in enumerate(problem.used):
        if row.role not in ("death", "alive"):
            o = row.observation
            found.setdefault((o.arm, o.observable, o.site, not row.is_summary), []).append((i, row))
    return found


def by_day(rows: Sequence[FitRow], replicated: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Days of some rows, and quantiles (3, days) of what they would be measured anew."""
    day_of_row = np.array([row.observation.day for row in rows])
    days = np.unique(day_of_row)
    flat = replicated.reshape(-1, len(rows))
    return days, np.stack([np.nanquantile(flat[:, day_of_row == day], _LEVELS) for day in days], axis=1)


def _simulated(fit: Fit) -> dict[tuple[str, str, str], tuple[FloatArray, FloatArray]]:
    """Band of every arm and site: animals that are measured with error on the days of the data, and taken out.

    An animal is out after the first day on which its measured volume is at the study's limit.
    """
    p = fit.problem
    sites = [site.name for site in p.prepared.study.sites]
    rows = [row for row in p.used if row.observation.observable == VOLUME and not row.is_summary]
    if not rows or not any(row.role != "death" for row in rows):
        return {}
    days = np.unique([row.observation.day for row in rows])
    outputs = [f"{VOLUME}@{site_place(site)}" for site in sites]
    arms = list(dict.fromkeys(row.observation.arm for row in rows))
    found = fit.predict(p.prepared, days, outputs, _SUBJECTS, "new", arms)
    rule, cv = p.prepared.study.endpoints.survival, _volume_errors(fit)
    bands = {}
    for arm in arms:
        noise = generator(fit.seed, f"measured anew in {arm}").standard_normal(found[arm].shape)
        measured = found[arm] * np.exp(cv[:, None, None] * noise)
        judged = {"any": measured.max(axis=2), "total": measured.sum(axis=2)}
        of_limit = judged[rule.of] if rule.of in judged else measured[..., sites.index(rule.of)]
        reached = np.cumsum(of_limit >= rule.volume_limit_mm3, axis=1) > 0
        out = np.concatenate([np.zeros((len(reached), 1), bool), reached[:, :-1]], axis=1)
        out |= np.isnan(measured.reshape(len(measured), -1)).any(axis=1, keepdims=True)
        for s, site in enumerate(sites):
            left = np.where(out, np.nan, measured[..., s])
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)
                quantiles = np.nanquantile(left, _LEVELS, axis=0)
            bands[arm, VOLUME, site] = days, np.where((~out).mean(axis=0) < _LEAST_LEFT, np.nan, quantiles)
    return bands


def _volume_errors(fit: Fit) -> FloatArray:
    """Coefficient of variation of a measured volume, for each simulated animal."""
    items = fit.problem.shared_coordinates
    places = chosen_places(fit.draws, _SUBJECTS, "new", fit.seed)
    for i, item in enumerate(items):
        if item.name == f"cv_{VOLUME}":
            return np.asarray(item.value(places[:, i]))
    return np.zeros(_SUBJECTS)
