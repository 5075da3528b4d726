"""A study's model fitted to measurements: what is estimated, the likelihood, the mode, the posterior and its file."""

from abscopal.fit.effort import FitEffort
from abscopal.fit.estimated import Estimated, FitChoice
from abscopal.fit.evaluation import Evaluation, predicted
from abscopal.fit.fitting import Fit, fit
from abscopal.fit.mode import FitProgress
from abscopal.fit.notes import FILE as NOTES_FILE
from abscopal.fit.posterior_file import DRAWS_FILE, POSTERIOR_FILE, SUMMARY_FILE
from abscopal.fit.prediction import FitPosterior, open_posterior
from abscopal.fit.problem import Animal, FitProblem, of_arm, problem_of, without_arm
from abscopal.fit.rows import FitRow

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
