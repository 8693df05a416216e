"""The loop around the trainer: when it answers questions while it trains."""

import pytest

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.worst_samples import Worst
from joml_tui.runs.history import History
from joml_tui.runs.worker import training_session
from joml_tui.runs.worker.builder import build_subject
from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.messages import Ask
from joml_tui.serialization import pack


class Listener:
    def __init__(self):
        self.answered = []

    def on_event(self, event):
        self.answered.append(event)


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that only answers move: each takes a second."""
    clock = type("Clock", (), {"now": 0.0})()

    def answer_to(question, subject):
        clock.now += 1
        return question.number

    monkeypatch.setattr(training_session.time, "monotonic", lambda: clock.now)
    monkeypatch.setattr(training_session, "answer_to", answer_to)
    return clock


def test_new_questions_are_answered_sooner_than_repeated_ones(clock):
    control, listener = Control(paused=False), Listener()
    subject = build_subject(Experiment(dataset=Xor(samples=40), layers=(LayerSpec(2),), epochs=1))
    session = training_session._TrainingSession(
        subject, History.create(1, 1, 8, 32), control, listener, training_session._Stopwatch()
    )
    answered_at = {}
    for number, question in enumerate([Worst(), Worst(), Confusion("test"), Confusion("train"), Confusion("train")]):
        control.apply(Ask(number, pack(question)))
    for second in range(60):
        clock.now = max(clock.now, second)
        session._answer()
        for each in listener.answered:
            answered_at.setdefault(each, second)
    # Each kind is new once, and again when it asks for something else: half of the time is left for the training.
    assert [answered_at[number] for number in (0, 2, 3)] == [0, 2, 4]
    # Repeated ones have a tenth of the time.
    assert answered_at[1] == 14 and answered_at[4] == 24


def test_what_is_no_question_is_refused_and_the_run_goes_on():
    control, listener = Control(paused=False), Listener()
    subject = build_subject(Experiment(dataset=Xor(samples=40), layers=(LayerSpec(2),), epochs=1))
    session = training_session._TrainingSession(
        subject, History.create(1, 1, 8, 32), control, listener, training_session._Stopwatch()
    )
    control.apply(Ask(7, b"\xc1 no question"))
    session._answer()
    (answered,) = listener.answered
    assert answered.number == 7 and answered.refusal
