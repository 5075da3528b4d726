"""What stands in README and pages is true of the program: commands, options, code, links, files."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from abscopal.cli import application

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
ALL_PAGES = (*PAGES, *sorted(DOCS.glob("mechanisms/*.md")))
COMMAND: Any = typer.main.get_command(application.app)
# Options of programs that are not `abscopal`: of pip, pytest, and of scripts of this repository (their files say them).
FOREIGN = {"--only", "--jobs", "--figures"}
# Not run here: long, or run by the tests of what they do (tests/surface/test_cli_score.py, tests/unit/published,
# tests/docs/test_tutorial.py, tests/surface/test_cli_fit.py). Their options are checked all the same.
NOT_RUN = r"abscopal (score|published|fit|run .* (-o out-|--posterior))"
# What a command of a page is made to cost less by.
QUICKER = {"run": "--size 2"}


@dataclass(frozen=True)
class Block:
    """A block of code of a page: its language ("" where none is named), its text, and the line it begins on."""

    page: Path
    language: str
    text: str
    line: int

    @property
    def name(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks() -> Iterator[Block]:
    """The fenced blocks of all pages, in order."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```(\w*)\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE):
            yield Block(page, found[1], found[2], text[: found.start()].count("\n") + 1)


def typed() -> list[Any]:
    """Every command of ours that a block of code tells to type, without its remark; alternatives one by one."""
    found = []
    for block in blocks():
        lines = block.text.splitlines() if block.language in ("", "sh") else []
        parts = (part for line in lines for part in line.split(" && "))
        commands = (re.sub(r"^\S*abscopal ", "abscopal ", part.strip()) for part in parts)
        for line in (c for c in commands if re.match(r"abscopal [a-z]", c)):
            base, *others = re.split(r"\s+#\s", line)[0].strip().split(" | ")
            first = base.rsplit(" ", 1)[0]
            found += [pytest.param(text, id=text) for text in (base, *(f"{first} {other}" for other in others))]
    return list({one.id: one for one in found}.values())


def command_of(words: list[str]) -> tuple[Any, str, list[str]]:
    """The command that these words call, its name, and the words that are left for it."""
    command, names = COMMAND, []
    while hasattr(command, "commands"):
        assert words, f"{' '.join(names)} needs a command"
        assert words[0] in command.commands, f"no command {words[0]!r}: {sorted(command.commands)}"
        command = command.commands[words[0]]
        names.append(words[0])
        words = words[1:]
    return command, " ".join(names), words


