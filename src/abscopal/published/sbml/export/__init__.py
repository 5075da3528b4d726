"""A model with what is done to it → an SBML document."""
