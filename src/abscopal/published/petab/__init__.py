"""Calibration problems in the exchange format PEtab."""
