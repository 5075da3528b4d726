"""The command line as a user meets it: files, tables, JSON, recorded options, exit codes."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import pytest

import abscopal

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "takahashi2019_lm8.yaml"
TEXT = EXAMPLE.read_text(encoding="utf-8")
FILES = {"report.html", "summary.json", "trajectories.nc"}


Abscopal = Callable[..., Any]


def _numbers(summary: dict[str, Any]) -> str:
    """A summary without what differs between two runs of the same thing."""
    return json.dumps({k: v for k, v in summary.items() if k != "provenance"}, sort_keys=True)


@pytest.mark.slow
def test_run_writes_its_three_files_and_prints_a_table(run: Abscopal) -> None:
    done = run("run", EXAMPLE, "--size", 2)
    assert done.code == 0
    assert {p.name for p in Path("out/takahashi2019_lm8").iterdir()} == FILES
    for word in ("NoTX", "P1C4", "Cion", "Comb", "median time to the", "complete response", "report.html"):
        assert word in done.out
    assert not list(Path("out").glob(".*"))


@pytest.mark.slow
def test_json_alone_on_stdout_and_equal_to_the_file(run: Abscopal) -> None:
    done = run("run", EXAMPLE, "--size", 1, "--json", "-o", "here", "--csv")
    told = json.loads(done.out)
    assert told == json.loads(Path("here/summary.json").read_text(encoding="utf-8"))
    assert {p.name for p in Path("here").iterdir()} == {*FILES, "tables"}
    assert told["cohort"]["subjects_per_arm"] == 1
    for bad in ("NaN", "Infinity"):
        assert bad not in done.out
    check = run("check", EXAMPLE, "--json")
    assert check.code == 0
    assert set(json.loads(check.out)["timetable"]) == {"NoTX", "P1C4", "Cion", "Comb"}


@pytest.mark.slow
def test_options_are_recorded_and_act(run: Abscopal) -> None:
    options = ["--set", "doubling_time=2 d", "--set", "kill_rate = 3 1/d"]
    options += ["--without", "memory", "--without", "exhaustion", "--rtol", "1e-6"]
    done = run("run", EXAMPLE, "--size", 2, "--seed", 7, "--json", "-o", "a", *options)
    told = json.loads(done.out)
    provenance = told["provenance"]
    assert provenance["overrides"] == {
        "doubling_time": "2 day (command line)",
        "kill_rate": "3 1/day (command line)",
    }
    assert provenance["switched_off"] == ["memory", "exhaustion"]
    assert (provenance["seed"], provenance["cohort_size"], provenance["solver"]) == (7, 2, "fast")
    assert provenance["rtol"] == 1e-6
    assert {row["name"] for row in told["parameters"]["overridden"]} == {"doubling_time", "kill_rate"}
    plain = json.loads(run("run", EXAMPLE, "--size", 2, "--seed", 7, "--json", "-o", "b").out)
    assert _numbers(told) != _numbers(plain)


@pytest.mark.slow
def test_a_run_can_be_repeated_to_the_last_digit(run: Abscopal) -> None:
    first, again, other = (
        json.loads(run("run", EXAMPLE, "--size", 2, "--seed", seed, "--json", "-o", folder).out)
        for seed, folder in ((3, "a"), (3, "b"), (4, "c"))
    )
    assert _numbers(first) == _numbers(again)
    assert _numbers(first) != _numbers(other)


@pytest.mark.slow
def test_both_solvers_are_there(run: Abscopal) -> None:
    results = {}
    for solver in ("fast", "reference"):
        done = run("run", EXAMPLE, "--size", 1, "--solver", solver, "--json", "-o", solver)
        told = json.loads(done.out)
        assert told["provenance"]["solver"] == solver
        results[solver] = [a["survival"]["restricted_mean_days"] for a in told["arms"]]
    assert results["fast"] == pytest.approx(results["reference"], rel=1e-3)


@pytest.mark.slow
def test_check_shows_timetable_defaults_and_sources(run: Abscopal) -> None:
    done = run("check", EXAMPLE, "--set", "doubling_time=2 d", "--timetable", "--parameters")
    assert done.code == 0
    told = (
        "NoTX: untreated",
        "5.3 Gy",
        "anti-CTLA-4",
        "assumed",
        "measured",
        "Overridden: doubling_time",
        "can be run",
    )
    for word in told:
        assert word in done.out
    assert "doubling_time" not in run("check", EXAMPLE).out
    assert not Path("out").exists()


def test_check_fits_on_a_screen(run: Abscopal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for file in ("takahashi2019_lm8", "pacific_nsclc", "dewan2009"):
        done = run("check", EXAMPLE.with_name(f"{file}.yaml"))
        assert done.code == 0
        assert 5 < len(done.out.splitlines()) <= 40, file
        assert "can be run" in done.out


def test_check_has_every_source_on_a_narrow_terminal_too(run: Abscopal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = run("check", EXAMPLE, "--parameters")
    assert "doubling_time = 3 day" in done.out
    sources = [row["cite"] for row in json.loads(run("check", EXAMPLE, "--json").out)["parameters"] if row["cite"]]
    assert sources
    assert all(source in done.out for source in sources)


@pytest.mark.slow
def test_many_sites_get_a_row_each(run: Abscopal) -> None:
    more = "".join(f"  s{i}: {{inoculum: 1e6 cells, inoculated: -7 d}}\n" for i in range(4))
    Path("many.yaml").write_text(TEXT.replace("sites:\n", f"sites:\n{more}"), encoding="utf-8")
    done = run("run", "many.yaml", "--size", 1)
    assert done.code == 0
    assert all(any(f" {site} " in line and "%" in line for line in done.out.splitlines()) for site in ("s0", "s3"))


def test_check_lists_what_the_file_leaves_open(run: Abscopal) -> None:
    Path("open.yaml").write_text(TEXT.replace("clock: first_fraction\n", ""), encoding="utf-8")
    done = run("check", "open.yaml")
    assert done.code == 0
    assert "Filled in: clock first_fraction" in done.out
    assert "most published schedules" not in done.out
    assert "most published schedules" in run("check", "open.yaml", "--defaults").out
    assert "Filled in" not in run("check", EXAMPLE).out


@pytest.mark.slow
def test_new_writes_a_study_that_checks_and_runs(run: Abscopal) -> None:
    done = run("new", "mine")
    assert done.code == 0
    assert "abscopal check mine.yaml" in done.out
    assert run("check", "mine.yaml").code == 0
    assert run("run", "mine.yaml", "--size", 1, "-o", "out").code == 0
    text = Path("mine.yaml").read_text(encoding="utf-8")
    assert text.count("#") > 20
    # A file that is there is never lost without asking.
    Path("mine.yaml").write_text("precious", encoding="utf-8")
    refused = run("new", "mine")
    assert refused.code == 2
    assert "--force" in refused.err
    assert Path("mine.yaml").read_text(encoding="utf-8") == "precious"
    assert run("new", "mine.yaml", "--force").code == 0
    assert Path("mine.yaml").read_text(encoding="utf-8") == text
    assert run("new", "no/such/folder").code == 2


def test_version_help_and_nothing(run: Abscopal) -> None:
    assert run("--version").out.strip() == f"abscopal {abscopal.__version__}"
    for arguments in (("--help",), ("-h",), ("run", "--help"), ("check", "-h"), ("new", "--help")):
        shown = run(*arguments)
        assert shown.code == 0
        assert "never advice on a patient" in shown.out
    assert "run" in run("--help").out
    assert run().code == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--set", "nonsense"), ("NAME=VALUE",)),
        (("--set", "doubling_tim=2 d"), ("unknown parameter", "'doubling_time'")),
        (("--set", "doubling_time=2"), ("has no unit",)),
        (("--set", "doubling_time=2 Gy"), ("doubling_time",)),
        (("--set", "drug_affinity@anti-PD-L1=3 nM"), ("one agent alone", "allowed: drug_affinity")),
        (("--set", "doubling_time=200 d"), ("out of the range", "0.5 to 30")),
        (("--set", "doubling_time=nan d"), ("doubling_time",)),
        (("--set", "doubling_time=2 d", "--set", "doubling_time=3 d"), ("twice",)),
        (("--set", "=2 d"), ("NAME=VALUE",)),
        (("--without", "exhaution"), ("unknown mechanism", "'exhaustion'")),
        (("--without", "growth"), ("cannot be left out",)),
        (("--without", "danger"), ("'dendritic' needs 'antigen'", "leave out the mechanism named")),
        (("--size", "0"), ("--size",)),
        (("--size", "-3"), ("--size",)),
        (("--size", "many"), ("--size",)),
        (("--seed", "-1"), ("--seed",)),
        (("--seed", "99999999999999999999999"), ("--seed",)),
        (("--solver", "magic"), ("--solver",)),
        (("--nonsense",), ("--nonsense",)),
    ],
)
def test_bad_options_are_refused_and_nothing_is_written(
    run: Abscopal, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    done = run("run", EXAMPLE, "-o", "out", *options)
    assert done.code == 2
    assert done.out == ""
    assert all(word in done.err for word in words), done.err
    assert "Traceback" not in done.err
    assert not Path("out").exists()


@pytest.mark.slow
def test_a_cohort_that_would_not_fit_is_streamed(run: Abscopal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abscopal.simulation.streaming.MOST_MEMORY_BYTES", 1.0)
    done = run("run", EXAMPLE, "-o", "out", "--size", 210)
    assert done.code == 0, done.err
    told = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert told["cohort"]["subjects_per_arm"] == 210
    assert all(arm["n"] + arm["failed"] == 210 for arm in told["arms"])
    assert any("210 subjects per arm were streamed" in note for note in told["notes"])
    assert {path.name for path in Path().iterdir()} == {"out"}  # the notes on finished blocks are gone


@pytest.mark.parametrize("command", ["run", "check"])
def test_an_output_that_cannot_be_is_refused(run: Abscopal, command: str) -> None:
    Path("file").write_text("mine", encoding="utf-8")
    if command == "check":
        assert run("check", "file").code == 2
        return
    for target in ("file", "file/below"):
        done = run("run", EXAMPLE, "--size", 1, "-o", target)
        assert done.code == 2
        assert "folder" in done.err
    assert Path("file").read_text(encoding="utf-8") == "mine"
    assert {p.name for p in Path().iterdir()} == {"file"}


def _link(name: str, target: str) -> str:
    Path(name).symlink_to(target)
    return name


def _folder(name: str, *inside: str) -> str:
    for part in inside:
        (Path(name) / part).mkdir(parents=True)
    return name


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (lambda: _link("loop", "loop"), "remove the link"),
        (lambda: _link("dangling", "nowhere"), "link to nowhere"),
        (lambda: "x" * 300, "shorter name"),
        (lambda: _folder("out", "report.html"), "report.html is a folder"),
        (lambda: _folder("out", "trajectories.nc"), "trajectories.nc is a folder"),
        (lambda: _folder("out", "tables/harm.csv"), "tables/harm.csv is a folder"),
    ],
)
def test_an_output_that_cannot_be_is_refused_before_the_simulation(
    run: Abscopal, monkeypatch: pytest.MonkeyPatch, target: Callable[[], str], words: str
) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("simulated in vain")

    monkeypatch.setattr("abscopal.report.study_result.run", never)
    done = run("run", EXAMPLE, "--size", 1, "--csv", "-o", target())
    assert done.code == 2
    assert words in done.err


@pytest.mark.slow
def test_a_second_run_replaces_its_own_files_and_no_others(run: Abscopal) -> None:
    run("run", EXAMPLE, "--size", 1, "-o", "out")
    Path("out/notes.txt").write_text("mine", encoding="utf-8")
    before = json.loads(Path("out/summary.json").read_text(encoding="utf-8"))
    assert run("run", EXAMPLE, "--size", 1, "--seed", 5, "-o", "out").code == 0
    assert json.loads(Path("out/summary.json").read_text(encoding="utf-8"))["provenance"]["seed"] == 5
    assert before["provenance"]["seed"] == 1
    assert {p.name for p in Path("out").iterdir()} == {*FILES, "notes.txt"}


@pytest.mark.slow
def test_a_study_name_stays_inside_the_output_folder(run: Abscopal) -> None:
    Path("here").mkdir()
    Path("here/evil.yaml").write_text(TEXT.replace("study: takahashi2019_lm8", 'study: "../../evil"'), encoding="utf-8")
    done = run("run", "here/evil.yaml", "--size", 1)
    assert done.code == 0
    (folder,) = Path("out").iterdir()
    assert {p.name for p in folder.iterdir()} == FILES
    assert {p.name for p in Path().iterdir()} == {"here", "out"}


@pytest.mark.slow
def test_when_no_animal_can_be_simulated_the_answer_is_no(run: Abscopal) -> None:
    Path("never.yaml").write_text(TEXT.replace("value: 75 mm3", "value: 0.0001 mm3"), encoding="utf-8")
    done = run("run", "never.yaml", "--size", 2, "-o", "out")
    assert done.code == 1
    assert "start volume" in done.out + done.err
    assert "no animal" in done.err


# One change each; the words that the message must hold. All leave nothing behind.
BAD = {
    "unknown key": ("tumour: LM8", "tumor: LM8", "'tumour'"),
    "missing unit": ("5.3 Gy", "5.3", "no unit"),
    "wrong dimension": ("5.3 Gy", "5.3 Gy(RBE)", "RBE"),
    "negative dose": ("5.3 Gy", "-5.3 Gy", "negative"),
    "day before inoculation": ("[-3 d, 0 d, 3 d]", "[-30 d, 0 d, 3 d]", "before the inoculation"),
    "drug not known": ("agent: anti-PD-L1", "agent: anti-PDL2", "'anti-PD-L1'"),
    "line not known": ("tumour: LM8", "tumour: LM9", "'LM8'"),
    "two sites of one name": ("  distant:", "  irradiated:", "twice"),
    "no control": ("control: NoTX\n", "", "control"),
    "YAML syntax error": ("host: {", "host: {{[", "YAML"),
    "NaN": ("5.3 Gy", ".nan Gy", "finite"),
    "1e400": ("5.3 Gy", "1e400 Gy", "finite"),
    "cohort of 0": ("size: 60", "size: 0", "out of range"),
    "route of no antibody": ("route: ip", "route: po", "route 'po'"),
    "no beam": ("290 MeV/u", "0 MeV/u", "no beam"),
    "beam that stops short": ("let: 50 keV/um", "depth: 500 mm", "no dose of carbon"),
    "less than a cell": ("1e6 cells", "0.5 cells", "at least 1"),
    "reserved site": ("irradiated", "any", "'any'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_study_exits_2_with_its_line_and_leaves_nothing(run: Abscopal, case: str) -> None:
    old, new, words = BAD[case]
    text = TEXT.replace(old, new)
    assert text != TEXT
    Path("bad.yaml").write_text(text, encoding="utf-8")
    for command in (("run", "bad.yaml"), ("check", "bad.yaml")):
        done = run(*command)
        assert done.code == 2
        assert done.out == ""
        assert words in done.err
        assert "    allowed:" in done.err or "    do:" in done.err
        assert "Traceback" not in done.err
        if case != "no control":  # what is absent has no line
            assert any(f"bad.yaml:{n}:" in done.err for n in range(1, text.count("\n") + 2)), done.err
    assert {p.name for p in Path().iterdir()} == {"bad.yaml"}


def test_all_problems_at_once(run: Abscopal) -> None:
    text = TEXT
    for case in ("unknown key", "missing unit", "drug not known", "cohort of 0"):
        old, new, _ = BAD[case]
        text = text.replace(old, new)
    Path("bad.yaml").write_text(text, encoding="utf-8")
    done = run("run", "bad.yaml")
    assert done.code == 2
    told = done.err.removeprefix("error: ").splitlines()
    lines = {line.split(":")[1] for line in told if line.startswith("bad.yaml:")}
    assert len(lines) >= 4


@pytest.mark.parametrize("kind", ["empty", "folder", "missing", "huge", "binary"])
def test_what_is_no_study_file(run: Abscopal, kind: str) -> None:
    path = Path("it.yaml")
    if kind == "folder":
        path.mkdir()
    elif kind == "empty":
        path.write_text("", encoding="utf-8")
    elif kind == "huge":
        with path.open("wb") as file:
            file.truncate(50_000_000)
    elif kind == "binary":
        path.write_bytes(bytes(range(256)))
    began = time.perf_counter()
    done = run("run", path)
    assert time.perf_counter() - began < 2.0
    assert done.code == 2
    assert "it.yaml" in done.err
    assert "do:" in done.err
    assert "Traceback" not in done.err
    assert not Path("out").exists()


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.2, 1.2, 2.0])
def test_ctrl_c_leaves_no_broken_output(tmp_path: Path, seconds: float) -> None:
    """The real process, at any moment: either all files are there and whole, or nothing is."""
    environment = {**os.environ, "PYTHONPATH": str(Path(abscopal.__file__).parents[1])}
    command = [sys.executable, "-m", "abscopal", "run", str(EXAMPLE), "--size", "2000", "-o", "out"]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that run in the background of a shell hand down that Ctrl-C is to be ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    left = {p.name for p in tmp_path.iterdir()}
    if process.returncode == 0:
        assert left == {"out"}
        assert {p.name for p in (tmp_path / "out").iterdir()} == FILES
        json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    else:
        assert process.returncode in (130, -signal.SIGINT)
        assert left == set()
        if process.returncode == 130:
            assert "stopped" in err
            assert "Traceback" not in err


def test_check_lists_and_sets_the_constants_of_radiation(run: Abscopal) -> None:
    done = run("check", EXAMPLE, "--set", "immunogenic_death_high=0.2", "--json")
    rows = {row["name"]: row for row in json.loads(done.out)["parameters"]}
    assert rows["immunogenic_death_high"]["value"] == 0.2
    assert rows["immunogenic_death_high"]["overridden"]
    assert {"misrepair_base", "complex_dsb_high", "lymphocyte_d37_sensitive", "oer_maximum"} <= set(rows)
    refused = run("check", EXAMPLE, "--set", "immunogenic_death_high=2")
    assert refused.code == 2
    assert "from 0 to 1" in refused.err


def test_check_lists_the_numbers_of_organs(run: Abscopal) -> None:
    assert json.loads(run("check", EXAMPLE, "--json").out)["organs"] == []
    text = """
