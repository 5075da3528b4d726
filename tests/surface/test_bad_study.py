"""Bad study files: refused with line, key, what is allowed and one thing to do; all problems at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal import study
from abscopal.errors import InputError, Problem

EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"
GOOD = EXAMPLE.read_text(encoding="utf-8")


def _problems(*changes: tuple[str, str]) -> tuple[str, list[Problem]]:
    text = GOOD
    for old, new in changes:
        assert old in text, f"the example has no {old!r} any more"
        text = text.replace(old, new, 1)
    with pytest.raises(InputError) as caught:
        study.parse(text, "bad.yaml")
    return text, caught.value.problems


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


# What is changed, the key that is named, words of the message, words of what is allowed, words of the advice.
CASES = {
    "unknown key": (("tumour: LM8", "tumor: LM8"), "tumor", "unknown key", "tumour", "did you mean 'tumour'"),
    "unknown key deep inside": (
        ("dose_per_fraction: 5.3", "dose_per_fracton: 5.3"),
        "arms.Cion.radiation[0].dose_per_fracton",
        "unknown key",
        "dose_per_fraction",
        "did you mean 'dose_per_fraction'",
    ),
    "unit in the key": (
        ("volume_limit: 1500 mm3", "volume_limit_mm3: 1500"),
        "endpoints.survival.volume_limit_mm3",
        "unknown key",
        "volume_limit",
        "'volume_limit'",
    ),
    "missing unit": (
        ("5.3 Gy", "5.3"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "'5.3' has no unit",
        "absorbed dose",
        "'5.3 Gy'",
    ),
    "missing unit of a day": (("-9 d", "-9"), "sites.irradiated.inoculated", "'-9' has no unit", "time", "'-9 d'"),
    "RBE-weighted dose": (
        ("5.3 Gy", "16 Gy(RBE)"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "RBE-weighted dose",
        "absorbed dose",
        "divided by the RBE",
    ),
    "wrong dimension": (("50 keV/um", "50 Gy"), "arms.Cion.radiation[0].let", "absorbed dose", "LET", "check"),
    "dose in a wrong dimension": (("150 ug", "150 d"), "arms.P1C4.drugs[0].dose", "is in d", "200 ug", "ug"),
    "dose that the agent is not given in": (
        ("150 ug", "150 IU"),
        "arms.P1C4.drugs[0].dose",
        "not dosed in IU",
        "ug or mg/kg",
        "check",
    ),
    "negative dose": (
        ("5.3 Gy", "-5.3 Gy"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "negative",
        "at least 0",
        "check",
    ),
    "negative drug dose": (("150 ug", "-150 ug"), "arms.P1C4.drugs[0].dose", "negative", "at least 0", "check"),
    "not a number": (
        ("5.3 Gy", ".nan Gy"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "not a finite",
        "absorbed dose",
        "check",
    ),
    "1e400": (
        ("5.3 Gy", "1e400 Gy"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "not a finite",
        "absorbed dose",
        "check",
    ),
    "1e400 animals": (("size: 60", "size: 1e400"), "cohort.size", "not a whole number", "from 1", "digits"),
    "absurd but finite": (
        ("5.3 Gy", "1e300 Gy"),
        "arms.Cion.radiation[0].dose_per_fraction",
        "out of range",
        "at most",
        "check",
    ),
    "day before inoculation": (
        ("days: [-3 d, 0 d, 3 d]", "days: [-30 d, 0 d, 3 d]"),
        "arms.P1C4.drugs[0].days",
        "before the inoculation",
        "day -9 or later",
        "check",
    ),
    "fraction before its site is inoculated": (
        ("inoculated: -9 d", "inoculated: 1 d"),
        "arms.Cion.radiation[0].days",
        "before 'irradiated' is inoculated",
        "day 1 or later",
        "check",
    ),
    "drug not known": (
        ("agent: anti-PD-L1", "agent: anti-PDL2"),
        "arms.P1C4.drugs[0].agent",
        "unknown drug 'anti-PDL2'",
        "anti-CTLA-4",
        "'anti-PD-L1'",
    ),
    "tumour line not known": (("tumour: LM8", "tumour: LM9"), "tumour", "unknown tumour line", "4T1", "'LM8'"),
    "quality not known": (
        ("quality: carbon", "quality: carbn"),
        "arms.Cion.radiation[0].quality",
        "unknown radiation quality",
        "protons",
        "'carbon'",
    ),
    "immune status not known": (("immune: competent", "immune: nood"), "host.immune", "unknown", "scid", "'nude'"),
    "host change not known": (
        ("  Comb:\n", "  Comb:\n    host_changes: [CD8 depleton]\n"),
        "arms.Comb.host_changes[0]",
        "unknown host change",
        "Treg depletion",
        "'CD8 depletion'",
    ),
    "cell product not known": (
        ("  Comb:\n", "  Comb:\n    cells: [{product: CD8 T cell, number: 1e6 cells, route: iv, days: 1 d}]\n"),
        "arms.Comb.cells[0].product",
        "unknown cell product",
        "T cells",
        "did you mean",
    ),
    "two sites of one name": (("  distant:", "  irradiated:"), "sites.irradiated", "twice", "", "another name"),
    "two arms of one name": (("  Cion:", "  P1C4:"), "arms.P1C4", "twice", "", "another name"),
    "no control": (("control: NoTX\n", ""), "", "no control arm", "NoTX", "control: NoTX"),
    "control is no arm": (("control: NoTX", "control: Notx"), "control", "unknown arm", "NoTX", "'NoTX'"),
    "comparison of no arm": (("[Comb, NoTX]", "[Combo, NoTX]"), "compare[2]", "unknown arm", "Comb", "'Comb'"),
    "published arm that is not held": (
        ("better: Comb, worse: Cion", "better: Combo, worse: Cion"),
        "published[0].better",
        "unknown arm",
        "Comb",
        "left_out",
    ),
    "cohort of 0": (("size: 60", "size: 0"), "cohort.size", "out of range", "from 1", "allowed"),
    "half an animal": (("size: 60", "size: 1.5"), "cohort.size", "not a whole number", "from 1", "digits"),
    "fractions without days": (
        ("fractions: 1", "fractions: 3"),
        "arms.Cion.radiation[0].fractions",
        "3 fractions",
        "one day per fraction",
        "times: 3",
    ),
    "target not known": (
        ("target: irradiated", "target: iradiated"),
        "arms.Cion.radiation[0].target",
        "unknown site",
        "whole_body",
        "'irradiated'",
    ),
    "an ion without LET and energy": (
        ("        energy: 290 MeV/u\n        let: 50 keV/um\n", ""),
        "arms.Cion.radiation[0]",
        "carbon without `let`",
        "50 keV/um",
        "let",
    ),
    "energy of another quality": (
        ("290 MeV/u", "225 kV"),
        "arms.Cion.radiation[0].energy",
        "no energy of carbon",
        "MeV/u",
        "check",
    ),
    "day 0 is no fraction": (
        ("        days: 0 d", "        days: 1 d"),
        "clock",
        "but that is on day 1",
        "0 d for the first fraction",
        "clock: inoculation",
    ),
    "a day twice": (
        ("days: [-3 d, 0 d, 3 d]", "days: [0 d, 0 h, 3 d]"),
        "arms.P1C4.drugs[0].days",
        "twice",
        "every: 3 d",
        "once",
    ),
    "a repeat with a wrong key": (
        ("days: [-3 d, 0 d, 3 d]", "days: {from: 0 d, every: 3 d, time: 3}"),
        "arms.P1C4.drugs[0].days.time",
        "unknown key",
        "times",
        "'times'",
    ),
    "after the follow-up": (
        ("days: [-3 d, 0 d, 3 d]", "days: [0 d, 90 d]"),
        "arms.P1C4.drugs[0].days",
        "after the end of the follow-up",
        "day 60",
        "follow_up",
    ),
    "response before its baseline": (
        ("baseline: 0 d", "baseline: 60 d"),
        "endpoints.response.day",
        "not after its baseline",
        "later than day 60",
        "check",
    ),
    "survival of no site": (("of: any", "of: distal"), "endpoints.survival.of", "unknown site", "total", "'distant'"),
    "a share for a percentage": (("64 %", "0.64"), "published[2].value", "no unit", "percentage", "%"),
    "a parameter that does not exist": (
        ("compare:", "parameters: {no_such_rate: 1 1/d}\ncompare:"),
        "parameters.no_such_rate",
        "unknown parameter",
        "",
        "",
    ),
    "a list where a mapping belongs": (
        ("cohort: {size: 60, seed: 1, arms: shared}", "cohort: 60"),
        "cohort",
        "keys",
        "key: value",
        "docs",
    ),
    "months, which have no fixed length": (
        ("follow_up: 60 d", "follow_up: 2 months"),
        "follow_up",
        "unknown unit 'months'",
        "time",
        "write days, such as '61 d'",
    ),
    "a follow-up without unit": (("follow_up: 60 d", "follow_up: 60"), "follow_up", "no unit", "time", "'60 d'"),
    "days under another key": (
        ("        days: 0 d\n", "        day: 0 d\n"),
        "arms.Cion.radiation[0].day",
        "unknown key",
        "days",
        "did you mean 'days'",
    ),
    "no fraction at all": (
        ("        days: 0 d\n", "        days: {from: 0 d, every: 1 d, times: 0}\n"),
        "arms.Cion.radiation[0].days.times",
        "out of range",
        "1 to 1000",
        "write an allowed number",
    ),
    "no tumour line": (("tumour: LM8", ""), "tumour", "is missing", "LM8, LLC", "add `tumour: LM8`"),
    "a baseline before there is a tumour": (
        ("baseline: 0 d", "baseline: -20 d"),
        "endpoints.response.baseline",
        "day -20 is before the first inoculation on day -9",
        "day -9 or later",
        "with a tumour",
    ),
    "another version of the format": (("abscopal: 1", "abscopal: 2"), "abscopal", "out of range", "1", "allowed"),
}


@pytest.mark.parametrize("case", CASES, ids=lambda name: name.replace(" ", "-"))
def test_refused_with_place_allowed_and_advice(case: str) -> None:
    change, key, message, allowed, advice = CASES[case]
    _, problems = _problems(change)
    (problem,) = [p for p in problems if p.key == key and message in p.message] or [None]
    assert problem is not None, [p.format("bad.yaml") for p in problems]
    assert problem.line is not None
    assert allowed in problem.allowed
    assert advice in problem.advice
    assert problem.advice


# These break more than one thing: a name vanishes that others use, or a day moves past two others.
SEVERAL = ("two sites of one name", "two arms of one name", "fraction before its site is inoculated")


@pytest.mark.parametrize("case", [case for case in CASES if case not in SEVERAL])
def test_one_mistake_is_one_problem(case: str) -> None:
    """A mistake drags no other messages behind it, also where arms share the wrong part through an alias."""
    _, problems = _problems(CASES[case][0])
    assert len(problems) == 1, [p.format("bad.yaml") for p in problems]


PATIENT = """
abscopal: 1
study: patients
host: {species: human}
tumour: NSCLC
sites: {primary: {start_volume: {value: 45 cm3, day: 0 d}}}
arms:
  none: {}
  RT:
    radiation:
    - {quality: X-rays, dose_per_fraction: 1 Gy, days: {weekdays: 5, from: 0 d, times: 30}}
    - {quality: X-rays, dose_per_fraction: 1 Gy, days: {weekdays: 5, from: 0.01 d, times: 30}}
