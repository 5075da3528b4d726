"""Writes docs/published-models.md and its figures: SBML files against libRoadRunner, and the re-implemented models.

Run `python docs/scripts/published_models.py`; it needs python-libsbml and libroadrunner. Times are of one core.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import roadrunner

from abscopal import published
from abscopal.published import PublishedModel

DOCS = Path(__file__).parents[1]
FILES = DOCS.parent / "tests" / "published" / "sbml"
END, POINTS, SUBJECTS = 100.0, 101, 1000
SPREAD = 0.1

INTRODUCTION = (DOCS / "scripts" / "published_models_introduction.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    file: str
    title: str
    states: int
    difference: float
    ours_one: float
    theirs_one: float
    ours_many: float
    theirs_many: float


def rows() -> list[Row]:
    """Every SBML file, run here and there."""
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    return [_row(file) for file in sorted(FILES.glob("*.xml"))]


def _row(file: Path) -> Row:
    model = published.import_sbml(file, check_units=False)
    times = np.linspace(0.0, END, POINTS)
    tight = published.simulate(model, times, rtol=1e-9, atol=1e-12, threads=1)
    their = _Theirs(file, tight.names, relative=1e-11, absolute=1e-14)
    difference = _difference(tight.values[0], their.run({}))
    varied = next(n for n, v in model.values.items() if v > 0 and "(" not in n and n in their.names)
    values = published.draw(model, {varied: SPREAD}, SUBJECTS, seed=1)
    their = _Theirs(file, tight.names, relative=1e-6, absolute=1e-9)
    ours_one = _best(lambda: published.simulate(model, times, threads=1), 5)
    theirs_one = _best(lambda: their.run({}), 5)
    ours_many = _best(lambda: published.simulate(model, times, values, threads=1), 2)
    theirs_many = _best(lambda: [their.run({varied: v}) for v in values[varied]], 1)
    return Row(
        file.stem, model.title, len(model.system.states), difference, ours_one, theirs_one, ours_many, theirs_many
    )


class _Theirs:
    def __init__(self, file: Path, names: tuple[str, ...], relative: float, absolute: float) -> None:
        import libsbml

        self.engine = roadrunner.RoadRunner(str(file))
        self.engine.integrator.relative_tolerance = relative
        self.engine.integrator.absolute_tolerance = absolute
        self.engine.integrator.maximum_num_steps = 200_000
        model = libsbml.readSBMLFromFile(str(file)).getModel()
        amounts = [s is not None and not s.getHasOnlySubstanceUnits() for s in map(model.getSpecies, names)]
        chosen = [f"[{n}]" if a else n for n, a in zip(names, amounts, strict=True)]
        self.engine.timeCourseSelections = ["time", *chosen]
        self.names = set(self.engine.model.getGlobalParameterIds())

    def run(self, changes: dict[str, float]) -> Any:
        self.engine.reset()
        for name, value in changes.items():
            self.engine[name] = value
        return np.asarray(self.engine.simulate(0.0, END, POINTS))[:, 1:]


def _difference(ours: Any, theirs: Any) -> float:
    """Largest relative difference of values above a billionth of the same quantity's largest, and above 1e-13."""
    counts = np.abs(theirs) > np.maximum(1e-9 * np.abs(theirs).max(axis=0), 1e-13)
    with np.errstate(all="ignore"):
        return float(np.max(np.where(counts, np.abs(ours - theirs) / np.abs(theirs), 0.0)))


