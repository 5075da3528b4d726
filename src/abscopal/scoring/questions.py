"""From claims to blind questions, and the answers turned back to the claims' own orientation.

The only place that sees both: a question is built from the claim's two arms, in an order shuffled by a hash of what is
done to them, its metric, and whether a p value was published. Which arm was better is used afterwards, to turn the
answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from abscopal.evidence import Claim, Conversion, ConvertedClaim, Record
from abscopal.results.questions import CONTROL_WITHOUT, SURVIVING_SHARE, Measure, Question, readouts_of
from abscopal.scoring import baselines
from abscopal.scoring.content_keys import arm_key, shuffled
from abscopal.scoring.metrics import Probabilities
from abscopal.scoring.pools import CLASS_PRIOR, MODEL, NO_IMMUNITY
from abscopal.scoring.predictor import INDEPENDENT, Answer, Asked
from abscopal.simulation.description import is_dish
from abscopal.study import Study

_MEASURES: Mapping[str, Measure] = {"survival": "survival", "rejection": "absence"}


@dataclass(frozen=True)
class Oriented:
    """A question with what is needed to read its answer: `turned` where the published better arm is the second."""

    asked: Asked
    turned: bool


@dataclass(frozen=True)
class Reading:
    """An answer oriented as its claim: better arm against worse arm."""

    prediction: Probabilities
    unselected: Probabilities
    measure: str
    benefits: tuple[float, ...]
    direction: float
    class_prior: Probabilities
    baselines: Mapping[str, Probabilities]
    rules: Mapping[str, int] = field(default_factory=dict)


def ask(record: Record, conversion: Conversion, seed: int) -> tuple[dict[str, Oriented], dict[str, str]]:
    """Questions of the claims that a study covers, by claim id; and the reason for each claim without one."""
    found: dict[str, Oriented] = {}
    reasons: dict[str, str] = {}
    converted = {item.claim_id: item for item in conversion.claims}
    for claim in record.claims:
        item = converted.get(claim.id)
        if item is None or conversion.study is None or not item.covered:
            reasons[claim.id] = (item.reason if item else "") or conversion.reason or "not converted"
            continue
        question = _oriented(record, claim, item, conversion.study, conversion.arms, seed)
        if isinstance(question, str):
            reasons[claim.id] = question
        else:
            found[claim.id] = question
    return found, reasons


def _oriented(
    record: Record, claim: Claim, item: ConvertedClaim, study: Study, arms: Mapping[str, str], seed: int
) -> Oriented | str:
    better, worse = (study.arm(arms[name]) for name in (claim.better_arm, claim.worse_arm))
    if arm_key(better) == arm_key(worse):
        return "the two arms are the same to the model"
    first, second = shuffled((better, worse), seed)
    size = published_size(record, claim)
    asked = Asked(_question(record, claim, item, study), first.name, second.name, bool(claim.p), size)
    return Oriented(asked, turned=first.name == worse.name)


def published_size(record: Record, claim: Claim) -> int | None:
    """Animals per arm as published: of the claim, else of the smaller arm by the record's measured results.

    The same for `>` and `~`: a rule that depended on the relation would tell the predictor the answer.
    """
    if claim.n is not None:
        return claim.n
    sizes = [
        max((r.n for r in record.results if r.arm == arm and r.n is not None), default=None)
        for arm in (claim.better_arm, claim.worse_arm)
    ]
    known = [size for size in sizes if size is not None]
    return min(known) if len(known) == len(sizes) else None


def _question(record: Record, claim: Claim, item: ConvertedClaim, study: Study) -> Question:
    sites = tuple(site.name for site in study.sites)
    wanted = (item.site,) if item.site in sites else sites
    in_vitro = is_dish(study)
    if item.readout == SURVIVING_SHARE:
        return Question("survivors" if claim.is_marker else "kill", wanted, in_vitro=in_vitro)
    readout = item.readout or ""
    if readout.startswith(CONTROL_WITHOUT):
        return Question("dependence", wanted, depletion=readout.removeprefix(CONTROL_WITHOUT))
    if claim.is_marker:
        return Question("marker", readouts=readouts_of(readout, str(item.site)), in_vitro=in_vitro)
    reader = "metastases" if claim.metric == "metastasis" else "calliper"
    return Question(_MEASURES.get(claim.metric, "volume"), wanted, in_vitro=in_vitro, reader=reader)


def read_answer(oriented: Oriented, answer: Answer) -> Reading:
    """The answer in the claim's orientation, with every baseline."""

    def turn(p: Probabilities) -> Probabilities:
        return p.turned if oriented.turned else p

    committed = baselines.committed()
    says = {name: -rule if oriented.turned else rule for name, rule in answer.rules.items()}
    found = {name: committed[name].probabilities(rule) for name, rule in says.items()}
    found[baselines.PREVALENCE] = committed[baselines.PREVALENCE].probabilities(0)
    found[baselines.INDEPENDENT_ACTION] = turn(answer.chances[INDEPENDENT])
    found[baselines.NO_IMMUNITY] = turn(answer.chances[NO_IMMUNITY])
    return Reading(
        prediction=turn(answer.chances[MODEL]),
        unselected=turn(answer.unselected),
        measure=oriented.asked.question.measure,
        benefits=tuple((-answer.benefits if oriented.turned else answer.benefits).tolist()),
        direction=1.0 - answer.direction if oriented.turned else answer.direction,
        class_prior=turn(answer.chances[CLASS_PRIOR]),
        baselines=found,
        rules=says,
    )
