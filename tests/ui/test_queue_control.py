"""When the queue's next experiment begins, and what is said; without a screen."""

from types import SimpleNamespace

import pytest

from joml_tui.experiment import Experiment, Xor
from joml_tui.runs.run import RunState
from joml_tui.ui.queue import queue_control
from joml_tui.ui.queue.queue import Queue, Queued
from joml_tui.ui.queue.queue_control import QueueControl
from joml_tui.ui.runs import session
from joml_tui.ui.runs.session import Session


class Lab:
    """What a queue's control has to do with in the lab."""

    def __init__(self):
        self.session, self.queue, self.sentences, self.count = Session(), Queue(), [], ""
        self.selected, self.recorded = None, []
        self.control = QueueControl(
            self.queue,
            self.session,
            None,
            self,
            SimpleNamespace(show_queue=lambda count: setattr(self, "count", count)),
            SimpleNamespace(tell=None),
            SimpleNamespace(screen=None),
        )

    def record(self, lab_run, *, select):
        self.recorded.append((lab_run.run.experiment.seed, select))
        if select:
            self.selected = lab_run

    def end(self, state=RunState.FINISHED):
        self.session.training.run.state = state
        self.control.advance()


@pytest.fixture
def lab(monkeypatch):
    lab = Lab()

    def start_run(experiment, **_):
        if experiment.seed == 13:
            raise ValueError("no such file")
        return SimpleNamespace(experiment=experiment, state=RunState.RUNNING, progress=0.5)

    monkeypatch.setattr(session, "start_run", start_run)
    monkeypatch.setattr(queue_control, "say", lambda _, sentence, **__: lab.sentences.append(sentence))
    return lab


def queued(*seeds):
    return [
        Queued(Experiment(dataset=Xor(samples=200), seed=seed), f"seed {seed}", ("grid-1",), network="2-4-2")
        for seed in seeds
    ]


def test_one_after_another_with_notes_and_tags(lab):
    lab.queue.add(queued(1, 2))
    lab.control.advance()
    assert lab.recorded == [(1, True)] and lab.count == "queue: 1 of 2"
    lab.control.advance()
    assert lab.recorded == [(1, True)]  # one at a time
    lab.end()
    assert lab.recorded == [(1, True), (2, True)]
    assert [(each.note, each.tags) for each in lab.session.runs] == [("seed 1", ("grid-1",)), ("seed 2", ("grid-1",))]
    lab.end(RunState.DIVERGED)
    assert lab.count == "" and lab.sentences == ["2 runs: 1 finished, 1 diverged"]
    lab.control.advance()
    assert len(lab.sentences) == 1  # its end is told once


def test_one_that_cannot_start_is_passed_over(lab):
    lab.queue.add(queued(13, 2))
    lab.control.advance()
    assert lab.recorded == [(2, True)] and lab.sentences == ["no such file"]
    assert lab.queue.entries[0].refused == "no such file"


def test_whoever_looks_at_another_run_goes_on_looking_at_it(lab):
    lab.queue.add(queued(1, 2, 3))
    lab.control.advance()
    own = lab.session.start(Experiment(dataset=Xor(samples=200), seed=9), None)
    own.run.state = RunState.FINISHED
    lab.selected = own
    lab.end()
    assert lab.recorded == [(1, True), (2, False)] and lab.selected is own


def test_a_held_queue_says_so_beside_its_count(lab):
    lab.queue.add(queued(1, 2))
    lab.control.advance()
    lab.queue.hold()
    lab.end()
    assert lab.recorded == [(1, True)] and lab.count == "queue: 1 of 2 (held)"
