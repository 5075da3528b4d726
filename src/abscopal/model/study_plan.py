"""From a study and its timelines to the model's plan and the engine's schedule."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace

from abscopal import parameters, radiation
from abscopal.errors import InputError, Problem
from abscopal.expr import Schedule
from abscopal.model.language import AssembledModel
from abscopal.model.mechanisms.antigen_loss import ENGINEERED, on_tumour, receptor
from abscopal.model.mechanisms.pharmacokinetics import EXTRAVASCULAR_ROUTES, INTRATUMORAL
from abscopal.model.mechanisms.protracted import rate_key
from abscopal.model.plan import CARBON, HELIUM, PHOTON, PROTON, Antigen, CellProduct, Drug, Field, Plan
from abscopal.regimen import Event, Timeline, timeline
from abscopal.regimen.normal_tissue import organ_problems
from abscopal.study import Arm, CellCourse, DrugCourse, Radiation, Study

_PARTICLES = {"protons": PROTON, "helium": HELIUM, "carbon": CARBON}
# X-rays of 1 MV and more come from an accelerator.
_MEGAVOLTAGE = 1.0
# A measured LQ pair stands for the ion field if its LET is this close.
_LET_MATCH = 0.2
_RESERVED = ("blood", "node")
# Where an agent or product of the catalogue names no routes of its own; an antibody is lost in the gut.
DRUG_ROUTES: tuple[str, ...] = ("iv", INTRATUMORAL, *(route for route in EXTRAVASCULAR_ROUTES if route != "po"))
CELL_ROUTES: tuple[str, ...] = ("iv", INTRATUMORAL)
# A fraction acts at one instant; slower irradiation than this has a dose rate in the equations.
_LONGEST_FRACTION_DAYS = 0.25


def plan_of(study: Study) -> Plan:
    """What a study needs of the model, for all its arms together.

    Raises
    ------
    InputError
        A site has a reserved name, or a course cannot be modelled (route of an antibody); all problems at once.
    """
    problems = [
        Problem(
            f"a site cannot be named {site.name!r}",
            key=f"sites.{site.name}",
            line=_line(study, "sites", site.name),
            allowed=f"any name but {' and '.join(_RESERVED)}",
            advice="choose another name",
        )
        for site in study.sites
        if site.name in _RESERVED
    ]
    fields: dict[str, Field] = {}
    drug_places: dict[str, set[str]] = {}
    product_places: dict[str, set[str]] = {}
    for arm in study.arms:
        for course in arm.courses:
            if isinstance(course, Radiation):
                try:
                    field = field_of(course, study)
                except InputError as error:
                    problems += _beam_problems(error, course, arm, study)
                else:
                    fields[field.key] = field
                problems += organ_problems(course, arm, study)
            elif isinstance(course, DrugCourse):
                drug_places.setdefault(course.agent, set()).update(_given_at(course))
                problems += _route_problems(course, arm, study)
            else:
                product_places.setdefault(course.product, set()).update(_given_at(course))
                problems += _route_problems(course, arm, study)
    if problems:
        # Arms that share a part through an alias share its line: told once.
        told = {(p.line or p.key, p.message): p for p in reversed(problems)}
        raise InputError(list(reversed(told.values())), study.origin.path)
    sites = tuple(s.name for s in study.sites)
    return Plan(
        sites=sites,
        fields=tuple(fields.values()),
        drugs=tuple(drug_of(agent, places, sites) for agent, places in sorted(drug_places.items())),
        products=tuple(product_of(name, places) for name, places in sorted(product_places.items())),
        antigens=antigens_of(study.tumour),
        host=study.host.species,
    )


def _given_at(course: DrugCourse | CellCourse) -> tuple[str, ...]:
    """Where a course enters the model: sites it is injected into, the blood for cells, the route for drugs."""
    if course.target:
        return course.target
    return (course.route,) if isinstance(course, DrugCourse) else ("blood",)


def drug_of(agent: str, places: Iterable[str], sites: tuple[str, ...]) -> Drug:
    """An agent of the catalogue given by these routes or into these sites."""
    routes = tuple(sorted(p for p in places if p not in sites))
    return Drug(agent, parameters.agent(agent).about["target"], routes, tuple(sorted(set(places) & set(sites))))


def product_of(name: str, places: Iterable[str]) -> CellProduct:
    """A cell product of the catalogue given at these places."""
    return CellProduct(name, str(parameters.product(name).about["adds_to"]), tuple(sorted(places)))


def antigens_of(line: str) -> tuple[Antigen, ...]:
    """The antigens of a tumour line that cell products can see."""
    facts = parameters.about_line(line).get("antigens", {})
    return tuple(
        Antigen(
            name,
            float(a["density"]),
            float(a.get("negative_share", 0.0)),
            a.get("source", {}).get("note", Antigen.note),
        )
        for name, a in facts.items()
    )


def field_of(course: Radiation, study: Study) -> Field:
    """The field of a course of radiation: courses that differ only in dose and days share it."""
    sites = tuple(s.name for s in study.sites) if course.whole_body else course.target
    particle = _PARTICLES.get(course.quality, PHOTON)
    let = let_of(course)
    where = "whole body" if course.whole_body else "+".join(sites) + ("+node" if course.node_in_field else "")
    share, valley, continuous = course.irradiated_share, course.valley_share, is_continuous(course)
    part = f"{100.0 * share:g} % of " if share < 1.0 else ""
    part += f"(valleys {100.0 * valley:g} %) " if share < 1.0 and valley > 0.0 else ""
    if course.stated_rbe is not None:
        part = f"(RBE {course.stated_rbe:.3g}) {part}"
    slowly = "continuous " if continuous and not course.is_implant else ""
    return Field(
        key=f"{slowly}{course.quality} {let:g} keV/um to {part}{where}",
        sites=sites,
        particle=particle,
        let_kev_um=let,
        node=course.node_in_field,
        whole_body=course.whole_body,
        measured_pair=None if course.stated_rbe is not None else _measured_pair(study.tumour, particle, let),
        stated_rbe=course.stated_rbe,
        continuous=continuous,
        seeds=course.is_implant,
        share=share,
        valley=valley,
    )


def let_of(course: Radiation) -> float:
    """Dose-averaged LET at the target [keV/um]: as given, of the photon quality, or by an ion's energy and depth."""
    if course.let_kev_per_um is not None:
        return course.let_kev_per_um
    if not course.is_ion:
        return float(radiation.radiation_quality(_photon_name(course)).let_kev_um)
    assert course.energy is not None  # the study asks ions for a LET or an energy
    particle = _PARTICLES[course.quality]
    quality = radiation.radiation_quality(particle, energy_mev_u=course.energy.value, depth_mm=course.depth_mm)
    return float(quality.let_kev_um)


