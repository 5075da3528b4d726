"""The Typer application: registers the commands and turns errors into exit codes."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Annotated, NoReturn

import typer

from abscopal.cli import catalogue, check, data, evidence, fit, model, new, petab, published, radiation, run, score
from abscopal.errors import AbscopalError
from abscopal.streams import encodable_streams, flush, silence
from abscopal.version import __version__

FOOTER = "Research software: never advice on a patient."
BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    name="abscopal",
    help="Simulate radiotherapy combined with immunotherapy, arm by arm, from a study file.\n\n"
    "Begin with  abscopal new my_study  and  abscopal run my_study.yaml -o out.",
    epilog=FOOTER,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
app.command("run", epilog=FOOTER)(run.run)
app.command("fit", epilog=FOOTER)(fit.fit)
app.command("check", epilog=FOOTER)(check.check)
app.command("new", epilog=FOOTER)(new.new)
app.command("catalogue", epilog=FOOTER)(catalogue.catalogue)
app.command("score", epilog=FOOTER)(score.score)
app.add_typer(data.app, name="data", epilog=FOOTER)
app.add_typer(evidence.app, name="evidence", epilog=FOOTER)
app.add_typer(model.app, name="model", epilog=FOOTER)
published.app.command("petab", epilog=FOOTER)(petab.compare)
app.add_typer(published.app, name="published", epilog=FOOTER)
app.add_typer(radiation.app, name="radiation", epilog=FOOTER)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"abscopal {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Options of all commands."""


def start() -> None:
    """Run the application; every expected error ends with its message on stderr and exit code 2."""
    encodable_streams(json="--json" in sys.argv)
    try:
        _run()
    except OSError as error:  # most often what is printed cannot be written, as to a full disk
        silence()
        where = f" {error.filename}" if error.filename else ""
        _say_error(f"the system refuses{where}: {error.strerror or error}")
        sys.exit(BAD_INPUT)


def _run() -> None:
    try:
        app()
    except AbscopalError as error:
        _say_error(str(error))
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as ended:  # Typer turns Ctrl-C into a silent exit of its own
        if ended.code == INTERRUPTED:
            _stopped()
        flush()
        raise


def _say_error(text: str) -> None:
    with suppress(OSError):
        typer.secho("error", fg=typer.colors.RED, bold=True, err=True, nl=False)
        typer.echo(f": {text}", err=True)


def _stopped() -> NoReturn:
    typer.echo("stopped; no half-written result is left behind", err=True)
    sys.exit(INTERRUPTED)
