"""The order of runs on the screen, by any field or setting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from joml_tui.runs.run_fields import RunFacts, RunField, sort_rows
from joml_tui.runs.shown_costs import shown_field

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A field to sort by, and the direction; without a field, runs keep the order of the list."""

    field: RunField | None = None
    falling: bool = False

    @property
    def column(self) -> str:
        """The name of the field; empty if there is none."""
        return "" if self.field is None else self.field.name

    @property
    def sign(self) -> str:
        """The arrow beside the title of the field's column."""
        return "▼" if self.falling else "▲"

    def turned_to(self, field: RunField | None) -> RunOrder:
        """Return the order by a field in its usual direction, or reversed if it is the present field."""
        if field is None:
            return RunOrder()
        return RunOrder(field, not self.falling if field.name == self.column else field.largest_first)

    def arrange(self, rows: Sequence[Row], facts: Callable[[Row], RunFacts]) -> list[Row]:
        """Return rows in this order; rows without a value come last."""
        if self.field is None:
            return list(rows)
        shown = shown_field(self.field, (facts(row).record.cost_mark for row in rows))
        return self.arrange_by(rows, lambda field, row: shown.read(facts(row)))

    def arrange_by(self, rows: Sequence[Row], value: Callable[[RunField, Row], Any]) -> list[Row]:
        """Return rows in this order by the values that a function reads from them; rows without a value come last."""
        field = self.field
        if field is None:
            return list(rows)
        return sort_rows(rows, lambda row: value(field, row), reverse=self.falling)
