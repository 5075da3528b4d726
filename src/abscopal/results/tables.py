"""Tidy tables of a result: end points, comparisons, survival curves, trajectories, published outcomes, parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from abscopal.results.agreement import Agreement
from abscopal.results.armsummary import ArmSummary, SiteSummary
from abscopal.results.harm import harm_rows
from abscopal.results.mediators import Mediator
from abscopal.results.nouns import noun_of
from abscopal.results.trajectories import QUANTILES

if TYPE_CHECKING:
    import pandas as pd

    from abscopal.results.result import Result
    from abscopal.statistics.proportions import Proportion

# Time to a volume is no survival: nobody is seen to die of it.
MEDIAN_TIME = "median time to the volume limit"
COLUMNS = ("arm", "site", "endpoint", "value", "unit", "low", "high", "interval", "n")


def endpoint_table(result: Result) -> pd.DataFrame:
    """One row per arm, site and end point; a day that is not reached is infinite, what cannot be said is NaN.

    Columns are `COLUMNS`; `site` is "all" for end points of the animal; `interval` says what low and high are.
    """
    import pandas as pd

    rows = [row for arm in result.arms for row in _arm_rows(result, arm)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _arm_rows(result: Result, arm: ArmSummary) -> Iterator[tuple[Any, ...]]:
    if arm.survival is not None:
        s, limit = arm.survival, "95 % log-log"
        median = s.median_days
        yield arm.name, "all", MEDIAN_TIME, median.value, "days", median.low, median.high, limit, arm.n
        end = f"below the volume limit on day {result.trajectories.time_days[-1]:g}"
        yield _share(arm, "all", end, s.alive_at_end)
    for site in arm.sites:
        yield from _site_rows(result, arm, site)


def _site_rows(result: Result, arm: ArmSummary, site: SiteSummary) -> Iterator[tuple[Any, ...]]:
    for name, share in site.responses.items():
        yield _share(arm, site.site, f"{name} response" if name in ("complete", "partial") else name, share)
    v = site.volume_mm3
    on = f"volume on day {result.comparison_day[0]:g}"
    yield arm.name, site.site, on, v.value, "mm3", v.low, v.high, f"5-95 % of {noun_of(result.metadata).many}", arm.n
    if result.metadata.growth_volume_mm3 is not None:
        to = f"days to {result.metadata.growth_volume_mm3:g} mm3"
        for name, e in ((to, site.time_to_volume_days), ("growth delay", site.growth_delay_days)):
            if not (name == "growth delay" and math.isnan(e.value)):
                yield arm.name, site.site, name, e.value, "days", e.low, e.high, "95 % bootstrap", arm.n


def _share(arm: ArmSummary, site: str, endpoint: str, share: Proportion) -> tuple[Any, ...]:
    return arm.name, site, endpoint, share.value, "1", share.low, share.high, "95 % Wilson", share.n


def comparison_table(result: Result) -> pd.DataFrame:
    """One row per pair of arms and site: ratio of volumes, complete responses, tests."""
    import pandas as pd

    rows = []
    for c in result.comparisons:
        if c.survival is not None:
            test = c.survival.log_rank
            p, name = test.p, "log-rank"
            rows.append((c.a, c.b, "all", "hazard ratio", test.hazard_ratio, test.low, test.high, p, name))
        for s in c.sites:
            v = s.volume_ratio
            rows.append((c.a, c.b, s.site, f"volume ratio on day {c.day:g}", v.value, v.low, v.high, v.p, v.test))
            if s.complete_a is not None and s.complete_b is not None:
                gap = s.complete_a.value - s.complete_b.value
                row = (c.a, c.b, s.site, "difference in complete response", gap, math.nan, math.nan)
                rows.append((*row, s.complete_p, s.complete_test))
            if s.objective_a is not None and s.objective_b is not None:
                gap, against = s.objective_a.value - s.objective_b.value, f"against day {c.baseline_day:g}"
                row = (
                    c.a,
                    c.b,
                    s.site,
                    f"difference in complete or partial response {against}",
                    gap,
                    math.nan,
                    math.nan,
                )
                rows.append((*row, s.objective_p, s.complete_test))
    columns = ["arm_a", "arm_b", "site", "endpoint", "value", "low", "high", "p", "test"]
    return pd.DataFrame(rows, columns=columns)


def mediator_table(result: Result) -> pd.DataFrame:
    """One row per pair of arms, readout and site, ranked."""
    import pandas as pd

    rows = [{"arm_a": c.a, "arm_b": c.b, **asdict(m)} for c in result.comparisons for m in c.mediators]
    return pd.DataFrame(rows, columns=["arm_a", "arm_b", *(f.name for f in fields(Mediator))])


def survival_table(result: Result) -> pd.DataFrame:
    """The steps of every survival curve."""
    import pandas as pd

    frames = []
    for arm in result.arms:
        if arm.survival is not None:
            k = arm.survival.curve
            frame = pd.DataFrame({"time_days": k.time_days, "at_risk": k.at_risk, "events": k.events})
            frame = frame.assign(censored=k.censored, survival=k.survival, low=k.low, high=k.high)
            frame.insert(0, "arm", arm.name)
            frames.append(frame)
    columns = ["arm", "time_days", "at_risk", "events", "censored", "survival", "low", "high"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def quantile_table(result: Result) -> pd.DataFrame:
    """Quantiles of every readout over the solved animals: one row per readout, arm, site and day."""
    import pandas as pd

    t = result.trajectories
    frames = []
    for readout in result.shown_readouts:
        quantiles = t.quantiles(readout.name)
        if not readout.per_site:
            quantiles = quantiles[:, :, None]
        places = list(t.sites) if readout.per_site else ["body"]
        labels = [t.arms, places, t.time_days]
        grid = pd.MultiIndex.from_product(labels, names=["arm", "site", "time_days"]).to_frame(index=False)
        for q, level in enumerate(QUANTILES):
            grid[f"q{100 * level:02.0f}"] = np.ravel(quantiles[q])
        grid.insert(0, "readout", readout.name)
        grid.insert(1, "unit", readout.unit)
        frames.append(grid)
    return pd.concat(frames, ignore_index=True)


def published_table(result: Result) -> pd.DataFrame:
    """One row per published outcome, with the model's words and the verdict."""
    import pandas as pd

    return pd.DataFrame([asdict(a) for a in result.agreements], columns=[f.name for f in fields(Agreement)])


def parameter_table(result: Result) -> pd.DataFrame:
    """One row per parameter with value, unit and source."""
    import pandas as pd

    return pd.DataFrame([dict(p) for p in result.metadata.parameters])


def harm_table(result: Result) -> pd.DataFrame:
    """One row per arm and kind of harm."""
    import pandas as pd

    return pd.DataFrame(harm_rows(result), columns=["arm", "what", "value", "unit", "low", "high", "n"])


TABLES: dict[str, Callable[[Result], pd.DataFrame]] = {
    "endpoints": endpoint_table,
    "comparisons": comparison_table,
    "mediators": mediator_table,
    "survival": survival_table,
    "harm": harm_table,
    "quantiles": quantile_table,
    "published": published_table,
    "parameters": parameter_table,
}


def all_tables(result: Result) -> dict[str, pd.DataFrame]:
    """Every table that `save(csv=True)` writes, by file name without ending."""
    return {name: table(result) for name, table in TABLES.items()}
