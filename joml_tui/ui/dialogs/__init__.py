"""Dialogs: questions, failures, export and help."""
