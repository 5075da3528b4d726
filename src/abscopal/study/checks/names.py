"""Checks of names: sites, arms, targets, and what was published of them."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal import vocabulary
from abscopal.errors import Problem
from abscopal.study.courses import CellCourse, DrugCourse
from abscopal.study.document import KeyPath
from abscopal.study.draft import Draft
from abscopal.study.outcomes import PublishedOutcome


def site_names(draft: Draft) -> Iterator[Problem]:
    """Names of sites that mean something else; sites without cells and volume."""
    for name in draft.site_names:
        if name.casefold().replace(" ", "_") in _RESERVED:
            yield draft.problem(
                ("sites", name),
                f"a site cannot be named {name!r}, which has a meaning of its own",
                "any name but " + ", ".join(sorted(_RESERVED)),
                "choose another name",
            )
    content = draft.get("sites")
    for name in draft.site_names:
        site = content[name]
        if isinstance(site, dict) and site.get("inoculum") is None:
            allowed = "`inoculum`, or `start_volume` with its day, or both"
            yield draft.problem(("sites", name), "neither cells nor volume given", allowed, "add `inoculum: 1e6 cells`")


# Words that stand for sites in a study file (`of: any`) and in tables of results.
_RESERVED = (vocabulary.ANY_SITE, vocabulary.ALL_SITES, "all", vocabulary.WHOLE_BODY)


def arms_named(draft: Draft) -> Iterator[Problem]:
    """The control and the arms that are compared exist."""
    if not draft.arm_names:
        return
    control = draft.get("control")
    if control is None:
        empty = [name for name, content in draft.get("arms").items() if not content]
        advice = f"add `control: {empty[0]}`" if empty else "add an arm without treatment and name it as control"
        yield draft.problem((), "no control arm is named", ", ".join(draft.arm_names), advice)
    elif isinstance(control, str) and control not in draft.arm_names:
        yield draft.unknown("arm", control, draft.arm_names, ("control",))
    pairs = draft.get("compare")
    for i, pair in enumerate(pairs if isinstance(pairs, list) else ()):
        if isinstance(pair, list) and pair in pairs[:i]:
            message = f"{pair} is compared twice, first on line {draft.document.line(('compare', pairs.index(pair)))}"
            yield draft.problem(("compare", i), message, advice="keep one of them")
        for name in pair if isinstance(pair, list) else ():
            if isinstance(name, str) and name not in draft.arm_names:
                yield draft.unknown("arm", name, draft.arm_names, ("compare", i))
        if isinstance(pair, list) and len(pair) == 2 and pair[0] == pair[1]:
            yield draft.problem(("compare", i), f"arm {pair[0]!r} is compared with itself", advice="name two arms")


def targets_exist(draft: Draft) -> Iterator[Problem]:
    """Courses go to sites that exist; injections into tumours, and no others, name one."""
    injections: list[tuple[KeyPath, DrugCourse | CellCourse]] = [*draft.drugs, *draft.cells]
    for path, injected in injections:
        yield from _injection_sites(draft, path, injected)
    for path, course in draft.courses:
        yield from _named_twice(draft, (*path, "target"), course.target or ())
    for path, course in draft.radiation:
        for name in course.target if draft.site_names else ():
            if name != vocabulary.WHOLE_BODY and name not in draft.site_names:
                yield draft.unknown("site", name, (*draft.site_names, vocabulary.WHOLE_BODY), (*path, "target"))
        if vocabulary.WHOLE_BODY in course.target and len(course.target) > 1:
            yield draft.problem((*path, "target"), "whole_body holds every site already", advice="write `whole_body`")


def _named_twice(draft: Draft, path: KeyPath, names: tuple[str, ...]) -> Iterator[Problem]:
    """Sites that a course names more than once, with the lines of both."""
    for i, name in enumerate(names):
        if name in names[:i]:
            first = draft.document.line((*path, names.index(name)))
            where = f", first on line {first}" if first else ""
            yield draft.problem((*path, i), f"site {name!r} is named twice{where}", "", "name each site once")


def _injection_sites(draft: Draft, path: KeyPath, course: DrugCourse | CellCourse) -> Iterator[Problem]:
    intratumoral = course.route == vocabulary.INTRATUMORAL
    if intratumoral and not course.target:
        advice = f"add `target: [{draft.site_names[0] if draft.site_names else 'primary'}]`"
        yield draft.problem(path, "an intratumoral injection without `target`", ", ".join(draft.site_names), advice)
    if course.target and not intratumoral:
        message = f"`target` does not fit route {course.route!r}: what is given so reaches the blood"
        yield draft.problem((*path, "target"), message, "`target` with `route: it`", "remove `target`")
    for name in course.target or () if draft.site_names and intratumoral else ():
        if name not in draft.site_names:
            yield draft.unknown("site", name, draft.site_names, (*path, "target"))


def published_fit(draft: Draft) -> Iterator[Problem]:
    """Published outcomes are known metrics of arms and sites that exist."""
    for path, row in draft.published:
        if row.is_rate:
            yield from _published_rate(draft, path, row)
        else:
            yield from _published_comparison(draft, path, row)
        for key, name in (("better", row.better), ("worse", row.worse), ("arm", row.arm)):
            if name is not None and draft.arm_names and name not in draft.arm_names:
                problem = draft.unknown("arm", name, draft.arm_names, (*path, key))
                yield Problem(problem.message, problem.key, problem.line, problem.allowed, _NOT_HELD)
        if row.site is not None and draft.site_names and row.site not in draft.site_names:
            yield draft.unknown("site", row.site, draft.site_names, (*path, "site"))


_NOT_HELD = "correct the name; an arm that this study does not hold goes under `left_out:`"


def _published_rate(draft: Draft, path: KeyPath, row: PublishedOutcome) -> Iterator[Problem]:
    if row.metric not in vocabulary.RATE_METRICS:
        yield draft.unknown("rate", row.metric, vocabulary.RATE_METRICS, (*path, "metric"))
    if row.arm is None or row.better is not None or row.worse is not None:
        yield draft.problem(path, "a rate belongs to one arm", "`arm` and `value`", "give `arm:` instead of two arms")


def _published_comparison(draft: Draft, path: KeyPath, row: PublishedOutcome) -> Iterator[Problem]:
    if row.metric not in vocabulary.COMPARED_METRICS and not row.metric.startswith(vocabulary.MARKER):
        yield draft.unknown(
            "metric", row.metric, (*vocabulary.COMPARED_METRICS, f"{vocabulary.MARKER}NAME"), (*path, "metric")
        )
    if row.better is None or row.worse is None or row.arm is not None:
        allowed = "`better` and `worse`, or `arm` and `value`"
        yield draft.problem(path, "neither a comparison of two arms nor a rate in one", allowed, "name both arms")
