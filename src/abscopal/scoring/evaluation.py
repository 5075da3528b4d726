"""From records to the score: questions, blind answers, baselines; over two processes where there are many records."""

from __future__ import annotations

import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import asdict, replace
from importlib import resources
from pathlib import Path

from pydantic import TypeAdapter

from abscopal.errors import AbscopalError
from abscopal.evidence import Claim, Conversion, Record, convert
from abscopal.evidence.curation.culture import DISH, setting_of
from abscopal.model.fingerprint import model_hash
from abscopal.model.language import ModelError
from abscopal.scoring.claim_scores import NOT_COVERED, ClaimScore, Curve, RecordScore, status_of
from abscopal.scoring.declarations import Effort, defaults_id
from abscopal.scoring.metrics import mean_of
from abscopal.scoring.predictor import Prediction, predict
from abscopal.scoring.questions import Oriented, Reading, ask, read_answer
from abscopal.scoring.split import split_of
from abscopal.simulation import description
from abscopal.storage.checkpoints import kept_parts

Progress = Callable[[str, int, int], None]
# Starting a process takes as long as scoring a record or two.
_WORTH_A_PROCESS = 4
_SCORES = TypeAdapter(RecordScore)


def evaluate(
    records: Sequence[Record],
    effort: Effort,
    processes: int = 1,
    progress: Progress | None = None,
    notes: Path | None = None,
) -> tuple[RecordScore, ...]:
    """Score records, in the order given.

    Parameters
    ----------
    processes : how many processes share the records; the numbers do not depend on it.
    progress : called with (record, records done, records).
    notes : file in which finished records are noted, so that the same call goes on after a kill; notes of another
        model, effort or record are dropped.
    """
    workers = min(processes, max(1, len(records) // _WORTH_A_PROCESS))
    keys = [f"{record.id} {hashlib.sha256(repr(record).encode()).hexdigest()}" for record in records]
    population = effort.population.text() if effort.population else ""
    told = {**asdict(replace(effort, population=None)), "population": hashlib.sha256(population.encode()).hexdigest()}
    about = {"model": model_hash(), "score": defaults_id(), "effort": told}
    with kept_parts(notes, about, drop_others=True) if notes else nullcontext() as kept:
        known = kept.done if kept else {}
        done = {i: _SCORES.validate_python(known[key]) for i, key in enumerate(keys) if key in known}
        waiting = {i: record for i, record in enumerate(records) if i not in done}
        for index, score in _scores(waiting, effort, workers):
            done[index] = score
            if kept:
                kept.keep(keys[index], _SCORES.dump_python(score, mode="json"))
            if progress is not None:
                progress(score.study, len(done), len(records))
    return tuple(done[i] for i in range(len(records)))


def _scores(records: Mapping[int, Record], effort: Effort, workers: int) -> Iterator[tuple[int, RecordScore]]:
    if workers == 1:
        yield from ((i, evaluate_record(record, effort)) for i, record in records.items())
        return
    left = dict(records)
    try:
        for index, score in _shared(records, effort, workers):
            del left[index]
            yield index, score
    except BrokenProcessPool:
        # Most often out of memory: what is left is scored one by one, and a record that ends its process is named.
        for index, record in left.items():
            yield index, _alone(record, effort)


def _shared(records: Mapping[int, Record], effort: Effort, workers: int) -> Iterator[tuple[int, RecordScore]]:
    # A forked process may inherit a lock of the solver's threads: start fresh ones.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        waiting = {pool.submit(evaluate_record, record, effort): i for i, record in records.items()}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _alone(record: Record, effort: Effort) -> RecordScore:
    try:
        ((_, score),) = _shared({0: record}, effort, 1)
    except BrokenProcessPool:
        return _failed(record, "the process that scored it ended, most often for want of memory: try it alone")
    return score


def _failed(record: Record, reason: str) -> RecordScore:
    claims = tuple(_claim_score(record, claim, [], [reason]) for claim in record.claims)
    return RecordScore(record.id, _shown_path(record), NOT_COVERED, (reason,), kind=record.kind, claims=claims)


def evaluate_record(record: Record, effort: Effort) -> RecordScore:
    """Score one record: every tumour line of it, averaged. A fault of ours on one record does not stop the others."""
    try:
        return _evaluate(record, effort)
    except Exception as error:  # the record stays in the score, named, instead of ending it
        return _failed(record, f"internal error, please report it: {type(error).__name__}: {error}")


def _shown_path(record: Record) -> str:
    """Path of a record; one of the catalogue is named by its place in the package, the same on every machine."""
    path, package = Path(record.path), Path(str(resources.files("abscopal")))
    return path.relative_to(package).as_posix() if path.is_relative_to(package) else record.path


def _evaluate(record: Record, effort: Effort) -> RecordScore:
    readings: dict[str, list[tuple[str, Reading]]] = {claim.id: [] for claim in record.claims}
    reasons: dict[str, list[str]] = {claim.id: [] for claim in record.claims}
    curves: list[Curve] = []
    arms: dict[str, str] = {}
    conversions = convert(record, effort.filled_by, seed=effort.seed)
    both = len({conversion.setting for conversion in conversions}) > 1
    for line, conversion in enumerate(conversions):
        questions, missing = ask(record, conversion, effort.seed)
        if questions and conversion.study is not None:
            try:
                prediction = _predict(record, line, questions, effort)
            except (AbscopalError, ModelError) as problem:
                missing |= dict.fromkeys(questions, f"cannot be modelled: {' '.join(str(problem).split())}")
            else:
                for (name, oriented), answer in zip(questions.items(), prediction.answers, strict=True):
                    if answer is None:
                        missing[name] = "no animal of an arm could be simulated"
                    else:
                        readings[name].append((conversion.line, read_answer(oriented, answer)))
                curves += _curves(conversion, prediction)
                arms |= {
                    arm: description.describe_arm(conversion.study, there) for arm, there in conversion.arms.items()
                }
        for name, reason in missing.items():
            if both and setting_of(record, record.claim(name)) != conversion.setting:
                continue  # its reason, if any, is that of its own setting
            reasons[name].append(_of_line(reason, conversion.line, len(conversions)))
    claims = tuple(_claim_score(record, claim, readings[claim.id], reasons[claim.id]) for claim in record.claims)
    return RecordScore(
        study=record.id,
        path=_shown_path(record),
        status=status_of(claims),
        reasons=tuple(dict.fromkeys(claim.reason for claim in claims if not claim.covered)) or _empty(claims),
        citation=record.citation,
        doi=record.doi,
        kind=record.kind,
        seed={key: str(value) for key, value in record.seed.items()},
        mechanisms=record.mechanisms,
        arms=tuple((arm.id, arms.get(arm.id, "")) for arm in record.arms),
        filled=_filled(conversions),
        remarks=_remarks(conversions),
        curves=tuple(curves),
        claims=claims,
    )


def _empty(claims: Sequence[ClaimScore]) -> tuple[str, ...]:
    return () if claims else ("the record has no claims",)


def _predict(record: Record, line: int, questions: dict[str, Oriented], effort: Effort) -> Prediction:
    studies = []
    for draw in range(effort.draws):
        study = convert(record, effort.filled_by, draw=draw, seed=effort.seed)[line].study
        if study is not None:
            studies.append(study)
    return predict(studies, [oriented.asked for oriented in questions.values()], effort)


def _of_line(reason: str, line: str, lines: int) -> str:
    return f"{line}: {reason}" if lines > 1 and line else reason


def _curves(conversion: Conversion, prediction: Prediction) -> Iterator[Curve]:
    named: dict[str, list[str]] = {}
    for arm, there in conversion.arms.items():
        named.setdefault(there, []).append(arm)
    for (there, site), (days, volume) in prediction.curves.items():
        for arm in named.get(there, []):
            yield Curve(arm, f"{conversion.line}, {site}", days, volume)


def _filled(conversions: Iterable[Conversion]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            ": ".join(part for part in (key, value, why) if part) for c in conversions for key, value, why in c.filled
        )
    )


def _remarks(conversions: Iterable[Conversion]) -> tuple[str, ...]:
    """What stands for a tumour line that is not known."""
    return tuple(dict.fromkeys(f"{value}: {why}" for c in conversions for key, value, why in c.filled if key == "tumour"))


def _claim_score(
    record: Record, claim: Claim, readings: Sequence[tuple[str, Reading]], reasons: Sequence[str]
) -> ClaimScore:
    blank = ClaimScore(
        id=claim.id,
        study=record.id,
        metric=claim.metric,
        relation=claim.relation,
        better_arm=claim.better_arm,
        worse_arm=claim.worse_arm,
        basis=claim.basis,
        discriminating=claim.discriminating,
        p=claim.p,
        kind="in_vitro" if setting_of(record, claim) == DISH else record.kind,
        part=split_of(record.id),
        reason="; ".join(dict.fromkeys(reasons)),
    )
    if not readings:
        return blank
    found = [reading for _, reading in readings]
    return ClaimScore(
        **{
            **blank.__dict__,
            "covered": True,
            "prediction": mean_of([r.prediction for r in found]),
            "direction": sum(r.direction for r in found) / len(found),
            "class_prior": mean_of([r.class_prior for r in found]),
            "baselines": {name: mean_of([r.baselines[name] for r in found]) for name in found[0].baselines},
            "rules": dict(found[0].rules),
        }
    )
