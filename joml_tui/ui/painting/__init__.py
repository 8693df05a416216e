"""Data of two features that the user paints by hand."""
