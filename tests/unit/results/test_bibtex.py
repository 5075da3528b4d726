"""Citations as BibTeX: what a text says is in the right field, and LaTeX can read whatever it holds."""

from __future__ import annotations

import re

import pytest

from abscopal import parameters
from abscopal.errors import InputError
from abscopal.results.bibtex import Reference, to_bibtex


def fields(entry):
    return dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))


def test_an_article_has_its_fields():
    text = "Ganusov VV, De Boer RJ. Killing by CD8+ T cells & others. PLoS One 2011;6(3):e15959-64. doi:10.1371/x"
    (entry,) = to_bibtex([Reference("Ganusov2011", text, "10.1371/x")]).split("\n\n")
    assert entry.startswith("@article{Ganusov2011,\n")
    assert fields(entry) == {
        "author": "Ganusov, V. V. and De Boer, R. J.",
        "title": r"{Killing by CD8+ T cells \& others}",
        "journal": "PLoS One",
        "year": "2011",
        "volume": "6",
        "number": "3",
        "pages": "e15959--64",
        "doi": "10.1371/x",
    }


@pytest.mark.parametrize(
    ("text", "author", "journal"),
    [
        ("Takahashi Y et al. Oncotarget 2019;10:633-46", "Takahashi, Y. and others", "Oncotarget"),
        ("Kiefer & Straaten 1986, Phys Med Biol 31:1201 (tracks)", "{Kiefer} and {Straaten}", "Phys Med Biol"),
        ("O'Brien-Smith A-B et al. A 5 % rise? J Tests 2001", "O'Brien-Smith, A. B. and others", "J Tests"),
    ],
)
def test_other_usual_forms_are_articles_too(text, author, journal):
    entry = to_bibtex([Reference("x", text)])
    assert entry.startswith("@article{x,")
    assert (fields(entry)["author"], fields(entry)["journal"]) == (author, journal)


def test_what_is_no_article_keeps_its_whole_text():
    entry = to_bibtex([Reference("Label", "Imfinzi 50 mg/mL, label_2 (1,878 patients; 5 %)")])
    assert fields(entry) == {"title": r"{Imfinzi 50 mg/mL, label\_2 (1,878 patients; 5 \%)}"}
    assert entry.startswith("@misc{Label,")


def test_keys_and_works_stand_once():
    same = Reference("A b", "One. Two.")
    found = to_bibtex([same, same, Reference("Ab", "Three"), Reference("§", "Four {x} ~ \\ ^")])
    assert re.findall(r"@misc\{(.*),", found) == ["Ab", "Ab-2", "reference"]
    assert r"Four \{x\} \textasciitilde{} \textbackslash{} \textasciicircum{}" in found


def test_every_citation_of_the_parameters_is_read_whole():
    found = to_bibtex([Reference(key, text) for key, text in parameters.citations().items()])
    entries = found.split("\n\n")
    assert len(entries) == len(parameters.citations())
    assert found.count("{") == found.count("}")
    assert found.count("@article") > 0.7 * len(entries)
    for entry in entries:
        assert re.fullmatch(r"@(article|misc)\{[A-Za-z0-9:_-]+,\n(  \w+ = \{.+\},?\n)+\}\n?", entry), entry


def test_a_result_cites_what_it_rests_on(result):
    found = result.cite("bibtex")
    keys = re.findall(r"^@\w+\{(.*),$", found, re.MULTILINE)
    assert keys[0] == "abscopal"
    assert len(keys) == len(set(keys)) == len(result.cite())
    assert "doi = {10.1234/made.up}" in found
    with pytest.raises(InputError, match=r"unknown form 'bibtec'(?s:.*)'bibtex'"):
        result.cite("bibtec")
