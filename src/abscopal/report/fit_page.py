"""The report of a fit: one HTML page with its figures as images, every number already in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from abscopal.plots.fits import draw_fit
from abscopal.plots.fits.bands import left_out_panels
from abscopal.plots.fits.predictive import draw_panels
from abscopal.report.render import style, template
from abscopal.report.stills import png
from abscopal.results.summary import DISCLAIMER
from abscopal.results.wording import number
from abscopal.version import __version__

if TYPE_CHECKING:
    from abscopal.report.study_fit import StudyFit

_DPI = 110
_MOST_ROWS = 60


def fit_page(fit: StudyFit) -> str:
    """The report as HTML text; everything is inline, and all text of study and data is escaped."""
    found, problem = fit.found, fit.found.problem
    page = template("fit.html.j2").render(
        style=style(),
        disclaimer=DISCLAIMER,
        title=problem.prepared.study.title or problem.prepared.study.name,
        data=problem.table.name,
        label=found.label,
        headline=found.headline,
        failed=bool(found.predictive_check["fails"].any()) if len(found.predictive_check) else False,
        warnings=found.warnings,
        remarks=problem.remarks,
        verdicts=[text for text in found.table()["verdict"] if text],
        figures=_figures(fit),
        checks=_rows(found.predictive_check),
        baseline=_rows(fit.against_baseline),
        verdict_of_baseline=baseline_sentence(fit.against_baseline, "knowing the arm"),
        left_out=_rows(fit.left_out_against_baseline),
        verdict_of_left_out=baseline_sentence(fit.left_out_against_baseline, "of an arm left out"),
        parameters=_rows(found.table()),
        meanings={item.name: (item.meaning, item.reason, item.unit) for item in problem.parameters},
        individual=[item.name for item in problem.individual],
        identifiability=_rows(found.identifiability()),
        loo=_rows(found.loo())[:_MOST_ROWS],
        elpd=found.loo().attrs,
        worlds=worlds_rows(fit),
        provenance=_provenance(fit),
    )
    return page + "\n"


def _figures(fit: StudyFit) -> dict[str, str]:
    kinds = ("predictive", "parameters", "pairs", "starts", "residuals")
    figures = {kind: png(draw_fit(fit.found, kind), _DPI) for kind in kinds}
    panels = [panel for part in fit.left_out for panel in left_out_panels(part.rows, part.evaluation.replicated)]
    if panels:
        limit = fit.found.problem.prepared.study.endpoints.survival.volume_limit_mm3
        figures["left_out"] = png(draw_panels(panels, limit), _DPI)
    return figures


def baseline_sentence(table: pd.DataFrame, when: str) -> str:
    """Which foretells the volumes better, the model or the baseline without mechanism; "" without any to compare."""
    known = table.dropna(subset=["crps", "baseline_crps"]) if len(table) else table
    if not len(known):
        return ""
    ours, theirs = (
        float((known[c] * known["values"]).sum() / known["values"].sum()) for c in ("crps", "baseline_crps")
    )
    who = "the model foretells volumes better than" if ours < theirs else "the model foretells volumes no better than"
    return (
        f"{when[0].upper()}{when[1:]}, {who} lines of exponential growth that know no mechanism: "
        f"mean CRPS {ours:.3f} against {theirs:.3f} of ln volume (smaller is better); "
        f"{_share(known, 'inside_80')} of values in the 80 % band, {_share(known, 'baseline_inside_80')} in that of "
        "the lines."
    )


def _share(table: pd.DataFrame, column: str) -> str:
    return f"{100 * float((table[column] * table['values']).sum() / table['values'].sum()):.0f} %"


def worlds_rows(fit: StudyFit) -> list[dict[str, Any]]:
    """Scatter of each parameter's mean between worlds, beside its posterior standard deviation."""
    if fit.worlds is None:
        return []
    rows = []
    for row in fit.table().to_dict("records"):
        scatter = float(fit.worlds[row["name"]].std())
        rows.append({"name": row["name"], "sd": number(float(row["sd"])), "scatter": number(scatter)})
    return rows


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table with its numbers as text."""
    return [{str(k): _text(str(k), v) for k, v in row.items()} for row in table.to_dict("records")]


def _text(column: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    if value != value:
        return "–"
    if column in ("inside_80", "baseline_inside_80", "contraction"):
        return f"{100 * value:.0f} %"
    if column in ("rhat", "crps", "baseline_crps", "pareto_k"):
        return f"{value:.2f}"
    return number(value)


def _provenance(fit: StudyFit) -> Sequence[tuple[str, str]]:
    found, told = fit.found, fit.found.problem.prepared.study.origin
    effort: Mapping[str, Any] = vars(found.effort)
    return [
        ("abscopal", __version__),
        ("study", f"{told.path} (sha256 {told.sha256[:16]})"),
        ("data", found.problem.table.name),
        ("fingerprint", found.problem.fingerprint),
        ("seed", str(found.seed)),
        ("effort", ", ".join(f"{name} {value}" for name, value in effort.items())),
        ("trajectories solved", f"{found.solves:,}"),
        ("processor seconds", f"{found.seconds:.1f}"),
        ("failures", ", ".join(f"{text}: {count}" for text, count in found.failures.items()) or "none"),
    ]
