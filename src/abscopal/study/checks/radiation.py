"""Checks of courses of radiation: fractions, ions, doses of equal effect, seeds, fields that spare a part."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal.errors import Problem
from abscopal.study.defaults import dose_until_decay_gy
from abscopal.study.draft import Draft
from abscopal.study.species import species_of
from abscopal.vocabulary import HUMAN, IONS, SEEDS

# Dose and initial dose rate of seeds are two words for one number, rounded differently.
_SEED_AGREEMENT = 0.05
# RBEs that anybody has measured lie well inside.
_LEAST_RBE, _MOST_RBE = 0.5, 10.0
# Share of a target that is all of it [%].
_WHOLE = 100.0


def fractions_match_days(draft: Draft) -> Iterator[Problem]:
    """There is a day for each fraction."""
    for path, course in draft.radiation:
        if course.fractions != len(course.days):
            given = f"{course.fractions} fractions, but number of days given: {len(course.days)}"
            repeated = f"{{from: {course.days[0]:g} d, every: 1 d, times: {course.fractions}}}"
            advice = f"write `days: {repeated}`, or a day each"
            yield draft.problem((*path, "fractions"), given, "one day per fraction", advice)


def ions_have_let(draft: Draft) -> Iterator[Problem]:
    """Ions have a LET, or an energy that gives one; photons need neither; energies are in their own unit."""
    for path, course in draft.radiation:
        energy = course.energy.unit if course.energy else ""
        if course.quality in IONS and course.let_kev_per_um is None and not energy:
            allowed = "the dose-averaged LET at the tumour, such as 50 keV/um, or `energy` and `depth`"
            yield draft.problem(path, f"{course.quality} without `let`", allowed, "add `let:`")
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


def body_sites_are_of_patients(draft: Draft) -> Iterator[Problem]:
    """Only a patient's field lies somewhere in a body; one of the whole body lies everywhere."""
    species = species_of(draft.document.data)
    for path, course in draft.radiation:
        if course.body_site is not None and (species != HUMAN or course.whole_body):
            what = "a field of the whole body" if course.whole_body else f"a field of a {species}"
            message = f"{what} has no `body_site`"
            yield draft.problem((*path, "body_site"), message, "local fields of patients", "remove `body_site:`")


def isoeffective_doses_fit(draft: Draft) -> Iterator[Problem]:
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


def seeds_and_parts_fit(draft: Draft) -> Iterator[Problem]:
    """Seeds have an initial dose rate that gives their dose; valleys need peaks."""
    for path, course in draft.radiation:
        initial = course.initial_dose_rate_gy_per_min
        if course.is_implant and course.dose_rate_gy_per_min is not None:
            message = f"the dose rate of {course.quality} seeds is not constant"
            yield draft.problem((*path, "dose_rate"), message, "", "write `initial_dose_rate:`")
        if not course.is_implant and initial is not None:
            message = f"{course.quality} have no initial dose rate"
            yield draft.problem((*path, "initial_dose_rate"), message, ", ".join(SEEDS), "write `dose_rate:`")
        half_life = draft.parameter("seed_half_life")
        if course.is_implant and initial is not None and half_life is not None:
            dose_gy = dose_until_decay_gy(initial, half_life)
            if abs(dose_gy - course.dose_per_fraction_gy) > _SEED_AGREEMENT * dose_gy:
                message = f"seeds of this initial dose rate give {dose_gy:.4g} Gy until they have decayed"
                advice = "give one of `dose_per_fraction` (until decay) and `initial_dose_rate`"
                yield draft.problem((*path, "dose_per_fraction"), message, f"{dose_gy:.4g} Gy", advice)
        share = course.irradiated_percent
        if course.valley_percent is not None and (share is None or share >= _WHOLE):
            message = "`valley_dose` is the dose between the irradiated parts of a target"
            whole = "" if share is None else f", and {share:g} % of it leave nothing between them"
            allowed, advice = f"with an `irradiated_share` below {_WHOLE:g} %", "set `irradiated_share:`"
            yield draft.problem((*path, "valley_dose"), message + whole, allowed, advice)
