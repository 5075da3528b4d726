"""Calibration problems in PEtab: every condition does in libRoadRunner what its arm does here; tables as specified."""

from __future__ import annotations

import csv
import io
import warnings
from pathlib import Path

import numpy as np
import pytest

from abscopal import cohort, engine, pipeline, published
from abscopal.errors import InputError
from abscopal.published.petab import treatments
from abscopal.published.petab.measurements import Measurement
from abscopal.published.sbml.export.changes import Act

libsbml = pytest.importorskip("libsbml")
roadrunner = pytest.importorskip("roadrunner")

from oracle import ids_by_name, selection  # noqa: E402

EXAMPLES = Path(__file__).parents[2] / "examples"
POINTS = 60
HEADING = "arm,site,day,observable,value,sd\n"


@pytest.fixture(scope="module")
def prepared():
    return pipeline.prepare(pipeline.load(EXAMPLES / "deng2014.yaml"))


@pytest.fixture(scope="module")
def changed_hosts(tmp_path_factory):
    """The same study in nude mice in one arm, so that a condition changes parameters too."""
    text = (EXAMPLES / "deng2014.yaml").read_text()
    assert "  IR:\n" in text
    file = tmp_path_factory.mktemp("study") / "hosts.yaml"
    file.write_text(text.replace("  IR:\n", "  IR:\n    host_changes: [nude]\n", 1))
    return pipeline.prepare(pipeline.load(file))


def _measured(prepared):
    site = prepared.study.sites[0].name
    volumes = [
        Measurement(a.name, f"volume@{site}", day, 100.0, 20.0) for a in prepared.study.arms for day in (5.0, 10.0)
    ]
    return [*volumes, Measurement(prepared.study.control, "lymphocytes@blood", 5.0, 1.0, 0.1)]


def _table(problem, name):
    return list(csv.DictReader(io.StringIO(problem.files[name]), delimiter="\t"))


def _ours(prepared, arm, times):
    names, changes = prepared.model.parameter_names, prepared.study.host_changes(arm)
    takes = treatments.takes(prepared)[arm]
    values = np.array([[takes.get(n, p.value) for n, p in prepared.declared.items()]])
    timeline = prepared.timelines[arm]
    return engine.solve(
        prepared.model.system,
        prepared.schedules[arm],
        cohort.apply_host_changes(values, names, changes),
        times,
        start=timeline.start_day,
        solver="reference",
        rtol=1e-10,
        atol=1e-10,
    )


def _theirs(problem, row, outputs, length):
    document = libsbml.readSBMLFromString(problem.files["model.xml"])
    for name, value in row.items():
        if name not in ("conditionId", "conditionName"):
            document.getModel().getParameter(name).setValue(float(value))
    ids = ids_by_name(document)
    run = roadrunner.RoadRunner(libsbml.writeSBMLToString(document))
    run.integrator.relative_tolerance = 1e-10
    run.integrator.absolute_tolerance = 1e-12
    run.integrator.maximum_num_steps = 500_000
    run.timeCourseSelections = ["time", *(selection(document, ids[n]) for n in outputs)]
    return np.asarray(run.simulate(0.0, length, POINTS))[:, 1:]


@pytest.mark.slow
def test_every_condition_does_what_its_arm_does(changed_hosts):
    study = changed_hosts.study
    problem = published.petab_problem(changed_hosts, _measured(changed_hosts), ["alpha_photon"])
    length = study.follow_up_days - problem.start_day
    last = {}
    for row in _table(problem, "conditions.tsv"):
        arm = row["conditionName"]
        ours = _ours(changed_hosts, arm, np.linspace(problem.start_day, study.follow_up_days, POINTS))
        theirs = _theirs(problem, row, ours.names, length)
        largest = np.maximum(np.abs(theirs).max(axis=0), 1e-6)
        np.testing.assert_allclose(ours.outputs[0] / largest, theirs / largest, rtol=0, atol=1e-6, err_msg=arm)
        last[arm] = ours.output("cd8@blood")[0, -1], ours.output("volume@irradiated")[0, -1]
    assert len(last) == len(study.arms)
    assert len(set(last.values())) == len(last), "no two arms are the same, so the switches have been tried"
    assert any(name.startswith("factor_") for name in _table(problem, "conditions.tsv")[0])


