"""Our own headline numbers. Whoever changes one on purpose writes the new value here and a line in CHANGELOG.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import abscopal as ab

EXAMPLE = Path(__file__).parents[2] / "examples" / "takahashi2019_lm8.yaml"
TOLERANCE = 0.02

# Median volume [mm3] of 16 animals: arm, site, day.
VOLUMES = {}
# Median of other readouts: name, arm, site, what, value.
PEAKS = {}


@pytest.fixture(scope="module")
def result() -> ab.Result:
    return ab.run(ab.load(EXAMPLE).with_cohort(size=16, seed=1))
