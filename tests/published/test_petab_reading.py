"""PEtab problems of others: simulated as the analytical solution says, scored as the PEtab package scores them."""

from __future__ import annotations

import json
import math
import warnings

import numpy as np
import pytest

from abscopal import published
from abscopal.actions.petab import compare_petab
from abscopal.cli.application import app
from abscopal.errors import InputError

pytest.importorskip("libsbml")

K1, K2, A0, B0 = 0.8, 0.6, 1.0, 0.0
# A turns into B and back; start values are initial assignments, as conditions must override them too.
MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
 <model id="conversion" timeUnits="second">
  <listOfCompartments><compartment id="cell" size="1" constant="true" spatialDimensions="3"/></listOfCompartments>
  <listOfSpecies>
   <species id="A" compartment="cell" initialConcentration="9" hasOnlySubstanceUnits="false" boundaryCondition="false"
    constant="false"/>
   <species id="B" compartment="cell" initialConcentration="9" hasOnlySubstanceUnits="false" boundaryCondition="false"
    constant="false"/>
  </listOfSpecies>
  <listOfParameters>
   <parameter id="a0" value="1" constant="true"/><parameter id="b0" value="0" constant="true"/>
   <parameter id="k1" value="5" constant="true"/><parameter id="k2" value="5" constant="true"/>
   <parameter id="ruled" constant="false"/>
  </listOfParameters>
  <listOfInitialAssignments>
   <initialAssignment symbol="A"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>a0</ci></math></initialAssignment>
   <initialAssignment symbol="B"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>b0</ci></math></initialAssignment>
  </listOfInitialAssignments>
  <listOfRules>
   <assignmentRule variable="ruled"><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><cn>2</cn><ci>A</ci>
    </apply></math></assignmentRule>
  </listOfRules>
  <listOfReactions>
   <reaction id="there" reversible="false" fast="false">
    <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
    <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>k1</ci><ci>A</ci>
     </apply></math></kineticLaw></reaction>
   <reaction id="back" reversible="false" fast="false">
    <listOfReactants><speciesReference species="B" stoichiometry="1" constant="true"/></listOfReactants>
    <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/></listOfProducts>
    <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML"><apply><times/><ci>cell</ci><ci>k2</ci><ci>B</ci>
     </apply></math></kineticLaw></reaction>
  </listOfReactions>
 </model>
</sbml>
"""
YAML = {
    1: """format_version: 1
parameter_file: parameters.tsv
problems:
- sbml_files: [model.xml]
  condition_files: [conditions.tsv]
  observable_files: [observables.tsv]
  measurement_files: [measurements.tsv]
""",
    2: """format_version: 2.0.0
