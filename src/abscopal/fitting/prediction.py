"""Subjects of another study from a posterior that was kept: parameter values of a cohort."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from abscopal import cohort
from abscopal.errors import InputError, Problem
from abscopal.fitting.estimated import Estimated, chosen, columns_of
from abscopal.simulation import FloatArray, Prepared
from abscopal.version import __version__

if TYPE_CHECKING:
    from abscopal.fitting.fitting import Fit


@dataclass(frozen=True)
class FitPosterior:
    """A posterior as a file holds it.

    Attributes
    ----------
    names, own_names : shared and individual parameters.
    places : (draws, shared parameters) in the declared uncertainties; `own_places` (draws, animals, individual ones).
    animals : names of the data's animals, where they have parameters of their own.
    label, study, study_sha256 : whether it is a preview; which study it was fitted to.
    abscopal_version : which version of abscopal made it.
    declared : the declared value of each fitted parameter, around which its places lie.
    """

    names: tuple[str, ...]
    own_names: tuple[str, ...]
    places: FloatArray
    own_places: FloatArray
    animals: tuple[str, ...]
    label: str
    study: str
    study_sha256: str
    abscopal_version: str
    declared: Mapping[str, float]

    @classmethod
    def of(cls, fit: Fit) -> FitPosterior:
        """The posterior of a fit, as its file would hold it."""
        p, draws = fit.problem, fit.draws
        flat = draws.theta.reshape(-1, draws.theta.shape[-1])
        own = tuple(item.name for item in p.individual)
        return cls(
            tuple(item.name for item in p.shared),
            own,
            flat[:, : len(p.shared)],
            draws.eta.reshape(len(flat), *draws.eta.shape[2:]),
            tuple(animal.name for animal in p.animals) if own else (),
            fit.label,
            p.prepared.study.name,
            p.prepared.study.origin.sha256,
            __version__,
            {item.name: item.declared for item in (*p.shared, *p.individual)},
        )

    @property
    def draws(self) -> int:
        """How many draws there are, of all chains."""
        return len(self.places)

    def unused(self, prepared: Prepared) -> tuple[str, ...]:
        """Fitted parameters that the model of a study lacks."""
        wanted = (*self.names, *self.own_names)
        return tuple(name for name in dict.fromkeys(wanted) if not columns_of(name, prepared.declared))

    def values(
        self, prepared: Prepared, subjects: int, seed: int, animals: Literal["same", "new"] = "new"
    ) -> FloatArray:
        """Values (subjects, parameters) of subjects, before changes of the host and before their start volume.

        Each subject has the shared parameters of one draw; draws are spread evenly over the chains.

        Parameters
        ----------
        animals : "same" are the animals of the data in turn, alike in all that was not fitted; "new" ones are drawn
            from the declared spread between animals, around the fitted values.
        """
        if animals == "same" and not self.animals:
            message = "the fit has no animals of its own"
            raise InputError(Problem(message, "animals", allowed="new", advice="fit with --individual"))
        names = list(prepared.declared)
        if animals == "new":
            values = cohort.draw(prepared.declared, seed, subjects)
        else:
            values = np.tile([item.value for item in prepared.declared.values()], (subjects, 1))
        which = np.linspace(0, self.draws - 1, subjects).round().astype(int)
        shared = _able(self.names, prepared, "shared")
        own = {
            column: (item, j)
            for item in _able(self.own_names, prepared, "individual")
            for j, column in enumerate(item.columns)
        }
        around: dict[str, FloatArray] = {}
        for item in shared:
            place = self.places[which, self.names.index(item.name)]
            for j, column in enumerate(item.columns):
                around[column] = item.value(place, j)
        for column in {**around, **own}:
            c, declared = names.index(column), prepared.declared[column]
            base = around.get(column, np.full(subjects, declared.value))
            if animals == "same":
                values[:, c] = base
                if column in own:
                    item, j = own[column]
                    turn = np.arange(subjects) % len(self.animals)
                    eta = self.own_places[which, turn, self.own_names.index(item.name)]
                    values[:, c] = item.value(eta, j, base)
            else:
                values[:, c] = _spread(column, declared, base, seed, subjects)
        return values


def _able(names: tuple[str, ...], prepared: Prepared, kind: Literal["shared", "individual"]) -> tuple[Estimated, ...]:
    return chosen([name for name in names if columns_of(name, prepared.declared)], prepared.declared, kind, {})


def _spread(column: str, declared: Any, base: FloatArray, seed: int, subjects: int) -> FloatArray:
    """Values of new animals around fitted ones: by the numbers that a cohort of this seed draws."""
    law = declared.spread.between_subjects
    if not law.varies(declared.value):
        return base
    normals = cohort.standard_normals(seed, f"/{declared.stream or column}", subjects)
    item = Estimated(column, "individual", (column,), ((declared.value, law, declared.bounds),), declared.unit, "")
    return item.value(normals, 0, base)


def open_posterior(file: str | PathLike[str]) -> FitPosterior:
    """A posterior from its file.

    Raises
    ------
    InputError
        The file is not there, or is no posterior of a fit.
    """
    import xarray as xr

    path = Path(file)
    if not path.is_file():
        raise InputError(Problem("no such file", advice="give the posterior.nc of a fit"), str(path))
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            attrs, posterior = dict(tree.attrs), tree["posterior"].to_dataset().load()
        told = json.loads(attrs["parameters"])
        places = posterior["place"].values
        shared = [item["name"] for item in told if item["kind"] == "shared"]
        own = tuple(item["name"] for item in told if item["kind"] == "individual")
        columns = [list(posterior["parameter"].values).index(name) for name in shared]
        flat = places.reshape(-1, places.shape[-1])
        own_places = posterior["animal_place"].values if own else np.zeros((*places.shape[:2], 0, 0))
        animals = tuple(str(name) for name in posterior["animal"].values) if own else ()
        return FitPosterior(
            tuple(shared),
            own,
            flat[:, columns],
            own_places.reshape(len(flat), *own_places.shape[2:]),
            animals,
            str(attrs["label"]),
            str(attrs["study"]),
            str(attrs["study_sha256"]),
            str(attrs["abscopal_version"]),
            {item["name"]: float(item["declared"]) for item in told if item["kind"] != "error"},
        )
    except (OSError, KeyError, ValueError) as error:
        message = f"it is no posterior of a fit ({error})"
        raise InputError(Problem(message, advice="give the posterior.nc that abscopal fit wrote"), str(path)) from error