control: none
follow_up: 365 d
"""


@pytest.mark.parametrize(
    ("old", "new", "advice"),
    [
        ("tumour: NSCLC", "tumour: NSCLS", "did you mean 'NSCLC'"),
        ("weekdays: 5, from: 0 d", "weekdays: 9, from: 0 d", "write an allowed number"),
        ("follow_up: 365 d", "follow_up: 24 months", "such as '730 d'"),
        ("follow_up: 365 d", "follow_up: 2 years", "such as '730 d'"),
        ("follow_up: 365 d", "follow_up: 1 Month", "such as '30 d'"),
    ],
)
def test_a_mistake_about_patients_is_one_problem_too(old: str, new: str, advice: str) -> None:
    study.parse(PATIENT)
    with pytest.raises(InputError) as caught:
        study.parse(PATIENT.replace(old, new, 1))
    (problem,) = caught.value.problems
    assert advice in problem.advice


def test_a_default_that_is_copied_from_a_wrong_value_is_no_second_problem() -> None:
    _, (problem,) = _problems(("follow_up: 60 d", "follow_up: 60"), ("day: 60 d, baseline", "baseline"))
    assert problem.key == "follow_up"


def test_what_is_allowed_fits_on_a_screen() -> None:
    _, (problem,) = _problems(("tumour: LM8", ""))
    assert len(problem.allowed) < 800


def test_all_problems_at_once_each_on_its_line() -> None:
    changes = (
        ("tumour: LM8", "tumor: LM8"),
        ("inoculum: 1e6 cells", "inoculum: 1e6"),
        ("agent: anti-PD-L1", "agent: anti-PDL2"),
        ("dose_per_fraction: 5.3 Gy", "dose_per_fraction: 5.3 Gy(RBE)"),
        ("target: irradiated", "target: leg"),
        ("control: NoTX", "control: none"),
        ("size: 60", "size: 0"),
        ("[Comb, NoTX]", "[Comb, Foo]"),
        ("value: 64 %", "value: 164 %"),
    )
    text, problems = _problems(*changes)
    lines = {problem.line for problem in problems}
    wanted = {_line_of(text, new) for _, new in changes if new != "target: leg"}
    assert wanted <= lines
    shown = str(InputError(problems, "bad.yaml"))
    assert all(f"bad.yaml:{line}: " in shown for line in wanted)
    assert [p.line for p in problems] == sorted(p.line for p in problems if p.line is not None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        ("a: [\n", "YAML syntax"),
        ("just words", "not a study"),
        ("abscopal: 1\n", "'tumour' is missing"),
        ("arms: 3\nsites: []\nhost: mouse\nendpoints: [1]\npublished: x\ncompare: x\n", "not a mapping of names"),
    ],
)
def test_files_that_are_no_study(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        study.parse(text, "bad.yaml")
    assert all(problem.advice for problem in caught.value.problems)


def test_load_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("size: 60", "size: 0"), encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.yaml:") as caught:
        study.load(path)
    assert caught.value.path == str(path)
    for bad in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(InputError):
            study.load(bad)


def test_the_example_itself_is_good() -> None:
    assert study.parse(GOOD).control == "NoTX"
