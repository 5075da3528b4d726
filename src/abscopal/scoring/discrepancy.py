"""Whether the probabilities claim too much: a lapse or a temperature, measured with studies left out.

Run as `python -m abscopal.scoring.discrepancy SCORES.json` on a score that was made without either. Only the
development split is looked at: claims of other studies are dropped unread.

- lapse: p' = (1 - lapse) p + lapse x how often differences are reported, counted on the other studies;
- temperature: p' proportional to p^(1/T).

For every study the value is chosen that scores best on all others, and scored on it; studies weigh equally.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from abscopal.module_commands import parser_of
from abscopal.scoring.baselines import count
from abscopal.scoring.metrics import Probabilities, Scored, log_score, mixed, published_outcome
from abscopal.scoring.split import DEVELOPMENT, split_of

LAPSES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0)
TEMPERATURES = (1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0, 6.0)
# Probabilities at a value, given how often differences are reported elsewhere.
Change = Callable[[Probabilities, Probabilities, float], Probabilities]


@dataclass(frozen=True)
class GridScores:
    """Log scores of a grid of values.

    Attributes
    ----------
    grid : value -> mean log score over studies.
    chosen : the value that scores best on all studies.
    left_out : mean log score of studies at the value chosen on the others.
    gain, error : of `left_out` over the first value of the grid (no change), and its standard error over studies.
    """

    grid: Mapping[float, float]
    chosen: float
    left_out: float
    gain: float
    error: float


def development_claims(document: Mapping[str, Any]) -> list[Scored]:
    """The verified, covered claims of the development split in a `scores.json`."""
    return [
        Scored(
            claim["study"],
            Probabilities(claim["p_better"], claim["p_none"], claim["p_worse"]),
            published_outcome(claim["relation"]),
        )
        for claim in document["claims"]
        if split_of(claim["study"]) == DEVELOPMENT and claim["counted"]
    ]


def lapsed(p: Probabilities, prevalence: Probabilities, lapse: float) -> Probabilities:
    """A claim that reports something else than its experiment is worth the prevalence."""
    return mixed(p, prevalence, lapse)


def tempered(p: Probabilities, prevalence: Probabilities, temperature: float) -> Probabilities:
    """Probabilities drawn together, in proportion to p^(1/T); 1 leaves them as they are."""
    raised = [value ** (1.0 / temperature) for value in (p.better, p.none, p.worse)]
    return Probabilities(*(value / sum(raised) for value in raised))


def measure(claims: Sequence[Scored], change: Change, values: Sequence[float]) -> GridScores:
    """Log scores of changed probabilities; the first value changes nothing."""
    studies = sorted({claim.study for claim in claims})
    if len(studies) < 2:
        raise ValueError("at least two studies of the development split are needed")
    rows = []
    for study in studies:
        prevalence = _prevalence(claim for claim in claims if claim.study != study)
        own = [claim for claim in claims if claim.study == study]
        rows.append([np.mean([log_score(change(c.prediction, prevalence, v), c.outcome) for c in own]) for v in values])
    scores = np.array(rows)  # studies x values
    others = (scores.sum(axis=0) - scores) / (len(studies) - 1)
    held = scores[np.arange(len(studies)), others.argmax(axis=1)]
    gains = held - scores[:, 0]
    mean = scores.mean(axis=0)
    return GridScores(
        grid=dict(zip(values, mean.tolist(), strict=True)),
        chosen=values[int(mean.argmax())],
        left_out=float(held.mean()),
        gain=float(gains.mean()),
        error=float(gains.std(ddof=1) / np.sqrt(len(studies))),
    )


def _prevalence(claims: Iterable[Scored]) -> Probabilities:
    return count((0, claim.outcome) for claim in claims).probabilities(0)


def _told(name: str, found: GridScores) -> Iterable[str]:
    yield f"{name:<12} log score per study, development"
    for value, score in found.grid.items():
        yield f"{value:<12g} {score:+.4f}{'  <- best on all' if value == found.chosen else ''}"
    yield f"chosen with each study left out: {found.left_out:+.4f}, gain {found.gain:+.4f} +/- {found.error:.4f}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints both grids, and what the value chosen without a study gains on it."""
    parser = parser_of("abscopal.scoring.discrepancy", __doc__)
    parser.add_argument("scores", type=Path, metavar="SCORES.json")
    given = parser.parse_args(arguments)
    try:
        claims = development_claims(json.loads(given.scores.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        parser.error(f"{given.scores}: {error}; give the scores.json that `abscopal score -o DIR` writes")
    studies = len({claim.study for claim in claims})
    if studies < 2:
        what = f"the covered claims are of {studies} studies of the development split; two are needed"
        parser.error(f"{given.scores}: {what}; score the whole catalogue")
    print(f"{len(claims)} claims of {studies} studies of the development split\n")
    for name, change, values in (("lapse", lapsed, LAPSES), ("temperature", tempered, TEMPERATURES)):
        print("\n".join(_told(name, measure(claims, change, values))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
