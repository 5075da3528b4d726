from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.colors import to_hex

from abscopal.errors import InputError
from abscopal.plots import KINDS, draw
from abscopal.plots.curves import Curves
from abscopal.plots.folds import fold_ticks
from abscopal.plots.interactive import frame, immune, outcomes, schedule, volumes
from abscopal.plots.palette import arm_styles, wrapped
from abscopal.plots.paper.calculator import calculated
from abscopal.results import Result


def interactive(result):
    found = [volumes.growth(result), volumes.spider(result), outcomes.survival(result), outcomes.response(result)]
    return [*found, immune.readouts(result), immune.mediators(result.comparisons[0]), schedule.timetable(result)]


def visible(figure):
    return [axis for axis in figure.axes if axis.get_visible()]


@pytest.mark.parametrize("kind", KINDS)
def test_every_panel_of_a_paper_figure_names_its_axes(result, kind):
    for axis in visible(draw(result, kind)):
        labels = axis.get_xlabel() + axis.get_ylabel() + axis.get_title(loc="left")
        assert labels, f"a panel of {kind} has no label"


def test_volumes_and_readouts_carry_units(result):
    assert visible(draw(result, "growth"))[0].get_ylabel() == "tumour volume [mm³]"
    panels = {axis.get_title(): axis.get_ylabel() for axis in visible(draw(result, "readouts"))}
    assert panels["CD8 T cells (left leg)"] == "[cells/mm³]"
    assert panels["lymphocytes in blood (body)"] == "[cells/µL]"
    assert all(unit.startswith("[") for unit in panels.values())


def test_an_arm_has_one_colour_everywhere(result):
    styles = arm_styles(result.metadata)
    growth = {line.get_label(): to_hex(line.get_color()) for line in draw(result, "growth").axes[0].lines}
    web = {t["name"]: t["line"]["color"] for t in volumes.growth(result)["data"] if t.get("meta") != "band"}
    survival = {
        t["name"]: t["line"]["color"] for t in outcomes.survival(result)["data"] if t.get("line", {}).get("shape")
    }
    for arm, style in styles.items():
        assert growth[arm] == style.colour.lower()
        assert web[arm] == survival[arm] == style.colour


def test_twenty_arms_are_all_told_apart(synthetic):
    arms = tuple(f"arm {i}" for i in range(20))
    meta = Result.build(synthetic.dataset(arms, subjects=2), synthetic.metadata(arms)).metadata
    styles = arm_styles(meta)
    assert len({(s.colour, s.dash) for s in styles.values()}) == 20
    assert styles["arm 0"].colour == "#555555"


def test_the_growth_figure_draws_the_median_and_its_quantiles(result):
    trace = next(t for t in volumes.growth(result)["data"] if t["name"] == "Carbon" and t.get("meta") != "band")
    expected = result.data["volume"].sel(arm="Carbon", site="left leg").median("subject")
    assert trace["y"] == pytest.approx(list(expected.values), rel=2e-3)
    paper = next(line for line in draw(result, "growth").axes[0].lines if line.get_label() == "Carbon")
    assert list(paper.get_ydata()) == pytest.approx(list(expected.values))


def test_the_survival_figure_has_the_at_risk_table_of_the_curve(result):
    figure = outcomes.survival(result)
    texts = [t for t in figure["data"] if t.get("mode") == "text"]
    for arm, trace in zip(result.arms, texts, strict=True):
        assert trace["text"] == [str(n) for n in arm.survival.curve.at_risk_on(trace["x"])]
    assert texts[0]["text"][0] == "60"


def test_the_response_bars_add_up_and_the_whiskers_are_the_intervals(result):
    data = [t for t in outcomes.response(result)["data"] if t["xaxis"] == "x"]
    bars = [t for t in data if t["type"] == "bar"]
    assert [sum(t["x"][a] for t in bars) for a in range(4)] == pytest.approx([100.0] * 4, abs=0.1)
    whisker = next(t for t in data if t["type"] == "scatter")
    share = result.arms[3].sites[0].responses["complete"]
    assert whisker["x"][3] + whisker["error_x"]["array"][3] == pytest.approx(100 * share.high, abs=0.1)


