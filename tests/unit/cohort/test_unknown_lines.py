"""A line that is not known: one of its tissue, drawn once for all arms of a study, anew in every plausible set."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from abscopal import cohort, parameters
from abscopal.parameters.population import Population
from abscopal.pipeline import prepare
from abscopal.scoring.parameter_sets import plausible_medians
from abscopal.simulation import description

UNKNOWN = "unknown colon line"
DRAWN = ("doubling_time", "alpha_photon", "antigenicity", "mhc_class_i", "myeloid_load", "pdl1_baseline")


def _values(lab: Any, line: str, seed: int = 1, **treatment: Any) -> dict[str, float]:
    declared = prepare(lab.study(line, {"x": lab.x_rays(8), **treatment}, seed=seed)).declared
    return {name: declared[name].value for name in DRAWN}


def test_a_seed_draws_one_line_whatever_is_done_to_it(lab: Any) -> None:
    assert _values(lab, UNKNOWN) == _values(lab, UNKNOWN, both=lab.drug("anti-PD-1"))
    assert _values(lab, UNKNOWN) != _values(lab, UNKNOWN, seed=2)
    assert _values(lab, "CT26") == _values(lab, "CT26", seed=2)


def test_a_reader_is_told_what_was_drawn_and_from_what(lab: Any) -> None:
    prepared = prepare(lab.study(UNKNOWN, {"x": lab.x_rays(8)}))
    (told, *_) = description.warnings_of(prepared, [])
    n = parameters.about_line(UNKNOWN)["drawn_from"]["n"]
    assert f"n = {n}" in told
    assert f"doubling_time {prepared.declared['doubling_time'].value:.3g} day" in told
    assert "drawn by seed" in prepared.declared["doubling_time"].source.note


def test_lines_of_many_seeds_have_the_declared_centre_and_spread() -> None:
    declared = parameters.shared().overriding(parameters.values_of("lines", UNKNOWN))
    sets = np.tile([item.value for item in declared.values()], (4000, 1))
    drawn = cohort.line_draws(declared, sets, 7)
    for column, (name, item) in enumerate(declared.items()):
        law = item.spread.between_lines
        if not law.varies(item.value):
            assert np.ptp(drawn[:, column]) == 0.0, name
        elif law.family == "lognormal":
            logs = np.log(drawn[:, column])
            assert np.median(logs) == pytest.approx(np.log(item.value), abs=0.05), name
            assert np.std(logs) == pytest.approx(np.sqrt(np.log1p(law.width**2)), rel=0.05), name
    assert {name for name, item in declared.items() if item.spread.between_lines.varies(item.value)} >= set(DRAWN)


def test_every_plausible_set_has_a_line_of_its_own_and_no_population_decides_it(lab: Any) -> None:
    undrawn = prepare(lab.study(UNKNOWN, {"x": lab.x_rays(8)})).undrawn
    beta = list(undrawn).index("beta_photon")

    def sets(numbers: list[int], laboratory: str, population: Population | None = None) -> np.ndarray:
        return plausible_medians(undrawn, numbers, laboratory, 1, population)

    all_at_once = sets(list(range(8)), "a")
    assert len(set(all_at_once[:, beta])) == 8
    np.testing.assert_array_equal(sets([5], "a")[0], all_at_once[5])
    assert not np.allclose(all_at_once[:, beta], sets(list(range(8)), "b")[:, beta])
    fitted = Population({"beta_photon": (3.0,)})
    np.testing.assert_array_equal(sets(list(range(8)), "a", fitted)[:, beta], all_at_once[:, beta])


def test_an_antigen_put_into_a_line_is_the_line_and_the_antigen() -> None:
    line, with_ova = "MC38", parameters.line("mc38 ova").name
    own, more = (parameters.values_of("lines", name) for name in (line, with_ova))
    assert with_ova == "MC38-OVA"
    assert more["antigenicity"].value > own["antigenicity"].value
    assert {name: item for name, item in more.items() if name != "antigenicity"} == {
        name: item for name, item in own.items() if name != "antigenicity"
    }
    shown = parameters.about_line(with_ova)
    assert (shown["strain"], shown["class"], list(shown["antigens"])) == ("C57BL/6", "hot", ["OVA"])
    with pytest.raises(KeyError):
        parameters.canonical("lines", "XYZ-OVA")
