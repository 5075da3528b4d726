"""Keys of what a study and its arms contain, whatever they are called: the same content has the same random streams."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from abscopal.study import Arm, Study

_LABELS = ("name", "note", "clone")
_NOT_CONTENT = ("name", "title", "source", "arms", "control", "cohort", "compare", "published", "left_out")


def arm_key(arm: Arm) -> str:
    """Hash of everything done to an arm, its name and notes left out."""
    return _hash(_stripped(arm.model_dump(mode="json")))


def study_key(study: Study) -> str:
    """Hash of what all arms of a study have in common: host, tumour, sites, end points."""
    return _hash(_stripped(study.model_dump(mode="json", exclude=set(_NOT_CONTENT)), sites=True))


def shuffled(arms: Iterable[Arm], seed: int) -> list[Arm]:
    """Arms in an order set by a hash of their content: neither their names nor their place in the record decide it."""
    return sorted(arms, key=lambda arm: _hash([seed, arm_key(arm)]))


def canonical(study: Study, arms: Iterable[Arm]) -> tuple[Study, dict[str, str]]:
    """The study with only these arms, named by their content and sorted; and the new name of each arm.

    Arms of the same content become one. The order and names of a record's arms can then change no number.
    """
    names = {arm.name: arm_key(arm) for arm in arms}
    kept = {names[arm.name]: arm for arm in arms}
    renamed = tuple(kept[key].model_copy(update={"name": key}) for key in sorted(kept))
    plain = study.model_copy(
        update={
            "name": "study",
            "arms": renamed,
            "control": renamed[0].name,
            "compare": (),
            "published": (),
            "left_out": (),
        }
    )
    return plain, names


def _stripped(value: Any, sites: bool = False) -> Any:
    if isinstance(value, dict):
        # The name of a site is part of what is done; the name of an arm is not.
        return {k: _stripped(v, sites) for k, v in value.items() if k not in _LABELS or (sites and k == "name")}
    if isinstance(value, list):
        return [_stripped(v, sites) for v in value]
    return value


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
