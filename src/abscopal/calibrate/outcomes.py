"""What was measured of an arm, what a set predicts of it, and their difference in standard errors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.calibrate.ensemble import Floats
from abscopal.calibrate.pool import PoolArm

# Between-study standard deviations that no parameter explains: of the arcsine of the root of a share alive; of the
# logarithm of an untreated median (growth of one line differs so much between experiments), and of a ratio to it.
STUDY_SHARE, STUDY_LOG_DAYS, STUDY_RATIO = 0.12, 0.3, 0.15
# Standard deviation of log survival between animals, for the error of a median of n.
_ANIMALS_LOG_DAYS = 0.3
# A median that was not reached is taken as this multiple of the follow-up, observed and predicted alike.
_BEYOND = 1.15
_EARLIEST_DAY = 3.0
_FAILED_MM3 = 1e9


@dataclass(frozen=True)
class ArmComparison:
    """Data of many arms beside the predictions of many sets.

    Attributes
    ----------
    names : names of the data, `alive|ARM`, and `median|ARM` or `gain|ARM`.
    arms : arm of each datum.
    observed, error : arrays (data,) on the transformed scale.
    predicted : array (sets, data).
    """

    names: tuple[str, ...]
    arms: tuple[PoolArm, ...]
    observed: Floats
    error: Floats
    predicted: Floats

    @property
    def misfit(self) -> Floats:
        """Observed less predicted, in standard errors (sets, data)."""
        return (self.observed - self.predicted) / self.error


def survival_days(days: Floats, volumes: Floats, limit_mm3: float, follow_up: float) -> Floats:
    """Day on which a volume passes the limit, log-linear between records; infinite where it does not by `follow_up`.

    volumes : array (..., days) [mm3]; a trajectory that failed counts as passed.
    """
    volumes = np.nan_to_num(volumes, nan=_FAILED_MM3, posinf=_FAILED_MM3)
    passed = volumes > limit_mm3
    after = np.clip(passed.argmax(axis=-1), 1, None)
    high = np.log(np.maximum(np.take_along_axis(volumes, after[..., None], -1)[..., 0], 1e-3))
    low = np.log(np.maximum(np.take_along_axis(volumes, after[..., None] - 1, -1)[..., 0], 1e-3))
    share = np.clip((math.log(limit_mm3) - low) / np.maximum(high - low, 1e-6), 0.0, 1.0)
    found = days[after - 1] + share * (days[after] - days[after - 1])
    return np.where(passed.any(axis=-1) & (found <= follow_up), found, np.inf)


def stable_share(alive: Floats | int, of: int) -> Floats:
    """Arcsine of the root of a share, whose standard deviation is 1/(2 sqrt n) whatever the share (Anscombe 1948)."""
    return np.asarray(np.arcsin(np.sqrt((np.asarray(alive, dtype=float) + 0.375) / (of + 0.75))))


def compared(arms: Sequence[PoolArm], solved: Mapping[str, tuple[Floats, Floats]], animals: int) -> ArmComparison:
    """Share alive at the end of follow-up and median survival of every measured arm.

    A treated arm's median is compared as its ratio to that of the untreated arms of its study and line: how fast a line
    grows differs by a factor of two between experiments of one laboratory, what a treatment adds much less.
    """
    read = {arm.name: _read(arm, solved[arm.name]) for arm in arms}
    rows = []
    for arm in arms:
        mice, died = read[arm.name]
        n, lived = len(mice), int(np.isinf(mice).sum())
        error = math.sqrt(0.25 / (n + 0.75) + 0.125 / animals + STUDY_SHARE**2)
        predicted = stable_share(np.isinf(died).sum(axis=-1), animals)
        rows.append(("alive|" + arm.name, arm, float(stable_share(lived, n)), error, predicted))
        beside = [other for other in arms if _control_of(arm, other)]
        of_control = float(np.mean([_median(arm, read[other.name][0]) for other in beside])) if beside else 0.0
        of_simulated = np.mean([_median(arm, read[other.name][1]) for other in beside], axis=0) if beside else 0.0
        between = STUDY_RATIO if beside else STUDY_LOG_DAYS
        error = math.hypot(between, _ANIMALS_LOG_DAYS * math.sqrt(1.0 / n + (1.0 / n if beside else 0.0)))
        observed, predicted = float(_median(arm, mice)) - of_control, _median(arm, died) - of_simulated
        rows.append((("gain|" if beside else "median|") + arm.name, arm, observed, error, predicted))
    names, of, seen, errors, found = zip(*rows, strict=True)
    return ArmComparison(names, of, np.array(seen), np.array(errors), np.stack(found, axis=-1))


def _read(arm: PoolArm, solved: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Days of death of the mice (mice,) and of the simulated animals (sets, animals); infinite for those that lived."""
    died = survival_days(*solved, arm.limit, arm.follow_up)
    mice = [day if dead else np.inf for day, dead in zip(arm.measured.days, arm.measured.died, strict=True)]
    return np.array(mice), died


def _median(arm: PoolArm, days: Floats) -> Floats:
    """Logarithm of median survival; one that was not reached is as if it lay just beyond the follow-up."""
    return np.asarray(np.log(np.clip(np.median(days, axis=-1), _EARLIEST_DAY, _BEYOND * arm.follow_up)))


def _control_of(arm: PoolArm, other: PoolArm) -> bool:
    ours, theirs = arm.measured, other.measured
    if not ours.courses or theirs.courses:
        return False
    return (ours.study, arm.line, ours.cells) == (theirs.study, other.line, theirs.cells)
