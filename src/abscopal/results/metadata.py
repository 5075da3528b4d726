"""What the results know of a study: plain names, rules and texts, checked and typed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from abscopal.errors import InputError, Problem, unknown_name
from abscopal.measurements import Measurements, from_plain
from abscopal.vocabulary import FIRST_FRACTION

# Conventions of analysis, declared in the summary; a study may set its own.
DEFAULT_COMPLETE_BELOW_MM3 = 1.0
DEFAULT_PROGRESSION_ABOVE_FRACTION = 1.25
TREATMENT_KINDS = ("radiation", "drug", "cells")
NOT_TREATMENT_KINDS = ("inoculation", "host", "measurement")
# Key of a study file, as it is named where a default fills it.
BASELINE_KEY = "endpoints.response.baseline"

Plain = Mapping[str, Any]


@dataclass(frozen=True)
class ReportedArm:
    """One arm: its name, what is done in words, and whether it is the control."""

    name: str
    description: str = ""
    control: bool = False


@dataclass(frozen=True)
class ReportedSite:
    """One tumour site, the day of its inoculation and of its start volume, and the arms in which it is irradiated."""

    name: str
    inoculated_day: float
    irradiated_in: tuple[str, ...] = ()
    start_volume_day: float | None = None

    @property
    def irradiated(self) -> bool:
        """Whether any arm irradiates the site."""
        return bool(self.irradiated_in)


@dataclass(frozen=True)
class SurvivalRule:
    """An animal's survival ends when the volume `of` a site, of `any` or in `total` reaches a limit."""

    volume_limit_mm3: float
    of: str = "any"


@dataclass(frozen=True)
class ResponseRule:
    """Response of a site on a day: complete below a volume, partial and progression against a baseline day."""

    day: float
    complete_below_mm3: float = DEFAULT_COMPLETE_BELOW_MM3
    partial_below_fraction: float = 0.5
    progression_above_fraction: float = DEFAULT_PROGRESSION_ABOVE_FRACTION
    baseline_day: float = 0.0


@dataclass(frozen=True)
class Metadata:
    """Everything beside the trajectories that a result carries; see `Metadata.read` for the plain form."""

    name: str
    title: str
    question: str
    citation: str
    doi: str
    clock: str
    arms: tuple[ReportedArm, ...]
    sites: tuple[ReportedSite, ...]
    survival: SurvivalRule | None
    response: ResponseRule | None
    growth_volume_mm3: float | None
    comparison_day: float | None
    first_treatment_day: float
    compare: tuple[tuple[str, str], ...]
    published: tuple[Mapping[str, Any], ...]
    left_out: tuple[Mapping[str, Any], ...]
    timetable: Mapping[str, Sequence[Mapping[str, Any]]]
    parameters: tuple[Mapping[str, Any], ...]
    citations: Mapping[str, Mapping[str, str]]
    provenance: Mapping[str, Any]
    shared_subjects: bool
    baseline_is_set: bool = False
    readouts: tuple[str, ...] = ()
    in_vitro: bool = False
    host: str = "animal"
    normal_tissue: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    defaults_filled: tuple[Mapping[str, Any], ...] = ()
    measured: Measurements | None = None
    posterior: Mapping[str, Any] | None = None
    plain: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def arm_names(self) -> tuple[str, ...]:
        """Names of the arms, in the order of the study."""
        return tuple(arm.name for arm in self.arms)

    @property
    def controls(self) -> tuple[str, ...]:
        """Names of the control arms; every arm if none is marked."""
        marked = tuple(a.name for a in self.arms if a.control)
        return marked or tuple(a.name for a in self.arms)

    @property
    def volume_floor_mm3(self) -> float:
        """Volume below which a tumour counts as gone, used as the floor of ratios [mm3]."""
        return self.response.complete_below_mm3 if self.response else DEFAULT_COMPLETE_BELOW_MM3

    @classmethod
    def read(cls, meta: Plain, arms: Sequence[str], sites: Sequence[str], days: Sequence[float]) -> Metadata:
        """Metadata from its plain form, checked against the labels of the data; all problems at once."""
        problems: list[Problem] = []
        found_arms = _arms(meta.get("arms") or [], arms, problems)
        found_sites = _sites(meta.get("sites") or [], sites, arms, float(days[0]), problems)
        timetable = meta.get("timetable") or {}
        problems += [*_unknown_arms(meta, arms), *_kinds(timetable)]
        clock = str(meta.get("clock", ""))
        first_day = _first_treatment_day(timetable, clock, float(days[0]))
        endpoints = meta.get("endpoints") or {}
        survival = _survival(endpoints.get("survival"), sites, problems)
        response = _response(
            endpoints.get("response"), baseline_day(timetable, arms, found_sites, first_day), days, problems
        )
        growth = endpoints.get("growth_volume_mm3", survival.volume_limit_mm3 if survival else None)
        problems += _positive("endpoints.growth_volume_mm3", growth)
        comparison_day = endpoints.get("comparison_day")
        problems += _on_record("endpoints.comparison_day", comparison_day, days)
        compare = _compare(meta.get("compare") or [], arms, problems)
        if problems:
            raise InputError(problems)
        return cls(
            **_texts(meta),
            **_rows(meta),
            clock=clock,
            arms=found_arms,
            sites=found_sites,
            survival=survival,
            response=response,
            growth_volume_mm3=None if growth is None else float(growth),
            comparison_day=None if comparison_day is None else float(comparison_day),
            first_treatment_day=first_day,
            compare=compare,
            timetable=timetable,
            citations=_citations(meta.get("citations") or {}),
            provenance=dict(meta.get("provenance") or {}),
            shared_subjects=bool(meta.get("shared_subjects", False)),
            baseline_is_set=_baseline_is_set(meta),
            readouts=tuple(str(name) for name in meta.get("readouts") or ()),
            in_vitro=bool(meta.get("in_vitro", False)),
            normal_tissue=meta.get("normal_tissue") or {},
            posterior=meta.get("posterior"),
            measured=from_plain(meta["measured"]) if meta.get("measured") else None,
            plain=meta,
        )


