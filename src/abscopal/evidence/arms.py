"""Arms of a record as arms of a study: courses of radiation, drugs and cells, with gaps filled."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from abscopal import parameters
from abscopal.evidence.curation import isoeffect, names, timing
from abscopal.evidence.curation.defaults import Chooser
from abscopal.evidence.curation.lines import antigen_note, product_for
from abscopal.evidence.curation.names import Agent, NotCovered
from abscopal.evidence.curation.places import PRIMARY
from abscopal.evidence.curation.timing import Anchor, CourseDays
from abscopal.evidence.records import Record, RecordArm, RecordCells, RecordDrug, RecordRadiation
from abscopal.vocabulary import INTRAPERITONEAL, INTRATUMORAL, INTRAVENOUS, IONS, PROTONS, SEEDS, X_RAYS, comparable

_DOSE = re.compile(r"^\s*(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(ug/kg|µg/kg|mg/kg|ug|µg|mcg|mg|IU/kg|IU)\b(?!/)(.*)$")
# A share of the target in words: `40 % of the tumour`.
_SHARE = re.compile(r"(\d{1,2}(?:\.\d+)?)\s*%\s*(?:of\s+)?(?:the\s+)?(?:tumou?r|volume|target|area)", re.IGNORECASE)
_FEW_FRACTIONS = 5
# Kind of dose of an agent -> units that fit it.
_UNITS = {"mass": ("ug", "mg", "ug/kg", "mg/kg"), "activity": ("IU", "IU/kg")}

KeyPath = tuple[str | int, ...]
Filled = tuple[KeyPath, str, str]


@dataclass
class BuiltArm:
    """One covered arm: courses as a study file writes them but with `days` as numbers [d], and what was filled in."""

    radiation: list[dict[str, Any]] = field(default_factory=list)
    drugs: list[dict[str, Any]] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    host_changes: list[str] = field(default_factory=list)
    note: str = ""
    filled: list[Filled] = field(default_factory=list)

    @property
    def days(self) -> list[float]:
        """Every day on which something is given."""
        return [day for course in (*self.radiation, *self.drugs, *self.cells) for day in course["days"]]

    @property
    def treatments(self) -> int:
        """How many courses and changes of the host."""
        return len(self.radiation) + len(self.drugs) + len(self.cells) + len(self.host_changes)


_NOT_COMPARED = ("note", "clone")


def signature(arm: BuiltArm) -> str:
    """What an arm is to the model, as text: equal for arms that it cannot tell apart."""
    courses = {
        kind: sorted(
            json.dumps({k: v for k, v in course.items() if k not in _NOT_COMPARED}, sort_keys=True)
            for course in getattr(arm, kind)
        )
        for kind in ("radiation", "drugs", "cells")
    }
    return json.dumps({**courses, "host": sorted(arm.host_changes)}, sort_keys=True)


class ArmBuilder:
    """The arms of one record: `covered` by id, and `not_covered` with the reason; days on the record's clock."""

    field_note = "fields on small animals usually cover the tumour alone"

    def __init__(self, record: Record, chooser: Chooser, line: str = "") -> None:
        self.record = record
        self.chooser = chooser
        self.line = line
        self.first: CourseDays = timing.first_fraction(record, chooser)
        self.covered: dict[str, BuiltArm] = {}
        self.not_covered: dict[str, str] = {}
        self._same_agent = self._courses_by_agent()
        for arm in record.arms:
            self._try(arm, self._radiation)
        ends = {arm: [d for course in built.radiation for d in course["days"]] for arm, built in self.covered.items()}
        self._usual_last = timing.usual_last(record, ends, self.first.days[0])
        for arm in record.arms:
            if arm.id in self.covered:
                self._try(arm, self._rest)

    def _try(self, arm: RecordArm, build: Callable[[RecordArm, BuiltArm], None]) -> None:
        built = self.covered.setdefault(arm.id, BuiltArm(note=arm.note))
        try:
            build(arm, built)
        except NotCovered as why:
            del self.covered[arm.id]
            self.not_covered[arm.id] = str(why)

    def _courses_by_agent(self) -> dict[str, list[tuple[RecordArm, int]]]:
        """Every course of each agent of the record, so that one arm can say what another leaves open."""
        found: dict[str, list[tuple[RecordArm, int]]] = {}
        for arm in self.record.arms:
            for i, course in enumerate(arm.drugs):
                found.setdefault(_agent_key(course.drug), []).append((arm, i))
        return found

    # --- radiation

    def _radiation(self, arm: RecordArm, built: BuiltArm) -> None:
        ends: dict[tuple[str, ...], float] = {}
        for i, course in enumerate(arm.radiation):
            target = self.target_of(course)
            start = self.first.days[0]
            if target in ends:  # a second course to the same place follows the first
                start = ends[target] + self.chooser.value("fraction_interval")
            written = self._course(course, target, start, built, ("radiation", i))
            ends[target] = max(written["days"])
            built.radiation.append(written)

    def target_of(self, course: RecordRadiation) -> tuple[str, ...]:
        """The sites that a course goes to. Raises NotCovered."""
        return names.target_of(course.target)

    def _course(
        self, course: RecordRadiation, target: tuple[str, ...], start: float, built: BuiltArm, key: KeyPath
    ) -> dict[str, Any]:
        quality = names.quality_of(course.quality, course.energy, (course.note, course.energy, course.target))
        if quality in SEEDS:
            return self._seeds(course, quality, target, start, built, key)
        is_ion = quality in IONS
        days = timing.fraction_days(course, start, self.chooser)
        written: dict[str, Any] = {"quality": quality}
        energy = names.energy_of(course.energy, is_ion) if quality in (*IONS, X_RAYS) else ""
        if energy:
            written["energy"] = energy
        let = course.let_kev_um or None
        if let is None and is_ion:
            let = self.chooser.value(f"let_{quality}")
            built.filled.append(((*key, "let"), f"{let:g} keV/um", self.chooser.why(f"let_{quality}")))
        if let is not None and is_ion:
            written["let"] = f"{let:g} keV/um"
        dose = course.dose_per_fraction_gy
        if dose is None:
            dose, why = self._open_dose(course, quality, let, len(days.days))
            built.filled.append(((*key, "dose_per_fraction"), f"{dose:g} Gy", why))
        photons = isoeffect.stated_photon_dose(self.record, course) if is_ion else None
        if photons is not None:
            written["isoeffective_photon_dose"] = f"{photons:g} Gy"
            why = "the record states both doses as isoeffective; this sets the RBE"
            built.filled.append(((*key, "isoeffective_photon_dose"), f"{photons:g} Gy", why))
        written |= {"dose_per_fraction": f"{dose:g} Gy", "fractions": len(days.days), "days": list(days.days)}
        if course.fractions is None and not course.days:
            built.filled.append(((*key, "fractions"), "1", "the record gives no number of fractions: one is taken"))
        if days.why:
            built.filled.append(((*key, "days"), "", days.why))
        written["target"] = target[0] if len(target) == 1 else list(target)
        written["node_in_field"] = False
        built.filled.append(((*key, "node_in_field"), "false", self.field_note))
        self._spatial(course, written, built, key)
        if course.note:
            written["note"] = course.note
        return written

    def _seeds(
        self,
        course: RecordRadiation,
        quality: str,
        target: tuple[str, ...],
        start: float,
        built: BuiltArm,
        key: KeyPath,
    ) -> dict[str, Any]:
        """Implanted seeds: a dose that a record states is that until complete decay, else a dose rate is filled in."""
        day = min(course.days, default=start)
        written: dict[str, Any] = {"quality": quality, "days": [day]}
        if course.dose_per_fraction_gy:
            written["dose_per_fraction"] = f"{course.dose_per_fraction_gy:g} Gy"
        else:
            rate = f"{self.chooser.value('seed_dose_rate'):.3g} cGy/h"
            written["initial_dose_rate"] = rate
            built.filled.append(((*key, "initial_dose_rate"), rate, self.chooser.why("seed_dose_rate")))
        if not course.days:
            built.filled.append(((*key, "days"), "", "the record gives no day: implanted when others are irradiated"))
        written["target"] = target[0] if len(target) == 1 else list(target)
        return {**written, "note": course.note} if course.note else written

    def _spatial(self, course: RecordRadiation, written: dict[str, Any], built: BuiltArm, key: KeyPath) -> None:
        """Fields that hit a part of the target, by the words of a course: the share as stated, or the default."""
        words = (course.note, course.energy, course.target)
        if not names.is_spatial(words):
            return
        stated = next((match for match in map(_SHARE.search, words) if match), None)
        for name in ("irradiated_share", "valley_dose"):
            value = f"{self.chooser.value(name):.3g} %"
            if name == "irradiated_share" and stated is not None:
                value = f"{float(stated[1]):g} %"
            else:
                built.filled.append(((*key, name), value, self.chooser.why(name)))
            written[name] = value

    def _open_dose(self, course: RecordRadiation, quality: str, let: float | None, fractions: int) -> tuple[float, str]:
        """The dose of a fraction that the record leaves open [Gy], and why: by the effect it states, else a default."""
        if self.line and quality in isoeffect.QUALITIES:
            found = isoeffect.stated_effect(
                self.record, course, self.line, quality, let, self._photon_default(fractions)
            )
            if found is not None:
                return found
        name = _dose_default(quality in IONS and quality != PROTONS, fractions)
        return self.chooser.value(name), self.chooser.why(name)

    def _photon_default(self, fractions: int) -> float:
        return self.chooser.value(_dose_default(False, fractions))

    # --- drugs, cells and host, placed against the radiation of the arm

    def _rest(self, arm: RecordArm, built: BuiltArm) -> None:
        fractions = [day for course in built.radiation for day in course["days"]]
        at = timing.anchor(fractions, self.first.days[0], self._usual_last)
        for course in arm.drugs:
            for name in names.agents_among(course.drug):
                self._drug(dataclasses.replace(course, drug=name), at, built)
        for i, infusion in enumerate(arm.cells):
            built.cells.append(self._cells(infusion, at, built, ("cells", i)))
        if arm.host_modification:
            built.host_changes += names.host_changes_of(arm.host_modification)
        built.host_changes = list(dict.fromkeys(built.host_changes))

    def _drug(self, course: RecordDrug, at: Anchor, built: BuiltArm) -> None:
        try:
            agent = names.agent_of(course.drug)
        except NotCovered as why:
            self._cells_among_drugs(course, at, built, why)
            return
        key: KeyPath = ("drugs", len(built.drugs))
        if not agent.agent and not agent.host_change:  # a control injection
            return
        if agent.host_change:
            built.host_changes.append(agent.host_change)
            built.filled.append((("host_changes",), agent.host_change, f"{course.drug}: {agent.note}"))
            return
        if agent.note:
            built.filled.append(((*key, "agent"), agent.agent, f"{course.drug}: {agent.note}"))
        dose = self._dose(course, agent, built, key)
        route = self._route(course, agent, built, key)
        days = self._drug_days(course, agent, at)
        if days.why:
            built.filled.append(((*key, "days"), "", days.why))
        written: dict[str, Any] = {"agent": agent.agent, "dose": dose, "route": route, "days": list(days.days)}
        written |= {"target": PRIMARY} if route == INTRATUMORAL else {}
        note = "; ".join(text for text in (course.drug if course.drug != agent.agent else "", course.note) if text)
        if note:
            written["note"] = note
        built.drugs.append(written)

    def _cells_among_drugs(self, course: RecordDrug, at: Anchor, built: BuiltArm, why: NotCovered) -> None:
        """A vaccine of cells may be listed among the drugs. Raises NotCovered as for a drug."""
        try:
            names.product_of(course.drug)
        except NotCovered:
            raise why from None
        infusion = RecordCells(course.drug, None, course.route, course.days, course.note)
        built.cells.append(self._cells(infusion, at, built, ("cells", len(built.cells))))

    def _same(self, course: RecordDrug) -> list[tuple[RecordArm, int]]:
        return self._same_agent.get(_agent_key(course.drug), [])

    def _stated(self, course: RecordDrug, attribute: str) -> str:
        """A text that the record states for this agent in exactly one way, here or in another arm."""
        own: str = getattr(course, attribute)
        if own and not names.refers_elsewhere(own):
            return own
        others = {getattr(arm.drugs[i], attribute) for arm, i in self._same(course)} - {""}
        stated = [text for text in others if not names.refers_elsewhere(text)]
        return stated[0] if len(stated) == 1 else ""

    def _dose(self, course: RecordDrug, agent: Agent, built: BuiltArm, key: KeyPath) -> str:
        text = self._stated(course, "dose")
        match = _DOSE.match(text.replace("/mouse", " "))
        kind = parameters.agent(agent.agent).dose_unit_kind
        if match is not None and match[2].replace("µ", "u").replace("mcg", "ug") in _UNITS.get(kind, ()):
            if text != course.dose:
                built.filled.append(((*key, "dose"), text, "as the record states it for another arm"))
            return f"{float(match[1]):g} {match[2].replace('µ', 'u').replace('mcg', 'ug')}"
        if kind != "mass":
            raise NotCovered(f"{course.drug}: the record gives no dose")
        name = f"{names.kind_of(agent.agent)}_dose"
        dose = f"{self.chooser.value(name, agent.agent):g} {self.chooser.defaults.items[name].unit}"
        unusable = f"the stated dose {text!r} cannot be used; " if text else ""
        built.filled.append(((*key, "dose"), dose, unusable + self.chooser.why(name)))
        return dose

    def _route(self, course: RecordDrug, agent: Agent, built: BuiltArm, key: KeyPath) -> str:
        stated = self._stated(course, "route")
        allowed = parameters.agent(agent.agent).about.get("routes", (INTRAPERITONEAL,))
        usual = INTRAPERITONEAL if INTRAPERITONEAL in allowed else str(allowed[0])
        route = names.route_of(stated, usual)
        if not stated:
            built.filled.append(((*key, "route"), route, "the usual route of this agent in mice"))
        return route

    def _cell_number(self, course: RecordCells, built: BuiltArm, key: KeyPath) -> float:
        """How many cells that recognise the tumour are given."""
        number = course.number
        if number is None:
            number = self.chooser.value("cells_number")
            built.filled.append(((*key, "number"), f"{number:g} cells", self.chooser.why("cells_number")))
        share = names.product_fact(course.kind, "share")
        if share:
            number *= self.chooser.value(share)
            built.filled.append(((*key, "number"), f"{number:g} cells", self.chooser.why(share)))
        return number

    def _drug_days(self, course: RecordDrug, agent: Agent, at: Anchor) -> CourseDays:
        # Some records say how often where the dose belongs; others refer there to another arm, for dose and days alike.
        often = "" if _DOSE.match(course.dose) or names.refers_elsewhere(course.dose) else course.dose
        days, note, why = course.days, " ".join(text for text in (course.note, often) if text), ""
        if not days and not note:
            elsewhere = timing.stated_timing(self.record, self._same(course))
            if elsewhere is not None:
                days, note = elsewhere
                why = "as the record states it for another arm"
        found = timing.drug_days(agent, days, note, at, self.chooser)
        return CourseDays(found.days, "; ".join(part for part in (why, found.why) if part))

    def _cells(self, course: RecordCells, at: Anchor, built: BuiltArm, key: KeyPath) -> dict[str, Any]:
        product, unsaid = product_for(names.product_of(course.kind), self.line)
        unseen = antigen_note(names.product_fact(course.kind, "antigen"), self.line)
        note = "; ".join(text for text in (names.product_fact(course.kind, "note"), unsaid, unseen) if text)
        if note:
            built.filled.append(((*key, "product"), product, f"{course.kind}: {note}"))
        number = self._cell_number(course, built, key)
        route = names.route_of(course.route, str(parameters.product(product).about.get("routes", (INTRAVENOUS,))[0]))
        if not course.route:
            built.filled.append(((*key, "route"), route, "the usual route of these cells"))
        days = timing.cell_days(course.days, course.note, at, self.chooser)
        if days.why:
            built.filled.append(((*key, "days"), "", days.why))
        written: dict[str, Any] = {
            "product": product,
            "number": f"{number:g} cells",
            "route": route,
            "days": list(days.days),
        }
        written |= {"target": PRIMARY} if route == INTRATUMORAL else {}
        if course.note or course.kind != product:
            written["note"] = "; ".join(text for text in (course.kind, course.note) if text)
        return written


