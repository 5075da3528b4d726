"""A deterministic made-up study for tests of results, plots and report: no biology, only plausible shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

ARMS = ("Control", "Anti-PD-L1 + anti-CTLA-4", "Carbon", "Carbon + both antibodies")
SITES = ("left leg", "right leg")
_STRENGTH = {0: (0.0, 0.0), 1: (0.14, 0.14), 2: (0.30, 0.04), 3: (0.55, 0.34)}
# name: (long name, unit, group, per site, peak without treatment, gain with immune strength, day of peak)
_READOUTS = {
    "antigen": ("free tumour antigen", "ng/mL", "antigen", True, 2.0, 12.0, 4.0),
    "damp": ("danger signals (DAMPs)", "1", "damage", True, 0.2, 4.0, 2.0),
    "interferon": ("type I interferon", "pg/mL", "damage", True, 5.0, 60.0, 3.0),
    "dc": ("dendritic cells", "cells/mm3", "dendritic", True, 40.0, 220.0, 6.0),
    "cd8": ("CD8 T cells", "cells/mm3", "effector", True, 60.0, 900.0, 12.0),
    "cd8_exhausted": ("exhausted CD8 T cells", "cells/mm3", "effector", True, 30.0, -20.0, 18.0),
    "cd4": ("CD4 T helper cells", "cells/mm3", "effector", True, 50.0, 300.0, 12.0),
    "treg": ("regulatory T cells", "cells/mm3", "regulatory", True, 80.0, -60.0, 15.0),
    "pdl1": ("PD-L1 not occupied", "1", "checkpoint", True, 0.6, -0.8, 8.0),
    "node_dc": ("dendritic cells in the node", "1e3 cells", "dendritic", False, 3.0, 25.0, 7.0),
    "cd8_blood": ("CD8 T cells in blood", "cells/uL", "blood", False, 400.0, 900.0, 10.0),
    "lymphocytes": ("lymphocytes in blood", "cells/uL", "blood", False, 5000.0, -2500.0, 5.0),
    "anti_pdl1": ("anti-PD-L1 in plasma", "ug/mL", "drug", False, 0.0, 0.0, 3.0),
}


def dataset(
    arms: tuple[str, ...] = ARMS,
    sites: tuple[str, ...] = SITES,
    subjects: int = 60,
    last_day: int = 60,
    seed: int = 1,
    shared: bool = False,
    failed: int = 1,
) -> xr.Dataset:
    """Volumes that grow at a rate per animal and shrink for a while after day 7, with readouts to match."""
    rng = np.random.default_rng(seed)
    time = np.arange(last_day + 1.0)
    shape = (1 if shared else len(arms), subjects, len(sites))
    rate = np.broadcast_to(rng.normal(0.20, 0.02, shape), (len(arms), *shape[1:]))
    luck = np.broadcast_to(rng.lognormal(0.0, 0.45, shape), (len(arms), *shape[1:]))
    strength = np.array([[_STRENGTH[a % 4][s % 2] for s in range(len(sites))] for a in range(len(arms))])
    kill = strength[:, None, :] * luck
    since = np.clip(time - 7.0, 0.0, None)
    killed = kill[..., None] * 18.0 * (1 - np.exp(-since / 18.0))
    size = np.log(5.0) + rate[..., None] * 18.0 * (1 - np.exp(-time / 18.0)) * 1.9 - killed
    volume = np.exp(size)
    # Below a thousandth of a cubic millimetre (about a thousand cells) a tumour stays away.
    volume[np.maximum.accumulate(volume < 1e-3, axis=-1)] = 0.0
    variables: dict[str, Any] = {
        "volume": (("arm", "subject", "site", "time"), volume, _attrs("tumour volume", "mm3", "tumour"))
    }
    for name, row in _READOUTS.items():
        variables[name] = _readout(name, row, strength, luck, time)
    status = np.zeros((len(arms), subjects), np.int8)
    if failed:
        status[1 % len(arms), :failed] = 2
    advice = {"0": "solved", "2": "the step became too small: loosen the tolerance or report the animal"}
    variables["status"] = (("arm", "subject"), status, {"long_name": "status of the solver", **advice})
    coords = {"arm": list(arms), "site": list(sites), "subject": np.arange(subjects), "time": time}
    return xr.Dataset(variables, coords=coords)


def _attrs(long_name: str, unit: str, group: str) -> dict[str, str]:
    return {"long_name": long_name, "unit": unit, "group": group}


def _readout(name: str, row: tuple[Any, ...], strength: np.ndarray, luck: np.ndarray, time: np.ndarray) -> Any:
    label, unit, group, per_site, base, gain, peak = row
    since = np.clip(time - 7.0, 0.0, None)
    pulse = since / peak * np.exp(1 - since / peak)
    if name == "anti_pdl1":
        given = (np.arange(strength.shape[0]) % 2).astype(float)
        level = given[:, None, None] * luck[:, :, 0, None] ** 0.3 * 40 * np.exp(-since / 4) * (time >= 7)
        return ("arm", "subject", "time"), level, _attrs(label, unit, group)
    drive = strength[:, None, :] * luck if per_site else (strength.mean(axis=1)[:, None] * luck.mean(axis=2))
    level = np.maximum(base * (1 + 0.1 * np.log(luck if per_site else luck.mean(axis=2)))[..., None], 0.01)
    values = np.maximum(level + gain * drive[..., None] * pulse, 0.02 * base)
    dims = ("arm", "subject", "site", "time") if per_site else ("arm", "subject", "time")
    return dims, values, _attrs(label, unit, group)


def metadata(arms: tuple[str, ...] = ARMS, sites: tuple[str, ...] = SITES, **changes: Any) -> dict[str, Any]:
    """Plain metadata of the made-up study, as the pipeline hands it over."""
    irradiated = [arm for i, arm in enumerate(arms) if i % 4 >= 2]
    descriptions = (
        "no treatment",
        "both antibodies on days 7, 10 and 13",
        "5.3 Gy carbon on day 7",
        "carbon and antibodies",
    )
    meta: dict[str, Any] = {
        "name": "made_up",
        "title": "Carbon ions with two checkpoint antibodies, two tumours (made-up data)",
        "question": "Do both antibodies after carbon to one leg control the tumour on the other leg?",
        "citation": "A made-up citation. Journal of Tests 2020;1:1-2",
        "doi": "10.1234/made.up",
        "clock": "inoculation",
        "host": "mouse",
        "arms": [{"name": a, "description": descriptions[i % 4], "control": i == 0} for i, a in enumerate(arms)],
        "sites": [{"name": s, "irradiated_in": irradiated if i == 0 else []} for i, s in enumerate(sites)],
        "endpoints": {
            "survival": {"volume_limit_mm3": 1500.0, "of": "any"},
            "response": {"day": 40.0, "complete_below_mm3": 1.0, "partial_below_fraction": 0.5},
        },
        "compare": [[arms[3], arms[2]], [arms[3], arms[1]], [arms[2], arms[0]]]
        if len(arms) > 3
        else [[arms[-1], arms[0]]],
        "published": _published(arms, sites) if len(arms) > 3 else [],
        "left_out": [{"id": "marker_granzyme", "reason": "the model has no granzyme B"}],
        "timetable": {a: _timetable(i, sites) for i, a in enumerate(arms)},
        "parameters": _parameters(),
        "citations": {
            "Alpha2001": "Alpha A. Made-up rates. J Tests 2001;2:3. doi:10.1234/alpha",
            "Beta2002": "Beta B. Made-up volumes. J Tests 2002;3:4. doi:10.1234/beta",
        },
        "provenance": {
            "abscopal_version": "0.1.0",
            "seed": 1,
            "cohort_size": 60,
            "solver": "reference",
            "rtol": 1e-6,
            "model_fingerprint": "0f3a9c1d",
            "python": "3.11.7",
            "numpy": "2.4",
            "scipy": "1.17",
            "date": "2026-01-01",
            "command": "abscopal run made_up.yaml --size 60",
            "overrides": {"lm8.alpha": "0.40 1/Gy"},
            "runtime_s": 12.3,
        },
        "shared_subjects": False,
    }
    return {**meta, **changes}


def _published(arms: tuple[str, ...], sites: tuple[str, ...]) -> list[dict[str, Any]]:
    both, carbon, antibodies, control = arms[3], arms[2], arms[1], arms[0]
    claim = {"relation": ">", "p": None, "basis": "seed"}
    return [
        {"id": "c1", "metric": "primary_tumour", "better": both, "worse": carbon, **claim, "p": "<0.01"},
        {"id": "c2", "metric": "abscopal", "better": both, "worse": antibodies, **claim, "p": 0.0392},
        {"id": "c3", "metric": "survival", "better": both, "worse": carbon, **claim, "p": 0.0014},
        {"id": "c4", "metric": "abscopal", "better": control, "worse": both, **claim, "note": "made up to disagree"},
        {
            "id": "c5",
            "metric": "abscopal",
            "better": antibodies,
            "worse": control,
            **claim,
            "relation": "~",
            "basis": "mem",
        },
        {"id": "c6", "metric": "marker:CD8_GzmB", "better": both, "worse": antibodies, **claim, "basis": "abs"},
        {
            "id": "c7",
            "metric": "marker:cd8",
            "site": sites[-1],
            "better": both,
            "worse": antibodies,
            **claim,
            "basis": "abs",
        },
        {
            "id": "v1",
            "metric": "complete_response",
            "site": sites[-1],
            "arm": both,
            "value": 64,
            "unit": "%",
            "basis": "seed",
        },
        {
            "id": "v2",
            "metric": "complete_response",
            "site": sites[-1],
            "arm": antibodies,
            "value": 0.2,
            "basis": "seed",
        },
    ]


def _timetable(arm: int, sites: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"day": 0.0, "what": "inoculation, LM8", "how_much": "1×10⁶ cells", "where": s, "kind": "inoculation"}
        for s in sites
    ]
    if arm % 4 >= 2:
        rows.append(
            {"day": 7.0, "what": "carbon, 50 keV/µm", "how_much": "5.3 Gy", "where": sites[0], "kind": "radiation"}
        )
    if arm % 2:
        for day in (7.0, 10.0, 13.0):
            for drug in ("anti-PD-L1", "anti-CTLA-4"):
                rows.append({"day": day, "what": drug, "how_much": "150 µg", "where": "body (i.p.)", "kind": "drug"})
    return rows


def _parameters() -> list[dict[str, Any]]:
    kinds = ["measured"] * 14 + ["fitted"] * 9 + ["derived"] * 6 + ["borrowed"] * 5 + ["assumed"] * 12
    rows = []
    for i, kind in enumerate(kinds):
        rows.append(
            {
                "name": f"group{i % 5}.made_up_rate_{i}",
                "symbol": f"k_{i}",
                "meaning": "rate at which something made up becomes something else",
                "value": 0.0137 * (i + 1) ** 2,
                "unit": "1/day",
                "kind": kind,
                "cite": None if kind == "assumed" else ("Alpha2001", "Beta2002")[i % 2],
                "where": "Table 2",
                "note": "no measurement was found; chosen between its neighbours" if kind == "assumed" else "",
                "overridden": i == 3,
            }
        )
    return rows
