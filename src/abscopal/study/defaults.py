"""What a study file may leave open: filled in before checking, and listed so that the user can see it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from abscopal import parameters, units
from abscopal.errors import InputError
from abscopal.storage.packaged import read_yaml
from abscopal.study.document import KeyPath, dotted
from abscopal.study.parts import FRACTIONS, QUALITY
from abscopal.study.species import set_or_declared, species_of
from abscopal.study.specification import FilledDefault
from abscopal.vocabulary import HUMAN, INOCULATION, IONS, SEEDS, WHOLE_BODY

# The body site of a tumour whose tissue no body site names.
_ANYWHERE = "trunk"


@cache
def _register(file: str) -> Any:
    return read_yaml("abscopal.study", file)


def default_keys() -> tuple[str, ...]:
    """Keys (with `*` for names and positions) that a file may leave open because a default is declared for them."""
    computed = ("sites.*.inoculum", "sites.*.inoculated", "endpoints.response.day", "endpoints.response.baseline")
    radiation = ("fractions", "target", "dose_per_fraction", "body_site")
    more = (*(f"arms.*.radiation.*.{key}" for key in radiation), "compare")
    sections = ("cohort", "endpoints", "endpoints.survival", "endpoints.response", "host")
    return (*(row["key"] for row in _register("defaults.yaml")), *computed, *more, *sections)


def fill_defaults(data: dict[str, Any], overrides: Mapping[str, str]) -> tuple[FilledDefault, ...]:
    """Puts the declared defaults into the raw values of a study, in place; returns what was put where and why.

    Parameters
    ----------
    overrides : parameters that are set beside the file, by name: value with unit.
    """
    filled: list[FilledDefault] = []
    for section in (("host",), ("cohort",), ("endpoints",), ("endpoints", "survival"), ("endpoints", "response")):
        for _, parent in _holders(data, section[:-1]):
            if parent.get(section[-1]) is None:
                parent[section[-1]] = {}
    for row in _register("defaults.yaml"):
        *parents, last = row["key"].split(".")
        row = {**row, **row.get(species_of(data), {})}
        for path, holder in _holders(data, tuple(parents)):
            _fill(holder, path, last, row["value"], row["why"], filled)
    _fill_body_weight(data, filled)
    _fill_fractions(data, set_or_declared("seed_half_life", data, overrides), filled)
    _fill_body_sites(data, filled)
    _fill_sites(data, overrides, filled)
    _fill_endpoint_days(data, filled)
    _fill_comparisons(data, filled)
    return tuple(filled)


def _fill(holder: dict[str, Any], path: KeyPath, key: str, value: Any, why: str, filled: list[FilledDefault]) -> None:
    if holder.get(key) is None:
        holder[key] = value
        shown = value if isinstance(value, str) else ", ".join(" against ".join(pair) for pair in value)
        filled.append(FilledDefault(dotted((*path, key)), shown, why))


def _holders(data: Any, pattern: tuple[str, ...], path: KeyPath = ()) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    """Every mapping that a pattern such as `arms.*.drugs.*` names, with its path."""
    if not pattern:
        if isinstance(data, dict):
            yield path, data
        return
    first, rest = pattern[0], pattern[1:]
    if first != "*":
        if isinstance(data, dict) and first in data:
            yield from _holders(data[first], rest, (*path, first))
    elif isinstance(data, dict):
        for name, content in data.items():
            yield from _holders(content, rest, (*path, name))
    elif isinstance(data, list):
        for i, content in enumerate(data):
            yield from _holders(content, rest, (*path, i))


def _fill_body_weight(data: dict[str, Any], filled: list[FilledDefault]) -> None:
    host = data["host"]
    doses = [course.get("dose") for _, course in _holders(data, ("arms", "*", "drugs", "*"))]
    if not isinstance(host, dict) or not any(isinstance(dose, str) and "/" in dose for dose in doses):
        return
    try:
        species = parameters.canonical("species", str(host.get("species")))
    except KeyError:
        return
    weight_g = parameters.entry("species", species).about.get("body_weight_g")
    if weight_g is not None:
        why = f"an adult {species}; a dose of this study is per body weight"
        _fill(host, ("host",), "body_weight", f"{weight_g} g", why, filled)


def _fill_fractions(data: dict[str, Any], half_life_days: float | None, filled: list[FilledDefault]) -> None:
    sites = data.get("sites")
    only_site = next(iter(sites)) if isinstance(sites, dict) and len(sites) == 1 else None
    for path, course in _holders(data, ("arms", "*", "radiation", "*")):
        if course.get("fractions") is None:
            course.pop("fractions", None)
            course |= _count_of_days(course.get("days"))
        _fill_dose_of_seeds(path, course, half_life_days, filled)
        if only_site is not None:
            _fill(course, path, "target", only_site, "the only site", filled)
        if course.get("let") is None and course.get("energy") is not None and _is_one_of(course.get("quality"), IONS):
            depth = course.get("depth")
            where = "at the entrance" if depth is None else f"at {depth}"
            why = "an ion without LET is taken as a mono-energetic beam; in a spread-out peak its LET is higher"
            filled.append(FilledDefault(dotted((*path, "let")), f"that of {course['energy']} {where}", why))


def _fill_body_sites(data: dict[str, Any], filled: list[FilledDefault]) -> None:
    """Where the fields of a patient lie: at the organ of the tumour."""
    if species_of(data) != HUMAN:
        return
    try:
        tissue = str(parameters.about_line(str(data.get("tumour"))).get("tissue", ""))
    except InputError:  # an unknown tumour is told by the check of names
        return
    places = (
        name for name in parameters.body_sites() if tissue in parameters.entry("body_sites", name).about["tissues"]
    )
    place = next(places, _ANYWHERE)
    why = (
        f"the tumour is of {tissue or 'no known organ'}; decides how much blood the field meets: say where else it lies"
    )
    for path, course in _holders(data, ("arms", "*", "radiation", "*")):
        target = course.get("target")
        if target != WHOLE_BODY and WHOLE_BODY not in (target if isinstance(target, list) else ()):
            _fill(course, path, "body_site", place, why, filled)


def _fill_dose_of_seeds(
    path: KeyPath, course: dict[str, Any], half_life_days: float | None, filled: list[FilledDefault]
) -> None:
    """The dose until complete decay, where a study gives the initial dose rate of its seeds."""
    if half_life_days is None or not _is_one_of(course.get("quality"), SEEDS):
        return
    try:
        dose_gy = dose_until_decay_gy(
            units.parse_quantity(str(course.get("initial_dose_rate")), "Gy/min"), half_life_days
        )
    except units.QuantityError:
        return
    why = "initial dose rate times half-life over ln 2: the dose of seeds until they have decayed"
    _fill(course, path, "dose_per_fraction", f"{dose_gy:.10g} Gy", why, filled)


def dose_until_decay_gy(initial_dose_rate_gy_per_min: float, half_life_days: float) -> float:
    """Dose that seeds give until complete decay [Gy]."""
    half_life_min = units.convert(half_life_days, "d", "min")
    return initial_dose_rate_gy_per_min * half_life_min / math.log(2.0)


def _is_one_of(quality: Any, qualities: tuple[str, ...]) -> bool:
    try:
        return QUALITY.read(quality) in qualities
    except ValueError:
        return False


def _count_of_days(days: Any) -> dict[str, str]:
    """Fractions that a `days` entry stands for; {} where it cannot be told, of which the check of `days` complains."""
    if isinstance(days, dict):
        times = days.get("times")
        return {"fractions": times} if isinstance(times, str) and _is_count(times) else {}
    if isinstance(days, list):
        return {"fractions": str(len(days))} if days else {}
    return {"fractions": "1"} if isinstance(days, str) else {}


def _is_count(text: str) -> bool:
    try:
        FRACTIONS.read(text)
    except ValueError:
        return False
    return True


def _fill_sites(data: dict[str, Any], overrides: Mapping[str, str], filled: list[FilledDefault]) -> None:
    rows = list(_holders(data, ("sites", "*")))
    if not rows:
        return
    register = _register("computed_defaults.yaml")
    first_path, first = rows[0]
    _fill_before(data, rows, overrides, filled)
    if first.get("start_volume") is not None:
        _fill(first, first_path, "inoculum", register["inoculum"]["value"], register["inoculum"]["why"], filled)
    if data.get("clock") == INOCULATION:
        _fill(first, first_path, "inoculated", "0 d", "day 0 of this clock", filled)
    later = register["later_site_delay"]
    for path, site in rows[1:]:
        if isinstance(first.get("inoculum"), str):
            _fill(site, path, "inoculum", first["inoculum"], later["why"], filled)
        first_day = _days(first.get("inoculated"))
        if first_day:
            day = first_day[0] + units.parse_quantity(later["value"], "d")
            _fill(site, path, "inoculated", f"{day!r} d", later["why"], filled)


def _fill_before(
    data: dict[str, Any],
    rows: list[tuple[KeyPath, dict[str, Any]]],
    overrides: Mapping[str, str],
    filled: list[FilledDefault],
) -> None:
    """The seeding of tumours that nobody inoculated: a species may say how long before its start volume each one is."""
    species = species_of(data)
    before = parameters.entry("species", species).about.get("tumour_before_start")
    names = ("doubling_time", "growth_exponent", "reference_volume")
    growth = [value for name in names if (value := set_or_declared(name, data, overrides)) is not None]
    if before is None or len(growth) < len(names):
        return
    longest = units.parse_quantity(before["at_most"], "d")
    for path, site in rows:
        start = site.get("start_volume")
        day = _days(start.get("day")) if isinstance(start, dict) else []
        if day and site.get("inoculated") is None:
            earlier = min(before["doubling_times"] * _doubling_at(site["start_volume"].get("value"), *growth), longest)
            _fill(site, path, "inoculum", before["cells"], before["why"], filled)
            _fill(site, path, "inoculated", f"{day[0] - round(earlier)!r} d", before["why"], filled)


def _doubling_at(written: Any, doubling_time: float, exponent: float, reference_mm3: float) -> float:
    """Doubling time of a tumour of the size written [d]: a small one grows faster, by the power law of growth."""
    try:
        volume = units.parse_quantity(str(written), "mm3")
    except units.QuantityError:  # told by the check of the site
        volume = reference_mm3
    return float(doubling_time * (max(volume, 1.0) / reference_mm3) ** exponent)


def _fill_endpoint_days(data: dict[str, Any], filled: list[FilledDefault]) -> None:
    for path, response in _holders(data, ("endpoints", "response")):
        if _days(data.get("follow_up")):
            _fill(response, path, "day", data["follow_up"], "the end of the follow-up", filled)
        day, why = _baseline(data)
        _fill(response, path, "baseline", f"{day!r} d", why, filled)


def _baseline(data: dict[str, Any]) -> tuple[float, str]:
    """Day whose volumes responses are held against, and why that day."""

    def first(*kinds: str) -> list[float]:
        courses = (course for kind in kinds for _, course in _holders(data, ("arms", "*", kind, "*")))
        return [day for course in courses for day in _days(course.get("days"))]

    starts = [day for _, start in _holders(data, ("sites", "*", "start_volume")) for day in _days(start.get("day"))]
    for days, why in (
        (first("radiation"), "the first fraction of any arm"),
        (starts, "the day of the start volume; no arm is irradiated"),
        (first("drugs", "cells"), "the first treatment of any arm"),
    ):
        if days:
            return min(days), why
    return 0.0, "day 0; nothing is given"


def _days(days: Any) -> list[float]:
    """Days that can be read; none where the entry is wrong, which the checks report."""
    if isinstance(days, dict):
        days = days.get("from")
    found = []
    for text in days if isinstance(days, list) else [days]:
        try:
            found.append(units.parse_quantity(text, "d") if isinstance(text, str) else float("nan"))
        except units.QuantityError:
            continue
    return [day for day in found if day == day]


def _fill_comparisons(data: dict[str, Any], filled: list[FilledDefault]) -> None:
    arms, control = data.get("arms"), data.get("control")
    if data.get("compare") is None and isinstance(arms, dict) and isinstance(control, str):
        pairs = [[name, control] for name in arms if name != control]
        _fill(data, (), "compare", pairs, "every arm against the control", filled)
