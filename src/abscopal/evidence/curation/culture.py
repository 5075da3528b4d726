"""Which arms and claims of a record are about cells in a dish, and what of the model such a study keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

from abscopal.evidence.curation import names
from abscopal.evidence.records import Claim, Record, RecordArm
from abscopal.evidence.tables import table
from abscopal.simulation.description import DISH_CHANGE, is_dish
from abscopal.study import Study

Setting = Literal["animals", "dish"]
ANIMALS: Setting = "animals"
DISH: Setting = "dish"


def _declared() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table("culture.yaml")
    return found


def change() -> str:
    """The host change that makes an arm of a study cells in a dish."""
    return DISH_CHANGE


def site() -> str:
    """The name of the one site of a study in a dish."""
    return str(_declared()["site"])


def left_out(study: Study) -> tuple[str, ...]:
    """Mechanisms that a study is simulated without: those that need a body, if its arms are dishes; else none."""
    from abscopal.model.mechanisms import MECHANISMS

    if not is_dish(study):
        return ()
    return tuple(name for name in MECHANISMS if name not in _declared()["mechanisms"])


def arm_is_dish(record: Record, arm: RecordArm) -> bool:
    """Whether an arm is a cell culture: by the kind of its record, or by its own words."""
    words = (arm.host_modification, *(course.dose_relation for course in arm.radiation))
    return record.kind == "in_vitro" or names.is_in_vitro(*words)


def setting_of(record: Record, claim: Claim) -> Setting:
    """Where a claim was found: in a dish if either arm is one, as the arm beside it is then a dish too."""
    return DISH if any(arm_is_dish(record, record.arm(a)) for a in (claim.better_arm, claim.worse_arm)) else ANIMALS


def settings_of(record: Record) -> tuple[Setting, ...]:
    """The settings of a record: most have one."""
    dishes = {arm_is_dish(record, arm) for arm in record.arms} or {record.kind == "in_vitro"}
    return tuple(setting for setting, there in ((ANIMALS, False), (DISH, True)) if there in dishes)


def part_of(record: Record, setting: Setting) -> Record:
    """The record with the arms of one setting; claims are kept, whether their arms are there or not."""
    if len(settings_of(record)) < 2:
        return record
    chosen = {arm.id for arm in record.arms if arm_is_dish(record, arm) == (setting == DISH)}
    if setting == DISH:
        asked = [claim for claim in record.claims if setting_of(record, claim) == DISH]
        chosen |= {arm for claim in asked for arm in (claim.better_arm, claim.worse_arm)}
    return dataclasses.replace(record, arms=tuple(arm for arm in record.arms if arm.id in chosen))
