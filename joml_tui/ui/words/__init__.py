"""Charts and panels in words: the dialog that shows them, and its control."""
