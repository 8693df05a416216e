"""What the dialog for the order of runs finds: fields by title, name or alias, settings by their paths."""

import pytest

from joml_tui.runs.run_fields import FIELDS, find_field
from joml_tui.runs.run_order import RunOrder
from joml_tui.ui.runs.run_columns import COLUMNS, RunColumns
from joml_tui.ui.runs.sort_dialog import SortDialog

COLUMN_FIELDS = list(map(RunColumns().field_of, COLUMNS))


def offered(typed):
    """Return what the dialog offers for a text, by name."""
    dialog = SortDialog("As started", COLUMN_FIELDS, RunOrder(), ["classes"])
    return [choice.value.column for choice in dialog._find(typed)]


def test_columns_come_first_then_the_other_fields():
    names = offered("")
    assert names[: len(COLUMNS) + 1] == ["", *COLUMNS]
    assert set(names) == {"", *COLUMNS, *(field.name for field in FIELDS if not field.stored_only)}
    assert len(names) == len(set(names))


def test_what_only_stored_runs_have_is_offered_among_these():
    stored = SortDialog("Newest first", COLUMN_FIELDS, RunOrder(), ["classes"], stored=True)
    assert {choice.value.column for choice in stored._find("")} >= {"created", "origin"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("seed", "seed"),
        ("Test cost", "test_cost"),
        ("lr", "learning_rate"),
        ("mean_abs", "mean_absolute_error"),
        ("momentum", "optimizer.momentum"),
        ("layers[0].dropout", "layers[0].dropout"),
        ("layers[1].dr", "layers[1].dropout"),
        ("layers[1", "layers[]"),
        ("Optimizer.L2", "optimizer.l2"),
    ],
)
def test_what_is_typed_is_found(typed, first):
    assert offered(typed)[0] == first


def test_what_is_nothing_finds_nothing():
    assert offered("[red]\x1b") == []


def test_the_present_order_is_offered_with_its_direction():
    order = RunOrder(find_field("optimizer.l2"), falling=True)
    dialog = SortDialog("As started", COLUMN_FIELDS, order, ["regression"])
    assert dialog._find("")[dialog._chosen].value == order.turned_to(order.field)
    assert "▼" in dialog._find("")[dialog._chosen].title
    assert "Test R2" in [choice.name for choice in dialog._find("")]


def test_runs_in_no_order_are_likely_to_be_sorted_by_their_test_score():
    dialog = SortDialog("As started", COLUMN_FIELDS, RunOrder(), ["classes"])
    assert dialog._find("")[dialog._chosen].value == RunOrder().turned_to(find_field("test_score"))
