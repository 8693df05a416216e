"""The columns of a data file, and what each is used for."""
