"""The result of a study: data with labels, end points, comparisons, each computed on first use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from abscopal.errors import InputError, unknown_name
from abscopal.measurements import Measurements, as_plain
from abscopal.results.agreement import Agreement, agreements
from abscopal.results.armsummary import ArmSummary, summarise_arms
from abscopal.results.comparison import Comparison, compare
from abscopal.results.endpoints import DayAndReason, EndPoints, comparison_days, end_points
from abscopal.results.harm import ArmHarm, harm
from abscopal.results.metadata import Metadata
from abscopal.results.nouns import noun_of
from abscopal.results.setbacks import setback
from abscopal.results.streamed import Streamed
from abscopal.results.trajectories import VOLUME, Readout, Trajectories

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

    def with_measurements(self, measured: Measurements) -> Self:
        """The same result with measured values in its figures and its summary.

        Parameters
        ----------
        measured : matched to the study: `abscopal.simulation.matched`, or `data=` of `abscopal.run`
        """
        return self._with(measured=as_plain(measured))

    def with_posterior(self, posterior: Mapping[str, Any]) -> Self:
        """The same result, which says of which posterior its subjects are; keys as `summary.json` documents them."""
        return self._with(posterior=dict(posterior))

    def _with(self, **plain: Any) -> Self:
        t = self.trajectories
        meta = {**self.metadata.plain, **plain}
        return replace(self, metadata=Metadata.read(meta, t.arms, t.sites, [float(d) for d in t.time_days]))

    @property
    def data(self) -> xr.Dataset:
        """The labelled trajectories as xarray, failed animals included (see `status`)."""
        return self.trajectories.data

    @property
    def shown_readouts(self) -> tuple[Readout, ...]:
        """Readouts that are drawn and written: the volume and those that the study chooses, else all."""
        chosen = self.metadata.readouts
        return tuple(r for r in self.trajectories.readouts if not chosen or r.name in (VOLUME, *chosen))

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
        days, pairs = self.comparison_days, self.metadata.compare
        return tuple(compare(self.end_points, self.trajectories, self.metadata, pair, days[pair]) for pair in pairs)

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """Of each comparison: where more treatment does worse, and what in the model goes with it; else ""."""
        return tuple(setback(comparison, self.metadata) for comparison in self.comparisons)

    @cached_property
    def agreements(self) -> tuple[Agreement, ...]:
        """The published outcomes beside the model's."""
        return agreements(self.trajectories, self.metadata)

    @cached_property
    def comparison_days(self) -> dict[tuple[str, ...], DayAndReason]:
        """Day on which tumour volumes are compared, and why: of each pair of arms, and () of all arms together."""
        return comparison_days(self.trajectories, self.metadata)

    @property
    def comparison_day(self) -> DayAndReason:
        """Day of the volumes that are shown of every arm, and why that day."""
        return self.comparison_days[()]

    def table(self) -> pd.DataFrame:
        """End points as a tidy table: one row per arm, site and end point, with value, unit, low, high."""
        from abscopal.results.tables import endpoint_table

        return endpoint_table(self)

    def summary(self) -> dict[str, Any]:
        """Everything but the trajectories as plain data; docs/results.md documents it, with a schema version."""
        from abscopal.results.summary import summarise

        return summarise(self)

    @overload
    def cite(self, form: Literal["text"] = ...) -> list[str]: ...

    @overload
    def cite(self, form: Literal["bibtex"]) -> str: ...

    def cite(self, form: str = "text") -> list[str] | str:
        """What this result rests on: abscopal, the study's paper, and the sources of its parameters.

        Parameters
        ----------
        form : "text", a list of sentences; or "bibtex", the text of a .bib file.

        Raises
        ------
        InputError : another form.
        """
        from abscopal.results.citations import citation_bibtex, citation_list

        if form not in (forms := ("text", "bibtex")):
            raise InputError(unknown_name("form", str(form), forms, key="cite"))
        return citation_bibtex(self) if form == "bibtex" else citation_list(self)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about the study or its solution, in the words that `abscopal run` prints."""
        return tuple(self.metadata.provenance.get("warnings", ()))

    def __repr__(self) -> str:
        t = self.trajectories
        many = noun_of(self.metadata).many
        size = f"{len(t.arms)} arms × {t.subjects} {many} × {len(t.sites)} sites × {t.time_days.size} times"
        failed = sum(row["count"] for row in t.failures())
        failures = f", {failed} trajectories failed" if failed else ""
        told = f", {len(self.warnings)} in .warnings" if self.warnings else ""
        return f"{type(self).__name__}({self.metadata.name!r}: {size}{failures}{told})"
