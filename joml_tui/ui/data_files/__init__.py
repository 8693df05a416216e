"""Choosing the user's files: folders, completed paths, and the dialog that opens a file."""
