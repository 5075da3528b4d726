"""Matplotlib figures for papers."""
