"""Which parameters the claims can tell anything about: by rule, against what parameters made of noise look like.

1. Parameters enter one after the other, each time the one that explains most of what is left of the log-likelihood
   (by its slope and curvature), as long as it explains more than the best of all parameters does in 95 % of
   permutations of the sets. At most `MOST` enter.
2. Each parameter, in or out, is profiled on a surface of itself and those that entered (see `surface`).
3. Dummies drawn from noise are profiled in the same way; the 95 % quantile of their fall is the noise floor.
4. A parameter is to be fitted if it entered and its profile falls by more than the floor. It is identifiable if the
   profile falls by more than the floor and 3.84 (2 Delta log L, 95 %) at both ends of its range, one-sided if at one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.calibrate import surface
from abscopal.calibrate.surface import PLACES
from abscopal.calibrate.weights import Floats

MOST = 15
CHI2 = 3.84  # 95 % of a chi-square of one degree of freedom
IDENTIFIABLE, ONE_SIDED, NOT_IDENTIFIABLE = "identifiable", "only one-sided", "not identifiable"
_PERMUTATIONS, _DUMMIES, _FOLDS, _SURE = 400, 200, 5, 0.95


@dataclass(frozen=True)
class Profile:
    """What the log-likelihood says of one parameter.

    Attributes
    ----------
    curve : fall from the maximum, 2 Delta log L, at `surface.PLACES`.
    interval : lowest and highest place with a fall below 3.84.
    share : share of the variance of the log-likelihood that the parameter explains by itself.
    entered : whether it explains more than noise.
    floor : fall that 95 % of dummies stay below.
    """

    name: str
    curve: Floats
    share: float
    entered: bool
    floor: float

    @property
    def drop(self) -> float:
        """Largest fall over the range."""
        return float(self.curve.max())

    @property
    def ends(self) -> tuple[float, float]:
        """Falls at the low and the high end of the range."""
        return float(self.curve[0]), float(self.curve[-1])

    @property
    def best(self) -> float:
        """Place of the maximum."""
        return float(PLACES[self.curve.argmin()])

    @property
    def interval(self) -> tuple[float, float]:
        """Lowest and highest place that the claims do not contradict."""
        inside = PLACES[self.curve < CHI2]
        return float(inside[0]), float(inside[-1])

    @property
    def fitted(self) -> bool:
        """Whether the rule says that it is to be fitted."""
        return self.entered and self.drop > self.floor

    @property
    def verdict(self) -> str:
        """Identifiable, only one-sided or not identifiable."""
        falls = sum(end > max(CHI2, self.floor) for end in self.ends) if self.fitted else 0
        return (NOT_IDENTIFIABLE, ONE_SIDED, IDENTIFIABLE)[falls]


@dataclass(frozen=True)
class Identified:
    """All profiles, the most telling first.

    Attributes
    ----------
    predicted : share of the variance of sets left out that a surface explains whose parameters entered without them.
    noise : 95 % quantile of the fall of dummies at `surface.PLACES`.
    """

    profiles: tuple[Profile, ...]
    predicted: float
    noise: Floats

    @property
    def fitted(self) -> tuple[str, ...]:
        """Parameters to be fitted."""
        return tuple(p.name for p in self.profiles if p.fitted)


def identify(names: Sequence[str], places: Floats, values: Floats, seed: int) -> Identified:
    """Profiles of parameters from log-likelihoods.

    Parameters
    ----------
    places : places of the sets in the declared spreads (sets, parameters).
    values : log-likelihood of each set.
    seed : of permutations and dummies.
    """
    random = np.random.default_rng(seed)
    entered = _enter(places, values, random)
    inside = places[:, entered]
    penalty = surface.choose_penalty(inside, values) if entered else np.inf
    dummies = [
        _curve(np.column_stack([inside, random.standard_normal(len(values))]), values, len(entered), penalty)
        for _ in range(_DUMMIES)
    ]
    floor = float(np.quantile([curve.max() for curve, _ in dummies], _SURE))
    found = []
    for column, name in enumerate(names):
        used = entered if column in entered else [*entered, column]
        curve, share = _curve(places[:, used], values, used.index(column), penalty)
        found.append(Profile(name, curve, share, column in entered, floor))
    found.sort(key=lambda p: (not p.fitted, not p.entered, -p.drop))
    predicted = _predicted(places, values, penalty, random)
    return Identified(tuple(found), predicted, np.quantile([c for c, _ in dummies], _SURE, axis=0))


def _predicted(places: Floats, values: Floats, penalty: float, random: np.random.Generator) -> float:
    """Share of the variance of sets left out that is predicted by what is chosen and fitted without them."""
    fold, left = np.arange(len(values)) % _FOLDS, np.empty(len(values))
    for k in range(_FOLDS):
        known, out = fold != k, fold == k
        entered = _enter(places[known], values[known], random)
        fitted = surface.fit(places[known][:, entered], values[known], penalty)
        left[out] = values[out] - fitted.at(places[out][:, entered])
    return max(0.0, 1.0 - float(np.mean(left**2)) / float(np.var(values)))


def _curve(places: Floats, values: Floats, column: int, penalty: float) -> tuple[Floats, float]:
    fitted = surface.fit(places, values, penalty)
    profile = surface.profile(fitted, column)
    z = places[:, column]
    alone = fitted.slope[column] * z + fitted.curvature[column, column] * z**2
    return np.asarray(2.0 * (profile.max() - profile)), float(np.var(alone) / np.var(values))


def _enter(places: Floats, values: Floats, random: np.random.Generator) -> list[int]:
    """Columns of the parameters that explain more than noise, in the order in which they enter."""
    entered: list[int] = []
    while len(entered) < min(MOST, places.shape[1]):
        left, bases = _left(places, values, entered)
        explained = _explained(bases, left[:, None])[:, 0]
        permuted = np.stack([random.permutation(left) for _ in range(_PERMUTATIONS)], axis=1)
        best = int(np.argmax(explained))
        if explained[best] <= np.quantile(_explained(bases, permuted).max(axis=0), _SURE):
            break
        entered.append(best)
    return entered


def _left(places: Floats, values: Floats, entered: Sequence[int]) -> tuple[Floats, Floats]:
    """What the entered parameters leave of the values; and of each parameter's slope and curvature, as a basis."""
    inside = places[:, list(entered)]
    design, _ = np.linalg.qr(np.column_stack([np.ones(len(values)), inside, inside**2]))
    left = values - design @ (design.T @ values)
    bases = np.zeros((places.shape[1], len(values), 2))
    for column in range(places.shape[1]):
        if column not in entered:
            own = np.column_stack([places[:, column], places[:, column] ** 2])
            bases[column], _ = np.linalg.qr(own - design @ (design.T @ own))
    return left, bases


