"""Plotly figures for the report, as plain data: {data, layout}, ready for JSON."""
