"""The order in which runs are listed on the screen: by any field, or by a setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from joml_tui.runs.run_fields import RunFacts, RunField, sort_rows

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RunOrder:
    """By which field runs stand, and whether from the largest down; without a field they stand as they are listed."""

    field: RunField | None = None
    falling: bool = False

    @property
    def column(self) -> str:
        """The name of the field; nothing where there is none."""
        return "" if self.field is None else self.field.name

    @property
    def sign(self) -> str:
        """What stands beside the title of the field's column."""
        return "▼" if self.falling else "▲"

    def turned_to(self, field: RunField | None) -> RunOrder:
        """Return the order by a field, as one looks for it first; by the present field the other way round."""
        if field is None:
            return RunOrder()
        return RunOrder(field, not self.falling if field.name == self.column else field.largest_first)

    def arrange(self, rows: Sequence[Row], facts: Callable[[Row], RunFacts]) -> list[Row]:
        """Return rows in this order; what has no value comes last."""
        field = self.field
        if field is None:
            return list(rows)
        return sort_rows(rows, lambda row: field.read(facts(row)), reverse=self.falling)
