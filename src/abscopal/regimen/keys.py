"""Names of the events of a model: the schedule asks for them, mechanisms provide them."""

from __future__ import annotations

from abscopal.regimen.fields import Field


def inoculation_key(site: str) -> str:
    """Key of the event that puts tumour cells into a site."""
    return f"inoculation:{site}"


def fraction_key(*fields: Field) -> str:
    """Key of the event of one fraction, given by these fields together."""
    return f"fraction:{' and '.join(field.key for field in fields)}"


def rate_key(field: Field) -> str:
    """Key of the event that adds to a field's dose rate."""
    return f"dose rate:{field.key}"


def drug_key(agent: str, route: str, site: str = "") -> str:
    """Key of the event of giving a drug by a route; with `site`, of injecting it there."""
    return f"drug:{agent}:{route}:{site}" if site else f"drug:{agent}:{route}"


def cells_key(product: str, place: str) -> str:
    """Key of the event of giving a cell product into the blood or into a site."""
    return f"cells:{product}:{place}"
