"""From a record to studies: one per tumour line, and per setting (animals, dish) where a record has both.

A claim decides only which sites a study has; which arm was better never enters.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from abscopal import study as studies
from abscopal import vocabulary
from abscopal.errors import InputError
from abscopal.evidence.arms import ArmBuilder, signature
from abscopal.evidence.curation import culture
from abscopal.evidence.curation.culture import ANIMALS, DISH, Setting
from abscopal.evidence.curation.defaults import Chooser, DefaultSet, declared
from abscopal.evidence.curation.lines import Line, lines_of, origin_of
from abscopal.evidence.curation.markers import readout_of
from abscopal.evidence.curation.names import NotCovered
from abscopal.evidence.curation.places import DISTANT, METASTASIS, PRIMARY, RECHALLENGE
from abscopal.evidence.curation.readouts import missing_variables
from abscopal.evidence.dish import DishArms, DishSystem, reading_in_dish
from abscopal.evidence.records import Claim, Record
from abscopal.evidence.result_places import sites_of_results
from abscopal.evidence.system import SystemBuilder
from abscopal.study import Study

# Outcome metrics: the readout and the site that they are measured at; survival has neither.
_OUTCOMES: Mapping[str, tuple[str | None, str | None]] = {
    vocabulary.PRIMARY_TUMOUR: ("volume", PRIMARY),
    vocabulary.ABSCOPAL: ("volume", DISTANT),
    vocabulary.METASTASIS: ("volume", METASTASIS),
    vocabulary.REJECTION: ("volume", RECHALLENGE),
    vocabulary.SURVIVAL: (None, None),
}
_OBSERVED = "observations in patients are not simulated"
_OTHER_SETTING = {
    ANIMALS: "asked of the other study of this record, cells in a dish",
    DISH: "asked of the other study of this record, animals",
}
_LONGEST_NAME = 80


@dataclass(frozen=True)
class ConvertedClaim:
    """Whether a claim can be tested on the converted study, and where.

    Attributes
    ----------
    claim_id : the claim's id in the record.
    covered : whether both arms and the metric have a counterpart; `reason` says why not.
    readout : variable of the result (`volume`, `cd8_density`), a ratio `a/b` or `a/(b+c)`, several joined by ` & `, or
        `surviving_share` (dishes only); None for survival and for what is not covered.
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
    setting : animals, or cells in a dish; a record of both has a study of each.
    group_size : animals (dishes) per arm of the experiment.
    shift : days from the record's clock to that of the study [d].
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
    shift: float = 0.0
    defaults_id: str = ""
    setting: Setting = ANIMALS
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
    if record.kind == "human_observational":
        return (_nothing(record, record.model.tumour, _OBSERVED, ANIMALS, chooser),)
    found: list[Conversion] = []
    settings = culture.settings_of(record)
    for line in _lines(record):
        if not line.name:
            found.append(_nothing(record, line.text, line.reason, settings[0], chooser))
        else:
            found += _one_home(record, [_convert_line(record, line, chooser, setting) for setting in settings])
    return tuple(found)


def _lines(record: Record) -> tuple[Line, ...]:
    model, in_vitro = record.model, record.kind == "in_vitro"
    origin = origin_of(in_vitro, model.tumour, model.species, model.strain, model.host)
    return lines_of(model.tumour, model.strain, origin, types_first=in_vitro, site=model.site)


def _one_home(record: Record, both: list[Conversion]) -> list[Conversion]:
    """Conversions of one line to animals and to a dish: each claim is read in one, and tells its reason in both."""
    if len(both) < 2:
        return both
    homes = {claim.id: culture.setting_of(record, claim) for claim in record.claims}
    at_home = {claim.claim_id: claim for c in both for claim in c.claims if homes[claim.claim_id] == c.setting}
    return [
        replace(c, claims=tuple(_at_home(at_home[k.claim_id], k, homes, c.setting) for k in c.claims)) for c in both
    ]


def _at_home(
    home: ConvertedClaim, here: ConvertedClaim, homes: Mapping[str, Setting], setting: Setting
) -> ConvertedClaim:
    if homes[here.claim_id] == setting:
        return here
    return ConvertedClaim(here.claim_id, False, home.reason or _OTHER_SETTING[setting])


def _nothing(record: Record, line: str, reason: str, setting: Setting, chooser: Chooser) -> Conversion:
    claims = tuple(ConvertedClaim(claim.id, False, reason) for claim in record.claims)
    arms = {arm.id: reason for arm in record.arms}
    size = _group_size(setting, chooser)
    return Conversion(record.id, line, None, {}, arms, claims, (), reason, size, 0.0, chooser.defaults.id, setting)


