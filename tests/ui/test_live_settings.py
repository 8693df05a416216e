"""What may be changed of a run under way, as a function of what is typed."""

from types import SimpleNamespace

import pytest

from joml_tui.ui.fork.live_settings import Changes, read_changes

RUN = SimpleNamespace(learning_rate=0.01, epochs=20, epoch=3)


@pytest.mark.parametrize(
    ("rate", "epochs", "changes"),
    [
        ("0.01", "20", Changes(None, None)),
        ("1e-2", " 20 ", Changes(None, None)),
        ("0.5", "20", Changes(0.5, None)),
        ("0.01", "3", Changes(None, 3)),
        ("1e30", "1,000", Changes(1e30, 1000)),
    ],
)
def test_only_what_is_another_is_changed(rate, epochs, changes):
    assert read_changes(RUN, rate, epochs) == (changes, [])


@pytest.mark.parametrize(
    ("rate", "epochs", "field", "words"),
    [
        ("", "20", "optimizer.learning_rate", "must be a number above 0"),
        ("1e31", "20", "optimizer.learning_rate", "at most 1e30"),
        ("0.01", "2", "epochs", "epoch 3 has begun"),
        ("0.01", "many", "epochs", "must be a whole number"),
    ],
)
def test_what_cannot_be_is_said_of_its_field_once(rate, epochs, field, words):
    _, problems = read_changes(RUN, rate, epochs)
    assert [problem.field for problem in problems] == [field]
    assert words in problems[0].message


def test_both_can_be_wrong():
    assert len(read_changes(RUN, "-1", "0")[1]) == 2
