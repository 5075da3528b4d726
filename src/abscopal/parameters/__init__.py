"""Parameters as data: declarations with unit, spread and source; the catalogue of lines, agents, products, hosts."""

from abscopal.parameters.catalogue import (
    Entry,
    about_line,
    agent,
    agents,
    canonical,
    citations,
    entry,
    host_changes,
    line,
    lines,
    product,
    products,
    shared,
    species,
    values_of,
)
from abscopal.parameters.declaration import SOURCE_KINDS, Parameter, ParameterSet, Source, Spread

__all__ = [
    "SOURCE_KINDS",
    "Entry",
    "Parameter",
    "ParameterSet",
    "Source",
    "Spread",
    "about_line",
    "agent",
    "agents",
    "canonical",
    "citations",
    "entry",
    "host_changes",
    "line",
    "lines",
    "product",
    "products",
    "shared",
    "species",
    "values_of",
]
