"""A study's model fitted to measurements: what is estimated, the likelihood, the mode, the posterior and its file."""

from abscopal.fitting.effort import FitEffort
from abscopal.fitting.estimated import Estimated, FitChoice
from abscopal.fitting.evaluation import Evaluation, predicted
from abscopal.fitting.fitting import Fit, fit
from abscopal.fitting.mode import FitProgress
from abscopal.fitting.notes import FILE as NOTES_FILE
from abscopal.fitting.posterior_file import DRAWS_FILE, POSTERIOR_FILE, SUMMARY_FILE
from abscopal.fitting.prediction import FitPosterior, open_posterior
from abscopal.fitting.problem import Animal, FitProblem, of_arm, problem_of, without_arm
from abscopal.fitting.rows import FitRow

__all__ = [
    "DRAWS_FILE",
    "NOTES_FILE",
    "POSTERIOR_FILE",
    "SUMMARY_FILE",
    "Animal",
    "Estimated",
    "Evaluation",
    "Fit",
    "FitChoice",
    "FitEffort",
    "FitPosterior",
    "FitProblem",
    "FitProgress",
    "FitRow",
    "fit",
    "of_arm",
    "open_posterior",
    "predicted",
    "problem_of",
    "without_arm",
]
