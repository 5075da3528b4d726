"""Names of sites and arms: one name is one thing, however it is typed."""

from __future__ import annotations

import unicodedata

import pytest

from abscopal import study
from abscopal.errors import InputError

TEXT = """abscopal: 1
study: names
tumour: CT26
sites:
  {site}: {{inoculum: 5e5 cells, inoculated: -9 d}}
  second: {{inoculum: 5e5 cells, inoculated: -7 d}}
arms:
  untreated: {{}}
  {arm}: {{radiation: [{{quality: X-rays, dose_per_fraction: 8 Gy, days: 0 d, target: {target}}}]}}
control: {control}
"""


def _text(site: str = "first", arm: str = "treated", target: str = "first", control: str = "untreated") -> str:
    return TEXT.format(site=site, arm=arm, target=target, control=control)


def _refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        study.parse(text, "f.yaml")
    return str(caught.value)


@pytest.mark.parametrize("site", ["second", '"second "', '" second"', '"second\\t"', '"second\\u00a0"'])
def test_two_sites_of_one_name_are_told_with_both_lines(site: str) -> None:
    told = _refused(_text(site=site, target="second"))
    assert "f.yaml:6: sites.second" in told
    assert "first on line 5" in told


@pytest.mark.parametrize("arm", ["untreated", '"untreated "', "'untreated  '"])
def test_two_arms_of_one_name_are_told_with_both_lines(arm: str) -> None:
    told = _refused(_text(arm=arm))
    assert "f.yaml:9: arms.untreated" in told
    assert "first on line 8" in told


def test_composed_and_decomposed_letters_are_one_name() -> None:
    one, other = unicodedata.normalize("NFC", "tumör"), unicodedata.normalize("NFD", "tumör")
    assert one != other
    assert "written twice" in _refused(_text(site=one, target=one).replace("second", other))
    chosen = study.parse(_text(site=other, target=one, arm=other, control=f'" {one} "'))
    assert chosen.site(one).name == chosen.arms[1].radiation[0].target[0] == chosen.control == one


@pytest.mark.parametrize("target", ["[first, first]", '[first, "first "]', "[second, first, second]"])
def test_a_target_named_twice_is_refused(target: str) -> None:
    assert "is named twice, first on line 9" in _refused(_text(target=target))


def test_a_comparison_given_twice_is_refused() -> None:
    pairs = "compare:\n  - [treated, untreated]\n  - [treated, 'untreated ']\n"
    assert "compared twice, first on line 12" in _refused(_text() + pairs)


@pytest.mark.parametrize(
    ("code", "name"), [("200b", "U+200B"), ("feff", "U+FEFF"), ("00ad", "U+00AD"), ("2060", "U+2060")]
)
def test_a_name_holds_nothing_that_nobody_sees(code: str, name: str) -> None:
    for text in (_text(site=f'"fir\\u{code}st"'), _text(arm=f'"tre\\u{code}ated"')):
        assert f"U+{code.upper()}" in _refused(text)


@pytest.mark.parametrize("name", ["any", "Total", "all", "whole_body", "whole body", "WHOLE BODY"])
def test_words_that_stand_for_sites_name_none(name: str) -> None:
    assert "a meaning of its own" in _refused(_text(site=name, target="second"))


@pytest.mark.parametrize("word", ["null", "Null", "~", "NULL"])
def test_an_arm_and_a_site_may_be_called_what_yaml_reads_as_nothing(word: str) -> None:
    chosen = study.parse(_text(site=word, target=f"[{word}, second]", arm="x", control="x").replace("untreated", word))
    assert [site.name for site in chosen.sites] == [word, "second"]
    assert chosen.arms[1].radiation[0].target == (word, "second")
    assert chosen.arms[0].name == word
    by_name = study.parse(_text(arm=word, control=word) + f"compare: [[untreated, {word}]]\n")
    assert by_name.control == by_name.compare[0].against == word


def test_a_control_that_is_nothing_is_missing() -> None:
    assert "no control arm is named" in _refused(_text(control="null"))


@pytest.mark.parametrize(
    "word", ["yes", "no", "on", "off", "true", "1e3", "0o17", "007", "2020-01-01", "1_000", ".inf"]
)
def test_a_name_is_the_text_that_was_typed(word: str) -> None:
    chosen = study.parse(_text(site=word, target=word, arm=f"{word}x", control=f"{word}x"))
    assert chosen.sites[0].name == chosen.arms[1].radiation[0].target[0] == word


def test_names_from_python_are_compared_alike() -> None:
    site = {"inoculum": "5e5 cells", "inoculated": "-9 d"}
    data = {"abscopal": 1, "study": "x", "tumour": "CT26", "control": " a", "arms": {"a ": {}}}
    assert study.from_dict({**data, "sites": {"one": site}}).control == "a"
    with pytest.raises(InputError, match="twice"):
        study.from_dict({**data, "sites": {"one": site, "one ": site}})
    with pytest.raises(InputError, match="no key"):
        study.from_dict({**data, "sites": {"one": site, None: site}})
    made = study.from_dict({**data, "sites": {"one": site}})
    with pytest.raises(ValueError, match="twice"):
        study.Study.model_validate({**dict(made), "arms": (made.arms[0], made.arms[0])})
