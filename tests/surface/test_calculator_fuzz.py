"""Whatever numbers and names a calculator is given: words and exit 2, or finite numbers in valid JSON. Never more."""

from __future__ import annotations

import json
import math
import random
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from abscopal.cli.radiation import app
from abscopal.errors import InputError

EXTREMES = ("0", "-0.0", "-1", "nan", "inf", "-inf", "1e999", "-1e999", "1e-320", "1e-9", "1e9", "1e308")
# Few values of each kind, so that tables of models are computed once.
USUAL = {
    "dose": ("0.5", "2", "8", "25", "40", "200"),
    "alpha": ("0.01", "0.18", "0.3"),
    "beta": ("0", "0.02", "0.03"),
    "let": ("0.3", "3", "10", "13.5", "50", "102", "140", "250", "590"),
    "energy": ("70", "150", "290", "398"),
    "depth": ("0", "30", "100", "158", "163", "250"),
    "pressure": ("0", "2.5", "30", "160", "800"),
    "level": ("0.05", "0.68", "0.95"),
    "count": ("1", "5", "33", "1000"),
    "days": ("0", "20", "46", "400"),
    "ratio": ("0.5", "2", "10", "200"),
    "factor": ("0", "1", "1.1", "3"),
    "place": ("30", "95", "100", "100.4", "101", "155", "220"),
}
QUALITY = ("carbon", "helium", "proton", "6 MV", "220 kVp", "I-125", "Co-60", "carbn", "")
PARTICLE = ("carbon", "helium", "proton", "He", "neon", "photon")
MODEL = ("generic", "mkm", "lem", "rmf", "wedenberg", "mcnamara", "carabe", "constant", "mairani", "reference", "none")
LINE = ("V79", "HSG", "B16-F10", "LM8", "MC38", "Jurkat", "multiple myeloma", "nobody's")
TISSUE = ("head and neck", "oesophagus", "prostate", "liver")
ORGAN = ("lung", "oesophagus", "parotid", "skin", "liver")

MKM = ("v79", "hsg", "HeLa")

CELLS = {"--alpha": "alpha", "--beta": "beta", "--line": LINE, "--transition-dose": "dose"}
BEAM = {"--quality": QUALITY, "--let": "let", "--energy": "energy", "--depth": "depth"}
COMMANDS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "let": ((PARTICLE, "energy"), {"--depth": "depth"}),
    "range": ((PARTICLE, "energy"), {}),
    "survival": (("dose",), {**CELLS, **BEAM, "--model": MODEL, "--mkm": MKM, "--po2": "pressure"}),
    "rbe": (("dose",), {**CELLS, **BEAM, "--model": MODEL, "--mkm": MKM, "--level": "level"}),
    "oer": (
        ("pressure",),
        {
            "--let": "let",
            "--quality": QUALITY,
            "--model": ("scifoni", "antonovic", "alper-howard-flanders", "other"),
            "--reference-po2": "pressure",
            "--level": "level",
        },
    ),
    "bed": (
        ("dose",),
        {
            "--fractions": "count",
            "--alpha-beta": "ratio",
            "--line": LINE,
            "--rbe-max": "factor",
            "--rbe-min": "factor",
            "--transition-dose": "dose",
            "--days": "days",
            "--tissue": TISSUE,
            "--kick-off": "days",
            "--dose-per-day": "factor",
        },
    ),
    "isoeffective-dose": (
        ("dose",),
        {
            **CELLS,
            "--from-let": "let",
            "--to-let": "let",
            "--level": "level",
            "--model": MODEL,
            "--mkm": MKM,
        },
    ),
    "sobp": (
        ("place", "place"),
        {
            "--particle": PARTICLE,
            "--dose": "dose",
            **CELLS,
            "--model": MODEL,
            "--mkm": MKM,
            "--flat": ("dose", "rbe", "x"),
        },
    ),
    "ntcp": (
        (),
        {
            "--organ": ORGAN,
            "--mean-dose": "dose",
            "--uniform-dose": "dose",
            "--fractions": "count",
            "--chemotherapy": None,
        },
    ),
    "immunogenic": (("dose",), {**CELLS, **BEAM, "--trex1-threshold": ("none", "14", "nan", "-1", "high", "1e999")}),
}


