"""Models of others: SBML import and export, and published models re-implemented."""
