"""Programs that record a run, to be killed: forked from one that has imported the lab, so that many cost little."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager

from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.runs.run import start_run
from joml_tui.store import Recorder, open_store

_programs = multiprocessing.get_context("forkserver")


def record_and_tell(path, yaml, sender):
    """Train and record; send the run's number and its stored rows after each record that was acknowledged."""
    store = open_store(path)
    recorder = Recorder(store)
    run = start_run(parse_experiment(yaml, "experiment"), engine="thread")
    recorder.add(run)
    while not run.wait(0.02):
        if recorder.flush(120):
            number = recorder.number_of(run)
            sender.send((number, len(store.series(number).get("train_cost", ()))))


@contextmanager
def recorded_program(path, yaml):
    """Have a program record a run; give its process and what it tells."""
    _programs.set_forkserver_preload(["joml_tui.experiment.yaml_text", "joml_tui.runs.run", "joml_tui.store"])
    heard, sender = _programs.Pipe(duplex=False)
    process = _programs.Process(target=record_and_tell, args=(path, yaml, sender))
    process.start()
    sender.close()
    try:
        yield process, heard
    finally:
        process.kill()
        process.join()
        heard.close()
