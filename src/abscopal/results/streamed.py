"""What is kept of a cohort too large for memory: quantiles and end points of all, trajectories of the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abscopal.results.endpoints import EndPoints

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Streamed:
    """All subjects of a streamed cohort, of whom only the first have trajectories.

    Attributes
    ----------
    status : array (arm, subject): a code as in the dataset.
    quantiles : readout -> array (quantile, arm[, site], time) over all solved subjects, to 4 % of the value.
    end_points : of every subject.
    """

    status: NDArray[np.int8]
    quantiles: Mapping[str, Floats]
    end_points: EndPoints

    @property
    def subjects(self) -> int:
        """Subjects per arm, failed ones included."""
        return int(self.status.shape[1])
