"""The same system as SBML with events, for the benchmark's independent engine."""

from __future__ import annotations

from abscopal.expr import Expr, Schedule, System, topological

_INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "^", "lt": "<", "le": "<="}
_CALL = {"exp": "exp", "log": "ln", "sqrt": "sqrt", "min": "min", "max": "max"}


class SbmlTwin:
    """States, parameters and shared subexpressions as SBML parameters; rate rules, assignment rules and events."""

    def __init__(self, system: System, schedule: Schedule, start: float) -> None:
        import libsbml

        self.system = system
        self._libsbml = libsbml
        document = libsbml.SBMLDocument(3, 2)
        self._model = document.createModel()
        self.ids: dict[Expr, str] = {s: f"y{i}" for i, s in enumerate(system.states)}
        self.ids.update({p: f"p{i}" for i, p in enumerate(system.parameters)})
        for name in self.ids.values():
            self._parameter(name)
        for i, rate in enumerate(system.rates):
            rule = self._model.createRateRule()
            rule.setVariable(f"y{i}")
            rule.setMath(self._math(self._text(rate)))
        self.outputs = []
        for i, (_, output) in enumerate(system.outputs):
            self._assign(f"out{i}", self._text(output))
            self.outputs.append(f"out{i}")
        events = zip(schedule.times, schedule.maps, schedule.arguments, strict=True)
        for e, (t, which, arguments) in enumerate(events):
            # Events at the start are left to the caller: a trigger that is true at once does not fire reliably.
            if t > start:
                self._event(e, float(t) - start, int(which), [float(a) for a in arguments], len(schedule.times))
        for i, threshold in enumerate(system.extinct_below):
            if threshold > 0.0:
                event = self._triggered(f"extinct{i}", f"y{i} < {threshold!r}", already=True)
                self._set(event, i, "0")
        self.text = libsbml.writeSBMLToString(document)

    def _parameter(self, name: str) -> None:
        parameter = self._model.createParameter()
        parameter.setId(name)
        parameter.setConstant(False)
        parameter.setValue(0.0)

    def _math(self, text: str):  # type: ignore[no-untyped-def]
        node = self._libsbml.parseL3Formula(text)
        if node is None:
            raise ValueError(text)
        return node

    def _assign(self, name: str, text: str) -> None:
        self._parameter(name)
        rule = self._model.createAssignmentRule()
        rule.setVariable(name)
        rule.setMath(self._math(text))

    def _text(self, root: Expr, local: dict[Expr, str] | None = None) -> str:
        """The expression; nodes of some size become assignment rules, once for the whole model."""
        local = local or {}
        depth: dict[Expr, int] = {}
        texts: dict[Expr, str] = {}
        for node in topological([root]):
            depth[node] = 1 + sum(depth[a] for a in node.args)
            touches = bool(local) and any(n in local for n in topological([node]))
            texts[node] = self._node(node, texts, local)
            if depth[node] > 12 and node.op not in ("lt", "le") and not touches and node not in self.ids:
                self.ids[node] = f"s{len(self.ids)}"
                self._assign(self.ids[node], texts[node])
            if node in self.ids:
                texts[node], depth[node] = self.ids[node], 1
        return texts[root]

    def _node(self, node: Expr, texts: dict[Expr, str], local: dict[Expr, str]) -> str:
        a = [texts[x] for x in node.args]
        if node in local:
            return local[node]
        if node in self.ids:
            return self.ids[node]
        if node.op == "const":
            return f"({node.value!r})"
        if node.op == "pow":
            return f"(max({a[0]}, 0)^{a[1]})"
        if node.op == "sqrt":
            return f"sqrt(max({a[0]}, 0))"
        if node.op in _INFIX:
            return f"({a[0]} {_INFIX[node.op]} {a[1]})"
        if node.op == "neg":
            return f"(-{a[0]})"
        if node.op == "where":
            condition = a[0] if node.args[0].op in ("lt", "le") else f"({a[0]} != 0)"
            return f"piecewise({a[1]}, {condition}, {a[2]})"
        return f"{_CALL[node.op]}({', '.join(a)})"

    def _event(self, number: int, time: float, which: int, arguments: list[float], count: int) -> None:
        chosen = self.system.maps[which]
        local = {symbol: f"({value!r})" for symbol, value in zip(chosen.arguments, arguments, strict=False)}
        event = self._triggered(f"e{number}", f"time >= {time!r}", already=False)
        event.createPriority().setMath(self._math(str(count - number)))
        for state, update in chosen.updates:
            self._set(event, state, self._text(update, local))

    def _triggered(self, name: str, condition: str, already: bool):  # type: ignore[no-untyped-def]
        event = self._model.createEvent()
        event.setId(name)
        event.setUseValuesFromTriggerTime(False)
        trigger = event.createTrigger()
        trigger.setInitialValue(already)
        trigger.setPersistent(True)
        trigger.setMath(self._math(condition))
        return event

    def _set(self, event, state: int, text: str) -> None:  # type: ignore[no-untyped-def]
        assignment = event.createEventAssignment()
        assignment.setVariable(f"y{state}")
        assignment.setMath(self._math(text))
