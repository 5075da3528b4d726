"""Virtual animals: the parameters of a study and their values for each subject."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from abscopal import parameters
from abscopal.cohort.streams import site_streams, standard_normals
from abscopal.parameters import Distribution, Parameter, ParameterSet, Source
from abscopal.regimen import site_place
from abscopal.study import Study


def parameters_of(study: Study, names: Sequence[str], measured: Mapping[str, Parameter] | None = None) -> ParameterSet:
    """The declared parameters a model of this study uses, in the order of `names`.

    Shared values, replaced by those of the species, of the tumour line (its class first), of the agent or product for
    names `parameter@agent` (in this species), by `measured` values for a field, and last by the overrides of the study
    file and the command line.
    """
    species = study.host.species
    line = parameters.values_of("lines", study.tumour, species)
    declared = parameters.in_species(species).overriding(line, study.tumour)
    overrides = {o.name: o for o in study.parameters}
    streams = dict(zip((site_place(site.name) for site in study.sites), site_streams(study.sites), strict=True))
    chosen: dict[str, Parameter] = {}
    for name in names:
        base, _, place = name.partition("@")
        item = declared[base]
        if place in streams:
            item = replace(item, stream=f"{base}@{streams[place]}")
        for kind, known in (
            ("agents", parameters.agents()),
            ("products", parameters.products()),
            ("antigens", parameters.antigens()),
            ("body_sites", parameters.body_sites()),
        ):
            if place in known:
                item = parameters.values_of(kind, place, species).get(base, item)
        item = (measured or {}).get(name, item)
        override = overrides.get(name) or overrides.get(base)
        if override is not None:
            note = f"set by the {override.origin}; declared value {item.value:g} {item.unit}"
            item = item.with_value(override.value, Source("assumed", note=note))
        chosen[name] = item
    return ParameterSet(chosen, study.name)


def draw(
    declared: ParameterSet,
    seed: int,
    subjects: int,
    first: int = 0,
    stream: str = "",
    of: Literal["between_subjects", "uncertainty"] = "between_subjects",
) -> NDArray[np.float64]:
    """Parameter values of subjects, shape (subjects, parameters), in the order of the set.

    Parameters
    ----------
    declared : the parameters.
    seed : seed of the cohort.
    first : index of the first subject.
    stream : "" shares the animals between arms; another name for each arm gives it animals of its own.
    of : what the values vary by: between subjects, or by what we do not know (then a row is a parameter set).
    """
    values = np.empty((subjects, len(declared)))
    for column, (name, item) in enumerate(declared.items()):
        distribution: Distribution = getattr(item.spread, of)
        if distribution.varies(item.value):
            normals = standard_normals(seed, f"{stream}/{item.stream or name}", subjects, first)
            values[:, column] = np.clip(distribution.at(item.value, normals), *item.bounds)
        else:
            values[:, column] = item.value
    return values


def apply_host_changes(
    values: NDArray[np.float64], names: Sequence[str], changes: Sequence[str]
) -> NDArray[np.float64]:
    """The values of subjects whose host is changed (nude, CD8 depletion ...): declared factors on named parameters."""
    changed = values.copy()
    for change in changes:
        for base, factor in parameters.entry("hosts", change).about["factors"].items():
            for column, name in enumerate(names):
                if name.partition("@")[0] == base:
                    changed[:, column] *= factor
    return changed
