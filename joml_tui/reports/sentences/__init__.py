"""Charts and panels as sentences and short tables, for screen readers, to copy, and for the command line."""
