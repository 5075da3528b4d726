"""From measured results of a record to their scores: what is looked at, blind; what was measured, afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from abscopal.errors import AbscopalError
from abscopal.evidence import Conversion, MeasuredResult, Record, convert
from abscopal.evidence.curation.culture import DISH
from abscopal.evidence.curation.markers import readout_of
from abscopal.evidence.curation.names import NotCovered
from abscopal.evidence.curation.readouts import missing_variables
from abscopal.evidence.result_places import site_of
from abscopal.model.language import ModelError
from abscopal.results.questions import CONTROL_WITHOUT, SURVIVING_SHARE, OutputRatio, readouts_of
from abscopal.scoring.declarations import Effort
from abscopal.scoring.empirical import Empirical, committed, learnt_from, line_of, start_day, treatment_class
from abscopal.scoring.measured import Predictive, Wanted, predictives, sizes_of
from abscopal.scoring.result_scores import (
    BY_CLASS,
    BY_LINE,
    DAYS,
    UNCALIBRATED,
    ResultScore,
    kind_of_metric,
    units_of,
)
from abscopal.scoring.split import split_of
from abscopal.statistics.experiments import generator
from abscopal.statistics.predictive import Durations, Foretold, Logarithms, Shares
from abscopal.statistics.survival import kaplan_meier, restricted_mean_days
from abscopal.vocabulary import ALIVE, CURED, HAZARD_RATIO, VOLUME

_DISH = "measured results of cells in a dish are not scored"


@dataclass(frozen=True)
class _Told:
    """Predictive distributions of one result by one line of the record."""

    model: Predictive
    uncalibrated: Predictive
    unit: str


def result_scores(record: Record, conversions: Sequence[Conversion], effort: Effort) -> tuple[ResultScore, ...]:
    """Every measured result of a record with its predictive distribution; tumour lines are as likely as each other."""
    if not record.results:
        return ()
    told: dict[str, list[_Told]] = {result.id: [] for result in record.results}
    reasons: dict[str, list[str]] = {result.id: [] for result in record.results}
    for line, conversion in enumerate(conversions):
        wanted, missing = _wanted(record, conversion)
        try:
            found = _predicted(record, line, wanted, effort) if wanted else {}
        except (AbscopalError, ModelError) as problem:
            found, missing = (
                {},
                missing | dict.fromkeys(wanted, f"cannot be modelled: {' '.join(str(problem).split())}"),
            )
        for name, both in found.items():
            told[name].append(both)
        for name in wanted.keys() - found.keys() - missing.keys():
            missing[name] = "no animal of an arm could be simulated"
        for name, reason in missing.items():
            reasons[name].append(reason)
    return tuple(_score(record, result, told[result.id], reasons[result.id], effort) for result in record.results)


def _wanted(record: Record, conversion: Conversion) -> tuple[dict[str, Wanted], dict[str, str]]:
    """What is looked at of each result that a study covers, by its id; and the reason for each without."""
    found: dict[str, Wanted] = {}
    missing: dict[str, str] = {}
    for result in record.results:
        try:
            found[result.id] = _looked_at(record, result, conversion)
        except NotCovered as why:
            missing[result.id] = str(why)
    return found, missing


def _looked_at(record: Record, result: MeasuredResult, conversion: Conversion) -> Wanted:
    """What is looked at, without what was seen. Raises NotCovered."""
    if conversion.study is None:
        raise NotCovered(conversion.reason or "not converted")
    if conversion.setting == DISH:
        raise NotCovered(_DISH)
    for arm in (result.arm, result.versus):
        if arm and arm not in conversion.arms:
            raise NotCovered(f"arm {arm!r}: {conversion.not_covered.get(arm, 'not converted')}")
    kind = kind_of_metric(result.metric, bool(result.times))
    if kind == "share" and result.value is None:
        raise NotCovered("the record gives no value")
    site = site_of(result)
    return Wanted(
        metric=result.metric,
        kind=kind,
        arm=conversion.arms[result.arm],
        versus=conversion.arms[result.versus] if result.versus else "",
        sites=(site,),
        readouts=_readouts(result, conversion, site) if result.marker else (),
        day=result.day,
        end=end_of_follow_up(record, result) if kind == DAYS else 0.0,
        n=result.n,
        statistic=result.statistic,
    )


def _readouts(result: MeasuredResult, conversion: Conversion, site: str) -> tuple[OutputRatio, ...]:
    expression = readout_of(result.marker).expression
    if expression == SURVIVING_SHARE or expression.startswith(CONTROL_WITHOUT):
        raise NotCovered(f"{result.marker} is no count")
    assert conversion.study is not None
    missing = missing_variables(expression, conversion.study)
    if missing:
        raise NotCovered(f"the model has no {' and no '.join(missing)} yet")
    found = readouts_of(expression, site)
    if len(found) != 1:
        raise NotCovered(f"{result.marker} is several counts: give each its own result")
    return found


def end_of_follow_up(record: Record, result: MeasuredResult) -> float:
    """The last day on which animals of a result were watched: its day, or the latest that any arm tells [d]."""
    if result.day is not None:
        return max(result.day, 1.0)
    days = [day for other in record.results if other.metric == ALIVE for day in (*other.times, other.day or 0.0)]
    return max([*days, 1.0])


def _predicted(record: Record, line: int, wanted: Mapping[str, Wanted], effort: Effort) -> dict[str, _Told]:
    studies = []
    for draw in range(effort.draws):
        drawn = convert(record, effort.filled_by, draw=draw, seed=effort.seed)[line]
        if drawn.study is not None:
            studies.append((drawn.study, drawn.shift))
    asked = list(wanted.values())
    model = predictives(studies, asked, effort)
    without = predictives(studies, asked, replace(effort, population=None)) if effort.population else model
    return {
        name: _Told(ours, theirs, unit)
        for name, (ours, unit), (theirs, _) in zip(wanted, model, without, strict=True)
        if ours is not None and theirs is not None
    }


def _score(
    record: Record, result: MeasuredResult, told: Sequence[_Told], reasons: Sequence[str], effort: Effort
) -> ResultScore:
    kind = kind_of_metric(result.metric, bool(result.times))
    unit, crps_unit = units_of(kind, told[0].unit if told else "")
    blank = ResultScore(
        id=result.id,
        study=record.id,
        arm=result.arm,
        metric=result.metric,
        kind=kind,
        site=result.site,
        day=result.day,
        value=_value(record, result),
        unit=unit,
        crps_unit=crps_unit,
        n=result.n,
        basis=result.basis,
        part=split_of(record.id),
        treatment=treatment_class(record.arm(result.arm)),
        versus=result.versus,
        reason="; ".join(dict.fromkeys(reasons)),
    )
    if told and result.unit and kind == "count" and result.unit != unit and not result.versus:
        told, blank = [], replace(blank, reason=f"a count in {result.unit}: the model counts in {unit}")
    if not told:
        return blank
    baselines, learnt = _baselines(record, result, effort)
    uncalibrated = held(_mixed([one.uncalibrated for one in told]), record, result, effort)
    return replace(
        blank,
        covered=True,
        foretold=held(_mixed([one.model for one in told]), record, result, effort),
        baselines={**baselines, UNCALIBRATED: uncalibrated},
        learnt_from=learnt,
    )


def _value(record: Record, result: MeasuredResult) -> float:
    """What was measured as one number; of days of animals their mean up to the end of the follow-up."""
    if result.value is not None:
        return result.value
    if not result.times:
        return float("nan")
    curve = kaplan_meier(result.times, result.observed)
    return restricted_mean_days(curve, 0.0, end_of_follow_up(record, result))


def _mixed(parts: Sequence[Predictive]) -> Predictive:
    """Several predictives of one kind as one."""
    first = parts[0]
    if isinstance(first, Durations):
        return replace(first, masses=np.concatenate([p.masses for p in parts if isinstance(p, Durations)]))
    if isinstance(first, Shares):
        return replace(first, means=np.concatenate([p.means for p in parts if isinstance(p, Shares)]))
    return replace(first, centres=np.concatenate([p.centres for p in parts if isinstance(p, Logarithms)]))


def held(predictive: Predictive, record: Record, result: MeasuredResult, effort: Effort) -> Foretold:
    """A predictive distribution held against what was measured."""
    if isinstance(predictive, Durations):
        groups = max(1, 1000 // len(predictive.masses))
        # Named by what is looked at: neither the record's id nor its arms' names change a number.
        random = generator(effort.seed, f"groups of a result/{result.n}/{len(predictive.edges)}")
        return predictive.foretold(np.array(result.times), np.array(result.observed, bool), groups, random)
    assert result.value is not None
    if isinstance(predictive, Shares):
        low, high = sizes_of(result.n, effort)
        return predictive.foretold(result.value, range(low, high + 1))
    return predictive.foretold(result.value)


def _baselines(record: Record, result: MeasuredResult, effort: Effort) -> tuple[dict[str, Foretold], dict[str, str]]:
    """The empirical baselines that have an answer, and what each was learnt from."""
    found: dict[str, Foretold] = {}
    words: dict[str, str] = {}
    for name, predictive, text in empirical_predictives(record, result, Empirical(committed(), True), effort):
        found[name], words[name] = held(predictive, record, result, effort), text
    inside = str(record.seed.get("study", record.id)) in learnt_from()
    return found, {name: text + ("; this study is among them" if inside else "") for name, text in words.items()}


def empirical_predictives(
    record: Record, result: MeasuredResult, by_line: Empirical, effort: Effort
) -> Iterator[tuple[str, Predictive, str]]:
    """What the empirical means of a table say of a result: by line and treatment, and by treatment alone."""
    line, start = line_of(record), start_day(record)
    treatments = tuple(treatment_class(record.arm(arm)) for arm in (result.arm, result.versus or result.arm))
    usual = result.n or round(sum(sizes_of(None, effort)) / 2)
    for name, table in ((BY_LINE, by_line), (BY_CLASS, replace(by_line, by_line=False))):
        said: tuple[Predictive, str] | None = None
        if result.times:
            edges = Wanted(ALIVE, DAYS, "", end=end_of_follow_up(record, result)).edges
            said = table.durations(edges, start, line, treatments[0])
        elif result.metric in (ALIVE, CURED):
            day = result.day if result.day is not None else end_of_follow_up(record, result)
            said = table.share(day, start, line, treatments[0])
        elif result.metric == VOLUME and result.day is not None:
            said = table.volume(result.day, start, line, treatments[0], usual)
        elif result.metric == HAZARD_RATIO:
            said = table.hazard_ratio(line, (treatments[0], treatments[1]), usual)
        if said is not None:
            yield name, *said