def test_plotly_accepts_every_interactive_figure(result):
    go = pytest.importorskip("plotly.graph_objects")
    for figure in interactive(result):
        go.Figure({"data": figure["data"], "layout": figure["layout"]})
        json.dumps(figure, allow_nan=False)


def test_names_are_shown_as_written_not_as_tags(synthetic):
    arms = ("Control", "<img src=x onerror=alert(1)>", "b", "c & d")
    built = Result.build(synthetic.dataset(arms), synthetic.metadata(arms))
    for figure in interactive(built):
        text = json.dumps(figure)
        assert "<img" not in text
        assert "c & d" not in text


def test_figures_stay_small_for_many_animals_and_days(synthetic):
    arms = tuple(f"arm {i}" for i in range(8))
    data = synthetic.dataset(arms, subjects=300, last_day=400)
    figures = interactive(Result.build(data, synthetic.metadata(arms)))
    assert sum(len(json.dumps(f, separators=(",", ":"))) for f in figures) < 1_000_000


def test_a_log_axis_never_meets_zero(synthetic):
    data = synthetic.dataset()
    data["volume"][3] = 0.0
    figure = volumes.growth(Result.build(data, synthetic.metadata()))
    assert min(y for t in figure["data"] for y in t["y"]) > 0
    axis = draw(Result.build(data, synthetic.metadata()), "growth", log=True).axes[0]
    assert axis.get_yscale() == "log"


def test_marks_of_one_day_do_not_hide_each_other(result):
    places = [(d, lane) for t in schedule.timetable(result)["data"] for d, lane in zip(t["x"], t["y"], strict=True)]
    inoculations = 2 * 4
    assert len(set(places)) == len(places) - inoculations // 2


def test_missing_endpoints_are_said_not_drawn(result, synthetic):
    bare = Result.build(result.data, synthetic.metadata(endpoints={}, compare=[], timetable={}))
    assert outcomes.survival(bare) is None
    assert outcomes.response(bare) is None
    for kind, message in (
        ("survival", "volume limit"),
        ("response", "response definition"),
        ("mediators", "does not exist"),
    ):
        with pytest.raises(InputError, match=message):
            draw(bare, kind)


def test_short_texts():
    assert wrapped("carbon and both antibodies", 14) == "carbon and\nboth\nantibodies"
    assert wrapped("") == ""
    assert list(fold_ticks([])) == [0.0]
    assert fold_ticks([-1.2, 1.0]) == {-2.0: "×1/4", -1.0: "×1/2", 0.0: "×1", 1.0: "×2"}


def test_many_panels_fill_rows_from_the_top_and_do_not_overlap() -> None:
    areas = frame.panels(6, 4, 0.05, 0.2)
    assert areas[0][1][1] == 1.0
    assert areas[4][0] == areas[0][0]
    assert areas[4][1][1] == pytest.approx(areas[0][1][0] - 0.2)
    assert all(right[0][0] > left[0][1] for left, right in pairwise(areas[:4]))
    assert frame.panels(2, 4, 0.1, 0.2) == [([0.0, 0.45], [0.0, 1.0]), ([0.55, 1.0], [0.0, 1.0])]


LONG = tuple(f"three fractions of 8 Gy X-rays to the right flank and anti-PD-1 on day {when}" for when in range(6))


@pytest.fixture(scope="module")
def long_names(synthetic):
    return Result.build(synthetic.dataset(LONG), synthetic.metadata(LONG, compare=[[LONG[1], LONG[0]]]))


def plain_text(text):
    return text.replace("<br>", "").replace("\n", "").replace(" ", "")


def test_no_arm_is_cut_so_that_it_looks_like_another(long_names):
    for figure in interactive(long_names):
        assert "\u2026" not in json.dumps(figure, ensure_ascii=False)
    survival, response = outcomes.survival(long_names), outcomes.response(long_names)
    for lanes in (survival["layout"]["yaxis2"]["ticktext"], response["layout"]["yaxis"]["ticktext"]):
        assert len({plain_text(lane) for lane in lanes}) == len(LONG)
    legend = [plain_text(t["name"]) for t in survival["data"] if t.get("line", {}).get("shape")]
    assert legend == [plain_text(name) for name in LONG]
    for kind in ("growth", "survival", "response", "spider", "timetable"):
        figure = draw(long_names, kind)
        shown = [t.get_text() for axis in figure.axes for t in (*axis.get_yticklabels(), axis.title)]
        shown += [t.get_text() for legend in figure.legends for t in legend.get_texts()]
        assert not any("\u2026" in text for text in shown), kind
        assert {plain_text(name) for name in LONG} <= {plain_text(text.replace("left leg", "")) for text in shown}, kind