def _group_size(setting: Setting, chooser: Chooser) -> int:
    return int(chooser.value("group_size_in_vitro" if setting == DISH else "group_size_in_vivo"))


def _convert_line(whole: Record, line: Line, chooser: Chooser, setting: Setting) -> Conversion:
    record = culture.part_of(whole, setting)
    systems, builders = (DishSystem, DishArms) if setting == DISH else (SystemBuilder, ArmBuilder)
    both = len(culture.settings_of(whole)) > 1 and setting == DISH
    shown = f"{line.name} in vitro" if both else line.name
    try:
        host = systems.host_of(record, line.name)
    except NotCovered as why:
        return _nothing(whole, shown, str(why), setting, chooser)
    builder = builders(record, chooser, line.name)
    elsewhere = {arm.id: _OTHER_SETTING[setting] for arm in whole.arms if arm not in record.arms}
    not_covered = {arm.id: {**elsewhere, **builder.not_covered}.get(arm.id, "") for arm in whole.arms}
    not_covered = {arm: reason for arm, reason in not_covered.items() if reason}
    arms = {arm: name for arm, name in _arm_names(record).items() if arm in builder.covered}
    if not arms:
        reason = "no arm is covered: " + "; ".join(dict.fromkeys(builder.not_covered.values()))
        return replace(_nothing(whole, shown, reason, setting, chooser), not_covered=not_covered)
    readings = {claim.id: _reading(claim, setting) for claim in record.claims}
    system = systems(record, line, chooser, builder, host)
    claims = tuple(_converted(claim, readings[claim.id], builder, not_covered) for claim in record.claims)
    sites = _sites_wanted(readings.values(), claims) | (
        sites_of_results(record, set(arms)) if setting == ANIMALS else set()
    )
    data = system.written(arms, sites, _pairs(record, arms))
    filled = [*system.filled_in(arms), *_line_notes(line)]
    try:
        study = studies.from_dict(data)
    except InputError as error:
        reason = f"cannot be written as a study: {error.problems[0].message}"
        return _nothing(whole, shown, reason, setting, chooser)
    filled += [(f.key, f.value, f.why) for f in study.defaults_filled]
    return Conversion(
        record_id=record.id,
        line=shown,
        study=study,
        arms=arms,
        not_covered=not_covered,
        claims=_shown_by_model(claims, study),
        filled=tuple(filled),
        group_size=_group_size(setting, chooser),
        shift=system.shift,
        defaults_id=chooser.defaults.id,
        setting=setting,
        written=data,
    )


def _shown_by_model(claims: Iterable[ConvertedClaim], study: Study) -> tuple[ConvertedClaim, ...]:
    """The claims, less those whose readout no mechanism of the model provides."""
    found = []
    for claim in claims:
        missing = missing_variables(claim.readout, study) if claim.covered and claim.readout else ()
        reason = f"the model has no {' and no '.join(missing)} yet" if missing else ""
        found.append(ConvertedClaim(claim.claim_id, False, reason) if missing else claim)
    return tuple(found)


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


def _reading(claim: Claim, setting: Setting) -> ConvertedClaim:
    """Where the metric of a claim is read, before its arms are looked at."""
    try:
        if setting == DISH:
            readout, note = reading_in_dish(claim)
            return ConvertedClaim(claim.id, True, readout=readout, site=culture.site(), note=note)
        if claim.is_marker:
            found = readout_of(claim.marker)
            return ConvertedClaim(claim.id, True, readout=found.expression, site=found.site, note=found.note)
    except NotCovered as why:
        return ConvertedClaim(claim.id, False, str(why))
    outcome, site = _OUTCOMES[claim.metric]
    return ConvertedClaim(claim.id, True, readout=outcome, site=site)


def _converted(
    claim: Claim, reading: ConvertedClaim, builder: ArmBuilder, not_covered: Mapping[str, str]
) -> ConvertedClaim:
    for arm in (claim.better_arm, claim.worse_arm):
        if arm not in builder.covered:
            return ConvertedClaim(claim.id, False, f"arm {arm!r}: {not_covered[arm]}")
    if not reading.covered:
        return reading
    better, worse = (builder.covered[arm] for arm in (claim.better_arm, claim.worse_arm))
    if signature(better) == signature(worse):
        return ConvertedClaim(claim.id, False, "both arms are the same to the model")
    return reading
