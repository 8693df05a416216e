"""Readers of files: CSV, IDX, NPZ, Parquet and their relatives."""
