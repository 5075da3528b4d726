"""Whether tumours are of a size that animals and patients have, and end points of a size that they live with."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal.study.remarks.limits import outside
from abscopal.study.specification import Study
from abscopal.study.subjects import Site, StartVolume
from abscopal.vocabulary import ALL_SITES, ANY_SITE


def remarks(study: Study) -> Iterator[str]:
    """What is odd about inocula, start volumes and the volume limit."""
    species = study.host.species
    for site in study.sites:
        told = outside(site.inoculum_cells, ("inoculum_least", "inoculum_most"), species, "cells")
        if told:
            yield f"{site.name}: an inoculum of {site.inoculum_cells:g} cells is {told}"
        if site.start_volume is not None:
            yield from _of_start(study, site, site.start_volume)
    volume = study.endpoints.survival.volume_limit_mm3
    told = outside(volume, ("volume_limit_most",), species, "mm3")
    if told:
        yield f"a volume limit of {volume:g} mm3 is {told}"
    told = outside(study.follow_up_days, ("follow_up_most",), species, "d")
    if told:
        yield f"a follow-up to day {study.follow_up_days:g} is {told}"


def _of_start(study: Study, site: Site, start: StartVolume) -> Iterator[str]:
    told = outside(start.value_mm3, ("start_volume_least", "start_volume_most"), study.host.species, "mm3")
    if told:
        yield f"{site.name}: a start volume of {start.value_mm3:g} mm3 is {told}"
    rule = study.endpoints.survival
    if rule.of in (ANY_SITE, ALL_SITES, site.name) and start.value_mm3 >= rule.volume_limit_mm3:
        yield (
            f"{site.name}: the start volume of {start.value_mm3:g} mm3 is not below the volume limit of "
            f"{rule.volume_limit_mm3:g} mm3, so that every subject has reached its end point at the start"
        )
    complete = study.endpoints.response.complete_below_mm3
    if start.value_mm3 <= complete:
        yield (
            f"{site.name}: the start volume of {start.value_mm3:g} mm3 is not above {complete:g} mm3, below which a "
            "response is complete: write a smaller `complete_below`"
        )
    first = min((day for arm in study.arms for course in arm.radiation for day in course.days), default=start.day)
    if start.day > first:
        yield (
            f"{site.name}: the start volume is that of day {start.day:g}, after the first fraction on day {first:g}: "
            "it is the volume that the tumour would have without treatment"
        )
