"""Runs: the table of them, their progress, and the buttons that drive them."""
