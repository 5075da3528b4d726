"""Contents of a document → a published model."""

from __future__ import annotations

from abscopal.expr import System, topological
from abscopal.published.clock_states import TimeFunctions
from abscopal.published.model import Item, PublishedModel
from abscopal.published.sbml.assembling import Assembly
from abscopal.published.sbml.elements import Contents, time_unit_of
from abscopal.published.sbml.equations import read_equations
from abscopal.published.sbml.solvable_system import solvable_system
from abscopal.published.sbml.time_dependence import (
    discrete_states,
    follow_clock,
    short_lived,
    why_unforeseen,
    without_clock,
)

# Machine code for a thousand states takes 20 s to make, and the time grows with their square.
MOST_STATES = 1_000
MOST_OPERATIONS = 150_000


def build_model(contents: Contents, name: str, source: str) -> PublishedModel | None:
    """The model of a document, or None if there were problems, which are then in its contents."""
    assembly = Assembly(contents)
    assembly.give_values()
    if contents.problems:
        return None
    if len(assembly.states) > MOST_STATES:
        contents.complain(contents.model, f"{len(assembly.states)} states are too many", f"use at most {MOST_STATES}")
        return None
    parts = read_equations(assembly)
    if sum(1 for _ in topological(parts.roots())) > MOST_OPERATIONS:
        contents.complain(contents.model, f"the formulas hold more than {MOST_OPERATIONS} different operations")
    if contents.problems:
        return None
    discrete = discrete_states(parts, TimeFunctions(assembly.auxiliaries.made.values()))
    parts = without_clock(assembly, parts, discrete)
    parts, clock = follow_clock(assembly, parts, discrete)
    if contents.problems:
        return None
    system = solvable_system(assembly, parts, clock)
    if contents.problems:
        return None
    return PublishedModel(
        name=name,
        title=contents.model.getName() or contents.model.getId() or name,
        source=source,
        system=system,
        values={p.name: assembly.numbers[p.name] for p in system.parameters},
        items=_items(assembly, system),
        time_unit=time_unit_of(contents.model),
        events=parts.events,
        clock=clock,
        discrete=discrete,
        unforeseen=why_unforeseen(parts, clock, discrete),
        constants=parts.constants,
        derived=tuple((n, e) for n, e in assembly.derived.items() if n in {p.name for p in system.parameters}),
        warnings=(*contents.warnings, *short_lived(parts, clock, discrete)),
    )


def _items(assembly: Assembly, system: System) -> dict[str, Item]:
    found = {
        d.id: Item(d.id, d.name, d.unit, d.compartment, d.only_amount) for d in assembly.contents.declared.values()
    }
    for p in system.parameters:
        base = p.name.removeprefix("initial(").removesuffix(")")
        if p.name not in found and base in found:
            found[p.name] = Item(p.name, f"{found[base].meaning} at the start", found[base].unit)
        elif p.name not in found:
            found[p.name] = Item(p.name, f"{base.rpartition('.')[2]} of {base.partition('.')[0]}", "")
    return found
