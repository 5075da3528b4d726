"""Measured results of records: read as published, all faults at once, and the study reaches their sites and days."""

from __future__ import annotations

from pathlib import Path

import pytest

from abscopal.evidence import InvalidRecord, convert, read_record

HEAD = """\
id: test2020_ct26
kind: in_vivo
model: {species: mouse, strain: BALB/c, tumour: CT26, host: immunocompetent}
clock: inoculation
arms:
- {id: "0"}
- {id: RT, rt: [{quality: photon_xray, dose_per_fraction_gy: 8, fractions: 1, days: [8], target: primary}]}
results:
"""


def written(tmp_path: Path, results: str) -> Path:
    path = tmp_path / "record.yaml"
    path.write_text(HEAD + results, encoding="utf-8")
    return path


def test_results_stand_instead_of_claims(tmp_path: Path) -> None:
    rows = """\
- {arm: RT, metric: alive, day: 60, value: 3/12, basis: fig}
- {arm: RT, metric: cured, value: 25 %, n: 12}
- {arm: "0", metric: alive, day: 60, times: [20, 22.5, 60+]}
- {arm: "0", metric: alive, day: 60, times: [20, 60], events: [1, 0]}
- {arm: RT, metric: hazard_ratio, value: 0.4}
- {arm: RT, metric: "count:CD8_density", day: 12, value: 3, versus: "0", statistic: median}
"""
    record = read_record(written(tmp_path, rows))
    share, cured, times, events, ratio, count = record.results
    assert (share.value, share.n) == (cured.value, cured.n) == (0.25, 12)
    assert times.times == (20.0, 22.5, 60.0)
    assert (times.observed, times.n) == ((True, True, False), 3)
    assert events.observed == (True, False)
    assert ratio.versus == "0"  # the only untreated arm
    assert (count.marker, count.statistic) == ("CD8_density", "median")
    assert record.claims == ()


def test_every_fault_of_the_results_is_told_with_its_line(tmp_path: Path) -> None:
    rows = """\
- {arm: nope, metric: alive, value: 1.4, day: 30}
- {arm: RT, metric: alve, value: 0.4}
- {arm: RT, metric: volume, value: 300}
- {arm: RT, metric: alive, times: [3, x, 9+]}
- {arm: "0", metric: hazard_ratio, value: 0.4}
- {arm: RT, metric: cured}
- {arm: RT, metric: cured, value: 0.5, low: 3, high: 2, bases: fig}
- {arm: RT, metric: volume, day: 3, value: 4, versus: "0"}
- {id: twice, arm: RT, metric: cured, value: 13/12}
- {id: twice, arm: RT, metric: alive, times: [3, 4], n: 5}
"""
    with pytest.raises(InvalidRecord) as caught:
        read_record(written(tmp_path, rows))
    text = str(caught.value)
    for line, told in {
        9: ["out of range", "there is no arm 'nope'"],
        10: ["did you mean 'alive'"],
        11: ["without a day"],
        12: ["'x' is not a number"],
        13: ["add `versus:`"],
        14: ["neither a value nor times"],
        15: ["low is above high", "unknown key 'bases'"],
        16: ["`versus` for volume"],
        17: ["no share of"],
        18: ["stands there twice", "5 animals, but times of 2"],
    }.items():
        assert f"record.yaml:{line}: results[{line - 9}]" in text
        assert [words for words in told if words not in text] == []


def test_a_record_needs_claims_or_results(tmp_path: Path) -> None:
    path = tmp_path / "record.yaml"
    path.write_text(HEAD.replace("results:\n", ""), encoding="utf-8")
    with pytest.raises(InvalidRecord, match="'claims' is missing"):
        read_record(path)


def test_the_study_reaches_the_sites_and_days_of_its_results(tmp_path: Path) -> None:
    rows = "- {arm: RT, metric: alive, day: 150, value: 0/10}\n- {arm: RT, metric: volume, site: abscopal, day: 20, value: 9}\n"
    (conversion,) = convert(read_record(written(tmp_path, rows)))
    assert conversion.study is not None
    assert [site.name for site in conversion.study.sites] == ["primary", "distant"]
    inoculated = conversion.study.sites[0].inoculated_day
    assert inoculated == conversion.shift  # day 0 of this record's clock
    assert conversion.study.follow_up_days >= 150 + conversion.shift
