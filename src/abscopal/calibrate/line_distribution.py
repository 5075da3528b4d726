"""Distributions of tumour lines by tissue, from the catalogued ones: `python -m abscopal.calibrate.line_distribution`.

Prints `parameters/data/line_distribution.yaml`: what a line is drawn from that a record or a study leaves open.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from abscopal import parameters
from abscopal.module_commands import exit_code, parser_of
from abscopal.parameters import Parameter
from abscopal.storage.packaged import read_yaml
from abscopal.vocabulary import MOUSE

CITED = "CataloguedLines"
_HEAD = """\
# Lines that are not known, as distributions: every plausible set of parameters (every run, by its seed) draws one line
# of the tissue, and all arms of a study share it. `value`: the centre; `between_lines`: the spread between lines.
# First estimates, made of the catalogued lines by `python -m abscopal.calibrate.line_distribution`.
"""
# How much the lines of all tissues weigh beside those of one, in lines: set by the two variances, within these limits.
_LEAST_WEIGHT, _MOST_WEIGHT = 0.5, 3.0
_HUMAN_STRAINS = ("nude", "NSG")
# A variance below this is no spread at all.
_NONE = 1e-9


@dataclass(frozen=True)
class LineGroup:
    """The lines of one tissue and origin."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    lines: tuple[str, ...]
    apart: bool
    human: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the file."""
    parser_of("abscopal.calibrate.line_distribution", __doc__).parse_args(arguments)
    return exit_code(lambda: print(text(), end="", file=sys.stdout))


def text() -> str:
    """The data file of the distributions of lines."""
    declared = read_yaml("abscopal.calibrate", "line_groups.yaml")
    laws = declared["parameters"]
    known = {human: list(groups(declared, human)) for human in (False, True)}
    spreads = {name: _pooled(known[False], name, how) for name, how in laws.items()}
    rows = []
    for human, found in known.items():
        if human:  # cells of patients share an immune class: how far they lie apart is borrowed from the mouse's
            theirs = {name: _pooled(found, name, how) for name, how in laws.items()}
            spreads = {name: theirs[name] if theirs[name].within > _NONE else spreads[name] for name in laws}
        everything = _of_all(declared, found, human)
        rows += [_entry(group, declared, spreads) for group in found if group.lines]
        rows.append(
            _entry(
                everything, declared, {name: _of_lines(everything, name, laws[name], spreads[name]) for name in laws}
            )
        )
    return _HEAD + "".join(rows)


def _of_lines(group: LineGroup, name: str, how: str, pooled: _Pool) -> _Pool:
    """The spread over the lines of all tissues together."""
    values = _values(group, name, how)
    return _Pool(float(values.mean()), max(float(values.var(ddof=1)), pooled.within), 0.0)


def groups(declared: Mapping[str, Any], human: bool) -> Iterator[LineGroup]:
    """The groups of lines of patients' cells, or of the mouse's."""
    there = [name for name in _catalogued() if name not in declared["leave_out"] and _is_human(name) == human]
    for name, row in declared["groups"].items():
        tissues, also = tuple(row["tissues"]), row.get("also", ())
        chosen = [line for line in there if _tissue(line).startswith(tissues) or line in also]
        yield LineGroup(name, row["kind"], tuple(row.get("aliases", ())), tuple(chosen), row.get("apart", False), human)


def _of_all(declared: Mapping[str, Any], known: Sequence[LineGroup], human: bool) -> LineGroup:
    lines = tuple(dict.fromkeys(line for group in known if not group.apart for line in group.lines))
    row = declared["all"]
    return LineGroup(row["name"], row["kind"], tuple(row["aliases"]), lines, False, human)


def _tissue(line: str) -> str:
    return str(parameters.about_line(line)["tissue"])


def _catalogued() -> Iterator[str]:
    """Lines that grow in mice and are known: neither tumours of patients nor distributions."""
    for name in parameters.lines():
        if parameters.host_of(name) == MOUSE and "drawn_from" not in parameters.about_line(name):
            yield name


def _is_human(line: str) -> bool:
    return parameters.about_line(line).get("strain") in _HUMAN_STRAINS


@dataclass(frozen=True)
class _Pool:
    """Centre of all tissues, variance within a tissue, weight of the centre in lines; on the scale of the draw."""

    centre: float
    within: float
    weight: float


def _pooled(known: Sequence[LineGroup], name: str, how: str) -> _Pool:
    values = [_values(group, name, how) for group in known if not group.apart]
    values = [found for found in values if found.size]
    means = np.array([found.mean() for found in values])
    residual = np.concatenate([found - found.mean() for found in values])
    freedom = max(residual.size - len(values), 1)
    within = float((residual**2).sum() / freedom)
    between = max(float(means.var(ddof=1)) if len(means) > 1 else 0.0, 1e-9)
    weight = min(max(within / between, _LEAST_WEIGHT), _MOST_WEIGHT)
    return _Pool(float(np.concatenate(values).mean()), within, weight)


def _parameter(line: str, name: str) -> Parameter:
    return parameters.values_of("lines", line).get(name) or parameters.shared()[name]


def _values(group: LineGroup, name: str, how: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    raw = [_parameter(line, name).value for line in group.lines]
    return np.array([_scaled(value, how) for value in raw if value > 0.0])


def _scaled(value: float, how: str) -> float:
    return math.log(value / (1.0 - value)) if how == "logit" else math.log(value)


def _back(place: float, how: str) -> float:
    return 1.0 / (1.0 + math.exp(-place)) if how == "logit" else math.exp(place)


def _entry(group: LineGroup, declared: Mapping[str, Any], spreads: Mapping[str, _Pool]) -> str:
    which = "unknown human line" if group.human else "unknown line"
    whose = "lines of patients grown in mice" if group.human else "lines of mice"
    name = f"{group.name} ({which})"
    others = [alias for alias in dict.fromkeys((group.kind, *group.aliases)) if alias != group.name]
    aliases = [f"{alias} ({which})" for alias in others]
    aliases += [f"unknown {'human ' if group.human else ''}{group.name} line"]
    aliases += [] if group.human else [f"{alias} (mouse)" for alias in dict.fromkeys((group.name, *group.aliases))]
    common = Counter(parameters.about_line(line)["class"] for line in group.lines).most_common(1)[0][0]
    strain = ("NSG" if group.apart else "nude") if group.human else "unknown"
    shown = ", ".join(group.lines[:4]) + (f" and {len(group.lines) - 4} more" if len(group.lines) > 4 else "")
    lines = [f"{_quoted(name)}:", f"  aliases: [{', '.join(_quoted(a) for a in aliases)}]", f"  inherits: {common}"]
    lines.append(
        f"  about: {{strain: {strain}, tissue: {_quoted(group.name + (' (human)' if group.human else ''))}, "
        f"drawn_from: {{kind: {_quoted(f'{group.kind} {whose}')}, n: {len(group.lines)}}}}}"
    )
    lines.append("  values:")
    for key, how in declared["parameters"].items():
        lines.append(f"    {key}: {_row(group, key, how, spreads[key], shown, key in declared['own_uncertainty'])}")
    lines += [f"    {key}: {_assumed(row)}" for key, row in declared["assumed"].items()]
    return "\n".join(lines) + "\n"


def _row(group: LineGroup, name: str, how: str, pool: _Pool, shown: str, own: bool) -> str:
    values = _values(group, name, how)
    weight = 0.0 if group.apart else pool.weight
    n = len(values)
    centre = (values.sum() + weight * pool.centre) / (n + weight)
    variance = pool.within * (1.0 + 1.0 / (n + weight))
    if own:  # what is not known of each line is a part of what is not known of the next one
        variance += float(np.mean([_own_variance(line, name) for line in group.lines]))
    width = math.sqrt(variance) if how == "logit" else math.sqrt(math.expm1(variance))
    family = f"{{distribution: {'logit' if how == 'logit' else 'lognormal'}, width: {width:.2g}}}"
    spread = f"between_lines: {family}" + (", uncertainty: 0.0" if own else "")
    where = f"{n} of them ({shown}): mean on the {'logit' if how == 'logit' else 'log'} scale, drawn to all tissues"
    where += f" by the weight of {weight:.2g} lines; spread within a tissue"
    value = f"{_back(centre, how):.3g}"
    return f'{{value: {value}, spread: {{{spread}}}, source: {{kind: derived, cite: {CITED}, where: "{where}"}}}}'


def _own_variance(line: str, name: str) -> float:
    return math.log1p(_parameter(line, name).spread.uncertainty.width ** 2)


def _assumed(row: Mapping[str, Any]) -> str:
    law, source = row["spread"]["between_lines"], row["source"]
    drawn = f"{{distribution: {law['distribution']}, width: {law['width']}}}"
    told = f'{{kind: {source["kind"]}, note: "{source["note"]}"}}'
    return f"{{value: {row['value']}, spread: {{between_lines: {drawn}}}, source: {told}}}"


def _quoted(word: str) -> str:
    return f'"{word}"'


if __name__ == "__main__":
    raise SystemExit(main())