parameter_files: [parameters.tsv]
model_files: {conversion: {language: sbml, location: model.xml}}
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
observable_files: [observables.tsv]
measurement_files: [measurements.tsv]
""",
}
PARAMETERS = [
    "parameterId parameterScale lowerBound upperBound nominalValue estimate",
    *(f"{n} lin 0 10 {v} 1" for n, v in (("a0", A0), ("b0", B0), ("k1", K1), ("k2", K2), ("scaling", 0.5))),
]


def _problem(folder, version=1, **tables):
    """A problem with these tables, whose rows are given with blanks for tabs (`_` for an empty cell)."""
    folder.mkdir(exist_ok=True)
    (folder / "model.xml").write_text(MODEL)
    (folder / "problem.yaml").write_text(YAML[version])
    for name, rows in {"parameters": PARAMETERS, "conditions": ["conditionId", "c0"], **tables}.items():
        lines = ("\t".join("" if c == "_" else c for c in row.split(" ")) for row in rows)
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
    return folder / "problem.yaml"


def _a(t, a0=A0, b0=B0, k1=K1, k2=K2):
    end = (a0 + b0) * k2 / (k1 + k2)
    return end + (a0 - end) * math.exp(-(k1 + k2) * t)


SIMPLE = {
    "observables": ["observableId observableFormula noiseFormula", "obs_a A 0.5"],
    "measurements": [
        "observableId simulationConditionId measurement time",
        "obs_a c0 0.7 0",
        "obs_a c0 0.1 10",
    ],
}


def test_the_simulation_is_the_analytical_solution_with_its_chi2_and_likelihood(tmp_path):
    found = published.compare_petab(_problem(tmp_path, **SIMPLE))
    expected = [_a(0.0), _a(10.0)]
    np.testing.assert_allclose([r.simulation for r in found.rows], expected, rtol=1e-7)
    residuals = [(e - m) / 0.5 for e, m in zip(expected, (0.7, 0.1), strict=True)]
    assert found.chi2 == pytest.approx(sum(r**2 for r in residuals), rel=1e-6)
    density = -sum(0.5 * math.log(2 * math.pi * 0.25) + 0.5 * r**2 for r in residuals)
    assert found.log_likelihood == pytest.approx(density, rel=1e-6)
    assert found.by_observable() == [
        {"observable": "obs_a", "measurements": 2, "chi2": found.chi2, "log_likelihood": found.log_likelihood}
    ]
    assert found.problems == ()
    assert "2 measurements, chi2 0.79" in repr(found)


def test_conditions_set_parameters_species_and_formulas_of_parameters(tmp_path):
    conditions = ["conditionId k1 B", "c0 0.8 _", "c1 k2 2"]
    rows = ["observableId simulationConditionId measurement time", "obs_a c0 0 3", "obs_a c1 0 3"]
    problem = _problem(tmp_path, **{**SIMPLE, "conditions": conditions, "measurements": rows})
    found = published.compare_petab(problem)
    expected = [_a(3.0), _a(3.0, b0=2.0, k1=K2)]
    np.testing.assert_allclose([r.simulation for r in found.rows], expected, rtol=1e-7)


@pytest.mark.parametrize("version", [1, 2])
def test_a_steady_state_comes_first_and_what_is_not_set_again_stays(tmp_path, version):
    tables = dict(SIMPLE)
    if version == 1:
        tables["conditions"] = ["conditionId k1 B A", "before 0.3 2 0", "c0 0.8 NaN 1"]
        heading = "observableId preequilibrationConditionId simulationConditionId measurement time"
        tables["measurements"] = [heading, *(f"obs_a before c0 0 {t}" for t in (0, 1, "inf"))]
    else:
        changes = (
            ("before", "k1", "0.3"),
            ("before", "B", "2"),
            ("before", "A", "0"),
            ("c0", "k1", "0.8"),
            ("c0", "A", "1"),
        )
        tables["conditions"] = ["conditionId targetId targetValue", *(" ".join(c) for c in changes)]
        tables["experiments"] = ["experimentId time conditionId", "e -inf before", "e 0 c0"]
        tables["measurements"] = [
            "observableId experimentId measurement time",
            *(f"obs_a e 0 {t}" for t in (0, 1, "inf")),
        ]
    found = published.compare_petab(_problem(tmp_path, version, **tables))
    b = 2.0 * 0.3 / (0.3 + K2)
    expected = [_a(0.0, 1.0, b), _a(1.0, 1.0, b), _a(1e3, 1.0, b)]
    np.testing.assert_allclose([r.simulation for r in found.rows], expected, rtol=1e-6)


def test_periods_of_an_experiment_follow_each_other(tmp_path):
    tables = {
        **SIMPLE,
        "conditions": ["conditionId targetId targetValue", "dose A A+3*scaling", "slow k1 k1/4"],
        "experiments": ["experimentId time conditionId", "e 0 _", "e 2 dose", "e 2 slow"],
        "measurements": ["observableId experimentId measurement time", *(f"obs_a e 0 {t}" for t in (1, 2, 5))],
    }
    found = published.compare_petab(_problem(tmp_path, 2, **tables))
    a, b = _a(2.0) + 1.5, 1.0 - _a(2.0)
    expected = [_a(1.0), a, _a(3.0, a, b, K1 / 4)]
    np.testing.assert_allclose([r.simulation for r in found.rows], expected, rtol=1e-6)


MANY = {
    "observables": [
        "observableId observableFormula observableTransformation noiseDistribution noiseFormula",
        "scaled observableParameter1_scaled*A+observableParameter2_scaled lin normal noiseParameter1_scaled",
        "relative scaling*ruled lin laplace 0.1+0.1*relative",
        "logged A log normal 0.7",
        "tenth log(exp(B+1))+sqrt(A**2) log10 laplace 0.6",
        "decade log10(100*A)+0*time log normal noiseParameter1_decade",
    ],
    "measurements": [
        "observableId simulationConditionId measurement time observableParameters noiseParameters",
        "scaled c0 0.7 1 0.5;2 0.3",
        "scaled c0 0.7 1 scaling;k1 k2",
        "relative c0 0.3 0.5 _ _",
        "relative c0 0.3 4 _ _",
        "logged c0 0.2 4 _ _",
        "tenth c0 0.2 4 _ _",
        "decade c0 1.2 2 _ scaling",
    ],
}


def test_every_kind_of_noise_and_placeholder_is_scored_as_by_the_petab_package(tmp_path):
    petab = pytest.importorskip("petab.v1")
    path = _problem(tmp_path, **MANY)
    found = published.compare_petab(path)
    a = {t: _a(t) for t in (0.5, 1.0, 2.0, 4.0)}
    expected = [0.5 * a[1.0] + 2, 0.5 * a[1.0] + K1, a[0.5], a[4.0], a[4.0], 2.0, 2.0 + math.log10(a[2.0])]
    np.testing.assert_allclose([r.simulation for r in found.rows], expected, rtol=1e-7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, of libraries it uses
        from petab.v1 import calculate

        problem = petab.Problem.from_yaml(str(path))
        simulated = problem.measurement_df.rename(columns={"measurement": "simulation"})
        simulated["simulation"] = [r.simulation for r in found.rows]
        tables = (problem.measurement_df, simulated, problem.observable_df, problem.parameter_df)
        assert found.chi2 == pytest.approx(calculate.calculate_chi2(*tables), rel=1e-9)
        assert found.log_likelihood == pytest.approx(calculate.calculate_llh(*tables), rel=1e-9)


def test_a_log_normal_of_version_2_is_the_log_transformation_of_version_1(tmp_path):
    rows = ["observableId experimentId measurement time", "obs_a _ 0.4 1"]
    observables = ["observableId observableFormula noiseDistribution noiseFormula", "obs_a A log-normal 0.3"]
    tables = {"observables": observables, "measurements": rows, "conditions": ["conditionId targetId targetValue"]}
    tables["experiments"] = ["experimentId time conditionId"]
    (row,) = published.compare_petab(_problem(tmp_path, 2, **tables)).rows
    residual = (math.log(_a(1.0)) - math.log(0.4)) / 0.3
    assert row.residual == pytest.approx(residual, rel=1e-6)
    density = -math.log(0.4 * 0.3 * math.sqrt(2 * math.pi)) - 0.5 * residual**2
    assert row.log_likelihood == pytest.approx(density, rel=1e-6)


def test_other_values_of_parameters_are_simulated(tmp_path):
    problem = _problem(tmp_path, **SIMPLE)
    found = published.compare_petab(problem, {"k1": 0.2})
    assert found.rows[1].simulation == pytest.approx(_a(10.0, k1=0.2), rel=1e-6)
    with pytest.raises(InputError, match=r"unknown parameter 'k3'(?s:.*)'k[12]'"):
        published.compare_petab(problem, {"k3": 0.2})


HEADING = "observableId simulationConditionId measurement time"
BAD = {
    "an observable that is not there": ({"measurements": [HEADING, "obs_b c0 1 1"]}, r"measurements.tsv:2.*'obs_b'"),
    "a condition that is not there": ({"measurements": [HEADING, "obs_a c1 1 1"]}, r"measurements.tsv:2.*'c1'"),
    "a measurement that is no number": (
        {"measurements": [HEADING, "obs_a c0 high 1"]},
        "'high' is not a finite number",
    ),
    "no time": ({"measurements": [HEADING, "obs_a c0 1 nan"]}, "'nan' is no time"),
    "a column that is missing": (
        {"measurements": ["observableId measurement time"]},
        "no column simulationConditionId",
    ),
    "a column that is misspelt": (
        {"measurements": [f"{HEADING} noiseParameter", "obs_a c0 1 1 2"]},
        r"measurements.tsv:1: unknown column noiseParameter(?s:.*)did you mean noiseParameters",
    ),
    "no measurement": ({"measurements": [HEADING]}, "no measurement"),
    "an id twice": ({"parameters": [*PARAMETERS, "k1 lin 0 1 1 1"]}, "parameters.tsv:7.*line 4 too"),
    "no value": ({"parameters": [*PARAMETERS, "k9 lin 0 1 _ 1"]}, "k9: no nominalValue"),
    "a name in a formula": (
        {"observables": ["observableId observableFormula noiseFormula", "obs_a A+alpha 1"]},
        r"observables.tsv:2: observableFormula.*'alpha'",
    ),
    "a function": (
        {"observables": ["observableId observableFormula noiseFormula", "obs_a bessel(A) 1"]},
        "uses bessel, which is not known here",
    ),
    "no formula": (
        {"observables": ["observableId observableFormula noiseFormula", "obs_a A+*2 1"]},
        "cannot be read.*syntax error",
    ),
    "a noise": (
        {"observables": ["observableId observableFormula noiseFormula noiseDistribution", "obs_a A 1 cauchy"]},
        r"'cauchy' is not known here(?s:.*)laplace",
    ),
    "an override too few": (
        {"observables": ["observableId observableFormula noiseFormula", "obs_a A noiseParameter1_obs_a"]},
        "0 given, the formulas of obs_a need 1",
    ),
    "a quantity that is not in the model": ({"conditions": ["conditionId k7", "c0 1"]}, r"conditions.tsv:2: k7.*'k7'"),
    "a quantity that a rule decides": ({"conditions": ["conditionId ruled", "c0 1"]}, "a rule of the model decides it"),
    "no value for a constant": ({"conditions": ["conditionId k1", "c0 NaN"]}, "'NaN' is not a finite number"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused_with_its_place(case, tmp_path):
    tables, message = BAD[case]
    with pytest.raises(InputError, match=message):
        published.compare_petab(_problem(tmp_path, **{**SIMPLE, **tables}))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format_version: 1", "format_version: 3", "format version 3"),
        ("format_version: 1", "extensions: {fancy: {required: true}}\nformat_version: 1", "it needs fancy"),
        ("[model.xml]", "[model.xml, other.xml]", "2 models"),
        ("[model.xml]", "[nowhere.xml]", "nowhere.xml: no such file"),
        ("[conditions.tsv]", "3", r"problems\[0\].condition_files: no file is named"),
        ("format_version", "formatversion", "not a PEtab problem"),
        ("problems:", "problems: [", "not YAML"),
    ],
)
def test_a_list_of_files_that_cannot_be_used_is_refused(old, new, message, tmp_path):
    path = _problem(tmp_path, **SIMPLE)
    path.write_text(YAML[1].replace(old, new))
    with pytest.raises(InputError, match=message):
        published.compare_petab(path)


def test_a_measurement_that_has_no_logarithm_is_told_and_the_totals_are_missing(tmp_path):
    observables = ["observableId observableFormula noiseFormula observableTransformation", "obs_a A 1 log"]
    rows = [HEADING, "obs_a c0 -1 1", "obs_a c0 1 1"]
    found = published.compare_petab(_problem(tmp_path, observables=observables, measurements=rows))
    assert "no logarithm of the measurement -1" in found.problems[0]
    assert math.isnan(found.chi2)
    assert found.summary()["chi2"] is None
    assert math.isfinite(found.rows[1].residual)


def test_the_command_prints_and_writes_the_comparison(tmp_path):
    from typer.testing import CliRunner

    path = _problem(tmp_path / "in", **SIMPLE)
    ran = CliRunner().invoke(app, ["published", "petab", str(path), "-o", str(tmp_path / "out"), "--json"])
    assert ran.exit_code == 0, ran.output
    printed, written = json.loads(ran.stdout), json.loads((tmp_path / "out" / "summary.json").read_text())
    assert printed == written
    assert printed["chi2"] == pytest.approx(0.791837983, rel=1e-6)
    assert (tmp_path / "out" / "comparison.csv").read_text().count("\n") == 3
    with pytest.raises(InputError, match="NAME=NUMBER"):
        compare_petab(path, {"k1": "fast"})
    path.write_text(path.read_text().replace("[measurements.tsv]", "[negative.tsv]"))
    (path.parent / "negative.tsv").write_text((path.parent / "measurements.tsv").read_text())
    (path.parent / "observables.tsv").write_text("observableId\tobservableFormula\tnoiseFormula\nobs_a\tA\t-A\n")
    assert CliRunner().invoke(app, ["published", "petab", str(path)]).exit_code == 1
    confused = CliRunner().invoke(app, ["published", "import", str(path)])
    assert f"abscopal published petab {path}" in str(confused.exception)
