"""The control of a running training: which question is next."""

from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.messages import Ask


def control_with(*questions):
    control = Control(paused=False)
    for question in questions:
        control.apply(question)
    return control


def test_the_oldest_question_that_is_wanted_is_next():
    control = control_with(*(Ask(number, b"") for number in (1, 2, 3)))
    assert control.next_question(lambda question: question.number > 1).number == 2
    assert [control.next_question().number for _ in range(2)] == [1, 3]
    assert control.next_question() is None


def test_a_question_takes_the_place_of_the_one_that_it_replaces():
    control = control_with(Ask(1, b""), Ask(2, b""), Ask(3, b"", replaces=1))
    assert [control.next_question().number for _ in range(2)] == [2, 3]
    assert control.next_question() is None
