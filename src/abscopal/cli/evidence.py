"""`abscopal evidence`: the catalogue of published experiments, one record, a record as a study."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from abscopal.cli.options import AsJson
from abscopal.cli.tables import print_table, terminal_width
from abscopal.errors import InputError, Problem
from abscopal.storage.files import check_file, write_whole

if TYPE_CHECKING:
    from abscopal.evidence import Conversion, Record, Trial

app = typer.Typer(help="Published experiments as data, and as studies that can be run.", no_args_is_help=True)

_LONGEST_CITATION = 60
# Terminal width from which the table of records has room for citations.
_WIDE = 130


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=str))


@app.command("list")
def list_records(
    clinical: Annotated[bool, typer.Option("--clinical", help="The clinical records instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the records of the catalogue: lines, arms, claims and how many of them are covered."""
    from abscopal import evidence

    if clinical:
        _list_clinical(as_json)
        return
    rows = [_row(record) for record in evidence.catalogue()]
    if as_json:
        _print_json({"records": rows})
        return
    wide = terminal_width() >= _WIDE
    print_table("Records", ("id", *(("kind", "citation") if wide else ()), "lines", "arms", "claims", "covered"), rows)
    claims, covered = (sum(row[key] for row in rows) for key in ("claims", "covered"))
    typer.echo(f"{len(rows)} records, {claims} claims, {covered} covered; more with `list --clinical`, `show ID`")


def _row(record: Record) -> dict[str, Any]:
    from abscopal import evidence

    conversions = evidence.convert(record)
    citation = record.citation
    return {
        "id": record.id,
        "kind": record.kind,
        "citation": citation if len(citation) <= _LONGEST_CITATION else citation[: _LONGEST_CITATION - 1] + "…",
        "lines": ", ".join(c.line for c in conversions if c.study is not None) or "-",
        "arms": len(record.arms),
        "claims": len(record.claims),
        "covered": len(_covered(conversions)),
    }


def _covered(conversions: tuple[Conversion, ...]) -> set[str]:
    """Ids of the claims that at least one tumour line covers."""
    return {claim.claim_id for conversion in conversions for claim in conversion.claims if claim.covered}


def _list_clinical(as_json: bool) -> None:
    from abscopal import evidence

    rows = [
        {
            "id": trial.id,
            "registry": trial.registry,
            "cancer": trial.cancer,
            "agent": trial.agent,
            "patients": trial.patients if trial.patients is not None else "-",
            "randomised": "yes" if trial.randomised else "no",
            "verdict": trial.verdict,
        }
        for trial in evidence.trials()
    ]
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
    from abscopal import evidence

    found = evidence.find(record_id)
    if isinstance(found, evidence.Trial):
        _show_trial(found, as_json)
        return
    conversions = evidence.convert(found)
    if as_json:
        _print_json({**_plain(found), "conversions": [_conversion(c) for c in conversions]})
        return
    typer.secho(found.id, bold=True, nl=False)
    typer.echo(f"  {found.citation}" + (f"  doi:{found.doi}" if found.doi else ""))
    typer.echo(f"{found.kind}; tumour: {found.model.tumour}; host: {found.model.host or 'not stated'}")
    reasons = _arm_reasons(conversions)
    print_table("Arms", ("id", "treatment", "covered"), [_arm_row(arm, reasons) for arm in found.arms])
    print_table("Claims", ("id", "metric", "published", "basis", "covered"), _claim_rows(found, conversions))
    for note in found.curator_notes:
        typer.echo(f"note: {note}")


def _arm_reasons(conversions: tuple[Conversion, ...]) -> dict[str, str]:
    """Why arms are not covered by any line."""
    covered = {arm for conversion in conversions for arm in conversion.arms}
    reasons: dict[str, str] = {}
    for conversion in conversions:
        reasons.update({a: r for a, r in conversion.not_covered.items() if a not in covered})
    return reasons


def _arm_row(arm: Any, reasons: dict[str, str]) -> dict[str, Any]:
    parts = []
    for course in arm.radiation:
        dose = "?" if course.dose_per_fraction_gy is None else f"{course.dose_per_fraction_gy:g}"
        parts.append(f"{course.quality} {dose} Gy x{course.fractions or '?'}")
    parts += [f"{drug.drug} {drug.dose}".strip() for drug in arm.drugs] + [cells.kind for cells in arm.cells]
    if arm.host_modification:
        parts.append(f"[{arm.host_modification}]")
    return {"id": arm.id, "treatment": " + ".join(parts) or "none", "covered": reasons.get(arm.id, "yes")}