def some(kind: Any, chance: random.Random, extreme: float) -> str:
    if isinstance(kind, tuple):
        return str(chance.choice(kind))
    return str(chance.choice(EXTREMES if chance.random() < extreme else USUAL[kind]))


def asked(command: str, chance: random.Random) -> list[str]:
    """A command line: mostly one that makes sense, often with an extreme or an option too many somewhere."""
    extreme = chance.choice((0.0, 0.0, 0.1, 0.5))
    given = chance.choice((0.05, 0.15, 0.5))
    places, options = COMMANDS[command]
    words = [command, "--json"]
    for begin in ("--", "--from-", "--to-"):
        if f"{begin}let" in options and (command != "oer" or chance.random() < 0.7):
            words += beam(begin, chance, extreme)
    if "--alpha" in options and (command != "sobp" or chance.random() < 0.6):
        pair = ["--alpha", some("alpha", chance, extreme), "--beta", some("beta", chance, extreme)]
        words += ["--line", some(LINE, chance, 0.0)] if chance.random() < 0.4 else pair
        words += ["--dose", some("dose", chance, extreme)] if command == "sobp" else []
    if command == "bed":
        words += [["--alpha-beta", "10"], ["--line", "MC38"], ["--days", "46", "--tissue", "prostate"]][
            chance.randrange(3)
        ]
    if command == "ntcp":
        organ = chance.choice(ORGAN)
        words += [
            "--organ",
            organ,
            "--uniform-dose" if organ == "skin" else "--mean-dose",
            some("dose", chance, extreme),
        ]
    if command == "bed":
        words += ["--fractions", some("count", chance, extreme)]
    for option, kind in options.items():
        if option not in words and option not in BEAM and chance.random() < given:
            words += [option] if kind is None else [option, some(kind, chance, extreme)]
    return [*words, "--", *(some(kind, chance, extreme) for kind in places)]


def beam(begin: str, chance: random.Random, extreme: float) -> list[str]:
    """Options of one radiation: its name, and mostly what a radiation of this name needs."""
    name = chance.choice(QUALITY)
    quality = "--quality" if begin == "--" else begin.rstrip("-")
    let = [f"{begin}let", some("let", chance, extreme)]
    place = ["--energy", some("energy", chance, extreme), "--depth", some("depth", chance, extreme)]
    ion = chance.choice([let, let, place]) if begin == "--" else let
    if name in ("carbon", "helium", "proton") or chance.random() < 0.2:
        return [quality, name, *ion]
    return [quality, name]


def numbers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for content in value.values():
            yield from numbers(content)
    elif isinstance(value, list):
        for content in value:
            yield from numbers(content)
    elif not isinstance(value, str):
        yield value


def no_constant(text: str) -> None:
    raise AssertionError(f"{text} is not JSON")


def check(words: list[str]) -> bool:
    """Whether it was answered; anything but words or finite numbers fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = CliRunner().invoke(app, words)
    if isinstance(result.exception, InputError):
        assert str(result.exception).strip(), words
        return False
    if result.exit_code != 0:
        assert isinstance(result.exception, SystemExit), (words, result.exception)
        assert result.exit_code == 2, words
        return False
    answer = json.loads(result.stdout, parse_constant=no_constant)
    found = list(numbers(answer))
    assert all(math.isfinite(n) for n in found if n is not None), words
    assert answer["warnings"] or None not in found, words
    return True


@pytest.mark.parametrize("command", COMMANDS)
def test_any_input_ends_in_words_or_in_finite_numbers(command: str) -> None:
    chance = random.Random(f"calculator {command}")
    answered = [check(asked(command, chance)) for _ in range(25)]
    assert any(answered)
    assert not all(answered)