def _agent_key(drug: str) -> str:
    """What courses of the same agent share: the catalogue's name, or the name as written."""
    try:
        agent = names.agent_of(drug)
    except NotCovered:
        return comparable(drug)
    return agent.agent or agent.host_change


def _dose_default(is_heavy_ion: bool, fractions: int) -> str:
    number = "" if fractions == 1 else "_few" if fractions <= _FEW_FRACTIONS else "_many"
    return f"dose_{'ion' if is_heavy_ion else 'photon'}{number}"


def shifted_days(courses: list[dict[str, Any]], shift: float) -> list[dict[str, Any]]:
    """Courses as a study file writes them, on a clock that is `shift` days ahead."""
    return [{**course, "days": days_text([day + shift for day in course["days"]])} for course in courses]


def days_text(days: list[float]) -> Any:
    """CourseDays as a study file writes them: one day, an even series, or a list."""
    rounded = [round(day, 3) + 0.0 for day in days]
    texts = [f"{day:g} d" for day in rounded]
    if len(days) == 1:
        return texts[0]
    steps = {round(b - a, 3) for a, b in itertools.pairwise(rounded)}
    if len(days) > 3 and len(steps) == 1 and (step := steps.pop()) > 0:
        return {"from": texts[0], "every": f"{step:g} d", "times": len(days)}
    return texts


def study_arm(built: BuiltArm, shift: float) -> Mapping[str, Any]:
    """An arm as a study file writes it."""
    arm: dict[str, Any] = {}
    for kind in ("radiation", "drugs", "cells"):
        courses = shifted_days(getattr(built, kind), shift)
        if courses:
            arm[kind] = courses
    if built.host_changes:
        arm["host_changes"] = list(built.host_changes)
    if built.note:
        arm["note"] = built.note
    return arm
