"""Names of the sites of a study that is made from a record."""

PRIMARY, DISTANT, METASTASIS, RECHALLENGE = "primary", "distant", "metastasis", "rechallenge"
SITES = (PRIMARY, DISTANT, METASTASIS, RECHALLENGE)
