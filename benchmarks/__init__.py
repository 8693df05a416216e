"""What the project claims, measured: each module is a command that prints its figures."""
