"""A study as files for other tools: the SED-ML names what the SBML has, and the archive holds what its list says."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from abscopal import engine, pipeline, published
from abscopal.actions.model import export_omex, export_sbml
from abscopal.cli.application import app
from abscopal.errors import InputError
from abscopal.simulation import median_subject

libsbml = pytest.importorskip("libsbml")

EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"
SEDML = "{http://sed-ml.org/sed-ml/level1/version3}"
MANIFEST = "{http://identifiers.org/combine.specifications/omex-manifest}"


@pytest.fixture(scope="module")
def prepared():
    return pipeline.prepare(pipeline.load(EXAMPLE))


@pytest.fixture(scope="module")
def archive(prepared):
    return zipfile.ZipFile(io.BytesIO(published.omex_of_study(prepared)))


def test_the_archive_lists_what_it_holds_and_holds_what_it_lists(archive, prepared):
    root = ElementTree.fromstring(archive.read("manifest.xml"))
    listed = {c.get("location"): c for c in root.iter(f"{MANIFEST}content")}
    assert {place.removeprefix("./") for place in listed} - {"."} == set(archive.namelist())
    assert [p for p, c in listed.items() if c.get("master") == "true"] == ["./simulation.sedml"]
    assert sum(p.startswith("./models/") for p in listed) == len(prepared.study.arms)
    assert archive.read("study.yaml").decode() == EXAMPLE.read_text()
    assert "10.18632/oncotarget.26551" in archive.read("metadata.rdf").decode()


def test_every_reference_of_the_simulation_is_to_something_that_is_there(archive, prepared):
    root = ElementTree.fromstring(archive.read("simulation.sedml"))
    models = {m.get("id"): m for m in root.iter(f"{SEDML}model")}
    assert {m.get("name") for m in models.values()} == {a.name for a in prepared.study.arms}
    tasks = {t.get("id"): t.get("modelReference") for t in root.iter(f"{SEDML}task")}
    assert set(tasks.values()) == set(models)
    generators = {g.get("id") for g in root.iter(f"{SEDML}dataGenerator")}
    used = {c.get(k) for c in root.iter(f"{SEDML}curve") for k in ("xDataReference", "yDataReference")}
    assert used <= generators
    namespace = {"sbml": "http://www.sbml.org/sbml/level3/version2/core"}
    documents = {i: ElementTree.fromstring(archive.read(m.get("source"))) for i, m in models.items()}
    targets = [(v.get("target"), tasks[v.get("taskReference")]) for v in root.iter(f"{SEDML}variable")]
    for target, model in targets:
        if target is not None:
            found = documents[model].findall(target.replace("/sbml:sbml/", "./"), namespace)
            assert len(found) == 1, target
    assert len(list(root.iter(f"{SEDML}plot2D"))) == len(prepared.study.sites)
    (course,) = root.iter(f"{SEDML}uniformTimeCourse")
    assert float(course.get("outputEndTime")) == prepared.study.follow_up_days - prepared.start_day


@pytest.mark.slow
def test_another_program_that_follows_the_simulation_sees_the_volumes_of_the_median_subject(archive, prepared):
    roadrunner = pytest.importorskip("roadrunner")
    root = ElementTree.fromstring(archive.read("simulation.sedml"))
    (course,) = root.iter(f"{SEDML}uniformTimeCourse")
    (model,) = (m for m in root.iter(f"{SEDML}model") if m.get("name") == "P1C4")
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)  # half the time to compile
    run = roadrunner.RoadRunner(archive.read(model.get("source")).decode())
    run.integrator.relative_tolerance = 1e-10
    run.timeCourseSelections = ["time", "volume_irradiated", "volume_distant"]
    end, points = float(course.get("outputEndTime")), int(course.get("numberOfPoints")) + 1
    theirs = np.asarray(run.simulate(0.0, end, points))
    start = prepared.timelines["P1C4"].start_day
    values = median_subject(prepared, "P1C4").reshape(1, -1)
    ours = engine.solve(
        prepared.model.system,
        prepared.schedules["P1C4"],
        values,
        theirs[:, 0] + start,
        start=start,
        solver="reference",
        rtol=1e-10,
    )
    for column, name in enumerate(("volume@irradiated", "volume@distant"), start=1):
        expected = ours.output(name)[0]
        np.testing.assert_allclose(theirs[:, column] / expected.max(), expected / expected.max(), rtol=0, atol=1e-6)


def test_the_document_of_an_arm_says_which_study_arm_and_version_it_is(archive, prepared):
    document = libsbml.readSBMLFromString(archive.read("models/Comb.xml").decode())
    notes, annotation = document.getModel().getNotesString(), document.getModel().getAnnotationString()
    assert prepared.study.title.split(",")[0] in notes
    assert "Arm Comb" in notes
    assert prepared.study.origin.sha256 in notes
    assert "https://identifiers.org/doi:10.18632/oncotarget.26551" in annotation
    document.checkConsistency()
    assert document.getNumErrors() == 0


def test_the_same_study_gives_the_same_bytes(prepared):
    assert published.omex_of_study(prepared, ["NoTX"]) == published.omex_of_study(prepared, ["NoTX"])


def test_the_files_are_written_beside_each_other(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "runs").mkdir()
    sbml, sedml = tmp_path / "models" / "lm8.xml", tmp_path / "runs" / "lm8.sedml"
    assert export_sbml(EXAMPLE, sbml, "P1C4", (), sedml).arm == "P1C4"
    (model,) = ElementTree.parse(sedml).iter(f"{SEDML}model")
    assert (sedml.parent / model.get("source")).resolve() == sbml.resolve()
    assert export_omex(EXAMPLE, tmp_path / "lm8.omex", "NoTX")[1] == ["NoTX"]
    assert zipfile.is_zipfile(tmp_path / "lm8.omex")
    with pytest.raises(InputError, match=r"unknown arm 'Com'(?s:.*)'Comb'"):
        export_omex(EXAMPLE, tmp_path / "lm8.omex", "Com")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "choose one"),
        (["--omex", "a.omex", "--sbml", "a.xml"], "choose one"),
        (["--omex", "a.omex", "--sedml", "a.sedml"], "--sedml: it needs the SBML file"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, message):
    from typer.testing import CliRunner

    ran = CliRunner().invoke(app, ["model", "export", str(EXAMPLE), *options])
    assert isinstance(ran.exception, InputError)
    assert message in str(ran.exception)