@pytest.mark.slow
def test_the_problem_passes_the_checks_of_the_petab_package(prepared, tmp_path):
    petab = pytest.importorskip("petab.v1")
    names = ["alpha_photon", "doubling_time", "growth_exponent", "inoculum_take@irradiated"]
    published.petab_problem(prepared, _measured(prepared), names).save(tmp_path / "problem")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of libraries it uses
        problem = petab.Problem.from_yaml(str(tmp_path / "problem" / "problem.yaml"))
        assert not petab.lint_problem(problem)
    assert len(problem.measurement_df) == 2 * len(prepared.study.arms) + 1


def test_a_range_is_a_flat_prior(prepared):
    """The limits of a uniform uncertainty, not those of the parameter."""
    problem = published.petab_problem(prepared, _measured(prepared), ["immunogenic_death_high"])
    (row,) = _table(problem, "parameters.tsv")
    assert row["objectivePriorType"] == "uniform"
    assert row["objectivePriorParameters"] == "0.3;0.9"
    assert (float(row["lowerBound"]), float(row["upperBound"])) == prepared.declared["immunogenic_death_high"].bounds


@pytest.mark.slow
def test_parameters_have_the_bounds_and_priors_of_the_catalogue(prepared):
    problem = published.petab_problem(prepared, _measured(prepared), ["alpha_photon", "inoculum_take@irradiated"])
    alpha, take = _table(problem, "parameters.tsv")
    item = prepared.declared["alpha_photon"]
    assert (float(alpha["lowerBound"]), float(alpha["upperBound"])) == item.bounds
    assert float(alpha["nominalValue"]) == item.value
    assert alpha["objectivePriorType"] == "logNormal"
    centre, width = map(float, alpha["objectivePriorParameters"].split(";"))
    assert np.exp(centre) == pytest.approx(item.value)
    # A log-normal spread of this coefficient of variation.
    assert np.sqrt(np.expm1(width**2)) == pytest.approx(item.spread.uncertainty.width)
    # What is estimated is not fixed by the conditions, and starts at the value that gives the start volume.
    assert "inoculum_take_irradiated" not in _table(problem, "conditions.tsv")[0]
    assert float(take["nominalValue"]) == treatments.takes(prepared)["ctrl"]["inoculum_take@irradiated"]


def test_libsbml_finds_no_fault_in_the_model_with_the_arms_of_changed_hosts(changed_hosts):
    problem = published.petab_problem(changed_hosts, _measured(changed_hosts), ["alpha_photon"])
    document = libsbml.readSBMLFromString(problem.files["model.xml"])
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []
    reactions = {r.getId() for r in document.getModel().getListOfReactions()}
    assert "cd8_homing_from_cd8_blood_to_cd8_irradiated" in reactions, "factors of hosts leave the flows as they are"


def test_times_count_from_the_first_inoculation(prepared):
    problem = published.petab_problem(prepared, _measured(prepared), ["alpha_photon"])
    assert problem.start_day == -9.0
    assert {float(row["time"]) for row in _table(problem, "measurements.tsv")} == {14.0, 19.0}


def test_what_arms_share_is_one_event_and_contradicting_orders_are_kept():
    a, b = Act(0.0, 0, (1.0,)), Act(0.0, 1, ())
    shared = treatments._at(0.0, {"x": [a, b], "y": [b], "z": [a, a, b]})
    assert [(s.map, s.switches) for s in shared] == [(0, ("arm x", "arm z")), (0, ("arm z",)), (1, ())]
    apart = treatments._at(0.0, {"x": [a, b], "y": [b, a]})
    for arm, order in (("arm x", [0, 1]), ("arm y", [1, 0])):
        assert [s.map for s in apart if arm in s.switches] == order


