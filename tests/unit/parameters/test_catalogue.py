"""The catalogue as data: complete declarations, real citations, inheritance, names; nothing declared for nothing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import pytest

from abscopal import parameters, radiation, units
from abscopal.errors import InputError
from abscopal.model import MECHANISMS, CellProduct, Drug, Field, Plan, assemble
from abscopal.parameters import SOURCE_KINDS, Parameter, Source
from abscopal.parameters.distribution import AROUND

KINDS = ("lines", "classes", "agents", "products", "hosts", "species", "body_sites")
SITES = ("a", "b")
# Everything the model can be asked for, in one plan.
WHOLE = Plan(
    sites=SITES,
    fields=(
        Field("x", ("a",), "photon", 2.0, node=True),
        Field("c", ("a",), "carbon", 50.0, measured_pair=(0.9, 0.0, "Ogata2005")),
        Field("c2", ("b",), "carbon", 13.0),
        Field("h", ("a",), "helium", 10.0, body_site="lung"),
        Field("p", SITES, "proton", 3.0, whole_body=True),
        Field("s", ("a",), "photon", 3.0, continuous=True, seeds=True),
    ),
    drugs=tuple(
        Drug(name, parameters.agent(name).about["target"], ("ip", "iv")) for name in sorted(parameters.agents())
    ),
    products=tuple(
        CellProduct(name, parameters.product(name).about["adds_to"], ("blood",)) for name in parameters.products()
    ),
    host="human",
)
# Declared, but used by no model yet: each with the reason.
UNUSED: dict[str, str] = {}
# Works that no value rests on, but that a note or a mechanism's text names.
NAMED_IN_WORDS = (
    "Stensjoen2015",
    "Arina2019",
    "Seedhom2009",
    "Selby2013",
    "Liang2017",
    "Matsumura2010",
    "Mondini2019",
    "Wisdom2019",
    "Jeong2017",
    "Fuertes2011",
    "Ganusov2011",
    "Hoekstra2020",
    "Simpson2013",
)


def _names(kind: str) -> tuple[str, ...]:
    if kind == "classes":
        return ("hot", "intermediate", "cold")
    listing: dict[str, Callable[[], tuple[str, ...]]] = {
        "lines": parameters.lines,
        "agents": parameters.agents,
        "products": parameters.products,
        "hosts": parameters.host_changes,
        "species": parameters.species,
        "body_sites": parameters.body_sites,
    }
    return listing[kind]()


def _everything() -> Iterator[tuple[str, Parameter]]:
    yield from parameters.shared().items()
    for kind in ("lines", "classes", "agents", "products"):
        for name in _names(kind):
            yield from ((f"{name}.{key}", p) for key, p in parameters.values_of(kind, name).items())


@pytest.mark.parametrize(("name", "declared"), list(_everything()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_declaration_is_complete(name: str, declared: Parameter) -> None:
    assert declared.symbol.strip()
    assert len(declared.meaning.split()) >= 2
    assert declared.mechanism in {*MECHANISMS, "circulation", "cell_kill", parameters.RADIATION}
    assert math.isfinite(declared.value)
    low, high = declared.bounds
    assert low <= declared.value <= high, f"{declared.value} is not in {declared.bounds}"
    assert low < high
    # The unit is one that a person could write on the command line.
    assert units.parse_quantity(f"{declared.value!r} {declared.unit}", declared.unit) == pytest.approx(declared.value)


@pytest.mark.parametrize(("name", "declared"), list(_everything()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_source_says_where_the_value_is_from(name: str, declared: Parameter) -> None:
    source = declared.source
    assert source.kind in SOURCE_KINDS
    if source.kind == "assumed":
        assert len(source.note.split()) >= 2, "an assumption needs a sentence"
    else:
        assert source.cite in parameters.citations()
        assert source.where.strip(), "a citation needs its place in the work"
    assert not source.cite or source.cite in parameters.citations()


@pytest.mark.parametrize(("name", "declared"), list(_everything()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_spread_can_be_drawn(name: str, declared: Parameter) -> None:
    assert declared.spread.between_subjects.family in AROUND
    for distribution in (declared.spread.between_subjects, declared.spread.uncertainty, declared.spread.between_lines):
        assert distribution.family in (*AROUND, "uniform")
        # a log-normal with a standard deviation of 1 on its scale, as lines differ in antigenicity, has a CV of 1.3
        assert 0.0 <= distribution.width < 1.5
        if distribution.family == "logit":
            assert 0.0 < declared.value < 1.0
            assert declared.bounds[0] >= 0.0
            assert declared.bounds[1] <= 1.0
        if distribution.family == "uniform":
            assert declared.bounds[0] <= distribution.low <= declared.value <= distribution.high
            assert distribution.high <= declared.bounds[1]


def test_every_citation_is_used_and_says_author_and_year() -> None:
    used = {p.source.cite for _, p in _everything()}
    for name in parameters.lines():
        used |= {row["cite"] for row in parameters.about_line(name).get("ion_lq", ())}
        used |= {row.get("source", {}).get("cite") for row in parameters.about_line(name).get("antigens", {}).values()}
    for kind in ("species", "agents", "products", "body_sites"):  # what holds in a patient only
        for name in _names(kind):
            used |= {p.source.cite for p in parameters.values_of(kind, name, "human").values()}
    used |= {p.source.cite for p in radiation.constants().values()}
    for model in radiation.complication_models().values():
        used |= {p.source.cite for p in model.coefficients.values()}
    for tissue in radiation.regrowing_tissues().values():
        used |= {p.source.cite for p in tissue.coefficients.values()}
    used |= set(NAMED_IN_WORDS)
    assert set(parameters.citations()) <= used
    for key, text in parameters.citations().items():
        assert len(text) > 40, key


def test_measured_ion_coefficients_are_cited_and_positive() -> None:
    rows = [row for name in parameters.lines() for row in parameters.about_line(name).get("ion_lq", ())]
    assert len(rows) >= 4
    for row in rows:
        assert row["particle"] in ("carbon", "proton", "helium")
        assert row["cite"] in parameters.citations()
        assert row["alpha_per_gy"] > 0
        assert row["beta_per_gy2"] >= 0
        assert 0 < row["let_kev_um"] < 1000


def _asked_for() -> set[str]:
    return {name.partition("@")[0] for name in assemble(WHOLE).parameter_names}


def test_every_parameter_that_a_mechanism_asks_for_is_declared() -> None:
    assert _asked_for() <= set(parameters.shared())


def test_every_declared_parameter_is_used_by_some_model() -> None:
    assert set(parameters.shared()) - _asked_for() == set(UNUSED)


def test_lines_agents_and_products_replace_only_declared_parameters() -> None:
    for kind in ("lines", "classes", "agents", "products"):
        for name in _names(kind):
            assert set(parameters.values_of(kind, name)) <= set(parameters.shared())
    for name in parameters.host_changes():
        about = parameters.entry("hosts", name).about
        assert set(about["factors"]) <= set(parameters.shared())
        # A dish is no animal: its numbers lie far from any host's; a lost receptor makes a half-constant out of reach.
        most = 1.0e6 if "culture" in name else 1.0e3 if "tumour" in name else 2.0
        assert all(0.0 <= factor <= most for factor in about["factors"].values())
        assert about["source"]["note"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_name_and_alias_leads_to_its_entry(kind: str) -> None:
    for name in _names(kind):
        found = parameters.entry(kind, name)
        assert found.name == name
        assert found.about["meaning"] if kind != "lines" else found.about["tissue"]
        for spelling in found.aliases:
            for written in (spelling, spelling.upper(), f" {spelling.lower()} "):
                assert parameters.entry(kind, written).name == name


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_entries_share_a_spelling(kind: str) -> None:
    seen: dict[str, str] = {}
    for name in _names(kind):
        for spelling in {name, *parameters.entry(kind, name).aliases}:
            plain = "".join(c for c in spelling.lower() if c.isalnum())
            assert seen.setdefault(plain, name) == name
            seen[plain] = name


@pytest.mark.parametrize(
    ("kind", "given", "offered"),
    [
        ("lines", "B16F11", "B16-F10"),
        ("lines", "LM9", "LM8"),
        ("agents", "anti-PDL2", "anti-PD-L1"),
        ("products", "tumor-specific CD8 T cell", "tumour-specific CD8 T cells"),
        ("hosts", "CD8 depleton", "CD8 depletion"),
        ("species", "mose", "mouse"),
    ],
)
def test_an_unknown_name_offers_the_nearest(kind: str, given: str, offered: str) -> None:
    with pytest.raises(InputError) as caught:
        parameters.entry(kind, given)
    (problem,) = caught.value.problems
    assert repr(given) in problem.message
    assert repr(offered) in problem.advice


def test_a_line_lies_on_its_class_and_the_class_on_the_shared_set() -> None:
    shared = parameters.shared()
    hot, ct26 = parameters.values_of("classes", "hot"), parameters.values_of("lines", "CT26")
    assert ct26["myeloid_load"] == hot["myeloid_load"]
    assert ct26["myeloid_load"].value != shared["myeloid_load"].value
    assert ct26["doubling_time"].value != shared["doubling_time"].value
    assert "doubling_time" not in hot
    # Only value, source and, where written, spread differ; the meaning, unit and bounds stay the declared ones.
    for name, replaced in ct26.items():
        base = shared[name]
        assert (replaced.unit, replaced.bounds, replaced.symbol) == (base.unit, base.bounds, base.symbol)
    assert ct26["doubling_time"].spread.between_subjects == shared["doubling_time"].spread.between_subjects
    assert 0.05 < ct26["doubling_time"].spread.uncertainty.width < shared["doubling_time"].spread.uncertainty.width


def test_about_a_line_holds_what_it_inherits() -> None:
    assert parameters.about_line("CT26")["class"] == "hot"
    assert parameters.about_line("4T1")["class"] == "cold"
    assert all(parameters.about_line(name)["class"] for name in parameters.lines())


def test_a_set_is_replaced_without_touching_the_old_one() -> None:
    shared = parameters.shared()
    other = shared["kill_rate"].with_value(1.0, Source("assumed", note="a test"))
    changed = shared.overriding({"kill_rate": other})
    assert changed["kill_rate"].value == 1.0
    assert shared["kill_rate"].value != 1.0
    assert len(changed) == len(shared)
    assert list(changed) == list(shared)
