"""Remarks on what a radiobiologist would ask about; a usual study has none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abscopal import study
from abscopal.study.remarks import remarks
from abscopal.study.remarks.limits import register

EXAMPLES = Path(__file__).parents[3] / "examples"


def _study() -> dict[str, Any]:
    course = {"quality": "X-rays", "dose_per_fraction": "8 Gy", "days": "0 d", "target": "primary"}
    return {
        "abscopal": 1,
        "study": "x",
        "host": {},
        "tumour": "CT26",
        "sites": {"primary": {"inoculum": "5e5 cells", "inoculated": "-9 d"}},
        "arms": {"ctl": {}, "RT": {"radiation": [course], "drugs": [], "cells": []}},
        "control": "ctl",
        "follow_up": "60 d",
    }


def _told(change: Callable[[dict[str, Any]], object]) -> str:
    data = _study()
    change(data)
    return "\n".join(remarks(study.from_dict(data)))


def _rt(**keys: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["arms"]["RT"]["radiation"][0].update(keys)


def _drug(**keys: Any) -> Callable[[dict[str, Any]], object]:
    given = {"agent": "anti-PD-1", "dose": "200 ug", "days": "0 d", **keys}
    return lambda data: data["arms"]["RT"]["drugs"].append(given)


def _part(name: str, **keys: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data[name].update(keys)


def _site(**keys: Any) -> Callable[[dict[str, Any]], object]:
    return lambda data: data["sites"]["primary"].update(keys)


def _start(value: str, day: str = "0 d") -> Callable[[dict[str, Any]], object]:
    return _site(start_volume={"value": value, "day": day})


def _as_patient(data: dict[str, Any], **host: str) -> None:
    data.update(tumour="NSCLC", host={"species": "human", **host})


def _complete_below(value: str) -> Callable[[dict[str, Any]], object]:
    def change(data: dict[str, Any]) -> None:
        _start("100 mm3")(data)
        data["endpoints"] = {"response": {"complete_below": value}}

    return change


ODD: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "complete before any treatment": (_complete_below("800 mm3"), "write a smaller `complete_below`"),
    "strain of another line": (_part("host", strain="C57BL/6J"), "comes from BALB/c"),
    "nude strain, competent": (_part("host", strain="BALB/c nude"), "immune: nude"),
    "NSG, competent": (_part("host", strain="NSG"), "immune defect"),
    "human line in a competent mouse": (lambda d: d.update(tumour="A549"), "rejects it"),
    "hamster line in a competent mouse": (lambda d: d.update(tumour="V79"), "rejects it"),
    "heavy mouse": (_part("host", body_weight="200 g"), "weighs more than"),
    "light mouse": (_part("host", body_weight="2 g"), "weighs less than"),
    "many cells": (_site(inoculum="5e9 cells"), "5e+09 cells is more than"),
    "few cells": (_site(inoculum="3 cells"), "less than 100 cells"),
    "a litre": (_start("1 L"), "start volume of 1e+06 mm3 is more than"),
    "complete from the start": (
        lambda d: (_start("75 mm3")(d), d.update(endpoints={"response": {"complete_below": "100 mm3"}})),
        "not above 100 mm3, below which a response is complete",
    ),
    "a patient's strain": (lambda d: _as_patient(d, strain="BALB/c"), "strains are of mice"),
    "a nude patient": (lambda d: _as_patient(d, immune="nude"), "a defect of laboratory mice"),
    "start above the limit": (_start("1600 mm3"), "has reached its end point at the start"),
    "start after treatment": (_start("75 mm3", "5 d"), "after the first fraction"),
    "a large fraction": (_rt(dose_per_fraction="80 Gy"), "80 Gy in one fraction"),
    "a large course": (_rt(days={"from": "0 d", "every": "1 d", "times": 30}), "240 Gy in 30 fractions"),
    "whole body": (_rt(target="whole_body", dose_per_fraction="30 Gy"), "30 Gy to the whole body"),
    "whole body, parts": (_rt(target="whole_body", days=["0 d", "1 d"]), "16 Gy to the whole body"),
    "proton of a stopped beam": (_rt(quality="protons", let="80 keV/um"), "0.3 to 25 keV/um"),
    "X-rays of a slip": (_rt(energy="225 MV"), "X-rays of 225 MV: beams in use have 10 kV to 25 MV"),
    "carbon of a slip": (_rt(quality="carbon", energy="2900 MeV/u", let="50 keV/um"), "beams in use"),
    "a tiny fraction": (_rt(dose_per_fraction="1 cGy"), "less than 0.02 Gy"),
    "a mouse of three years": (lambda d: d.update(follow_up="1000 d"), "life span"),
    "flash": (_rt(dose_rate="100 Gy/s"), "FLASH"),
    "dose rate cut by the end": (_rt(dose_rate="4e-5 Gy/min"), "43 % of it is given"),
    "overlapping dose rates": (_rt(dose_rate="0.001 Gy/min", days=["0 d", "1 d"]), "overlap"),
    "seeds cut by the end": (_rt(quality="I-125", dose_per_fraction="145 Gy"), "50 % of their dose"),
    "much antibody": (_drug(dose="20 mg"), "mg/kg, more than 60 mg/kg"),
    "much antibody per weight": (_drug(dose="0.5 g/kg"), "more than 60 mg/kg"),
    "little antibody": (_drug(dose="1 ng"), "less than 0.1 mg/kg"),
    "much of a small molecule": (_drug(agent="cisplatin", dose="2 g/kg"), "more than 500 mg/kg"),
    "look-alike arms": (lambda d: d["arms"].update(Ctl={"host_changes": ["CD8 depletion"]}), "taken for one another"),
    "look-alike letters": (lambda d: d["arms"].update({"сtl": {"note": "Cyrillic"}}), "taken for one another"),
    "arms treated alike": (lambda d: d["arms"].update(other={}), "'ctl' and 'other' are treated alike"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_remarked_on(what: str) -> None:
    change, words = ODD[what]
    assert words in _told(change)


FINE: dict[str, Callable[[dict[str, Any]], object]] = {
    "a patient": _as_patient,
    "as it is": lambda data: None,
    "a subline": _part("host", strain="BALB/cAnNCrl"),
    "a short name": _part("host", strain="Balb"),
    "a hybrid": _part("host", strain="CB6F1"),
    "a human line in nude mice": lambda d: d.update(tumour="A549", host={"immune": "nude", "strain": "BALB/c nude"}),
    "an antibody": _drug(),
    "a sham injection": _drug(dose="0 ug"),
    "depletion": _drug(agent="anti-CD8", dose="500 ug"),
    "fractionated whole body": _rt(target="whole_body", dose_per_fraction="1 Gy", days=["0 d", "1 d"]),
    "peaks between valleys": _rt(dose_per_fraction="100 Gy", irradiated_share="20 %", valley_dose="5 %"),
    "palpable at the start": _start("75 mm3"),
    "complete below a tenth": _complete_below("10 mm3"),
    "an accelerator": _rt(energy="6 MV"),
    "a sham irradiation": _rt(dose_per_fraction="0 Gy"),
    "slow, to its end": _rt(dose_rate="0.01 Gy/min"),
}


@pytest.mark.parametrize("what", FINE)
def test_what_is_usual_is_not(what: str) -> None:
    assert _told(FINE[what]) == ""


def test_the_end_of_the_follow_up_is_early() -> None:
    data = _study()
    data["follow_up"] = "2 d"
    assert "ends 2 days after the last treatment" in "\n".join(remarks(study.from_dict(data)))


def test_arms_that_share_a_course_share_its_remark() -> None:
    def change(data: dict[str, Any]) -> None:
        data["arms"]["RT"]["radiation"][0]["dose_per_fraction"] = "80 Gy"
        data["arms"] |= {f"more {i}": {**data["arms"]["RT"], "host_changes": [f"CD{i} depletion"]} for i in (4, 8)}

    (told,) = _told(change).splitlines()
    assert told.startswith("RT, more 4, more 8: 80 Gy")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_no_published_example_is_odd(file: Path) -> None:
    assert remarks(study.load(file)) == ()


def test_every_limit_says_where_it_is_from() -> None:
    rows = [row for part in ("limits", "drug_doses", "let") for row in register()[part].values()]
    assert len(rows) > 15
    assert all(row["source"]["note"] and row["source"]["kind"] in ("assumed", "borrowed") for row in rows)
