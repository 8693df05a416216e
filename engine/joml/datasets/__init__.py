"""Data sets: generators and readers that return a `joml.dataset.Dataset`."""
