"""Fields: the ways of irradiating that a study uses. Courses that differ only in dose and days share one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from abscopal.radiation import own_coefficients
from abscopal.regimen.courses import is_continuous, let_of, particle_of
from abscopal.regimen.places import site_place
from abscopal.study import Radiation, Study


@dataclass(frozen=True)
class Field:
    """One way of irradiating: which sites, with which radiation, whether the node lies in it.

    Two fields are the same if all of this is; their printed text is made from it, never the other way round.

    Attributes
    ----------
    quality : X-rays, Co-60, I-125, carbon ... as the study names it.
    sites : places of the sites that receive the dose, in the order of the study, see `site_place`.
    particle : photon, carbon, proton or helium.
    let_kev_um : dose-averaged LET at the target [keV/um].
    node : whether the draining node is in the field, as it always is with the whole body.
    whole_body : all blood, the node and all sites receive the dose.
    measured_pair : (alpha, beta, citation) that belong to this line for this radiation, or None for the generic model.
    pair_origin : "measured", "interpolated" or "mkm", see `radiation.own_coefficients`; "" without a pair.
    stated_rbe : photon dose per fraction that is known to kill as much, over the dose; None: the RBE is the model's.
    continuous : given at a dose rate over days, not in fractions.
    seeds : the dose rate falls with the half-life of implanted seeds (I-125).
    share : share of the target that receives the dose; the rest receives `valley` times the dose.
    body_site : where in a patient's body it lies; "" in animals and for the whole body.
    """

    quality: str
    sites: tuple[str, ...]
    particle: str
    let_kev_um: float
    node: bool = False
    whole_body: bool = False
    measured_pair: tuple[float, float, str] | None = None
    pair_origin: str = ""
    stated_rbe: float | None = None
    continuous: bool = False
    seeds: bool = False
    share: float = 1.0
    valley: float = 0.0
    body_site: str = ""

    @cached_property
    def radiation(self) -> str:
        """What is given, wherever: `carbon 50 keV/um`. Cells answer to one radiation alike in every field."""
        return f"{self.quality} {exact_text(self.let_kev_um)} keV/um"

    @cached_property
    def key(self) -> str:
        """The field in words, with as many digits as tell it from every other: `carbon 50 keV/um to primary`."""
        where = "whole body" if self.whole_body else "+".join(self.sites) + ("+node" if self.node else "")
        where += f" ({self.body_site})" if self.body_site else ""
        part = f"{exact_text(100.0 * self.share)} % of " if self.share < 1.0 else ""
        if self.share < 1.0 and self.valley > 0.0:
            part += f"(valleys {exact_text(100.0 * self.valley)} %) "
        if self.stated_rbe is not None:
            part = f"(RBE {exact_text(self.stated_rbe)}) {part}"
        slowly = "continuous " if self.continuous and not self.seeds else ""
        return f"{slowly}{self.radiation} to {part}{where}"


# What is given as one fraction: the fields that take part, in the order of `in_order`.
Fraction = tuple[Field, ...]


def in_order(fields: Iterable[Field]) -> Fraction:
    """Fields given together, each once, in an order that does not depend on who was first."""
    return tuple(sorted(set(fields), key=repr))


def exact_text(number: float) -> str:
    """A number as short text that reads back as the same number."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def field_of(course: Radiation, study: Study) -> Field:
    """The field of a course of radiation.

    Raises
    ------
    InputError
        The energy and depth are no beam that reaches the target.
    """
    particle, let = particle_of(course), let_of(course)
    own = None if course.stated_rbe is not None or not course.is_ion else own_coefficients(study.tumour, particle, let)
    sites = tuple(site_place(s.name) for s in study.sites if course.whole_body or s.name in course.target)
    return Field(
        quality=course.quality,
        sites=sites,
        particle=particle,
        let_kev_um=let,
        node=course.node_in_field or course.whole_body,
        whole_body=course.whole_body,
        measured_pair=None if own is None else (own.alpha_per_gy, own.beta_per_gy2, own.cite),
        pair_origin="" if own is None else own.origin,
        stated_rbe=course.stated_rbe,
        continuous=is_continuous(course),
        seeds=course.is_implant,
        share=course.irradiated_share,
        valley=course.valley_share if course.irradiated_share < 1.0 else 0.0,
        body_site="" if course.whole_body else course.body_site or "",
    )
