"""Estimators of global sensitivity: rank regression, first-order and total indices, each with a bootstrap.

Rows are samples, columns parameters or readouts. Nothing here knows the model.

SALib (1.6, MIT) was considered and not used. It has no rank regression. Its Jansen estimator on a radial design
(`sobol_jansen`) takes the variance from the bases alone, of which there are 32 here, and not from the large sample; it
takes one readout at a time and must have every parameter redrawn, so it cannot refine those that show. Its first-order
indices of a given sample (`rbd_fast`, `delta`) correct for noise in other ways, so the published numbers would move.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 20
LEVELS = (0.05, 0.95)


def ranks(values: Floats) -> Floats:
    """Ranks within each column, centred and with variance 1; a constant column is 0."""
    order = values.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable").astype(float)
    # Readouts that end at a floor are tied: they share the mean of their ranks.
    for column in range(values.shape[1]):
        _, where, counts = np.unique(values[:, column], return_inverse=True, return_counts=True)
        order[:, column] = (np.bincount(where, order[:, column]) / counts)[where]
    centred = order - order.mean(axis=0)
    spread = centred.std(axis=0)
    return np.asarray(centred / np.where(spread > 0.0, spread, 1.0))


def rank_regression(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Standardised rank regression coefficients (parameters, readouts), and the share of rank variance they explain."""
    a, b = ranks(x), ranks(y)
    found = np.linalg.lstsq(a, b, rcond=None)[0]
    left = ((b - a @ found) ** 2).mean(axis=0)
    explained = 1.0 - left / np.where(b.var(axis=0) > 0.0, b.var(axis=0), 1.0)
    return np.asarray(found), np.asarray(explained)


def first_order(x: Floats, y: Floats, draws: int = 0, seed: int = 1, bins: int = BINS) -> tuple[Floats, Floats]:
    """First-order indices (parameters, readouts) from any independent sample, and their bootstrap (2, ...).

    Variance between bins of equally many samples over the whole variance, less what bins of pure noise would show.
    The resampled values keep the bins of the sample.
    """
    from scipy import sparse

    n, parameters = x.shape
    place = x.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable") * bins // n
    columns = (place + bins * np.arange(parameters)).ravel()
    belongs = sparse.csr_matrix((np.ones(n * parameters), (np.repeat(np.arange(n), parameters), columns)))
    belongs = belongs.T.tocsr()

    def indices(weights: Floats) -> Floats:
        mean = weights @ y / n
        centred = y - mean
        count = (belongs @ weights).reshape(parameters, bins, 1)
        sums = (belongs @ (weights[:, None] * centred)).reshape(parameters, bins, -1)
        between = (sums**2 / np.maximum(count, 1.0)).sum(axis=1) / n
        variance = weights @ centred**2 / n
        share = between / np.where(variance > 0.0, variance, 1.0)
        # Among `bins` groups of noise the expected share is (bins - 1)/(n - 1); a bootstrap sample has fewer members.
        members = weights.sum() ** 2 / (weights**2).sum()
        noise = (bins - 1.0) / (members - 1.0)
        return np.asarray((share - noise) / (1.0 - noise))

    found = indices(np.ones(n))
    random = np.random.default_rng(seed)
    again = [indices(random.multinomial(n, np.full(n, 1.0 / n)).astype(float)) for _ in range(draws)]
    interval = np.quantile(again, LEVELS, axis=0) if draws else np.stack([found, found])
    return found, interval


def total(differences: Floats, variance: Floats, draws: int = 0, seed: int = 1) -> tuple[Floats, Floats]:
    """Total indices (parameters, readouts) and their bootstrap (2, ...) by Jansen's estimator on a radial design.

    Parameters
    ----------
    differences : (bases, parameters, readouts): readout with this parameter alone redrawn, less that of the base.
    variance : (readouts,), of a large sample.
    """
    squares = differences**2 / (2.0 * np.where(variance > 0.0, variance, 1.0))
    found = squares.mean(axis=0)
    bases = len(squares)
    random = np.random.default_rng(seed)
    again = [squares[random.integers(0, bases, bases)].mean(axis=0) for _ in range(draws)]
    interval = np.quantile(again, LEVELS, axis=0) if draws else np.stack([found, found])
    return found, interval


def radial(bases: Floats, others: Floats, varying: NDArray[np.int64]) -> Floats:
    """Every base with each varying parameter alone taken from the other sample, shape (bases x varying, parameters)."""
    changed = np.repeat(bases[:, None, :], len(varying), axis=1)
    changed[:, np.arange(len(varying)), varying] = others[:, varying]
    return np.ascontiguousarray(changed.reshape(-1, bases.shape[1]))


def tenths(x: Floats, y: Floats) -> Floats:
    """Mean readouts in the lowest and highest tenth of each parameter, less their mean: (2, parameters, readouts)."""
    n = len(x)
    order = x.argsort(axis=0, kind="stable")
    few = max(1, n // 10)
    ends = [y[order[:few]].mean(axis=0), y[order[-few:]].mean(axis=0)]
    return np.asarray(np.stack(ends) - y.mean(axis=0))


def collinear(columns: Floats, least_cosine: float, least_length: float) -> list[tuple[int, int, float]]:
    """Pairs of columns (i, j, cosine) that point the same or the opposite way, among those long enough."""
    length = np.linalg.norm(columns, axis=0)
    unit = columns / np.where(length > 0.0, length, 1.0)
    cosine = unit.T @ unit
    found = []
    for i, j in zip(*np.nonzero(np.triu(np.abs(cosine) >= least_cosine, 1)), strict=True):
        if min(length[i], length[j]) >= least_length:
            found.append((int(i), int(j), float(cosine[i, j])))
    return found
