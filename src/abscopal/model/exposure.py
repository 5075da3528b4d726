"""What one fraction gives to one place: the dose of each quality, and how they act together.

A fraction may have several parts (beams, a boost, a field on the node, several qualities). Parts of one quality at one
place are one dose. Qualities are mixed as Zaider and Rossi do: what is linear in dose adds up, and so does the square
root of what is quadratic. Blood meets the fraction as a whole: its share in the field receives what the site with the
highest dose receives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce

from abscopal import expr
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import Jump, Model
from abscopal.regimen import Field, Fraction
from abscopal.regimen.keys import fraction_key
from abscopal.vocabulary import PHOTON

# Of each field of a fraction, in the order in which the event has them.
ARGUMENTS = ("dose_gy", "let_kev_um", "duration_days")
# Small against every dose that matters: keeps the mean quality of no dose finite.
_TRACE_GY = 1e-9


@dataclass(frozen=True)
class Part:
    """The dose of one quality in a fraction at a place: `field` stands for the quality."""

    field: Field
    dose_gy: Expr
    let_kev_um: Expr
    duration_days: Expr


@dataclass(frozen=True)
class Exposure:
    """All parts of a fraction that reach a place, one for each quality."""

    parts: tuple[Part, ...]

    @property
    def dose_gy(self) -> Expr:
        """Total dose [Gy]."""
        return expr.sum_of(part.dose_gy for part in self.parts)

    @property
    def let_kev_um(self) -> Expr:
        """Dose-averaged LET [keV/um]."""
        return self.mean(lambda part: part.let_kev_um)

    @property
    def of_photons(self) -> bool:
        """Whether all of it is photons, so that a gray is a gray."""
        return all(part.field.particle == PHOTON for part in self.parts)

    def total(self, per_gray: Callable[[Part], ExprLike]) -> Expr:
        """Sum over the parts of dose times what a gray of the part does."""
        return expr.sum_of(part.dose_gy * per_gray(part) for part in self.parts)

    def mean(self, of: Callable[[Part], ExprLike]) -> Expr:
        """Mean over the parts, weighted by their dose."""
        if len(self.parts) == 1:
            return expr.as_expr(of(self.parts[0]))
        weights = [part.dose_gy + _TRACE_GY for part in self.parts]
        return expr.sum_of(w * of(p) for w, p in zip(weights, self.parts, strict=True)) / expr.sum_of(weights)

    def scaled(self, factor: Callable[[Part], ExprLike]) -> Exposure:
        """The same with the dose of each part multiplied."""
        return Exposure(tuple(replace(part, dose_gy=part.dose_gy * factor(part)) for part in self.parts))


@dataclass(frozen=True)
class Layer:
    """A share of what passes through the body, with what it may meet: the highest of the sites' doses."""

    share: Expr
    at_sites: tuple[Exposure, ...]

    def highest(self, dose: Callable[[Exposure], Expr]) -> Expr:
        """The highest dose of any site."""
        return reduce(expr.maximum, (dose(exposure) for exposure in self.at_sites))


def fraction_event(model: Model, fraction: Fraction) -> Jump:
    """The event of one fraction; whichever mechanism asks first makes it."""
    names = (_argument(name, i) for i in range(len(fraction)) for name in ARGUMENTS)
    return model.event(fraction_key(*fraction), *names)


def dose_argument(event: Jump, fraction: Fraction, field: Field) -> Expr:
    """The dose of one field in the event of a fraction [Gy]."""
    return event.argument(_argument(ARGUMENTS[0], fraction.index(field)))


def duration_argument(event: Jump, fraction: Fraction, field: Field) -> Expr:
    """The duration of one field in the event of a fraction [d]."""
    return event.argument(_argument(ARGUMENTS[2], fraction.index(field)))


def _argument(name: str, position: int) -> str:
    return name if position == 0 else f"{name} {position + 1}"


def exposure_at(event: Jump, fraction: Fraction, site: str) -> Exposure:
    """What a fraction gives to a site that some of its fields dose."""
    return _exposure(event, fraction, (field for field in fraction if site in field.sites))


def exposure_of_node(event: Jump, fraction: Fraction) -> Exposure | None:
    """What a fraction gives to the draining node; None where it lies outside of all fields."""
    fields = [field for field in fraction if field.node or field.whole_body]
    return _exposure(event, fraction, fields) if fields else None


def layers(event: Jump, fraction: Fraction, photons: Expr, ions: Expr) -> Iterator[Layer]:
    """What a fraction gives to what is spread over the body, such as blood, by shares that receive the same.

    Parameters
    ----------
    photons, ions : share that lies in a field of photons, or of ions; the smaller lies within the larger.
    """
    whole = [field for field in fraction if field.whole_body]
    local = [field for field in fraction if not field.whole_body]
    of_photons = [field for field in local if field.particle == PHOTON]
    of_ions = [field for field in local if field.particle != PHOTON]
    found: list[tuple[Expr, list[Field]]]
    if of_photons and of_ions:
        both, any_of_them = expr.minimum(photons, ions), expr.maximum(photons, ions)
        found = [
            (both, _joined(whole, local)),
            (any_of_them - ions, _joined(whole, of_photons)),
            (any_of_them - photons, _joined(whole, of_ions)),
            (1.0 - any_of_them, whole),
        ]
    elif local:
        share = photons if of_photons else ions
        found = [(share, _joined(whole, local)), (1.0 - share, whole)]
    else:
        found = [(expr.const(1.0), whole)]
    for share, fields in found:
        if fields:
            yield Layer(share, _at_sites(event, fraction, fields))


def _joined(*groups: Iterable[Field]) -> list[Field]:
    """The fields of several groups."""
    return [field for group in groups for field in group]


def _at_sites(event: Jump, fraction: Fraction, fields: list[Field]) -> tuple[Exposure, ...]:
    """Exposure of the sites, less those whose fields all dose another site too."""
    sites = dict.fromkeys(site for field in fields for site in field.sites)
    sets = dict.fromkeys(frozenset(f for f in fields if site in f.sites) for site in sites)
    largest = [one for one in sets if not any(one < other for other in sets)]
    return tuple(_exposure(event, fraction, (f for f in fraction if f in one)) for one in largest)


def _exposure(event: Jump, fraction: Fraction, fields: Iterable[Field]) -> Exposure:
    """The parts of some fields, those of one quality as one."""
    parts: dict[object, Part] = {}
    for field in fields:
        dose, let, duration = (event.argument(_argument(name, fraction.index(field))) for name in ARGUMENTS)
        # Slow doses go on side by side, each for its own time.
        slow = field if field.continuous else None
        quality = (field.particle, field.let_kev_um, field.measured_pair, field.stated_rbe, slow)
        known = parts.get(quality)
        if known is None:
            parts[quality] = Part(field, dose, let, duration)
        else:
            total, time = known.dose_gy + dose, known.duration_days + duration
            parts[quality] = replace(known, dose_gy=total, duration_days=time)
    return Exposure(tuple(parts.values()))
