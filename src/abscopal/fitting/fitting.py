"""A fit: the mode, the draws around or from it, and what they say."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from abscopal.errors import InputError, Problem
from abscopal.fitting import verdicts
from abscopal.fitting.arrow import Arrow
from abscopal.fitting.cloud import PathStart
from abscopal.fitting.effort import FitEffort
from abscopal.fitting.evaluation import Evaluation, evaluated, predicted
from abscopal.fitting.likelihood import StudyLikelihood
from abscopal.fitting.mode import FitProgress, Mode, find_mode
from abscopal.fitting.notes import FitNotes
from abscopal.fitting.problem import FitProblem, of_arm, without_arm
from abscopal.fitting.sampling import Draws, preview, sample
from abscopal.fitting.solving import Solver
from abscopal.simulation import FloatArray, Prepared

if TYPE_CHECKING:
    import xarray as xr

PREVIEW, POSTERIOR = "preview: the Gaussian around the mode", "posterior"
_STAGES_FROM_PRIOR = 5


@dataclass(frozen=True)
class Fit:
    """What a study's model is, given the measurements.

    Attributes
    ----------
    label : whether the draws are the posterior or a preview of it.
    mode : where the search ended.
    draws : coordinates.
    evaluation : the rows under some of the draws.
    failures : reason -> trajectories that could not be solved during the fit.
    solves : trajectories solved, tangents counted as one each.
    seconds : of one processor.
    from_prior : whether the draws come from the prior in steps, for want of a mode.
    """

    problem: FitProblem
    effort: FitEffort
    seed: int
    label: str
    mode: Mode
    draws: Draws
    evaluation: Evaluation
    failures: Mapping[str, int]
    solves: int
    seconds: float
    from_prior: bool

    def __repr__(self) -> str:
        return f"Fit({self.problem.prepared.study.name!r}: {self.headline})"

    @cached_property
    def _table(self) -> pd.DataFrame:
        return verdicts.table(self.problem, self.draws, self.mode)

    def table(self) -> pd.DataFrame:
        """One row per shared parameter and error: posterior, prior, contraction, convergence and verdict."""
        return self._table.copy()

    @cached_property
    def predictive_check(self) -> pd.DataFrame:
        """By arm and observable, how many rows lie within the 80 % interval of values measured anew."""
        return verdicts.predictive_check(self.problem, self.evaluation)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to be wary of, in sentences."""
        return verdicts.warnings_of(
            self.problem, self.draws, self.mode, self._table, self.predictive_check, self.failures, self.from_prior
        )

    @property
    def headline(self) -> str:
        """The fit in one sentence."""
        return verdicts.headline(self._table, self.predictive_check, self.label)

    def identifiability(self) -> pd.DataFrame:
        """Which combinations of parameters the data know, sharpest first, and which pairs they confuse."""
        return verdicts.identifiability(self.problem, self.mode, self.draws)

    def loo(self) -> pd.DataFrame:
        """Leave-one-out by animal or series of summaries, with Pareto k."""
        return verdicts.left_out_one_by_one(self.problem, self.evaluation)

    @property
    def starts(self) -> pd.DataFrame:
        """Where each start of the search came to, best first."""
        names = [item.name for item in self.problem.shared_coordinates]
        values = {
            name: item.value(self.mode.theta[:, i])
            for i, (name, item) in enumerate(zip(names, self.problem.shared_coordinates, strict=True))
        }
        told = {
            "start": np.arange(1, len(self.mode.theta) + 1),
            "log_posterior": self.mode.log_posterior,
            "converged": self.mode.arrived,
            "mode": self.mode.number + 1,
        }
        return pd.DataFrame({**told, **values})

    @cached_property
    def posterior(self) -> xr.DataTree:
        """The draws in ArviZ's groups, as they are written to posterior.nc."""
        from abscopal.fitting.posterior_file import tree

        return tree(self)

    def left_out(self, arm: str, effort: FitEffort | None = None) -> tuple[Fit, Evaluation]:
        """The fit without the rows of an arm, and those rows as it predicts them.

        Raises
        ------
        InputError
            No rows are left, or the arm has none.
        """
        part = of_arm(self.problem, arm)
        without = fit(without_arm(self.problem, arm), effort or self.effort, self.seed)
        return without, predicted(without.problem, without.draws, part, self.seed)

    def predict(
        self,
        prepared: Prepared,
        times: FloatArray,
        outputs: Sequence[str],
        subjects: int = 200,
        animals: str = "same",
        arms: Sequence[str] | None = None,
    ) -> dict[str, FloatArray]:
        """Trajectories (subjects, times, outputs) of the arms of a study that has the fitted parameters; NaN if failed.

        Parameters
        ----------
        prepared : the study of the fit, or another of the same host and tumour.
        animals : "same" are those of the data, each under every arm; "new" are others of the same law.
        """
        p = self.problem
        if animals not in ("same", "new"):
            raise InputError(Problem(f"animals {animals!r}", "animals", allowed="same, new"))
        baseline = np.array([item.value for item in prepared.declared.values()])
        solver = Solver(prepared, p.shared, p.individual, len(p.errors), baseline, p.settings)
        places = chosen_places(self.draws, subjects, animals, self.seed)
        names = arms if arms is not None else [arm.name for arm in prepared.study.arms]
        return {arm: solver.solve(arm, places, times, outputs).outputs for arm in names}

    def summary(self) -> dict[str, Any]:
        """What fit.json holds."""
        from abscopal.fitting.posterior_file import summary

        return summary(self)

    def save(self, folder: Path) -> Path:
        """Write posterior.nc, fit.json and draws.csv, all or none; other files stay. Raises InputError."""
        from abscopal.fitting.posterior_file import save

        return save(self, folder)


