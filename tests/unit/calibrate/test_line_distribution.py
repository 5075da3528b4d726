"""The distributions of unknown lines: made of the known ones, wide where few are known."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from abscopal import parameters
from abscopal.calibrate import line_distribution


def _made() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(line_distribution.text())
    return found


def test_every_distribution_has_an_entry_and_lies_among_its_lines() -> None:
    made = _made()
    assert set(made) == {name for name in parameters.lines() if "drawn_from" in parameters.about_line(name)}
    lines = [parameters.values_of("lines", name)["doubling_time"].value for name in ("CT26", "MC38")]
    colon = made["colon (unknown line)"]["values"]["doubling_time"]["value"]
    assert 0.7 * min(lines) < colon < 1.5 * max(lines)


def test_no_distribution_is_made_of_itself_or_of_patients() -> None:
    known = {False: 0, True: 0}
    for row in _made().values():
        human = "human" in row["about"]["tissue"]
        known[human] = max(known[human], row["about"]["drawn_from"]["n"])
    of_mice = [name for name in parameters.lines() if parameters.host_of(name) == "mouse"]
    drawn = [name for name in of_mice if "drawn_from" in parameters.about_line(name)]
    assert sum(known.values()) < len(of_mice) - len(drawn)


def test_few_lines_leave_more_open_than_many() -> None:
    made = _made()

    def width(tissue: str) -> float:
        value: float = made[tissue]["values"]["antigenicity"]["spread"]["between_lines"]["width"]
        return value

    assert width("kidney (unknown line)") > width("breast (unknown line)") > 0.1
