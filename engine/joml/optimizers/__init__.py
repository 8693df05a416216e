"""Optimizers: update rules, weight decay, gradient clipping, and learning-rate schedules."""
