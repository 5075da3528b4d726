"""Start volumes of a study: the take of each inoculum is scaled until sites have them, untreated, on their day.

How well a line takes in an animal is one property of both: sites without a start volume that are inoculated before its
day get the factor of those that have one (their geometric mean), so that a tumour is not smaller for being left without
one. A later inoculum, as of a challenge, has the cells typed. Nobody inoculated the tumours of a patient: each keeps
its own history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal import engine
from abscopal.cohort.conditioning import near_volume, scale_to_volume
from abscopal.regimen import site_place
from abscopal.simulation.prepared import Prepared
from abscopal.simulation.settings import FloatArray, Settings
from abscopal.study import Site

TAKE = "inoculum_take"
# Smallest factor on the inoculum that conditioning may use; the largest is to start at the target volume itself.
_SMALLEST_TAKE = 1e-5


def take_column(prepared: Prepared, site: Site) -> int:
    """Position of the take of a site's inoculum among the parameters."""
    return prepared.model.parameter_names.index(f"{TAKE}@{site_place(site.name)}")


@dataclass(frozen=True)
class StartVolumes:
    """The sites of a study that have a start volume, and the sites that share their factor.

    Attributes
    ----------
    columns, others : positions of the takes of the sites with a start volume, and of those beside them.
    targets_mm3, days : volume asked for, and its day (sites,).
    cells : cells typed (sites,).
    """

    prepared: Prepared
    columns: tuple[int, ...]
    others: tuple[int, ...]
    targets_mm3: FloatArray
    days: FloatArray
    cells: FloatArray

    @staticmethod
    def of(prepared: Prepared) -> StartVolumes | None:
        """Those of a study; None where no site has one."""
        found = [(site, site.start_volume) for site in prepared.study.sites if site.start_volume is not None]
        if not found:
            return None
        return StartVolumes(
            prepared,
            tuple(take_column(prepared, site) for site, _ in found),
            tuple(take_column(prepared, site) for site in _beside(prepared)),
            np.array([start.value_mm3 for _, start in found]),
            np.array([start.day for _, start in found]),
            np.array([site.inoculum_cells for site, _ in found]),
        )

    @property
    def outputs(self) -> tuple[str, ...]:
        """The outputs that are the volumes of the sites."""
        names = self.prepared.model.parameter_names
        return tuple(f"volume@{names[column].partition('@')[2]}" for column in self.columns)

    def scaled(self, values: FloatArray, log_scale: FloatArray) -> FloatArray:
        """Values (subjects, parameters) with takes changed by factors of these logs (subjects, sites)."""
        changed = values.copy()
        changed[:, list(self.columns)] *= np.exp(log_scale)
        changed[:, list(self.others)] *= np.exp(log_scale.mean(axis=1, keepdims=True))
        return changed

    def volumes(self, values: FloatArray, settings: Settings) -> FloatArray:
        """Volume of each site, untreated, on its day (subjects, sites) [mm3]; 0 where it could not be solved."""
        return np.nan_to_num(self._on_days(self._solved(values, settings).outputs), nan=0.0)

    def tangents(self, values: FloatArray, columns: Sequence[int], settings: Settings) -> tuple[FloatArray, FloatArray]:
        """The volumes (subjects, sites), and their derivatives by some parameters (subjects, sites, columns)."""
        names = [p.name for p in self.prepared.model.system.parameters]
        solution = self._solved(values, settings, wrt=[names[column] for column in columns])
        return self._on_days(solution.outputs), self._on_days(np.asarray(solution.sensitivities))

    def _solved(self, values: FloatArray, settings: Settings, wrt: Sequence[str] | None = None) -> engine.Solution:
        return engine.solve(
            self.prepared.model.system,
            self.prepared.untreated,
            values,
            np.unique(self.days),
            start=self.prepared.start_day,
            outputs=list(self.outputs),
            wrt=wrt,
            **settings.of_engine,
        )

    def _on_days(self, found: FloatArray) -> FloatArray:
        """Of an array (subjects, days, sites ...), each site on its own day."""
        place = np.searchsorted(np.unique(self.days), self.days)
        return np.stack([found[:, place[i], i] for i in range(len(place))], axis=1)

    def scales(self, values: FloatArray, settings: Settings) -> FloatArray:
        """Log-factors (subjects, sites) at which the sites have their volumes; NaN where none does."""
        high = self._highest(values)
        return scale_to_volume(
            # rounding where both ends agree
            lambda log_scale: self.volumes(self.scaled(values, np.minimum(log_scale, high)), settings),
            self.targets_mm3,
            np.minimum(np.log(_SMALLEST_TAKE), high - 1.0),
            high,
        )

    def scales_near(self, values: FloatArray, guess: FloatArray, settings: Settings) -> FloatArray:
        """As `scales`, from a guess (subjects, sites): a few solves where it is near."""
        high = self._highest(values)
        low = np.minimum(np.log(_SMALLEST_TAKE), high - 1.0)
        found, near = near_volume(
            lambda log_scale: self.volumes(self.scaled(values, np.clip(log_scale, low, high)), settings),
            self.targets_mm3,
            np.clip(guess, low, high),
        )
        good = (near & (found >= low) & (found <= high)).all(axis=1)
        if not good.all():
            found[~good] = self.scales(values[~good], settings)
        return found

    def _highest(self, values: FloatArray) -> FloatArray:
        density = values[:, [self.prepared.model.parameter_names.index("cell_density")]]
        typed: NDArray[np.float64] = np.maximum(self.cells * values[:, list(self.columns)], 1.0)
        return np.asarray(np.log(1.5 * self.targets_mm3 * density / typed))


def _beside(prepared: Prepared) -> list[Site]:
    """Inoculated sites without a start volume that grow when the others have theirs."""
    sites = prepared.study.sites
    if prepared.has_tumour_by_diagnosis:
        return []
    last = max(s.start_volume.day for s in sites if s.start_volume is not None)
    return [s for s in sites if s.start_volume is None and s.inoculated_day < last]
