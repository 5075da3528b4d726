"""The experimental system of a record as the rest of a study: host, sites, clock, follow-up and end points."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from abscopal import parameters
from abscopal.evidence.arms import ArmBuilder, BuiltArm, days_text, signature, study_arm
from abscopal.evidence.curation import names
from abscopal.evidence.curation.defaults import Chooser
from abscopal.evidence.curation.lines import Line
from abscopal.evidence.curation.names import Immune
from abscopal.evidence.curation.places import DISTANT, METASTASIS, PRIMARY, RECHALLENGE
from abscopal.evidence.records import Record
from abscopal.evidence.result_places import last_day_of_results
from abscopal.vocabulary import COMPETENT, FIRST_FRACTION, INDEPENDENT, INOCULATION, NUDE, comparable

# A course must begin at least this long after the inoculation, and the follow-up end this long after the last course.
_LEAST_BEFORE_TREATMENT_DAYS = 1.0
_LEAST_AFTER_TREATMENT_DAYS = 20.0
_COHORT_SIZE = 60
# Strains that the catalogue gives lines which no competent mouse would keep.
_HOSTS_OF_HUMAN_CELLS = ("nude", "NSG")
_LONGEST_NAME = 80
_CELLS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:[x×]\s*10\s*\^?\s*(\d+)|[eE]\+?(\d+))")
_VOLUME = re.compile(r"(\d+(?:\.\d+)?)\s*(?:mm3|mm\^3|mm³)")


@dataclass(frozen=True)
class HostOf:
    """Species and immune status of the animals of a record."""

    species: str
    immune: Immune


class SystemBuilder:
    """Builds the study of one line of a record around its arms; keeps what it fills in."""

    def __init__(self, record: Record, line: Line, chooser: Chooser, arms: ArmBuilder, host: HostOf) -> None:
        self.record = record
        self.line = line
        self.chooser = chooser
        self.builder = arms
        self.host = host
        self.filled: list[tuple[str, str, str]] = []
        self._days: list[tuple[str, float, str]] = []
        self.shift = 0.0
        model = record.model
        targets = [course.target for arm in record.arms for course in arm.radiation]
        self.intracranial = names.is_intracranial(model.tumour, model.site, *targets)

    @classmethod
    def host_of(cls, record: Record, line: str) -> HostOf:
        """Host of a record, for one tumour line. Raises NotCovered."""
        model = record.model
        immune = names.immune_of(model.host, model.strain)
        usual = str(parameters.about_line(line).get("strain", ""))
        if immune.assumed and immune.status == COMPETENT and usual in _HOSTS_OF_HUMAN_CELLS:
            immune = Immune(NUDE, f"no host is stated: {line} grows in mice without T cells", True)
        return HostOf(names.species_of(model.species), immune)

    def _default(self, name: str, key: str, unit: str = "") -> str:
        """A default as text with its unit, listed under a key of the study."""
        name += "_intracranial" if self.intracranial and f"{name}_intracranial" in self.chooser.defaults.items else ""
        item = self.chooser.defaults.items[name]
        text = f"{self.chooser.value(name):.6g} {unit or item.unit}"
        self.filled.append((key, text, self.chooser.why(name)))
        return text

    def written(self, names_of_arms: Mapping[str, str], wanted_sites: Iterable[str], pairs: list[list[str]]) -> Any:
        """The study as nested dictionaries, as a file holds it."""
        built = {name: self.builder.covered[arm] for arm, name in names_of_arms.items()}
        of_all = [change for change in (self.host.immune.change, self.line.change) if change]
        for arm in built.values():
            arm.host_changes = list(dict.fromkeys((*of_all, *arm.host_changes)))
        first = self.builder.first.days[0]
        sites = self._sites(built, first, wanted_sites)
        clock, shift = self._clock(built, first, next(iter(sites.values()))["inoculated"])
        follow_up = self._follow_up(built, first, sites, shift)
        data: dict[str, Any] = {
            "abscopal": 1,
            "study": f"{self.record.id} {self.line.name}"[:_LONGEST_NAME],
            "title": f"{self.record.id}: {self.record.model.tumour}"[:200],
            "source": {"citation": self.record.citation, "doi": self.record.doi, "record": self.record.id},
            "host": self._host(),
            "tumour": self.line.name,
            "clock": clock,
            "sites": {name: _site_text(site, shift) for name, site in sites.items()},
            "arms": {name: study_arm(arm, shift) for name, arm in built.items()},
            "control": self._control(built),
            "cohort": {"size": _COHORT_SIZE, "seed": 1, "arms": INDEPENDENT},
            "follow_up": f"{follow_up:g} d",
            "endpoints": self._endpoints(first + shift, follow_up, sites),
            "compare": pairs,
        }
        self.shift = shift
        return data

    def _host(self) -> dict[str, Any]:
        immune = self.host.immune
        if immune.assumed:
            self.filled.append(("host.immune", immune.status, immune.note))
        host: dict[str, Any] = {"species": self.host.species, "immune": immune.status}
        strain = _for_line(self.record.model.strain, self.line)
        return {**host, "strain": strain} if strain else host

    def _sites(self, built: Mapping[str, BuiltArm], first: float, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Sites with days as numbers on the record's clock."""
        model = self.record.model
        inoculated = 0.0 if self.record.clock == INOCULATION else self._inoculation_day(built, first)
        cells = _stated_cells(_for_line(model.inoculum, self.line))
        inoculum = cells or self._default("inoculum", f"sites.{PRIMARY}.inoculum")
        primary: dict[str, Any] = {"inoculum": inoculum, "inoculated": inoculated}
        if first - inoculated > _LEAST_BEFORE_TREATMENT_DAYS:
            volume = _stated_volume(_for_line(model.inoculum, self.line) or model.site)
            key = f"sites.{PRIMARY}.start_volume"
            primary["start_volume"] = (volume or self._default("radiation_volume", key), first)
        needed = {*wanted, *(site for arm in built.values() for c in arm.radiation for site in _targets(c))}
        sites = {PRIMARY: primary}
        if DISTANT in needed:
            latest = max(inoculated, _first_irradiated(built, DISTANT) - _LEAST_BEFORE_TREATMENT_DAYS)
            sites[DISTANT] = self._later(DISTANT, inoculum, "second_tumour_delay", inoculated, latest)
        if METASTASIS in needed:
            few = self._default("metastasis_cells", f"sites.{METASTASIS}.inoculum")
            latest = max(inoculated, first - _LEAST_BEFORE_TREATMENT_DAYS)
            sites[METASTASIS] = self._later(METASTASIS, few, "metastasis_day", inoculated, latest)
        if RECHALLENGE in needed:
            sites[RECHALLENGE] = self._later(RECHALLENGE, inoculum, "rechallenge_delay", first)
        return sites

    def _later(self, site: str, inoculum: str, default: str, after: float, latest: float = math.inf) -> dict[str, Any]:
        day = min(after + self.chooser.value(default), latest)
        self._days.append((f"sites.{site}.inoculated", day, self.chooser.why(default)))
        return {"inoculum": inoculum, "inoculated": day}

    def _inoculation_day(self, built: Mapping[str, BuiltArm], first: float) -> float:
        """The day of inoculation on a clock that begins with radiation: early enough for every course."""
        day = first - self.chooser.value("radiation_day")
        earliest = min((d for arm in built.values() for d in arm.days), default=first)
        why = self.chooser.why("radiation_day")
        if earliest - _LEAST_BEFORE_TREATMENT_DAYS < day:
            day, why = earliest - _LEAST_BEFORE_TREATMENT_DAYS, "a day before the first treatment"
        self._days.append((f"sites.{PRIMARY}.inoculated", day, why))
        return day

    def _clock(self, built: Mapping[str, BuiltArm], first: float, inoculated: float) -> tuple[str, float]:
        """Clock of the study, and the shift from the record's clock to it [d]."""
        fractions = [day for arm in built.values() for course in arm.radiation for day in course["days"]]
        if self.record.clock == "rt" and min(fractions, default=first) == first:
            return FIRST_FRACTION, -first
        return INOCULATION, -inoculated

    def _follow_up(
        self, built: Mapping[str, BuiltArm], first: float, sites: Mapping[str, Mapping[str, Any]], shift: float
    ) -> float:
        end, why = first + self.chooser.value("follow_up"), self.chooser.why("follow_up")
        last = max((day for arm in built.values() for day in arm.days), default=first)
        if last + _LEAST_AFTER_TREATMENT_DAYS > end:
            end, why = last + _LEAST_AFTER_TREATMENT_DAYS, "long enough to see what the last treatment does"
        measured = last_day_of_results(self.record)
        if measured is not None and measured > end:
            end, why = measured, "long enough to see every measured result of the record"
        if RECHALLENGE in sites:
            grown = sites[RECHALLENGE]["inoculated"] + self.chooser.value("rechallenge_follow_up")
            end, why = max((end, why), (grown, self.chooser.why("rechallenge_follow_up")))
        self.filled.append(("follow_up", f"{end + shift:g} d", why))
        return end + shift

    def _endpoints(self, first: float, follow_up: float, sites: Mapping[str, Any]) -> dict[str, Any]:
        # A second challenge is given to survivors: it does not decide who survives.
        of = PRIMARY if RECHALLENGE in sites else "any"
        self.filled.append(("endpoints.survival.of", of, "an animal is taken out when a tumour reaches the limit"))
        self.filled.append(("endpoints.response.day", f"{follow_up:g} d", "the end of the follow-up"))
        return {
            "survival": {"volume_limit": self._default("survival_volume", "endpoints.survival.volume_limit"), "of": of},
            "response": {
                "day": f"{follow_up:g} d",
                "baseline": f"{first:g} d",
                "complete_below": self._default("complete_below", "endpoints.response.complete_below"),
                "partial_below": self._default("partial_below", "endpoints.response.partial_below"),
            },
        }

    def _control(self, built: Mapping[str, BuiltArm]) -> str:
        """The arm with the least treatment; among equals one that no name or order decides."""
        return min(built, key=lambda name: (built[name].treatments, signature(built[name]), name))

    def filled_in(self, names_of_arms: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Everything filled in, with days on the study's clock."""
        rows = [(key, f"{round(day + self.shift, 3):g} d", why) for key, day, why in self._days]
        rows += self.filled
        for arm, name in names_of_arms.items():
            built = self.builder.covered[arm]
            for path, value, why in built.filled:
                rows.append((_dotted(("arms", name, *path)), value or self._days_of(built, path), why))
        return rows

    def _days_of(self, built: BuiltArm, path: tuple[str | int, ...]) -> str:
        kind, position = path[0], path[1]
        assert isinstance(position, int)
        days = days_text([day + self.shift for day in getattr(built, str(kind))[position]["days"]])
        if isinstance(days, dict):
            return f"from {days['from']}, every {days['every']}, {days['times']} times"
        return days if isinstance(days, str) else ", ".join(days)


def _targets(course: Mapping[str, Any]) -> tuple[str, ...]:
    target = course["target"]
    return (target,) if isinstance(target, str) else tuple(target)


def _first_irradiated(built: Mapping[str, BuiltArm], site: str) -> float:
    """The first day on which any arm irradiates a site; infinite if none does."""
    courses = [c for arm in built.values() for c in arm.radiation if site in _targets(c)]
    return min((day for course in courses for day in course["days"]), default=math.inf)


def _site_text(site: Mapping[str, Any], shift: float) -> dict[str, Any]:
    written = {"inoculum": site["inoculum"], "inoculated": f"{round(site['inoculated'] + shift, 3):g} d"}
    if "start_volume" in site:
        volume, day = site["start_volume"]
        written["start_volume"] = {"value": volume, "day": f"{round(day + shift, 3):g} d"}
    return written


def _for_line(text: str, line: Line) -> str:
    """The part of a text such as `BALB/c (TUBO), C57BL/6 (MC38)` that is about one line; all of it if none is."""
    parts = [part.strip() for part in re.split(r"[;]|,(?![^()]*\))", text) if part.strip()]
    wanted = {comparable(line.text), comparable(line.name)}
    for part in parts:
        words = {comparable(word) for word in re.split(r"[\s(),]+", part)}
        if words & wanted:
            return names.without_brackets(part) if "(" in part else part
    return text


def _stated_cells(text: str) -> str:
    match = _CELLS.search(text)
    return f"{float(match[1]) * 10 ** int(match[2] or match[3]):g} cells" if match else ""


def _stated_volume(text: str) -> str:
    match = _VOLUME.search(text)
    return f"{float(match[1]):g} mm3" if match and float(match[1]) > 0 else ""


def _dotted(path: tuple[str | int, ...]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
