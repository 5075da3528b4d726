"""Solves per second of one core on the package's own model: ours, compiled LSODA, libRoadRunner, diffrax.

All engines solve the same subjects of one arm of a study, with the same tolerance, in interleaved rounds; their errors
against a solution at 1e-10 are printed beside their speeds. Engines that are not installed, or fail, are left out.

    python benchmarks/engine.py [STUDY.yaml] [--arm NAME] [--rounds 5] [--rtol 1e-4] [--million]
"""

from __future__ import annotations

import argparse
import ctypes
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from abscopal import cohort, engine, pipeline
from abscopal.engine.emission.text import Code, declarations
from abscopal.engine.ensemble import kernel
from abscopal.engine.integration.module import kernel_module
from abscopal.engine.lowering import lower
from abscopal.engine.machine import LoadedCode, compile_module, host, lanes_for
from abscopal.engine.reference.functions import compiled
from abscopal.simulation import Settings, output_times

Solver = Callable[[int], np.ndarray]
EXAMPLE = Path(__file__).parents[1] / "examples" / "takahashi2019_lm8.yaml"


class Case:
    """One arm of a study as a system, a schedule and random subjects."""

    def __init__(self, study: Path, arm: str | None, size: int, rtol: float) -> None:
        chosen = pipeline.load(study)
        prepared = pipeline.prepare(chosen)
        self.arm = arm or chosen.arms[-1].name
        self.system = prepared.model.system
        self.schedule = prepared.schedules[self.arm]
        self.start = prepared.timelines[self.arm].start_day
        days = output_times(chosen, Settings())
        self.times = np.arange(np.ceil(self.start), np.floor(days[-1]) + 1.0)
        self.draw = lambda first, last: cohort.draw(prepared.declared, 1, last - first, first)
        self.control = prepared.schedules[chosen.control]
        self.parameters = self.draw(0, size)
        self.rtol, self.atol = rtol, 1e-2 * rtol
        self.looser = {"rtol": 10.0 * rtol, "atol": 0.1 * rtol}

    def solve(self, count: int, **options: object) -> engine.Solution:
        """Our solution of the first subjects."""
        chosen = {"rtol": self.rtol, "atol": self.atol, "start": self.start, **options}
        return engine.solve(self.system, self.schedule, self.parameters[:count], self.times, **chosen)  # type: ignore[arg-type]


def started(case: Case, parameters: np.ndarray) -> np.ndarray:
    """The state after the events at the start."""
    functions = compiled(case.system)
    functions.use(parameters)
    y = functions.initial()
    for t, which, arguments in zip(case.schedule.times, case.schedule.maps, case.schedule.arguments, strict=True):
        if t <= case.start:
            y = functions.event(int(which), y, arguments)
    return y


def roadrunner_engine(case: Case) -> Solver:
    """CVODE through libRoadRunner, on the same system and events written as SBML."""
    import roadrunner
    from sbml_twin import SbmlTwin

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    twin = SbmlTwin(case.system, case.schedule, case.start)
    model = roadrunner.RoadRunner(twin.text)
    model.timeCourseSelections = ["time", *twin.outputs]
    settings = {"stiff": True, "relative_tolerance": case.rtol, "maximum_num_steps": 100_000}
    settings["absolute_tolerance"] = [case.atol * s for s in case.system.scales]
    for name, value in settings.items():
        model.integrator.setValue(name, value)
    ids = list(model.model.getGlobalParameterIds())
    wanted = [f"y{i}" for i in range(len(case.system.states))] + [f"p{i}" for i in range(case.parameters.shape[1])]
    order = np.array([ids.index(name) for name in wanted], dtype=np.int32)
    days = list(case.times - case.start)

    def solve(count: int) -> np.ndarray:
        rows = []
        for p in case.parameters[:count]:
            model.reset()
            model.model.setGlobalParameterValues(order, np.concatenate([started(case, p), p]))
            rows.append(np.array(model.simulate(times=days))[:, 1:])
        return np.stack(rows)

    return solve


def diffrax_engine(case: Case) -> Solver:
    """Kvaerno5 of diffrax under vmap, segment by segment between events; no extinction, so its error is larger."""
    from diffrax_twin import DiffraxTwin

    return DiffraxTwin(case.system, case.schedule, case.parameters, case.times, case.start, case.rtol, case.atol).solve


