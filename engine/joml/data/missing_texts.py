"""Texts that stand for a missing value."""

from __future__ import annotations

# What a spreadsheet writes where a formula fails.
_ERRORS = frozenset(("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"))
#: Texts for a missing label, in lower case: other texts for a missing value may be the name of a class.
MISSING_LABELS = _ERRORS | {"", "na", "n/a", "nan", "-nan", "null", "?"}
#: Texts for a missing value, in lower case.
MISSING = MISSING_LABELS | {"none", "nil", "-", "."}
