from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from abscopal.report import StudyResult, render
from abscopal.report.render import as_script

HOSTILE = "</script><script>alert('x')</script>\"'><img src=x onerror=alert(1)> & {{ 7*7 }}"


class Page(HTMLParser):
    """Elements, scripts and visible text of a page."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.scripts, self.words, self._inside = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside.append(tag)
            self.scripts.append((dict(attrs), []))

    def handle_endtag(self, tag):
        if tag in ("script", "style"):
            self._inside.pop()

    def handle_data(self, data):
        if self._inside:
            self.scripts[-1][1].append(data)
        else:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    @property
    def figures(self):
        return {a["id"]: json.loads("".join(t)) for a, t in self.scripts if a.get("type") == "application/json"}


@pytest.fixture(scope="module")
def html(result):
    return render(result)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture(scope="module")
def hostile(synthetic):
    arms = ("Control", HOSTILE, "Carbon", "Both")
    sites = ("left", f"right {HOSTILE}")
    meta = synthetic.metadata(arms, sites, title=HOSTILE, question=HOSTILE, citation=HOSTILE, doi="javascript:alert(1)")
    meta["parameters"][0].update(
        {"name": HOSTILE, "meaning": HOSTILE, "note": HOSTILE, "kind": HOSTILE, "cite": HOSTILE}
    )
    meta["citations"][HOSTILE] = f'{HOSTILE} doi:10.1234/"><script>alert(1)</script>'
    meta["provenance"]["command"] = HOSTILE
    meta["timetable"][HOSTILE][0].update({"what": HOSTILE, "how_much": HOSTILE, "where": HOSTILE})
    meta["left_out"] = [{"id": HOSTILE, "reason": HOSTILE}]
    meta["published"][0]["note"] = HOSTILE
    data = synthetic.dataset(arms, sites)
    data["cd8"].attrs["long_name"] = HOSTILE
    data["cd8"].attrs["unit"] = HOSTILE
    return render(StudyResult.build(data, meta))


def test_the_page_is_one_file_of_moderate_size(html, page):
    assert len(html.encode()) < 6_000_000
    assert html.count("plotly.js v") <= 2
    for tag, attrs in page.elements:
        assert tag not in ("link", "iframe", "object", "embed", "base")
        assert "src" not in attrs or attrs["src"].startswith("data:")
    links = [a["href"] for t, a in page.elements if t == "a" and "href" in a]
    assert all(link.startswith(("#", "https://doi.org/10.")) for link in links)


def test_the_page_forbids_itself_the_network(page):
    policy = next(
        a["content"] for t, a in page.elements if t == "meta" and "content-security" in str(a.get("http-equiv")).lower()
    )
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "connect-src" not in policy


def test_every_answer_and_the_disclaimer_are_plain_text(page, result):
    assert page.text.count("Research software: never advice on a patient.") == 2
    for row in result.summary()["comparisons"]:
        assert row["sentence"].split(": ", 1)[1] in page.text


def test_key_numbers_are_readable_without_javascript(page, result):
    complete = result.arms[3].sites[1].responses["complete"]
    assert f"{100 * complete.value:.0f} % ({100 * complete.low:.0f} % to {100 * complete.high:.0f} %)" in page.text
    assert "29.4" in page.text
    assert "both antibodies on days 7, 10 and 13" in page.text
    assert "12 are assumed (26 %)" in page.text
    assert "abscopal run made_up.yaml --size 60" in page.text
    stills = [a["src"] for t, a in page.elements if t == "img"]
    assert len(stills) == 3


def test_unverified_outcomes_are_marked_and_not_counted(page):
    assert "from memory unverified" in page.text
    assert "The model agrees with 3 of 7 published outcomes that it can be tested on; 1 is compatible" in page.text
    assert "compatible (n = 5 to 15)" in page.text


def test_every_figure_has_its_place_and_its_data(page):
    places = {a["data-figure"] for t, a in page.elements if t == "div" and "data-figure" in a}
    assert {f"figure-{name}" for name in places} == set(page.figures)
    assert places == {"growth", "spider", "survival", "response", "readouts", "timetable", "why0", "why1", "why2"}


def test_hostile_names_open_no_element(hostile, html):
    def count(text, tag):
        return sum(t == tag for t, _ in Page(text).elements)

    for tag in ("script", "img", "style", "div"):
        assert count(hostile, tag) == count(html, tag), tag
    page = Page(hostile)
    handlers = [a for _, a in page.elements if any(name.startswith("on") for name in a)]
    assert not handlers
    assert HOSTILE.replace("  ", " ") in page.text
    assert "49" not in re.findall(r"\{\{ (.*?) \}\}", page.text)


def test_hostile_names_stay_text_inside_the_figures(hostile):
    page = Page(hostile)
    assert len(page.figures) == 9
    for figure in page.figures.values():
        assert "<script" not in json.dumps(figure)
        assert "<img" not in json.dumps(figure)


def test_only_a_doi_becomes_a_link(hostile):
    links = [a["href"] for t, a in Page(hostile).elements if t == "a" and "href" in a]
    assert not [link for link in links if not link.startswith(("#", "https://doi.org/10."))]
    assert not [link for link in links if "<" in link or '"' in link]


def test_a_bare_result_still_has_a_page(synthetic):
    data = synthetic.dataset(("A", "B"), ("flank",), subjects=2, failed=0)[["volume", "status"]]
    page = Page(render(StudyResult.build(data, {})))
    assert "names no arms to compare" in page.text
    assert {"figure-growth", "figure-spider"} == set(page.figures)


def test_the_report_is_the_same_for_the_same_result(html, result):
    assert render(result) == html


def test_figure_data_cannot_end_their_script_element():
    text = as_script({"name": "</script><!-- &amp;"})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"name": "</script><!-- &amp;"}
