"""`abscopal evidence`: the catalogue of published experiments, one record, a record as a study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abscopal.cli.options import AsJson
from abscopal.cli.tables import print_table, terminal_width
from abscopal.errors import InputError
from abscopal.storage.json_text import json_text

if TYPE_CHECKING:
    from abscopal.actions.evidence import ConvertedRecord, ShownRecord
    from abscopal.evidence import Trial

app = typer.Typer(help="Published experiments as data, and as studies that can be run.", no_args_is_help=True)

_LONGEST_CITATION = 60
# Terminal width from which the table of records has room for citations.
_WIDE = 130


def _print_json(content: Any) -> None:
    typer.echo(json_text(content))


@app.command("list")
def list_records(
    clinical: Annotated[bool, typer.Option("--clinical", help="The clinical records instead.")] = False,
    line: Annotated[str | None, typer.Option("--line", help="Only records of this tumour line.")] = None,
    drug: Annotated[str | None, typer.Option("--drug", help="Only records with this drug or cell product.")] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="Only records with a claim about this, e.g. abscopal or marker:NAME.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the records of the catalogue: lines, arms, claims and how many of them are covered."""
    from abscopal.actions import evidence

    if clinical:
        if line or drug or metric:
            raise InputError("--line, --drug and --metric are not for --clinical")
        _list_clinical(as_json)
        return
    rows = evidence.record_rows(line, drug, metric)
    if as_json:
        _print_json({"records": rows})
        return
    wide = terminal_width() >= _WIDE
    shown = [{**row, "citation": _short(row["citation"])} for row in rows]
    print_table("Records", ("id", *(("kind", "citation") if wide else ()), "lines", "arms", "claims", "covered"), shown)
    claims, covered = (sum(row[key] for row in rows) for key in ("claims", "covered"))
    records = "1 record" if len(rows) == 1 else f"{len(rows)} records"
    typer.echo(f"{records}, {claims} claims, {covered} covered; more with `list --clinical`, `show ID`")


def _short(citation: str) -> str:
    return citation if len(citation) <= _LONGEST_CITATION else citation[: _LONGEST_CITATION - 1] + "…"


def _list_clinical(as_json: bool) -> None:
    from abscopal.actions.evidence import clinical_rows

    rows = clinical_rows()
    if as_json:
        _print_json({"clinical": rows})
        return
    print_table("Clinical records", tuple(rows[0]), rows)
    typer.echo(f"{len(rows)} clinical records; they are not predicted yet")


@app.command("show")
def show(
    record_id: Annotated[str, typer.Argument(metavar="ID", help="Id of a record.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Show one record: its arms and claims, and what of it the model covers."""
    from abscopal.actions import evidence

    found = evidence.find_record(record_id)
    if as_json:
        _print_json(found.as_dict() if isinstance(found, evidence.ShownRecord) else evidence.as_dict(found))
    elif isinstance(found, evidence.ShownRecord):
        _show_record(found)
    else:
        _show_trial(found)


def _show_record(shown: ShownRecord) -> None:
    found = shown.record
    typer.secho(found.id, bold=True, nl=False)
    typer.echo(f"  {found.citation}" + (f"  doi:{found.doi}" if found.doi else ""))
    typer.echo(f"{found.kind}; tumour: {found.model.tumour}; host: {found.model.host or 'not stated'}")
    print_table("Arms", ("id", "treatment", "covered"), shown.arm_rows())
    print_table("Claims", ("id", "metric", "published", "basis", "covered"), shown.claim_rows())
    for note in found.curator_notes:
        typer.echo(f"note: {note}")


def _show_trial(trial: Trial) -> None:
    typer.secho(trial.name, bold=True, nl=False)
    typer.echo(f"  {trial.registry}  phase {trial.phase}, {trial.design}")
    typer.echo(
        f"{trial.cancer}, {trial.setting}; {trial.agent} ({trial.agent_class}); {trial.sequence or 'sequence ?'}"
    )
    for course in trial.radiation:
        total = "?" if course.total_dose_gy is None else f"{course.total_dose_gy:g}"
        typer.echo(
            f"radiotherapy: {total} Gy in {course.fractions or '?'} fractions, {course.modality} {course.technique}"
        )
    columns = ("endpoint", "measure", "value", "interval", "experimental", "control", "p", "confidence")
    rows = [{key: _shown(getattr(result, key)) for key in columns} for result in trial.results]
    if rows:
        print_table("Results", columns, rows)
    typer.echo(f"verdict: {trial.verdict}; clinical records are not predicted yet")


def _shown(value: Any) -> Any:
    if value is None:
        return "-"
    return " to ".join(f"{v:g}" for v in value) if isinstance(value, tuple) else value


@app.command("convert")
def convert(
    record_file: Annotated[
        Path, typer.Argument(metavar="RECORD.yaml", help="A record, or the id of one.", show_default=False)
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the study here; one file per tumour line.")
    ] = None,
    line: Annotated[str | None, typer.Option("--line", help="The tumour line, if the record has several.")] = None,
    draw: Annotated[int | None, typer.Option(min=0, help="Fill gaps by this draw instead of central values.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Convert a record to a study file, gaps filled in and marked; what the model does not cover is listed."""
    from abscopal.actions.evidence import convert_record

    converted = convert_record(record_file, line, draw, seed)
    for note in converted.notes:
        typer.echo(f"note: {note}", err=True)
    if as_json:
        _print_json(converted.as_dict())
    elif output is None:
        _to_stdout(converted)
    else:
        _to_files(converted, output)


def _to_stdout(converted: ConvertedRecord) -> None:
    from abscopal.actions.evidence import study_of

    chosen = study_of(converted)
    sys.stdout.write(chosen.text)
    for row in chosen.uncovered:
        typer.echo(f"not covered: {row}", err=True)
    others = [c.line for c in converted.studies if c.line != chosen.line]
    if others:
        typer.echo(f"this is {chosen.line}; for {', '.join(others)}: --line NAME", err=True)


def _to_files(converted: ConvertedRecord, output: Path) -> None:
    from abscopal.actions.evidence import write_studies

    for written in write_studies(converted, output):
        typer.echo(f"{written.line}:")
        if written.file is None:
            typer.echo(f"  nothing can be simulated: {written.reason}")
            continue
        typer.echo(f"  wrote {written.file}; {written.filled} gaps filled, marked in the file")
        for row in written.uncovered:
            typer.echo(f"  not covered: {row}")
