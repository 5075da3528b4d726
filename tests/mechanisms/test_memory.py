"""I16: cured animals reject a second inoculation of the same tumour, by their memory cells."""

# ruff: noqa: N802 - a test bears the id of its row, as written there
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

CHALLENGE, END = 60, 85
SECOND = {"inoculum": "5e5 cells", "inoculated": f"{CHALLENGE} d"}
REJECTED_MM3, GROWN_MM3 = 5.0, 100.0


def _challenged(lab: Any, line: str, without: tuple[str, ...] = ()) -> Any:
    """Tumours cured by radiation and dual blockade, and a second inoculation elsewhere two months later."""
    cure = lab.both(lab.x_rays(8, (0, 1, 2)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))
    sites = {"primary": lab.primary, "secondary": SECOND}
    return lab.run(lab.study(line, {"cure": cure}, sites=sites, size=3, follow_up=END), without=without)


def _in_a_naive_host(lab: Any, line: str) -> Any:
    first = {"inoculum": "5e5 cells", "inoculated": "0 d"}
    return lab.run(lab.study(line, {}, sites={"secondary": first}, size=3, follow_up=END - CHALLENGE))


@pytest.mark.parametrize("line", ["CT26", "MC38", "TUBO"])
def test_I16_memory_rejects_a_second_tumour(lab: Any, line: str) -> None:
    run = _challenged(lab, line)
    assert np.all(run.at(CHALLENGE - 1, "tumour", "cure", "primary") == 0.0)
    assert np.all(run.at(CHALLENGE - 1, "node_cd8_memory", "cure") > 1e5)
    assert np.median(run.at(END, "volume", "cure", "secondary")) < REJECTED_MM3
    naive = _in_a_naive_host(lab, line)
    assert np.all(naive.at(END - CHALLENGE, "volume", "control", "secondary") > GROWN_MM3)
    # It is the work of memory cells: without them the second tumour grows in the same animals.
    forgetful = _challenged(lab, line, ("memory",))
    assert np.all(forgetful.at(END, "volume", "cure", "secondary") > 10.0 * run.at(END, "volume", "cure", "secondary"))


def test_I16_needs_recall(lab: Any) -> None:
    line = "CT26"
    cure = lab.both(lab.x_rays(8, (0, 1, 2)), lab.drug("anti-PD-1"), lab.drug("anti-CTLA-4"))
    sites = {"primary": lab.primary, "secondary": SECOND}
    study = lab.study(line, {"cure": cure}, sites=sites, size=3, follow_up=END)
    idle = lab.run(study, change={"memory_share": 0.0})
    assert np.median(idle.at(END, "volume", "cure", "secondary")) > REJECTED_MM3