def chosen_places(draws: Draws, subjects: int, animals: str, seed: int) -> FloatArray:
    """Coordinates (subjects, coordinates) of subjects, each of one draw, spread evenly over the chains."""
    from abscopal.fitting.keyed import generator

    theta = draws.theta.reshape(-1, draws.theta.shape[-1])
    which = np.linspace(0, len(theta) - 1, subjects).round().astype(int)
    k = draws.eta.shape[-1]
    if not k:
        return np.asarray(theta[which])
    if animals == "new":
        own = generator(seed, "new animals").standard_normal((subjects, k))
    else:
        eta = draws.eta.reshape(len(theta), *draws.eta.shape[2:])
        own = eta[which, np.arange(subjects) % eta.shape[1]]
    return np.concatenate([theta[which], own], axis=1)


def fit(
    problem: FitProblem,
    effort: FitEffort | None = None,
    seed: int = 1,
    folder: Path | None = None,
    resume: bool = False,
    progress: FitProgress | None = None,
) -> Fit:
    """Fit a problem: the mode, then draws of the posterior, or of the Gaussian around the mode as a preview.

    Parameters
    ----------
    folder : where finished sweeps are noted, so that the same call with `resume` goes on after a kill.
    progress : called with (what, done, all).

    Raises
    ------
    InputError
        The model cannot be solved anywhere near the declared values; or the folder holds notes of another fit.
    """
    began = time.process_time()
    effort = effort or FitEffort.usual(bool(problem.individual))
    likelihood = StudyLikelihood(problem)
    notes = None if folder is None else FitNotes(folder, _key(problem, effort, seed), resume)
    mode = _noted_mode(notes)
    if mode is None:
        mode = find_mode(likelihood, effort.starts, effort.iterations, seed, progress)
        _check(mode, likelihood)
        if notes is not None:
            notes.keep(_mode_arrays(mode))
    from_prior = not mode.found and not effort.preview
    reference = PathStart.prior(likelihood) if from_prior else PathStart(mode.theta[0], mode.eta[0], mode.precision)
    if effort.preview:
        draws = preview(likelihood, reference, effort, seed)
    else:
        chosen = _from_prior(effort) if from_prior else effort
        draws = sample(likelihood, reference, chosen, seed, notes, progress)
    return Fit(
        problem,
        effort,
        seed,
        PREVIEW if effort.preview else POSTERIOR,
        mode,
        draws,
        evaluated(likelihood, draws, seed),
        dict(likelihood.solver.failures),
        likelihood.solver.solves,
        time.process_time() - began,
        from_prior,
    )


def _from_prior(effort: FitEffort) -> FitEffort:
    return FitEffort(
        **{**asdict(effort), "stages": max(effort.stages, _STAGES_FROM_PRIOR), "moves": min(effort.moves, 8)}
    )


def _key(problem: FitProblem, effort: FitEffort, seed: int) -> str:
    text = json.dumps([problem.fingerprint, asdict(effort), seed], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _check(mode: Mode, likelihood: StudyLikelihood) -> None:
    if np.isfinite(mode.log_posterior).any():
        return
    failures = likelihood.solver.failures.most_common(1)
    why = f" ({failures[0][0]})" if failures else ""
    message = f"the model could not be solved for any of the starts{why}"
    raise InputError(Problem(message, advice="run the study itself first: abscopal run"))


def _mode_arrays(mode: Mode) -> dict[str, Any]:
    return {
        "mode:theta": mode.theta,
        "mode:eta": mode.eta,
        "mode:log_posterior": mode.log_posterior,
        "mode:arrived": mode.arrived,
        "mode:number": mode.number,
        "mode:shared": mode.precision.shared,
        "mode:cross": mode.precision.cross,
        "mode:own": mode.precision.own,
        "mode:iterations": mode.iterations,
    }


def _noted_mode(notes: FitNotes | None) -> Mode | None:
    if notes is None or "mode:theta" not in notes.held:
        return None
    held = {name.removeprefix("mode:"): value for name, value in notes.held.items() if name.startswith("mode:")}
    precision = Arrow(held["shared"], held["cross"], held["own"])
    return Mode(
        held["theta"],
        held["eta"],
        held["log_posterior"],
        held["arrived"],
        held["number"],
        precision,
        int(held["iterations"]),
    )
