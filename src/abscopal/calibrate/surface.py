r"""A quadratic surface through noisy log-likelihoods, and its profile over one parameter.

.. math:: \ell(z) = c + \sum_a (b_a z_a + q_a z_a^2) + \sum_{a<b} m_{ab} z_a z_b + \epsilon

in places :math:`z` in the declared spread (standard normal). The products carry a ridge penalty chosen by
cross-validation, an infinite one among the choices: compensation between parameters is believed only where it surely
predicts sets left out. The profile of a parameter is the maximum over all others,

.. math:: p_a(x) = \max_{z:\ z_a = x} \Big[ \ell(z) - \tfrac12 \sum_{b \ne a} z_b^2 \Big],

their declared spread holding the others where sets were drawn: far outside a quadratic knows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from abscopal.calibrate.weights import Floats

# Places of a profile: the range of a declared spread, in standard deviations.
RANGE = 2.0
PLACES = np.linspace(-RANGE, RANGE, 17)
_PENALTIES = (10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, np.inf)
_FOLDS, _SWEEPS, _STARTS = 10, 40, 6


@dataclass(frozen=True)
class Surface:
    """The fitted surface: value = constant + slope z + z curvature z, `curvature` symmetric."""

    constant: float
    slope: Floats
    curvature: Floats

    def at(self, places: Floats) -> Floats:
        """Values at places (sets, parameters)."""
        return np.asarray(
            self.constant + places @ self.slope + np.einsum("si,ij,sj->s", places, self.curvature, places)
        )

    def component(self, parameter: int) -> Floats:
        """What a parameter adds by itself, at `PLACES`."""
        return np.asarray(self.slope[parameter] * PLACES + self.curvature[parameter, parameter] * PLACES**2)


def fit(places: Floats, values: Floats, penalty: float) -> Surface:
    """The surface of least squares, products shrunk by a penalty; an infinite one leaves them out."""
    sets, parameters = places.shape
    pairs = np.triu_indices(parameters, 1) if np.isfinite(penalty) else (np.empty(0, int), np.empty(0, int))
    products = places[:, pairs[0]] * places[:, pairs[1]]
    design = np.column_stack([np.ones(sets), places, places**2, products])
    shrink = np.zeros((products.shape[1], design.shape[1]))
    shrink[:, 1 + 2 * parameters :] = np.sqrt(penalty if products.shape[1] else 0.0) * np.eye(products.shape[1])
    padded = np.concatenate([values, np.zeros(len(shrink))])
    found = np.linalg.lstsq(np.concatenate([design, shrink]), padded, rcond=None)[0]
    curvature = np.diag(found[1 + parameters : 1 + 2 * parameters])
    curvature[pairs] = found[1 + 2 * parameters :] / 2.0
    curvature = np.triu(curvature) + np.triu(curvature, 1).T
    return Surface(float(found[0]), np.asarray(found[1 : 1 + parameters]), curvature)


def choose_penalty(places: Floats, values: Floats) -> float:
    """The largest penalty of products that predicts sets left out not clearly worse than the best does.

    Clearly: by two standard errors of the difference. Products that add nothing sure would only make profiles noisy.
    """
    fold = np.arange(len(values)) % _FOLDS
    errors = {penalty: np.empty(len(values)) for penalty in _PENALTIES}
    for penalty, found in errors.items():
        for k in range(_FOLDS):
            known, out = fold != k, fold == k
            found[out] = (values[out] - fit(places[known], values[known], penalty).at(places[out])) ** 2
    best = min(errors.values(), key=lambda found: float(found.mean()))
    worse = {penalty: found - best for penalty, found in errors.items()}
    return max(p for p, w in worse.items() if w.mean() <= 2.0 * w.std() / np.sqrt(len(values)))


def profile(surface: Surface, parameter: int) -> Floats:
    """The profile of a parameter at `PLACES`.

    Notes
    -----
    Coordinate ascent: along one parameter the surface is a parabola, whose maximum within the range is known. Several
    starts, since the fitted surface need not be concave.
    """
    slope, curvature = surface.slope, surface.curvature - 0.5 * np.eye(len(surface.slope))
    random = np.random.default_rng(0)
    starts = np.concatenate([np.zeros((1, len(slope))), random.uniform(-RANGE, RANGE, (_STARTS - 1, len(slope)))])
    z = np.repeat(starts[None], len(PLACES), axis=0)
    z[..., parameter] = PLACES[:, None]
    others = [i for i in range(len(slope)) if i != parameter]
    for _ in range(_SWEEPS):
        before = z.copy()
        for i in others:
            z[..., i] = _top(slope[i] + 2.0 * (z @ curvature[i] - z[..., i] * curvature[i, i]), curvature[i, i])
        if np.abs(z - before).max(initial=0.0) < 1e-6:
            break
    prior = 0.5 * (z[..., others] ** 2).sum(axis=-1)
    values = surface.at(z.reshape(-1, len(slope))).reshape(z.shape[:2]) - prior
    return np.asarray(values.max(axis=1))


def _top(slope: Floats, curvature: float) -> Floats:
    """Place within the range where slope z + curvature z^2 is largest."""
    if curvature < 0.0:
        return np.asarray(np.clip(-0.5 * slope / curvature, -RANGE, RANGE))
    return np.asarray(np.where(slope >= 0.0, RANGE, -RANGE))
