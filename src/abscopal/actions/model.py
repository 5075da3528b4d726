"""What the model is: its parts, equations and parameters, and its export."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from abscopal import parameters, pipeline, published
from abscopal.errors import InputError, Problem, unknown_name
from abscopal.model import AssembledModel
from abscopal.model.equations import Equation
from abscopal.model.equations import equations as equations_of
from abscopal.model.fingerprint import model_hash
from abscopal.model.generic import generic_model
from abscopal.model.latex_document import latex_document
from abscopal.parameters import ParameterSet
from abscopal.simulation import description
from abscopal.storage.files import check_file, whole_file, write_whole
from abscopal.storage.folders import check_folder


def model_of(study_file: Path | None, without: Sequence[str] = ()) -> tuple[AssembledModel, ParameterSet]:
    """The model of a study and its parameters; without a study that of two sites and every drug. Raises InputError."""
    if study_file is not None:
        prepared = pipeline.prepare(pipeline.load(study_file), without)
        return prepared.model, prepared.declared
    model = generic_model(without)
    declared = {name: parameters.shared()[name.partition("@")[0]] for name in model.parameter_names}
    return model, ParameterSet(declared, "shared")


def parts_of_model(study_file: Path | None = None, without: Sequence[str] = ()) -> dict[str, Any]:
    """The size of a model, its mechanisms with their stocks and flows, and the hash of the program's model.

    The hash is that of all code and data that decide a number, which scores and profiles carry. Raises InputError.
    """
    model, declared = model_of(study_file, without)
    rows = [
        {
            "mechanism": name,
            "stocks": ", ".join(dict.fromkeys(s.name for s in model.species if s.mechanism == name)),
            "flows": ", ".join(dict.fromkeys(f.name for f in model.flows if f.mechanism == name)),
        }
        for name in model.mechanisms
    ]
    return {
        "model_hash": model_hash(),
        "states": len(model.species),
        "flows": len(model.flows),
        "parameters": len(declared),
        "sites": list(model.sites),
        "mechanisms": rows,
    }


def model_equations(study_file: Path | None = None, without: Sequence[str] = ()) -> list[Equation]:
    """Every equation with the mechanism it comes from. Raises InputError."""
    return list(equations_of(model_of(study_file, without)[0]))


def model_latex(study_file: Path | None = None, without: Sequence[str] = ()) -> str:
    """Every equation and every symbol of a model as a LaTeX document. Raises InputError."""
    model, declared = model_of(study_file, without)
    title = (
        f"The equations of the model of {study_file.stem}" if study_file is not None else "The equations of the model"
    )
    return latex_document(model, declared, title)


def model_parameters(study_file: Path | None = None, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """A row per parameter, with its source. Raises InputError."""
    return description.parameter_table(model_of(study_file, without)[1])


@dataclass(frozen=True)
class SbmlExport:
    """What was written as SBML: study, arm, and the day that is time 0 of the file [d]."""

    study: str
    arm: str
    start_day: float


def export_sbml(
    study_file: Path, file: Path, arm: str | None = None, without: Sequence[str] = (), sedml: Path | None = None
) -> SbmlExport:
    """Write the model of a study with the events of one arm as SBML, for its median subject as `run` would start it.

    Parameters
    ----------
    arm : None is the last one.
    sedml : file for the SED-ML that simulates it; None writes none.

    Raises
    ------
    InputError
        The study has no such arm or cannot be used, its median subject cannot have the start volume, or the file
        cannot be written.
    """
    prepared = pipeline.prepare(pipeline.load(study_file), without)
    arms = [a.name for a in prepared.study.arms]
    chosen = (arm or arms[-1]).strip()
    if chosen not in arms:
        raise InputError(unknown_name("arm", chosen, arms, key="--arm"))
    for wanted in (file, sedml):
        if wanted is not None:
            check_file(wanted)
    written = published.sbml_of_arm(prepared, chosen)
    write_whole(file, written.text)
    if sedml is not None:
        source = Path(os.path.relpath(file.absolute(), sedml.absolute().parent)).as_posix()
        write_whole(sedml, published.sedml_of_arms(prepared, {chosen: written}, {chosen: source}))
    return SbmlExport(prepared.study.name, chosen, prepared.timelines[chosen].start_day)


def export_omex(
    study_file: Path, file: Path, arm: str | None = None, without: Sequence[str] = ()
) -> tuple[str, Sequence[str]]:
    """Write a COMBINE archive of a study: SBML of its arms, the SED-ML that runs them, the study file.

    Parameters
    ----------
    arm : None is every arm.

    Returns
    -------
    The study and the arms that were written.

    Raises
    ------
    InputError : as of `export_sbml`.
    """
    prepared = pipeline.prepare(pipeline.load(study_file), without)
    arms = [a.name for a in prepared.study.arms]
    if arm is not None and arm not in arms:
        raise InputError(unknown_name("arm", arm, arms, key="--arm"))
    check_file(file)
    chosen = arms if arm is None else [arm]
    packed = published.omex_of_study(prepared, chosen)
    with whole_file(file) as target:
        target.write(packed)
    return prepared.study.name, chosen


@dataclass(frozen=True)
class PetabExport:
    """What was written as a PEtab problem: study, arms, parameters to estimate, and what to know about it."""

    study: str
    arms: int
    estimated: int
    notes: tuple[str, ...]


def export_petab(
    study_file: Path, folder: Path, data: Path | None, estimate: Sequence[str] = (), without: Sequence[str] = ()
) -> PetabExport:
    """Write a calibration problem in PEtab: the model with all arms of a study, and measurements.

    Parameters
    ----------
    data : CSV of the measurements.
    estimate : names of the parameters to estimate.

    Raises
    ------
    InputError
        Study or measurements cannot be used, or the folder cannot be written to.
    """
    if data is None:
        raise InputError(Problem("no measurements", key="--data", advice="name a CSV file of them"))
    check_folder(folder)
    prepared = pipeline.prepare(pipeline.load(study_file), without)
    problem = published.petab_problem(prepared, data, estimate)
    problem.save(folder)
    return PetabExport(prepared.study.name, len(problem.conditions), len(estimate), tuple(problem.notes))
