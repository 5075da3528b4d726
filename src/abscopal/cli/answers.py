"""Answers of the calculator: numbers as a table or as JSON, with validity warnings, and curves drawn to a file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from abscopal.cli.tables import print_table
from abscopal.errors import InputError, Problem

_PLOT_FORMATS = (".png", ".svg", ".pdf")


@contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Collects numbers and validity warnings, and prints them at the end as a table or as JSON."""
    from abscopal.radiation import ValidityWarning

    answer: dict[str, Any] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ValidityWarning)
        yield answer
    notes = list(dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, ValidityWarning)))
    for note in notes:
        typer.echo(f"warning: {note}", err=True)
    if as_json:
        typer.echo(json.dumps({**answer, "warnings": notes}, indent=2, ensure_ascii=False))
        return
    rows = answer.pop("rows", None)
    if rows:
        print_table("", tuple(rows[0]), rows)
    if answer:
        print_table("", ("quantity", "value"), list(_flat(answer)))


def _flat(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in answer.items():
        if isinstance(value, Mapping):
            yield from ({"quantity": f"{name} ({key})", "value": number} for key, number in value.items())
        else:
            yield {"quantity": name, "value": "outside the beams" if value is None else value}


def draw(
    path: Path, x: Any, curves: Mapping[str, Sequence[float]], x_label: str, y_label: str, *, logarithmic: bool = False
) -> None:
    """Draw curves over x to a file of an allowed format."""
    if path.suffix.lower() not in _PLOT_FORMATS or not path.parent.is_dir():
        allowed = f"a file ending in {', '.join(_PLOT_FORMATS)} in an existing folder"
        raise InputError(Problem(f"cannot draw to {str(path)!r}", key="--plot", allowed=allowed))
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axis = plt.subplots(figsize=(5.0, 3.4), layout="constrained")
    for name, y in curves.items():
        axis.plot(x, y, label=name)
    axis.set(xlabel=x_label, ylabel=y_label, yscale="log" if logarithmic else "linear")
    axis.legend(frameon=False, fontsize=8)
    try:
        figure.savefig(path, dpi=150)
    except OSError as error:
        message = f"cannot draw to {str(path)!r}: {error.strerror}"
        raise InputError(Problem(message, key="--plot", advice="choose another folder")) from None
    finally:
        plt.close(figure)
    typer.echo(f"drawn: {path}", err=True)
