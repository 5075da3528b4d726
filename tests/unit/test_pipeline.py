"""The one line: study → model → trajectories → result, and the metadata that goes with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import abscopal as ab
from abscopal import parameters, pipeline
from abscopal.errors import InputError
from abscopal.model import MECHANISMS
from abscopal.simulation import description

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda p: p.stem)
def test_every_example_runs_and_no_animal_fails(path: Path) -> None:
    result = ab.run(ab.load(path).with_cohort(size=2))
    assert result.trajectories.failures() == []
    assert len(result.comparisons) == len(ab.load(path).compare)
    table = result.table()
    assert set(table["arm"]) == {arm.name for arm in ab.load(path).arms}
    assert len(result.agreements) == len(ab.load(path).published) > 0


def test_a_path_will_do(tmp_path: Path, lab: Any) -> None:
    small = tmp_path / "small.yaml"
    small.write_text(EXAMPLE.read_text(encoding="utf-8").replace("size: 60", "size: 1"), encoding="utf-8")
    result = ab.run(small)
    assert result.data.sizes["subject"] == 1
    with pytest.raises(InputError):
        ab.run(tmp_path / "nothing.yaml")


@pytest.mark.slow
def test_provenance_says_what_was_run() -> None:
    study = ab.load(EXAMPLE, {"doubling_time": "2.5 d"}).with_cohort(size=1, seed=9)
    result = pipeline.run(study, without=["memory"], settings=pipeline.Settings(rtol=1e-3))
    told = result.metadata.provenance
    assert told["abscopal_version"] == ab.__version__
    assert (told["seed"], told["cohort_size"], told["rtol"], told["solver"]) == (9, 1, 1e-3, "fast")
    assert told["switched_off"] == ["memory"]
    assert set(told["mechanisms"]) == set(MECHANISMS) - {"memory"}
    assert told["overrides"] == {"doubling_time": "2.5 day (command line)"}
    assert told["study_sha256"] == study.origin.sha256
    assert told["model_fingerprint"] == pipeline.prepare(study, ["memory"]).model.system.fingerprint[:16]
    (overridden,) = [row for row in result.metadata.parameters if row["overridden"]]
    assert (overridden["name"], overridden["value"], overridden["kind"]) == ("doubling_time", 2.5, "assumed")


def test_the_parameter_table_holds_every_parameter_of_the_model_with_its_source() -> None:
    prepared = pipeline.prepare(ab.load(EXAMPLE))
    rows = description.parameter_table(prepared.declared)
    assert [row["name"] for row in rows] == list(prepared.model.parameter_names)
    assert all(row["unit"] and row["meaning"] and row["kind"] in parameters.SOURCE_KINDS for row in rows)
    counts = description.source_counts(prepared.declared)
    assert sum(counts.values()) == len(rows)
    assert counts["assumed"] > counts["measured"] > 0


def test_arms_are_told_in_words() -> None:
    study = ab.load(EXAMPLE)
    assert description.describe_arm(study, "NoTX") == "untreated"
    words = description.describe_arm(study, "Comb")
    for part in ("1 x 5.3 Gy", "carbon", "to irradiated", "anti-PD-L1 150 ug ip on day -3, 0, 3", "anti-CTLA-4"):
        assert part in words
    meta = description.metadata(pipeline.prepare(study), {})
    irradiated = {site["name"]: site["irradiated_in"] for site in meta["sites"]}
    assert irradiated == {"irradiated": ["Cion", "Comb"], "distant": []}
    assert [a["name"] for a in meta["arms"] if a["control"]] == ["NoTX"]
    cited = {row["cite"] for row in meta["parameters"] if row["cite"]}
    assert set(meta["citations"]) == cited
    json.dumps(meta)


def test_the_timetable_has_every_event_with_its_kind() -> None:
    rows = description.timetable(ab.timeline(ab.load(EXAMPLE), "Comb"))
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)
    kinds = [row["kind"] for row in rows]
    assert (kinds.count("inoculation"), kinds.count("radiation"), kinds.count("drug")) == (2, 1, 6)


def test_what_is_wrong_with_a_plan_is_told_with_its_line(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    path = tmp_path / "bad.yaml"
    for old, new, message in (
        ("route: ip", "route: po", "cannot be given by route 'po'"),
        ("irradiated", "any", "cannot be named 'any'"),
    ):
        path.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(InputError, match=message) as caught:
            pipeline.prepare(pipeline.load(path))
        problems = caught.value.problems
        assert all(problem.line and problem.allowed and problem.advice for problem in problems)
        # What two arms share through an alias is told once.
        assert len({(problem.line, problem.message) for problem in problems}) == len(problems) <= 2
        assert str(caught.value).startswith(f"{path}:")


def test_public_names_are_there_and_loaded_late() -> None:
    assert set(ab.__all__) <= set(dir(ab))
    for name in ab.__all__:
        assert getattr(ab, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = ab.nonsense
    heavy = ("pandas", "xarray", "matplotlib", "plotly", "sympy", "numba", "llvmlite", "pint")
    code = f"import sys, abscopal; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment())
    assert shown.stdout.strip() == "[]"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(ab.__file__).parents[1])}


def test_what_no_mechanism_takes_up_is_told() -> None:
    def warnings(without: list[str]) -> list[str]:
        prepared = pipeline.prepare(ab.load(EXAMPLE), without)
        told = description.warnings_of(prepared, ())
        return [w.partition(":")[0] for w in told if "without effect" in w]

    assert warnings([]) == []
    assert warnings(["pharmacokinetics"]) == ["anti-PD-L1", "anti-CTLA-4"]
