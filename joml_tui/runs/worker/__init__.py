"""The training of a run: building its parts, the loop that obeys commands and records, and its process."""
