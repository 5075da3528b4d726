"""Checks that need more than one key of a study: names that must exist, days in order, counts that must agree.

They run on whatever parts could be read, so that one wrong unit does not hide a wrong arm name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from abscopal.errors import Problem
from abscopal.study.checks import days, hosts, names, parameters, radiation
from abscopal.study.document import Document
from abscopal.study.draft import Draft, draft_of


def check(document: Document, overrides: Mapping[str, str]) -> list[Problem]:
    """Every problem between the keys of a document, given the parameters that are set beside it."""
    draft = draft_of(document, overrides)
    checks: tuple[Callable[[Draft], Iterator[Problem]], ...] = (
        names.site_names,
        names.arms_named,
        radiation.fractions_match_days,
        radiation.ions_have_let,
        radiation.body_sites_are_of_patients,
        radiation.isoeffective_doses_fit,
        radiation.seeds_and_parts_fit,
        names.targets_exist,
        days.clock_matches,
        days.events_after_inoculation,
        days.events_within_follow_up,
        hosts.doses_fit_agents,
        hosts.agents_fit_host,
        hosts.tumour_fits_host,
        days.endpoints_fit,
        names.published_fit,
        parameters.parameters_exist,
    )
    return [problem for one in checks for problem in one(draft)]
