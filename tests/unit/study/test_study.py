"""From text to a study: values, defaults, overrides, schema, template and the examples."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import jsonschema
import pydantic
import pytest
from ruamel.yaml import YAML

from abscopal import parameters, study
from abscopal.errors import InputError

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))

SMALL = """
abscopal: 1
study: small
tumour: lm8
sites:
  primary: {inoculum: 1e6 cells, inoculated: -9 d}
  secondary: {}
arms:
  untreated:
  treated:
    radiation: [{quality: photon_xray, energy: 6 MV, dose_per_fraction: 800 cGy, days: [0 d, 24 h], target: primary}]
    drugs: [{agent: 10F.9G2, dose: 0.2 mg, days: {from: 0 d, every: 3 d, times: 3}}]
control: untreated
"""


def test_values_are_in_the_units_of_their_names() -> None:
    small = study.parse(SMALL)
    (course,) = small.arm("treated").radiation
    (drug,) = small.arm("treated").drugs
    assert (small.tumour, course.quality, drug.agent) == ("LM8", "X-rays", "anti-PD-L1")
    assert (course.dose_per_fraction_gy, course.days, course.fractions) == (8.0, (0.0, 1.0), 2)
    assert course.label == "X-rays 6 MV"
    assert (drug.dose.value, drug.dose.unit, drug.days) == (200.0, "ug", (0.0, 3.0, 6.0))


def test_defaults_are_filled_and_listed() -> None:
    small = study.parse(SMALL)
    filled = {default.key: default.value for default in small.defaults_filled}
    assert small.site("secondary").inoculated_day == -7.0
    assert small.site("secondary").inoculum_cells == small.site("primary").inoculum_cells
    assert small.endpoints.response.baseline_day == 0.0
    assert small.endpoints.survival.volume_limit_mm3 == 1500.0
    assert [(c.arm, c.against) for c in small.compare] == [("treated", "untreated")]
    assert filled["clock"] == "first_fraction"
    assert filled["arms.treated.drugs[0].route"] == "ip"
    assert filled["sites.secondary.inoculated"] == "-7.0 d"
    assert filled["compare"] == "treated against untreated"
    assert all(default.why for default in small.defaults_filled)
    assert "host.body_weight" not in filled


def test_a_written_value_is_never_replaced_by_a_default() -> None:
    written = study.parse(SMALL + "cohort: {size: 7, seed: 3, arms: independent}\nfollow_up: 40 d\n")
    assert (written.cohort.size, written.cohort.seed, written.cohort.arms) == (7, 3, "independent")
    assert (written.follow_up_days, written.endpoints.response.day) == (40.0, 40.0)
    assert not {d.key for d in written.defaults_filled} & {"cohort.size", "cohort.seed", "cohort.arms", "follow_up"}


def test_body_weight_is_filled_only_for_a_dose_per_weight() -> None:
    per_weight = study.parse(SMALL.replace("0.2 mg", "10 mg/kg"))
    assert per_weight.host.body_weight_g == 20.0
    assert "host.body_weight" in {default.key for default in per_weight.defaults_filled}
    assert study.parse(SMALL).host.body_weight_g is None


def test_start_volume_alone_is_enough() -> None:
    text = SMALL.replace(
        "{inoculum: 1e6 cells, inoculated: -9 d}", "{inoculated: -9 d, start_volume: {value: 80 mm3, day: 0 d}}"
    )
    site = study.parse(text).site("primary")
    assert site.start_volume is not None
    assert (site.start_volume.value_mm3, site.start_volume.day) == (80.0, 0.0)
    assert site.inoculum_cells > 0


def test_an_ion_without_let_is_listed() -> None:
    ion = SMALL.replace("quality: photon_xray, energy: 6 MV", "quality: carbon, energy: 290 MeV/u")
    filled = {default.key: default for default in study.parse(ion).defaults_filled}
    assert "290 MeV/u" in filled["arms.treated.radiation[0].let"].value


def test_host_changes_of_every_animal_come_first() -> None:
    nude = study.parse(
        SMALL.replace("tumour:", "host: {immune: athymic}\ntumour:").replace(
            "    drugs:", "    host_changes: [cd4-depleted]\n    drugs:"
        )
    )
    assert nude.host_changes("untreated") == ("nude",)
    assert nude.host_changes("treated") == ("nude", "CD4 depletion")


def test_a_study_is_frozen_equal_to_itself_and_travels_between_processes() -> None:
    small = study.parse(SMALL)
    assert pickle.loads(pickle.dumps(small)) == small == study.parse(SMALL)
    with pytest.raises(pydantic.ValidationError):
        small.tumour = "LLC"  # type: ignore[misc]


def test_from_dict_needs_units_too() -> None:
    data = YAML(typ="safe", pure=True).load(SMALL)
    assert study.from_dict(data).model_dump() == study.parse(SMALL).model_dump()
    data["arms"]["treated"]["radiation"][0]["dose_per_fraction"] = 8
    with pytest.raises(InputError, match="'8' has no unit"):
        study.from_dict(data)


def test_with_cohort_checks_what_it_is_given() -> None:
    small = study.parse(SMALL)
    assert small.with_cohort(size=5).cohort.size == 5
    assert small.with_cohort(size=5).cohort.seed == small.cohort.seed
    with pytest.raises(ValueError, match="out of range"):
        small.with_cohort(size=0)


def _some_parameter() -> tuple[str, str, float]:
    name, declared = next((n, p) for n, p in parameters.shared().items() if p.unit not in ("1", "") and p.value > 0)
    return name, declared.unit, declared.value


def test_overrides_are_recorded_with_their_origin_and_the_last_word_wins() -> None:
    name, unit, value = _some_parameter()
    text = SMALL + f"parameters: {{{name}: {value!r} {unit}}}\n"
    (written,) = study.parse(text).parameters
    assert (written.name, written.unit, written.origin) == (name, unit, "study file")
    assert written.value == pytest.approx(value)
    (given,) = study.parse(text, overrides={name: f"{value * 1.01!r} {unit}"}).parameters
    assert (given.origin, given.value) == ("command line", pytest.approx(value * 1.01))


def test_overrides_that_cannot_be_are_all_told() -> None:
    name, unit, value = _some_parameter()
    overrides = {name: f"{value!r} Sv*Sv", "no_such_parameter": "1", name + "x": f"1 {unit}"}
    with pytest.raises(InputError) as caught:
        study.parse(SMALL, "f.yaml", overrides=overrides)
    assert [p.key for p in caught.value.problems] == [f"--set {n}" for n in overrides]
    assert "did you mean" in caught.value.problems[2].advice


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_examples_leave_nothing_open_and_fit_the_schema(path: Path) -> None:
    loaded = study.load(path)
    assert loaded.name == path.stem
    # Every value that its record does not give is written and marked, not filled in behind the reader's back.
    # The tumours of patients are seeded by the program: nobody inoculated them.
    seeded = ("inoculum", "inoculated") if loaded.host.species == "human" else ()
    assert {f.key.rpartition(".")[2] for f in loaded.defaults_filled} == set(seeded)
    assert {outcome.basis for outcome in loaded.published} >= ({"mem"} if "dewan" in path.stem else set())
    jsonschema.validate(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), study.study_schema())


def test_the_examples_have_their_published_outcomes() -> None:
    names = {"deng2014", "dewan2009", "liu2024_llc", "pacific_nsclc", "takahashi2019_lm8"}
    names |= {"weiss2018_gl261", "murty2020_gd2", "deselm2018_slea", "kim2020_tnbc", "cd19_lymphoma"}
    names |= {"ando2017_nrs1", "matsunaga2010_sccvii", "salomon2023_mc38", "wang2021_llc"}
    assert names <= {p.stem for p in EXAMPLES}
    takahashi = study.load(ROOT / "examples" / "takahashi2019_lm8.yaml")
    rates = {o.arm: o.value_percent for o in takahashi.published if o.is_rate}
    assert rates == {"Comb": 64.0, "P1C4": 20.0}
    assert {o.relation for o in study.load(ROOT / "examples" / "liu2024_llc.yaml").published} == {">", "~"}


def test_a_name_under_the_wrong_key_is_told_where_it_belongs() -> None:
    text = (ROOT / "examples" / "deselm2018_slea.yaml").read_text(encoding="utf-8")
    wrong = {
        "product: anti-TRAIL": ("product: sLeA CAR-T", "`drugs:`"),
        "agent: sLeA CAR-T": ("agent: anti-TRAIL", "`cells:`"),
        "agent: nude": ("agent: anti-TRAIL", "`host_changes:`"),
        "dose: 50 mg/m2": ("dose: 200 ug", "body surface"),
    }
    for written, (right, advice) in wrong.items():
        with pytest.raises(InputError) as caught:
            study.parse(text.replace(right, written))
        assert advice in caught.value.problems[0].advice


def test_the_template_runs_under_any_name() -> None:
    for name in ("my_study", "007: x # y", "null"):
        written = study.parse(study.template(name))
        assert written.name == name
        assert len(written.arms) >= 4
    with pytest.raises(InputError):
        study.template("  ")


def test_the_published_schema_is_up_to_date() -> None:
    published = (ROOT / "docs" / "study.schema.json").read_text(encoding="utf-8")
    message = "write study.schema_text() to docs/study.schema.json"
    assert published == study.schema_text(), message
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


@pytest.mark.parametrize(
    ("old", "new"),
    [("tumour: lm8", "tumor: lm8"), ("800 cGy", "8"), ("primary}]", "primary, x: 1}]"), ("control: untreated", "")],
)
def test_the_schema_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    yaml = YAML(typ="safe", pure=True)
    jsonschema.validate(yaml.load(SMALL), study.study_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.load(SMALL.replace(old, new)), study.study_schema())


def test_the_page_on_study_files_names_every_key_and_its_example_runs() -> None:
    page = (ROOT / "docs" / "study-files.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert study.parse(example).name == "my_study"
    schema = study.study_schema()
    keys = {key for part in (schema, *schema["$defs"].values()) for key in part.get("properties", {})}
    missing = sorted(
        key for key in keys if f"`{key}" not in page and f"{key}:" not in page and f"**{key}**" not in page
    )
    assert missing == []
    assert f"at most {study.LARGEST_FILE_BYTES // 10**6} MB" in page
