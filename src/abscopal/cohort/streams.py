"""Keyed random streams: subject 17 draws the same numbers in a cohort of any size, in any order, on any machine."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from abscopal.study import Site

# The words are those of the evidence's sites, in the usual order of their inoculation.
_OF_SITES = ("primary", "distant", "metastasis", "rechallenge")


def site_streams(sites: Sequence[Site]) -> tuple[str, ...]:
    """Names of the random streams of sites: by the order of their inoculation, whatever they are called.

    Of sites inoculated on one day, those with a start volume come first, then those of more cells, then as listed.
    """

    def first(position: int) -> tuple[float, ...]:
        site = sites[position]
        start = math.inf if site.start_volume is None else site.start_volume.value_mm3
        return (site.inoculated_day, start, -site.inoculum_cells)

    found = {}
    for rank, position in enumerate(sorted(range(len(sites)), key=first)):
        found[position] = _OF_SITES[rank] if rank < len(_OF_SITES) else f"site {rank + 1}"
    return tuple(found[position] for position in range(len(sites)))


def standard_normals(seed: int, name: str, subjects: int, first: int = 0) -> NDArray[np.float64]:
    """One standard normal number per subject from the stream of this seed and name.

    Parameters
    ----------
    seed : seed of the cohort.
    name : what the numbers are for; streams of different names are independent.
    subjects : how many subjects.
    first : index of the first subject, so that a cohort can be drawn in blocks.

    Notes
    -----
    Counter-based: the k-th output of Philox keyed by a hash of seed and name, through the normal quantile function.

    References
    ----------
    Salmon JK et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (Philox).
    """
    from scipy.special import ndtri

    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    bits = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    bits.advance(first // 4)  # one counter step makes four outputs
    raw = bits.random_raw(subjects + first % 4)[first % 4 :]
    # Centre of one of 2^53 cells: never 0 or 1.
    uniform = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return np.asarray(ndtri(uniform), dtype=np.float64)
