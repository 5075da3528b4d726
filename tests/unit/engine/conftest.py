"""Small systems that the engine's tests share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from abscopal.expr import EventMap, Expr, Schedule, System, const, exp, hill, log, saturation, symbol

Make = Callable[..., System]


def make_system(states, parameters, rates, initial, outputs=None, maps=(), scales=None, extinct=None) -> System:
    n = len(states)
    return System(
        states=tuple(states),
        parameters=tuple(parameters),
        rates=tuple(rates),
        initial=tuple(x if isinstance(x, Expr) else const(x) for x in initial),
        outputs=tuple(outputs or [(s.name, s) for s in states]),
        maps=tuple(maps),
        scales=tuple(scales or [1.0] * n),
        extinct_below=tuple(extinct or [0.0] * n),
    )


@pytest.fixture
def make() -> Make:
    return make_system


@pytest.fixture
def decay() -> System:
    """y' = -k y with a dose (map 0) and a halving (map 1)."""
    y, k, y0, amount = symbol("y"), symbol("k"), symbol("y0"), symbol("amount")
    dose = EventMap("dose", (amount,), ((0, y + amount),))
    halve = EventMap("halve", (), ((0, y * 0.5),))
    return make_system([y], [k, y0], [-k * y], [y0], maps=[dose, halve])


@pytest.fixture
def dying() -> System:
    """Cells that grow at a rate and flow in; extinct below one cell; map 0 adds cells."""
    cells, growth, inflow, number = (symbol(s) for s in ("cells", "growth", "inflow", "number"))
    add = EventMap("add", (number,), ((0, cells + number),))
    return make_system([cells], [growth, inflow], [growth * cells + inflow], [1000.0], maps=[add], extinct=[1.0])


@pytest.fixture
def treated() -> tuple[System, Schedule, np.ndarray]:
    """A stiff system with every kind of expression: two populations, a drug, its receptor, and radiation."""
    tumour, effector, drug, bound, signal = (symbol(s) for s in ("tumour", "effector", "drug", "bound", "signal"))
    names = ("growth", "kill", "clear", "on", "off", "gain", "exponent", "alpha")
    growth, kill, clear, on, off, gain, exponent, alpha = (symbol(s) for s in names)
    values = np.array([0.3, 1.2, 0.4, 150.0, 60.0, 2.0, 1.6, 0.25])
    killing = kill * effector * saturation(tumour, 50.0) * (1.0 + 2.0 * bound)
    rates = [
        growth * tumour * (1.0 - tumour / 1e5) - killing,
        gain * hill(signal, 1.0, exponent) * 20.0 - 0.3 * effector * exp(-bound),
        -clear * drug,
        on * drug * (1.0 - bound) - off * bound,
        8.0 * (log(1.0 + tumour) * 0.2 - signal),
    ]
    dose, amount = symbol("dose"), symbol("amount")
    radiation = EventMap("radiation", (dose,), ((0, tumour * exp(-alpha * dose / (1.0 + signal))), (4, signal + dose)))
    antibody = EventMap("antibody", (amount,), ((2, drug + amount),))
    system = make_system(
        [tumour, effector, drug, bound, signal],
        [symbol(s) for s in names],
        rates,
        [2000.0, 1.0, 0.0, 0.0, 0.5],
        maps=[radiation, antibody],
        scales=[100.0, 1.0, 0.1, 0.1, 0.1],
        extinct=[1.0, 0.0, 0.0, 0.0, 0.0],
    )
    schedule = Schedule.of([(5.0, 0, [4.0]), (6.0, 0, [4.0]), (6.0, 1, [1.0]), (12.5, 1, [0.5])])
    return system, schedule, values


def spread(values: np.ndarray, n: int, sd: float = 0.3, seed: int = 1) -> np.ndarray:
    return values * np.exp(sd * np.random.default_rng(seed).standard_normal((n, len(values))))


@pytest.fixture
def draws() -> Callable[..., np.ndarray]:
    return spread
