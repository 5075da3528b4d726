"""Writes docs/sensitivity.md, its figure and docs/sensitivity.csv: which parameters decide what the model predicts.

Run `python docs/scripts/sensitivity.py`; it takes some two minutes of two cores, and the same seed gives the same page.
Smaller numbers (`--samples 400 --screening 8 --bases 16`) are for trying it out: give another folder with `--to`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import sensitivity_page
from sensitivity_bench import Bench
from sensitivity_cases import LINES, PATIENTS
from sensitivity_results import Analysed, Effort, analysed

DOCS = Path(__file__).parents[1]


def main() -> None:
    """Solves every case and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=3000)
    parser.add_argument("--screening", type=int, default=32, help="bases around which every parameter is redrawn")
    parser.add_argument("--bases", type=int, default=128, help="bases for the parameters that show")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--to", type=Path, default=DOCS, help="folder of the page")
    chosen = parser.parse_args()
    if not 2 <= chosen.screening < chosen.bases <= chosen.samples // 2:
        parser.error("needs 2 <= screening < bases <= samples/2")
    effort = Effort(chosen.samples, chosen.screening, chosen.bases, chosen.seed)
    began = time.perf_counter()
    cases = [_case(name, effort, began) for name in (*LINES, PATIENTS)]
    sensitivity_page.write(cases, effort, chosen.to)
    print(f"wrote {chosen.to / 'sensitivity.md'} after {time.perf_counter() - began:.0f} s", file=sys.stderr)


def _case(name: str, effort: Effort, began: float) -> Analysed:
    def progress(done: int, total: int) -> None:
        print(f"{name}: {done} of {total} solved, {time.perf_counter() - began:.0f} s", file=sys.stderr)

    bench = Bench(name)
    sampled = bench.sample(effort.samples, effort.screening, effort.bases, effort.seed, progress)
    return analysed(bench, sampled, bench.local(), effort)


if __name__ == "__main__":
    main()
