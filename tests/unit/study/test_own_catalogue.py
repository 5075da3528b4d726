"""A catalogue of the user: the rules of the package, every problem with its line; it holds for its study alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from abscopal import parameters, pipeline, regimen
from abscopal.errors import InputError
from abscopal.study.own_catalogue import read_catalogue

OWN = """\
citations:
  Doe2020: "Doe J et al. 2020"
lines:
  MC38-lab:
    aliases: [our MC38]
    inherits: mc-38
    values:
      doubling_time: {value: 96 h, source: {kind: measured, cite: Doe2020, where: Fig. 1}}
drugs:
  clone X:
    inherits: anti-PD-1
    values:
      drug_affinity: {value: 2, source: {kind: assumed, note: as the maker says}}
products:
  our CAR: {inherits: CD19 CAR-T, about: {costimulation: [CD28]}}
"""
STUDY = """\
abscopal: 1
study: own
tumour: our MC38
sites: {primary: {inoculum: 5e5 cells, inoculated: -9 d}}
arms:
  untreated: {}
  treated:
    radiation: [{quality: X-rays, energy: 225 kV, dose_per_fraction: 8 Gy, days: [0 d], target: primary}]
    drugs: [{agent: clone X, dose: 200 ug, days: [0 d]}]
    cells: [{product: our CAR, number: 1e6 cells, days: [1 d]}]