ENGINES: dict[str, tuple[Callable[[Case], Solver], int]] = {
    # name: (maker, subjects per round)
    "abscopal, 1 thread": (lambda case: lambda n: case.solve(n, threads=1).outputs, 2048),
    "abscopal, all cores": (lambda case: lambda n: case.solve(n).outputs, 2048),
    "abscopal at 10 x rtol": (lambda case: lambda n: case.solve(n, threads=1, **case.looser).outputs, 2048),
    "scipy odeint, compiled": (lambda case: lambda n: case.solve(n, solver="reference").outputs, 32),
    "libRoadRunner (CVODE)": (roadrunner_engine, 64),
    "diffrax Kvaerno5, vmap": (diffrax_engine, 16),
}


def errors(case: Case, found: np.ndarray, exact: np.ndarray) -> tuple[float, float]:
    """Root mean square, and the worst of the middle subject; relative, floored at 1e-4 of each output's largest value.

    Days with events are left out: some engines report the state before them.
    """
    size = np.abs(exact) + 1e-4 * np.abs(exact).max(axis=(0, 1))
    clear = ~np.isin(case.times, case.schedule.times)
    share = (np.abs(found - exact) / np.where(size > 0.0, size, 1.0))[:, clear]
    return float(np.sqrt(np.mean(share**2))), float(np.median(share.max(axis=(1, 2))))


def compare(case: Case, rounds: int) -> dict[str, tuple[float, float, float]]:
    """{engine: (solves per second, both errors)}, from interleaved rounds; the fastest round counts."""
    checked = 16
    exact = case.solve(checked, solver="reference", rtol=1e-10, atol=1e-12).outputs
    solvers: dict[str, tuple[Solver, int]] = {}
    accuracy = {}
    for name, (make, count) in ENGINES.items():
        try:
            solver = make(case)
        except ImportError as missing:
            print(f"{name}: left out, {missing.name} is not installed")
            continue
        try:
            found = solver(max(checked, count))[:checked]
        except RuntimeError as failure:  # an engine that cannot solve a case has no speed there
            print(f"{name}: left out, {str(failure).splitlines()[0]}")
            continue
        accuracy[name] = errors(case, found, exact)
        solvers[name] = (solver, min(count, len(case.parameters)))
    best = dict.fromkeys(solvers, 0.0)
    for _ in range(rounds):
        for name, (solver, count) in solvers.items():
            begin = time.perf_counter()
            solver(count)
            best[name] = max(best[name], count / (time.perf_counter() - begin))
    return {name: (best[name], *accuracy[name]) for name in solvers}


