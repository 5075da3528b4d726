"""Problems with a known answer, and a study that is solved in no time: a tumour that grows and is killed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from abscopal import fitting, pipeline
from abscopal.fitting.arrow import Arrow
from abscopal.fitting.likelihood import Expansion, StudyLikelihood
from abscopal.measurements import Measurements, Observation
from abscopal.model import MECHANISMS
from abscopal.simulation import Settings

KEPT = ("growth", "cell_kill")
SHARED = ("doubling_time", "alpha_photon")
DAYS = (1.0, 4.0, 7.0, 10.0, 13.0, 16.0)
ONE_THREAD = Settings(threads=1)


class LinearGaussian:
    """y_g = X_g theta + Z_g eta_g + noise: the posterior is a Gaussian that is known."""

    def __init__(self, animals: int = 5, k: int = 2, d: int = 4, common: int = 3, noise: float = 0.5) -> None:
        random = np.random.default_rng(0)
        self.size, self.animals, self.individual, self.noise, values = d, animals, k if animals else 0, noise, 6
        self.x, self.z = random.standard_normal((animals, values, d)), random.standard_normal((animals, values, k))
        self.y = 2.0 * random.standard_normal((animals, values))
        self.common, self.y_common = random.standard_normal((common, d)), 2.0 * random.standard_normal(common)
        if not animals:
            self.z = np.zeros((0, values, 0))

    def _residuals(self, theta: Any, eta: Any) -> tuple[Any, Any]:
        own = self.y - np.einsum("gnd,pd->pgn", self.x, theta) - np.einsum("gnk,pgk->pgn", self.z, eta)
        return own, self.y_common - theta @ self.common.T

    def groups(self, theta: Any, eta: Any) -> Any:
        own, common = self._residuals(theta, eta)
        scaled = [-0.5 * (own**2).sum(-1), -0.5 * (common**2).sum(-1, keepdims=True)]
        return np.concatenate(scaled, axis=1) / self.noise**2

    def expansion(self, theta: Any, eta: Any) -> Expansion:
        own, common = (r / self.noise**2 for r in self._residuals(theta, eta))
        shared = (np.einsum("gni,gnj->ij", self.x, self.x) + self.common.T @ self.common) / self.noise**2
        cross = np.einsum("gni,gnj->gij", self.x, self.z) / self.noise**2
        inner = np.einsum("gni,gnj->gij", self.z, self.z) / self.noise**2
        curvature = Arrow(*(np.repeat(block[None], len(theta), 0) for block in (shared, cross, inner)))
        by_theta = np.einsum("gnd,pgn->pd", self.x, own) + common @ self.common
        by_eta = np.einsum("gnk,pgn->pgk", self.z, own)
        return Expansion(self.groups(theta, eta).sum(1), by_theta, by_eta, curvature)

    def exact(self) -> tuple[Any, Any]:
        """Mean and covariance of all coordinates, animal after animal."""
        d, k = self.size, self.individual
        rows = [np.concatenate([self.common, np.zeros((len(self.common), self.animals * k))], axis=1)]
        for g in range(self.animals):
            row = np.zeros((self.x.shape[1], d + self.animals * k))
            row[:, :d], row[:, d + g * k : d + (g + 1) * k] = self.x[g], self.z[g]
            rows.append(row)
        design, values = np.concatenate(rows), np.concatenate([self.y_common, self.y.ravel()])
        covariance = np.linalg.inv(np.eye(design.shape[1]) + design.T @ design / self.noise**2)
        return covariance @ design.T @ values / self.noise**2, covariance


@pytest.fixture
def linear() -> type[LinearGaussian]:
    return LinearGaussian


@dataclass(frozen=True)
class Bench:
    """A small study, and tables of what its animals would show."""

    prepared: Any

    def problem(
        self, rows: Any, individual: tuple[str, ...] = (), shared: tuple[str, ...] = SHARED, **more: Any
    ) -> Any:
        choice = fitting.FitChoice(shared, individual, **more)
        return fitting.problem_of(self.prepared, Measurements(tuple(rows), name="made"), choice, ONE_THREAD)

    def rows(self, animals: int, days: Any = DAYS, arms: tuple[str, ...] = ("control", "x")) -> list[Observation]:
        return [
            Observation(arm, f"{arm}-{i}", "primary", day, "volume", 100.0)
            for arm in arms
            for i in range(animals)
            for day in days
        ]

    def measured(
        self,
        rows: Any,
        theta: Any,
        *,
        cv: float = 0.1,
        seed: int = 0,
        individual: tuple[str, ...] = (),
        spread: float = 1.0,
        shared: tuple[str, ...] = SHARED,
    ) -> list[Observation]:
        """The rows with what animals of these shared places show, read with this error."""
        problem = self.problem(rows, individual, shared)
        random = np.random.default_rng(seed)
        likelihood = StudyLikelihood(problem)
        eta = spread * random.standard_normal((1, likelihood.animals, likelihood.individual))
        places = np.concatenate([theta, np.zeros(len(problem.errors))])[None]
        features, _ = likelihood.features(places, eta)
        values = np.exp(features[0, :, 0] + cv * random.standard_normal(len(problem.used)))
        used = [row.observation for row in problem.used]
        return [
            Observation(o.arm, o.animal, o.site, o.day, o.observable, float(v), n=o.n, statistic=o.statistic, sd=o.sd)
            for o, v in zip(used, values, strict=True)
        ]


@pytest.fixture(scope="session")
def bench(lab: Any) -> Bench:
    study = lab.study("CT26", {"x": lab.x_rays(6)}, sites={"primary": lab.primary}, immune="nude", follow_up=20)
    return Bench(pipeline.prepare(study, without=[name for name in MECHANISMS if name not in KEPT]))
