"""What a study will do, before it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from abscopal import pipeline
from abscopal.regimen.normal_tissue import organ_numbers
from abscopal.simulation import description, inocula


def check_study(path: Path, overrides: Mapping[str, str] | None = None, without: Sequence[str] = ()) -> dict[str, Any]:
    """What a study file says and what is filled in: timetable, defaults, parameters with sources, warnings, model.

    Parameters
    ----------
    overrides : parameter name -> value with unit, as text.
    without : mechanisms to switch off.

    Raises
    ------
    InputError
        The study or an option cannot be used.
    """
    prepared = pipeline.prepare(pipeline.load(path, overrides), without)
    study = prepared.study
    tumours = inocula.of_the_median_subject(prepared)
    return {
        "study": study.name,
        "title": study.title,
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