def _photon_name(course: Radiation) -> str:
    """The photon quality as `radiation` names it: by its voltage if the study gives one."""
    if course.quality == "X-rays" and course.energy is not None and course.energy.unit in ("kV", "MeV"):
        megavolt = course.energy.value / (1000.0 if course.energy.unit == "kV" else 1.0)
        return f"{megavolt:g} MV" if megavolt >= _MEGAVOLTAGE else "X-rays"
    return course.quality


def validity_notes(study: Study) -> tuple[str, ...]:
    """Where a study leaves what the model was made for: range of an RBE model, a cell product without its target."""
    species = study.host.species
    declared = parameters.in_species(species).overriding(parameters.values_of("lines", study.tumour, species))
    alpha, beta = declared["alpha_photon"].value, declared["beta_photon"].value
    plan = plan_of(study)
    notes: dict[str, None] = dict.fromkeys(_without_target(study, plan))
    for field in plan.fields:
        if field.particle != PHOTON and field.measured_pair is None and field.stated_rbe is None:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                radiation.ion_coefficients(field.particle, field.let_kev_um, alpha, beta)
            notes.update(dict.fromkeys(f"{field.key}: {w.message}" for w in caught))
    return tuple(notes)


def _without_target(study: Study, plan: Plan) -> Iterator[str]:
    """What will happen to engineered cells that bind nothing on this tumour."""
    for product in plan.products_of(*ENGINEERED):
        antigens = receptor(product).antigens
        if not any(on_tumour(plan, antigen) for antigen in antigens):
            target = " or ".join(antigens) or "an antigen the catalogue does not name"
            yield (
                f"{product.product} binds {target}, which {study.tumour} does not show: its receptor will kill no "
                "tumour cell and drive no expansion in the tumour; the cells contract unless normal cells feed them"
            )


def untaken_notes(study: Study, model: AssembledModel) -> tuple[str, ...]:
    """What a study gives that nothing in this model takes up, as the mechanism that would is switched off."""
    keys = set(model.event_keys)
    events = (event for arm in study.arms for event in timeline(study, arm.name))
    idle = dict.fromkeys(e.what for e in events if not any(key in keys for key, _ in _maps(study, e)))
    return tuple(f"{what}: without effect, as no mechanism that is switched on takes it up" for what in idle)


def _measured_pair(line: str, particle: str, let_kev_um: float) -> tuple[float, float, str] | None:
    rows = [r for r in parameters.about_line(line).get("ion_lq", ()) if r["particle"] == particle]
    near = [r for r in rows if abs(math.log(r["let_kev_um"] / let_kev_um)) <= _LET_MATCH]
    if not near:
        return None
    best = min(near, key=lambda r: abs(math.log(r["let_kev_um"] / let_kev_um)))
    return float(best["alpha_per_gy"]), float(best["beta_per_gy2"]), str(best["cite"])


