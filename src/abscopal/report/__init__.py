"""The report of a result: one self-contained HTML file."""

from __future__ import annotations

from abscopal.report.render import render

__all__ = ["render"]
