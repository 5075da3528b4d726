"""A conversion as a study file that people read: units, and a comment wherever something was filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from abscopal.evidence.conversion import Conversion, ConvertedClaim
from abscopal.evidence.records import Record
from abscopal.vocabulary import comparable

_SIMPLE = re.compile(r"-?[A-Za-z0-9](?:[\w .+/%^-]*[\w+%])?", re.ASCII)
_NOT_TEXT = ("null", "true", "false", "yes", "no", "on", "off")
# Small mappings that read better on one line.
_ON_ONE_LINE = ("start_volume", "days", "cohort", "source")
_LONGEST_NAME = 80
_WIDTH = 118


def study_text(conversion: Conversion, record: Record) -> str:
    """The study of a conversion as the text of a study file, with what is not covered as comments.

    Only comments if the conversion has no study.
    """
    lines = [f"# {text}" for text in _header(conversion, record)]
    if conversion.study is not None:
        written = dict(conversion.written)
        published = [_published(record, c, conversion) for c in conversion.claims if c.covered]
        left_out = _left_out(conversion, record)
        written |= {key: rows for key, rows in (("published", published), ("left_out", left_out)) if rows}
        why = {key: text for key, _, text in conversion.filled}
        lines += _mapping(written, "", 0, why)
    return "\n".join(lines) + "\n"


def uncovered(conversion: Conversion) -> list[str]:
    """What of a record the study does not hold, a line each: arms, then claims."""
    rows = [f"arm {arm}: {reason}" for arm, reason in conversion.not_covered.items()]
    return rows + [f"claim {claim.claim_id}: {claim.reason}" for claim in conversion.claims if not claim.covered]


def _header(conversion: Conversion, record: Record) -> Iterator[str]:
    yield f"{record.citation or record.id}, tumour {conversion.line}"
    filled = f"gaps filled from the declared set {conversion.defaults_id}"
    yield f"Converted by abscopal from the record {record.id}; {filled}, marked `filled` below."
    if conversion.study is None:
        yield f"Nothing of it can be simulated: {conversion.reason}"
    else:
        given = set(_paths(conversion.written, ""))
        for key, value, why in conversion.filled:
            if key not in given:
                yield f"filled: {key} = {value}: {why}"
        yield f"Group size of the experiment taken as {conversion.group_size} per arm; the cohort below is larger."
    missing = uncovered(conversion)
    if missing:
        yield "Not covered:"
        yield from (f"  {_one_line(row)}" for row in missing)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _published(record: Record, covered: ConvertedClaim, conversion: Conversion) -> dict[str, Any]:
    """A claim as a study file has it, with the site and the readout that it is asked of in the score."""
    claim, study = record.claim(covered.claim_id), conversion.study
    row: dict[str, Any] = {
        "claim": claim.id[:_LONGEST_NAME],
        "metric": claim.metric[:_LONGEST_NAME],
        "better": conversion.arms[claim.better_arm],
        "worse": conversion.arms[claim.worse_arm],
        "relation": claim.relation,
        "basis": claim.basis,
        "discriminating": claim.discriminating,
    }
    if study is not None and covered.site in [site.name for site in study.sites]:
        row["site"] = covered.site
    if covered.readout not in (None, "volume"):
        row["readout"] = covered.readout
    return {**row, "p": claim.p} if claim.p else row


def _left_out(conversion: Conversion, record: Record) -> list[dict[str, Any]]:
    rows = []
    for arm, reason in conversion.not_covered.items():
        claims = [c.id[:_LONGEST_NAME] for c in record.claims if arm in (c.better_arm, c.worse_arm)]
        rows.append({"arm": arm[:_LONGEST_NAME], "reason": reason, **({"claims": claims} if claims else {})})
    return rows


def _paths(value: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(value, Mapping):
        for key, content in value.items():
            yield from _paths(content, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for i, content in enumerate(value):
            yield from _paths(content, f"{path}[{i}]")


def _mapping(data: Mapping[str, Any], path: str, depth: int, why: Mapping[str, str]) -> list[str]:
    pad, lines = "  " * depth, []
    for key, value in data.items():
        here = f"{path}.{key}" if path else str(key)
        comment = f"  # filled: {_one_line(why[here])}" if here in why else ""
        if isinstance(value, Mapping) and value and key not in _ON_ONE_LINE and not _is_flat(value, here, why):
            lines += [f"{pad}{_scalar(key)}:{comment}", *_mapping(value, here, depth + 1, why)]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            lines.append(f"{pad}{_scalar(key)}:{comment}")
            lines += _items(value, here, depth + 1, why)
        else:
            lines.append(f"{pad}{_scalar(key)}: {_flow(value)}{comment}")
    return lines


def _items(rows: list[Mapping[str, Any]], path: str, depth: int, why: Mapping[str, str]) -> list[str]:
    lines = []
    for i, row in enumerate(rows):
        here = f"{path}[{i}]"
        if _is_flat(row, here, why):
            lines.append(f"{'  ' * depth}- {_flow(row)}")
            continue
        inside = _mapping(row, here, depth + 1, why)
        lines.append(f"{'  ' * depth}- {inside[0].lstrip()}")
        lines += inside[1:]
    return lines


def _is_flat(row: Mapping[str, Any], path: str, why: Mapping[str, str]) -> bool:
    """Whether a mapping fits on one line: short, nothing filled in inside, no lists of mappings."""
    if any(f"{path}.{key}" in why for key in row) or any(isinstance(v, Mapping) for v in row.values()):
        return False
    if any(isinstance(v, list) and v and isinstance(v[0], Mapping) for v in row.values()):
        return False
    return len(_flow(row)) < _WIDTH


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value)
    if _SIMPLE.fullmatch(text) and comparable(text) not in _NOT_TEXT:
        return text
    return json.dumps(text, ensure_ascii=False)
