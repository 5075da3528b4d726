"""Friedrich 2022: radiation and immunotherapy of an irradiated and a distant tumour, with delays.

Irradiated cells that do not survive stay as moribund cells, grow on and die after a delay; their deaths raise the
signal A, from which lymphocytes are made after a delay of at most two days. All delays have the density
`(1 - (k1 t)^k3) (1 - exp(-k2 t))`, normalised, on `0 < t < 1/k1`.

What one fraction leaves moribund is a cohort with its size and age; the share of it that has not died is the integral
of the density from its age on, by a series that converges to round-off, and is zero at `1/k1` exactly. Each fraction
starts a cohort and pushes the eighth out. The making of lymphocytes, which goes on all the time, is a chain of 39
stages passed at rate `40 k1`, left at the share that gives stage j the weight of the density at `t = j / (40 k1)`.
"""

from __future__ import annotations

from collections.abc import Sequence

from abscopal import expr
from abscopal.expr import Expr, ExprLike
from abscopal.model.language import AssembledModel, Model

NAME = "Friedrich2022"
# Matters of accuracy, not of biology.
_COHORTS = 8  # of moribund cells at a time
_STEPS = 40  # of the chain
_TERMS = 14  # of the series


def assemble() -> AssembledModel:
    """The equations; symbols as in the dashboard of the authors' institute."""
    m = Model(("body",))
    m.enter(NAME)
    p = m.parameter
    tumour = _stock(m, "T", "irradiated tumour, not moribund", extinct=True, initial=p("T0"))
    distant = _stock(m, "T2", "distant tumour", extinct=True, initial=p("T2_0"))
    signal = _stock(m, "A", "signal of tumour cells and of deaths", "antigen", initial=_first_signal(m))
    local = _stock(m, "L", "lymphocytes at the irradiated tumour", "effector", initial=p("L0"))
    away = _stock(m, "LG", "lymphocytes at the distant tumour", "effector", initial=p("LG0"))
    node = m.species("node", "body", "survival of lymphocytes in the node", unit="1", group="blood", initial=1.0)
    therapy = m.species("therapy", "body", "immunotherapy is on", unit="1", group="drug")

    k1 = expr.minimum(expr.maximum(p("k1_per_gy") * p("D"), p("k1_least")), p("k1_most"))
    cohorts = _Cohorts(m, k1, p("k2"), p("k3"))
    moribund, dying = cohorts.alive("TM"), cohorts.alive("LM")
    deaths = cohorts.deaths("TM")
    made = _chain(m, p("fc4") * node * signal, p("k1_made"), p("k2_made"), p("k3_made"))

    burden = tumour + moribund
    growth = p("a1") * (expr.maximum(burden, 1.0) / p("cells")) ** -p("b1")
    growth_distant = p("a2") * (expr.maximum(distant, 1.0) / p("cells")) ** -p("b2")
    killing = p("fc1_base") + (p("fc1_therapy") - p("fc1_base")) * therapy
    m.define(
        "burden", "body", "irradiated tumour with its moribund cells", lambda: burden, unit="cells", group="tumour"
    )
    m.define("moribund", "body", "moribund cells", lambda: moribund, unit="cells", group="tumour")
    m.define("deaths", "body", "moribund cells that die", lambda: deaths, unit="cells/d", group="antigen")
    m.define("lymphocytes", "body", "lymphocytes made", lambda: made, unit="cells/d", group="effector")

    m.flow("growth", None, tumour, growth * tumour)
    m.flow("killing", tumour, None, expr.where(tumour > 0.0, killing * (local + dying), 0.0))
    m.flow("growth_distant", None, distant, growth_distant * distant)
    m.flow("killing_distant", distant, None, expr.where(distant > 0.0, killing * p("amplification") * away, 0.0))
    m.flow("signal_of_tumour", None, signal, p("rho") * (tumour + distant))
    m.flow("signal_of_deaths", None, signal, p("psi") * deaths)
    m.flow("signal_loss", signal, None, p("lambda") * signal)
    m.flow("arrival", None, local, p("g") * made)
    m.flow("arrival_distant", None, away, (1.0 - p("g")) * made)
    m.flow("loss", local, None, (p("mu_L") + killing) * local)
    m.flow("loss_distant", away, None, p("mu_L") * away)
    cohorts.change("TM", growth)
    cohorts.change("LM", -(p("mu_L") + killing))

    _declare_treatments(m, cohorts, tumour, local, away, node, therapy)
    return m.build()


def _declare_treatments(
    m: Model, cohorts: _Cohorts, tumour: Expr, local: Expr, away: Expr, node: Expr, therapy: Expr
) -> None:
    """What a fraction does, and immunotherapy that is switched on or off."""
    p = m.parameter
    survives = _survival(m, p("D"))
    fraction = m.event("fraction", "surviving_fraction")
    killed = (1.0 - fraction.argument("surviving_fraction")) * tumour
    damaged = (1.0 - survives) * local
    fraction.move(tumour, None, killed)
    fraction.move(local, None, damaged)
    for source, target in cohorts.shift({"TM": killed, "LM": damaged}):
        fraction.move(None, target, source - target)
    fraction.move(away, None, p("kRad") * away)
    fraction.move(node, None, (1.0 - _survival(m, p("fr") * p("D"))) * node)
    switch = m.event("immunotherapy", "on")
    switch.move(None, therapy, switch.argument("on") - therapy)


def _stock(
    m: Model, name: str, meaning: str, group: str = "tumour", *, extinct: bool = False, initial: ExprLike = 0.0
) -> Expr:
    chosen = {"tumour": "tumour", "antigen": "antigen", "effector": "effector"}[group]
    return m.species(name, "body", meaning, unit="cells", group=chosen, extinct=extinct, initial=initial)  # type: ignore[arg-type]