def is_continuous(course: Radiation) -> bool:
    """Whether a course is given at a dose rate over days: seeds, or fractions that last longer than some hours."""
    return course.is_implant or course.duration_days > _LONGEST_FRACTION_DAYS


def _beam_problems(error: InputError, course: Radiation, arm: Arm, study: Study) -> list[Problem]:
    """What `radiation` has against the beam of a course, with the place in the file."""
    position = arm.radiation.index(course)
    key, line = f"arms.{arm.name}.radiation[{position}]", _line(study, "arms", arm.name, "radiation", position)
    return [replace(problem, key=key, line=line) for problem in error.problems]


def _route_problems(course: DrugCourse | CellCourse, arm: Arm, study: Study) -> list[Problem]:
    if isinstance(course, DrugCourse):
        kind, what, position = "drugs", course.agent, arm.drugs.index(course)
        allowed = tuple(parameters.agent(course.agent).about.get("routes", DRUG_ROUTES))
    else:
        kind, what, position = "cells", course.product, arm.cells.index(course)
        allowed = tuple(parameters.product(course.product).about.get("routes", CELL_ROUTES))
    if course.route in allowed:
        return []
    return [
        Problem(
            f"{what} cannot be given by route {course.route!r}",
            key=f"arms.{arm.name}.{kind}[{position}].route",
            line=_line(study, "arms", arm.name, kind, position, "route"),
            allowed=", ".join(allowed),
            advice="use the route of the experiment",
        )
    ]


def _line(study: Study, *path: str | int) -> int | None:
    """Line of a key, or of the part it belongs to."""
    lines = study.origin.lines
    return lines.get(path) or lines.get(path[:-1])


def schedule_of(study: Study, model: AssembledModel, timeline: Timeline, only: Iterable[str] | None = None) -> Schedule:
    """The engine's schedule of an arm; `only` keeps some kinds of event."""
    index = {key: i for i, key in enumerate(model.event_keys)}
    kinds = set(only) if only is not None else None
    rows = []
    for event in timeline:
        if kinds is None or event.kind in kinds:
            rows += [(event.day, index[key], arguments) for key, arguments in _maps(study, event) if key in index]
            rows += [(day, index[key], arguments) for day, key, arguments in _ends(study, event) if key in index]
    return Schedule.of(rows)


def _ends(study: Study, event: Event) -> list[tuple[float, str, list[float]]]:
    """When the dose rate of a continuous course of some duration is taken back: day, event map and arguments."""
    course = event.details
    if not isinstance(course, Radiation) or course.is_implant or not is_continuous(course):
        return []
    duration = course.duration_days
    return [(event.day + duration, rate_key(field_of(course, study)), [-event.amount / duration])]


def dose_rate_gy_per_day(course: Radiation) -> float:
    """Dose rate at the start of a continuous course [Gy/day]; that of seeds gives their dose until complete decay."""
    if course.is_implant:
        return course.dose_per_fraction_gy * math.log(2.0) / parameters.shared()["seed_half_life"].value
    return course.dose_per_fraction_gy / course.duration_days


def _maps(study: Study, event: Event) -> list[tuple[str, list[float]]]:
    """Event maps and arguments of one event; keys no mechanism made are left to the caller."""
    if event.kind == "inoculation":
        return [(f"inoculation:{site}", [event.amount]) for site in event.where]
    course = event.details
    if isinstance(course, Radiation):
        field = field_of(course, study)
        if field.continuous:
            return [(rate_key(field), [dose_rate_gy_per_day(course)])]
        return [(f"fraction:{field.key}", [event.amount, field.let_kev_um, protraction_of(course)])]
    if isinstance(course, DrugCourse):
        nmol = _nmol(event)
        if course.target:
            return [(f"drug:{event.what}:{INTRATUMORAL}:{site}", [nmol / len(course.target)]) for site in course.target]
        return [(f"drug:{event.what}:{course.route}", [nmol])]
    assert isinstance(course, CellCourse)
    places = _given_at(course)
    product = product_of(course.product, places)
    return [(product.key(place), [event.amount / len(places)]) for place in places]


def _nmol(event: Event) -> float:
    """Amount of a drug [nmol]; an agent dosed in international units declares how many make a microgram."""
    about = parameters.agent(event.what).about
    micrograms = event.amount / float(about["units_per_ug"]) if event.unit == "IU" else event.amount
    return float(micrograms / float(about["molar_mass_kda"]))


def protraction_of(course: Radiation) -> float:
    """Lea–Catcheside factor of one fraction at its dose rate; 1 if the study gives no dose rate."""
    duration_days = course.duration_days
    half_time = parameters.shared()["repair_half_time"].value
    return float(radiation.dose_protraction_factor(duration_days, half_time)) if duration_days > 0 else 1.0
