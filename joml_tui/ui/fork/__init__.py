"""Forks: settings changed during training, snapshots to fork from, and the range test."""
