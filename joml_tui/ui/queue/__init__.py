"""The queue of experiments that train one after another, its screen, and grids of experiments."""
