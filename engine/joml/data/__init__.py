"""Data sets: generators and readers that return a `joml.data.dataset.Dataset`."""
