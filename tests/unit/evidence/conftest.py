"""A small record as text, and as a file that tests change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from abscopal.evidence import Record, read_record

RECORD = """\
id: author2020_ct26
split: open
kind: in_vivo
citation: Author A et al. Journal 2020;1:1-10
doi: null
model:
  species: mouse
  strain: BALB/c
  tumour: CT26
  host: immunocompetent
clock: rt
arms:
- id: ctrl
  rt: []
  drugs: []
  cells: []
- id: RT
  rt:
  - {quality: photon_xray, dose_per_fraction_gy: 8, fractions: 3, let_kev_um: null, days: null, target: primary}
- id: RT+PDL1
  rt:
  - {quality: photon_xray, dose_per_fraction_gy: 8, fractions: 3, let_kev_um: null, days: null, target: primary}
  drugs:
  - {drug: anti-PD-L1, dose: null, route: null, days: null}
claims:
- id: author2020_ct26#c1
  metric: primary_tumour
  better_arm: RT+PDL1
  worse_arm: RT
  relation: '>'
  p: <0.01
  basis: abs
  discriminating: false
"""

Written = Callable[..., Path]
Read = Callable[..., Record]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes the small record, each `old` text replaced by its `new`, and returns the file."""

    def write(*changes: tuple[str, str], name: str = "record.yaml") -> Path:
        text = RECORD
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def record(written: Written) -> Read:
    """The small record, changed as `written` does, read."""
    return lambda *changes: read_record(written(*changes))
