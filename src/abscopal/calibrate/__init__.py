"""Calibration: plausible parameter sets weighted by the claims of the development split, in stages frozen in turn.

Never part of a score: `abscopal score` reads the population that this wrote and fits nothing.
"""
