"""Reading data sets of any usual format into Parquet files, in bounded memory. Entry point: source.open_source."""