ROWS = "ctrl,irradiated,5,volume,100,20\nctrl,,5,lymphocytes,800,100\n"


def test_a_table_of_measurements_is_read(prepared, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("\ufeff" + HEADING + ROWS, encoding="utf-8")
    found = published.read_measurements(file, prepared)
    assert found[0] == Measurement("ctrl", "volume@irradiated", 5.0, 100.0, 20.0)
    assert found[1].output == "lymphocytes@blood"


def test_every_problem_of_the_table_is_named_with_its_line(prepared, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text(
        HEADING
        + "crtl,irradiated,5,volume,100,20\n"
        + "ctrl,,5,volume,100,20\n"
        + "ctrl,irradiated,5,volum,100,20\n"
        + "ctrl,irradiated,-30,volume,1,1\n"
        + "ctrl,liver,5,volume,1,1\n"
    )
    with pytest.raises(InputError) as error:
        published.read_measurements(file, prepared)
    assert {p.line for p in error.value.problems} == {2, 3, 4, 5, 6}
    for part in ("did you mean 'ctrl'", "of which site", "did you mean 'volume'", "before the first inoculation"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ctrl,irradiated,5,volume,100,", "has no error"),
        ("ctrl,irradiated,5,volume,<20,5", "no censored values"),
        ("ctrl,irradiated,5,volume,0,5", "no censored values"),
        ("ctrl,irradiated,5,volume,dead,5", "no deaths"),
        ("ctrl,irradiated,5,volume,100,0", "more than 0"),
    ],
)
def test_what_petab_cannot_hold_is_refused_with_its_line(prepared, tmp_path, row, message):
    file = tmp_path / "data.csv"
    file.write_text(HEADING + row + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=message) as error:
        published.read_measurements(file, prepared)
    assert [p.line for p in error.value.problems] == [2]


def test_the_error_of_a_mean_is_that_of_its_animals_by_the_root_of_their_number(prepared, tmp_path):
    file = tmp_path / "data.csv"
    heading = "arm;site;day;observable;value;sd;n;statistic\n"
    file.write_text(heading + "ctrl;irradiated;5;volume;8,5;20;16;mean\n", encoding="utf-8")
    assert published.read_measurements(file, prepared) == (Measurement("ctrl", "volume@irradiated", 5.0, 8.5, 5.0),)


def test_wrong_names_of_parameters_are_refused(prepared):
    with pytest.raises(InputError, match="did you mean 'alpha_photon'"):
        published.petab_problem(prepared, _measured(prepared), ["alpha_foton"])
    with pytest.raises(InputError, match="no parameter to estimate"):
        published.petab_problem(prepared, _measured(prepared), [])


def test_the_command_writes_the_folder_or_says_what_is_missing(tmp_path):
    from typer.testing import CliRunner

    from abscopal.cli.model import app

    def run(*arguments):
        return CliRunner().invoke(app, ["export", str(EXAMPLES / "deng2014.yaml"), *map(str, arguments)])

    data = tmp_path / "data.csv"
    data.write_text(HEADING + ROWS)
    folder = tmp_path / "out" / "problem"
    result = run("--petab", folder, "--data", data, "--estimate", "alpha_photon", "--estimate", "doubling_time")
    assert result.exit_code == 0, result.output
    assert "5 arms, 2 parameters" in result.output
    assert {p.name for p in folder.iterdir()} == {
        "model.xml",
        "parameters.tsv",
        "conditions.tsv",
        "observables.tsv",
        "measurements.tsv",
        "problem.yaml",
    }
    assert [p.name for p in folder.parent.iterdir()] == ["problem"]
    for arguments, message in (
        (["--petab", folder], "--data"),
        ([], "--sbml"),
        (["--petab", folder, "--sbml", "x"], "choose one"),
    ):
        assert message in str(run(*arguments).exception)
