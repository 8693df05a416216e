"""Questions to a run wait for their answers, in the order of the training or in threads."""

import queue

import pytest

from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.walsh import Walsh
from joml_tui.runs.run_questions import RunQuestions
from joml_tui.runs.worker.messages import Answered
from joml_tui.runs.worker.snapshot_ring import SnapshotRing
from joml_tui.serialization import unpack


class Questions(RunQuestions):
    """Questions to a run with one snapshot, whose answers are refusals that name the state."""

    def __init__(self, inspect_state=None):
        snapshots = SnapshotRing()
        snapshots.add(10, b"ten")
        super().__init__("run-1", snapshots, inspect_state or self._refuse)

    @staticmethod
    def _refuse(number, question, state):
        return Answered(number, refusal=f"{unpack(question, Confusion)} of {state.decode()}")


def test_a_question_is_a_message_with_a_number_and_its_answer_reaches_its_receiver():
    questions, answers = Questions(), []
    first, second = (questions.ask(Confusion(part), answers.append, None) for part in ("train", "test"))
    assert unpack(first.question, Confusion) == Confusion("train") and first.number != second.number
    questions.take(Answered(second.number, refusal="not now"))
    questions.take(Answered(second.number, refusal="twice"))
    assert answers == ["not now"]


def test_a_withdrawn_question_has_no_answer_and_its_place_is_taken_by_the_next():
    questions, answers = Questions(), []
    first = questions.ask(Confusion(), answers.append, None)
    receiver = answers.append
    second = questions.ask(Walsh(), receiver, None)
    assert (first.replaces, second.replaces) == (None, None)
    questions.withdraw(receiver)
    questions.take(Answered(second.number, refusal="late"))
    assert answers == []
    assert questions.ask(Walsh(), receiver, None).replaces == second.number
    assert questions.ask(Walsh(), receiver, None).replaces is None


def test_what_waits_at_the_end_is_answered_about_the_latest_state():
    questions, answers = Questions(), queue.Queue()
    questions.ask(Confusion("train"), answers.put, None)
    questions.answer_afterwards()
    assert answers.get(timeout=60) == f"{Confusion('train')} of ten"


@pytest.mark.parametrize(
    ("at", "answer"),
    [(12, f"{Confusion('test')} of ten"), (9, "this run ended before there was a network to inspect")],
)
def test_a_question_about_an_earlier_moment_is_of_the_snapshot_before_it(at, answer):
    answers = queue.Queue()
    assert Questions().ask(Confusion("test"), answers.put, at) is None
    assert answers.get(timeout=60) == answer


def test_an_engine_that_fails_is_an_answer_too():
    def no_process(number, question, state):
        raise OSError("no more processes")

    answers = queue.Queue()
    Questions(no_process).ask(Confusion(), answers.put, 10)
    assert answers.get(timeout=60) == "the engine could not be used: no more processes"


def test_an_answer_that_cannot_be_read_is_said():
    questions, answers = Questions(), []
    asked = questions.ask(Confusion(), answers.append, None)
    questions.take(Answered(asked.number, answer=b"\xc1\x00"))
    assert answers[0].startswith("the engine's answer cannot be read: ")