def _first_signal(m: Model) -> Expr:
    """The signal that follows both tumours while they grow at their first rates."""
    p = m.parameter
    growth = p("a1") * (p("T0") / p("cells")) ** -p("b1")
    growth_distant = p("a2") * (p("T2_0") / p("cells")) ** -p("b2")
    lost = (p("lambda") + growth) * p("T0") + (p("lambda") + growth_distant) * p("T2_0")
    both = p("T0") + p("T2_0")
    return p("rho") * both * both / lost


def _survival(m: Model, dose_gy: Expr) -> Expr:
    """Share of lymphocytes that survive a dose."""
    p = m.parameter
    share: Expr = expr.maximum(expr.exp(-p("alpha_L") * dose_gy - p("beta_L") * dose_gy**2.0), p("S_least"))
    return share


class _Cohorts:
    """What the last fractions left moribund: tumour cells and lymphocytes, with the time since."""

    def __init__(self, m: Model, k1: Expr, k2: Expr, k3: Expr) -> None:
        self.model = m
        numbers = range(1, _COHORTS + 1)
        self.cells = {
            kind: [m.species(f"{kind}{j}", "body", f"cohort {j} of {kind}, deaths left out") for j in numbers]
            for kind in ("TM", "LM")
        }
        self.ages = [m.species(f"age{j}", "body", f"age of cohort {j}", unit="d") for j in numbers]
        for j, age in enumerate(self.ages, 1):
            m.flow(f"ageing{j}", None, age, 1.0)
        # Age in parts of the longest delay.
        parts = [expr.minimum(k1 * age, 1.0) for age in self.ages]
        powers = [part**k3 for part in parts]
        decays = [expr.exp(-k2 / k1 * part) for part in parts]
        until = _Integral(k2 / k1, k3)
        whole = until(expr.const(1.0), expr.const(1.0), expr.exp(-k2 / k1))
        values = list(zip(parts, powers, decays, strict=True))
        self._growing = [k1 * age < 1.0 for age in self.ages]
        self._alive = [expr.where(g, 1.0 - until(*v) / whole, 0.0) for g, v in zip(self._growing, values, strict=True)]
        self._dying = [k1 * (1.0 - power) * (1.0 - decay) / whole for _, power, decay in values]

    def alive(self, kind: str) -> Expr:
        """Moribund cells that have not died."""
        return _sum([c * share for c, share in zip(self.cells[kind], self._alive, strict=True)])

    def deaths(self, kind: str) -> Expr:
        """Deaths of moribund cells per day."""
        return _sum([c * rate for c, rate in zip(self.cells[kind], self._dying, strict=True)])

    def change(self, kind: str, rate: Expr) -> None:
        """Growth of every cohort that is not yet dead."""
        for j, (cells, growing) in enumerate(zip(self.cells[kind], self._growing, strict=True), 1):
            self.model.flow(f"{kind}{j}_growth", None, cells, expr.where(growing, rate * cells, 0.0))

    def shift(self, new: dict[str, Expr]) -> list[tuple[Expr, Expr]]:
        """(new value, stock) of all cohorts at a fraction."""
        found = []
        for kind, first in new.items():
            found += list(zip([first, *self.cells[kind]], self.cells[kind], strict=False))
        return found + list(zip([expr.const(0.0), *self.ages], self.ages, strict=False))


class _Integral:
    """The density, not normalised, integrated from 0 to a share u of the longest delay.

    With r = k2/k1: u + (exp(-r u) - 1)/r - u^(k3+1) (1/(k3+1) - sum over n of (-r u)^n / n! / (k3+n+1)).
    """

    def __init__(self, ratio: Expr, k3: Expr) -> None:
        self.ratio, self.coefficients = ratio, []
        factor = expr.const(1.0)
        for n in range(_TERMS):
            self.coefficients.append(factor / (k3 + float(n + 1)))
            factor = factor * -ratio / float(n + 1)
        self.first = 1.0 / (k3 + 1.0)

    def __call__(self, share: Expr, power: Expr, decay: Expr) -> Expr:
        """`power` and `decay` are u^k3 and exp(-r u)."""
        series = expr.const(0.0)
        for c in reversed(self.coefficients):
            series = series * share + c
        return share + (decay - 1.0) / self.ratio - share * power * (self.first - series)


def _chain(m: Model, entering: Expr, k1: Expr, k2: Expr, k3: Expr) -> Expr:
    """What leaves a chain of stages whose time to leave has the density of this model."""
    stages = [m.species(f"making{j}", "body", f"lymphocytes being made, stage {j}") for j in range(1, _STEPS)]
    weights = [_density(expr.const(j / _STEPS), k2 / k1, k3) for j in range(1, _STEPS)]
    rate = float(_STEPS) * k1
    leaving = []
    m.flow("making", None, stages[0], entering)
    for j, stage in enumerate(stages):
        share = weights[j] / _sum(weights[j:])
        leaving.append(rate * share * stage)
        m.flow(f"making{j + 1}_done", stage, None, rate * share * stage)
        if j + 1 < len(stages):
            m.flow(f"making{j + 1}_goes_on", stage, stages[j + 1], rate * (1.0 - share) * stage)
    return _sum(leaving)


def _density(share: Expr, ratio: Expr, k3: Expr) -> Expr:
    """The density of a delay, not normalised, at this share of its longest; `ratio` is k2/k1."""
    return (1.0 - share**k3) * (1.0 - expr.exp(-ratio * share))


def _sum(terms: Sequence[Expr]) -> Expr:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
