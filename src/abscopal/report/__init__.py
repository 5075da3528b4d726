"""The report of a result, one self-contained HTML file; and results that can be plotted, reported and saved."""

from __future__ import annotations

from abscopal.report.render import render
from abscopal.report.study_result import StudyResult, run

__all__ = ["StudyResult", "render", "run"]
