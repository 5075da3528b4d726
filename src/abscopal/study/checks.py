"""Checks that need more than one key of a study: names that must exist, days in order, counts that must agree.

They run on whatever parts could be read, so that one wrong unit does not hide a wrong arm name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from abscopal import parameters, units
from abscopal.errors import Problem, unknown_name
from abscopal.study.defaults import dose_until_decay_gy
from abscopal.study.document import Document, KeyPath, dotted
from abscopal.study.fields import DAY, NAME_KEY
from abscopal.study.species import agents_fit_host, species_of, tumour_fits_host
from abscopal.study.specification import (
    COMPARED_METRICS,
    INTRATUMORAL,
    IONS,
    RATE_METRICS,
    SEEDS,
    WHOLE_BODY,
    CellCourse,
    Course,
    DrugCourse,
    PublishedOutcome,
    Radiation,
    Site,
)

Part = TypeVar("Part", bound=BaseModel)
Placed = tuple[KeyPath, Course]


@dataclass
class Draft:
    """The parts of a study that could be read, each with its path in the file."""

    document: Document
    sites: dict[str, Site] = field(default_factory=dict)
    site_names: tuple[str, ...] = ()
    arm_names: tuple[str, ...] = ()
    radiation: list[tuple[KeyPath, Radiation]] = field(default_factory=list)
    drugs: list[tuple[KeyPath, DrugCourse]] = field(default_factory=list)
    cells: list[tuple[KeyPath, CellCourse]] = field(default_factory=list)
    published: list[tuple[KeyPath, PublishedOutcome]] = field(default_factory=list)

    @property
    def courses(self) -> list[Placed]:
        """Every course that could be read, with its path."""
        return [*self.radiation, *self.drugs, *self.cells]

    def problem(self, path: KeyPath, message: str, allowed: str = "", advice: str = "") -> Problem:
        """A problem at a key of the file."""
        return Problem(message, dotted(path), self.document.line(path), allowed, advice)

    def unknown(self, kind: str, given: str, allowed: tuple[str, ...], path: KeyPath) -> Problem:
        """The problem of a name that does not exist in this study."""
        return unknown_name(kind, given, allowed, dotted(path), self.document.line(path))

    def get(self, *path: str) -> Any:
        """Raw value of a key, or None."""
        data: Any = self.document.data
        for step in path:
            data = data.get(step) if isinstance(data, dict) else None
        return data


# Above every photon quality; the softest X-rays and seeds stay below it.
_MOST_PHOTON_LET = 10.0
# Dose and initial dose rate of seeds are two words for one number, rounded differently.
_SEED_AGREEMENT = 0.05
# RBEs that anybody has measured lie well inside.
_LEAST_RBE, _MOST_RBE = 0.5, 10.0


def draft_of(document: Document) -> Draft:
    """Whatever of a document can be read on its own."""
    data = document.data
    draft = Draft(document)
    sites, arms = draft.get("sites"), draft.get("arms")
    if isinstance(sites, dict):
        draft.site_names = tuple(sites)
        for name, content in sites.items():
            site = _read(Site, {**content, NAME_KEY: name}) if isinstance(content, dict) else None
            if site is not None:
                draft.sites[name] = site
    if isinstance(arms, dict):
        draft.arm_names = tuple(arms)
        for name, content in arms.items():
            for kind, model, found in (
                ("radiation", Radiation, draft.radiation),
                ("drugs", DrugCourse, draft.drugs),
                ("cells", CellCourse, draft.cells),
            ):
                rows = content.get(kind) if isinstance(content, dict) else None
                _collect(model, rows, ("arms", name, kind), found)
    _collect(PublishedOutcome, data.get("published"), ("published",), draft.published)
    return draft


def _collect(model: type[Part], rows: Any, path: KeyPath, found: list[Any]) -> None:
    for i, row in enumerate(rows if isinstance(rows, list) else ()):
        part = _read(model, row)
        if part is not None:
            found.append(((*path, i), part))


def _read(model: type[Part], raw: Any) -> Part | None:
    try:
        return model.model_validate(raw, by_alias=True, by_name=False)
    except ValidationError:
        return None


def check(document: Document) -> list[Problem]:
    """Every problem between the keys of a document."""
    draft = draft_of(document)
    checks: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
        _site_names,
        _arms_named,
        _fractions_match_days,
        _ions_have_let,
        _isoeffective_doses_fit,
        _seeds_and_parts_fit,
        _targets_exist,
        _clock_matches,
        _events_after_inoculation,
        _events_within_follow_up,
        _doses_fit_agents,
        agents_fit_host,
        tumour_fits_host,
        _endpoints_fit,
        _published_fit,
        _parameters_exist,
    )
    return [problem for one in checks for problem in one(draft)]


def _site_names(draft: Draft) -> Iterator[Problem]:
    for name in draft.site_names:
        if name in (WHOLE_BODY, "any", "total"):
            yield draft.problem(("sites", name), f"{name!r} has a meaning of its own", advice="choose another name")
    content = draft.get("sites")
    for name in draft.site_names:
        site = content[name]
        if isinstance(site, dict) and site.get("inoculum") is None:
            allowed = "`inoculum`, or `start_volume` with its day, or both"
            yield draft.problem(("sites", name), "neither cells nor volume given", allowed, "add `inoculum: 1e6 cells`")


def _arms_named(draft: Draft) -> Iterator[Problem]:
    if not draft.arm_names:
        return
    control = draft.get("control")
    if control is None:
        empty = [name for name, content in draft.get("arms").items() if not content]
        advice = f"add `control: {empty[0]}`" if empty else "add an arm without treatment and name it as control"
        yield draft.problem((), "no control arm is named", ", ".join(draft.arm_names), advice)
    elif isinstance(control, str) and control not in draft.arm_names:
        yield draft.unknown("arm", control, draft.arm_names, ("control",))
    pairs = draft.get("compare")
    for i, pair in enumerate(pairs if isinstance(pairs, list) else ()):
        for name in pair if isinstance(pair, list) else ():
            if isinstance(name, str) and name not in draft.arm_names:
                yield draft.unknown("arm", name, draft.arm_names, ("compare", i))
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == pair[1]:
            yield draft.problem(("compare", i), f"arm {pair[0]!r} is compared with itself", advice="name two arms")


def _fractions_match_days(draft: Draft) -> Iterator[Problem]:
    for path, course in draft.radiation:
        if course.fractions != len(course.days):
            given = f"{course.fractions} fractions, but number of days given: {len(course.days)}"
            repeated = f"{{from: {course.days[0]:g} d, every: 1 d, times: {course.fractions}}}"
            advice = f"write `days: {repeated}`, or a day each"
            yield draft.problem((*path, "fractions"), given, "one day per fraction", advice)


def _ions_have_let(draft: Draft) -> Iterator[Problem]:
    for path, course in draft.radiation:
        energy = course.energy.unit if course.energy else ""
        if course.quality in IONS and course.let_kev_per_um is None and not energy:
            allowed = "the dose-averaged LET at the tumour, such as 50 keV/um, or `energy` and `depth`"
            yield draft.problem(path, f"{course.quality} without `let`", allowed, "add `let:`")
        if course.quality not in IONS and (course.let_kev_per_um or 0.0) > _MOST_PHOTON_LET:
            allowed = f"at most {_MOST_PHOTON_LET:g} keV/um for photons"
            yield draft.problem(
                (*path, "let"), f"photons do not have {course.let_kev_per_um:g} keV/um", allowed, "remove `let`"
            )
        if course.depth_mm is not None and (course.let_kev_per_um is not None or course.quality not in IONS):
            allowed = "an ion beam with `energy` and `depth`, or with `let`"
            yield draft.problem((*path, "depth"), "`depth` does not fit this course", allowed, "remove `depth`")
        if course.energy and course.energy.value <= 0:
            yield draft.problem((*path, "energy"), f"{course.energy} is no beam", "more than 0", "check the energy")
        wrong = energy == "kV" if course.quality in IONS else energy == "MeV/u"
        if wrong:
            allowed = "MeV/u" if course.quality in IONS else "kV or MV (X-rays), MeV"
            advice = "check `quality` and `energy`"
            yield draft.problem((*path, "energy"), f"{course.energy} is no energy of {course.quality}", allowed, advice)


def _isoeffective_doses_fit(draft: Draft) -> Iterator[Problem]:
    """A photon dose of equal effect belongs to ions, and makes an RBE that somebody could have measured."""
    for path, course in draft.radiation:
        photons, dose = course.isoeffective_photon_dose_gy, course.dose_per_fraction_gy
        if photons is None:
            continue
        key = (*path, "isoeffective_photon_dose")
        if not course.is_ion:
            yield draft.problem(key, f"{course.quality} are photons themselves", ", ".join(IONS), "remove it")
        elif not _LEAST_RBE * dose <= photons <= _MOST_RBE * dose:
            allowed = f"an RBE of {_LEAST_RBE:g} to {_MOST_RBE:g}: {_LEAST_RBE * dose:g} to {_MOST_RBE * dose:g} Gy"
            message = f"{photons:g} Gy of photons cannot be isoeffective with {dose:g} Gy of {course.quality}"
            yield draft.problem(key, message, allowed, "check both doses, which are those of one fraction")


def _seeds_and_parts_fit(draft: Draft) -> Iterator[Problem]:
    """Seeds have an initial dose rate that gives their dose; valleys need peaks."""
    for path, course in draft.radiation:
        initial = course.initial_dose_rate_gy_per_min
        if course.is_implant and course.dose_rate_gy_per_min is not None:
            message = f"the dose rate of {course.quality} seeds is not constant"
            yield draft.problem((*path, "dose_rate"), message, "", "write `initial_dose_rate:`")
        if not course.is_implant and initial is not None:
            message = f"{course.quality} have no initial dose rate"
            yield draft.problem((*path, "initial_dose_rate"), message, ", ".join(SEEDS), "write `dose_rate:`")
        if course.is_implant and initial is not None:
            dose_gy = dose_until_decay_gy(initial)
            if abs(dose_gy - course.dose_per_fraction_gy) > _SEED_AGREEMENT * dose_gy:
                message = f"seeds of this initial dose rate give {dose_gy:.4g} Gy until they have decayed"
                advice = "give one of `dose_per_fraction` (until decay) and `initial_dose_rate`"
                yield draft.problem((*path, "dose_per_fraction"), message, f"{dose_gy:.4g} Gy", advice)
        if course.valley_percent is not None and course.irradiated_percent is None:
            message = "`valley_dose` is the dose between the irradiated parts of a target"
            yield draft.problem((*path, "valley_dose"), message, "", "add `irradiated_share:`")


def _targets_exist(draft: Draft) -> Iterator[Problem]:
    injections: list[tuple[KeyPath, DrugCourse | CellCourse]] = [*draft.drugs, *draft.cells]
    for path, injected in injections:
        yield from _injection_sites(draft, path, injected)
    for path, course in draft.radiation:
        for name in course.target if draft.site_names else ():
            if name != WHOLE_BODY and name not in draft.site_names:
                yield draft.unknown("site", name, (*draft.site_names, WHOLE_BODY), (*path, "target"))
        if WHOLE_BODY in course.target and len(course.target) > 1:
            yield draft.problem((*path, "target"), "whole_body holds every site already", advice="write `whole_body`")


def _injection_sites(draft: Draft, path: KeyPath, course: DrugCourse | CellCourse) -> Iterator[Problem]:
    intratumoral = course.route == INTRATUMORAL
    if intratumoral and not course.target:
        advice = f"add `target: [{draft.site_names[0] if draft.site_names else 'primary'}]`"
        yield draft.problem(path, "an intratumoral injection without `target`", ", ".join(draft.site_names), advice)
    if course.target and not intratumoral:
        message = f"`target` does not fit route {course.route!r}: what is given so reaches the blood"
        yield draft.problem((*path, "target"), message, "`target` with `route: it`", "remove `target`")
    for name in course.target or () if draft.site_names and intratumoral else ():
        if name not in draft.site_names:
            yield draft.unknown("site", name, draft.site_names, (*path, "target"))


def _clock_matches(draft: Draft) -> Iterator[Problem]:
    if draft.get("clock") == "inoculation" and draft.sites and len(draft.sites) == len(draft.site_names):
        first = min(site.inoculated_day for site in draft.sites.values())
        if first != 0:
            message = f"on this clock day 0 is the first inoculation, but that is on day {first:g}"
            yield draft.problem(("clock",), message, "0 d for the first site", "set its `inoculated: 0 d`")
    if draft.get("clock") == "first_fraction" and draft.radiation:
        first = min(day for _, course in draft.radiation for day in course.days)
        if first != 0:
            message = f"on this clock day 0 is the first fraction of any arm, but that is on day {first:g}"
            advice = "move every day, or write `clock: inoculation`"
            yield draft.problem(("clock",), message, "0 d for the first fraction", advice)


def _events_after_inoculation(draft: Draft) -> Iterator[Problem]:
    if not draft.sites:
        return
    complete = len(draft.sites) == len(draft.site_names)
    first = min(site.inoculated_day for site in draft.sites.values())
    for path, course in draft.courses:
        if complete and min(course.days) < first:
            message = f"day {min(course.days):g} is before the inoculation on day {first:g}"
            allowed = f"day {first:g} or later"
            yield draft.problem((*path, "days"), message, allowed, "check the sign of the day and the clock")
            continue
        targets = course.target or ()
        for name in targets:
            if name in draft.sites and min(course.days) < draft.sites[name].inoculated_day:
                day = draft.sites[name].inoculated_day
                message = f"day {min(course.days):g} is before {name!r} is inoculated on day {day:g}"
                yield draft.problem((*path, "days"), message, f"day {day:g} or later", "check the days of both")
    for name, site in draft.sites.items():
        if site.start_volume is not None and site.start_volume.day <= site.inoculated_day:
            path = ("sites", name, "start_volume", "day")
            message = f"day {site.start_volume.day:g} is not after the inoculation on day {site.inoculated_day:g}"
            yield draft.problem(path, message, f"later than day {site.inoculated_day:g}", "check both days")


def _events_within_follow_up(draft: Draft) -> Iterator[Problem]:
    last = _day(draft.get("follow_up"))
    if last is None:
        return
    for path, course in draft.courses:
        if max(course.days) > last:
            message = f"day {max(course.days):g} is after the end of the follow-up on day {last:g}"
            yield draft.problem((*path, "days"), message, f"day {last:g} or earlier", "make `follow_up` longer")
    for name, site in draft.sites.items():
        if site.inoculated_day >= last:
            message = f"day {site.inoculated_day:g} is not before the end of the follow-up on day {last:g}"
            yield draft.problem(("sites", name, "inoculated"), message, "", "make `follow_up` longer")
    for key in ("day", "baseline"):
        day = _day(draft.get("endpoints", "response", key))
        if day is not None and day > last:
            path = ("endpoints", "response", key)
            message = f"day {day:g} is after the end of the follow-up on day {last:g}"
            yield draft.problem(path, message, f"day {last:g} or earlier", "make `follow_up` longer")


def _day(raw: Any) -> float | None:
    try:
        value = DAY.read(raw)
    except ValueError:
        return None
    return value if isinstance(value, float) else None


_UNITS_OF_DOSE = {"mass": ("ug", "mg/kg"), "activity": ("IU", "IU/kg")}


def _doses_fit_agents(draft: Draft) -> Iterator[Problem]:
    for path, course in draft.drugs:
        kind = parameters.agent(course.agent).dose_unit_kind
        fitting = _UNITS_OF_DOSE.get(kind, ())
        if course.dose.unit not in fitting:
            message = f"{course.agent} is not dosed in {course.dose.unit}"
            allowed = " or ".join(fitting) or f"a dose in {kind}"
            yield draft.problem((*path, "dose"), message, allowed, "check the dose and its unit")
        weight = draft.get("host", "body_weight")
        if course.dose.unit.endswith("/kg") and weight is None:
            message = f"{course.dose} needs the body weight of the host"
            yield draft.problem((*path, "dose"), message, "", "add `body_weight:` under `host:`")


def _endpoints_fit(draft: Draft) -> Iterator[Problem]:
    of = draft.get("endpoints", "survival", "of")
    allowed = ("any", "total", *draft.site_names)
    if isinstance(of, str) and draft.site_names and of not in allowed:
        yield draft.unknown("site", of, allowed, ("endpoints", "survival", "of"))
    response = ("endpoints", "response")
    day, baseline = _day(draft.get(*response, "day")), _day(draft.get(*response, "baseline"))
    if day is not None and baseline is not None and day <= baseline:
        message = f"response on day {day:g} is not after its baseline on day {baseline:g}"
        yield draft.problem((*response, "day"), message, f"later than day {baseline:g}", "check both days")


def _published_fit(draft: Draft) -> Iterator[Problem]:
    for path, row in draft.published:
        if row.is_rate:
            yield from _published_rate(draft, path, row)
        else:
            yield from _published_comparison(draft, path, row)
        for key, name in (("better", row.better), ("worse", row.worse), ("arm", row.arm)):
            if name is not None and draft.arm_names and name not in draft.arm_names:
                problem = draft.unknown("arm", name, draft.arm_names, (*path, key))
                yield Problem(problem.message, problem.key, problem.line, problem.allowed, _NOT_HELD)
        if row.site is not None and draft.site_names and row.site not in draft.site_names:
            yield draft.unknown("site", row.site, draft.site_names, (*path, "site"))


_NOT_HELD = "correct the name; an arm that this study does not hold goes under `left_out:`"


def _published_rate(draft: Draft, path: KeyPath, row: PublishedOutcome) -> Iterator[Problem]:
    if row.metric not in RATE_METRICS:
        yield draft.unknown("rate", row.metric, RATE_METRICS, (*path, "metric"))
    if row.arm is None or row.better is not None or row.worse is not None:
        yield draft.problem(path, "a rate belongs to one arm", "`arm` and `value`", "give `arm:` instead of two arms")


def _published_comparison(draft: Draft, path: KeyPath, row: PublishedOutcome) -> Iterator[Problem]:
    if row.metric not in COMPARED_METRICS and not row.metric.startswith("marker:"):
        yield draft.unknown("metric", row.metric, (*COMPARED_METRICS, "marker:NAME"), (*path, "metric"))
    if row.better is None or row.worse is None or row.arm is not None:
        allowed = "`better` and `worse`, or `arm` and `value`"
        yield draft.problem(path, "neither a comparison of two arms nor a rate in one", allowed, "name both arms")


def _parameters_exist(draft: Draft) -> Iterator[Problem]:
    overrides = draft.get("parameters")
    for name, text in overrides.items() if isinstance(overrides, dict) else ():
        if isinstance(text, str):
            path = ("parameters", name)
            species = species_of(draft.document.data)
            yield from override_problems(name, text, dotted(path), draft.document.line(path), species)


def override_problems(
    name: str, text: str, key: str, line: int | None = None, species: str = parameters.MOUSE
) -> Iterator[Problem]:
    """What is wrong with setting a parameter to a text such as `0.3 1/d`; nothing if it can be set."""
    known = parameters.in_species(species)
    if name not in known:
        base = name.partition("@")[0]
        if base in known:
            message = f"{name!r} cannot be set for one agent alone"
            yield Problem(message, key, line, base, f"set `{base}`, for every agent")
        else:
            yield unknown_name("parameter", name, known, key, line)
        return
    declared = known[name]
    try:
        value = units.parse_quantity(text, declared.unit)
    except units.QuantityError as error:
        yield Problem(error.message, key, line, f"{declared.meaning} [{declared.unit}]", error.advice)
        return
    low, high = declared.bounds
    if not low <= value <= high:
        allowed = f"from {low:g} to {high:g} {declared.unit}"
        yield Problem(f"{text!r} is out of the range of this parameter", key, line, allowed, "choose a value in range")
