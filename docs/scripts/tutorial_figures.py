"""Draws the figures of docs/tutorial.md: run `python docs/scripts/tutorial_figures.py` in the repository."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import abscopal as ab

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Run the example once and draw each figure."""
    IMAGES.mkdir(exist_ok=True)
    result = ab.run(ROOT / "examples" / "takahashi2019_lm8.yaml")
    for kind in ("growth", "survival", "response"):
        path = IMAGES / f"takahashi2019_lm8_{kind}.png"
        result.plot(kind).savefig(path, dpi=110, bbox_inches="tight")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
