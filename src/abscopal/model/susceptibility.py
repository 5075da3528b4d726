"""What kills the cells of a stock, as the stock itself declares it: a survival curve for radiation, names for drugs.

A mechanism that declares a stock of cells says both; `cell_loss`, `lymphodepletion` and `treg_drugs` act on whatever
says so. A stock of cells that says nothing is a fault of assembly, so that no new cell can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from abscopal.expr import Expr

# What depletes cells, by the target of the drug. Activated effectors carry CD25 as Tregs do, but
# an antibody to it may spare them.
Depletion = Literal["CD8", "CD4", "NK1.1", "Gr-1", "CSF1R", "CD25", "CD25 of activated cells", "dividing lymphocytes"]


@dataclass(frozen=True)
class LymphocyteSurvival:
    """Cells survive a dose as human lymphocytes do, in two populations (`radiation.lymphocyte_survival`).

    Attributes
    ----------
    resistance : factor on both D37 [1].
    subset : a subset of lymphocytes whose own factor counts too; None is the mean circulating lymphocyte.
    """

    resistance: Expr
    subset: str | None = None


@dataclass(frozen=True)
class ExponentialSurvival:
    """Cells survive a dose D as exp(-D/D37); ions count per gray as they do for lymphocytes.

    Attributes
    ----------
    d37 : dose that leaves 37 % [Gy].
    """

    d37: Expr


@dataclass(frozen=True)
class Unharmed:
    """No dose in use kills these cells.

    Attributes
    ----------
    why : the reason, in words.
    """

    why: str


Radiosensitivity = LymphocyteSurvival | ExponentialSurvival | Unharmed

# Units of stocks that count cells.
CELL_UNITS = ("cells", "cells/uL")
