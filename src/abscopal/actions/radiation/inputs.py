"""What a calculator accepts: every number checked, all problems told at once."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from abscopal import radiation
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.radiation.qualities import RadiationQuality
from abscopal.radiation.validity import ValidityWarning

Made = TypeVar("Made")


@dataclass(frozen=True)
class Limits:
    """Numbers that an option may have.

    Attributes
    ----------
    low, high : the ends; both are allowed.
    unit : of the number, "" for a plain one.
    zero : whether 0 is allowed beside them.
    advice : one thing to do for a number outside.
    """

    low: float
    high: float
    unit: str = ""
    zero: bool = False
    advice: str = ""

    def words(self, value: float) -> str:
        """What is allowed instead of a value, in words."""
        unit = f" {self.unit}" if self.unit else ""
        if self.zero:
            tiny = f", but nothing between 0 and {self.low:g}" if 0 < value < self.low else ""
            return f"0 to {self.high:g}{unit}{tiny}"
        return f"{f'above 0{unit}, ' if value <= 0 else ''}{self.low:g} to {self.high:g}{unit}"


# Far wider than any cell, tissue or beam; inside them no formula here overflows.
DOSE = Limits(1e-6, 1000.0, "Gy", zero=True, advice="give the physical dose of one fraction in Gy, not cGy")
DOSE_ABOVE_0 = Limits(1e-6, 1000.0, "Gy", advice="give the physical dose of one fraction in Gy, not cGy")
ALPHA = Limits(1e-4, 100.0, "1/Gy", advice="typical cells have 0.05 to 1 per Gy")
ALPHA_OR_0 = Limits(1e-4, 100.0, "1/Gy", zero=True, advice="typical cells have 0.05 to 1 per Gy")
BETA = Limits(1e-6, 100.0, "1/Gy2", zero=True, advice="typical cells have 0.005 to 0.1 per Gy2")
ALPHA_BETA = Limits(0.01, 1000.0, "Gy", advice="typical tissues have 1 to 20 Gy")
TRANSITION = Limits(0.1, 1000.0, "Gy", advice="leave it out for a curve that never turns straight")
TREX1 = Limits(0.1, 1000.0, "Gy", advice="write none for no induction of TREX1, or leave it out for that of the line")
LET = Limits(0.01, 1e4, "keV/um", advice="photons have about 0.2 to 3 keV/um, protons 0.5 to 80, carbon 9 to 900")
ENERGY = Limits(1e-3, 1e6, "MeV/u", advice="give the kinetic energy per nucleon, not the total energy")
DEPTH = Limits(0.001, 1000.0, "mm", zero=True, advice="depths are in mm of water")
OXYGEN = Limits(1e-6, 1000.0, "mmHg", zero=True, advice="1 % of oxygen is 7.6 mmHg")
LEVEL = Limits(0.01, 0.9999, advice="write for example 0.68")
FRACTIONS = Limits(1, 1000)
RBE_MAX = Limits(0.1, 100.0, advice="leave it out for photons")
RBE_MIN = Limits(0.01, 100.0, zero=True, advice="leave it out for photons")
DAYS = Limits(0.01, 1000.0, "days", zero=True)
DOSE_PER_DAY = Limits(0.001, 10.0, "Gy/day", zero=True, advice="published values lie between 0.2 and 1 Gy per day")
ORGAN_DOSE = Limits(1e-6, 200.0, "Gy", zero=True, advice="give the total of the course in Gy, not cGy")


def number(key: str, value: float | None, limits: Limits) -> Problem | None:
    """The problem with a number, or None; a number that was not given has none."""
    if value is None or (limits.zero and value == 0) or limits.low <= value <= limits.high:
        return None
    given = f"{value:g}" if isinstance(value, float) else str(value)[:20]
    if math.isnan(value):
        given = "not a number (nan)"
    return Problem(f"{given} cannot be used", key=key, allowed=limits.words(value), advice=limits.advice)


def needed(key: str, value: object, what: str, advice: str) -> Problem | None:
    """The problem that something is missing, or None."""
    return None if value is not None else Problem(f"{what} is missing", key=key, advice=advice)


def refuse(*problems: Problem | None) -> None:
    """Raise InputError with every problem; nothing if there is none."""
    found = [problem for problem in problems if problem is not None]
    if found:
        raise InputError(found)


def tried(make: Callable[[], Made]) -> tuple[Made | None, tuple[Problem, ...]]:
    """What a function makes, or the problems that kept it from it."""
    try:
        return make(), ()
    except InputError as error:
        return None, tuple(error.problems)


def beam_problems(key: str, let: float | None, energy: float | None, depth: float | None) -> tuple[Problem | None, ...]:
    """Problems with the numbers of a radiation; `key` goes before the name of each option."""
    return (
        number(f"--{key}let", let, LET),
        number(f"--{key}energy", energy, ENERGY),
        number(f"--{key}depth", depth, DEPTH),
    )


def cell_problems(
    alpha: float | None, beta: float | None, line: str | None, *, alpha_limits: Limits = ALPHA
) -> tuple[Problem | None, ...]:
    """Problems with what is said of the cells: a line, or alpha and beta, not both."""
    if line is not None:
        both = [f"--{name}" for name, value in (("alpha", alpha), ("beta", beta)) if value is not None]
        advice = f"leave out {' and '.join(both)}, or --line"
        clash = Problem(f"--line {line} has its own alpha and beta", key=both[0], advice=advice) if both else None
        return (clash, _line_problem(line))
    advice = "give --alpha and --beta of the cells for photons, or --line"
    zero = alpha == 0 and beta == 0
    return (
        needed("--alpha", alpha, "alpha", advice),
        needed("--beta", beta, "beta", advice),
        number("--alpha", alpha, alpha_limits),
        number("--beta", beta, BETA),
        Problem("alpha and beta are both 0: these cells never die", key="--alpha", advice=advice) if zero else None,
    )


def _line_problem(line: str) -> Problem | None:
    _, wrong = tried(lambda: radiation.irradiated_line(line))
    return replace(wrong[0], key="--line", allowed="a tumour line of the catalogue") if wrong else None


def beam_of(
    key: str, name: str, let: float | None, energy: float | None = None, depth: float | None = None
) -> tuple[RadiationQuality | None, tuple[Problem, ...]]:
    """A radiation from options, or every problem with them; some beam of its particle must have its LET."""
    wrong = tuple(p for p in beam_problems(key, let, energy, depth) if p is not None)
    if wrong:
        # A LET that photons and ions may have: only the name can be wrong.
        _, unknown = tried(lambda: radiation.radiation_quality(name, let_kev_um=1.0))
        return None, (*(_named(key, problem) for problem in unknown), *wrong)
    beam, wrong = tried(lambda: radiation.radiation_quality(name, let_kev_um=let, energy_mev_u=energy, depth_mm=depth))
    if beam is None or not beam.is_ion or let is None:
        return beam, tuple(_named(key, problem) for problem in wrong)
    impossible = radiation.impossible_let(beam.particle, let)
    return beam, () if impossible is None else (_named(key, impossible),)


def _named(key: str, problem: Problem) -> Problem:
    """A problem of `radiation_quality` under the name of the option."""
    if problem.key == "quality" and key:
        return replace(problem, key=f"--{key.rstrip('-')}")
    return replace(problem, key=_OPTION.get(problem.key, problem.key).format(key))


# Argument of `radiation_quality` -> the option that gave it.
_OPTION = {
    "let_kev_um": "--{}let",
    "energy_mev_u": "--{}energy",
    "depth_mm": "--{}depth",
    "quality": "--quality",
}


def model_problem(particles: tuple[str, ...], model: str | None) -> Problem | None:
    """The problem with a model that none of the particles has, or None."""
    known = {name for p in particles if p != "photon" for name in radiation.MODELS[p]}
    if model is None or model in known:
        return None
    if not known:
        advice = "leave --model out, or name an ion"
        return Problem(f"photons have no RBE model {model!r}", key="--model", advice=advice)
    return unknown_name(f"{' or '.join(particles)} RBE model", model, known, key="--model")


def remark(text: str) -> None:
    """Tell what a user should doubt about an answer; it goes with the answer's warnings."""
    warnings.warn(text, ValidityWarning, stacklevel=3)
