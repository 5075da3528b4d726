"""What a radiobiologist would ask about a study that can be run: remarks, never refusals. Limits are in a data file."""

from __future__ import annotations

from abscopal.study.remarks import hosts, treatment, tumours
from abscopal.study.specification import Study

_MOST_ARMS_NAMED = 3


def remarks(study: Study) -> tuple[str, ...]:
    """Everything implausible about a study, in words; the same for `check`, for the screen of `run` and for reports."""
    general = [*hosts.remarks(study), *tumours.remarks(study)]
    of_arms: dict[str, list[str]] = {}
    for arm in study.arms:
        for text in treatment.remarks(study, arm):
            of_arms.setdefault(text, []).append(arm.name)
    general += [f"{_named(arms)}: {text}" for text, arms in of_arms.items()]
    return tuple(dict.fromkeys(general))


def _named(arms: list[str]) -> str:
    names = list(dict.fromkeys(arms))
    shown = ", ".join(names[:_MOST_ARMS_NAMED])
    more = len(names) - _MOST_ARMS_NAMED
    return f"{shown} and {more} more" if more > 0 else shown
