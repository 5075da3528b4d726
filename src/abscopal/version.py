"""The version of the package: one number, which results carry and `pyproject.toml` reads."""

__version__ = "0.1.0"
