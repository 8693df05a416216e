"""The ``joml-tui`` command, a module a subject. What is heavy is imported by the command that needs it."""

from joml_tui.cli.main import main

__all__ = ["main"]
