"""A fit with what people do with it: plots, report, files, another schedule, and what a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from abscopal import fitting, measurements, pipeline, simulation
from abscopal.fitting import Evaluation, Fit, FitChoice, FitEffort, FitPosterior, FitProblem
from abscopal.fitting.baseline import comparison, lines_without, own_lines
from abscopal.report.posterior_run import run_posterior
from abscopal.report.study_result import StudyResult
from abscopal.results.summary import DISCLAIMER
from abscopal.simulation import Settings
from abscopal.storage.files import write_whole
from abscopal.storage.json_text import json_text
from abscopal.study import Study

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

REPORT_FILE, WORLDS_FILE = "report.html", "worlds.csv"
# Effort of the fits without an arm: the Gaussian around the mode, of few starts.
_STARTS_LEFT_OUT = 4


@dataclass(frozen=True)
class LeftOutArm:
    """An arm as the fit to all other arms foretells it."""

    arm: str
    rows: FitProblem
    evaluation: Evaluation


@dataclass(frozen=True, repr=False)
class StudyFit:
    """A study fitted to measured values; see `abscopal.fitting.Fit` for the numbers.

    Attributes
    ----------
    found : the fit.
    left_out : each arm as foretold by the others, where that was asked for.
    worlds : table and rows of fits in which everything else had other plausible values; None where not asked for.

    Notes
    -----
    Research software: never advice on a patient.
    """

    found: Fit
    left_out: tuple[LeftOutArm, ...] = ()
    worlds: pd.DataFrame | None = None

    @property
    def posterior(self) -> xr.DataTree:
        """The draws in ArviZ's groups, as they are in posterior.nc."""
        return self.found.posterior

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to be wary of, in sentences."""
        return self.found.warnings

    @property
    def headline(self) -> str:
        """The fit in one sentence."""
        return self.found.headline

    def table(self) -> pd.DataFrame:
        """One row per shared parameter and error: posterior, prior, contraction, convergence and verdict."""
        return self.found.table()

    def identifiability(self) -> pd.DataFrame:
        """Which combinations of parameters the data know, and which pairs they confuse."""
        return self.found.identifiability()

    def loo(self) -> pd.DataFrame:
        """Leave-one-out by animal or series of group summaries, with Pareto k."""
        return self.found.loo()

    @cached_property
    def against_baseline(self) -> pd.DataFrame:
        """Volumes of each arm by the fit and by the baseline without mechanism, both knowing the arm."""
        return comparison(self.found.problem, self.found.evaluation.replicated, own_lines(self.found.problem))

    @cached_property
    def left_out_against_baseline(self) -> pd.DataFrame:
        """Volumes of each arm by fits that did not know it, and by the baseline of all other arms."""
        parts = [
            comparison(part.rows, part.evaluation.replicated, lines_without(self.found.problem, part.arm))
            for part in self.left_out
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def predict(
        self,
        study: Study | str | PathLike[str],
        animals: Literal["same", "new"] | None = None,
        size: int | None = None,
        settings: Settings | None = None,
    ) -> StudyResult:
        """Another study of the same host and tumour, simulated with the draws of this fit.

        Parameters
        ----------
        animals : "same" are those of the data, "new" ones are drawn from their spread; None takes the same, if the
            fit has animals with parameters of their own.
        size : subjects per arm; None is the study's.

        Raises
        ------
        InputError
            The study lacks a fitted parameter, or declares another value of one.
        """
        kept = FitPosterior.of(self.found)
        return run_posterior(kept, study, "this fit", animals=animals, size=size, settings=settings)

    def plot(self, kind: str = "predictive", **options: Any) -> Figure:
        """Matplotlib figure of a kind: predictive, parameters, pairs, starts, residuals."""
        from abscopal.plots.fits import draw_fit

        return draw_fit(self.found, kind, **options)

    def report(self) -> str:
        """The report as the text of one HTML file that needs no network."""
        from abscopal.report.fit_page import fit_page

        return fit_page(self)

    def save(self, folder: str | Path) -> Path:
        """Write posterior.nc, fit.json, draws.csv, report.html, and worlds.csv if there are any. Raises InputError."""
        place = self.found.save(Path(folder))
        write_whole(place / fitting.SUMMARY_FILE, json_text(self.summary()) + "\n")
        write_whole(place / REPORT_FILE, self.report())
        if self.worlds is not None:
            write_whole(place / WORLDS_FILE, self.worlds.to_csv(index=False))
        return place

    def summary(self) -> dict[str, Any]:
        """What fit.json holds, with the comparison with the baseline, arms left out and worlds."""
        found = self.found.summary()
        found["baseline"] = self.against_baseline.to_dict("records")
        found["left_out"] = self.left_out_against_baseline.to_dict("records")
        found["worlds"] = None if self.worlds is None else self.worlds.to_dict("records")
        return found

    def __repr__(self) -> str:
        return f"StudyFit({self.found.problem.prepared.study.name!r}: {self.headline})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the headline, warnings, and the table."""
        odd = "".join(f"<p>To be doubted: {escape(text)}</p>" for text in self.warnings)
        shown = self.table()[["name", "unit", "q05", "q50", "q95", "prior_q50", "contraction", "verdict"]]
        table = shown.to_html(index=False, escape=True, float_format="{:.3g}".format, border=0)
        name = escape(self.found.problem.prepared.study.name)
        return f"<h3>{name}: {escape(self.headline)}</h3><p>{DISCLAIMER}</p>{odd}{table}"


