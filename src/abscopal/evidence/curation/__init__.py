"""Curation of records: names, tumour lines, markers, timing and defaults, by declared tables and never by a guess."""
