"""A network compiled for speed: its flat parameters, and prepared calls on buffers that are made once."""
