"""Layers beside the fully connected one: each is a class that owns its computation."""
