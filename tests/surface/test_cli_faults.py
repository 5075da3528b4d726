"""Faults that newcomers met: `check` and `run` answer each alike, in words, and never with a number that is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Abscopal = Callable[..., Any]

HEAD = """abscopal: 1
study: fault
tumour: CT26
sites:
  primary: {inoculum: 5e5 cells, inoculated: -9 d}
"""
COURSE = "{quality: X-rays, energy: 225 kV, dose_per_fraction: 8 Gy, days: 0 d, target: primary}"
REST = f"""arms:
  untreated: {{}}
  treated: {{radiation: [{COURSE}]}}
control: untreated
cohort: {{size: 2, seed: 3}}
follow_up: 20 d
"""
SECOND = "  {}: {{inoculum: 5e5 cells, inoculated: -7 d}}\n"

REFUSED = {
    "site twice": (HEAD + SECOND.format('"primary "') + REST, "'primary' is written twice, first on line 5"),
    "arm twice": (HEAD + REST.replace("control", '  " treated": {}\ncontrol', 1), "'treated' is written twice"),
    "target twice": (HEAD + REST.replace("target: primary", "target: [primary, primary]"), "named twice"),
    "decimal comma": (HEAD + REST.replace("8 Gy", "8,5 Gy"), "write '8.5 Gy'"),
    "decimal comma of a day": (HEAD + REST.replace("days: 0 d", "days: [0 d, 1,5 d]"), "write '1.5 d'"),
    "a key in brackets": ("(name): x\n", "(name): unknown key '(name)'"),
    "a key in brackets below": (HEAD + REST.replace("radiation", "(name): x, radiation"), "unknown key '(name)'"),
    "an escape in a title": (HEAD + 'title: "\\e[31mred"\n' + REST, "control character U+001B"),
    "UTF-16": ((HEAD + REST).encode("utf-16"), "UTF-8"),
    "deep nesting": ("a: " + "[" * 5000, "nested"),
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("command", ["check", "run"])
def test_what_cannot_be_meant_is_refused_in_words(run: Abscopal, command: str, what: str) -> None:
    text, words = REFUSED[what]
    Path("fault.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    done = run(command, "fault.yaml")
    assert done.code == 2
    assert words in " ".join(done.err.split())
    assert "fault.yaml" in done.err
    assert "Traceback" not in done.err + done.out
    assert all(c.isprintable() or c == "\n" for c in done.err)
    assert not Path("out").exists()


def test_set_with_a_decimal_comma_leads_to_the_point(run: Abscopal) -> None:
    Path("fault.yaml").write_text(HEAD + REST, encoding="utf-8")
    done = run("check", "fault.yaml", "--set", "doubling_time=2,5 d")
    assert done.code == 2
    assert "write '2.5 d'" in done.err


@pytest.mark.slow
def test_an_arm_called_null_is_run(run: Abscopal) -> None:
    Path("null.yaml").write_text(HEAD + REST.replace("untreated", "null"), encoding="utf-8")
    for command in ("check", "run"):
        done = run(command, "null.yaml", "--without", " memory ")
        assert done.code == 0, done.err
        assert "null" in done.out


@pytest.mark.slow
def test_a_study_whose_every_animal_fails_exits_1_and_says_why(run: Abscopal) -> None:
    site = "{inoculum: 1e9 cells, inoculated: -40 d, start_volume: {value: 5 mm3, day: 18 d}}"
    Path("fails.yaml").write_text(
        HEAD.replace("{inoculum: 5e5 cells, inoculated: -9 d}", site) + REST, encoding="utf-8"
    )
    check = run("check", "fails.yaml")
    assert "no number of cells gives the start volume" in check.err
    done = run("run", "fails.yaml")
    assert done.code == 1
    assert "no animal of any arm could be simulated: the tumour cannot have the start volume" in done.err
    assert "nan" not in (done.out + done.err).lower()


@pytest.mark.slow
def test_remarks_are_in_check_on_the_screen_of_run_and_in_the_report(run: Abscopal) -> None:
    Path("odd.yaml").write_text(HEAD + "host: {strain: C57BL/6}\n" + REST.replace("8 Gy", "80 Gy"), encoding="utf-8")
    remarks = ("80 Gy in one fraction is more than 40 Gy", "comes from BALB/c mice")
    outputs = [run("check", "odd.yaml").err, run("run", "odd.yaml").err]
    outputs.append(Path("out/fault/report.html").read_text(encoding="utf-8"))
    assert all(remark in output for remark in remarks for output in outputs)
