"""Runs that last: how the lab records its runs in the store, and the screen that finds earlier ones again."""
