"""Runs: their records and series, what trains them, forks, differences, filters and the diagnosis."""