def compile_times(case: Case) -> tuple[float, float]:
    """Seconds from the system to its first solution: with an empty store, and from the store."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        kept = os.environ.get("ABSCOPAL_CACHE_DIR")
        os.environ["ABSCOPAL_CACHE_DIR"] = folder
        for _ in range(2):
            kernel._kernels.clear()
            begin = time.perf_counter()
            case.solve(1)
            seconds.append(time.perf_counter() - begin)
        os.environ.pop("ABSCOPAL_CACHE_DIR")
        if kept is not None:
            os.environ["ABSCOPAL_CACHE_DIR"] = kept
    return seconds[0], seconds[1]


def gradient_cost(case: Case) -> tuple[float, float]:
    """Seconds of one solve of one subject, and of its derivatives by 20 parameters; best of 20."""
    names = [p.name for p, value in zip(case.system.parameters, case.parameters[0], strict=True) if value != 0.0][:20]

    def best(**options: object) -> float:
        found = []
        for _ in range(20):
            begin = time.perf_counter()
            case.solve(1, threads=1, **options)
            found.append(time.perf_counter() - begin)
        return min(found)

    return best(), best(wrt=names)


def peak_gflops() -> float:
    """Fused multiply-adds per second of one core, from registers [GFLOP/s]."""
    lanes, chains, rounds = lanes_for(host()), 16, 20_000_000
    code = Code(lanes, scalar=False)
    places = [code.variable(code.real, code.alignment) for _ in range(chains)]
    for i, place in enumerate(places):
        start = code.value(f"load {code.real}, ptr {code.at('%out', i)}, align 8")
        code.do(f"store {code.real} {start}, ptr {place}")
    with code.loop(str(rounds)):
        for place in places:
            value = code.value(f"load {code.real}, ptr {place}")
            code.do(f"store {code.real} {code.fma(value, code.number(0.999999), code.number(1e-6))}, ptr {place}")
    for i, place in enumerate(places):
        code.do(f"store {code.real} {code.value(f'load {code.real}, ptr {place}')}, ptr {code.at('%out', i)}, align 8")
    code.do("ret void")
    text = declarations(code) + code.function("burn", ["ptr %out"]) + "attributes #0 = { nounwind }\n"
    loaded = LoadedCode(compile_module(text, host()))
    out = np.zeros(lanes * chains)
    burn = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(loaded.address("burn"))
    best = 0.0
    for _ in range(3):
        begin = time.perf_counter()
        burn(out.ctypes.data)
        best = max(best, 2.0 * lanes * chains * rounds / (time.perf_counter() - begin) / 1e9)
    return best


def flops_per_step(case: Case) -> int:
    """Floating-point operations of one attempted step of one trajectory, counted in the emitted instructions."""
    text, layout = kernel_module(lower(case.system), 4)

    def count(name: str) -> int:
        found = re.findall(rf"^define internal void @{name}(?:_\d+)?\(ptr.*?^}}", text, re.S | re.M)
        body = "\n".join(found)
        plain = sum(body.count(f" = {op} <") for op in ("fadd", "fsub", "fmul", "fdiv"))
        calls = 40 * body.count("@real_exp") + 50 * body.count("@real_log") + 95 * body.count("@real_power")
        return plain + 2 * body.count("@llvm.fmuladd") + calls

    # The loops of `attempt` run once per state; what is outside them is negligible.
    loops = count("attempt") * layout.states
    return count("slopes") + count("factor") + 8 * count("backsolve") + 7 * count("add_rates") + loops


def million(case: Case, subjects: int) -> None:
    """Two arms of many subjects, streamed: wall time and peak memory."""
    wanted = [name for name, _ in case.system.outputs if name.startswith("volume")] or None
    for schedule in (case.control, case.schedule):
        begin = time.perf_counter()
        got = engine.stream(
            case.system,
            schedule,
            case.draw,
            subjects,
            case.times,
            start=case.start,
            outputs=wanted,
            rtol=case.rtol,
            progress=lambda done, total: print(f"\r  {done}/{total}", end="", file=sys.stderr),
        )
        print(f"\n  {subjects} subjects: {time.perf_counter() - begin:.1f} s, {np.count_nonzero(got.status)} failed")
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--arm")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rtol", type=float, default=1e-4)
    parser.add_argument("--million", type=int, nargs="?", const=1_000_000, default=0, help="stream so many subjects")
    chosen = parser.parse_args()
    case = Case(chosen.study, chosen.arm, 2048, chosen.rtol)
    system = case.system
    print(f"{chosen.study.name}, arm {case.arm}, rtol {case.rtol:g}: {len(system.states)} states, ", end="")
    print(f"{len(system.parameters)} parameters, {len(system.outputs)} outputs at {len(case.times)} times, ", end="")
    print(f"{len(case.schedule.times)} events")
    print(f"host: {host().cpu}, {lanes_for(host())} lanes, {os.cpu_count()} processors")
    if chosen.million:
        million(case, chosen.million)
        return
    cold, warm = compile_times(case)
    table = compare(case, chosen.rounds)
    ours = table["abscopal, 1 thread"][0]
    print(f"{'engine':<26}{'solves/s':>10}{'ours is':>10}{'rms error':>12}{'worst of middle':>17}")
    for name, (speed, rms, worst) in table.items():
        print(f"{name:<26}{speed:>10.0f}{ours / speed:>9.1f}x{rms:>12.1e}{worst:>17.1e}")
    steps = float(case.solve(256).steps.mean())
    rate, peak = ours * steps * flops_per_step(case) / 1e9, peak_gflops()
    print(f"steps per trajectory {steps:.0f}; {rate:.1f} of {peak:.1f} GFLOP/s ({rate / peak:.0%}) on one core")
    print(f"first solution after {cold:.2f} s, from the store {warm:.3f} s")
    single, gradient = gradient_cost(case)
    print(f"one subject {1e3 * single:.2f} ms, with 20 derivatives {1e3 * gradient:.2f} ms, ", end="")
    print(f"as {gradient / single:.1f} solves")


if __name__ == "__main__":
    main()
