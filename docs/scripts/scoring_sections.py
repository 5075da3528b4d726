"""Writes the generated sections of docs/scoring.md, from what the commands of calibration and sensitivity left.

    python docs/scripts/scoring_sections.py [--profile DIR] [--calibration FILE.json] [--defaults DIR]

DIR of `python -m abscopal.calibrate.profile -o DIR` and `python -m abscopal.scoring.sensitivity -o DIR`; FILE
is `calibration.json`. Tables go to docs/profile.csv and docs/defaults.csv, the figure to docs/images/profile.png. A
section whose source is not given stays as it is.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1]
PAGE, FIGURE = DOCS / "scoring.md", DOCS / "images" / "profile.png"
_PANELS, _COLUMNS = 12, 4
_SHOWN_DEFAULTS = 8
Row = Mapping[str, str]


def rows_of(file: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def replaced(page: str, name: str, text: str) -> str:
    """A page with the section of this name replaced."""
    begin, end = f"<!-- generated: {name} -->\n", f"<!-- end: {name} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"{PAGE.name} has no section {name!r} between {begin.strip()} and {end}")
    return f"{before}{begin}\n{text.strip()}\n\n{end}{after}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def profile_section(told: Mapping[str, Any], rows: Sequence[Row], made: str) -> str:
    """What the profiles say, the leading parameters, and which are to be fitted."""
    verdicts: dict[str, int] = defaultdict(int)
    for row in rows:
        verdicts[row["verdict"]] += 1
    fitted = [name for names in told["suggested"].values() for name in names]
    shown = [row for row in rows if row["fitted"] == "True"] or list(rows[:_COLUMNS])
    head = ("parameter", "fall", "low end", "high end", "not contradicted", "share", "verdict", "stage")
    body = [
        (
            f"`{row['parameter']}`",
            row["drop"],
            row["drop_low"],
            row["drop_high"],
            f"{float(row['low']):+.2g} to {float(row['high']):+.2g}",
            f"{100 * float(row['share']):.1f} %",
            row["verdict"],
            row["stage"] or "–",
        )
        for row in shown
    ]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    which = f"{len(fitted)} stand out of the noise" if fitted else "None stands out of the noise; the leading ones"
    return f"""
{told["sets"]:,} sets of all {told["parameters"]} shared parameters that the {told["claims"]} verified claims of
{told["studies"]} development studies involve, drawn from their declared spread. Made with the model
{told["model_hash"]} {made}; `abscopal model show` tells the hash of yours. The
log-likelihood varies between sets with a standard deviation of {told["log_likelihood_sd"]}; parameters chosen without
a fifth of the sets predict {100 * told["predicted_share"]:.0f} % of its variance there. A dummy parameter made of noise
falls by less than {told["noise_floor"]} in 95 of 100 cases. Of all parameters: {counts}. {which}:

{table(head, body)}

Falls are 2 Δ log L between the best place and the worst, the low and the high end (two standard deviations of the
declared spread, as are the places not contradicted: fall below 3.84). All parameters are in [profile.csv](profile.csv).

![Profile likelihood of the leading parameters](images/{FIGURE.name})

Grey: what 95 of 100 dummies stay below; dashed: 3.84.
"""


def lines_section(stages: Sequence[Mapping[str, Any]], made: str) -> str:
    """Gains of each stage with studies, and with whole tumour lines, left out."""
    head = ("stage", "studies", "gain, studies left out", "gain, lines left out", "worst line", "best line", "kept")
    body = []
    for stage in stages:
        lines = sorted(stage["gain_by_line"].items(), key=lambda item: item[1])
        ends = [f"{name} {gain:+.3f}" for name, gain in (lines[0], lines[-1])] if lines else ["", ""]
        gains = [f"{stage[key]:+.3f}" for key in ("gain_left_out", "gain_left_out_lines")]
        body.append((stage["stage"], stage["studies"], *gains, *ends, "yes" if stage["kept"] else "no"))
    return f"""
