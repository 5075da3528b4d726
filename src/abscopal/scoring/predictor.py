"""The blind predictor: two arms in shuffled order and a question in, chances of three outcomes out.

Nothing here knows a claim: not its better arm, its relation or its effect. `questions` asks, and turns the answers
round afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from abscopal.results.bench import CALLIPER, ArmPool, Bench, Pair
from abscopal.results.questions import Question, output_at
from abscopal.scoring.baselines import HIGHER_BED, MORE_TREATMENT, PREVALENCE, committed
from abscopal.scoring.content_keys import arm_key, study_key
from abscopal.scoring.declarations import Effort, declared
from abscopal.scoring.effects import benefits_by_set
from abscopal.scoring.measurement import bench_of, control_of, group_sizes
from abscopal.scoring.metrics import Probabilities, from_counts, mixed
from abscopal.scoring.pools import (
    CLASS_PRIOR,
    MODEL,
    NO_IMMUNITY,
    Pool,
    independent_action,
    simulate_pool,
)
from abscopal.scoring.treatments import (
    higher_dose,
    more_treatment,
    photon_equivalent_bed_gy,
    singles,
    untreated,
)
from abscopal.statistics import conventions
from abscopal.statistics.accuracy import Floats
from abscopal.statistics.experiments import Experiment, Findings, joined
from abscopal.study import Arm, Study

INDEPENDENT = "independent action"
PREDICTORS = (MODEL, NO_IMMUNITY, CLASS_PRIOR, INDEPENDENT)
# Studies of more arms than this are simulated in parts, so that their pools fit in memory.
_MOST_ARMS = 40
# A test needs a spread in each group.
_LEAST_GROUP = 2


@dataclass(frozen=True)
class Asked:
    """A question about two arms of a study, in shuffled order.

    Attributes
    ----------
    first, second : names of the arms in the study.
    published_p : whether the publication gives a p value, so that 0.05 decides; else what is visible.
    n : animals per arm where the publication tells them; None for the declared sizes.
    """

    question: Question
    first: str
    second: str
    published_p: bool = False
    n: int | None = None

    @property
    def level(self) -> float:
        """Level of p at which an author speaks of a difference."""
        return conventions.level(self.published_p)


@dataclass(frozen=True)
class Answer:
    """Chances for first against second by the model and the cut-down models, and what the rules of thumb say.

    Attributes
    ----------
    unselected : chances by the model if every experiment became a claim, whatever it finds.
    benefits : of the first arm in each plausible set, see `effects.benefits_by_set`.
    """

    chances: dict[str, Probabilities]
    direction: float
    rules: dict[str, int]
    unselected: Probabilities
    benefits: Floats


@dataclass(frozen=True)
class Prediction:
    """Answers to the questions (None where no animal could be simulated), and what the page shows of the pools."""

    answers: tuple[Answer | None, ...]
    curves: dict[tuple[str, str], tuple[tuple[float, ...], tuple[float, ...]]]


def predict(studies: Sequence[Study], asked: Sequence[Asked], effort: Effort) -> Prediction:
    """Answers to questions about one experiment.

    Parameters
    ----------
    studies : the experiment, once per draw of what its record leaves open; the same arm names in each.
    asked : the questions.

    Raises
    ------
    InputError
        The study cannot be modelled.
    """
    parts = _batches(studies[0], asked)
    found: dict[int, Answer | None] = {}
    curves: dict[tuple[str, str], tuple[tuple[float, ...], tuple[float, ...]]] = {}
    for part in parts:
        answers, pool = _predict_part(studies, [asked[i] for i in part], effort)
        found.update(zip(part, answers, strict=True))
        curves |= _curves(pool)
    return Prediction(tuple(found[i] for i in range(len(asked))), curves)


def _batches(study: Study, asked: Sequence[Asked]) -> list[list[int]]:
    """Indices of the questions in parts that need few arms each; their content alone decides the parts."""
    keys = {arm.name: arm_key(arm) for arm in study.arms}
    order = sorted(range(len(asked)), key=lambda i: (keys[asked[i].first], keys[asked[i].second], str(asked[i])))
    parts: list[list[int]] = []
    arms: set[str] = set()
    for i in order:
        pair = {keys[asked[i].first], keys[asked[i].second]}
        if not parts or len(arms | pair) > _MOST_ARMS:
            parts.append([])
            arms = set()
        parts[-1].append(i)
        arms |= pair
    return parts


def _predict_part(studies: Sequence[Study], asked: Sequence[Asked], effort: Effort) -> tuple[list[Answer | None], Pool]:
    heard: list[dict[str, list[Findings]]] = [{name: [] for name in PREDICTORS} for _ in asked]
    benefits: list[list[Floats]] = [[] for _ in asked]
    pool: Pool | None = None
    for draw, study in enumerate(studies):
        sets = range(draw, effort.sets, len(studies))
        arms = [study.arm(name) for one in asked for name in (one.first, one.second)]
        outputs = sorted({output for one in asked for output in one.question.outputs})
        here = simulate_pool(
            study, [*_distinct(arms), *_parts_of(arms), *_controls(study, asked)], outputs, sets, effort
        )
        for i, one in enumerate(asked):
            for name, findings in _findings(here, study, one, effort).items():
                heard[i][name].append(findings)
            there, bench = _bench(here, study, one, effort)
            benefits[i].append(benefits_by_set(bench, _pair(here, MODEL, there, one)))
        pool = pool or here
    assert pool is not None
    every = zip(asked, heard, benefits, strict=True)
    return [_answer(pool, studies[0], one, h, np.concatenate(b), effort) for one, h, b in every], pool


def chances_by_set(studies: Sequence[Study], asked: Sequence[Asked], effort: Effort) -> list[Floats]:
    """Shares of experiments that find the first arm better, no difference, the second better, set by set.

    Parameters
    ----------
    studies : the experiment, once per draw of what its record leaves open; sets are dealt out to the draws.

    Returns
    -------
    Per question an array (sets, 3); NaN for sets in which an arm has no animal.
    """
    found = [np.full((effort.sets, 3), np.nan) for _ in asked]
    arms = [studies[0].arm(name) for one in asked for name in (one.first, one.second)]
    outputs = sorted({output for one in asked for output in one.question.outputs})
    for draw, study in enumerate(studies):
        sets = np.arange(draw, effort.sets, len(studies))
        wanted = [study.arm(arm.name) for arm in _distinct(arms)] + _controls(study, asked)
        pool = simulate_pool(study, wanted, outputs, sets.tolist(), effort, (MODEL,))
        for one, shares in zip(asked, found, strict=True):
            there, bench = _bench(pool, study, one, effort)
            pair = _pair(pool, MODEL, there, one)
            findings = bench.findings(pair)
            seen = np.where(np.nan_to_num(findings.p, nan=1.0) < one.level, findings.sign, 0)
            by_set = seen.reshape(-1, effort.experiments_per_set)
            shares[sets[bench.usable(pair)]] = np.stack([(by_set == sign).mean(axis=1) for sign in (1, 0, -1)], axis=1)
    return found


def _distinct(arms: Sequence[Arm]) -> list[Arm]:
    return list({arm.name: arm for arm in arms}.values())


def _parts_of(arms: Sequence[Arm]) -> list[Arm]:
    """Single treatments and the untreated arm of every combination, named by their content."""
    found: dict[str, Arm] = {}
    for arm in arms:
        if len(singles(arm)) > 1:
            for part in (untreated(arm), *singles(arm)):
                found[arm_key(part)] = part.model_copy(update={"name": arm_key(part)})
    return list(found.values())


def _controls(study: Study, asked: Sequence[Asked]) -> list[Arm]:
    """Arms that others are read relative to, named by their content."""
    controls = [
        control_of(one.question, study.arm(name))
        for one in asked
        if one.question.needs_control
        for name in (one.first, one.second)
    ]
    return [control.model_copy(update={"name": arm_key(control)}) for control in controls]


def _bench(pool: Pool, study: Study, one: Asked, effort: Effort) -> tuple[tuple[Arm, Arm], Bench]:
    """The two arms of a question, and the bench that measures it on a pool."""
    arms = (study.arm(one.first), study.arm(one.second))
    keys = (arm_key(arms[0]), arm_key(arms[1]))
    streams = f"{study_key(study)}/{keys[0]}/{keys[1]}/{one.question.key}"
    known = one.n if one.n and one.n >= _LEAST_GROUP else None
    sizes = (known, known) if known else group_sizes(one.question.in_vitro, effort.filled_by)
    experiment = Experiment(sizes, effort.experiments_per_set, effort.seed, streams)
    return arms, bench_of(pool, keys, one.question, experiment)


def _pair(pool: Pool, variant: str, arms: tuple[Arm, Arm], one: Asked) -> Pair:
    there = pool.arms[variant]
    return Pair(there[arm_key(arms[0])], there[arm_key(arms[1])], _control_pools(there, arms, one))


def _findings(pool: Pool, study: Study, one: Asked, effort: Effort) -> dict[str, Findings]:
    arms, bench = _bench(pool, study, one, effort)
    found = {v: bench.findings(_pair(pool, v, arms, one)) for v in (MODEL, NO_IMMUNITY, CLASS_PRIOR)}
    floors = _floors(pool, bench)
    first, second = (_independent(pool, arm, floors) for arm in arms)
    found[INDEPENDENT] = bench.findings(Pair(first, second, _control_pools(pool.arms[MODEL], arms, one)))
    return found


def _control_pools(there: Mapping[str, ArmPool], arms: tuple[Arm, Arm], one: Asked) -> tuple[ArmPool, ArmPool] | None:
    if not one.question.needs_control:
        return None
    first, second = (there[arm_key(control_of(one.question, arm))] for arm in arms)
    return first, second


def _floors(pool: Pool, bench: Bench) -> dict[str, float]:
    share, smallest = conventions.smallest_share(), conventions.instrument(CALLIPER).smallest
    floors = {output_at("volume", site.name): smallest for site in pool.study.sites}
    return floors | {name: max(share * top, np.finfo(float).tiny) for name, top in bench.largest.items()}


def _independent(pool: Pool, arm: Arm, floors: dict[str, float]) -> ArmPool:
    """The arm as the model has it; a combination as its single treatments would make it independently."""
    there = pool.arms[MODEL]
    parts = singles(arm)
    if len(parts) < 2:
        return there[arm_key(arm)]
    control = there[arm_key(untreated(arm))]
    wanted = {name: floor for name, floor in floors.items() if name in control.outputs}
    cut = ArmPool({name: control.outputs[name] for name in wanted}, control.solved)
    return independent_action(cut, [there[arm_key(part)] for part in parts], wanted)


def _answer(
    pool: Pool, study: Study, one: Asked, heard: dict[str, list[Findings]], benefits: Floats, effort: Effort
) -> Answer | None:
    findings = {name: joined(parts) for name, parts in heard.items()}
    first, second = study.arm(one.first), study.arm(one.second)
    simulated = all(pool.arms[MODEL][arm_key(arm)].solved.any() for arm in (first, second))
    # A second challenge of survivors tells nothing where no parameter set has any: all outcomes are then as likely.
    unasked = one.question.measure == "absence" and simulated
    if any(f.sign.size == 0 for f in findings.values()) and not unasked:
        return None
    each = effort.experiments_per_set
    chances = {name: of_a_claim(f.counts(one.level), each) for name, f in findings.items()}
    doses = [photon_equivalent_bed_gy(pool.timelines[arm_key(arm)], pool.parameters) for arm in (first, second)]
    equal = float(declared()["equal_bed"]["value"])
    rules = {
        MORE_TREATMENT: more_treatment(first, second),
        HIGHER_BED: higher_dose(doses[0], doses[1], equal),
    }
    direction = findings[MODEL].direction if findings[MODEL].sign.size else 0.5
    unselected = from_counts(*findings[MODEL].counts(one.level), each=each)
    return Answer(chances, direction, rules, unselected, benefits)


def of_a_claim(counts: Sequence[float], each: int) -> Probabilities:
    """Probabilities that a claim reports each outcome, from counts of experiments by outcome.

    Parameters
    ----------
    each : experiments per parameter set: they share it, so together they are one independent replication.
    """
    prevalence = committed()[PREVALENCE].probabilities(0)
    return mixed(from_counts(*reported(counts), each=each), prevalence, float(declared()["discrepancy"]["value"]))


def reported(counts: Sequence[float]) -> tuple[float, float, float]:
    """Experiments that become a claim: all that find a difference, and a declared share of those that find none."""
    better, none, worse = counts
    return better, none * publication_bias(), worse


def publication_bias() -> float:
    """Chance that an experiment without a difference becomes a claim, relative to one with a difference."""
    return float(declared()["publication_bias"]["value"])


def _curves(pool: Pool) -> dict[tuple[str, str], tuple[tuple[float, ...], tuple[float, ...]]]:
    """Median volume over time of every arm and site that was asked about, by arm and site name."""
    found = {}
    for name, key in pool.names.items():
        for site in pool.study.sites:
            volumes = pool.arms[MODEL][key].outputs[output_at("volume", site.name)]
            middle = _median(volumes.reshape(-1, volumes.shape[-1]))
            found[name, site.name] = (tuple(pool.time_days.tolist()), tuple(middle.tolist()))
    return found


def _median(rows: Floats) -> Floats:
    solved = np.isfinite(rows).all(axis=1)
    return np.median(rows[solved], axis=0) if solved.any() else np.full(rows.shape[1], math.nan)