def _explained(bases: Floats, values: Floats) -> Floats:
    """Sum of squares of values (sets, columns) that each parameter explains (parameters, columns)."""
    return np.asarray((np.einsum("pnk,nc->pkc", bases, values) ** 2).sum(axis=1))


def best_group(fitted: Sequence[str], places: Floats, groups: Mapping[str, Floats], seed: int) -> dict[str, str]:
    """The group of claims that says most of each parameter to be fitted.

    Parameters
    ----------
    places : places of these parameters (sets, parameters).
    groups : log-likelihood of each group of claims in each set.

    Notes
    -----
    The fall of a parameter's own component, over that of dummies in the same group: large groups are noisier too.
    """
    random = np.random.default_rng(seed)
    ratios = {}
    for group, values in groups.items():
        drops = _own_drops(surface.fit(places, values, np.inf))
        noise = [
            _own_drops(surface.fit(np.column_stack([places, random.standard_normal(len(values))]), values, np.inf))[-1]
            for _ in range(_DUMMIES)
        ]
        ratios[group] = drops / np.quantile(noise, _SURE)
    return {name: max(ratios, key=lambda group: float(ratios[group][i])) for i, name in enumerate(fitted)}


def _own_drops(found: surface.Surface) -> Floats:
    components = [found.component(i) for i in range(len(found.slope))]
    return np.array([2.0 * (c.max() - c.min()) for c in components])