def _texts(meta: Plain) -> dict[str, Any]:
    texts = {key: str(meta.get(key) or "") for key in ("name", "title", "question", "citation", "doi", "host")}
    name = texts["name"] or "study"
    return {**texts, "name": name, "title": texts["title"] or name, "host": texts["host"] or "animal"}


def _rows(meta: Plain) -> dict[str, Any]:
    return {key: tuple(meta.get(key) or ()) for key in ("published", "left_out", "parameters", "defaults_filled")}


def _unknown_arms(meta: Plain, arms: Sequence[str]) -> list[Problem]:
    named = [(key, str(arm)) for key in ("timetable", "normal_tissue") for arm in meta.get(key) or {}]
    named += [
        (f"published[{i}].{key}", str(row[key]))
        for i, row in enumerate(meta.get("published") or ())
        for key in ("better", "worse", "arm")
        if row.get(key) is not None
    ]
    return [unknown_name("arm", arm, arms, key=key) for key, arm in named if arm not in arms]


def _arms(given: Sequence[Any], names: Sequence[str], problems: list[Problem]) -> tuple[ReportedArm, ...]:
    by_name = {str(a["name"]): a for a in given}
    problems += [unknown_name("arm", n, names, key="arms") for n in by_name if n not in names]
    rows = [(n, by_name.get(n, {})) for n in names]
    return tuple(ReportedArm(n, str(a.get("description") or ""), bool(a.get("control", False))) for n, a in rows)


def _sites(
    given: Sequence[Any], names: Sequence[str], arms: Sequence[str], first_day: float, problems: list[Problem]
) -> tuple[ReportedSite, ...]:
    by_name = {str(s["name"]): s for s in given}
    problems += [unknown_name("site", n, names, key="sites") for n in by_name if n not in names]
    found = []
    for name in names:
        irradiated = tuple(str(a) for a in by_name.get(name, {}).get("irradiated_in") or ())
        key = f"sites.{name}.irradiated_in"
        problems += [unknown_name("arm", a, arms, key=key) for a in irradiated if a not in arms]
        day = by_name.get(name, {}).get("inoculated_day")
        start = by_name.get(name, {}).get("start_volume_day")
        first = first_day if day is None else float(day)
        found.append(ReportedSite(name, first, irradiated, None if start is None else float(start)))
    return tuple(found)


def _survival(rule: Mapping[str, Any] | None, sites: Sequence[str], problems: list[Problem]) -> SurvivalRule | None:
    if not rule:
        return None
    of = str(rule.get("of") or "any")
    if of not in (*sites, "any", "total"):
        problems.append(unknown_name("site", of, [*sites, "any", "total"], key="endpoints.survival.of"))
    bad = _positive("endpoints.survival.volume_limit_mm3", rule.get("volume_limit_mm3", math.nan))
    problems += bad
    return None if bad else SurvivalRule(float(rule["volume_limit_mm3"]), of)


