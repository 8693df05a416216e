"""Texts that stand for a missing value."""

from __future__ import annotations

#: Texts for a missing label, in lower case: other texts for a missing value may be the name of a class.
MISSING_LABELS = frozenset(("", "na", "n/a", "#n/a", "nan", "-nan", "null", "?"))
#: Texts for a missing value, in lower case.
MISSING = MISSING_LABELS | {"none", "nil", "-", "."}