def _best(action: Any, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


def table(found: list[Row]) -> str:
    """The rows as Markdown."""
    columns = ("file", "model", "states", "largest relative difference")
    times = ("1 run: here / libRoadRunner [ms]", "1,000 runs: here / libRoadRunner [s]")
    lines = [
        f"| {' | '.join((*columns, *times))} |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for r in found:
        title = r.title.replace("|", "/").replace(" - ", ": ", 1)
        lines.append(
            f"| `{r.file}` | {title} | {r.states} | {r.difference:.0e} | {1e3 * r.ours_one:.0f} / "
            f"{1e3 * r.theirs_one:.1f} | {r.ours_many:.2f} / {r.theirs_many:.1f} |"
        )
    total = sum(r.theirs_many for r in found) / sum(r.ours_many for r in found)
    lines.append(f"\nAll 13 together, 1,000 runs each: {total:.0f} times as fast as libRoadRunner on one core.")
    return "\n".join(lines)


def figures() -> None:
    """Kosinsky2018 and Friedrich2022 by arm, and the others untreated."""
    _kosinsky()
    _friedrich()
    _single("Kimmel2021", 40.0, ("C", "N", "B"))
    _single("Kuznetsov1994", 200.0, ("E", "T"))
    _single("Hanson2016", 500.0, ("B", "C_e", "I"))


def _kosinsky() -> None:
    from matplotlib.figure import Figure

    model = published.load_published("Kosinsky2018")
    mice = published.draw(model, model.spread, 300, seed=1)
    days = np.linspace(0.0, 60.0, 241)
    drawing = Figure(figsize=(10.0, 2.8), layout="constrained")
    axes = drawing.subplots(1, 4, sharey=True)
    for axis, arm in zip(axes, ("untreated", "anti-PD-L1", "radiation", "both"), strict=True):
        volume = published.simulate(model, days, mice, model.protocols.get(arm, ()))["volume"]
        response = np.mean(volume[:, days >= 7.0].min(axis=1) <= 10.0)
        axis.plot(days, volume[:30].T, color="tab:blue", alpha=0.25, linewidth=0.7)
        axis.set_title(f"{arm}: {100 * response:.0f} % respond", fontsize=9)
        axis.set_xlabel("day")
    axes[0].set_ylabel("tumour [µL]")
    _save(drawing, "Kosinsky2018")


def _friedrich() -> None:
    from matplotlib.figure import Figure

    model = published.load_published("Friedrich2022")
    days = np.linspace(0.0, 40.0, 321)
    drawing = Figure(figsize=(10.0, 2.8), layout="constrained")
    axes = drawing.subplots(1, 4, sharey=True)
    for axis, arm in zip(axes, ("untreated", "immunotherapy", "radiation", "both"), strict=True):
        run = published.simulate(model, days, given=model.protocols.get(arm, ()))
        for name, label in (("burden", "irradiated"), ("T2", "distant"), ("A", "signal")):
            axis.semilogy(days, np.where(run[name][0] >= 1.0, run[name][0], np.nan), label=label)
        axis.set_title(arm, fontsize=9)
        axis.set_xlabel("day")
    axes[0].set_ylabel("cells")
    axes[0].legend(fontsize=7)
    _save(drawing, "Friedrich2022")


def _single(name: str, end: float, shown: tuple[str, ...]) -> None:
    from matplotlib.figure import Figure

    model: PublishedModel = published.load_published(name)
    run = published.simulate(model, np.linspace(0.0, end, 401))
    drawing = Figure(figsize=(3.2 * len(shown), 2.5), layout="constrained")
    for axis, output in zip(drawing.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        axis.plot(run.times, run[output][0])
        axis.set_title(model.items[output].meaning, fontsize=9)
        axis.set_xlabel(f"time [{model.time_unit}]")
        axis.set_ylabel(model.items[output].unit)
    _save(drawing, name)


def _save(drawing: Any, name: str) -> None:
    (DOCS / "figures").mkdir(exist_ok=True)
    path = DOCS / "figures" / f"published-{name.lower()}.svg"
    drawing.savefig(path, metadata={"Date": None})
    # Matplotlib ends lines with blanks, which some tools then change.
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")


def reimplemented() -> str:
    """A section per re-implemented model, from its data file."""
    parts = []
    for name in published.titles():
        model = published.load_published(name)
        defects = "\n".join(f"- {d}" for d in model.defects)
        parts.append(
            f"### {name}\n\n{model.title}. {model.source}.\n\nKnown defects:\n\n{defects}\n\n"
            f"![{name}](figures/published-{name.lower()}.svg)\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    figures()
    text = INTRODUCTION.replace("<!-- table -->", table(rows())).replace("<!-- models -->", reimplemented())
    (DOCS / "published-models.md").write_text(text, encoding="utf-8")
