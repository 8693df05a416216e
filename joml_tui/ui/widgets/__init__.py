"""Widgets that any area can use."""
