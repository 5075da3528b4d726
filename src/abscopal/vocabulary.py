"""Words that studies, records, models and results share: each is spelt here and nowhere else.

What a person may write instead (`i.p.`, `immunocompetent`) belongs to the readers of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

# --- hosts

HostSpecies = Literal["mouse", "human"]
MOUSE: HostSpecies = "mouse"
HUMAN: HostSpecies = "human"

ImmuneStatus = Literal["competent", "nude", "scid"]
COMPETENT: ImmuneStatus = "competent"
NUDE: ImmuneStatus = "nude"
SCID: ImmuneStatus = "scid"
# Immune status of all animals of a study -> the host change of the parameter catalogue that it stands for.
IMMUNE_CHANGE: Mapping[str, str] = MappingProxyType({NUDE: "nude", SCID: "SCID"})

# --- time

Clock = Literal["first_fraction", "inoculation"]
FIRST_FRACTION: Clock = "first_fraction"
INOCULATION: Clock = "inoculation"

# What happens in a timeline, and the kinds of rows that timetables show of it; some rows are no treatment.
EventKind = Literal["inoculation", "fraction", "drug", "cells"]
ROW_KIND: Mapping[EventKind, str] = MappingProxyType(
    {"inoculation": "inoculation", "fraction": "radiation", "drug": "drug", "cells": "cells"}
)
NOT_TREATMENTS = ("inoculation", "host", "measurement", "end")

# --- radiation

Quality = Literal["X-rays", "Cs-137", "Co-60", "I-125", "protons", "helium", "carbon"]
X_RAYS: Quality = "X-rays"
PROTONS: Quality = "protons"
SEEDS: tuple[Quality, ...] = ("I-125",)

PHOTON, PROTON, HELIUM, CARBON = "photon", "proton", "helium", "carbon"
# Quality of a course of ions -> the particle of which it is a beam; every other quality is photons.
PARTICLE_OF: Mapping[str, str] = MappingProxyType({PROTONS: PROTON, "helium": HELIUM, "carbon": CARBON})
IONS = tuple(PARTICLE_OF)

WHOLE_BODY = "whole_body"
# What an end point of volume may be of, beside one site.
ANY_SITE, ALL_SITES = "any", "total"

# --- drugs and cells

Route = Literal["ip", "iv", "sc", "im", "po", "it"]
ROUTES: tuple[Route, ...] = get_args(Route)
INTRAPERITONEAL: Route = "ip"
INTRAVENOUS: Route = "iv"
INTRATUMORAL: Route = "it"

# --- cohorts

Sharing = Literal["shared", "independent"]
SHARED: Sharing = "shared"
INDEPENDENT: Sharing = "independent"

# --- what was published

# One arm was better (higher for a marker), or no difference was found.
Relation = Literal[">", "~"]
BETTER: Relation = ">"
NO_DIFFERENCE: Relation = "~"
RELATIONS: tuple[Relation, ...] = get_args(Relation)

# How an outcome is known: a collection's summary, abstract, figure legend, database; computed; from memory.
Basis = Literal["seed", "abs", "fig", "db", "infer", "mem"]
BASES: tuple[Basis, ...] = get_args(Basis)
UNVERIFIED: Basis = "mem"

PRIMARY_TUMOUR, ABSCOPAL, METASTASIS = "primary_tumour", "abscopal", "metastasis"
SURVIVAL, REJECTION = "survival", "rejection"
COMPARED_METRICS = (PRIMARY_TUMOUR, ABSCOPAL, METASTASIS, SURVIVAL, REJECTION)
RATE_METRICS = ("complete_response", "partial_response", "objective_response", "survival_rate")
# A metric that compares a marker: `marker:CD8_density`.
MARKER = "marker:"

# What a measured result of a record is of: shares of animals, a volume, a ratio of hazards, or the count of a marker.
ALIVE, CURED, RESPONDED, VOLUME, HAZARD_RATIO = "alive", "cured", "responded", "volume", "hazard_ratio"
SHARE_METRICS = (ALIVE, CURED, RESPONDED)
RESULT_METRICS = (*SHARE_METRICS, VOLUME, HAZARD_RATIO)
COUNT = "count:"
STATISTICS = ("mean", "median", "geometric_mean")


def comparable(name: str) -> str:
    """A name as names are compared: without case, spaces, hyphens and signs."""
    return "".join(c for c in name.lower() if c.isalnum())
