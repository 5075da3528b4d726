"""Decimal commas inside braces and brackets, where YAML ends a value at them: `{dose: 8,5 Gy}`, `[0 d, 1,5 d]`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from abscopal.numerals import advice_for, rewritten

_BARE = re.compile(r"[+\-−]?\d[\d.'’ \u00a0\u2007\u2009\u202f]*")
_GOES_ON = re.compile(r"\d")
_HAS_UNIT = re.compile(r"\d[\d.,]*(?:[eE][+\-]?\d+)?\s*\D")


@dataclass(frozen=True)
class CutNumber:
    """A number that YAML has cut at its comma: the node it began with, its whole text, and the advice."""

    node: Any
    text: str
    advice: str

    @property
    def meant(self) -> str:
        """The number that is meant, with a decimal point; the whole text where it is no number."""
        return (*rewritten(self.text), self.text)[0]


def cut_in_mapping(pairs: list[tuple[Any, Any]]) -> Iterator[tuple[int, int, CutNumber]]:
    """Numbers cut inside braces: position of the pair they begin in, and of the first pair after them.

    Parameters
    ----------
    pairs : key and value nodes of a mapping in braces; what stands after a comma is a key without a value.
    """
    i = 0
    while i < len(pairs):
        after = i + 1
        if _is_bare(pairs[i][1]):
            while after < len(pairs) and _is_rest(*pairs[after]):
                after += 1
        if after > i + 1:
            parts = [pairs[i][1].value, *(key.value for key, _ in pairs[i + 1 : after])]
            yield i, after, _cut(pairs[i][1], parts)
        i = after


def cut_in_sequence(items: list[Any]) -> Iterator[tuple[int, int, CutNumber]]:
    """Numbers cut inside brackets: position of the item they begin in, and of the first item after them."""
    i = 0
    while i < len(items):
        after = i + 1
        while after < len(items) and _is_bare(items[after - 1]) and _continues(items[after]):
            apart = _gap(items[after - 1], items[after]) > 1
            if apart and (after > i + 1 or not _HAS_UNIT.match(str(items[after].value))):
                break
            after += 1
            if apart:
                break
        if after > i + 1:
            parts = [item.value for item in items[i:after]]
            several = _gap(items[i], items[i + 1]) > 1 or not _HAS_UNIT.match(parts[-1])
            yield i, after, _cut(items[i], parts, several)
        i = after


def _is_scalar(node: Any) -> bool:
    return type(node).__name__ == "ScalarNode" and node.style is None


def _is_bare(node: Any) -> bool:
    """A number without a unit."""
    return _is_scalar(node) and _BARE.fullmatch(str(node.value)) is not None


def _continues(node: Any) -> bool:
    return _is_scalar(node) and _GOES_ON.match(str(node.value)) is not None


def _is_rest(key: Any, value: Any) -> bool:
    return _continues(key) and _is_scalar(value) and value.start_mark.index == value.end_mark.index


def _gap(first: Any, second: Any) -> int:
    """Characters between two items; 1 is the comma alone."""
    return int(second.start_mark.index - first.end_mark.index)


def _cut(node: Any, parts: list[str], several: bool = False) -> CutNumber:
    """The number of these parts; `several` if they may as well be as many numbers."""
    text = ",".join(parts)
    each = ", ".join(part if _HAS_UNIT.match(part) else f"{part} {_unit(parts[-1])}" for part in parts)
    advice = advice_for(text)
    if not advice:
        return CutNumber(node, text, f"write a unit after each number, such as [{each}]; decimals have a point")
    return CutNumber(node, text, f"{advice}; or [{each}] if several are meant" if several else advice)


def _unit(last: str) -> str:
    found = re.fullmatch(r"[\d.,]+(?:[eE][+\-]?\d+)?\s*(.*)", last, re.DOTALL)
    return (found.group(1) if found else "") or "d"
