from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from abscopal.errors import InputError
from abscopal.results import Result

SCHEMA = Path(__file__).parents[3] / "docs" / "summary.schema.json"


@pytest.fixture(scope="module")
def check():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).validate


def test_the_table_is_tidy_and_complete(result, synthetic):
    table = result.table()
    assert list(table.columns) == ["arm", "site", "endpoint", "value", "unit", "low", "high", "interval", "n"]
    assert not table.duplicated(["arm", "site", "endpoint"]).any()
    assert set(table["arm"]) == set(synthetic.ARMS)
    assert set(table["site"]) == {"all", *synthetic.SITES}
    assert (table["unit"] != "").all()
    bounded = table[np.isfinite(table["low"]) & np.isfinite(table["high"])]
    assert ((bounded["low"] <= bounded["value"]) & (bounded["value"] <= bounded["high"])).all()


def test_table_and_summary_hold_the_same_numbers(result):
    table = result.table().set_index(["arm", "site", "endpoint"])
    for arm in result.summary()["arms"]:
        for site in arm["sites"]:
            row = table.loc[(arm["name"], site["site"], "complete response")]
            assert row["value"] == site["responses"]["complete"]["value"]
            assert sum(p["count"] for p in site["responses"].values()) == arm["n"]


def test_the_summary_obeys_its_schema(result, shared, check):
    check(result.summary())
    check(shared.summary())


def test_the_smallest_study_obeys_the_schema_too(synthetic, check):
    data = synthetic.dataset(("A", "B"), ("flank",), subjects=1, failed=0)[["volume", "status"]]
    bare = Result.build(data, {})
    check(bare.summary())
    assert len(bare.table()) == 2
    assert bare.cite() == [
        "The abscopal developers. abscopal: radiotherapy with immunotherapy, simulated. Version not recorded."
    ]


def test_an_arm_that_failed_altogether_is_reported_not_hidden(synthetic, check):
    data = synthetic.dataset(failed=0)
    data["status"][3] = 4
    summary = Result.build(data, synthetic.metadata()).summary()
    check(summary)
    assert summary["arms"][3]["n"] == 0
    assert summary["cohort"]["failed"] == [
        {"arm": synthetic.ARMS[3], "code": 4, "count": 60, "advice": "no advice recorded for this code"}
    ]
    assert any("60 of 60" in note for note in summary["notes"])


def test_what_is_not_reached_is_null_in_the_summary(result):
    survival = result.summary()["arms"][3]["survival"]
    assert survival["median_days"]["value"] is None
    assert math.isinf(result.arms[3].survival.median_days.value)
    json.dumps(result.summary(), allow_nan=False)


def test_cite_names_abscopal_the_paper_and_every_source_once(result):
    cited = result.cite()
    assert cited[0].startswith("The abscopal developers")
    assert "doi:10.1234/made.up" in cited[1]
    assert sum("Alpha A." in text for text in cited) == 1
    assert len(cited) == 4


def test_a_doi_inside_a_citation_is_found(result, synthetic):
    meta = synthetic.metadata(
        citations={"Alpha2001": "Alpha A. J Tests 2001;2:3. doi:10.1234/alpha.5.", "Beta2002": "no doi"}
    )
    found = Result.build(result.data, meta).metadata.citations
    assert found["Alpha2001"]["doi"] == "10.1234/alpha.5"
    assert found["Beta2002"]["doi"] == ""


def test_all_problems_of_the_metadata_come_at_once(synthetic):
    meta = synthetic.metadata()
    meta["compare"] = [["Carbon", "Carbon"], ["Carbom", "Control"]]
    meta["endpoints"]["response"]["day"] = 90
    meta["endpoints"]["survival"] = {"volume_limit_mm3": -1, "of": "leg"}
    meta["sites"][0]["irradiated_in"] = ["nobody"]
    meta["published"] = [{"metric": "survival", "better": "X", "worse": "Control"}]
    meta["timetable"]["Y"] = []
    with pytest.raises(InputError) as error:
        Result.build(synthetic.dataset(), meta)
    keys = {p.key for p in error.value.problems}
    assert keys == {
        "compare[0]",
        "compare[1]",
        "endpoints.response.day",
        "endpoints.survival.of",
        "endpoints.survival.volume_limit_mm3",
        "sites.left leg.irradiated_in",
        "published[0].better",
        "timetable",
    }
    assert "did you mean 'Carbon'" in str(error.value)


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda d: d.drop_vars("volume"), "volume"),
        (lambda d: d.drop_vars("status"), "status"),
        (lambda d: d.rename(subject="animal"), "subject"),
        (lambda d: d.isel(site=0), "site"),
        (lambda d: d.isel(subject=slice(0, 0)), "subject"),
        (lambda d: d.isel(time=slice(None, None, -1)), "time"),
        (lambda d: d.assign_coords(arm=["A", "A", "B", "C"]), "arm"),
        (lambda d: d.drop_vars("time"), "time"),
        (lambda d: d.assign(cd8=d["cd8"].isel(subject=0)), "cd8"),
        (lambda d: d.assign(cd8=d["cd8"].assign_attrs(group="efector")), "cd8"),
    ],
)
def test_data_that_cannot_be_used_are_refused_with_their_name(synthetic, spoil, key):
    with pytest.raises(InputError) as error:
        Result.build(spoil(synthetic.dataset(subjects=4)), synthetic.metadata())
    assert key in {p.key for p in error.value.problems}


def test_the_order_of_dimensions_does_not_matter(result, synthetic):
    turned = result.data.transpose("time", "site", "subject", "arm")
    assert Result.build(turned, synthetic.metadata()).table().equals(result.table())


def test_the_plot_hook_knows_its_kinds(result):
    with pytest.raises(InputError, match="did you mean 'growth'"):
        result.plot("growht")
