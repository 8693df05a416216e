"""The past of the list of layers: changes are undone one by one, typed digits as one."""

from joml_tui.experiment import LayerSpec
from joml_tui.ui.compose.layer_history import LayerHistory


def layers(*sizes):
    return tuple((size, LayerSpec(1)) for size in sizes)


def with_states(*steps):
    history = LayerHistory()
    for sizes, kind in steps:
        history.take(layers(*sizes), kind)
    return history


def test_changes_are_undone_and_repeated_one_by_one():
    history = with_states((["4"], ""), (["4", "4"], ""), (["4", "4", "4"], ""))
    assert history.undo() == layers("4", "4")
    assert history.undo() == layers("4")
    assert history.undo() is None
    assert history.redo() == layers("4", "4")
    assert history.redo() == layers("4", "4", "4")
    assert history.redo() is None


def test_typed_digits_are_undone_as_one():
    history = with_states((["4"], ""), (["6"], "size of 0"), (["64"], "size of 0"))
    assert history.undo() == layers("4")
    assert history.redo() == layers("64")


def test_a_new_entry_is_undone_by_itself():
    history = with_states((["4"], ""), (["6"], "size of 0"))
    history.end_entry()
    history.take(layers("7"), "size of 0")
    assert history.undo() == layers("6")


def test_a_new_change_leaves_nothing_to_repeat():
    history = with_states((["4"], ""), (["5"], ""))
    history.undo()
    history.take(layers("9"))
    assert history.redo() is None
    assert history.undo() == layers("4")


def test_the_same_state_is_no_change():
    history = with_states((["4"], ""), (["4"], "typed"))
    assert history.undo() is None
