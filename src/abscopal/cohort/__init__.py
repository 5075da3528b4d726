"""Virtual subjects: keyed random streams and the parameter values of each animal."""

from abscopal.cohort.measured import measured_values
from abscopal.cohort.population import apply_host_changes, draw, parameters_of
from abscopal.cohort.streams import standard_normals

__all__ = ["apply_host_changes", "draw", "measured_values", "parameters_of", "standard_normals"]