def _response(
    rule: Mapping[str, Any] | None, usual: float, days: Sequence[float], problems: list[Problem]
) -> ResponseRule | None:
    if not rule:
        return None
    values = {k: rule[k] for k in ResponseRule.__dataclass_fields__ if rule.get(k) is not None}
    values.setdefault("baseline_day", min(max(usual, float(days[0])), float(days[-1])))
    bad = _on_record("endpoints.response.day", values.get("day", math.nan), days)
    bad += _on_record("endpoints.response.baseline_day", values["baseline_day"], days)
    for key in ("complete_below_mm3", "partial_below_fraction", "progression_above_fraction"):
        bad += _positive(f"endpoints.response.{key}", values.get(key))
    problems += bad
    return None if bad else ResponseRule(**{k: float(v) for k, v in values.items()})


def _positive(key: str, value: Any) -> list[Problem]:
    if value is None or (math.isfinite(value) and value > 0):
        return []
    return [Problem(f"is {value}", key=key, allowed="a positive number", advice="give the number")]


def _on_record(key: str, day: Any, days: Sequence[float]) -> list[Problem]:
    if day is None or days[0] <= day <= days[-1]:
        return []
    advice = "choose a day that is simulated, or make the follow-up longer"
    return [Problem(f"is day {day}", key=key, allowed=f"day {days[0]:g} to {days[-1]:g}", advice=advice)]


def _compare(pairs: Sequence[Any], arms: Sequence[str], problems: list[Problem]) -> tuple[tuple[str, str], ...]:
    found = []
    for i, pair in enumerate(pairs):
        if len(pair) != 2 or pair[0] == pair[1]:
            problems.append(Problem(f"is {list(pair)}", key=f"compare[{i}]", allowed="two different arms"))
            continue
        problems += [unknown_name("arm", str(a), arms, key=f"compare[{i}]") for a in pair if a not in arms]
        found.append((str(pair[0]), str(pair[1])))
    return tuple(found)


def _kinds(timetable: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Problem]:
    known = (*TREATMENT_KINDS, *NOT_TREATMENT_KINDS)
    return [
        unknown_name("kind", str(row.get("kind")), known, key=f"timetable.{arm}[{i}].kind")
        for arm, rows in timetable.items()
        for i, row in enumerate(rows)
        if row.get("kind") not in known
    ]


def first_day_of(
    timetable: Mapping[str, Sequence[Mapping[str, Any]]], arms: Sequence[str], kinds: Sequence[str] = TREATMENT_KINDS
) -> float | None:
    """First day on which anything of some kinds is given to any of the arms; None where nothing is."""
    days = [float(row["day"]) for arm in arms for row in timetable.get(arm, ()) if row.get("kind") in kinds]
    return min(days, default=None)


def baseline_day(
    timetable: Mapping[str, Sequence[Mapping[str, Any]]],
    arms: Sequence[str],
    sites: Sequence[ReportedSite],
    otherwise: float,
) -> float:
    """Day whose volume a response is held against, where the study sets none.

    The first fraction in any of the arms; without radiation the day of the first start volume, else the first
    treatment of these arms.
    """
    starts = [site.start_volume_day for site in sites if site.start_volume_day is not None]
    found = (first_day_of(timetable, arms, ("radiation",)), min(starts, default=None), first_day_of(timetable, arms))
    return next((day for day in found if day is not None), otherwise)


def _baseline_is_set(meta: Plain) -> bool:
    """Whether the study itself says which day the baseline is."""
    rule = (meta.get("endpoints") or {}).get("response") or {}
    filled = any(str(row.get("key")) == BASELINE_KEY for row in meta.get("defaults_filled") or ())
    return rule.get("baseline_day") is not None and not filled


def _first_treatment_day(timetable: Mapping[str, Sequence[Mapping[str, Any]]], clock: str, start: float) -> float:
    first = first_day_of(timetable, list(timetable))
    if first is not None:
        return first
    return max(0.0, start) if clock == FIRST_FRACTION else start


def _citations(given: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Text and DOI of each citation; the DOI is read from the text."""
    written = {str(key): re.search(r"\b10\.\d{4,9}/[^\s,;]*[^\s,;.)]", text) for key, text in given.items()}
    return {key: {"text": str(given[key]), "doi": doi[0] if doi else ""} for key, doi in written.items()}
