"""Random models with conditions, time windows and events, against libRoadRunner."""

from __future__ import annotations

import random

import numpy as np
import pytest

pytest.importorskip("libsbml")
pytest.importorskip("roadrunner")

from oracle import assert_agree, simulated
from sbml_documents import build

from abscopal import published

END, POINTS = 5.07, 60


class RandomModel:
    """A document from a seed; every rate is bounded, so that no trajectory explodes."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.species = ["A", "B", "E"][: self.chance.choice([1, 2, 3])]

    def atom(self):
        names = [*self.species, "k", "q", "z", f"{self.chance.uniform(0.1, 3):.2f}"]
        return self.chance.choice(names + (["time"] if self.chance.random() < 0.25 else []))

    def formula(self, depth=3):
        if depth == 0 or self.chance.random() < 0.2:
            return self.atom()
        a, b = self.formula(depth - 1), self.formula(depth - 1)
        when = f"time{self.chance.choice(['<', '<=', '>', '>='])}{self.chance.uniform(0.3, 4.8):.3f}"
        return self.chance.choice(
            [
                f"({a}+{b})",
                f"({a}*{b})",
                f"({a}/(1+abs({b})))",
                f"({a}-{b})",
                f"(abs({a})^n/(q^n+abs({a})^n))",
                f"exp(-abs({a}))",
                f"piecewise({a},{b}>{self.atom()},{self.atom()})",
                f"sqrt(1+abs({a}))",
                f"ln(1.5+abs({a}))",
                f"({a})^2",
                f"piecewise({a},{when},{b})",
                f"f({a},{b})",
            ]
        )

    def bounded(self):
        total = "+".join(f"0.01*{s}^2" for s in self.species)
        return f"({self.formula()})/(1+abs({self.formula()}))/(1+({total}))"

    def event(self):
        kind, target = self.chance.random(), self.chance.choice(self.species)
        if kind < 0.5:
            when = f"time>={self.chance.uniform(0.3, 4.8):.3f}"
        elif kind < 0.8:
            when = f"{target}{self.chance.choice(['<', '>'])}{self.chance.uniform(0.3, 4):.3f}"
        else:
            when = f"(time>{self.chance.uniform(0.3, 4):.3f}) && ({target}<{self.chance.uniform(0.5, 3):.2f})"
        about = {"when": when, "set": {self.chance.choice([*self.species, "z"]): f"abs({self.formula(1)})+0.1"}}
        about["at_trigger"] = self.chance.random() < 0.5
        if self.chance.random() < 0.3:
            about["delay"] = f"{self.chance.uniform(0.1, 1.5):.4f}"
        if self.chance.random() < 0.3:
            about["priority"] = str(self.chance.randint(0, 5))
        return about

    def document(self):
        reactions = []
        for i in range(self.chance.randint(1, 3)):
            source = self.chance.choice(self.species)
            moves = {source: -1.0}
            moves |= {s: self.chance.choice([1, 2, 0.5]) for s in self.species if s != source}
            reactions.append((f"k*{source}*({self.bounded()})*0.5+0.1*{source}", f"r{i}", moves))
        reactions.append((f"abs({self.bounded()})", "source", {self.species[0]: 1.0}))
        return build(
            level=3,
            version=2,
            compartments={"c": self.chance.choice([1.0, 2.5, 0.4])},
            species={
                s: {"amount": self.chance.uniform(0.5, 5), "hosu": self.chance.random() < 0.5} for s in self.species
            },
            parameters={
                "k": self.chance.uniform(0.05, 0.6),
                "n": self.chance.choice([1.0, 2.0, 1.5]),
                "q": 1.3,
                "z": 0.5,
            },
            varying=["z"],
            functions={"f": "lambda(x, y, x/(1+abs(y)))"},
            reactions=reactions,
            events=[self.event() for _ in range(self.chance.choice([0, 1, 2, 3]))],
        )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(25))
def test_a_random_model_agrees_with_libroadrunner(seed):
    text = RandomModel(seed).document()
    model = published.import_sbml(text.encode(), check_units=False)
    solver = "fast" if seed % 3 == 0 else "reference"
    run = published.simulate(model, np.linspace(0.0, END, POINTS), solver=solver, rtol=1e-9, atol=1e-9)
    assert_agree(run.values[0], simulated(text, run.names, END, POINTS), run.names, 1e-5)
