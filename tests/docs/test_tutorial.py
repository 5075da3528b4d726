"""The tutorial says what the program does: every figure of it is read from the runs that it tells to make."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from abscopal import study as studies

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "tutorial.md").read_text(encoding="utf-8")
# Figures that the program does not make: the sentence, and what it quotes.
QUOTED = {
    "64 % complete remissions were published": "complete_response of Comb in the example file",
    "and 20 % for the antibodies alone": "complete_response of P1C4 in the example file",
}
CHANCE = 3.0  # of a share of 60 mice [percentage points]: two mice more or less
SOLVER = 0.03  # of any other number, relative


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tutorial_figures", DOCS / "scripts" / "tutorial_figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tutorial_figures"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tutorial() -> ModuleType:
    return script()


@pytest.mark.slow
def test_every_number_is_the_programs(tutorial: ModuleType) -> None:
    wrong = {}
    for sentence, rule in tutorial.NUMBERS.items():
        (found,) = tutorial.pattern(sentence).finditer(PAGE)
        said, true = float(found["number"]), rule()
        if said != pytest.approx(true, abs=CHANCE if "%" in sentence else 0.1, rel=SOLVER):
            wrong[sentence] = (said, round(true, 2))
    assert not wrong, "run docs/scripts/tutorial_figures.py and read the words around these numbers again"


def test_no_figure_stands_there_unchecked(tutorial: ModuleType) -> None:
    checked = {found.start("number") for s in tutorial.NUMBERS for found in tutorial.pattern(s).finditer(PAGE)}
    for sentence in QUOTED:
        (found,) = re.finditer(r"\s+".join(map(re.escape, sentence.split())), PAGE)
        checked.add(next(re.finditer(r"\d+", PAGE[found.start() :])).start() + found.start())
    shares = {found.start(): found[0] for found in re.finditer(r"\d+(?:\.\d+)?(?=\s+%)", PAGE)}
    assert {where: text for where, text in shares.items() if where not in checked} == {}


@pytest.mark.slow
def test_its_words_are_those_of_the_report(tutorial: ModuleType) -> None:
    """Order of the arms, verdicts, what a switch changes: the sentences without a number."""
    cured = tutorial.cured
    assert cured("Comb", "distant") > cured("P1C4", "distant") > cured("Cion", "distant")
    assert cured("Comb", "irradiated") > cured("P1C4", "irradiated") > cured("Cion", "irradiated")
    # "The order is right and both are lower", "compatible, no more".
    assert cured("Comb", "distant") < 64
    assert cured("P1C4", "distant") < 20
    assert [tutorial.rate(arm)["verdict"] for arm in ("Comb", "P1C4")] == ["compatible", "compatible"]
    pairs = [(metric, worse) for metric in ("abscopal", "survival") for worse in ("P1C4", "Cion")]
    verdicts = {pair: tutorial.outcome(pair[0], "Comb", pair[1])["verdict"] for pair in pairs}
    against_drugs = {("abscopal", "P1C4"): "compatible", ("survival", "P1C4"): "disagrees"}
    assert verdicts == {pair: against_drugs.get(pair, "agrees") for pair in pairs}
    assert "(p = 0.0392)" in tutorial.outcome("abscopal", "Comb", "P1C4")["published"]
    assert "(p = 0.0009)" in tutorial.outcome("survival", "Comb", "P1C4")["published"]
    # "They hardly delay" the distant tumours.
    arms = {arm["name"]: arm for arm in tutorial.summary()["arms"]}
    (distant,) = (site for site in arms["Cion"]["sites"] if site["site"] == "distant")
    assert distant["growth_delay_days"]["value"] < 3
    # "The first rows are all about the irradiated tumour."
    (comparison,) = (c for c in tutorial.summary()["comparisons"] if (c["a"], c["b"]) == ("Comb", "P1C4"))
    assert {row["site"] for row in comparison["mediators"][:5]} == {"irradiated"}


@pytest.mark.slow
def test_its_switches_do_what_it_says(tutorial: ModuleType) -> None:
    assert set(tutorial.RUNS) - {"as it is"} == set(re.findall(r"-o out-\S+ (--.*)", PAGE))
    # "Without memory cells the distant tumours fare alike, and a few irradiated ones more are left."
    for arm in ("Comb", "P1C4", "Cion"):
        assert tutorial.cured(arm, "distant", "--without memory") == tutorial.cured(arm, "distant")
        assert 0.0 <= tutorial.cured(arm, "irradiated") - tutorial.cured(arm, "irradiated", "--without memory") < 5.0
    # "No tumour cell makes interferon."
    signal = tutorial.result("--without damage_sensing").data
    assert "interferon" not in signal or float(signal["interferon"].max()) == 0.0
    for arm in ("Comb", "P1C4"):
        usual_share = tutorial.cured(arm, "distant")
        assert tutorial.cured(arm, "distant", "--without damage_sensing") < usual_share, arm
        assert tutorial.cured(arm, "distant", "--set 'pd1_inhibition=0.95'") <= usual_share, arm


def test_the_file_it_shows_is_the_example() -> None:
    shown = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    small = studies.parse(f"abscopal: 1\nstudy: shown\n{shown[1]}")
    whole = studies.load(DOCS.parent / "examples" / "takahashi2019_lm8.yaml")
    for part in ("host", "tumour", "clock", "sites", "arms", "control"):
        assert getattr(small, part) == getattr(whole, part), part
