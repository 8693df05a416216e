"""Paths and names with bytes that are no UTF-8: trained with, stored, exported, and the engine process takes them."""

import json
import os

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from joml_tui import lone_surrogates
from joml_tui.experiment import AdamSpec, CsvFile, Experiment, LayerSpec
from joml_tui.experiment.yaml_text import dump_experiment, parse_experiment
from joml_tui.export import AnnotatedRun
from joml_tui.export.formats import CHART_FORMATS, FORMATS, TABLE_FORMATS
from joml_tui.runs.run import RunState, start_run
from joml_tui.runs.worker.messages import Ended, Event, Request, StartTraining
from joml_tui.serialization import pack, unpack
from joml_tui.store import open_store, restored

#: Drawn by the same code as several runs' curves.
_DRAWN = (".svg", ".png")
NAME = os.fsdecode(b"caf\xe9")
TEXTS = st.text(st.characters(codec=None, categories=None) | st.sampled_from("\\u\udc80\ud800"))


@pytest.fixture
def experiment(tmp_path):
    """One whose data set is in a folder whose name is no UTF-8."""
    folder = tmp_path / NAME
    try:
        folder.mkdir()
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    random = np.random.default_rng(0)
    rows = [f"{x:.3f},{y:.3f},{int(x > y)}" for x, y in random.normal(size=(60, 2))]
    (folder / "data.csv").write_text("a,b,class\n" + "\n".join(rows) + "\n")
    return Experiment(
        dataset=CsvFile(str(folder / "data.csv")),
        layers=(LayerSpec(3, "tanh"),),
        optimizer=AdamSpec(0.01),
        epochs=2,
        batch_size=16,
    )


@given(TEXTS)
def test_any_text_comes_back_from_its_escaped_form(text):
    escaped = lone_surrogates.escape({"a": [text, 1, None]})
    msgspec.json.encode(escaped)
    assert lone_surrogates.restore(escaped) == {"a": [text, 1, None]}


@given(TEXTS)
def test_any_text_becomes_printable(text):
    shown = lone_surrogates.printable(text)
    shown.encode()
    assert (shown == text) == (not lone_surrogates.has_lone_surrogates(text))


def test_messages_hold_any_text(experiment):
    start = StartTraining(experiment, "/tmp/\udc80\\u0041", False)
    assert unpack(pack(start), Request) == start
    ended = Ended(RunState.FAILED, "no \udcff", "\ud800", 0.5, b"\x00\xff")
    assert unpack(pack(ended), Event) == ended


def test_yaml_holds_any_path(experiment):
    text = dump_experiment(experiment)
    text.encode()
    assert parse_experiment(text, "it") == experiment


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["thread", "process"])
def test_a_run_on_such_a_file_is_trained_kept_and_exported(experiment, engine, tmp_path):
    run = start_run(experiment, engine=engine)
    assert run.wait(300)
    assert run.state is RunState.FINISHED, run.message
    with open_store(tmp_path / "runs.db") as store:
        number = store.keep(run, name=NAME, tags=(NAME,))
        assert store.experiment(number) == experiment
        again = restored(store, number)
    files = [
        *(
            (format_, lambda path, format_=format_: format_.write(again, path))
            for format_ in FORMATS
            if format_.suffix not in _DRAWN
        ),
        *(
            (format_, lambda path, format_=format_: format_.write([named(again)], path))
            for format_ in CHART_FORMATS
            if format_.suffix != ".png"
        ),
        *((format_, lambda path, format_=format_: format_.write([named(again)], path)) for format_ in TABLE_FORMATS),
    ]
    if engine == "thread":
        for place, (format_, write) in enumerate(files):
            write(tmp_path / f"{place}{format_.suffix}")
            assert (tmp_path / f"{place}{format_.suffix}").exists()


def named(run):
    return AnnotatedRun(run, f"{NAME} #1", (NAME,), f"a note on {NAME}")


def test_a_file_that_is_not_there_is_named(experiment):
    missing = msgspec.structs.replace(experiment, dataset=CsvFile(f"/nowhere/{NAME}.csv"))
    for engine in ("thread", "process"):
        run = start_run(missing, engine=engine)
        assert run.wait(300)
        assert run.state is RunState.FAILED
        assert "no such file" in run.message
        assert "could not be used" not in run.message


def test_pairs_of_json_are_one_character_and_lone_ones_stay():
    written = json.dumps({"version": 1, "name": "\U0001f9e0 \ud83e \udce9", "dataset": {"name": "xor"}})
    assert "\\ud83e\\udde0" in written
    assert parse_experiment(written).name == "\U0001f9e0 \ud83e \udce9"
