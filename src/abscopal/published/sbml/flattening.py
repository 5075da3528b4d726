"""Models made of submodels (SBML package comp) written out as one, in a process of their own.

libSBML does it; on broken documents it can end the process or take for ever.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from abscopal.errors import InputError, Problem

_LONGEST_SECONDS = 60.0
# Submodels may hold submodels: a short file can ask for billions.
MOST_INSTANCES = 5_000


def flattened(text: str, path: str) -> str:
    """The document with all submodels written out; their parts are called SUBMODEL__ID.

    Raises
    ------
    InputError
        A submodel cannot be found, or it is too large.
    """
    command = [sys.executable, "-c", _SCRIPT, str(Path(path).resolve().parent if path else Path.cwd())]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_LONGEST_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(_problem(f"that took more than {_LONGEST_SECONDS:.0f} s"), path) from error
    if done.returncode:
        words = " ".join(done.stdout.decode(errors="replace").split())
        raise InputError(_problem(words or "libSBML could not read it"), path)
    return done.stdout.decode()


def _problem(words: str) -> Problem:
    return Problem(f"its submodels (package 'comp') cannot be written out as one model: {words[:600]}")


_SCRIPT = f"""
import sys
import libsbml

sys.setrecursionlimit(10_000)
document = libsbml.readSBMLFromString(sys.stdin.buffer.read().decode())
definitions = document.getPlugin("comp")
inner = {{}}
if definitions is not None:
    for i in range(definitions.getNumModelDefinitions()):
        definition = definitions.getModelDefinition(i)
        plugin = definition.getPlugin("comp")
        inner[definition.getId()] = [plugin.getSubmodel(j).getModelRef() for j in range(plugin.getNumSubmodels())]
size, open_ = {{}}, set()


def measure(name):
    if name in open_:
        sys.stdout.write(f"submodel {{name!r}} contains itself")
        sys.exit(1)
    if name not in size:
        open_.add(name)
        size[name] = 1 + sum(measure(n) for n in inner.get(name, ()))
        open_.discard(name)
    return size[name]


top = document.getModel().getPlugin("comp") if document.getModel() is not None else None
total = sum(measure(top.getSubmodel(j).getModelRef()) for j in range(top.getNumSubmodels())) if top is not None else 0
if total > {MOST_INSTANCES}:
    sys.stdout.write(f"they would be {{total}} submodels; at most {MOST_INSTANCES}")
    sys.exit(1)
for i in range(definitions.getNumExternalModelDefinitions() if definitions is not None else 0):
    source = definitions.getExternalModelDefinition(i).getSource()
    if "://" in source:
        sys.stdout.write(f"{{source!r}} is not a file beside it")
        sys.exit(1)
document.setLocationURI("file:" + sys.argv[1] + "/model.xml")
options = libsbml.ConversionProperties()
for key, value in (("flatten comp", True), ("performValidation", False), ("leavePorts", False)):
    options.addOption(key, value)
options.addOption("basePath", sys.argv[1])
options.addOption("stripUnflattenablePackages", True)
document.getErrorLog().clearLog()
if document.convert(options) != libsbml.LIBSBML_OPERATION_SUCCESS:
    log = document.getErrorLog()
    words = [log.getError(i).getMessage() for i in range(log.getNumErrors()) if log.getError(i).getSeverity() >= 2]
    sys.stdout.write("; ".join(words[-2:]))
    sys.exit(1)
sys.stdout.buffer.write(libsbml.writeSBMLToString(document).encode())
"""
