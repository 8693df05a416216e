"""A network compiled for speed: flat parameters, and prepared calls on buffers that are allocated once."""