def problem(
    study: Study | str | PathLike[str],
    data: str | PathLike[str],
    choice: FitChoice | None = None,
    settings: Settings | None = None,
) -> FitProblem:
    """The problem of fitting a study to a table of measured values.

    Raises
    ------
    InputError
        The study, the table or a name cannot be used; all faults of each at once.
    """
    loaded = study if isinstance(study, Study) else pipeline.load(study)
    prepared = pipeline.prepare(loaded)
    table = simulation.matched(measurements.read(data), prepared)
    return fitting.problem_of(prepared, table, choice, settings)


def fit(
    study: Study | str | PathLike[str],
    data: str | PathLike[str],
    estimate: Sequence[str] = ("auto:12",),
    individual: Sequence[str] = (),
    *,
    preview: bool = False,
    leave_out: bool = False,
    seed: int = 1,
    progress: fitting.FitProgress | None = None,
) -> StudyFit:
    """Fit a study to a table of measured values; `abscopal.fitting` for people.

    Parameters
    ----------
    study : the study, or the path of its file.
    data : CSV of measured values; docs/measurements.md says how it looks.
    estimate : names of parameters that all animals share; `auto:12` is the 12 of which these data can tell most.
    individual : names of parameters that every animal has of its own.
    preview : stop at the Gaussian around the mode: seconds instead of minutes, and no posterior.
    leave_out : fit again without each arm, and foretell it.
    progress : called with (what, done, all).

    Raises
    ------
    InputError
        The study, the table or a name cannot be used.

    Examples
    --------
    >>> found = fit("study.yaml", "data.csv", individual=["doubling_time"])  # doctest: +SKIP
    >>> found.plot("predictive").savefig("fit.png")  # doctest: +SKIP
    """
    asked = problem(study, data, FitChoice(tuple(estimate), tuple(individual)))
    effort = FitEffort.usual(bool(asked.individual), preview)
    found = StudyFit(fitting.fit(asked, effort, seed, progress=progress))
    return with_left_out(found, progress) if leave_out else found


def with_left_out(found: StudyFit, progress: fitting.FitProgress | None = None) -> StudyFit:
    """The fit with each of its arms foretold by the others; an arm alone cannot be."""
    arms = list(dict.fromkeys(row.observation.arm for row in found.found.problem.used))
    if len(arms) < 2:
        return found
    effort = replace(FitEffort.usual(bool(found.found.problem.individual), preview=True), starts=_STARTS_LEFT_OUT)
    parts = []
    for number, arm in enumerate(arms):
        if progress is not None:
            progress("arms left out", number, len(arms))
        _, evaluation = found.found.left_out(arm, effort)
        parts.append(LeftOutArm(arm, fitting.of_arm(found.found.problem, arm), evaluation))
    return replace(found, left_out=tuple(parts))


def with_worlds(found: StudyFit, worlds: int, progress: fitting.FitProgress | None = None) -> StudyFit:
    """The fit with previews of it in which all that is not estimated has other plausible values.

    Each world is a draw of all other parameters from what is not known of them; the scatter of a parameter's mean over
    worlds is what the posterior alone does not say.
    """
    p = found.found.problem
    effort = replace(FitEffort.usual(bool(p.individual), preview=True), starts=_STARTS_LEFT_OUT)
    names = tuple(item.name for item in p.shared)
    rows = []
    for world in range(worlds):
        if progress is not None:
            progress("worlds", world, worlds)
        choice = replace(p.choice, estimate=names, world=world, worlds=worlds)
        other = fitting.fit(fitting.problem_of(p.prepared, p.table, choice, p.settings), effort, found.found.seed)
        told: Mapping[str, float] = dict(zip(other.table()["name"], other.table()["mean"], strict=True))
        best = float(np.max(other.mode.log_posterior))
        rows.append({"world": world, "log_posterior": best, **told})
    return replace(found, worlds=pd.DataFrame(rows))
