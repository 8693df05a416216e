"""The reading of a run's data is followed, and ended by a stop."""

import threading

import pytest

from joml.data.readers import reading_progress
from joml_tui.experiment import CsvFile, Experiment, load_data
from joml_tui.runs.run import Run, RunState
from joml_tui.runs.worker.control import Control
from joml_tui.runs.worker.followed_reading import StoppedWhileReadingError, followed_reading
from joml_tui.runs.worker.messages import Command, FileReading


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.events = []

    def prepared(self, event, history):
        self.events.append(event)

    def on_event(self, event):
        self.events.append(event)


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.setattr(reading_progress, "_LARGE", 100)
    path = tmp_path / "table.csv"
    path.write_text("a,label\n" + "".join(f"{row},{row % 2}\n" for row in range(300)))
    return Experiment(dataset=CsvFile(path=str(path), label="label"), epochs=1)


def test_progress_is_reported_to_the_end(experiment):
    heard = Heard()
    with followed_reading(Control(paused=False), heard):
        load_data(experiment)
    assert heard.events
    assert all(isinstance(event, FileReading) and event.name == "table.csv" for event in heard.events)
    assert heard.events[-1].done == heard.events[-1].size


def test_a_stop_ends_the_reading(experiment):
    control = Control(paused=False)
    control.apply(Command("stop"))
    with pytest.raises(StoppedWhileReadingError), followed_reading(control, Heard()):
        load_data(experiment)


@pytest.mark.parametrize("stops", [False, True])
def test_a_run_has_the_progress_until_its_data_are_read(experiment, monkeypatch, stops):
    seen, may_go_on = [], threading.Event()
    was_heard = Run.on_event

    def hear(run, event):
        was_heard(run, event)
        if isinstance(event, FileReading):
            seen.append(run.reading)
            if stops:
                run.stop()
            may_go_on.set()

    monkeypatch.setattr(Run, "on_event", hear)
    run = Run(experiment)
    run.start("thread")
    assert run.wait(300)
    assert may_go_on.is_set()
    assert seen[0].name == "table.csv"
    assert run.reading is None or stops
    assert run.state is (RunState.STOPPED if stops else RunState.FINISHED)
    assert not stops or "while its data were read" in run.message
