"""Whether the host fits its tumour and itself, and whether names can be told apart."""

from __future__ import annotations

from collections.abc import Iterator

from abscopal import parameters, vocabulary
from abscopal.study.characters import lookalike
from abscopal.study.remarks.limits import outside, register
from abscopal.study.specification import Study
from abscopal.vocabulary import comparable

# Changes of the host under which no tumour is rejected by T cells, and those under which there is no host.
_DEFICIENT = frozenset({"nude", "SCID", "NSG", "cell culture"})


def remarks(study: Study) -> Iterator[str]:
    """What is odd about the host, its strain and its weight, and about names."""
    yield from _of_strain(study)
    yield from _of_patients(study)
    yield from _of_rejection(study)
    host = study.host
    if host.body_weight_g is not None:
        told = outside(host.body_weight_g, ("body_weight_least", "body_weight_most"), host.species, "g")
        if told:
            yield f"a {host.species} of {host.body_weight_g:g} g weighs {told}"
    for what, names in (("sites", [s.name for s in study.sites]), ("arms", [a.name for a in study.arms])):
        yield from _alike(what, names)
    yield from _treated_alike(study)


def _of_strain(study: Study) -> Iterator[str]:
    given, usual = study.host.strain, str(parameters.about_line(study.tumour).get("strain", ""))
    if not given:
        return
    if study.host.species != vocabulary.MOUSE:
        yield f"strain {given!r} of a {study.host.species}: strains are of mice, and this one changes nothing"
        return
    deficient = next((word for word in register()["deficient"] if _holds(given, word)), "")
    if deficient and study.host.immune == vocabulary.COMPETENT and not _every_arm_deficient(study):
        yield (
            f"strain {given!r} has an immune defect, but the host is simulated as immunocompetent: "
            "write `immune: nude` or `immune: scid` under `host:`"
        )
    elif usual in register()["strains"] and not deficient and not _same_strain(given, usual):
        yield (
            f"{study.tumour} comes from {usual} mice, the host is {given}: a tumour of another strain is rejected as a "
            "graft, which is not simulated"
        )


def _of_patients(study: Study) -> Iterator[str]:
    """Immune defects that are those of laboratory mice."""
    host = study.host
    if host.species != vocabulary.MOUSE and host.immune != vocabulary.COMPETENT:
        yield (
            f"`immune: {host.immune}` is a defect of laboratory mice: patients are simulated without those immune "
            "cells from birth on; write `immune: competent` unless that is meant"
        )


def _of_rejection(study: Study) -> Iterator[str]:
    """Tumours of another species that a competent mouse would reject."""
    about = parameters.about_line(study.tumour)
    foreign = study.host.species == vocabulary.MOUSE and any(
        _holds(str(about.get("strain", "")), word) for word in register()["deficient"]
    )
    if foreign and not _every_arm_deficient(study):
        yield (
            f"{study.tumour} ({about.get('tissue', 'xenograft')}) grows in immune-deficient mice only: an "
            "immunocompetent mouse rejects it, which is not simulated; write `immune: nude` under `host:`"
        )


def _every_arm_deficient(study: Study) -> bool:
    return all(_DEFICIENT & set(study.host_changes(arm.name)) for arm in study.arms)


def _holds(text: str, word: str) -> bool:
    """Whether a word stands in the name of a strain: `nude` in `BALB/c nude`, not `Rag` in `dragon`."""
    plain, wanted = text.casefold(), word.casefold()
    at = plain.find(wanted)
    return at >= 0 and (at == 0 or not plain[at - 1].isalnum())


def _same_strain(given: str, usual: str) -> bool:
    """Whether a strain as written is the usual one, a subline of it, or a hybrid of the first generation."""
    written = comparable(given)
    if "f1" in written:
        return True
    short = {comparable(other) for other in register()["strains"][usual]}
    long = comparable(usual)
    sublines = any(len(other) > 1 and written.startswith(other) for other in (long, *short))
    return written in short or sublines


def _alike(what: str, names: list[str]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(lookalike(name), name)
        if other != name:
            yield f"{what} {other!r} and {name!r} are easily taken for one another: give one of them another name"


def _treated_alike(study: Study) -> Iterator[str]:
    known: dict[object, str] = {}
    for arm in study.arms:
        treatment = repr(
            [*(course.model_copy(update={"note": ""}) for course in arm.courses), study.host_changes(arm.name)]
        )
        other = known.setdefault(treatment, arm.name)
        if other != arm.name:
            yield f"arms {other!r} and {arm.name!r} are treated alike"
