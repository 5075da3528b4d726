"""How much a fit computes."""

from __future__ import annotations

from dataclasses import dataclass

from abscopal.errors import InputError, Problem


@dataclass(frozen=True)
class FitEffort:
    """Effort of a fit.

    Attributes
    ----------
    starts, iterations : of the search for the mode.
    particles : sets of coordinates that are moved together; `chains` groups of them know nothing of each other.
    stages : least number of steps from the Gaussian around the mode to the posterior; 0 starts from the Gaussian.
    moves : sweeps at each stage.
    most_sweeps : sweeps after which the sampling ends, whether it has converged or not.
    preview : stop at the Gaussian around the mode.
    """

    starts: int = 16
    iterations: int = 25
    particles: int = 512
    chains: int = 4
    stages: int = 5
    moves: int = 8
    most_sweeps: int = 120
    preview: bool = False

    def __post_init__(self) -> None:
        least = {"starts": 1, "iterations": 1, "particles": 4 * self.chains, "chains": 2, "stages": 0, "moves": 2}
        problems = [
            Problem(f"{name} is {getattr(self, name)}", name, allowed=f"{lowest} or more")
            for name, lowest in least.items()
            if getattr(self, name) < lowest
        ]
        if self.particles % (2 * self.chains):
            problems.append(Problem(f"{self.particles} particles", "particles", allowed="a multiple of 2 x chains"))
        if problems:
            raise InputError(problems)

    @staticmethod
    def usual(individual: bool, preview: bool = False) -> FitEffort:
        """The usual effort: of a fit whose animals have parameters of their own, or of one without."""
        if individual:
            return FitEffort(starts=4, particles=96, stages=0, moves=25, most_sweeps=300, preview=preview)
        return FitEffort(preview=preview)
