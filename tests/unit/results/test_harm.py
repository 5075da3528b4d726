from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from abscopal.cli.outcomes import harm_table
from abscopal.errors import InputError
from abscopal.report.sections import content
from abscopal.results import Result, lymphopenia_grade
from abscopal.results.harm import scales, worth_telling
from abscopal.results.wording import harm_cells

SCHEMA = Path(__file__).parents[3] / "docs" / "summary.schema.json"
LUNG = {
    "organ": "lung",
    "complication": "symptomatic pneumonitis",
    "dose_gy": 15.0,
    "dose_kind": "mean",
    "fractions": 30,
    "probability": 0.12,
    "with_checkpoint_blockade": 0.18,
    "source": "a curve",
    "limits": "a range",
}


def _result(synthetic, host: str = "human", release: bool = False, **variables: np.ndarray) -> Result:
    """Four animals of two arms; those of B lose lymphocytes on day 8 and recover on day 20, 30, 40 and never."""
    arms = ("A", "B")
    data = synthetic.dataset(arms, ("flank",), subjects=4, last_day=60, failed=0)[["volume", "status"]]
    time = data["time"].values
    count = np.full((2, 4, time.size), 1500.0)
    for animal, (lowest, back) in enumerate([(900, 20), (600, 30), (300, 40), (100, 99)]):
        count[1, animal, (time >= 8) & (time < back)] = lowest
    body = ("arm", "subject", "time")
    data["blood_lymphocytes"] = (body, count, {"group": "blood"})
    data["blood_nlr"] = (body, 3000.0 / count, {"group": "blood"})
    if release:
        severity = np.zeros_like(count)
        severity[1, :, 10] = [0.5, 1.2, 3.0, 4.0]
        data["blood_crs_severity"] = (body, severity, {"group": "blood"})
    for name, values in variables.items():
        data[name] = (body, values, {"group": "harm"})
    treatment = {"day": 7.0, "what": "X-rays", "how_much": "2 Gy", "where": "flank", "kind": "radiation"}
    meta = {"host": host, "timetable": {"B": [treatment]}, "normal_tissue": {"A": [], "B": [LUNG]}}
    return Result.build(data, meta)


def test_grades_are_bands_on_the_count() -> None:
    """CTCAE: grade 1 from the limit of normal to 800, 2 to 500, 3 to 200, 4 below."""
    counts = np.array([4000.0, 1000.0, 999.0, 800.0, 799.0, 500.0, 499.0, 200.0, 199.0, 0.0])
    assert lymphopenia_grade(counts).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    for scale in scales().values():
        assert scale["source"]


def test_worst_grade_day_and_recovery_by_hand(synthetic) -> None:
    alone, treated = _result(synthetic).harm
    blood = treated.lymphocytes
    assert [share.count for share in blood.lymphopenia.grades] == [0, 1, 1, 1, 1]
    assert blood.lymphopenia.severe.count == 2
    assert blood.lymphopenia.day.value == blood.lowest_day.value == 8.0
    assert (blood.before_per_ul.value, blood.lowest_per_ul.low) == (1500.0, 100.0)
    # 12, 22, 32 days after the lowest count, and never: the middle one of four is the second.
    assert blood.recovery_days.value == 22.0
    assert blood.recovery_days.high == math.inf
    assert (blood.recovered.count, blood.recovered.n) == (3, 4)
    assert treated.highest_nlr.high == pytest.approx(30.0)
    assert treated.normal_tissue == (LUNG,)
    assert alone.lymphocytes.left.value == 1.0
    assert alone.lymphocytes.recovered.n == 0
    assert alone.lymphocytes.lymphopenia.grades[0].value == 1.0
    assert alone.cytokine_release is None


def test_animals_have_a_share_and_no_clinical_grade(synthetic) -> None:
    treated = _result(synthetic, host="mouse").harm[1].lymphocytes
    assert treated.lymphopenia is None
    assert treated.left.low == pytest.approx(100 / 1500)
    assert treated.recovered.count == 3


def test_a_treatment_before_the_first_record_is_no_trouble(synthetic) -> None:
    result = _result(synthetic)
    early = Result.build(result.data.isel(time=slice(9, None)), {"host": "human"})
    assert early.harm[1].lymphocytes.lowest_day.value >= 8.0


def test_release_is_graded_downwards(synthetic) -> None:
    graded = _result(synthetic, release=True).harm[1].cytokine_release
    assert [share.count for share in graded.grades] == [1, 1, 0, 1, 1]
    assert graded.severe.value == 0.5
    assert graded.day.value == 10.0


def test_adverse_events_are_the_mean_risk_at_the_end(synthetic) -> None:
    risk = np.zeros((2, 4, 61))
    risk[1, :, -1] = [0.1, 0.2, 0.3, 0.4]
    result = _result(synthetic, blood_irae_probability=risk)
    assert result.harm[1].adverse_events.value == pytest.approx(0.25)
    # Harm is not offered as a reason why arms differ.
    assert not [m for c in result.comparisons for m in c.mediators if m.readout == "blood_irae_probability"]


def test_the_summary_obeys_its_schema_and_has_no_infinities(synthetic) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validate = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate
    for host in ("human", "mouse"):
        for release in (False, True):
            summary = _result(synthetic, host, release).summary()
            validate(summary)
            json.dumps(summary, allow_nan=False)
            assert summary["arms"][1]["harm"]["normal_tissue"][0]["probability"] == 0.12
            assert summary["definitions"]["harm"]["lymphopenia"]["below_per_ul"][0] == 1000


def test_the_table_is_tidy(synthetic) -> None:
    from abscopal.results.tables import harm_table

    table = harm_table(_result(synthetic, release=True))
    assert not table.duplicated(["arm", "what"]).any()
    chosen = table.set_index(["arm", "what"])["value"]
    assert chosen["B", "lymphopenia grade 3 or more"] == 0.5
    assert chosen["B", "cytokine release syndrome grade 4"] == 0.25
    assert chosen["B", "lung: symptomatic pneumonitis"] == 0.12


def test_people_see_it_on_the_terminal_and_in_the_report(synthetic) -> None:
    result = _result(synthetic, release=True)
    console = Console(width=250, record=True, file=io.StringIO())
    console.print(harm_table(result, 250))
    shown = console.export_text().replace("\u00a0", " ")
    for words in ("lymphopenia", "50 %", "symptomatic pneumonitis", "12 % (18 % with the drug)", "75 % / 50 %"):
        assert words in shown
    told = content(result)["harm"]
    assert [name for name, _ in told["rows"]] == ["A", "B"]
    assert any("CTCAE" in note for note in told["notes"])
    assert any("a curve" in note for note in told["notes"])


def test_animals_that_lose_nothing_have_no_section(synthetic) -> None:
    data = _result(synthetic, host="mouse").data.copy(deep=True)
    data["blood_lymphocytes"].values[:] = 6000.0
    calm = Result.build(data, {"host": "mouse"})
    assert not worth_telling(calm.harm, calm.metadata)
    assert content(calm)["harm"] == {}
    lost = _result(synthetic, host="mouse")
    assert worth_telling(lost.harm, lost.metadata)
    assert "lymphopenia, grade 3 or more" not in harm_cells(lost.harm[1])


def test_an_organ_of_an_arm_that_does_not_exist(synthetic) -> None:
    with pytest.raises(InputError, match="normal_tissue"):
        Result.build(_result(synthetic).data, {"normal_tissue": {"C": [LUNG]}})
