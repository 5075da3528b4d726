"""What a fit found, in numbers and words: the table, what the data tell nothing about, and what to be wary of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import binom

from abscopal.fitting.evaluation import Evaluation
from abscopal.fitting.mode import Mode
from abscopal.fitting.problem import FitProblem
from abscopal.fitting.sampling import LEAST_DRAWS, MOST_R_HAT, Draws
from abscopal.simulation import FloatArray

# Below this contraction of the variance the data tell nothing of a parameter.
LEAST_CONTRACTION = 0.1
# Correlation of two parameters that is told, and share of rows within the 80 % interval below which a check fails.
_CORRELATED, _LEAST_INSIDE, _LEVEL = 0.9, 0.65, 0.01
_QUANTILES = {"q05": 0.05, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q95": 0.95}
_MOST_TOLD = 3
# Places of a mode farther out than this in the prior are told [standard deviations].
_FAR = 3.0


def table(problem: FitProblem, draws: Draws, mode: Mode) -> pd.DataFrame:
    """One row per shared parameter and error: posterior, prior, contraction and convergence."""
    rows = []
    for i, item in enumerate(problem.shared_coordinates):
        places = draws.theta[..., i]
        values = item.value(places)
        contraction = 1.0 - float(places.var())
        nothing = contraction < LEAST_CONTRACTION
        rows.append(
            {
                "name": item.name,
                "kind": item.kind,
                "unit": item.unit,
                "mean": float(values.mean()),
                "sd": float(values.std()),
                **{name: float(np.quantile(values, q)) for name, q in _QUANTILES.items()},
                "mode": float(item.value(mode.theta[0, i])),
                **{f"prior_{name}": float(item.value(ndtri(_QUANTILES[name]))) for name in ("q05", "q50", "q95")},
                "contraction": contraction,
                "rhat": draws.r_hat(places),
                "ess": draws.effective(places),
                "verdict": f"the data tell nothing about {item.name}" if nothing else "",
            }
        )
    return pd.DataFrame(rows)


def predictive_check(problem: FitProblem, evaluation: Evaluation) -> pd.DataFrame:
    """By arm and observable: how many rows lie within the 80 % interval of values measured anew.

    Notes
    -----
    A censored row lies within where its region meets the interval. A check fails where so few lie within would be seen
    once in a hundred among as many independent values as there are animals or days, and fewer than 65 % do.
    """
    used = problem.used
    flat = evaluation.replicated.reshape(-1, len(used))
    low, high = np.nanquantile(flat, [0.1, 0.9], axis=0)
    inside = np.array([_inside(row.role, row.observation, a, b) for row, a, b in zip(used, low, high, strict=True)])
    rows = []
    keys = [(row.observation.arm, row.observation.observable) for row in used]
    for arm, observable in dict.fromkeys(keys):
        chosen = np.array(
            [
                key == (arm, observable) and row.role not in ("death", "alive")
                for key, row in zip(keys, used, strict=True)
            ]
        )
        if not chosen.any():
            continue
        n, hits = int(chosen.sum()), int(inside[chosen].sum())
        independent = max(
            len({row.series for row, c in zip(used, chosen, strict=True) if c}),
            len({row.observation.day for row, c in zip(used, chosen, strict=True) if c}),
        )
        share = hits / n
        fails = share < _LEAST_INSIDE and float(binom.cdf(round(share * independent), independent, 0.8)) < _LEVEL
        rows.append({"arm": arm, "observable": observable, "rows": n, "inside_80": share, "fails": bool(fails)})
    return pd.DataFrame(rows, columns=["arm", "observable", "rows", "inside_80", "fails"])


def _inside(role: str, observation: Any, low: float, high: float) -> bool:
    if role == "below":
        return bool(low < observation.value)
    if role == "above":
        return bool(high > observation.value)
    if role == "interval":
        return bool(low < observation.value and high > observation.lower)
    return bool(low <= observation.value <= high)


def warnings_of(
    problem: FitProblem,
    draws: Draws,
    mode: Mode,
    told: pd.DataFrame,
    checks: pd.DataFrame,
    failures: Mapping[str, int],
    from_prior: bool,
) -> tuple[str, ...]:
    """What to be wary of, in sentences."""
    found = []
    if from_prior:
        found.append("no start of the search arrived at a mode: the draws come from the prior in steps, less exactly")
    for i, item in enumerate(problem.shared_coordinates):
        bound = item.at_bound(float(mode.theta[0, i]))
        if bound:
            found.append(f"the mode of {item.name} sits at its {bound} bound")
        elif abs(mode.theta[0, i]) > _FAR:
            found.append(
                f"the data pull {item.name} to {mode.theta[0, i]:+.1f} standard deviations of what was declared: "
                "either is wrong, or the model lacks something"
            )
    if mode.rival is not None:
        found.append(
            f"there are two modes, whose 2 log posterior differs by {mode.rival:.2g} only: the draws know the first"
        )
    poor = told[(told["rhat"] > MOST_R_HAT) | (told["ess"] < LEAST_DRAWS)]
    if len(poor):
        worst = poor.loc[poor["rhat"].idxmax()]
        found.append(
            f"the chains do not agree yet on {_listed(list(poor['name']))} (R-hat up to {poor['rhat'].max():.2f}, "
            f"{poor['ess'].min():.0f} effective draws at least, worst {worst['name']}): give it more sweeps"
        )
    for row in checks[checks["fails"]].itertuples():
        found.append(
            f"the model does not reproduce {row.observable} of {row.arm}: {row.inside_80:.0%} of the values lie within "
            "the 80 % interval"
        )
    if failures:
        total, (reason, count) = sum(failures.values()), max(failures.items(), key=lambda item: item[1])
        found.append(f"{total} trajectories failed and count as impossible; {count} of them: {reason}")
    return tuple(found)


def headline(told: pd.DataFrame, checks: pd.DataFrame, label: str) -> str:
    """The fit in one sentence; it begins with a failing check."""
    parameters = told[told["kind"] == "shared"]
    nothing = int((parameters["contraction"] < LEAST_CONTRACTION).sum())
    tell = f"of {len(parameters)} parameters the data tell something about {len(parameters) - nothing}"
    failing = checks[checks["fails"]]
    if len(failing):
        arms = _listed(list(dict.fromkeys(failing["arm"])))
        first = f"The model does not reproduce {arms}: read nothing into the rest before that is understood"
        return f"{first} ({label}; {tell})"
    return f"{tell[0].upper()}{tell[1:]} ({label})"


def identifiability(problem: FitProblem, mode: Mode, draws: Draws) -> pd.DataFrame:
    """Directions of the curvature at the mode, sharpest first: information beside the prior, and what they combine.

    Notes
    -----
    Information is the eigenvalue of the likelihood's curvature in units of the prior: 1 halves the variance. Pairs of
    parameters whose draws are correlated beyond 0.9 follow, with the correlation in place of the information.
    """
    names = [item.name for item in problem.shared_coordinates]
    values, vectors = np.linalg.eigh(mode.precision.reduced - np.eye(len(names)))
    rows = [
        {"direction": i + 1, "information": float(max(value, 0.0)), "combination": _words(vector, names)}
        for i, (value, vector) in enumerate(zip(values[::-1], vectors.T[::-1], strict=True))
    ]
    flat = draws.theta.reshape(-1, len(names))
    with np.errstate(invalid="ignore", divide="ignore"):
        together = np.atleast_2d(np.corrcoef(flat.T))
    for i in range(len(names)):
        for j in range(i):
            if abs(together[i, j]) > _CORRELATED:
                rows.append(
                    {
                        "direction": 0,
                        "information": float(together[i, j]),
                        "combination": f"{names[j]} and {names[i]} are correlated: only a combination is known",
                    }
                )
    return pd.DataFrame(rows, columns=["direction", "information", "combination"])


def _words(vector: FloatArray, names: Sequence[str]) -> str:
    """The largest parts of a direction: `+0.82 kill_rate -0.41 doubling_time`."""
    sign = 1.0 if vector[np.argmax(np.abs(vector))] > 0 else -1.0
    order = np.argsort(-np.abs(vector))[:3]
    return " ".join(f"{sign * vector[i]:+.2f} {names[i]}" for i in order if abs(vector[i]) > 0.1)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_MOST_TOLD]) + (f" and {len(names) - _MOST_TOLD} more" if len(names) > _MOST_TOLD else "")


def left_out_one_by_one(problem: FitProblem, evaluation: Evaluation) -> pd.DataFrame:
    """Leave-one-out by animal and by series of summaries: expected log predictive density, and Pareto k of its weights.

    Notes
    -----
    Draws are weighted by one over the likelihood of what is left out, smoothed (Pareto-smoothed importance sampling). A
    k above 0.7 says that the draws without it lie too far away: refit without it. An animal with parameters of its own
    is left out given them, which often gives a large k.
    """
    from abscopal.fitting.convergence import smoothed_weights

    log_likelihood = evaluation.by_series(problem).reshape(-1, len(problem.series))
    arms = [animal.arm for animal in problem.animals]
    by_series = dict(zip(problem.series_of_row, (row.observation.arm for row in problem.used), strict=True))
    rows = []
    for s, name in enumerate(problem.series):
        finite = log_likelihood[:, s][np.isfinite(log_likelihood[:, s])]
        weights, k = smoothed_weights(-finite) if finite.size else (np.zeros(0), np.inf)
        elpd = float(np.logaddexp.reduce(weights + finite)) if finite.size else -np.inf
        arm = arms[s] if s < len(arms) else by_series[s]
        rows.append({"animal": name, "arm": arm, "elpd": elpd, "pareto_k": k, "reliable": bool(k <= 0.7)})
    found = pd.DataFrame(rows, columns=["animal", "arm", "elpd", "pareto_k", "reliable"])
    found.attrs["elpd"] = float(found["elpd"].sum())
    found.attrs["se"] = float(np.sqrt(len(found) * found["elpd"].var(ddof=0)))
    return found
