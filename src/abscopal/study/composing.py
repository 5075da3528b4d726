"""What `abscopal.Study`, `Arm`, `Radiation` and so on are in Python: a study made of objects instead of a file."""

from __future__ import annotations

import inspect
from typing import Any

from pydantic import BaseModel

from abscopal.errors import InputError, unknown_name
from abscopal.study.courses import CellCourse, DrugCourse, Radiation
from abscopal.study.fields import NAME_KEY
from abscopal.study.loading import from_dict
from abscopal.study.specification import FORMAT_VERSION, Arm, Study
from abscopal.study.subjects import Host, Site, StartVolume
from abscopal.study.writing import WrittenPart, as_in_a_file, study_keys

_TREATMENTS = ("radiation", "drugs", "cells")


def _keys(model: type[BaseModel]) -> tuple[str, ...]:
    """Keys of a part in a study file, but for its name."""
    aliases = [item.alias or name for name, item in model.model_fields.items()]
    return tuple(key for key in aliases if key != NAME_KEY)


class WrittenRadiation(WrittenPart):
    """A course of radiation: `Radiation("8 Gy", quality="X-rays", days=["0 d", "1 d"], target="left")`."""

    title = "Radiation"
    positional = ("dose_per_fraction",)
    keys_allowed = _keys(Radiation)


class WrittenDrug(WrittenPart):
    """A course of a drug: `Drug("anti-PD-1", "200 ug", days={"from": "0 d", "every": "3 d", "times": 4})`."""

    title = "Drug"
    positional = ("agent", "dose")
    keys_allowed = _keys(DrugCourse)


class WrittenCells(WrittenPart):
    """A course of cells: `Cells("adoptive NK cells", "1e6 cells", days="0 d")`."""

    title = "Cells"
    positional = ("product", "number")
    keys_allowed = _keys(CellCourse)


class WrittenSite(WrittenPart):
    """A tumour: `Site("left", inoculum="5e5 cells", inoculated="-9 d")`; its name is left out in a dictionary."""

    title = "Site"
    positional = ("name",)
    keys_allowed = _keys(Site)


class WrittenStartVolume(WrittenPart):
    """The volume that every animal has on a day: `StartVolume("75 mm3", "0 d")`."""

    title = "StartVolume"
    positional = ("value", "day")
    keys_allowed = _keys(StartVolume)


class WrittenHost(WrittenPart):
    """The animal: `Host("mouse", strain="C57BL/6")`."""

    title = "Host"
    positional = ("species",)
    keys_allowed = _keys(Host)


class WrittenArm(WrittenPart):
    """A group: `Arm("RT", radiation=Radiation(...), drugs=[Drug(...)])`; `Arm("untreated")` gets nothing."""

    title = "Arm"
    positional = ("name",)
    keys_allowed = _keys(Arm)


_STUDY_KEYS = tuple(k for k in _keys(Study) if k not in ("abscopal", "study"))


class _AnyStudy(type):
    """Makes every study, from a file too, an instance of what `abscopal.Study` is."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Study)


class ComposedStudy(metaclass=_AnyStudy):
    """A study made of Python objects: the same keys, units, defaults and checks as in a study file.

    Parameters
    ----------
    name : of the study.
    arms : a list of `Arm`, or a dictionary of them by name.
    sites : a list of `Site`, or a dictionary of them by name.
    tumour : the tumour line.
    control : name of the control arm; where it is left out, the only arm that gets nothing.
    size, seed : short for those of the cohort.
    others : the other keys of a study file: host, clock, follow_up, endpoints, compare, parameters and so on.

    Returns
    -------
    The checked study, with defaults filled as `study.defaults_filled` lists; vary it with `study.with_(...)`.

    Raises
    ------
    InputError
        Everything that is wrong, each with its key.

    Examples
    --------
    >>> study = ComposedStudy(
    ...     "two_sides",
    ...     tumour="LM8",
    ...     sites=[WrittenSite("left", inoculum="1e6 cells", inoculated="-9 d"), WrittenSite("right")],
    ...     arms=[
    ...         WrittenArm("untreated"),
    ...         WrittenArm("RT", radiation=WrittenRadiation("8 Gy", quality="X-rays", days="0 d", target="left")),
    ...     ],
    ... )
    >>> study
    Study('two_sides': LM8 in mouse, 2 sites, 2 arms (untreated, RT), 60 animals per arm, 60 d)
    >>> drug = WrittenDrug("anti-PD-1", "200 ug", days="0 d")
    >>> study.with_(size=10, arms={"RT": {"drugs": drug}}).arm("RT").drugs[0].route
    'ip'
    """

    __signature__ = inspect.Signature(
        [
            inspect.Parameter("name", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(k, inspect.Parameter.KEYWORD_ONLY, default=None)
                for k in (*_STUDY_KEYS, "size", "seed")
            ),
        ]
    )

    def __new__(cls, name: str, **keys: Any) -> Study:  # type: ignore[misc]
        allowed = (*_STUDY_KEYS, "size", "seed")
        problems = [unknown_name("key", key, allowed, "Study") for key in keys if key not in allowed]
        if problems:
            raise InputError(problems)
        given = {key: value for key, value in keys.items() if value is not None}
        written = as_in_a_file(study_keys({"abscopal": FORMAT_VERSION, "study": name, **given}))
        arms = written.get("arms")
        if "control" not in written and isinstance(arms, dict):
            treated = [n for n, arm in arms.items() if isinstance(arm, dict) and any(arm.get(k) for k in _TREATMENTS)]
            bare = [n for n in arms if n not in treated]
            if len(bare) == 1:
                written["control"] = bare[0]
        return from_dict(written)
