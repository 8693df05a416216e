"""The dialog that chooses the field or setting to sort by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from joml_tui.experiment import Task
from joml_tui.names import fold
from joml_tui.runs.run_fields import FIELDS, RunField, find_field
from joml_tui.runs.run_order import RunOrder
from joml_tui.runs.setting_paths import known_settings, without_places
from joml_tui.ui.dialogs.search_dialog import SearchDialog, find_choices
from joml_tui.ui.runs.field_cells import title_of
from joml_tui.ui.widgets.choice import Choice

_MOST_SETTINGS = 40
_PLACE, _BEGUN_PLACE = re.compile(r"\[\d+\]"), re.compile(r"\[\d+$")


class SortDialog(SearchDialog[RunOrder]):
    """A list of the table's columns and the runs' other fields; typing also finds settings.

    The result is the order that was chosen.

    Parameters
    ----------
    unsorted : str
        The name of the order without a field.
    columns : sequence of RunField
        The fields of the table, which are the usual choices.
    order : RunOrder
        The present order.
    tasks : sequence of Task
        The tasks of the runs.
    stored : bool
        Whether the runs are stored ones, which have more fields.
    """

    def __init__(
        self,
        unsorted: str,
        columns: Sequence[RunField],
        order: RunOrder,
        tasks: Sequence[Task],
        *,
        stored: bool = False,
    ) -> None:
        names = {field.name for field in columns}
        others = (field for field in FIELDS if field.name not in names and (stored or not field.stored_only))
        fields = [*columns, *others]
        if order.field is not None and order.field.type == "setting":
            fields.insert(0, order.field)
        # Unsorted runs are most often asked for the best of them.
        likely = order.column or "test_score"
        choices = [Choice(unsorted, RunOrder()), *(_choice(field, order, tasks) for field in fields)]
        super().__init__(
            "Sort by: a field, or a setting such as optimizer.l2",
            lambda typed: find_sort_choices(choices, typed, order),
            nothing="No field or setting has this name.",
            hint="Enter sorts; Enter again reverses. Clicking a column's title does the same.",
            chosen=next((place for place, choice in enumerate(choices) if choice.value.column == likely), 0),
        )


def find_sort_choices(choices: Sequence[Choice[RunOrder]], typed: str, order: RunOrder) -> Sequence[Choice[RunOrder]]:
    """Return the fields whose title, name or alias match the typed text, and the settings whose paths contain it."""
    wanted = typed.strip()
    if not wanted:
        return choices
    exact: list[Choice[RunOrder]] = []
    of_own_parts: list[Choice[RunOrder]] = []
    with suppress(LookupError):
        meant = find_field(wanted)
        exact = [choice for choice in choices if choice.value.column == meant.name] or [
            Choice(meant.name, order.turned_to(meant), meant.help)
        ]
        # A part of one's own may have a setting of any name: one that is only begun comes after those that there are.
        if meant.type == "setting" and without_places(meant.name) not in known_settings():
            exact, of_own_parts = of_own_parts, exact
    similar = [*find_choices(choices, wanted), *(each for each in choices if fold(wanted) in fold(each.value.column))]
    of_settings = (
        Choice(path, order.turned_to(find_field(path)), "setting of the experiment")
        for path in _find_paths(wanted.lower())
    )
    offered: dict[str, Choice[RunOrder]] = {}
    for choice in (*exact, *similar, *of_settings, *of_own_parts):
        offered.setdefault(choice.value.column, choice)
    return list(offered.values())


def _find_paths(wanted: str) -> list[str]:
    """Return the paths of settings that hold what is typed, also of one layer: ``layers[1].dr`` or ``layers[1``."""
    pattern = _BEGUN_PLACE.sub("[", without_places(wanted))
    # Those of the experiment itself before those of its parts' parts, and those before the settings of a layer.
    paths = sorted(
        (path for path in known_settings() if pattern in path), key=lambda path: (path.count("."), path.count("[]"))
    )
    for place in _PLACE.findall(wanted):
        paths = [path.replace("[]", place, 1) for path in paths]
    return paths[:_MOST_SETTINGS]


def _choice(field: RunField, order: RunOrder, tasks: Sequence[Task]) -> Choice[RunOrder]:
    if field.name == order.column:
        beside = "▼ from the largest down" if order.falling else "▲ from the smallest up"
    else:
        beside = field.help
    return Choice(title_of(field, tasks) or "Marked", order.turned_to(field), beside)
