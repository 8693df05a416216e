"""Sweeps: every setting of a grid from every seed, over processes or machines, into one store.

``description`` reads one, ``coordinating.train_sweep`` trains what the store does not hold yet, on any executor that
``crews`` tells of.
"""
