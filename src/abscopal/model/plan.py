"""What of a study the model needs to know: sites, fields, agents and products, for all arms together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from abscopal import parameters
from abscopal.regimen import Field, Fraction, Timeline, fractions_of, site_place
from abscopal.regimen.keys import cells_key
from abscopal.regimen.schedule import given_at
from abscopal.study import CellCourse, DrugCourse, Study
from abscopal.vocabulary import MOUSE


@dataclass(frozen=True)
class Drug:
    """An agent in use: its name, what it binds, the routes it is given by and the sites it is injected into."""

    agent: str
    target: str
    routes: tuple[str, ...]
    injected: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellProduct:
    """A cell product in use.

    Attributes
    ----------
    product : its name in the catalogue.
    kind : what cells it adds: cd8, nk, car_t, car_nk, dendritic ...
    places : where it is given: "blood", or a site it is injected into.
    """

    product: str
    kind: str
    places: tuple[str, ...]

    def key(self, place: str) -> str:
        """Key of the event of giving it at a place."""
        return cells_key(self.product, place)


@dataclass(frozen=True)
class Antigen:
    """An antigen of the tumour that cell products can see.

    Attributes
    ----------
    name : as in the catalogue.
    density : molecules per antigen-positive cell.
    negative_share : share of tumour cells that do not show it.
    note : where these come from.
    """

    name: str
    density: float
    negative_share: float = 0.0
    note: str = "stated with the antigens of the tumour line"


@dataclass(frozen=True)
class Plan:
    """Everything that decides the equations of a study, for all its arms together; sites are their places.

    Attributes
    ----------
    given_together : the sets of fields that some arm gives as one fraction; None: each field that acts at once, alone.
    """

    sites: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    drugs: tuple[Drug, ...] = ()
    products: tuple[CellProduct, ...] = ()
    antigens: tuple[Antigen, ...] = ()
    host: str = MOUSE
    given_together: tuple[Fraction, ...] | None = None

    @property
    def given(self) -> tuple[Fraction, ...]:
        """The fractions that are given: sets of fields, each alone or several together."""
        if self.given_together is not None:
            return self.given_together
        return tuple((field,) for field in self.fields if not field.continuous)

    @property
    def fractions(self) -> tuple[Fraction, ...]:
        """What mechanisms answer to: the fractions that are given, and each dose rate as the fraction it is made of."""
        slow = ((field,) for field in self.fields if field.continuous)
        return tuple(dict.fromkeys((*self.given, *slow)))

    def fractions_on(self, site: str) -> tuple[Fraction, ...]:
        """The fractions of which some part doses a site."""
        return tuple(fraction for fraction in self.fractions if any(site in field.sites for field in fraction))

    def fields_on(self, site: str) -> tuple[Field, ...]:
        """The fields that dose a site."""
        return tuple(f for f in self.fields if site in f.sites)

    def drugs_against(self, target: str) -> tuple[Drug, ...]:
        """The agents in use that bind a target."""
        return tuple(d for d in self.drugs if d.target == target)

    def products_of(self, *kinds: str) -> tuple[CellProduct, ...]:
        """The cell products in use that add cells of some kinds."""
        return tuple(p for p in self.products if p.kind in kinds)

    def antigen(self, name: str) -> Antigen | None:
        """An antigen of the tumour, or None where the tumour lacks it."""
        return next((a for a in self.antigens if a.name == name), None)


def plan_of(study: Study, timelines: Mapping[str, Timeline]) -> Plan:
    """What a study needs of the model, for all its arms together.

    Parameters
    ----------
    timelines : the timeline of every arm, see `regimen.timelines`.
    """
    fields: dict[Field, None] = {}
    drugs: dict[str, set[str]] = {}
    products: dict[str, set[str]] = {}
    for event in (event for timeline in timelines.values() for event in timeline):
        if event.field is not None:
            fields[event.field] = None
        elif isinstance(event.details, DrugCourse):
            drugs.setdefault(event.what, set()).update(given_at(event.details))
        elif isinstance(event.details, CellCourse):
            products.setdefault(event.what, set()).update(given_at(event.details))
    sites = tuple(site_place(s.name) for s in study.sites)
    return Plan(
        sites=sites,
        fields=tuple(fields),
        drugs=tuple(_drug(agent, places, sites) for agent, places in sorted(drugs.items())),
        products=tuple(_product(name, places, sites) for name, places in sorted(products.items())),
        antigens=antigens_of(study.tumour),
        host=study.host.species,
        given_together=fractions_of(timelines.values()),
    )


def _drug(agent: str, places: set[str], sites: tuple[str, ...]) -> Drug:
    """An agent of the catalogue given by these routes or into these sites."""
    routes = tuple(sorted(p for p in places if p not in sites))
    injected = tuple(site for site in sites if site in places)
    return Drug(agent, parameters.agent(agent).about["target"], routes, injected)


def _product(name: str, places: set[str], sites: tuple[str, ...]) -> CellProduct:
    """A cell product of the catalogue given at these places: the blood first, then sites in their order."""
    ordered = (*sorted(places.difference(sites)), *(site for site in sites if site in places))
    return CellProduct(name, str(parameters.product(name).about["adds_to"]), ordered)


def antigens_of(line: str) -> tuple[Antigen, ...]:
    """The antigens of a tumour line that cell products can see."""
    facts = parameters.about_line(line).get("antigens", {})
    return tuple(
        Antigen(
            name,
            float(a["density"]),
            float(a.get("negative_share", 0.0)),
            a.get("source", {}).get("note", Antigen.note),
        )
        for name, a in facts.items()
    )
