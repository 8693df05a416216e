"""Sweeps: every combination of a grid from every seed, trained in processes or on machines, into one store.

``sweep_file`` reads a sweep, and ``coordinator.train_sweep`` trains the runs that the store lacks on an executor of
``executors``.
"""