abscopal: 1
study: lung
host: {species: human}
tumour: non-small cell lung cancer
sites: {primary: {start_volume: {value: 50 cm3, day: 0 d}}}
arms:
  rt:
    radiation:
      - quality: X-rays
        dose_per_fraction: 2 Gy
        days: [0 d, 1 d]
        target: primary
        organs: {lung: {mean_dose: 15 Gy}}
control: rt
follow_up: 30 d
"""
    Path("lung.yaml").write_text(text, encoding="utf-8")
    done = run("check", "lung.yaml", "--json")
    assert done.code == 0, done.err
    organs = {row["name"]: row for row in json.loads(done.out)["organs"]}
    assert organs["td50@lung"]["value"] == 30.75
    assert organs["td50@lung"]["cite"]
    assert "Complications of organs" in run("check", "lung.yaml", "--parameters").out


def _result_of(folder: Path) -> tuple[set[str], set[str]]:
    """Names of the files of a result, and the seeds that they were made with."""
    names = {path.name for path in folder.iterdir()}
    seeds = {str(json.loads((folder / "summary.json").read_text(encoding="utf-8"))["provenance"]["seed"])}
    seeds |= set(re.findall(r"--seed (\d+)", (folder / "report.html").read_text(encoding="utf-8")))
    with h5py.File(folder / "trajectories.nc") as data:
        seeds.add(str(int(data.attrs["seed"][0])))
    return names, seeds


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_at_any_moment_leaves_a_whole_result(tmp_path: Path, how: signal.Signals) -> None:
    """The old result or the new one, never a mixture; a person's file stays; the next run clears what was left."""
    (tmp_path / "s.yaml").write_text(TEXT, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "abscopal", "run", "s.yaml", "-n", "2", "-o", "out", "--seed"]
    subprocess.run([*command, "1"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    chance = random.Random(how)
    for seed in (2, 3):
        started = subprocess.Popen(
            [*command, str(seed)], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        begin = time.monotonic()
        while started.poll() is None and not list(tmp_path.glob(".out-*.partial")) and time.monotonic() < begin + 60:
            time.sleep(0.005)
        time.sleep(3.0 * chance.random())  # somewhere while it is simulated, written or put in place
        started.send_signal(how)
        _, said = started.communicate(timeout=60)
        names, seeds = _result_of(tmp_path / "out")
        assert names == {*FILES, "mine.txt"}
        assert len(seeds) == 1, seeds
        assert b"Traceback" not in said
    subprocess.run([*command, "9"], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert _result_of(tmp_path / "out") == ({*FILES, "mine.txt"}, {"9"})
    assert {path.name for path in tmp_path.iterdir()} == {"out", "s.yaml"}
