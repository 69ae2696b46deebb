"""How one raw column becomes features: a fitted recipe per kind of column, kept as data, applied as expressions."""
