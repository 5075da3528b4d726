"""libSBML's consistency checks, in a process of their own: on broken documents they can end it, or take for ever.

Run as a script it reads a document from standard input and writes its remarks as JSON; it imports nothing of abscopal.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_LONGEST_SECONDS = 30.0
# Units that are not declared are no contradiction.
_SILENT = ("Missing unit", "Unable to verify consistency of units")


def remarks(document: str) -> tuple[str, ...]:
    """What libSBML remarks about a document, one line each, contradicting units among it.

    The importer checks for itself whatever decides the trajectories, so nothing here is an error.
    """
    command = [sys.executable, str(Path(__file__))]
    try:
        done = subprocess.run(
            command, input=document.encode(), capture_output=True, timeout=_LONGEST_SECONDS, check=True
        )
        return tuple(json.loads(done.stdout))
    except (OSError, subprocess.SubprocessError, ValueError):
        return ("libSBML could not check the document: its units may contradict each other",)


def _check(text: str) -> list[str]:
    import libsbml

    document = libsbml.readSBMLFromString(text)
    document.getErrorLog().clearLog()
    for category in (libsbml.LIBSBML_CAT_MODELING_PRACTICE, libsbml.LIBSBML_CAT_SBO_CONSISTENCY):
        document.setConsistencyChecks(category, False)
    document.checkConsistency()
    lines: dict[str, None] = {}
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if not error.getShortMessage().startswith(_SILENT):
            lines[f"line {error.getLine()}: {error.getShortMessage()}"] = None
    return list(lines)


if __name__ == "__main__":
    print(json.dumps(_check(sys.stdin.buffer.read().decode())))
