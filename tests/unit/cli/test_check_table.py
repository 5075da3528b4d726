"""The table of cells of `abscopal check`: nobody types the cells of a patient's tumour."""

from __future__ import annotations

from abscopal.cli.check import _inocula


def test_cells_that_were_filled_in_are_not_called_typed() -> None:
    rows = [
        {"site": "primary", "typed": 1e6, "simulated": 2.57e9, "factor": 2.57e3},
        {"site": "micrometastasis", "typed": 1e7, "simulated": 1e7, "factor": 1.0},
    ]
    content = {"inocula": rows, "defaults_filled": [{"key": "sites.primary.inoculum", "value": "1e6 cells"}]}
    first, second = _inocula(content)
    assert first == {"site": "primary", "typed": "–", "simulated": "2.57e+09", "factor": "–"}
    assert second == {"site": "micrometastasis", "typed": "1e+07", "simulated": "1e+07", "factor": "1"}
