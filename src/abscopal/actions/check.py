"""What a study will do, before it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abscopal import parameters, pipeline
from abscopal.actions.catalogue import own_catalogue_note
from abscopal.regimen.normal_tissue import organ_numbers
from abscopal.results.nouns import noun_for
from abscopal.simulation import Prepared, description, inocula
from abscopal.study import Site, Study
from abscopal.vocabulary import SHARED


def check_study(
    path: Path,
    overrides: Mapping[str, str] | None = None,
    without: Sequence[str] = (),
    catalogue: Path | None = None,
) -> dict[str, Any]:
    """What a study file says and what is filled in: arms, timetable, defaults, parameters, warnings, model.

    Parameters
    ----------
    overrides : parameter name -> value with unit, as text.
    without : mechanisms to switch off.
    catalogue : the user's own lines, drugs and cell products; None is `catalogue.yaml` beside the study, if any.

    Raises
    ------
    InputError
        The study or an option cannot be used.
    """
    prepared = pipeline.prepare(pipeline.load(path, overrides, catalogue), without)
    with parameters.using(prepared.study.catalogue):
        return _told(prepared)


def _told(prepared: Prepared) -> dict[str, Any]:
    study = prepared.study
    tumours = inocula.of_the_median_subject(prepared)
    return {
        "study": study.name,
        "title": study.title,
        "summary": _summary(study),
        "catalogue": own_catalogue_note(study),
        "arms": {a.name: description.describe_arm(study, a.name) for a in study.arms},
        "timetable": {a.name: description.timetable(prepared.timelines[a.name]) for a in study.arms},
        "defaults_filled": [{"key": d.key, "value": d.value, "why": d.why} for d in study.defaults_filled],
        "parameters": description.parameter_table(prepared.declared),
        "organs": description.parameter_table(organ_numbers(study)),
        "inocula": description.inocula_table(tumours),
        "warnings": description.warnings_of(prepared, tumours),
        "sources": description.source_counts(prepared.declared),
        "model": {"states": len(prepared.model.species), "mechanisms": list(prepared.model.mechanisms)},
    }


def _summary(study: Study) -> list[str]:
    """Host, tumours, subjects and end points, a line each."""
    subjects = noun_for(study.host.species, description.is_dish(study)).many
    host, cohort, endpoints = study.host, study.cohort, study.endpoints
    strain = f" ({host.strain})" if host.strain else ""
    weight = "" if host.body_weight_g is None else f", {_mass(host.body_weight_g)}"
    sites = ", ".join(_site(site) for site in study.sites)
    shared = "the same in every arm" if cohort.arms == SHARED else "others in every arm"
    clock, survival, response = study.clock.replace("_", " "), endpoints.survival, endpoints.response
    follow_up = f"Day 0: {clock}. Follow-up to day {study.follow_up_days:g}."
    read = f"response on day {response.day:g} against day {response.baseline_day:g}"
    return [
        f"Host: {host.species}{strain}, {host.immune}{weight}. Tumour: {study.tumour}; {sites}.",
        f"{subjects.capitalize()}: {cohort.size} per arm, {shared}, seed {cohort.seed}. {follow_up}",
        f"End points: {survival.volume_limit_mm3:g} mm3 (of: {survival.of}); {read}. Control: {study.control}.",
    ]


def _site(site: Site) -> str:
    start = site.start_volume
    fixed = f", {start.value_mm3:g} mm3 on day {start.day:g}" if start is not None else ""
    return f"{site.name} from day {site.inoculated_day:g}{fixed}"


def _mass(grams: float) -> str:
    return f"{grams / 1000.0:g} kg" if grams >= 1000.0 else f"{grams:g} g"
