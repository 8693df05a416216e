"""Replay of ended runs from their snapshots."""
