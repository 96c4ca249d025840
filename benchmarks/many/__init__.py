"""Many cases at once: the same Parquet decided by programs written by hand, each in its own way."""
