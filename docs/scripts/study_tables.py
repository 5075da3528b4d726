"""Writes the tables of docs/study-files.md that list the catalogue: run `python docs/scripts/study_tables.py`.

A test (tests/docs/test_study_files.py) checks that the committed page is what this writes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from abscopal import parameters, vocabulary

PAGE = Path(__file__).parents[1] / "study-files.md"


def targets() -> str:
    """Rows of targets with their drugs."""
    found: dict[str, list[str]] = {}
    for name in parameters.agents():
        found.setdefault(str(parameters.agent(name).about["target"]), []).append(name)
    return _table(("target", "drugs"), {target: ", ".join(drugs) for target, drugs in found.items()})


def changes() -> str:
    """Rows of host changes with their meaning."""
    hosts = {name: parameters.entry("hosts", name) for name in parameters.names("hosts")}
    return _table(("change", "means"), {name: str(item.about["meaning"]) for name, item in hosts.items()})


def tumours() -> str:
    """Tumours of patients, in a line."""
    return ", ".join(name for name in parameters.lines() if parameters.host_of(name) == vocabulary.HUMAN) + "."


def body_sites() -> str:
    """Rows of body sites with the blood that a field there meets and how it is known."""
    rows = {}
    for name in parameters.body_sites():
        exposure = parameters.values_of("body_sites", name, vocabulary.HUMAN)["blood_exposure"]
        meaning = parameters.entry("body_sites", name).about["meaning"]
        rows[f"`{name}`"] = f"{meaning} | {exposure.value:g} ({exposure.source.kind})"
    return _table(("body site", "means | blood in the field, of the chest 1"), rows).replace(
        "|---|---|", "|---|---|---|"
    )


def _table(heads: tuple[str, str], rows: Mapping[str, str]) -> str:
    return "\n".join(["| {} | {} |".format(*heads), "|---|---|", *(f"| {a} | {b} |" for a, b in rows.items())])


def sections() -> Mapping[str, str]:
    """Generated text by the name that marks its place."""
    return {"targets": targets(), "changes": changes(), "tumours": tumours(), "body sites": body_sites()}


def rewritten(page: str) -> str:
    """The page with its generated parts made anew."""
    for name, text in sections().items():
        mark = re.compile(rf"<!-- generated: {name} -->.*?<!-- end: {name} -->", flags=re.DOTALL)
        assert len(mark.findall(page)) == 1, f"no part {name!r} in {PAGE}"
        whole = f"<!-- generated: {name} -->\n\n{text}\n\n<!-- end: {name} -->"
        page = page.replace(mark.search(page)[0], whole)  # type: ignore[index]
    return page


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE}")
