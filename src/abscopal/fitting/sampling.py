"""Draws from the posterior: from the Gaussian around the mode, or from the prior, along a path of distributions.

The density at beta is posterior^beta reference^(1 - beta). A step raises beta by no more than leaves half of the
particles effective; they are drawn anew by their weights, and moved. At beta = 1 sweeps go on until the chains agree.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from abscopal.fitting.cloud import Cloud, Moves, PathStart, effective_share, resampled, weights_to
from abscopal.fitting.convergence import effective_draws, split_r_hat
from abscopal.fitting.effort import FitEffort
from abscopal.fitting.keyed import generator
from abscopal.fitting.likelihood import Likelihood
from abscopal.fitting.mode import FitProgress
from abscopal.fitting.notes import FitNotes
from abscopal.simulation import FloatArray

# What counts as converged.
MOST_R_HAT, LEAST_DRAWS = 1.05, 400.0
_LEAST_SHARE, _SMALLEST_STEP = 0.5, 1e-4
# Draws of a chain that are kept at most.
_MOST_KEPT = 1024
# Of a preview; each draw costs a solve of every animal where they have parameters of their own.
_PREVIEW_DRAWS, _PREVIEW_DRAWS_OF_ANIMALS = 100, 50


@dataclass(frozen=True)
class Draws:
    """Draws in the order in which they were made.

    Attributes
    ----------
    theta : (chains, draws, shared coordinates); `eta` (chains, draws, animals, k); `groups` their log-likelihoods.
    particles : particles of each chain: draw i + particles is the next snapshot of draw i.
    accepted, own_accepted : shares of moves accepted at beta = 1.
    stages, sweeps : steps of the path, and sweeps in all.
    """

    theta: FloatArray
    eta: FloatArray
    groups: FloatArray
    particles: int
    accepted: float = 1.0
    own_accepted: float = 1.0
    stages: int = 0
    sweeps: int = 0

    @property
    def log_posterior(self) -> FloatArray:
        """Log posterior (chains, draws), without its constant."""
        prior = -0.5 * (self.theta**2).sum(axis=-1) - 0.5 * (self.eta**2).sum(axis=(-1, -2))
        return np.asarray(self.groups.sum(axis=-1) + prior)

    def r_hat(self, quantity: FloatArray) -> float:
        """Of a quantity (chains, draws)."""
        return split_r_hat(quantity)

    def effective(self, quantity: FloatArray) -> float:
        """Effective draws of a quantity (chains, draws)."""
        chains = len(quantity)
        snapshots = quantity.reshape(chains, -1, self.particles)
        return effective_draws(np.moveaxis(snapshots, 1, 2).reshape(chains * self.particles, -1))

    @property
    def worst(self) -> tuple[float, float]:
        """Largest R-hat and fewest effective draws of the shared coordinates."""
        each = [self.theta[..., i] for i in range(self.theta.shape[-1])]
        return max((self.r_hat(q) for q in each), default=1.0), min((self.effective(q) for q in each), default=np.inf)


@dataclass
class _Run:
    """Where the sampling stands; all of it is noted after each sweep."""

    cloud: Cloud
    beta: float = 0.0
    stage: int = 0
    in_stage: int = 0
    sweeps: int = 0
    rates: list[tuple[float, float]] = field(default_factory=list)
    kept: list[Cloud] = field(default_factory=list)
    kept_at: list[int] = field(default_factory=list)


def preview(likelihood: Likelihood, reference: PathStart, effort: FitEffort, seed: int) -> Draws:
    """Draws of the Gaussian around the mode."""
    each = _PREVIEW_DRAWS_OF_ANIMALS if likelihood.individual else _PREVIEW_DRAWS
    count = effort.chains * each
    random = generator(seed, "preview")
    cloud = _drawn(likelihood, reference, count, random)
    bad = ~np.isfinite(cloud.groups).all(axis=1)
    if bad.any() and not bad.all():
        cloud = resampled(cloud, np.where(bad, -np.inf, 0.0), effort.chains, random)
    return _shaped([cloud], effort.chains, each)


def sample(
    likelihood: Likelihood,
    reference: PathStart,
    effort: FitEffort,
    seed: int,
    notes: FitNotes | None = None,
    progress: FitProgress | None = None,
) -> Draws:
    """Draws of the posterior, from a reference; with notes it goes on where they end."""
    moves = Moves(likelihood, reference, effort.chains, seed)
    run = _noted(notes) if notes is not None else None
    if run is None:
        cloud = _drawn(likelihood, reference, effort.particles, generator(seed, "first"))
        run = _Run(_alive(cloud, effort.chains, seed), beta=0.0 if effort.stages else 1.0)
        _note(notes, run)
    planned = max(effort.stages, 1) * effort.moves
    while not _ended(run, effort):
        if progress is not None:
            progress("sampling", run.sweeps, max(planned, run.sweeps + 1))
        if run.beta < 1.0 and (run.in_stage == 0 or run.in_stage >= effort.moves):
            _advance(run, reference, effort, seed)
        rates = moves.sweep(run.cloud, run.beta, run.sweeps)
        run.sweeps, run.in_stage = run.sweeps + 1, run.in_stage + 1
        if run.beta >= 1.0:
            _record(run, effort, rates)
        _note(notes, run)
    each = effort.particles // effort.chains
    found = _shaped(_late(run, effort), effort.chains, each)
    shares = np.array(run.rates).mean(axis=0)
    return Draws(found.theta, found.eta, found.groups, each, float(shares[0]), float(shares[1]), run.stage, run.sweeps)


def _drawn(likelihood: Likelihood, reference: PathStart, count: int, random: np.random.Generator) -> Cloud:
    d, animals, k = likelihood.size, likelihood.animals, likelihood.individual
    theta, eta = reference.precision.drawn(
        random.standard_normal((count, d)), random.standard_normal((count, animals, k))
    )
    theta, eta = theta + reference.theta, eta + reference.eta
    return Cloud(theta, eta, likelihood.groups(theta, eta))


def _alive(cloud: Cloud, chains: int, seed: int) -> Cloud:
    """Without particles that cannot be solved: others of their chain stand in for them."""
    bad = ~np.isfinite(cloud.groups).all(axis=1)
    if not bad.any() or bad.all():
        return cloud
    return resampled(cloud, np.where(bad, -np.inf, 0.0), chains, generator(seed, "alive"))


def _advance(run: _Run, reference: PathStart, effort: FitEffort, seed: int) -> None:
    """The next step of the path: as large as the plan, or as leaves half of the particles effective."""
    step = min(1.0 / effort.stages, 1.0 - run.beta)
    if effective_share(weights_to(run.cloud, reference, step)) < _LEAST_SHARE:
        low, high = 0.0, step
        for _ in range(30):
            middle = 0.5 * (low + high)
            enough = effective_share(weights_to(run.cloud, reference, middle)) >= _LEAST_SHARE
            low, high = (middle, high) if enough else (low, middle)
        step = min(max(low, _SMALLEST_STEP), 1.0 - run.beta)
    weights = weights_to(run.cloud, reference, step)
    run.cloud = resampled(run.cloud, weights, effort.chains, generator(seed, "resampling", run.stage))
    run.beta = 1.0 if run.beta + step > 1.0 - 1e-9 else run.beta + step
    run.stage, run.in_stage = run.stage + 1, 0


def _record(run: _Run, effort: FitEffort, rates: tuple[float, float]) -> None:
    run.rates.append(rates)
    every = 1 if effort.stages else max(1, effort.moves // 5)
    if len(run.rates) % every == 0:
        run.kept.append(run.cloud.copied(np.arange(len(run.cloud.theta))))
        run.kept_at.append(len(run.rates))


def _ended(run: _Run, effort: FitEffort) -> bool:
    """Whether the chains agree, or the effort is spent; looked at once every `moves` sweeps."""
    at_end = len(run.rates)
    if run.beta < 1.0 or at_end == 0 or at_end % effort.moves:
        return False
    if run.sweeps + effort.moves > max(effort.most_sweeps, effort.moves):
        return True
    each = effort.particles // effort.chains
    worst, fewest = _shaped(_late(run, effort), effort.chains, each).worst
    return worst <= MOST_R_HAT and fewest >= LEAST_DRAWS


def _late(run: _Run, effort: FitEffort) -> list[Cloud]:
    """Snapshots of the second half at beta = 1, thinned to what is kept."""
    half = len(run.rates) / 2.0
    late = [cloud for cloud, at in zip(run.kept, run.kept_at, strict=True) if at > half]
    most = max(2, _MOST_KEPT * effort.chains // effort.particles)
    if len(late) > most:
        late = [late[i] for i in np.unique(np.linspace(0, len(late) - 1, most).round().astype(int))]
    return late


def _shaped(snapshots: list[Cloud], chains: int, each: int) -> Draws:
    """Snapshots one after the other, by chain."""

    def joined(name: str) -> FloatArray:
        parts = [getattr(cloud, name) for cloud in snapshots]
        split = [part.reshape(chains, each, *part.shape[1:]) for part in parts]
        return np.concatenate(split, axis=1)

    return Draws(joined("theta"), joined("eta"), joined("groups"), each)


def _note(notes: FitNotes | None, run: _Run) -> None:
    if notes is None:
        return
    kept = {f"run:kept_{name}": _stacked(run.kept, name, run.cloud) for name in ("theta", "eta", "groups")}
    state = np.array([run.beta, run.stage, run.in_stage, run.sweeps])
    notes.keep(
        {
            "run:theta": run.cloud.theta,
            "run:eta": run.cloud.eta,
            "run:groups": run.cloud.groups,
            "run:state": state,
            "run:rates": np.array(run.rates).reshape(-1, 2),
            "run:kept_at": np.array(run.kept_at, dtype=int),
            **kept,
        }
    )


def _stacked(clouds: list[Cloud], name: str, like: Cloud) -> FloatArray:
    if clouds:
        return np.stack([getattr(cloud, name) for cloud in clouds])
    return np.zeros((0, *getattr(like, name).shape))


def _noted(notes: FitNotes) -> _Run | None:
    held = notes.held
    if "run:state" not in held:
        return None
    beta, stage, in_stage, sweeps = held["run:state"]
    kept = [
        Cloud(held["run:kept_theta"][i].copy(), held["run:kept_eta"][i].copy(), held["run:kept_groups"][i].copy())
        for i in range(len(held["run:kept_at"]))
    ]
    return _Run(
        Cloud(held["run:theta"].copy(), held["run:eta"].copy(), held["run:groups"].copy()),
        float(beta),
        int(stage),
        int(in_stage),
        int(sweeps),
        [(float(a), float(b)) for a, b in held["run:rates"]],
        kept,
        [int(at) for at in held["run:kept_at"]],
    )
