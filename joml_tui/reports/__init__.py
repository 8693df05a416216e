"""Reports on runs and experiments: explanation, comparison, prediction, gradient check, the article's table."""
