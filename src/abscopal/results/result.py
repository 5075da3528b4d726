"""The result of a study: data with labels, end points, comparisons, each computed on first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from abscopal.results.agreement import Agreement, agreements
from abscopal.results.armsummary import ArmSummary, summarise_arms
from abscopal.results.comparison import Comparison, compare
from abscopal.results.endpoints import EndPoints, comparison_day, end_points
from abscopal.results.harm import ArmHarm, harm
from abscopal.results.metadata import Metadata
from abscopal.results.streamed import Streamed
from abscopal.results.trajectories import Trajectories

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Result:
    """What a simulated study says.

    Attributes
    ----------
    trajectories : the labelled trajectories with their masks
    metadata : names, rules, published outcomes, parameters and provenance

    Notes
    -----
    Research software: never advice on a patient.
    """

    trajectories: Trajectories
    metadata: Metadata

    @classmethod
    def build(cls, data: xr.Dataset, meta: Mapping[str, Any], streamed: Streamed | None = None) -> Self:
        """Result of labelled trajectories and plain metadata.

        Parameters
        ----------
        data : dataset with dimensions (arm, subject, site, time); variables carry `unit`, `long_name` and `group`;
            `volume` [mm3] and `status` (arm, subject), 0 for solved, are required
        meta : names, rules and texts of the study; docs/results.md lists the keys
        streamed : quantiles and end points of all subjects, where `data` holds the first of a larger cohort

        Raises
        ------
        InputError : with every problem of dimensions, labels, days and arm names.
        """
        trajectories = Trajectories.of(data, streamed)
        days = [float(d) for d in trajectories.time_days]
        return cls(trajectories, Metadata.read(meta, trajectories.arms, trajectories.sites, days))

    @property
    def data(self) -> xr.Dataset:
        """The labelled trajectories as xarray, failed animals included (see `status`)."""
        return self.trajectories.data

    @cached_property
    def end_points(self) -> EndPoints:
        """End points of every subject: of those streamed, or of the trajectories."""
        streamed = self.trajectories.streamed
        return end_points(self.trajectories, self.metadata) if streamed is None else streamed.end_points

    @cached_property
    def arms(self) -> tuple[ArmSummary, ...]:
        """Survival, response, volume and growth of each arm."""
        recorded = self.trajectories.time_days[[0, -1]].tolist()
        return summarise_arms(self.end_points, self.metadata, (recorded[0], recorded[1]))

    @cached_property
    def harm(self) -> tuple[ArmHarm, ...]:
        """Lymphopenia, cytokine release, adverse events and complications of organs of each arm."""
        return harm(self.trajectories, self.metadata)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The pairs of arms that the study compares."""
        day, _ = self.comparison_day
        pairs = self.metadata.compare
        return tuple(compare(self.end_points, self.trajectories, self.metadata, a, b, day) for a, b in pairs)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The published outcomes beside the model's."""
        return agreements(self.trajectories, self.metadata)

    @cached_property
    def comparison_day(self) -> tuple[float, str]:
        """Day on which tumour volumes are compared, and why that day."""
        return comparison_day(self.trajectories, self.metadata)

    def table(self) -> pd.DataFrame:
        """End points as a tidy table: one row per arm, site and end point, with value, unit, low, high."""
        from abscopal.results.tables import endpoint_table

        return endpoint_table(self)

    def summary(self) -> dict[str, Any]:
        """Everything but the trajectories as plain data; docs/results.md documents it, with a schema version."""
        from abscopal.results.summary import summarise

        return summarise(self)

    def cite(self) -> list[str]:
        """What this result rests on: abscopal, the study's paper, and the sources of its parameters."""
        from abscopal.results.citations import citation_list

        return citation_list(self)

    def __repr__(self) -> str:
        t = self.trajectories
        size = f"{len(t.arms)} arms × {t.subjects} animals × {len(t.sites)} sites × {t.time_days.size} days"
        failed = sum(row["count"] for row in t.failures())
        failures = f", {failed} trajectories failed" if failed else ""
        return f"{type(self).__name__}({self.metadata.name!r}: {size}{failures})"
