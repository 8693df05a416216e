"""Analysis of networks: gradients, the five steps, learning rates, equivalence, layers, the article's accounting."""
