"""See the tests go red: break the model on purpose, one fault at a time, and run the tests that must notice.

Each entry of `mutations.yaml` is a fault a maintainer fears: a file, a text in it, what stands there instead, and the
behaviour tests that must then fail. Faults are made in a copy of the repository, never in the working tree. A fault
that no test notices means that the tests would let it through: write the test, do not drop the fault. A text that is
not there exactly once means that the code has moved: point the entry to its new place.

    python mutations/run.py                       all faults (about two minutes of two cores: --jobs 2)
    python mutations/run.py --only pd1_helps      one fault; may be repeated
    python mutations/run.py --list                what there is

Exit codes: 0 all are noticed; 1 one is not, or an entry no longer fits the source; 2 bad usage.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_name("mutations.yaml")
_COPIED = ("src", "tests", "examples", "docs", "mutations", "benchmarks", "pyproject.toml", "README.md")
_TESTS_FAILED = 1  # pytest's exit code; any other but 0 says that it could not run
_SEEN = 60  # characters of an explanation in the table


@dataclass(frozen=True)
class Mutation:
    """A fault made on purpose.

    Attributes
    ----------
    name : its id.
    breaks : what is then wrong, in words of the field.
    file : path from the root of the repository.
    old, new : the text that is there exactly once, and what replaces it.
    tests : node ids of tests; each must fail, or have a case that fails.
    """

    name: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def problem(self, root: Path) -> str:
        """Why it does not fit the source under this root; empty if it does."""
        path = root / self.file
        if not path.is_file():
            return f"there is no file {self.file}"
        count = path.read_text(encoding="utf-8").count(self.old)
        if count != 1:
            return f"{self.file} has its text {count} times instead of once"
        return ""


@dataclass(frozen=True)
class Verdict:
    """What the tests said of a fault: noticed by all that should, or why not."""

    mutation: Mutation
    noticed: bool
    seconds: float
    remark: str


def read(path: Path = LIST) -> tuple[Mutation, ...]:
    """The faults of a list."""
    rows = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return tuple(
        Mutation(r["id"], r["breaks"], r["file"], r["old"].rstrip("\n"), r["new"].rstrip("\n"), tuple(r["tests"]))
        for r in rows
    )


def copy_to(folder: Path) -> Path:
    """A copy of what tests need of the repository."""
    folder.mkdir()
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=unwanted)
        elif source.exists():
            shutil.copy2(source, folder / name)
    return folder


def run_tests(root: Path, tests: Sequence[str], cache: Path) -> tuple[int, str]:
    """Exit code and output of pytest on some tests of a copy."""
    options = ["-p", "xdist.plugin", "-n", "0", "-p", "no:cacheprovider", "-q", "--tb=line", "-rfE"]
    command = [sys.executable, "-m", "pytest", *options, *tests]
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "ABSCOPAL_CACHE_DIR": str(cache), "COLUMNS": "400"}
    # Loading plugins that nobody asks for takes longer than many a test.
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def failed(output: str) -> tuple[str, ...]:
    """Node ids of the tests that failed, without the message."""
    return tuple(re.findall(r"^FAILED (\S+?(?:\[.*?\])?)(?: - .*)?$", output, flags=re.MULTILINE))


def silent(tests: Sequence[str], red: Sequence[str]) -> list[str]:
    """The named tests of which no case failed."""
    return [test for test in tests if not any(one == test or one.startswith((f"{test}[", f"{test}::")) for one in red)]


def judge(mutation: Mutation, root: Path, cache: Path) -> Verdict:
    """Make a fault in a copy, run its tests, and mend the copy again."""
    began = time.perf_counter()
    path = root / mutation.file
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        code, output = run_tests(root, mutation.tests, cache)
    finally:
        path.write_text(whole, encoding="utf-8")
    taken = time.perf_counter() - began
    red = failed(output)
    green = silent(mutation.tests, red)
    if code not in (0, _TESTS_FAILED) or (green and " error" in output):
        return Verdict(mutation, False, taken, f"pytest could not run it:\n{output[-1500:]}")
    if green:
        return Verdict(mutation, False, taken, "stays green: " + ", ".join(green))
    return Verdict(mutation, True, taken, f"{len(red)} failed")


def judge_all(mutations: Sequence[Mutation], jobs: int) -> list[Verdict]:
    """All faults, over some copies at once; first the tests must be green without any."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        cache = Path(name) / "cache"
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(copy_to(Path(name) / f"copy{number}"))
        first = copies.get()
        code, output = run_tests(first, sorted({test for m in mutations for test in m.tests}), cache)
        copies.put(first)
        if code != 0:
            raise SystemExit(f"the tests are not green without a fault:\n{output[-3000:]}")

        def one(mutation: Mutation) -> Verdict:
            copy = copies.get()
            try:
                verdict = judge(mutation, copy, cache)
            finally:
                copies.put(copy)
            print(_row(verdict), flush=True)
            return verdict

        with ThreadPoolExecutor(jobs) as pool:
            return list(pool.map(one, mutations))


def _row(verdict: Verdict) -> str:
    colour = "red  " if verdict.noticed else "GREEN"
    mutation = verdict.mutation
    told = f"{colour}  {mutation.name:<28}  {mutation.breaks[:_SEEN]:<{_SEEN}}  {verdict.seconds:5.1f} s"
    return f"{told}  {verdict.remark}"


def _chosen(mutations: Sequence[Mutation], only: Sequence[str]) -> list[Mutation]:
    unknown = sorted(set(only) - {m.name for m in mutations})
    if unknown:
        raise SystemExit(f"unknown: {', '.join(unknown)}; known: {', '.join(m.name for m in mutations)}")
    return [m for m in mutations if not only or m.name in only]


def main() -> int:
    """The command line."""
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("--only", action="append", default=[], metavar="ID", help="only this fault; may be repeated")
    about.add_argument("--jobs", type=int, default=1, metavar="N", help="faults at the same time, each in its own copy")
    about.add_argument("--list", action="store_true", help="print the faults and stop")
    options = about.parse_args()
    mutations = _chosen(read(), options.only)
    if options.list:
        for mutation in mutations:
            print(f"{mutation.name:<28}  {mutation.breaks}  ({mutation.file})")
        return 0
    problems = {m.name: found for m in mutations if (found := m.problem(ROOT))}
    for name, problem in problems.items():
        print(f"does not fit the source: {name}: {problem}")
    verdicts = judge_all([m for m in mutations if m.name not in problems], max(1, options.jobs))
    missed = [v.mutation.name for v in verdicts if not v.noticed]
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} are noticed", end="")
    print(f"; not: {', '.join(missed)}" if missed else "")
    return 1 if missed or problems else 0


if __name__ == "__main__":
    sys.exit(main())
