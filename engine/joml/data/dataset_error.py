"""DatasetError: what everything that reads, splits or scales data raises."""


class DatasetError(ValueError):
    """Data cannot be used; says what, where and what would be right."""
