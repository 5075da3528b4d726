"""Effects of lines that only facts tell of: drawn anew in each set, and chosen by what the facts say of them there.

The ensemble smoother moves a number by its correlation with data over all sets. A line without arms of its own has a
handful of facts, whose correlations drown in what the shared numbers do; given a set, they are simply compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from abscopal import cohort
from abscopal.calibrate import levels
from abscopal.calibrate.ensemble import Floats
from abscopal.calibrate.facts import facts, rows_wanted
from abscopal.parameters.population import OF_LINE

# Candidates of each set; one of them is the effect that the set had.
CANDIDATES = 12


def lines_of_facts(with_arms: Sequence[str]) -> tuple[str, ...]:
    """Lines of the calibration that have facts but no measured arm."""
    told = {row.line for row in rows_wanted()}
    return tuple(line for line in levels.declared()["priors"] if line in told and line not in with_arms)


def chosen(
    places: Floats, columns: Sequence[str], line: str, animals: int, seed: int, threads: int | None = None
) -> Floats:
    """Places with the effects of one line resampled within each set by the likelihood of its facts.

    Parameters
    ----------
    places : array (sets, columns) [prior standard deviations].
    columns : names of the columns.
    animals : simulated animals of each arm.
    """
    own = [i for i, name in enumerate(columns) if name.partition(OF_LINE)[2] == line]
    candidates = np.repeat(places[:, None, :], CANDIDATES, axis=1)
    for column in own:
        key = f"calibration/candidates/{columns[column]}"
        drawn = cohort.standard_normals(seed, key, len(places) * (CANDIDATES - 1))
        candidates[:, 1:, column] = drawn.reshape(len(places), CANDIDATES - 1)
    rows = tuple(row for row in rows_wanted() if row.line == line)
    found = facts(candidates.reshape(-1, len(columns)), columns, animals, seed, threads, rows)
    logs = -0.5 * np.square(found.misfit).sum(axis=1).reshape(len(places), CANDIDATES)
    gumbel = np.random.default_rng(seed).gumbel(size=logs.shape)
    return np.asarray(candidates[np.arange(len(places)), (logs + gumbel).argmax(axis=1)])
