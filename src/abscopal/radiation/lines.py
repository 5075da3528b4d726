"""Tumour lines as irradiated cells: what the catalogue declares of them, and measurements that override a model."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from abscopal import parameters
from abscopal.parameters import Parameter
from abscopal.radiation.validity import ValidityWarning, check_let, check_positive


@dataclass(frozen=True)
class MeasuredPair:
    """Measured ion coefficients of a cell line.

    Attributes
    ----------
    let_kev_um : dose-averaged LET of the experiment [keV/um]
    alpha_per_gy, beta_per_gy2 : fitted coefficients; a negative beta is a fit artefact and counts as 0
    cite : key of the publication, "" for one's own.
    """

    let_kev_um: float
    alpha_per_gy: float
    beta_per_gy2: float
    cite: str = ""

    def __post_init__(self) -> None:
        check_let(self.let_kev_um)
        check_positive(self.alpha_per_gy, "alpha_per_gy")
        if self.beta_per_gy2 < 0:
            message = f"measured beta {self.beta_per_gy2:g} at {self.let_kev_um:g} keV/um is negative and taken as 0"
            warnings.warn(message, ValidityWarning, stacklevel=3)
            object.__setattr__(self, "beta_per_gy2", 0.0)


@dataclass(frozen=True)
class IrradiatedLine:
    """A tumour line of the catalogue, as the formulas of radiation need it.

    Attributes
    ----------
    name : canonical name of the line.
    numbers : `alpha_photon`, `beta_photon`, `transition_dose`, `ion_sensitivity_factor`, `trex1_threshold`,
        `trex1_degradation` as they are declared for the line, with source.
    measured : particle -> its measured ion coefficients.
    mkm : name of the line's own parameter set of the microdosimetric kinetic model, see `mkm_lines`, or None.
    """

    name: str
    numbers: Mapping[str, Parameter]
    measured: Mapping[str, tuple[MeasuredPair, ...]]
    mkm: str | None

    @property
    def alpha_x(self) -> float:
        """Photon alpha [1/Gy]."""
        return self.numbers["alpha_photon"].value

    @property
    def beta_x(self) -> float:
        """Photon beta [1/Gy2]."""
        return self.numbers["beta_photon"].value

    @property
    def transition_dose_gy(self) -> float:
        """Photon dose where the survival curve turns straight [Gy]."""
        return self.numbers["transition_dose"].value

    @property
    def ln_rbe_sd(self) -> float:
        """Standard deviation of ln RBE of an unmeasured line of its kind: that of lymphoid lines is larger."""
        return self.numbers["ion_sensitivity_factor"].spread.uncertainty.width

    @property
    def trex1_threshold_gy(self) -> float | None:
        """Photon-equivalent dose of half-maximal TREX1 induction [Gy]; None for a line without induction."""
        return self.numbers["trex1_threshold"].value if self.numbers["trex1_degradation"].value > 0 else None


_NUMBERS = (
    "alpha_photon",
    "beta_photon",
    "transition_dose",
    "ion_sensitivity_factor",
    "trex1_threshold",
    "trex1_degradation",
)


def irradiated_line(name: str) -> IrradiatedLine:
    """A tumour line by any of its spellings, as irradiated cells; a user's catalogue that holds now comes first.

    Raises
    ------
    InputError
        The catalogue does not know the line; offers the nearest.

    Examples
    --------
    >>> irradiated_line("v79").mkm
    'v79'
    """
    return _irradiated(name, parameters.current())


@cache
def _irradiated(name: str, _catalogue: parameters.OwnCatalogue | None) -> IrradiatedLine:
    line = parameters.line(name).name
    own = parameters.values_of("lines", line)
    body = parameters.in_species(parameters.host_of(line))
    about = parameters.about_line(line)
    measured: dict[str, tuple[MeasuredPair, ...]] = {}
    for row in about.get("ion_lq", ()):
        pair = MeasuredPair(row["let_kev_um"], row["alpha_per_gy"], row["beta_per_gy2"], str(row.get("cite", "")))
        measured[row["particle"]] = (*measured.get(row["particle"], ()), pair)
    return IrradiatedLine(
        name=line,
        numbers=MappingProxyType({key: own.get(key) or body[key] for key in _NUMBERS}),
        measured=MappingProxyType(measured),
        mkm=about.get("mkm"),
    )
