"""One case of the sensitivity analysis solved: a sample of parameters becomes readouts and their derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sensitivity_indices as indices
from numpy.typing import NDArray
from sensitivity_cases import CRS, DAYS, GROUP, LINES, MICE, PATIENTS, Readout, mice, patients

from abscopal import engine, pipeline, simulation
from abscopal.evidence.tables import table
from abscopal.parameters import Parameter
from abscopal.results.questions import readouts_of
from abscopal.scoring.parameter_sets import plausible_medians
from abscopal.statistics import conventions

Floats = NDArray[np.float64]

CHUNK = 2048
SHOWN = 18  # of each readout and kind of index that are solved around more bases


@dataclass(frozen=True)
class Sampled:
    """A case solved: parameters and main readouts of the sample, and what redrawing each parameter alone does.

    Attributes
    ----------
    x, y : sample of the varying parameters, and main readouts (samples, main).
    screened : difference that redrawing a parameter alone makes (bases, varying, main).
    chosen, refined : positions of the parameters that show, and the same of them around more bases.
    signal : (varying, columns): effect of redrawing on each measured column, over the noise of a group's mean.
    failed : samples that could not be solved.
    """

    x: Floats
    y: Floats
    screened: Floats
    chosen: NDArray[np.int64]
    refined: Floats
    signal: Floats
    failed: int


def _that_show(differences: Floats, x: Floats, y: Floats) -> NDArray[np.int64]:
    """Parameters among the first of any main readout by screened total index, or by first-order index."""
    rough, _ = indices.total(differences, y.var(axis=0))
    alone, _ = indices.first_order(x, y)
    first = [np.argsort(-found[:, k])[:SHOWN] for found in (rough, alone) for k in range(y.shape[1])]
    return np.unique(np.concatenate(first))


class Bench:
    """One study: its model, its parameters, what is measured in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.mains = CRS if name == PATIENTS else MICE
        self.study = patients() if name == PATIENTS else mice(LINES[name])
        self.prepared = prepared = pipeline.prepare(self.study)
        self.model, self.declared = prepared.model, prepared.declared
        self.names = list(self.declared)
        self.days = tuple(range(29)) if name == PATIENTS else DAYS
        self.arms = [arm.name for arm in self.study.arms]
        self.varying = np.array([i for i, p in enumerate(self.declared.values()) if _sigma(p) > 0.0])
        self.least_volume = conventions.instrument("calliper").smallest
        self.output_names = [name for name, _ in self.model.system.outputs]
        self.median = np.array([[p.value for p in self.declared.values()]])
        self.readouts = self._measured()
        # A peak is one more column of each readout that is read as such.
        self.columns: list[tuple[str, Readout, int | str]] = []
        for arm in self.arms:
            for readout in self.readouts:
                when: tuple[int | str, ...] = DAYS if name != PATIENTS else (0, 3, 7, 14, 21, 28, "peak")
                self.columns += [(arm, readout, day) for day in when]
        self.noise = np.array([readout.noise for _, readout, _ in self.columns])

    def _measured(self) -> list[Readout]:
        """Every marker of the catalogue of evidence that this model has, and the volumes."""
        units = {f"{s.name}@{s.where}": s.unit for s in self.model.species}
        units |= {f"{q.name}@{q.where}": q.unit for q in self.model.quantities}
        found: dict[str, Readout] = {}
        largest = self._largest()
        for site in self.model.sites:
            found[f"volume@{site}"] = Readout(
                f"volume@{site}", (f"volume@{site}",), (), _noise("calliper"), self.least_volume
            )
        for expression, site in self._expressions():
            for part in readouts_of(expression, site):
                if not part.above or not set(part.outputs) <= set(self.output_names):
                    continue
                label = "/".join(_sum(side) for side in (part.above, part.below) if side)
                noise = _noise(conventions.assay_of(units[part.above[0]]))
                rough = Readout(label, part.above, part.below, noise, 1e-300, self._least_below(part.below))
                top = max(float(rough.of(o, self.output_names).max()) for o in largest)
                floor = math.exp(top) * conventions.smallest_share()
                found.setdefault(label, replace(rough, floor=floor))
        if self.name == PATIENTS:
            # Grades are whole numbers: their error is that of rounding.
            rounding = 1.0 / math.sqrt(12.0 * GROUP)
            for key in ("crs_severity@blood", "icans_severity@blood"):
                found[key] = Readout(key, (key,), (), rounding, 0.0, linear=True)
        return list(found.values())

    def _least_below(self, below: Sequence[str]) -> float:
        per_volume = {"volume": 1.0, "tumour": self.declared["cell_density"].value}
        what = below[0].partition("@")[0] if below else ""
        return self.least_volume * per_volume[what] if what in per_volume else 1.0

    def _expressions(self) -> list[tuple[str, str]]:
        markers = table("markers.yaml")
        found = []
        for row in (*markers["whole"].values(), *markers["analytes"].values()):
            for place in ("tumour", "node", "blood"):
                if place in row:
                    found += [(row[place], site) for site in (self.model.sites if place == "tumour" else ("",))]
        if self.name == PATIENTS:
            found += [(f"blood_{name}", "") for name in ("il6", "il1", "car_t")]
        return found

    def _largest(self) -> list[Floats]:
        values, _ = simulation.condition(self.prepared, self.median, simulation.Settings())
        return [self._outputs(arm, values) for arm in self.arms]

    def _outputs(self, arm: str, values: Floats) -> Floats:
        schedule, start = self.prepared.schedules[arm], self.prepared.start_day
        solution = engine.solve(self.model.system, schedule, values, np.array(self.days, float), start=start)
        return np.where(solution.finished[:, None, None], solution.outputs, np.nan)

    def read(self, values: Floats, progress: Callable[[int, int], None]) -> Floats:
        """Every column of every row (rows, columns); NaN where it could not be solved."""
        found = np.empty((len(values), len(self.columns)))
        for first in range(0, len(values), CHUNK):
            part, possible = simulation.condition(self.prepared, values[first : first + CHUNK], simulation.Settings())
            blocks = []
            for arm in self.arms:
                outputs = self._outputs(arm, part)
                blocks += [self._columns_of(readout, outputs) for readout in self.readouts]
            found[first : first + CHUNK] = np.where(possible[:, None], np.concatenate(blocks, axis=1), np.nan)
            progress(min(len(values), first + CHUNK), len(values))
        return found

    def _columns_of(self, readout: Readout, outputs: Floats) -> Floats:
        values = readout.of(outputs, self.output_names)
        if self.name != PATIENTS:
            return values
        return np.concatenate([values[:, [0, 3, 7, 14, 21, 28]], values.max(axis=1, keepdims=True)], axis=1)

    def main(self, columns: Floats) -> Floats:
        """The main readouts (rows, main) from all columns."""
        where = {(arm, readout.label, day): i for i, (arm, readout, day) in enumerate(self.columns)}
        parts = [sum(f * columns[:, where[a, r, d]] for f, a, r, d in m.terms) for m in self.mains]
        return np.stack([np.asarray(p) for p in parts], axis=1)

    def sample(
        self, samples: int, screening: int, bases: int, seed: int, progress: Callable[[int, int], None]
    ) -> Sampled:
        """Solves the sample, the radial design of all parameters, and more of it for those that show.

        Parameters
        ----------
        screening, bases : bases around which every parameter is redrawn, and those that show.
        """
        values = plausible_medians(self.declared, range(samples), f"sensitivity {self.name}", seed)
        others = values[bases : 2 * bases]
        changed = indices.radial(values[:screening], others[:screening], self.varying)
        columns = self.read(np.concatenate([values, changed]), progress)
        y = self.main(columns[:samples])
        around = columns[samples:].reshape(screening, len(self.varying), -1)
        moved = around - columns[:screening, None, :]
        complete = np.isfinite(moved).all(axis=(1, 2))
        signal = np.sqrt((moved[complete] ** 2).mean(axis=0) / 2.0) / self.noise
        first = self._differences(columns[samples:], y[:screening])
        fine = np.isfinite(y).all(axis=1)
        x = values[:, self.varying]
        chosen = _that_show(first[complete], x[fine], y[fine])
        more = self.read(indices.radial(values[screening:bases], others[screening:], self.varying[chosen]), progress)
        further = np.concatenate([first[:, chosen], self._differences(more, y[screening:bases])])
        return Sampled(
            x=x[fine],
            y=y[fine],
            screened=first[complete],
            chosen=chosen,
            refined=further[np.isfinite(further).all(axis=(1, 2))],
            signal=signal,
            failed=int((~fine).sum()),
        )

    def _differences(self, columns: Floats, bases: Floats) -> Floats:
        """Main readouts of a radial design less those of its bases, shape (bases, varied, main)."""
        mains = self.main(columns).reshape(len(bases), -1, len(self.mains))
        return np.asarray(mains - bases[:, None, :])

    @property
    def local_volumes(self) -> NDArray[np.bool_]:
        """Which rows of `local` are volumes."""
        seen = [readout.label.startswith("volume@") for readout in self.readouts]
        return np.tile(np.repeat(seen, len(self.days)), len(self.arms))

    def local(self) -> Floats:
        """Change of each readout on every solved day, over its noise, per standard deviation of what we know of each
        parameter.

        At the median animal, with engine gradients. A tumour that has its start volume keeps it: the inoculum follows.
        """
        values, _ = simulation.condition(self.prepared, self.median, simulation.Settings())
        varied = [self.names[i] for i in self.varying]
        sites = [s for s in self.study.sites if s.start_volume is not None]
        takes = [f"inoculum_take@{s.name}" for s in sites]
        wrt = [self.model.system.parameters[self.names.index(n)].name for n in (*varied, *takes)]
        control = self.study.control
        follow = np.zeros((len(takes), len(varied)))
        for row, site in enumerate(sites):
            assert site.start_volume is not None
            slopes = self._slopes(control, values, wrt, (site.start_volume.day,), (f"volume@{site.name}",))[1][0, 0]
            follow[row] = -slopes[: len(varied)] / slopes[len(varied) + row]
        blocks = []
        scale = np.array([p.value * _sigma(p) for p in (self.declared[n] for n in varied)])
        for arm in self.arms:
            outputs, slopes = self._slopes(arm, values, wrt, self.days, self.output_names)
            whole = slopes[..., : len(varied)] + slopes[..., len(varied) :] @ follow
            for readout in self.readouts:
                blocks.append(self._log_slopes(readout, outputs, whole * scale) / readout.noise)
        return np.concatenate(blocks)

    def _slopes(
        self, arm: str, values: Floats, wrt: Sequence[str], days: Sequence[float], outputs: Sequence[str]
    ) -> tuple[Floats, Floats]:
        """Outputs (times, outputs) and derivatives (times, outputs, wrt)."""
        solution = engine.solve(
            self.model.system,
            self.prepared.schedules[arm],
            values,
            np.array(days, float),
            start=self.prepared.start_day,
            outputs=outputs,
            wrt=wrt,
        )
        assert solution.sensitivities is not None
        return solution.outputs[0], solution.sensitivities[0]

    def _log_slopes(self, readout: Readout, outputs: Floats, slopes: Floats) -> Floats:
        at = [self.output_names.index(name) for name in readout.above]
        above, up = outputs[:, at].sum(axis=1), slopes[:, at].sum(axis=1)
        if readout.linear:
            return np.asarray(up)
        below, down = np.ones(len(outputs)), np.zeros_like(up)
        if readout.below:
            at = [self.output_names.index(name) for name in readout.below]
            below, down = outputs[:, at].sum(axis=1), slopes[:, at].sum(axis=1)
            down = np.where((below > readout.least_below)[:, None], down, 0.0)
            below = np.maximum(below, readout.least_below)
        seen = (above / below > readout.floor)[:, None]
        divisor = np.where(above > 0.0, above, 1.0)[:, None]
        return np.where(seen, up / divisor - down / below[:, None], 0.0)


def _noise(reading: str) -> float:
    cv = conventions.instrument(reading).cv
    return math.sqrt(math.log1p(cv**2) / GROUP)


def _sigma(p: Parameter) -> float:
    """Standard deviation of the uncertainty of the log of a parameter."""
    uncertainty = p.spread.uncertainty
    if not uncertainty.varies(p.value):
        return 0.0
    if uncertainty.family == "lognormal":
        return math.sqrt(math.log1p(uncertainty.width**2))
    return uncertainty.width * (1.0 - p.value) if uncertainty.family == "logit" else uncertainty.variation(p.value)


def _sum(names: Sequence[str]) -> str:
    return "(" + "+".join(names) + ")" if len(names) > 1 else names[0]
