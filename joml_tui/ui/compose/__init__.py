"""Compose: the settings of the next run, by entries and as an architecture."""