def test_bands_of_many_arms_are_off_until_asked_for(result, long_names):
    for built, readable in ((result, True), (long_names, False)):
        for figure in (volumes.growth(built), outcomes.survival(built)):
            assert figure["bands"] is readable
            assert {t["visible"] for t in figure["data"] if t.get("meta") == "band"} == {readable}


def test_time_to_the_limit_is_in_percent_everywhere(result):
    web = outcomes.survival(result)
    assert web["layout"]["yaxis"]["title"]["text"] == "mice below the limit [%]"
    axis = draw(result, "survival").axes[0]
    assert axis.get_ylabel() == "mice below the limit [%]"
    assert max(line.get_ydata().max() for line in axis.lines) == 100


def test_a_readout_that_is_nothing_at_a_site_has_no_panel_there(synthetic):
    data = synthetic.dataset(failed=0)
    data["treg"][:, :, 1] = 0.0
    data["antigen"][:] = 0.0
    figure = immune.readouts(Result.build(data, synthetic.metadata()))
    titles = {
        place: " ".join(a["text"] for a in layout["annotations"]).replace("<br>", " ")
        for place, layout in figure["layouts"].items()
    }
    assert "regulatory T cells" in titles["left leg"]
    assert "regulatory T cells" not in titles["right leg"]
    assert all("free tumour antigen" not in text for text in titles.values())
    assert figure["zero"] == ["free tumour antigen"]
    shown = [t for t in figure["data"] if t["visible"]]
    assert all(max(max(t["y"]) for t in shown if t["yaxis"] == axis) > 0 for axis in {t["yaxis"] for t in shown})
    assert sum(t["showlegend"] for t in shown) == 4
    paper = {axis.get_title() for axis in visible(draw(Result.build(data, synthetic.metadata()), "readouts"))}
    assert not any("antigen" in title for title in paper)


def test_readouts_can_be_logarithmic_and_of_one_site(result):
    axes = visible(draw(result, "readouts", readouts=["cd8"], site="right leg", log=True))
    assert axes[0].get_yscale() == "log"
    assert "right leg" in axes[0].get_title()
    assert all(low < high for places in immune.readouts(result)["logs"].values() for low, high in places.values())


def test_a_short_peak_stays_on_a_thinned_curve(synthetic):
    data = synthetic.dataset(failed=0, last_day=400)
    data["anti_pdl1"][:] = 0.0
    data["anti_pdl1"][1, :, 203] = 77.0
    figure = immune.readouts(Result.build(data, synthetic.metadata()))
    curve = next(t for t in figure["data"] if max(t["y"]) == 77.0)
    at = curve["y"].index(77.0)
    assert curve["x"][at] == 203.0


def test_the_figure_of_a_calculator_marks_the_answer_and_shows_its_whole_title() -> None:
    curves = Curves(
        np.array([0.0, 1.0, 2.0]),
        {"a": np.array([0.0, 2.0, 4.0])},
        "LET [keV/um]",
        "RBE",
        title="a title of many words " * 6,
        marks={"a": (1.0, 2.0)},
        bands={"a": (np.array([0.0, 1.0, 3.0]), np.array([0.0, 3.0, 5.0]))},
    )
    figure = calculated(curves)
    figure.canvas.draw()
    (axis,) = figure.axes
    assert axis.get_xlabel() == "LET [keV/µm]"
    assert any(list(line.get_xdata()) == [1.0] and list(line.get_ydata()) == [2.0] for line in axis.get_lines())
    assert any(set(line.get_xdata()) == {1.0} and len(line.get_xdata()) == 2 for line in axis.get_lines())
    box, whole = axis.title.get_window_extent(), figure.bbox
    assert whole.x0 <= box.x0
    assert box.x1 <= whole.x1