control: untreated
cohort: {size: 3, seed: 3}
follow_up: 5 d
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A study with a catalogue beside it."""
    (tmp_path / "catalogue.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def test_a_study_names_what_the_file_beside_it_holds(lab: Path) -> None:
    study = pipeline.load(lab / "s.yaml")
    assert study.tumour == "MC38-lab"
    assert [drug.agent for drug in study.arm("treated").drugs] == ["clone X"]
    assert study.catalogue is not None
    assert study.catalogue.path == str(lab / "catalogue.yaml")
    prepared = pipeline.prepare(study)
    assert prepared.declared["doubling_time"].value == pytest.approx(4.0)
    assert prepared.declared["doubling_time"].source.cite == "Doe2020"
    assert prepared.declared["antigenicity"].value == parameters.values_of("lines", "MC38")["antigenicity"].value
    assert [product.product for product in prepared.plan.products] == ["our CAR"]
    assert len(regimen.timeline(study, "treated").events) == 4


def test_a_varied_study_keeps_its_catalogue(lab: Path) -> None:
    study = pipeline.load(lab / "s.yaml")
    other = study.with_(follow_up="6 d")
    assert (other.follow_up_days, other.catalogue) == (6.0, study.catalogue)
    assert pipeline.prepare(other).declared["doubling_time"].value == pytest.approx(4.0)


def test_it_holds_for_its_study_alone(lab: Path) -> None:
    pipeline.prepare(pipeline.load(lab / "s.yaml"))
    assert parameters.current() is None
    assert "MC38-lab" not in parameters.lines()
    (lab / "catalogue.yaml").rename(lab / "mine.yaml")
    with pytest.raises(InputError, match="unknown tumour line 'our MC38'"):
        pipeline.load(lab / "s.yaml")
    assert pipeline.load(lab / "s.yaml", catalogue=lab / "mine.yaml").tumour == "MC38-lab"


def test_survival_after_ions_that_the_user_measured_is_what_is_simulated(lab: Path) -> None:
    """In a study with the catalogue and nowhere else, with a citation or without; what is no fit is told."""
    fit = "{particle: carbon, let_kev_um: 50, alpha_per_gy: 0.9, beta_per_gy2: 0.01}"
    with_fit = OWN.replace("    inherits: mc-38\n", f"    inherits: mc-38\n    about: {{ion_lq: [{fit}]}}\n")
    beam = "quality: carbon, let: 50 keV/um"
    (lab / "s.yaml").write_text(STUDY.replace("quality: X-rays, energy: 225 kV", beam), encoding="utf-8")

    def pair() -> tuple[float, float, str] | None:
        (field,) = pipeline.prepare(pipeline.load(lab / "s.yaml")).plan.fields
        return field.measured_pair

    assert pair() is None
    for cite, text in (("", with_fit), ("Doe2020", with_fit.replace("0.01}", "0.01, cite: Doe2020}"))):
        (lab / "catalogue.yaml").write_text(text, encoding="utf-8")
        assert pair() == (0.9, 0.01, cite)
    (lab / "catalogue.yaml").write_text(OWN, encoding="utf-8")
    assert pair() is None
    for wrong in (fit.replace("50", "fifty"), fit.replace("0.9", "-0.9"), fit.replace("carbon", "neon")):
        (lab / "catalogue.yaml").write_text(with_fit.replace(fit, wrong), encoding="utf-8")
        with pytest.raises(InputError, match="is not a list of fits of ions"):
            pair()


def test_a_file_that_is_given_is_used_instead_of_the_one_beside(lab: Path) -> None:
    slower = OWN.replace("96 h", "5 d")
    (lab / "other.yaml").write_text(slower, encoding="utf-8")
    study = pipeline.load(lab / "s.yaml", catalogue=lab / "other.yaml")
    assert pipeline.prepare(study).declared["doubling_time"].value == 5.0
    assert study.catalogue != pipeline.load(lab / "s.yaml").catalogue


def test_an_entry_of_the_users_comes_before_one_of_the_package(lab: Path) -> None:
    text = OWN.replace("  MC38-lab:", "  CT26:")
    (lab / "catalogue.yaml").write_text(text, encoding="utf-8")
    (lab / "s.yaml").write_text(STUDY.replace("our MC38", "CT-26"), encoding="utf-8")
    study = pipeline.load(lab / "s.yaml")
    with parameters.using(study.catalogue):
        assert parameters.about_line("ct26")["class"] == "hot"
        assert parameters.line("CT26").inherits == "MC38"
    assert pipeline.prepare(study).declared["doubling_time"].value == pytest.approx(4.0)
    (lab / "s.yaml").write_text(STUDY.replace("our MC38", "CT26.WT"), encoding="utf-8")
    with pytest.raises(InputError, match=r"CT26\.WT"):
        pipeline.load(lab / "s.yaml")  # a spelling of the package's entry, which is replaced


@pytest.mark.slow
def test_a_line_that_only_has_another_name_gives_the_same_animals(lab: Path) -> None:
    (lab / "catalogue.yaml").write_text("lines: {twin: {inherits: MC38}}\n", encoding="utf-8")
    text = re.sub(r"    (drugs|cells): .*\n", "", STUDY)
    volumes = []
    for line in ("MC38", "twin"):
        (lab / "s.yaml").write_text(text.replace("our MC38", line), encoding="utf-8")
        result = pipeline.run(lab / "s.yaml")
        volumes.append(result.data["volume"].values)
        assert result.metadata.provenance["catalogue_file"].endswith("catalogue.yaml")
        assert len(result.metadata.provenance["catalogue_sha256"]) == 64
    assert (volumes[0] == volumes[1]).all()


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("lines:\n", "linees:\n", 3, "did you mean 'lines'"),
        ("inherits: mc-38", "inherits: MC39", 6, "did you mean 'MC38'"),
        ("    inherits: mc-38\n", "", 4, "has no `inherits`"),
        ("inherits: mc-38", "inherits: our MC38", 6, "inherits itself"),
        ("aliases: [our MC38]", "aliases: our MC38", 5, "is not a list of names"),
        ("    values:\n      doubling", "    valeus:\n      doubling", 7, "did you mean 'values'"),
        ("doubling_time:", "doubling_tme:", 8, "did you mean 'doubling_time'"),
        ("96 h", "96 Gy", 8, "absorbed dose"),
        ("96 h", "96 d", 8, "out of the range"),
        ("96 h", ".inf", 8, "not a finite number"),
        ("96 h", "yes", 8, "yes"),
        ("kind: measured", "kind: guessed", 8, "not one of measured"),
        ("cite: Doe2020", "cite: Doe2021", 8, "Doe2021"),
        (", source: {kind: measured, cite: Doe2020, where: Fig. 1}", "", 8, "needs a value and a source"),
        ("inherits: anti-PD-1\n", "inherits: anti-PD-9\n", 11, "did you mean 'anti-PD-1'"),
        ("    inherits: anti-PD-1\n", "    about: {target: PD-9}\n", 11, "did you mean 'PD-1'"),
        ("    inherits: anti-PD-1\n", "    about: {target: PD-1}\n", 11, "has no `molar_mass_kda`"),
        ("costimulation: [CD28]", "costimulation: [CD29]", 15, "did you mean 'CD28'"),
        ("about: {costimulation: [CD28]}", "about: 3", 15, "is not a list of keys"),
        ("  our CAR: {inherits: CD19 CAR-T,", "  clone X: 3\n  our CAR: {inherits: CD19 CAR-T,", 15, "is not an entry"),
        ("  clone X:", "  clone X: {inherits: anti-PD-1}\n  clone-x:", 11, "stands for 'clone X' too"),
        ("  Doe2020: ", "  Doe2020: [1]\n  Doe2020b: ", 1, "list of references"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(lab: Path, old: str, new: str, line: int, words: str) -> None:
    assert old in OWN
    file = lab / "catalogue.yaml"
    file.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        pipeline.load(lab / "s.yaml")
    assert words in str(caught.value)
    assert f"{file}:{line}: " in str(caught.value)


def test_an_antigen_of_ones_own_needs_a_line_that_shows_it_and_a_product_that_binds_it(lab: Path) -> None:
    line = "    about: {antigens: {CD70: {density: 20000}}}\n    inherits: mc-38\n"
    text = OWN.replace("    inherits: mc-38\n", line)
    (lab / "catalogue.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="unknown antigens 'CD70'"):
        read_catalogue(lab / "catalogue.yaml")
    bound = text.replace("about: {costimulation: [CD28]}", "about: {antigens: [CD70]}")
    (lab / "catalogue.yaml").write_text(bound, encoding="utf-8")
    assert [antigen.name for antigen in pipeline.prepare(pipeline.load(lab / "s.yaml")).plan.antigens] == ["CD70"]


def test_all_problems_are_told_at_once(lab: Path) -> None:
    text = (
        OWN.replace("mc-38", "MC39")
        .replace("96 h", "96 Gy")
        .replace("[CD28]", "[CD29]")
        .replace("as the maker says", "''")
    )
    (lab / "catalogue.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_catalogue(lab / "catalogue.yaml")
    assert [problem.line for problem in caught.value.problems] == [6, 8, 13, 15]


@pytest.mark.parametrize(
    "text", ["", "- 1\n", "lines: [1]\n", "a: 1\na: 2\n", "lines: {A: &x {inherits: hot}, A: *x}\n", "\x00"]
)
def test_what_is_no_catalogue_is_refused(lab: Path, text: str) -> None:
    (lab / "catalogue.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_catalogue(lab / "catalogue.yaml")
    with pytest.raises(InputError, match="no catalogue file"):
        read_catalogue(lab / "missing.yaml")


@pytest.mark.parametrize(
    ("kind", "files"), [("lines", ["lines", "tumours"]), ("drugs", ["agents"]), ("products", ["products"])]
)
def test_entries_of_the_package_are_good_entries_of_a_user(tmp_path: Path, kind: str, files: list[str]) -> None:
    """The form is the same: what stands in the package's data can be copied."""
    data = Path(parameters.__file__).parent / "data"
    rows = [
        row
        for file in files
        for row in re.findall(r"^\S[^\n]*:\n(?: .*\n|#.*\n)+", (data / f"{file}.yaml").read_text("utf-8"), re.M)
    ]
    loaded = {}
    for row in rows:
        if "*" not in row and "inherits: *" not in row:
            loaded |= YAML(typ="safe").load(re.sub(r"&\w+", "", row))
    assert len(loaded) > 20
    with (tmp_path / "c.yaml").open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump({kind: loaded}, file)
    assert read_catalogue(tmp_path / "c.yaml").rows[{"drugs": "agents"}.get(kind, kind)].keys() == loaded.keys()
