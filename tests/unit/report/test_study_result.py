"""Results are numbers; what is done with them (plots, report, files, a notebook's view) is added above."""

from __future__ import annotations

from html import escape, unescape

import abscopal as ab
from abscopal import pipeline
from abscopal.report import StudyResult
from abscopal.results import Result

HOSTILE = "<script>alert(1)</script>"


def test_running_in_python_gives_what_can_be_plotted_and_the_pipeline_gives_numbers(lab):
    study = lab.study("CT26", {"x": lab.x_rays(8)}, size=2, follow_up=10)
    numbers, whole = pipeline.run(study), ab.run(study)
    assert type(numbers) is Result
    assert type(whole) is StudyResult
    assert not {"plot", "save", "report"} & set(dir(numbers))
    assert whole.table().equals(StudyResult.of(numbers).table())
    assert whole.plot("growth").axes


def test_a_notebook_shows_the_answers_and_the_end_points_and_no_element_of_the_study(result, synthetic):
    shown = result._repr_html_()
    assert "never advice on a patient" in shown
    assert "Carbon + both antibodies against Carbon: the time to the volume limit is longer" in shown
    assert "<td>median time to the volume limit</td>" in shown
    arms = ("Control", HOSTILE, "Carbon", "Both")
    hostile = StudyResult.build(synthetic.dataset(arms), synthetic.metadata(arms, title=HOSTILE))
    assert "<script" not in hostile._repr_html_()


def test_what_is_odd_about_a_study_is_not_silent_in_python(lab):
    found = ab.run(lab.study("CT26", {"x": lab.x_rays(60)}, size=2, follow_up=10))
    (told,) = [words for words in found.warnings if "60 Gy in one fraction" in words]
    assert escape(told) in found._repr_html_()
    assert f"{len(found.warnings)} in .warnings" in repr(found)
    assert set(found.remarks) <= {""} or found.remarks[0] in unescape(found._repr_html_())


def test_the_report_is_the_file_that_is_saved(result, tmp_path):
    folder = result.save(tmp_path / "out")
    assert (folder / "report.html").read_text(encoding="utf-8") == result.report()
