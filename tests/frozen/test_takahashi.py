"""Our own headline numbers: `examples/takahashi2019_lm8.yaml` at 16 animals.

A change of these needs a line in CHANGELOG.md. `python tests/frozen/test_takahashi.py` prints the new numbers, which
then replace those of `takahashi2019_lm8.json`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import abscopal as ab

HERE = Path(__file__).parent
EXAMPLE = HERE.parents[1] / "examples" / "takahashi2019_lm8.yaml"
FROZEN = HERE / "takahashi2019_lm8.json"
TOLERANCE = 0.02
SHARE_TOLERANCE = 1 / 16 + 1e-9  # one animal more or less
DAYS = (10, 20, 40)
PEAKS = ("blood_cd8", "node_divisions", "node_dendritic", "interferon", "pdl1")


def headlines() -> dict[str, float]:
    """Medians of volumes [mm3], peaks of mediators, lowest lymphocyte count, survival [d], complete responses."""
    result = ab.run(ab.load(EXAMPLE).with_cohort(size=16, seed=1))
    data, found = result.data, {}
    for arm in data["arm"].values:
        for site in data["site"].values:
            for day in DAYS:
                volume = data["volume"].sel(arm=arm, site=site, time=day)
                found[f"volume | {arm} | {site} | day {day}"] = float(np.median(volume))
        for name in PEAKS:
            chosen = data[name].sel(arm=arm)
            chosen = chosen.sel(site="irradiated") if "site" in chosen.dims else chosen
            found[f"peak | {name} | {arm}"] = float(np.median(chosen.max("time")))
        lowest = data["blood_lymphocytes"].sel(arm=arm).min("time")
        found[f"lowest | blood_lymphocytes | {arm}"] = float(np.median(lowest))
    table = result.table()
    for _, row in table[table["endpoint"].isin(["complete response", "median time to the volume limit"])].iterrows():
        found[f"{row['endpoint']} | {row['arm']} | {row['site']}"] = float(row["value"])
    return {name: float(f"{value:.5g}") for name, value in found.items()}


@pytest.fixture(scope="module")
def now() -> dict[str, float]:
    return headlines()


@pytest.mark.slow
def test_headlines_are_those_on_record(now: dict[str, float]) -> None:
    frozen = json.loads(FROZEN.read_text(encoding="utf-8"))
    assert set(now) == set(frozen)
    changed = {}
    for name, value in frozen.items():
        wanted = (
            pytest.approx(value, abs=SHARE_TOLERANCE)
            if name.startswith("complete response")
            else pytest.approx(value, rel=TOLERANCE, abs=1e-3)
        )
        if now[name] != wanted:
            changed[name] = (value, now[name])
    assert not changed, "a change needs a line in CHANGELOG.md"


def test_the_shape_of_the_answer(now: dict[str, float]) -> None:
    """What these numbers are frozen for: order of arms at the unirradiated site, and of survival."""
    volume = {arm: now[f"volume | {arm} | distant | day 40"] for arm in ("NoTX", "P1C4", "Cion", "Comb")}
    assert volume["Comb"] < volume["P1C4"] < volume["Cion"] < volume["NoTX"]
    survival = {arm: now[f"median time to the volume limit | {arm} | all"] for arm in ("NoTX", "P1C4", "Cion", "Comb")}
    # Medians that are not reached cannot be told apart: there complete responses must.
    assert survival["Comb"] >= survival["P1C4"] > survival["Cion"] > survival["NoTX"]
    cured = {arm: now[f"complete response | {arm} | distant"] for arm in ("P1C4", "Comb")}
    assert cured["Comb"] > cured["P1C4"]


if __name__ == "__main__":
    print(json.dumps(headlines(), indent=1, allow_nan=True))
