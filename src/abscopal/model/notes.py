"""Where a study leaves what the model was made for, or gives what nothing in the model takes up."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from abscopal import radiation
from abscopal.model.mechanisms.antigen_loss import ENGINEERED, on_tumour, receptor
from abscopal.model.plan import Plan
from abscopal.parameters import ParameterSet
from abscopal.regimen import Timeline, in_words
from abscopal.regimen.schedule import acts_of
from abscopal.vocabulary import PHOTON


def validity_notes(plan: Plan, declared: ParameterSet, tumour: str) -> tuple[str, ...]:
    """Where a study leaves what the model was made for: range of an RBE model, a cell product without its target.

    Parameters
    ----------
    declared : the declared parameters of the study.
    tumour : name of its tumour line.
    """
    notes: dict[str, None] = dict.fromkeys(_without_target(plan, tumour))
    for field in plan.fields:
        modelled = field.particle != PHOTON and field.pair_origin != "measured" and field.stated_rbe is None
        if modelled and "alpha_photon" in declared:
            cells: dict[str, Any] = {"line": tumour}
            if field.measured_pair is None:
                cells = {"alpha_x": declared["alpha_photon"].value, "beta_x": declared["beta_photon"].value}
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                radiation.ion_coefficients(field.particle, field.let_kev_um, **cells)
            notes.update(dict.fromkeys(f"{in_words(field.key)}: {w.message}" for w in caught))
    return tuple(notes)


def _without_target(plan: Plan, tumour: str) -> Iterator[str]:
    """What will happen to engineered cells that bind nothing on this tumour."""
    for product in plan.products_of(*ENGINEERED):
        antigens = receptor(product).antigens
        if not any(on_tumour(plan, antigen) for antigen in antigens):
            target = " or ".join(antigens) or "an antigen the catalogue does not name"
            yield (
                f"{product.product} binds {target}, which {tumour} does not show: its receptor will kill no "
                "tumour cell and drive no expansion in the tumour; the cells contract unless normal cells feed them"
            )


def untaken_notes(timelines: Iterable[Timeline], event_keys: Collection[str]) -> tuple[str, ...]:
    """What a study gives that nothing in this model takes up, as the mechanism that would is switched off."""
    keys = set(event_keys)
    asked = (one for timeline in timelines for one in acts_of(timeline))
    idle = dict.fromkeys(e.what for e, acts in asked if acts and not any(key in keys for _, key, _ in acts))
    return tuple(f"{what}: without effect, as no mechanism that is switched on takes it up" for what in idle)
