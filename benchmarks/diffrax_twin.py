"""The same system for diffrax: Kvaerno5 under vmap, segment by segment between events. Extinction is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from abscopal.expr import Expr, Schedule, System, topological


class DiffraxTwin:
    """Compiles on the first call for a number of subjects."""

    def __init__(
        self,
        system: System,
        schedule: Schedule,
        parameters: np.ndarray,
        times: np.ndarray,
        start: float,
        rtol: float,
        atol: float,
    ) -> None:
        import diffrax
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        self.system, self.parameters = system, parameters
        names = [*system.states, *system.parameters]
        scales = jnp.array(system.scales)

        def known(y: Any, p: Any) -> dict[Expr, Any]:
            return dict(zip(names, [*y, *p], strict=True))

        def rates(t: Any, y: Any, p: Any) -> Any:
            return jnp.stack(_values(jnp, system.rates, known(y, p)))

        # Every segment ends at an event or at the end, and shows the output times it holds.
        stops = np.unique(np.append(schedule.times[schedule.times > start], times[-1]))
        begins = np.concatenate([[start], stops[:-1]])
        controller = diffrax.PIDController(rtol=rtol, atol=atol * scales)

        def apply(y: Any, p: Any, at: float) -> Any:
            for t, which, arguments in zip(schedule.times, schedule.maps, schedule.arguments, strict=True):
                if t == at:
                    chosen = system.maps[int(which)]
                    values = known(y, p) | dict(zip(chosen.arguments, arguments, strict=False))
                    updates = _values(jnp, [e for _, e in chosen.updates], values)
                    y = y.at[jnp.array([i for i, _ in chosen.updates])].set(jnp.stack(updates))
            return y

        def one(p: Any) -> Any:
            y = jnp.stack([jnp.asarray(v, dtype=float) for v in _values(jnp, system.initial, known(scales * 0.0, p))])
            y = apply(y, p, start)
            rows = [y[None]] if times[0] == start else []
            for begin, stop in zip(begins, stops, strict=True):
                inside = times[(times > begin) & (times < stop)]
                solution = diffrax.diffeqsolve(
                    diffrax.ODETerm(rates),
                    diffrax.Kvaerno5(),
                    begin,
                    stop,
                    None,
                    y,
                    args=p,
                    saveat=diffrax.SaveAt(ts=jnp.append(inside, stop)),
                    stepsize_controller=controller,
                    max_steps=100_000,
                    throw=False,
                )
                y = apply(solution.ys[-1], p, stop)
                rows.append(solution.ys[:-1])
                if stop in times:
                    rows.append(y[None])
            path = jnp.concatenate(rows)
            expressions = [e for _, e in system.outputs]
            return jax.vmap(lambda s: jnp.stack([jnp.asarray(v) for v in _values(jnp, expressions, known(s, p))]))(path)

        self._solve = jax.jit(jax.vmap(one))

    def solve(self, count: int) -> np.ndarray:
        """Outputs of the first subjects, array (subjects, times, outputs)."""
        return np.asarray(self._solve(self.parameters[:count]))


def _values(jnp: Any, roots: Any, known: Mapping[Expr, Any]) -> list[Any]:
    """As `expr.evaluate`, with JAX; powers are safe at zero, as the engine's are."""
    operations = {
        "add": jnp.add,
        "sub": jnp.subtract,
        "mul": jnp.multiply,
        "div": jnp.divide,
        "neg": jnp.negative,
        "pow": lambda a, b: jnp.where(a > 0.0, jnp.power(jnp.where(a > 0.0, a, 1.0), b), 0.0),
        "exp": jnp.exp,
        "log": jnp.log,
        "sqrt": lambda a: jnp.sqrt(jnp.maximum(a, 0.0)),
        "min": jnp.minimum,
        "max": jnp.maximum,
        "lt": jnp.less,
        "le": jnp.less_equal,
        "where": jnp.where,
    }
    done: dict[Expr, Any] = dict(known)
    for node in topological(roots):
        if node not in done:
            done[node] = node.value if node.op == "const" else operations[node.op](*(done[a] for a in node.args))
    return [done[root] for root in roots]
