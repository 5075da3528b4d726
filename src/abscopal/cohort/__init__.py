"""Virtual subjects: keyed random streams and the parameter values of each animal."""

from abscopal.cohort.measured import measured_values
from abscopal.cohort.population import apply_host_changes, draw, parameters_of
from abscopal.cohort.streams import standard_normals
from abscopal.cohort.unknown_lines import drawn_from, drawn_note, line_draws, with_drawn_line

__all__ = [
    "apply_host_changes",
    "draw",
    "drawn_from",
    "drawn_note",
    "line_draws",
    "measured_values",
    "parameters_of",
    "standard_normals",
    "with_drawn_line",
]
