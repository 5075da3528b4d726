"""The battery's file: every counted row has a source that was read, ranges are ranges, treatments are studies."""

from __future__ import annotations

import re
from copy import deepcopy

import pytest
from scipy.stats import beta

from abscopal.errors import InputError
from abscopal.evidence.battery import CONTROL, MEMORY, SOURCED, battery, parse_battery
from abscopal.evidence.tables import table
from abscopal.storage.packaged import read_yaml


def test_rows_from_memory_are_shown_and_never_counted() -> None:
    counted = [row for row in battery().rows if row.counted]
    assert len(counted) >= 60
    assert {row.source.kind for row in counted} <= {*SOURCED} - {"catalogue"}
    assert any(row.source.kind == MEMORY for row in battery().rows)
    assert all(row.source.cite and row.source.where and row.rule for row in counted)


def test_published_values_lie_in_their_ranges_and_ranges_follow_a_stated_rule() -> None:
    for row in battery().rows:
        assert row.low < row.high, row.id
        assert row.value is None or row.low <= row.value <= row.high, row.id
        assert not row.rule or row.rule in battery().rules


def test_pooled_shares_have_the_interval_of_their_rule() -> None:
    checked = 0
    for row in battery().rows:
        segments = [re.findall(r"(\d+)/(\d+)", segment) for segment in row.source.where.split(", ")]
        studies = [(sum(int(k) for k, _ in found), sum(int(n) for _, n in found)) for found in segments if found]
        if row.rule != "pooled share" or not studies:
            continue
        alive, mice = (sum(column) for column in zip(*studies, strict=True))
        assert (alive, mice) == (round(row.value * row.n), row.n), row.id
        effect = 1.0 + 0.229 * (sum(n * n for _, n in studies) / mice - 1.0)
        ends = beta.ppf([0.05, 0.95], alive / effect + 0.5, (mice - alive) / effect + 0.5)
        low, high = (0.0 if alive == 0 else ends[0]), (1.0 if alive == mice else ends[1])
        assert (row.low, row.high) == pytest.approx((low, high), abs=2e-3), row.id
        checked += 1
    assert checked > 20


def test_what_this_project_has_set_itself_is_a_claim_of_the_catalogue_and_not_counted() -> None:
    flagship = [row for row in battery().rows if row.flagship]
    assert {row.line for row in flagship} == {"TSA"}
    assert all(row.claim and not row.counted for row in flagship)


def test_no_row_rests_on_the_test_part_of_the_open_data() -> None:
    split = read_yaml("abscopal.calibrate", "open_data_split.yaml")

    def spellings(study: str) -> str:
        *author, year = study.rstrip("abc").split("_")
        return rf"{'[ -]'.join(map(re.escape, author))} {year}"

    unseen = [re.compile(spellings(study)) for study in split["test"]]
    for row in battery().rows:
        if row.source.kind == "open data":
            assert not [name.pattern for name in unseen if name.search(f"{row.source.cite} {row.source.where}")], row.id


@pytest.mark.slow
def test_every_row_is_a_study_that_abscopal_run_would_take() -> None:
    whole = battery()
    for setting, line in dict.fromkeys((row.setting, row.line) for row in whole.rows):
        study = whole.study(setting, line, animals=2, seed=1)
        arms = {arm.name for arm in study.arms}
        for row in whole.rows:
            if (row.setting, row.line) == (setting, line):
                assert {*row.treatments, CONTROL} <= arms, row.id
                assert row.site in {site.name for site in study.sites}, row.id
                assert float(row.readout.get("day", 0.0)) <= study.follow_up_days, row.id


def test_everything_wrong_is_told_at_once_with_its_row() -> None:
    content = deepcopy(table("battery.yaml"))
    first, second, third, fourth = content["rows"][:4]
    first.update(line="CT27", low=0.5, high=0.1)
    second.update(treatment="anti-PD-9", counted=True, source={"kind": "memory", "cite": "", "where": "a talk"})
    third["readout"] = {"measure": "inhibition"}
    del fourth["source"]
    with pytest.raises(InputError) as caught:
        parse_battery(content)
    told = str(caught.value)
    for part in (
        f"rows.{first['id']}: unknown tumour line 'CT27'",
        f"rows.{first['id']}: the range 0.5 to 0.1 is none",
        f"rows.{second['id']}: unknown treatment 'anti-PD-9'",
        f"rows.{second['id']}: a row from memory is not counted",
        f"rows.{third['id']}: inhibition needs 'day'",
        f"rows.{third['id']}: inhibition is held against another arm",
        f"rows.{fourth['id']}: 'source' is missing",
        "did you mean 'CT26'",
    ):
        assert part in told


def test_an_unknown_row_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="CT26-PD1-alive"):
        battery().row("CT26-PD1-alife")
