"""What cannot be given as a study says: beams that reach no target, routes of drugs and cells, doses of organs."""

from __future__ import annotations

from dataclasses import replace

from abscopal import parameters, radiation
from abscopal.errors import InputError, Problem
from abscopal.regimen.courses import let_of, particle_of
from abscopal.regimen.normal_tissue import organ_problems
from abscopal.study import Arm, CellCourse, DrugCourse, Radiation, Study
from abscopal.vocabulary import INTRATUMORAL, INTRAVENOUS

EXTRAVASCULAR_ROUTES = ("ip", "sc", "im", "po")
# Where an agent or product of the catalogue names no routes of its own; an antibody is lost in the gut.
DRUG_ROUTES: tuple[str, ...] = (INTRAVENOUS, INTRATUMORAL, *(route for route in EXTRAVASCULAR_ROUTES if route != "po"))
CELL_ROUTES: tuple[str, ...] = (INTRAVENOUS, INTRATUMORAL)


def check_treatment(study: Study) -> None:
    """Refuse a study whose treatment cannot be given.

    Raises
    ------
    InputError
        A course cannot be given (beam, route, organ dose); all problems at once.
    """
    problems: list[Problem] = []
    for arm in study.arms:
        for course in arm.courses:
            if isinstance(course, Radiation):
                problems += _beam_problems(course, arm, study)
                problems += organ_problems(course, arm, study)
            else:
                problems += _route_problems(course, arm, study)
    if problems:
        # Arms that share a part through an alias share its line: told once.
        told = {(p.line or p.key, p.message): p for p in reversed(problems)}
        raise InputError(list(reversed(told.values())), study.origin.path)


def _beam_problems(course: Radiation, arm: Arm, study: Study) -> list[Problem]:
    """What `radiation` has against the beam of a course, with the place in the file."""
    position = arm.radiation.index(course)
    key, line = f"arms.{arm.name}.radiation[{position}]", _line(study, "arms", arm.name, "radiation", position, "let")
    try:
        let = let_of(course)
    except InputError as error:
        return [replace(problem, key=key, line=line) for problem in error.problems]
    found = radiation.impossible_let(particle_of(course), let)
    return [] if found is None else [replace(found, key=f"{key}.let", line=line)]


def _route_problems(course: DrugCourse | CellCourse, arm: Arm, study: Study) -> list[Problem]:
    if isinstance(course, DrugCourse):
        kind, what, position = "drugs", course.agent, arm.drugs.index(course)
        allowed = tuple(parameters.agent(course.agent).about.get("routes", DRUG_ROUTES))
    else:
        kind, what, position = "cells", course.product, arm.cells.index(course)
        allowed = tuple(parameters.product(course.product).about.get("routes", CELL_ROUTES))
    if course.route in allowed:
        return []
    return [
        Problem(
            f"{what} cannot be given by route {course.route!r}",
            key=f"arms.{arm.name}.{kind}[{position}].route",
            line=_line(study, "arms", arm.name, kind, position, "route"),
            allowed=", ".join(allowed),
            advice="use the route of the experiment",
        )
    ]


def _line(study: Study, *path: str | int) -> int | None:
    """Line of a key, or of the part it belongs to."""
    lines = study.origin.lines
    return lines.get(path) or lines.get(path[:-1])