def options(command: Any) -> set[str]:
    """Options of a command and of all below it."""
    below = getattr(command, "commands", {}).values()
    own = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return own.union({"--help", "-h"}, *map(options, below))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that pages speak of, and small cohorts in the examples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "examples").mkdir()
    for example in (ROOT / "examples").glob("*.yaml"):
        text = re.sub(r"\bsize: \d+", "size: 4", example.read_text(encoding="utf-8"))
        (tmp_path / "examples" / example.name).write_text(text, encoding="utf-8")
    study = (tmp_path / "examples" / "takahashi2019_lm8.yaml").read_text(encoding="utf-8")
    (tmp_path / "study.yaml").write_text(study, encoding="utf-8")
    record = ROOT / "src/abscopal/evidence/data/preclinical/takahashi2019_lm8_p1c4.yaml"
    shutil.copy(record, tmp_path / "my_record.yaml")
    measured = "arm,animal,site,day,value\nNoTX,m1,distant,10,250\nNoTX,m1,distant,12,>400\n"
    (tmp_path / "STUDY.yaml").write_text(study, encoding="utf-8")
    (tmp_path / "DATA.csv").write_text(measured, encoding="utf-8")
    (tmp_path / "WIDE.csv").write_text("arm,animal,3,6\nNoTX,m1,100,150\n", encoding="utf-8")
    mice = re.search(
        r"^```yaml\n(.*?)^```", (DOCS / "fitting.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert mice is not None
    (tmp_path / "moc1.yaml").write_text(mice[1].replace("size: 40", "size: 2"), encoding="utf-8")
    (tmp_path / "moc1.csv").write_text("arm,animal,day,value\nControl,Control-1,10,54.0\n", encoding="utf-8")
    (tmp_path / "data.csv").write_text("arm,site,day,observable,value,sd\nNoTX,distant,10,volume,250,40\n")
    return tmp_path


Call = Callable[[str], tuple[int, str]]


@pytest.fixture
def call(desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The command as it is typed in that folder: exit code and what was printed."""

    def run(line: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        capsys.readouterr()
        try:
            application.start()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


@pytest.mark.slow
@pytest.mark.parametrize("line", [p for p in typed() if not re.match(NOT_RUN, str(p.id))])
def test_every_command_of_a_page_ends_well(line: str, call: Call) -> None:
    _, name, _ = command_of(shlex.split(line)[1:])
    code, printed = call(f"{line} {QUICKER.get(name, '')}".strip())
    assert code == 0, printed[-2000:]


@pytest.mark.parametrize("line", typed())
def test_every_command_of_a_page_has_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command, name, left = command_of(words)
    known = options(command)
    unknown = [word.split("=")[0] for word in left if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known]
    assert unknown == [], f"abscopal {name} has {sorted(known)}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_in_the_text_of_a_page_exists(page: Path) -> None:
    """Inside a word group such as `abscopal run --without NAME` it must be one of that command."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    wrong = []
    for code in re.findall(r"`([^`]+)`", text):
        used = re.findall(r"(?<!\S)(--[a-z][\w-]*)", code)
        place = COMMAND
        for word in code.split()[1:] if code.startswith("abscopal ") else ():
            if word not in getattr(place, "commands", {}):
                break
            place = place.commands[word]
        foreign = set() if code.startswith("abscopal ") else FOREIGN
        if not code.startswith(("pip ", "python -m pip")):
            wrong += [f"{code}: {option}" for option in used if option not in options(place) | foreign]
    assert wrong == []


def test_the_table_of_the_readme_names_every_command() -> None:
    table = re.findall(r"^\| (`abscopal .*?) \|", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {re.match(r"`abscopal ([a-z]+)", row)[1] for row in table}  # type: ignore[index]
    assert named == set(COMMAND.commands)
    for row in table:
        words = [code.split() for code in re.findall(r"`([^`]+)`", row)]
        group = COMMAND.commands[words[0][1]]
        if hasattr(group, "commands"):
            told = {code[0] if code[0] != "abscopal" else code[2] for code in words if not code[0].startswith("-")}
            assert told <= set(group.commands), row
            assert set(group.commands) <= told, row


def _python() -> list[Any]:
    return [pytest.param(b, id=b.name) for b in blocks() if b.language == "python"]


@pytest.mark.slow
@pytest.mark.parametrize("block", [p for p in _python() if not p.id.startswith("published-models")])
def test_every_python_block_runs(block: Block, desk: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    exec(compile(block.text, block.name, "exec"), {"__name__": block.page.stem})
    if block.page.stem == "results":
        (tables,) = re.findall(r"`tables/\*\.csv` \| with `--csv`: (.*?)\.", block.page.read_text(encoding="utf-8"))
        written = {file.stem for file in (desk / "out" / "tables").iterdir()}
        assert written | {"harm"} == set(tables.split(", "))  # no harm is told where nothing that harms is given


@pytest.mark.parametrize("block", _python())
def test_python_of_pages_names_what_there_is(block: Block) -> None:
    """Names after `ab.`, `published.`, `pipeline.` and `radiation.` are public ones of that part."""
    import abscopal

    parts = {"ab": abscopal}
    for name in ("published", "pipeline", "radiation"):
        parts[name] = importlib.import_module(f"abscopal.{name}")
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in parts:
            assert hasattr(parts[node.value.id], node.attr), f"{node.value.id}.{node.attr}"


def anchors(page: Path) -> set[str]:
    """The anchors that a forge makes of the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.replace("`", "").lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", link):
            continue
        name, _, anchor = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached:
            continue
        reached.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text(encoding="utf-8"))
        ahead += [(page.parent / link).resolve() for link in links if "://" not in link]
    assert {page for page in ALL_PAGES if page not in reached} == set()


def test_every_picture_is_shown() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in ALL_PAGES
        for link in re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    }
    there = {picture for kind in ("png", "svg") for picture in DOCS.rglob(f"*.{kind}")}
    assert shown == there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    top = ("src", "tests", "docs", "examples", "benchmarks", "mutations", ".ci")
    missing = []
    for path in re.findall(r"`((?:[\w.]+/)+[\w.]*)`", text):
        roots = (ROOT,) if path.split("/")[0] in top else (ROOT, DOCS, ROOT / "src" / "abscopal")
        made_by_a_run = path.startswith(("tables/", "out/"))
        looks_ours = path.split("/")[0] in top or (path.endswith((".py", ".yaml", ".csv")) and not made_by_a_run)
        if looks_ours and not any((root / path).exists() for root in (*roots, *_rooms())):
            missing.append(path)
    for module in re.findall(r"python -m (abscopal[\w.]*)", text):
        if importlib.util.find_spec(module) is None:
            missing.append(module)
    for path in re.findall(r"python ([\w/]+\.py)", text):
        if not (ROOT / path).exists():
            missing.append(path)
    assert missing == []


def _rooms() -> Iterator[Path]:
    """Folders in which pages leave out what stands before: `data/ntcp.yaml` of the room of radiation."""
    return (path for path in (ROOT / "src" / "abscopal").iterdir() if path.is_dir())


@pytest.mark.parametrize("name", ["right-and-wrong.md", "sensitivity.md"])
def test_a_page_of_a_long_computation_says_of_which_model_and_day_it_is(name: str) -> None:
    """Nobody redoes it at every change: what it says is of the model that it names."""
    head = (DOCS / name).read_text(encoding="utf-8")[:1500]
    assert re.search(r"on\s+\d{4}-\d\d-\d\d", head)
    assert re.search(r"\b[0-9a-f]{12,16}\b", head)
    assert "All numbers are of th" in head


def test_sections_of_scoring_say_when_they_were_made() -> None:
    page = (DOCS / "scoring.md").read_text(encoding="utf-8")
    for name in ("defaults",):
        section = page.split(f"<!-- generated: {name} -->")[1].split("<!-- end")[0]
        assert re.search(r"Made\s+(with\s+the\s+model\s+[0-9a-f]{16}\s+)?on\s+\d{4}-\d\d-\d\d", section), name


def test_the_picture_of_every_mechanism_can_be_drawn() -> None:
    """Its readout is one that results have, and there is the picture."""
    from abscopal.actions.catalogue import catalogue_rows
    from abscopal.model import MECHANISMS

    spec = importlib.util.spec_from_file_location("mechanism_figures", DOCS / "scripts" / "mechanism_figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    known = {row["name"] for row in catalogue_rows("readouts")}
    assert set(module.FIGURES) <= set(MECHANISMS)
    assert {name: figure[1] for name, figure in module.FIGURES.items() if figure[1] not in known} == {}
    pictures = {file.stem for file in (DOCS / "mechanisms" / "images").glob("*.png")}
    assert pictures == set(module.FIGURES)
