"""SBML in and out."""
