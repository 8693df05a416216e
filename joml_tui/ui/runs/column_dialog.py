"""The dialog that chooses the columns of the table of runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from joml_tui.runs.run_fields import FIELDS, RunField, find_field
from joml_tui.runs.run_order import RunOrder
from joml_tui.ui.dialogs.search_dialog import SearchDialog
from joml_tui.ui.runs.field_cells import title_of
from joml_tui.ui.runs.run_columns import FIXED, RunColumns
from joml_tui.ui.runs.sort_dialog import find_sort_choices
from joml_tui.ui.widgets.choice import Choice


class ColumnDialog(SearchDialog[str]):
    """A list of the fields of runs, those with a column first; typing also finds settings.

    The result is the name of the column to show or to remove.

    Parameters
    ----------
    plan : RunColumns
    shown : sequence of str
        The columns that are shown, from left to right.
    """

    def __init__(self, plan: RunColumns, shown: Sequence[str]) -> None:
        names = [name for name in dict.fromkeys((*shown, *plan.known)) if name not in FIXED]
        fields = [plan.field_of(name) for name in names]
        fields += [field for field in FIELDS if field.name not in (*names, *FIXED) and not field.stored_only]
        tasks = sorted(plan.tasks)
        choices = [_choice(field, title_of(field, tasks)) for field in fields]

        def find(typed: str) -> Sequence[Choice[str]]:
            offered = find_sort_choices(choices, typed, RunOrder())
            return [
                Choice(each.name, each.value.column, _beside(each.value.column, each.title, shown)) for each in offered
            ]

        super().__init__(
            "Show or remove a column: a field, or a setting such as optimizer.l2",
            find,
            nothing="No field or setting has this name.",
            hint="Enter shows a column, or removes it. The choice is remembered.",
        )


def known_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that are fields or settings; others are of another version."""
    known: list[str] = []
    for name in names:
        try:
            find_field(name)
        except LookupError:
            continue
        known.append(name)
    return tuple(known)


def _choice(field: RunField, title: str) -> Choice[RunOrder]:
    return Choice(title or field.name, RunOrder(field), field.help)


def _beside(name: str, title: str, shown: Sequence[str]) -> str:
    return f"✓ {title}" if name in shown else title
