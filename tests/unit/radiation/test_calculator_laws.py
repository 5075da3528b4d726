"""What the calculators refuse, remark on and find: laws about the world, and published values."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from abscopal import parameters, radiation
from abscopal.actions.radiation import beams, cells, isoeffect, tissue
from abscopal.actions.radiation.calculation import Calculation
from abscopal.cli.radiation import app
from abscopal.errors import InputError

CELLS = ("--alpha", "0.3", "--beta", "0.03")


def ask(*words: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refusal(*words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert isinstance(result.exception, InputError), result.stdout
    return str(result.exception)


def told(answer: dict[str, Any], words: str) -> bool:
    return any(words in note for note in answer["warnings"])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("isoeffective-dose", "0.3", "--alpha", "0", "--beta", "0", "--from", "220 kVp", "--to", "6 MV"), "--alpha"),
        (("bed", "150", "--fractions", "5", "--alpha-beta", "200", "--rbe-min", "1e999"), "--rbe-min"),
        (("survival", "200", "--alpha", "0.5", "--beta", "inf"), "--beta"),
        (("survival", "2", *CELLS, "--po2", "nan"), "--po2"),
        (("oer", "--", "-1"), "PO2"),
        (("let", "carbon", "nan"), "ENERGY"),
        (("range", "--", "proton", "-5"), "ENERGY"),
        (("bed", "2", "--fractions", "0", "--alpha-beta", "10"), "--fractions"),
        (("ntcp", "--organ", "lung", "--mean-dose", "inf"), "--mean-dose"),
        (("immunogenic", "8", *CELLS, "--trex1-threshold", "1e999"), "--trex1-threshold"),
        (("sobp", "nan", "155"), "PROXIMAL"),
        (("rbe", "2", *CELLS, "--let", "50", "--level", "1.5"), "--level"),
    ],
)
def test_a_number_that_is_none_or_cannot_be_is_refused_by_its_name(words: tuple[str, ...], named: str) -> None:
    assert refusal(*words).startswith(named)


def test_all_problems_are_told_at_once() -> None:
    message = refusal("rbe", "nan", "--alpha", "inf", "--beta", "-1", "-q", "carbn", "--let", "0", "--level", "2")
    assert [line.split(":")[0] for line in message.splitlines() if not line.startswith(" ")] == [
        "DOSE",
        "--alpha",
        "--beta",
        "--quality",
        "--let",
        "--level",
    ]


@pytest.mark.parametrize(("given", "advice"), [("0,3", "write 0.3"), ("0.3 Gy", "without its unit"), ("a lot", "0.3")])
def test_what_is_no_number_is_answered_with_how_to_write_it(given: str, advice: str) -> None:
    result = CliRunner().invoke(app, ["survival", "2", "--alpha", given, "--beta", "0.03"], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert advice in result.output


def test_the_reference_against_itself_is_one_without_doubt() -> None:
    found = ask("rbe", "3", *CELLS, "-q", "Co-60")
    assert [found[key]["reference"] for key in ("rbe", "rbe_low", "rbe_high")] == pytest.approx([1.0] * 3)
    other = ask("rbe", "3", *CELLS, "-q", "220 kVp")
    assert other["rbe_low"]["reference"] < other["rbe"]["reference"] < other["rbe_high"]["reference"]


def test_advice_leads_to_what_can_be_written() -> None:
    assert "write none" in refusal("immunogenic", "8", *CELLS, "--trex1-threshold", "0")
    assert "6 MV" in refusal("survival", "8", *CELLS, "-q", "photons of a clinic")


def test_a_model_outside_its_domain_has_no_number_beside_valid_ones() -> None:
    proton = ask("rbe", "2", *CELLS, "-q", "proton", "--let", "3")
    assert proton["rbe"]["mkm"] is proton["rbe_low"]["mkm"] is None
    assert told(proton, "microdosimetric kinetic model was made for 13 to 600 keV/um")
    assert all(rbe > 0.95 for rbe in proton["rbe"].values() if rbe is not None)
    assert "13 to 600 keV/um" in refusal("rbe", "2", *CELLS, "-q", "proton", "--let", "3", "--model", "mkm")
    far = ask("rbe", "2", *CELLS, "--let", "200")
    assert [name for name, rbe in far["rbe"].items() if rbe is not None] == ["mkm"]
    assert "carbon" in refusal("rbe", "2", *CELLS, "--let", "700")
    assert "alpha/beta of 2 to 10 Gy" in refusal(
        "rbe", "2", "--alpha", "0.4", "--beta", "0.01", "--let", "50", "--model", "lem"
    )


@pytest.mark.parametrize("dose", ["26", "30", "100"])
def test_no_carbon_rbe_is_below_1(dose: str) -> None:
    words = ("rbe", dose, "--alpha", "0.3", "--beta", "0.05", "--let", "80")
    answer = ask(*words)
    assert answer["rbe"]["lem"] is None
    assert told(answer, "lem gives 0.")
    assert min(rbe for rbe in answer["rbe"].values() if rbe is not None) >= 1.0
    assert "below 1" in refusal(*words, "--model", "lem")
    assert "below 1" in refusal("survival", *words[1:6], "-q", "carbon", *words[6:], "--model", "lem")
    pair = ("isoeffective-dose", *words[1:6], "--from", "carbon", "--from-let", "80", "--to", "Co-60")
    assert "below 1" in refusal(*pair, "--model", "lem")
    assert ask(*pair)["ratio"] >= 1.0


def test_no_depth_of_a_carbon_peak_has_an_rbe_below_1() -> None:
    rows = ask("sobp", "95", "155", *CELLS, "--dose", "8", "--model", "mkm")["rows"]
    assert rows[0]["rbe"] is None
    assert all(row["rbe"] >= 1.0 for row in rows if row["rbe"] is not None)
    own = ask("sobp", "95", "155", "--alpha", "0.18", "--beta", "0", "--dose", "2", "--mkm", "v79")["rows"]
    assert own[2]["rbe"] > 1.5


@pytest.mark.parametrize(("model", "let"), [("carabe", "3"), ("mcnamara", "0.7"), ("carabe", "1")])
def test_an_rbe_that_rises_with_dose_is_remarked(model: str, let: str) -> None:
    words = ("--alpha", "0.2", "--beta", "0.03", "-q", "proton", "--let", let, "--model", model)
    low, high = ask("rbe", "1", *words), ask("rbe", "10", *words)
    assert high["rbe"][model] > low["rbe"][model]
    assert told(high, "rises with dose")
    falling = ask("rbe", "10", "--alpha", "0.2", "--beta", "0.03", "-q", "proton", "--let", let, "--model", "wedenberg")
    assert not told(falling, "rises with dose")


def test_photons_have_no_let_of_ions() -> None:
    assert "photons do not have 50 keV/um" in refusal("survival", "2", *CELLS, "--let", "50")
    assert "photons do not have" in refusal(
        "isoeffective-dose", "2", *CELLS, "--from", "6 MV", "--from-let", "80", "--to", "Co-60"
    )
    assert told(ask("survival", "2", *CELLS, "--let", "3"), "--let changes nothing")
    assert not told(ask("survival", "2", *CELLS, "--let", "3", "--po2", "2"), "--let changes nothing")
    assert "no beam of carbon" in refusal("rbe", "2", *CELLS, "--let", "2")


def test_the_tail_of_fragments_is_not_carbon() -> None:
    assert "only fragments" in refusal("survival", "2", *CELLS, "-q", "carbon", "--energy", "290", "--depth", "180")
    behind = ask("let", "carbon", "290", "--depth", "180")
    assert behind["beam_let_kev_um"] is None
    assert behind["beam_dose_over_peak"] > 0.02
    assert told(behind, "only fragments arrive")
    assert ask("let", "carbon", "290", "--depth", "161")["beam_let_kev_um"] > 150.0
    rows = ask("sobp", "95", "155")["rows"]
    assert [row["let_kev_um"] is None for row in rows] == [False] * (len(rows) - 1) + [True]
    # Protons leave no tail: their last ones arrive, then nothing does.
    assert ask("let", "proton", "150", "--depth", "160")["beam_let_kev_um"] > 10.0
    with pytest.raises(InputError, match="only fragments"):
        radiation.radiation_quality("carbon", flat_part_mm=(95.0, 155.0), depth_mm=170.0)


def test_narrow_peaks_are_refused_or_remarked() -> None:
    assert "1 mm apart" in refusal("sobp", "100", "100.5")
    assert "cannot be made" in refusal("sobp", "155", "95")
    assert told(ask("sobp", "100", "103"), "is not flat")
    assert not told(ask("sobp", "95", "155"), "is not flat")
    depths = [row["depth_mm"] for row in ask("sobp", "100", "103")["rows"]]
    assert depths == sorted(set(depths))


@pytest.mark.parametrize("organ", ["lung", "parotid", "skin"])
def test_chemotherapy_is_refused_where_the_fit_does_not_know_it(organ: str) -> None:
    dose = ("--uniform-dose", "5") if organ == "skin" else ("--mean-dose", "15")
    assert "chemotherapy" in refusal("ntcp", "--organ", organ, *dose, "--chemotherapy")


def test_chemotherapy_changes_the_oesophagus() -> None:
    words = ("ntcp", "--organ", "oesophagus", "--mean-dose", "30")
    odds = [p / (1.0 - p) for p in (ask(*words)["probability"], ask(*words, "--chemotherapy")["probability"])]
    assert math.log(odds[1] / odds[0]) == pytest.approx(1.5)


@pytest.mark.parametrize(
    "words",
    [
        ("isoeffective-dose", "2", *CELLS, "--from", "6 MV", "--to", "220 kVp", "--model", "lem"),
        ("survival", "2", *CELLS, "--model", "mkm"),
        ("survival", "2", *CELLS, "-q", "carbon", "--let", "50", "--depth", "100"),
        ("bed", "2", "-n", "30", "--alpha-beta", "10", "--kick-off", "28"),
        ("bed", "2", "-n", "30", "--alpha-beta", "10", "--days", "40"),
        ("bed", "2", "-n", "30", "--tissue", "prostate"),
        ("sobp", "95", "155", "--model", "mkm"),
        ("sobp", "95", "155", "--flat", "rbe"),
        ("rbe", "2", "--line", "HSG", "--alpha", "0.3", "--let", "50"),
        ("bed", "2", "-n", "30", "--line", "HSG", "--alpha-beta", "10"),
    ],
)
def test_an_option_that_changes_nothing_is_refused(words: tuple[str, ...]) -> None:
    assert refusal(*words)


@pytest.mark.parametrize(
    ("words", "remark"),
    [
        (("survival", "2", *CELLS, "--transition-dose", "6"), "--transition-dose"),
        (("rbe", "2", *CELLS, "--let", "50", "--transition-dose", "9"), "--transition-dose"),
        (("bed", "2", "-n", "30", "--alpha-beta", "10", "--transition-dose", "6"), "--transition-dose"),
        (("bed", "2", "-n", "20", "--days", "20", "--tissue", "head and neck"), "--days"),
        (("oer", "2", "--let", "5", "--model", "alper-howard-flanders"), "--let"),
        (
            ("isoeffective-dose", "2", *CELLS, "--from", "6 MV", "--from-let", "1", "--to", "carbon", "--to-let", "50"),
            "--from-let",
        ),
        (("survival", "40", *CELLS), "dose per fraction 40 Gy is outside 0-30 Gy"),
    ],
)
def test_an_option_that_changes_nothing_here_is_remarked(words: tuple[str, ...], remark: str) -> None:
    assert told(ask(*words), remark)


def ten_percent_rbe(alpha: float, beta: float, photon_gy: float) -> float:
    return photon_gy / float(radiation.dose_of_effect(np.log(10.0), alpha, beta))


# Furusawa 2000: measured D10 over that of X-rays (7.07 Gy V79, 4.08 Gy HSG).
@pytest.mark.parametrize(
    ("line", "photon_gy", "let", "measured"),
    [("V79", 7.07, 102.0, 3.63), ("V79", 7.07, 206.0, 4.07), ("HSG", 4.08, 80.6, 2.62)],
)
def test_a_line_with_its_own_parameter_set_has_its_measured_rbe(
    line: str, photon_gy: float, let: float, measured: float
) -> None:
    own = radiation.ion_coefficients("carbon", let, line=line)
    assert ten_percent_rbe(*(float(c) for c in own), photon_gy) == pytest.approx(measured, rel=0.15)
    named = radiation.ion_coefficients("carbon", let, 0.2, 0.03, model="mkm", mkm=line)
    assert [float(c) for c in named] == pytest.approx([float(c) for c in own])
    carbon = radiation.radiation_quality("carbon", let_kev_um=let)
    found = radiation.isoeffective_dose(1.5, carbon, "Co-60", line=line)
    assert found.model == "mkm"
    assert found.ln_sd < 0.2
    assert next(iter(ask("rbe", "1.5", "--line", line, "--let", str(let))["rbe"])) == "mkm"


def test_a_named_parameter_set_is_used_for_any_cells() -> None:
    words = ("rbe", "1.5", "--alpha", "0.184", "--beta", "0.02", "--let", "102")
    named, line = ask(*words, "--mkm", "v79"), ask("rbe", "1.5", "--line", "V79", "--let", "102")
    assert named["rbe"]["mkm"] == pytest.approx(line["rbe"]["mkm"], rel=0.01)
    assert named["rbe"]["mkm"] > 1.2 * ask(*words)["rbe"]["mkm"]
    assert "did you mean 'v79'" in refusal(*words, "--mkm", "v78")
    assert told(ask(*words, "--mkm", "v79", "--model", "generic"), "--mkm v79 changes nothing")
    assert told(ask("survival", "2", *CELLS, "--mkm", "v79"), "--mkm v79 changes nothing")
    assert "--mkm" in refusal("sobp", "95", "155", "--mkm", "v79")


def test_every_parameter_set_that_a_line_names_exists_and_is_used() -> None:
    named = {radiation.irradiated_line(name).mkm for name in parameters.lines()} - {None}
    assert named == set(radiation.mkm_lines())


def test_the_generic_fit_is_a_third_low_for_rodent_fibroblasts() -> None:
    generic = radiation.generic_carbon_coefficients(102.0, 0.184, 0.02)
    assert ten_percent_rbe(*(float(c) for c in generic), 7.07) < 0.7 * 3.63


def test_outside_its_range_the_parameter_set_gives_way_to_the_generic_fit() -> None:
    own = radiation.ion_coefficients("carbon", 10.0, line="V79")
    generic = radiation.generic_carbon_coefficients(10.0, 0.184, 0.02)
    assert [float(c) for c in own] == pytest.approx([float(c) for c in generic])
    both = radiation.ion_coefficients("carbon", np.array([10.0, 102.0]), line="V79")
    assert both[0][0] == pytest.approx(float(own[0]))
    assert both[0][1] == pytest.approx(float(radiation.ion_coefficients("carbon", 102.0, line="V79")[0]))


def test_a_line_is_its_declared_coefficients() -> None:
    line = radiation.irradiated_line("CT26")
    given = (
        "--alpha",
        str(line.alpha_x),
        "--beta",
        str(line.beta_x),
        "--transition-dose",
        str(line.transition_dose_gy),
    )
    by_line, by_hand = ask("rbe", "5", "--line", "ct-26", "--let", "50"), ask("rbe", "5", *given, "--let", "50")
    assert by_line["rbe"] == pytest.approx(by_hand["rbe"])
    ratio = ask("bed", "2", "-n", "30", "--line", "CT26")["alpha_beta_gy"]
    assert ratio == pytest.approx(line.alpha_x / line.beta_x)
    assert told(ask("rbe", "5", "--line", "TUBO", "--let", "50"), "assumed, not measured")
    assert "did you mean" in refusal("rbe", "5", "--line", "MC39", "--let", "50")


def width(line: str) -> float:
    carbon = radiation.radiation_quality("carbon", let_kev_um=75.0)
    found = radiation.isoeffective_dose(2.0, carbon, "Co-60", line=line)
    return float(np.log(found.high_gy / found.low_gy))


def test_lymphoid_lines_spread_as_documented_and_measured_ones_little() -> None:
    assert width("Jurkat") == pytest.approx(2 * 0.9945 * math.hypot(0.58, 0.08), rel=1e-3)
    assert width("A20") == width("Jurkat")
    assert width("MC38") == pytest.approx(2 * 0.9945 * math.hypot(0.25, 0.08), rel=1e-3)
    assert width("B16-F10") < 0.6 * width("MC38")


def test_intervals_of_the_rbe_hold_it_and_grow_with_their_level() -> None:
    answers = [ask("rbe", "2", *CELLS, "--let", "50", "--level", level) for level in ("0.5", "0.9")]
    for name, rbe in answers[0]["rbe"].items():
        assert answers[1]["rbe_low"][name] < answers[0]["rbe_low"][name] < rbe
        assert rbe < answers[0]["rbe_high"][name] < answers[1]["rbe_high"][name]


def test_kilovolt_x_rays_are_more_effective_than_cobalt() -> None:
    assert ask("rbe", "2", *CELLS, "-q", "Co-60")["rbe"]["reference"] == pytest.approx(1.0)
    assert 1.05 < ask("rbe", "2", *CELLS, "-q", "220 kVp")["rbe"]["reference"] < 1.15


# Anoxic: V79 and carbon of Furusawa 2000 as quoted in docs (1.92 at 100, 1.39 at 150 keV/um), CHO and carbon of
# Tinganelli 2015 (1.81 +- 0.12), alpha particles of Barendsen 1966 (2.05 at 61, 1.0 at 165 keV/um).
@pytest.mark.parametrize(
    ("particle", "let", "oer", "tolerance"),
    [
        ("carbon", 100.0, 1.92, 0.1),
        ("carbon", 150.0, 1.39, 0.1),
        ("carbon", 100.0, 1.81, 0.12),
        ("helium", 61.0, 2.05, 0.1),
        ("helium", 165.0, 1.0, 0.15),
    ],
)
def test_oxygen_counts_less_for_helium_than_for_carbon(particle: str, let: float, oer: float, tolerance: float) -> None:
    assert float(radiation.oxygen_enhancement_ratio(0.0, let, particle=particle)) == pytest.approx(oer, abs=tolerance)


def test_at_one_let_carbon_keeps_more_oxygen_effect_than_helium() -> None:
    let = np.array([30.0, 100.0, 150.0, 200.0])
    helium, any_ion, carbon = (
        radiation.oxygen_enhancement_ratio(0.0, let, particle=p) for p in ("helium", None, "carbon")
    )
    assert np.all(helium < any_ion)
    assert np.all(any_ion < carbon)


def test_oxygen_ratio_has_an_interval_and_a_reference_pressure() -> None:
    anoxic = ask("oer", "0", "-q", "carbon", "--let", "80")
    assert 1.6 < anoxic["oer_low"] < anoxic["oer"] < anoxic["oer_high"] < 2.5
    against = ask("oer", "2.5", "-q", "carbon", "--let", "80", "--reference-po2", "30")
    full = [ask("oer", p, "-q", "carbon", "--let", "80")["oer"] for p in ("2.5", "30")]
    assert against["oer"] == pytest.approx(full[0] / full[1])
    same = ask("oer", "30", "-q", "carbon", "--let", "80", "--reference-po2", "30")
    assert same["oer"] == same["oer_low"] == same["oer_high"] == pytest.approx(1.0)
    better = ask("oer", "100", "-q", "carbon", "--let", "80", "--reference-po2", "30")
    assert better["oer_low"] <= better["oer"] <= better["oer_high"] < 1.0


def test_oxygen_of_a_survival_curve_is_that_of_its_ion() -> None:
    def surviving(quality: str) -> float:
        words = ("--alpha", "0.3", "--beta", "0", "-q", quality, "--let", "100", "--po2", "0")
        found = ask("survival", "1", *words)
        return -math.log(found["surviving_fraction"]) / found["alpha_per_gy"]

    assert surviving("carbon") < surviving("helium")


def test_an_rbe_weighted_peak_is_flat_and_its_physical_dose_falls() -> None:
    words = ("sobp", "95", "155", "--line", "HSG", "--dose", "3.6")
    flat = ask(*words, "--flat", "rbe")["rows"]
    inside = [row for row in flat if 95.0 < row["depth_mm"] < 155.0]
    assert [row["rbe_weighted_dose_gy"] for row in inside] == pytest.approx([3.6] * len(inside), rel=0.01)
    assert np.all(np.diff([row["dose_gy"] for row in inside]) < 0)
    physical = [row for row in ask(*words)["rows"] if 95.0 < row["depth_mm"] < 155.0]
    assert [row["dose_gy"] for row in physical] == pytest.approx([3.6] * len(physical), rel=0.01)
    assert np.all(np.diff([row["rbe_weighted_dose_gy"] for row in physical]) > 0)
    assert flat[-1]["rbe"] is None


def test_each_day_after_the_kick_off_costs_the_published_dose() -> None:
    # Withers 1988: 0.6 Gy per day after four weeks; 46 days cost 18 x 0.6 = 10.8 Gy of the 70 Gy.
    bed = ("bed", "2", "-n", "35", "--tissue", "head and neck", "--days")
    found = ask(*bed, "46")
    assert found["lost_to_regrowth_eqd2_gy"] == pytest.approx(10.8)
    assert found["time_corrected_eqd2_gy"] == pytest.approx(59.2)
    assert found["time_corrected_bed_gy"] == pytest.approx(84.0 - 10.8 * 1.2)
    assert found["time_corrected_eqd2_low_gy"] < 59.2 < found["time_corrected_eqd2_high_gy"]
    assert ask(*bed, "28")["time_corrected_eqd2_gy"] == pytest.approx(70.0)
    assert ask(*bed, "47")["time_corrected_eqd2_gy"] == pytest.approx(58.6)
    own = ask("bed", "2", "-n", "35", "--alpha-beta", "10", "--days", "46", "--kick-off", "28", "--dose-per-day", "0.6")
    assert own["time_corrected_eqd2_gy"] == pytest.approx(59.2)
    assert ask("bed", "2", "-n", "2", "--tissue", "oesophagus", "--days", "300")["time_corrected_bed_gy"] == 0.0


@pytest.mark.parametrize("name", sorted(radiation.regrowing_tissues()))
def test_every_tissue_that_regrows_has_units_and_sources(name: str) -> None:
    found = radiation.regrowth_in_course(name)
    assert found.limits
    assert {key: row.unit for key, row in found.coefficients.items()} == {
        "kick_off": "day",
        "dose_per_day": "Gy/day",
        "alpha_beta": "Gy",
    }
    assert all(row.source.cite or len(row.source.note.split()) >= 5 for row in found.coefficients.values())
    with pytest.raises(InputError, match="regrowth"):
        radiation.regrowth_in_course("liver")


ANSWERS = {
    "survival": lambda: cells.survival(3.0, 0.3, 0.03, "carbon", 50.0, po2=2.0, curve=True),
    "rbe": lambda: cells.rbe(3.0, 0.3, 0.03, "carbon", 50.0, curve=True),
    "oer": lambda: cells.oxygen_enhancement(2.0, 80.0, quality="carbon", curve=True),
    "isoeffective": lambda: isoeffect.isoeffective_dose(3.0, 0.3, 0.03, "carbon", "6 MV", 50.0, curve=True),
    "immunogenic": lambda: cells.immunogenic(8.0, 0.3, 0.03, curve=True),
    "let": lambda: beams.let("carbon", 290.0, 150.0, curve=True),
    "range": lambda: beams.csda_range("proton", 150.0, curve=True),
    "ntcp": lambda: tissue.complication("lung", 20.0, fractions=16, curve=True),
}
MARKED = {
    "survival": 3.0,
    "rbe": 50.0,
    "oer": 2.0,
    "isoeffective": 3.0,
    "immunogenic": 8.0,
    "let": 150.0,
    "range": 150.0,
    "ntcp": 20.0,
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_figure_marks_the_answer_on_its_curve_and_names_units(name: str) -> None:
    answer: Calculation = ANSWERS[name]()
    curves = answer.curves
    assert curves is not None
    assert curves.x_label.endswith("]")
    assert curves.title
    assert curves.marks
    for curve, (x, y) in curves.marks.items():
        assert x == MARKED[name]
        assert y == pytest.approx(np.interp(x, curves.x, curves.by_name[curve]), rel=0.02)
    numbers = [v for v in answer.values.values() if isinstance(v, float)] + list(answer.values.get("rbe", {}).values())
    assert {y for _, y in curves.marks.values()} <= set(numbers)


def test_a_figure_of_a_peak_names_both_axes(tmp_path: Path) -> None:
    answer = beams.spread_out_peak(95.0, 155.0, curve=True, dose_gy=2.0, line="HSG")
    assert answer.curves is not None
    assert answer.curves.right == ("LET",)
    assert answer.curves.right_label == "dose-averaged LET [keV/µm]"
    assert answer.curves.y_label == "dose of a fraction [Gy]"
    file = tmp_path / "peak.svg"
    CliRunner().invoke(app, ["sobp", "95", "155", "--plot", str(file)], catch_exceptions=False)
    assert "<svg" in file.read_text(encoding="utf-8")
