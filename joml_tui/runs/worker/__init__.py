"""What trains a run: its parts built, the loop that obeys and records, and the process that it may live in."""
