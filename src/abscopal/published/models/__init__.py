"""Published models, re-implemented from their papers: one file each."""
