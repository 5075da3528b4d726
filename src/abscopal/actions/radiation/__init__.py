"""The calculator of radiation quality: numbers, with what to doubt about them and a curve to draw."""
