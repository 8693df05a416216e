"""Data sets that are generated from a few settings and a seed."""
