"""From a record to studies: one per tumour line, with what was filled in, what is not covered and why.

A claim decides only which sites a study has; which arm was better never enters.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from abscopal import study as studies
from abscopal.errors import InputError
from abscopal.evidence import names
from abscopal.evidence.arms import ArmBuilder, signature
from abscopal.evidence.defaults import Chooser, DefaultSet, declared
from abscopal.evidence.markers import readout_of
from abscopal.evidence.names import Line, NotCovered
from abscopal.evidence.records import Claim, Record
from abscopal.evidence.system import DISTANT, METASTASIS, PRIMARY, RECHALLENGE, SystemBuilder
from abscopal.study import Study

# Outcome metrics: the readout and the site that they are measured at; survival has neither.
_OUTCOMES: Mapping[str, tuple[str | None, str | None]] = {
    "primary_tumour": ("volume", PRIMARY),
    "abscopal": ("volume", DISTANT),
    "metastasis": ("volume", METASTASIS),
    "rejection": ("volume", RECHALLENGE),
    "survival": (None, None),
}
_IN_VITRO = "in-vitro records are not modelled yet"
_OBSERVED = "observations in patients are not simulated"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class ConvertedClaim:
    """Whether a claim can be tested on the converted study, and where.

    Attributes
    ----------
    claim_id : the claim's id in the record.
    covered : whether both arms and the metric have a counterpart; `reason` says why not.
    readout : variable of the result (`volume`, `cd8_density`), a ratio `a/b`, or several joined by ` & `;
        None for survival and for what is not covered.
    site : site of the study that it is read at, None for the body.
    """

    claim_id: str
    covered: bool
    reason: str = ""
    readout: str | None = None
    site: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Conversion:
    """One tumour line of a record as a study.

    Attributes
    ----------
    study : the study, or None if nothing can be simulated; `reason` then says why.
    arms : id of the arm in the record -> name of the arm in the study.
    not_covered : id of the arm in the record -> reason.
    filled : (key, value, why) of everything that the record leaves open.
    group_size : animals (dishes) per arm of the experiment.
    written : the study as nested dictionaries, as a file holds it.
    """

    record_id: str
    line: str
    study: Study | None
    arms: Mapping[str, str]
    not_covered: Mapping[str, str]
    claims: tuple[ConvertedClaim, ...]
    filled: tuple[tuple[str, str, str], ...]
    reason: str = ""
    group_size: int = 0
    defaults_id: str = ""
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)


def convert(
    record: Record,
    defaults: DefaultSet | str | os.PathLike[str] | None = None,
    draw: int | None = None,
    seed: int = 0,
) -> tuple[Conversion, ...]:
    """The studies of a record, one per tumour line that it names.

    Parameters
    ----------
    record : a preclinical record.
    defaults : what fills the gaps; None takes the set that comes with the package.
    draw : None takes the central values; a number takes one choice from the declared laws, the same for the same
        seed and number whatever the record's id and the order of its arms.
    seed : seed of the draws.

    Returns
    -------
    One conversion per line; `study` is None where nothing of it is in the model, with the reason.
    """
    chosen = defaults if isinstance(defaults, DefaultSet) else declared(defaults)
    chooser = Chooser(chosen, draw, seed)
    in_vitro = record.kind == "in_vitro"
    size = int(chooser.value("group_size_in_vitro" if in_vitro else "group_size_in_vivo"))
    if record.kind != "in_vivo":
        reason = _IN_VITRO if in_vitro else _OBSERVED
        return (_nothing(record, record.model.tumour, reason, size, chosen.id),)
    lines = names.lines_of(record.model.tumour, record.model.strain)
    return tuple(_convert_line(record, line, chooser, size) for line in lines)


def _nothing(record: Record, line: str, reason: str, size: int, defaults_id: str) -> Conversion:
    claims = tuple(ConvertedClaim(claim.id, False, reason) for claim in record.claims)
    arms = {arm.id: reason for arm in record.arms}
    return Conversion(record.id, line, None, {}, arms, claims, (), reason, size, defaults_id)


def _convert_line(record: Record, line: Line, chooser: Chooser, size: int) -> Conversion:
    defaults_id = chooser.defaults.id
    if not line.name:
        return _nothing(record, line.text, line.reason, size, defaults_id)
    try:
        host = SystemBuilder.host_of(record)
    except NotCovered as why:
        return _nothing(record, line.name, str(why), size, defaults_id)
    builder = ArmBuilder(record, chooser)
    arms = {arm: name for arm, name in _arm_names(record).items() if arm in builder.covered}
    if not arms:
        reason = "no arm is covered: " + "; ".join(dict.fromkeys(builder.not_covered.values()))
        nothing = _nothing(record, line.name, reason, size, defaults_id)
        return Conversion(**{**nothing.__dict__, "not_covered": dict(builder.not_covered)})
    readings = {claim.id: _reading(claim) for claim in record.claims}
    system = SystemBuilder(record, line, chooser, builder, host)
    claims = tuple(_converted(claim, readings[claim.id], builder) for claim in record.claims)
    sites = _sites_wanted(readings.values(), claims)
    data = system.written(arms, sites, _pairs(record, arms))
    filled = [*system.filled_in(arms), *_line_notes(line)]
    try:
        study = studies.from_dict(data)
    except InputError as error:
        reason = f"cannot be written as a study: {error.problems[0].message}"
        return _nothing(record, line.name, reason, size, defaults_id)
    filled += [(f.key, f.value, f.why) for f in study.defaults_filled]
    return Conversion(
        record_id=record.id,
        line=line.name,
        study=study,
        arms=arms,
        not_covered=dict(builder.not_covered),
        claims=claims,
        filled=tuple(filled),
        group_size=size,
        defaults_id=defaults_id,
        written=data,
    )


def _sites_wanted(readings: Iterable[ConvertedClaim], claims: Iterable[ConvertedClaim]) -> set[str]:
    """Sites that the study needs: those of every claim, but a second challenge only where it is asked about."""
    everywhere = {reading.site for reading in readings if reading.site}
    asked = {claim.site for claim in claims if claim.site}
    return {site for site in everywhere if site != RECHALLENGE or site in asked}


def _line_notes(line: Line) -> list[tuple[str, str, str]]:
    return [("tumour", line.name, line.note)] if line.note else []


def _arm_names(record: Record) -> dict[str, str]:
    """A name of the study for each arm: its id; cut, with its place in the record, where that is too long."""
    found: dict[str, str] = {}
    for i, arm in enumerate(record.arms, start=1):
        long = len(arm.id) > _LONGEST_NAME
        found[arm.id] = f"{arm.id[: _LONGEST_NAME - 10].strip()} ({i})" if long else arm.id
    return found


def _pairs(record: Record, arms: Mapping[str, str]) -> list[list[str]]:
    """Pairs of arms that claims are about, each in an order that does not say which was better."""
    pairs = {tuple(sorted((claim.better_arm, claim.worse_arm))) for claim in record.claims}
    return [[arms[a], arms[b]] for a, b in sorted(pairs) if a in arms and b in arms]


def _reading(claim: Claim) -> ConvertedClaim:
    """Where the metric of a claim is read, before its arms are looked at."""
    if not claim.is_marker:
        readout, site = _OUTCOMES[claim.metric]
        return ConvertedClaim(claim.id, True, readout=readout, site=site)
    try:
        found = readout_of(claim.marker)
    except NotCovered as why:
        return ConvertedClaim(claim.id, False, str(why))
    return ConvertedClaim(claim.id, True, readout=found.expression, site=found.site, note=found.note)


def _converted(claim: Claim, reading: ConvertedClaim, builder: ArmBuilder) -> ConvertedClaim:
    for arm in (claim.better_arm, claim.worse_arm):
        if arm in builder.not_covered:
            return ConvertedClaim(claim.id, False, f"arm {arm!r}: {builder.not_covered[arm]}")
    if not reading.covered:
        return reading
    better, worse = (builder.covered[arm] for arm in (claim.better_arm, claim.worse_arm))
    if signature(better) == signature(worse):
        return ConvertedClaim(claim.id, False, "both arms are the same to the model")
    return reading
