"""One run trains at a time: what becomes of the one at work when another is asked for; without a screen."""

from types import SimpleNamespace

import pytest

from joml_tui.runs.run import RunState
from joml_tui.ui.runs import run_control
from joml_tui.ui.runs.run_control import RunControl
from joml_tui.ui.runs.session import LabRun, Session


class Run(SimpleNamespace):
    """A run that notes what is asked of it."""

    def pause(self):
        self.state = RunState.PAUSED

    def stop(self):
        self.state = RunState.STOPPED


def lab_run(number, state=RunState.RUNNING, message=""):
    return LabRun(
        Run(state=state, architecture="2-4-2", forked_from=None, message=message, details="here"), number, number
    )


@pytest.fixture
def reactions(monkeypatch):
    """What the control opens and says."""
    reactions = SimpleNamespace(screens=[], sentences=[], answer=None)

    def open_screen(_, screen, on_close=None):
        reactions.screens.append(screen)
        reactions.answer = on_close

    monkeypatch.setattr(run_control, "open_screen", open_screen)
    monkeypatch.setattr(run_control, "say", lambda _, sentence, **__: reactions.sentences.append(sentence))
    return reactions


def control_of(*runs):
    area = SimpleNamespace(selected=None)
    return RunControl(Session(runs=list(runs)), None, area, SimpleNamespace(screen=None), None)


def test_it_starts_at_once_where_nothing_trains(reactions):
    started = []
    control_of(lab_run(1, RunState.PAUSED)).take_turn("train the new one", lambda: started.append(1))
    assert started == [1] and reactions.screens == []


@pytest.mark.parametrize(
    ("answer", "state", "starts"),
    [
        ("pause", RunState.PAUSED, True),
        ("stop", RunState.STOPPED, True),
        ("keep", RunState.RUNNING, False),
        (None, RunState.RUNNING, False),
    ],
)
def test_the_answer_decides_about_the_run_at_work(reactions, answer, state, starts):
    started, at_work = [], lab_run(3)
    control_of(at_work).take_turn("fork 2-4-2 #1", lambda: started.append(1))
    assert started == [] and len(reactions.screens) == 1
    reactions.answer(answer)
    assert (at_work.run.state, bool(started)) == (state, starts)


def test_the_answer_is_about_the_run_that_is_at_work_by_then(reactions):
    asked_about, its_successor = lab_run(1), lab_run(2, RunState.FINISHED)
    control = control_of(asked_about, its_successor)
    control.take_turn("train the new one", lambda: None)
    asked_about.run.state, its_successor.run.state = RunState.FINISHED, RunState.RUNNING
    reactions.answer("stop")
    assert (asked_about.run.state, its_successor.run.state) == (RunState.FINISHED, RunState.STOPPED)


def test_a_failure_is_a_dialog_and_in_the_queue_a_notice(reactions):
    control = control_of()
    control.announce_end(lab_run(1, RunState.FAILED, "no file"), others_follow=False)
    assert len(reactions.screens) == 1 and reactions.sentences == []
    control.announce_end(lab_run(2, RunState.FAILED, "no file"), others_follow=True)
    assert len(reactions.screens) == 1 and reactions.sentences == ["No file"]


def test_an_end_is_reported_once_and_a_good_one_not_at_all(reactions):
    control = control_of()
    control.announce_end(lab_run(1, RunState.FINISHED), others_follow=False)
    diverged = lab_run(2, RunState.DIVERGED, "diverged at iteration 3")
    for _ in range(2):
        control.announce_end(diverged, others_follow=False)
    assert reactions.sentences == ["Diverged at iteration 3. A smaller learning rate is the usual remedy."]


def test_a_run_that_diverged_in_view_needs_no_notice(reactions):
    control, diverged = control_of(), lab_run(1, RunState.DIVERGED, "diverged at iteration 3")
    control._runs.selected = diverged
    control.announce_end(diverged, others_follow=False)
    assert reactions.sentences == [] and diverged.announced
