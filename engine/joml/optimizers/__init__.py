"""Optimizers: update rules, what goes around any of them, and learning-rate schedules."""
