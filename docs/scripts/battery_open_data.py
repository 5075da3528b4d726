"""Prints what the battery takes from the open survival of mice: pooled shares, their intervals, the correlation.

Run `python docs/scripts/battery_open_data.py [../shared/data]`. Development studies alone are read (see
`src/abscopal/calibrate/data/open_data_split.yaml`); without the data it says so and does nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
from scipy.stats import beta

from abscopal.storage.packaged import read_yaml

TABLE = Path("quant") / "icb_mouse_survival_metaanalysis" / "per_mouse_survival.csv.gz"
CLASSES = {"antiPD1": "PD-1", "antiPDL1": "PD-L1", "antiCTLA4": "CTLA-4", "RT": "RT", "Control": ""}
LINES = {
    "CT26": "CT26",
    "MC38": "MC38",
    "B16": "B16",
    "B16F10": "B16",
    "4T1": "4T1",
    "4T12": "4T1",
    "GL261": "GL261",
    "MOC1": "MOC1",
    "Renca": "RENCA",
}


def groups(mice: pd.DataFrame) -> pd.DataFrame:
    """Mice and those alive per line, treatment class and study; arms with any other treatment are left out."""
    treatments = [f"treatment_{i}" for i in range(1, 5)]
    known = mice[treatments].apply(lambda column: column.isna() | column.isin(CLASSES)).all(axis=1)
    mice = mice[known & mice.cell_family.isin(LINES)]
    names = [
        " + ".join(sorted({CLASSES[t] for t in row if isinstance(t, str)} - {""})) for row in mice[treatments].values
    ]
    keys = [mice.cell_family.map(LINES).rename("line"), pd.Series(names, mice.index, name="treatment"), mice.study]
    return mice.event.eq(0).groupby(keys).agg(n="size", alive="sum").reset_index()


def correlation(studies: pd.DataFrame) -> float:
    """Correlation of fates within a study, by analysis of variance over the treated groups of several studies."""
    between = within = sizes = 0.0
    freedom_between = freedom_within = 0
    for (_, treatment), group in studies.groupby(["line", "treatment"]):
        pooled = group.alive.sum() / group.n.sum()
        if treatment == "" or len(group) < 2 or pooled in (0.0, 1.0):
            continue
        share = group.alive / group.n
        between += float((group.n * (share - pooled) ** 2).sum())
        within += float((group.n * share * (1 - share)).sum())
        sizes += float(group.n.sum() - (group.n**2).sum() / group.n.sum())
        freedom_between += len(group) - 1
        freedom_within += int((group.n - 1).sum())
    mean, error = between / freedom_between, within / freedom_within
    return (mean - error) / (mean + (sizes / freedom_between - 1.0) * error)


def interval(group: pd.DataFrame, rho: float) -> tuple[float, float]:
    """90 % Jeffreys interval of the pooled share, with the mice divided by the effect of their studies."""
    n, alive = float(group.n.sum()), float(group.alive.sum())
    effect = 1.0 + rho * (float((group.n**2).sum()) / n - 1.0)
    low, high = beta.ppf([0.05, 0.95], alive / effect + 0.5, (n - alive) / effect + 0.5)
    return (0.0 if alive == 0 else float(low)), (1.0 if alive == n else float(high))


def lines(mice: pd.DataFrame) -> list[str]:
    """What is printed."""
    studies = groups(mice)
    rho = round(correlation(studies), 3)
    told = [f"correlation of fates within a study: {rho:g}"]
    for (line, treatment), group in studies.groupby(["line", "treatment"]):
        low, high = interval(group, rho)
        each = ", ".join(f"{row.study} {row.alive}/{row.n}" for row in group.itertuples())
        told.append(f"{line:6s} {treatment or 'untreated':20s} {low:.3f} to {high:.3f}  {each}")
    return told


def main() -> None:
    """Print the pooled shares, or say that the data are not there."""
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data") / TABLE
    if not place.is_file():
        print(f"{place} is not there: nothing to do")
        return
    split: Any = read_yaml("abscopal.calibrate", "open_data_split.yaml")
    mice = pd.read_csv(place)
    print("\n".join(lines(mice[mice.study.isin(split["development"])])))


if __name__ == "__main__":
    main()
