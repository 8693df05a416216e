"""The ``joml-tui`` command, one module per subject. A command imports heavy modules when it needs them."""

from joml_tui.cli.main import main

__all__ = ["main"]
