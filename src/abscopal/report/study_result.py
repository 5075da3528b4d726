"""The result of a study with what people do with it: plots, report, files, and what a notebook shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from abscopal import pipeline
from abscopal.report.render import render
from abscopal.results import Result
from abscopal.results.opening import read_folder
from abscopal.results.storage import save
from abscopal.results.summary import DISCLAIMER
from abscopal.results.wording import answer
from abscopal.study import Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from abscopal.simulation import FloatArray, Progress, Settings


@dataclass(frozen=True, repr=False)
class StudyResult(Result):
    """What a simulated study says, with its plots, report and files; see `Result` for the numbers.

    Notes
    -----
    Research software: never advice on a patient.
    """

    @classmethod
    def of(cls, result: Result) -> Self:
        """The same numbers, with plots, report and files."""
        return cls(result.trajectories, result.metadata)

    @classmethod
    def read(cls, folder: str | PathLike[str]) -> Self:
        """The result that `save` or `abscopal run -o` wrote into a folder; see `open_folder`."""
        return cls.build(*read_folder(Path(folder)))

    def plot(self, kind: str = "growth", **options: Any) -> Figure:
        """Matplotlib figure of a kind: growth, spider, survival, response, readouts, timetable or mediators."""
        from abscopal.plots import draw

        return draw(self, kind, **options)

    def report(self) -> str:
        """The report as the text of one HTML file that needs no network."""
        return render(self)

    def save(self, folder: str | Path, csv: bool = False, report: bool = True) -> Path:
        """Writes report.html, summary.json, trajectories.nc and, if asked, CSV tables; whole or not at all.

        Raises
        ------
        InputError : if the folder is a file or cannot be written.
        """
        return save(self, Path(folder), csv=csv, report=render if report else None)

    def _repr_html_(self) -> str:
        """What a notebook shows: the answers in words, then the end points."""
        title = escape(self.metadata.title or self.metadata.name)
        told = zip(self.comparisons, self.remarks, strict=True)
        answers = "".join(f"<li>{escape(' '.join((answer(c), remark)).strip())}</li>" for c, remark in told)
        odd = "".join(f"<p>To be doubted: {escape(warning)}</p>" for warning in self.warnings)
        table = self.table().to_html(index=False, escape=True, float_format="{:.3g}".format, border=0)
        return f"<h3>{title}</h3><p>{DISCLAIMER}</p><ul>{answers}</ul>{odd}{table}"


def run(
    chosen: Study | str | PathLike[str],
    *,
    draws: Mapping[str, FloatArray] | None = None,
    without: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress | None = None,
    notes: Path | None = None,
    data: str | PathLike[str] | None = None,
) -> StudyResult:
    """Simulate every arm of a study; see `abscopal.pipeline.run` for the arguments and errors."""
    found = pipeline.run(
        chosen, draws=draws, without=without, settings=settings, progress=progress, notes=notes, data=data
    )
    return StudyResult.of(found)


def open_folder(folder: str | PathLike[str]) -> StudyResult:
    """A finished result back from its folder; `abscopal.open` for people.

    Trajectories are those of at most 200 animals per arm, stored with single precision; survival, responses, volumes
    on the comparison day and quantiles are of all animals. The rest of a larger cohort is of those 200.

    Parameters
    ----------
    folder : what `abscopal run STUDY.yaml -o DIR` or `result.save(DIR)` wrote, or one of the files in it.

    Raises
    ------
    InputError
        There is no finished result, or it was written by a version that kept too little.

    Examples
    --------
    >>> result = open_folder("out")  # doctest: +SKIP
    >>> result.plot("growth")  # doctest: +SKIP
    """
    return StudyResult.read(folder)