Gain in mean log score of claims when the sets are weighted by all other studies of the stage; for lines, all studies
on a tumour line are left out together, a study of several lines with each. Studies decide what is kept.
Made {made} (a calibration keeps no hash of its model).

{table(head, body)}
"""


def defaults_section(rows: Sequence[Row], made: str) -> str:
    """The defaults that move the score most, by group of claims."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["group"]].append(row)
    head = ("claims", "default", "held at", "records", "shift, low", "shift, high", "by chance")
    body = [
        (
            group,
            f"`{row['default']}`",
            f"{float(row['low']):g} or {float(row['high']):g} {row['unit'] if row['unit'] != '1' else ''}".strip(),
            row["records"],
            *(f"{float(row[key]):+.3f}" for key in ("at_low", "at_high")),
            f"{float(row['by_chance']):.3f}",
        )
        for group, found in groups.items()
        for row in found[:_SHOWN_DEFAULTS]
    ]
    beyond = [row for row in groups["all"] if _beyond_chance(row)]
    names = ", ".join(f"`{row['default']}`" for row in beyond) or "none"
    return f"""
Shift of the mean log score of all claims of a group with one default held at either end of its law, and the standard
error of such a shift if it did nothing: at most that, since the scores share their parameter sets. Beyond two standard
errors on all claims: {names}. Made {made} (the table keeps no hash of its model).
The {_SHOWN_DEFAULTS} largest of each group; all are in [defaults.csv](defaults.csv).

{table(head, body)}
"""


def _beyond_chance(row: Row) -> bool:
    return max(abs(float(row["at_low"])), abs(float(row["at_high"]))) > 2.0 * float(row["by_chance"])


def draw(curves: Sequence[Row], leading: Sequence[str], file: Path) -> None:
    """Profiles of the leading parameters, a panel each, against the band of noise."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    by_name: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    for row in curves:
        by_name[row["parameter"]][0].append(float(row["place"]))
        by_name[row["parameter"]][1].append(float(row["fall"]))
    shown = leading[:_PANELS]
    rows = -(-len(shown) // _COLUMNS)
    figure, axes = plt.subplots(
        rows, _COLUMNS, figsize=(11, 2.4 * rows), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for axis in axes.flat[len(shown) :]:
        axis.set_visible(False)
    for axis, name in zip(axes.flat, shown, strict=False):
        axis.fill_between(*by_name["noise"], color="#cccccc", lw=0.0)
        axis.axhline(3.84, color="black", lw=0.7, ls="--")
        axis.plot(*by_name[name], color="#0072B2", lw=1.6)
        axis.set_title(name, fontsize=8, loc="left")
        axis.set_ylim(bottom=0.0)
    figure.supxlabel("place in the declared spread [standard deviations]", fontsize=9)
    figure.supylabel("fall, 2 Δ log L", fontsize=9)
    figure.savefig(file, dpi=80)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """Replaces the sections whose source is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--profile", type=Path, metavar="DIR")
    parser.add_argument("--calibration", type=Path, metavar="FILE.json")
    parser.add_argument("--defaults", type=Path, metavar="DIR")
    given = parser.parse_args(arguments)
    page, made = PAGE.read_text(encoding="utf-8"), f"on {date.today().isoformat()}"
    if given.profile:
        rows = rows_of(given.profile / "profile.csv")
        told = json.loads((given.profile / "profile.json").read_text(encoding="utf-8"))
        page = replaced(page, "profile", profile_section(told, rows, made))
        draw(rows_of(given.profile / "profile_curves.csv"), [row["parameter"] for row in rows], FIGURE)
        shutil.copyfile(given.profile / "profile.csv", DOCS / "profile.csv")
    if given.calibration:
        stages = json.loads(given.calibration.read_text(encoding="utf-8"))
        page = replaced(page, "lines", lines_section(stages, made))
    if given.defaults:
        page = replaced(page, "defaults", defaults_section(rows_of(given.defaults / "defaults.csv"), made))
        shutil.copyfile(given.defaults / "defaults.csv", DOCS / "defaults.csv")
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
