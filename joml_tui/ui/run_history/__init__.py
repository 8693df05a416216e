"""The run history: stored runs of earlier sessions."""
