"""The errors of everything that reads, splits or scales data."""


class DatasetError(ValueError):
    """Data cannot be used; the message says what is wrong, where, and what is allowed."""


class EncodingError(DatasetError):
    """A text is not in the encoding in which it was read."""
