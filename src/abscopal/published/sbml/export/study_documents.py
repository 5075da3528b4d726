"""A study → SBML of its arms, the SED-ML that simulates them, and both with the study file as an OMEX archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from html import escape

from abscopal.published.sbml.export.identifiers import Identifiers
from abscopal.published.sbml.export.simulation_experiment import PlottedModel, PlottedOutput, to_sedml
from abscopal.published.sbml.export.writing import Written, acts_of, values_by_symbol, write
from abscopal.simulation import Prepared, median_subject
from abscopal.version import __version__

_FORMATS = "http://identifiers.org/combine.specifications/"
_MANIFEST = f"{_FORMATS}omex-manifest"
_YAML = "http://purl.org/NET/mediatypes/application/x-yaml"
_PLOTTED = "volume@"
# Every file of an archive has this date, so that the same study gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def sbml_of_arm(prepared: Prepared, arm: str) -> Written:
    """The model of a study with the events of one arm, for its median subject as `run` would start it.

    Raises
    ------
    InputError
        The median subject cannot have the start volume, or libSBML is not installed.
    """
    study, start = prepared.study, prepared.timelines[arm].start_day
    published = study.source.citation or study.source.doi
    remarks = [
        f"Study {study.name}{f': {study.title}' if study.title else ''}.",
        f"Arm {arm}. Time 0 is day {start:g} of the study. Parameters are those of the median subject.",
        f"The experiment was published in: {published}" if published else "",
        f"SHA-256 of the study file: {study.origin.sha256}" if study.origin.file_text else "",
    ]
    values = values_by_symbol(prepared.model.system, median_subject(prepared, arm).tolist())
    acts = acts_of(prepared.schedules[arm], start)
    return write(
        prepared.model,
        values,
        acts,
        f"{study.name}, {arm}",
        declared=prepared.declared,
        remarks=[r for r in remarks if r],
        described_by=study.source.doi,
    )


def sedml_of_arms(prepared: Prepared, written: Mapping[str, Written], sources: Mapping[str, str]) -> str:
    """The SED-ML document that simulates these arms over the whole follow-up and plots the volumes of the tumours.

    Parameters
    ----------
    written : documents by arm.
    sources : the file of each document, as seen from the SED-ML file.
    """
    species = {f"{s.name}@{s.where}" for s in prepared.model.species}
    models = [
        PlottedModel(
            arm,
            sources[arm],
            [
                PlottedOutput(name, identifier, name in species)
                for name, identifier in document.outputs.items()
                if name.startswith(_PLOTTED)
            ],
        )
        for arm, document in written.items()
    ]
    duration = max(prepared.study.follow_up_days - prepared.timelines[arm].start_day for arm in written)
    return to_sedml(models, duration, prepared.study.title or prepared.study.name)


def omex_of_study(prepared: Prepared, arms: Sequence[str] = ()) -> bytes:
    """A COMBINE archive (OMEX): SBML of every arm, the SED-ML that runs and plots them, and the study file.

    Parameters
    ----------
    arms : none is every arm.

    Raises
    ------
    InputError : as of `sbml_of_arm`.
    """
    chosen = tuple(arms) or tuple(a.name for a in prepared.study.arms)
    written = {arm: sbml_of_arm(prepared, arm) for arm in chosen}
    ids = Identifiers()
    sources = {arm: f"models/{ids.new(arm)}.xml" for arm in chosen}
    files = {sources[arm]: (document.text, f"{_FORMATS}sbml.level-3.version-2") for arm, document in written.items()}
    files["simulation.sedml"] = (sedml_of_arms(prepared, written, sources), f"{_FORMATS}sed-ml.level-1.version-3")
    if prepared.study.origin.file_text:
        files["study.yaml"] = (prepared.study.origin.file_text, _YAML)
    files["metadata.rdf"] = (_metadata(prepared), f"{_FORMATS}omex-metadata")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "manifest.xml", _manifest({name: form for name, (_, form) in files.items()}))
        for name, (text, _) in files.items():
            _put(archive, name, text)
    return packed.getvalue()


def _put(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(zipfile.ZipInfo(name, _DATE), text.encode(), zipfile.ZIP_DEFLATED)


def _manifest(formats: Mapping[str, str]) -> str:
    rows = [(".", f"{_FORMATS}omex", ""), ("./manifest.xml", _MANIFEST, "")]
    rows += [(f"./{name}", form, ' master="true"' if name.endswith(".sedml") else "") for name, form in formats.items()]
    lines = [f'  <content location="{escape(place)}" format="{form}"{more}/>' for place, form, more in rows]
    body = "\n".join(lines)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<omexManifest xmlns="{_MANIFEST}">\n{body}\n</omexManifest>\n'


def _metadata(prepared: Prepared) -> str:
    """What the archive is, for catalogues of archives."""
    study = prepared.study
    title, origin = escape(study.title or study.name), f"Written by abscopal {__version__}."
    doi = study.source.doi
    paper = f'\n    <dcterms:references rdf:resource="https://doi.org/{escape(doi)}"/>' if doi else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/">
  <rdf:Description rdf:about=".">
    <dcterms:title>{title}</dcterms:title>
    <dcterms:description>{origin} For research; not for treating patients.</dcterms:description>{paper}
  </rdf:Description>
</rdf:RDF>
"""
