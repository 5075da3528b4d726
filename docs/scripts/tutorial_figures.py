"""Draws the figures of docs/tutorial.md and writes its numbers: `python docs/scripts/tutorial_figures.py`.

`NUMBERS` are the sentences of the page that quote the program, each with a rule that reads the number from a run. A
test (tests/docs/test_tutorial.py) makes the same runs and holds the page to them, so a change of the model that moves
a number turns it red until this script is run and the words around the number are read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import abscopal as ab

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
IMAGES = ROOT / "docs" / "images"
EXAMPLE = ROOT / "examples" / "takahashi2019_lm8.yaml"

# The runs that the page makes, by the options that it types.
RUNS: Mapping[str, Mapping[str, Any]] = {
    "as it is": {},
    "--without memory": {"without": ("memory",)},
    "--without damage_sensing": {"without": ("damage_sensing",)},
    "--set 'pd1_inhibition=0.95'": {"overrides": {"pd1_inhibition": "0.95"}},
}


@cache
def result(options: str = "as it is") -> Any:
    """The result of one run of the page."""
    chosen = RUNS[options]
    study = ab.load(EXAMPLE, dict(chosen.get("overrides", {})))
    return ab.run(study, without=chosen.get("without", ()))


@cache
def summary(options: str = "as it is") -> dict[str, Any]:
    """What `summary.json` of that run holds."""
    return dict(result(options).summary())


def cured(arm: str, site: str, options: str = "as it is") -> float:
    """Complete responses of a site on the study's day [%]."""
    arms = {found["name"]: found for found in summary(options)["arms"]}
    (where,) = (row for row in arms[arm]["sites"] if row["site"] == site)
    return 100.0 * float(where["responses"]["complete"]["value"])


def typed_over_simulated(site: str) -> float:
    """Cells that a site starts from over those that the file types."""
    (row,) = (row for row in summary()["provenance"]["inocula"] if row["site"] == site)
    return float(row["factor"])


def outcome(metric: str, better: str, worse: str) -> dict[str, Any]:
    """A published comparison as the report judges it."""
    words = f"better in {better} than in {worse}" if metric != "survival" else f"longer in {better} than in {worse}"
    found = [row for row in summary()["published"]["outcomes"] if row["metric"] == metric and words in row["published"]]
    assert len(found) == 1, words
    return dict(found[0])


def rate(arm: str) -> dict[str, Any]:
    """A published rate at the distant site as the report judges it."""
    words = f"at distant in {arm}:"
    (found,) = (row for row in summary()["published"]["outcomes"] if words in row["published"])
    return dict(found)


def area(name: str, arm: str, site: str | None, until: float = 30.0) -> float:
    """Median area under a readout from the first antibody (day -3) to a day."""
    data = result().data[name].sel(arm=arm)
    data = data if site is None else data.sel(site=site)
    days = data["time"].values
    kept = (days >= -3.0) & (days <= until)
    return float(np.median(np.trapezoid(data.values[:, kept], days[kept], axis=-1)))


def more(name: str, site: str | None = None) -> float:
    """How much more of a readout the combination has than the antibodies alone [%]."""
    return 100.0 * (area(name, "Comb", site) / area(name, "P1C4", site) - 1.0)


# A sentence of the page, `#` where its number stands, and the number of the program.
NUMBERS: Mapping[str, Callable[[], float]] = {
    "Carbon ions alone clear # % of the irradiated": lambda: cured("Cion", "irradiated"),
    "and # % of the distant tumours": lambda: cured("Cion", "distant"),
    "The antibodies alone clear # % of the tumours in the leg that": lambda: cured("P1C4", "irradiated"),
    "and # % of the distant ones": lambda: cured("P1C4", "distant"),
    "Together the irradiated tumour is gone in # % of the mice": lambda: cured("Comb", "irradiated"),
    "and the distant one in # %": lambda: cured("Comb", "distant"),
    "both tumours must start from about # times the million": lambda: typed_over_simulated("irradiated"),
    "the combination then clears # % of the distant tumours": lambda: cured(
        "Comb", "distant", "--without damage_sensing"
    ),
    "the antibodies alone # %, where": lambda: cured("P1C4", "distant", "--without damage_sensing"),
    "where it was # % and": lambda: cured("Comb", "distant"),
    "where it was # % and # %": lambda: cured("P1C4", "distant"),
    "In case of a stronger brake it clears # %": lambda: cured("Comb", "distant", "--set 'pd1_inhibition=0.95'"),
    "the model finds # % and": lambda: cured("Comb", "distant"),
    "the model finds # % and # %": lambda: cured("P1C4", "distant"),
    "a smaller distant tumour in # % of cases": lambda: 100.0 * outcome("abscopal", "Comb", "P1C4")["probability"],
    "the gain of time in # %": lambda: 100.0 * outcome("survival", "Comb", "P1C4")["probability"],
    "# % more tumour-specific CD8 T cells in blood": lambda: more("blood_cd8"),
    "a density in the distant tumour that is # % higher": lambda: more("cd8_density", "distant"),
}


def pattern(sentence: str) -> re.Pattern[str]:
    """The sentence as it stands in the page, broken over lines anywhere; its last number is the one it tells."""
    words = [re.escape(word) for word in re.split(r"\s+", sentence)]
    parts = r"\s+".join(words).split(r"\#")
    return re.compile(r"[\d.]+".join(parts[:-1]) + r"(?P<number>\d+(?:\.\d+)?)" + parts[-1])


def rewritten(page: str) -> str:
    """The page with the numbers of the program."""
    for sentence, rule in NUMBERS.items():
        found = pattern(sentence).search(page)
        if found is None:
            raise SystemExit(f"{PAGE} has no sentence {sentence!r}: change it here as well")
        digits = 1 if "." in found["number"] else 0
        page = f"{page[: found.start('number')]}{rule():.{digits}f}{page[found.end('number') :]}"
    return page


def main() -> None:
    """Make the runs, draw each figure and write the numbers."""
    IMAGES.mkdir(exist_ok=True)
    for kind in ("growth", "survival", "response"):
        path = IMAGES / f"takahashi2019_lm8_{kind}.png"
        result().plot(kind).savefig(path, dpi=110, bbox_inches="tight")
        print(f"wrote {path}")
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}; read the words around its numbers again")


if __name__ == "__main__":
    main()
