"""The committed split: complete, even in every stratum, and made by its seed alone."""

from __future__ import annotations

from collections import Counter
from importlib import resources

from abscopal.evidence import catalogue
from abscopal.scoring.split import DEVELOPMENT, GIVEN, SEED, TEST, as_csv, committed, deal, split_of, stratum


def test_the_committed_file_is_what_its_seed_makes() -> None:
    text = resources.files("abscopal.evidence").joinpath("data", "split.csv").read_text(encoding="utf-8")
    assert text == as_csv(catalogue(), SEED)


def test_every_stratum_is_dealt_evenly() -> None:
    counts = Counter((stratum(r), committed()[r.id]) for r in catalogue())
    for name in {key[0] for key in counts}:
        assert abs(counts[name, DEVELOPMENT] - counts[name, TEST]) <= 1


def test_dealing_does_not_depend_on_the_order_given() -> None:
    studies = [(f"s{i}", f"stratum {i % 3}") for i in range(20)]
    assert deal(studies) == deal(studies[::-1])
    assert deal(studies) != deal(studies, seed=SEED + 1)


def test_a_study_outside_the_catalogue_is_in_no_part() -> None:
    assert split_of("never_heard_of_2031") == GIVEN
