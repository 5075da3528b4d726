"""The split of the open measured data is what its rule says: by study, a third for testing, nothing in both parts."""

from __future__ import annotations

from abscopal.storage.packaged import read_yaml


def test_each_study_is_in_one_part_and_a_third_is_for_testing() -> None:
    split = read_yaml("abscopal.calibrate", "open_data_split.yaml")
    development, test = split["development"], split["test"]
    assert len({*development, *test}) == len(development) + len(test)
    assert 0.25 < len(test) / (len(development) + len(test)) < 0.4
