"""The study of cells in a dish: arms with radiation alone, one site, no animal; the same conversion otherwise.

Cells are plated, irradiated and read within days. A dish is an arm with the host change `cell culture`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from abscopal.evidence.arms import ArmBuilder, BuiltArm
from abscopal.evidence.curation import culture, names
from abscopal.evidence.curation.markers import dish_readout_of
from abscopal.evidence.curation.names import Immune, NotCovered
from abscopal.evidence.records import Claim, Record, RecordArm, RecordRadiation
from abscopal.evidence.system import HostOf, SystemBuilder
from abscopal.results.questions import SURVIVING_SHARE
from abscopal.vocabulary import ANY_SITE, MOUSE, PRIMARY_TUMOUR, SCID

_LARGEST_VOLUME = "1e6 mm3"


class DishArms(ArmBuilder):
    """The dishes of one record: irradiated or not; drugs and other cells in the medium are not modelled."""

    field_note = "a dish has no lymph node"

    def target_of(self, course: RecordRadiation) -> tuple[str, ...]:
        """The dish, whatever part of an animal the record names."""
        return (culture.site(),)

    def _rest(self, arm: RecordArm, built: BuiltArm) -> None:
        if arm.drugs:
            raise NotCovered(f"{arm.drugs[0].drug or 'a drug'} in a dish is not modelled")
        if arm.cells:
            raise NotCovered("co-cultures are not modelled")
        built.host_changes.append(culture.change())
        change = names.culture_change_of(arm.host_modification)
        built.host_changes += [change] if change else []


class DishSystem(SystemBuilder):
    """The study around the dishes: plated a day before the first fraction, followed for days."""

    @classmethod
    def host_of(cls, record: Record, line: str) -> HostOf:
        """A study file asks for a host; that of a dish has no lymphocytes and is never looked at."""
        return HostOf(MOUSE, Immune(SCID, "a dish has no host; a study asks for one", True))

    def _sites(self, built: Mapping[str, BuiltArm], first: float, wanted: Iterable[str]) -> dict[str, dict[str, Any]]:
        earliest = min((day for arm in built.values() for day in arm.days), default=first)
        plated = min(first, earliest) - self.chooser.value("dish_lead")
        name = culture.site()
        self._days.append((f"sites.{name}.inoculated", plated, self.chooser.why("dish_lead")))
        return {name: {"inoculum": self._default("dish_cells", f"sites.{name}.inoculum"), "inoculated": plated}}

    def _follow_up(
        self, built: Mapping[str, BuiltArm], first: float, sites: Mapping[str, Mapping[str, Any]], shift: float
    ) -> float:
        last = max((day for arm in built.values() for day in arm.days), default=first)
        end = max(first, last) + self.chooser.value("dish_follow_up") + shift
        self.filled.append(("follow_up", f"{end:g} d", self.chooser.why("dish_follow_up")))
        return end

    def _endpoints(self, first: float, follow_up: float, sites: Mapping[str, Any]) -> dict[str, Any]:
        self.filled.append(("endpoints", _LARGEST_VOLUME, "a dish has no end point of animals; a study asks for one"))
        return {
            "survival": {"volume_limit": _LARGEST_VOLUME, "of": ANY_SITE},
            "response": {"day": f"{follow_up:g} d", "baseline": f"{first:g} d"},
        }


def reading_in_dish(claim: Claim) -> tuple[str, str]:
    """Readout and note of a claim about cells in a dish. Raises NotCovered."""
    if claim.is_marker:
        found = dish_readout_of(claim.marker)
        return found.expression, found.note
    if claim.metric == PRIMARY_TUMOUR:
        return SURVIVING_SHARE, "clonogenic survival stands for the tumour: fewer survivors are better for the host"
    raise NotCovered(f"{claim.metric} has no meaning in a dish")
