"""Statistics: scores, confidence intervals, comparisons over seeds, baselines."""
