"""Legends of figures show every arm, whatever it is called."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from abscopal.plots.paper.canvas import plain


@pytest.mark.parametrize("name", ["_hidden", "$x$ and $y$", "$\\frac{", "a_b^c", "<b>"])
def test_a_legend_shows_every_name(name: str) -> None:
    figure, axis = plt.subplots()
    axis.plot([0, 1], [0, 1], label=plain(name))
    shown = [text.get_text() for text in axis.legend().get_texts()]
    figure.canvas.draw()  # mathematics that is none would fail here
    plt.close(figure)
    assert [text.strip().replace("\\$", "$") for text in shown] == [name]