def _claim_rows(record: Record, conversions: tuple[Conversion, ...]) -> list[dict[str, Any]]:
    rows = []
    for i, claim in enumerate(record.claims):
        each = [conversion.claims[i] for conversion in conversions]
        inside = next((c for c in each if c.covered), None)
        where = " at ".join(part for part in (inside.readout, inside.site) if part) if inside else ""
        rows.append(
            {
                "id": claim.id,
                "metric": claim.metric,
                "published": f"{claim.better_arm} {claim.relation} {claim.worse_arm}",
                "basis": claim.basis,
                "covered": (f"yes: {where}" if where else "yes") if inside else each[0].reason,
            }
        )
    return rows


def _show_trial(trial: Trial, as_json: bool) -> None:
    if as_json:
        _print_json(_plain(trial))
        return
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
    from abscopal import evidence

    record = _record(record_file)
    conversions = evidence.convert(record, draw=draw, seed=seed)
    for problem in evidence.clashes([record]):
        typer.echo(f"note: {problem.message}", err=True)
    if line is not None:
        conversions = _only(conversions, line)
    if as_json:
        _print_json({"record": record.id, "conversions": [_conversion(c) for c in conversions]})
        return
    if output is None:
        _to_stdout(record, conversions)
    else:
        _to_files(record, conversions, output)


def _record(path: Path) -> Record:
    """The record in a file; or of the catalogue, if there is no such file but such an id."""
    from abscopal import evidence

    known = {record.id: record for record in evidence.catalogue()} if not path.exists() else {}
    return known[str(path)] if str(path) in known else evidence.read_record(path)


def _only(conversions: tuple[Conversion, ...], line: str) -> tuple[Conversion, ...]:
    found = tuple(c for c in conversions if c.line.lower() == line.lower())
    if not found:
        names = ", ".join(c.line for c in conversions)
        raise InputError(Problem(f"the record has no tumour line {line!r}", "--line", allowed=names))
    return found


def _to_stdout(record: Record, conversions: tuple[Conversion, ...]) -> None:
    from abscopal.evidence.writing import study_text, uncovered

    able = [c for c in conversions if c.study is not None]
    chosen = (able or list(conversions))[0]
    sys.stdout.write(study_text(chosen, record))
    for row in uncovered(chosen):
        typer.echo(f"not covered: {row}", err=True)
    others = [c.line for c in able if c is not chosen]
    if others:
        typer.echo(f"this is {chosen.line}; for {', '.join(others)}: --line NAME", err=True)


def _to_files(record: Record, conversions: tuple[Conversion, ...], output: Path) -> None:
    from abscopal.evidence.writing import study_text, uncovered

    check_file(output)
    able = [c for c in conversions if c.study is not None]
    for conversion in conversions:
        typer.echo(f"{conversion.line}:")
        if conversion.study is None:
            typer.echo(f"  nothing can be simulated: {conversion.reason}")
            continue
        name = (
            output
            if len(able) == 1
            else output.with_name(f"{output.stem}_{_file_part(conversion.line)}{output.suffix}")
        )
        write_whole(name, study_text(conversion, record))
        typer.echo(f"  wrote {name}; {len(conversion.filled)} gaps filled, marked in the file")
        for row in uncovered(conversion):
            typer.echo(f"  not covered: {row}")


def _file_part(line: str) -> str:
    return "".join(c if c.isalnum() or c == "-" else "-" for c in line)


def _plain(item: Any) -> dict[str, Any]:
    """A record or trial as nested dictionaries."""
    import dataclasses

    return {"kind": item.kind, **dataclasses.asdict(item)}


def _conversion(conversion: Conversion) -> dict[str, Any]:
    return {
        "line": conversion.line,
        "covered": conversion.study is not None,
        "reason": conversion.reason,
        "study": dict(conversion.written) or None,
        "arms": dict(conversion.arms),
        "not_covered": dict(conversion.not_covered),
        "claims": [claim.__dict__ for claim in conversion.claims],
        "filled": [{"key": key, "value": value, "why": why} for key, value, why in conversion.filled],
        "group_size": conversion.group_size,
        "defaults": conversion.defaults_id,
    }
