"""What of a study the model needs to know: sites, fields, agents and products; built by `assemble` from the study."""

from __future__ import annotations

from dataclasses import dataclass

PHOTON, CARBON, PROTON, HELIUM = "photon", "carbon", "proton", "helium"
MOUSE, HUMAN = "mouse", "human"


@dataclass(frozen=True)
class Field:
    """One way of irradiating: which sites, with which particle, whether the node lies in it.

    Attributes
    ----------
    key : name of its events.
    sites : sites that receive the dose.
    particle : photon, carbon, proton or helium.
    let_kev_um : dose-averaged LET at the target.
    node : whether the draining node is in the field.
    whole_body : all blood, the node and all sites receive the dose.
    measured_pair : (alpha, beta, citation) of this line for this particle near this LET, or None for the generic fit.
    stated_rbe : photon dose per fraction that is known to kill as much, over the dose; None: the RBE is the model's.
    continuous : given at a dose rate over days, not in fractions.
    seeds : the dose rate falls with the half-life of implanted seeds (I-125).
    share : share of the target that receives the dose; the rest receives `valley` times the dose.
    """

    key: str
    sites: tuple[str, ...]
    particle: str
    let_kev_um: float
    node: bool = False
    whole_body: bool = False
    measured_pair: tuple[float, float, str] | None = None
    stated_rbe: float | None = None
    continuous: bool = False
    seeds: bool = False
    share: float = 1.0
    valley: float = 0.0


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
        return f"cells:{self.product}:{place}"


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
    """Everything that decides the equations of a study, for all its arms together."""

    sites: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    drugs: tuple[Drug, ...] = ()
    products: tuple[CellProduct, ...] = ()
    antigens: tuple[Antigen, ...] = ()
    host: str = MOUSE

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
