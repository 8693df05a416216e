"""Messages between the processes of the lab and of a sweep, whole, and their readers: see `damaged_inputs`."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from joml_tui.experiment.yaml_text import parse_experiment
from joml_tui.framing import FrameError, encode_frame, read_frame
from joml_tui.inspect import Answer, Question
from joml_tui.inspect.confusion import Confusion
from joml_tui.inspect.health_report import Health
from joml_tui.inspect.units import Units
from joml_tui.plots.chart_model import Description, LegendEntry, Picture, curve
from joml_tui.plots.drawing import draw
from joml_tui.plots.palette import ink_for
from joml_tui.runs.history import History
from joml_tui.runs.pace import Pace
from joml_tui.runs.run import Run, start_run
from joml_tui.runs.worker.inspector import Inspector
from joml_tui.runs.worker.messages import (
    Adjusted,
    Answered,
    Ask,
    Changed,
    Command,
    Ended,
    Event,
    FileReading,
    Inspect,
    Prepared,
    Request,
    ResumePoint,
    RunState,
    Snapshot,
    StartTraining,
)
from joml_tui.runs.worker.series_codec import pack_rows, unpack_rows
from joml_tui.serialization import pack, unpack, unpack_state
from joml_tui.sweep.packed_run import pack_run, unpack_run

_YAML = """\
version: 1
dataset: {name: xor, samples: 60}
layers: [{size: 4, activation: tanh, dropout: 0.1}]
optimizer: {name: adam, learning_rate: 0.01}
epochs: 3
metrics: [macro-f1]
"""


@cache
def _run() -> Run:
    run = start_run(parse_experiment(_YAML), engine="thread")
    run.wait()
    return run


def _preparation() -> dict[str, object]:
    preparation = _run().preparation_values
    assert preparation is not None
    return preparation


def requests(_: Path) -> dict[str, bytes]:
    """Return messages to the engine process, by names of files."""
    run = _run()
    history, (iteration, state) = run.history, run.snapshots.latest_with_iteration or (0, b"")
    assert history is not None
    again = ResumePoint(state, pack_rows(history, iteration), preparation=_preparation())
    messages = {
        "start": StartTraining(run.experiment, "/tmp/series", False, None, Pace(2.0, "epoch")),
        "resume": StartTraining(run.experiment, "/tmp/series", True, again),
        "lone": StartTraining(run.experiment, "/tmp/\udcff", True),
        "rate": Command("learning_rate", value=0.1),
        "ask": Ask(3, pack(Confusion("train"))),
        "inspect": Inspect(4, run.experiment, state, run.layers_record, pack(Health()), _preparation()),
    }
    return {f"{name}.request": encode_frame(pack(message)) for name, message in messages.items()}


def events(_: Path) -> dict[str, bytes]:
    """Return messages from the engine process, and what is packed in them, by names of files."""
    run = _run()
    history, (iteration, state) = run.history, run.snapshots.latest_with_iteration or (0, b"")
    assert history is not None
    messages = {
        "reading": FileReading("rows.csv", 10, 100),
        "prepared": Prepared(6, 18, "classes", _preparation()),
        "changed": Changed(RunState.RUNNING, 0.5),
        "adjusted": Adjusted(3, "epochs", 9.0, 54),
        "snapshot": Snapshot(iteration, state),
        "answered": Answered(3, _answered(Health())),
        "ended": Ended(RunState.FINISHED, "early", seconds=0.3, layers=run.layers_record, results=run.results),
    }
    packed = {f"{name}.event": encode_frame(pack(message)) for name, message in messages.items()}
    answers = {
        f"{type(each).__name__}.answer": _answered(each)
        for each in (Confusion("train"), Health(), Units(0, 0, 2, 8, 8))
    }
    return {**packed, **answers, "a.state": state, "a.rows": pack_rows(history, iteration)}


def _answered(question: Question) -> bytes:
    run = _run()
    state = (run.snapshots.latest_with_iteration or (0, b""))[1]
    answered = Inspector().answer(Inspect(1, run.experiment, state, run.layers_record, pack(question), _preparation()))
    assert not answered.refusal, answered.refusal
    return answered.answer


def drawings(_: Path) -> dict[str, bytes]:
    """Return messages to the painter and from it, by names of files."""
    costs = np.linspace(2.0, 0.1, 40)
    description = Description(
        *("cost", 60, 14, 40.0, ink_for(0, 0xFFFFFF)),
        curves=(curve("raw", 0x56B4E9, np.arange(40), costs, run=0), curve("band", 0x56B4E9, [1, 2], [1, 1], [2, 2])),
        legend=(LegendEntry("14-100-4", 0x56B4E9),),
    )
    encode = msgspec.msgpack.encode
    return {"a.description": encode_frame(encode(description)), "a.picture": encode_frame(encode(draw(description)))}


def packed_runs(_: Path) -> dict[str, bytes]:
    """Return what a sweep's worker sends, by names of files."""
    return {"a.run": pack_run(_run())}


def _read_rows(payload: bytes) -> None:
    history = _run().history
    assert history is not None
    unpack_rows(payload, History.create(history.iterations_per_epoch, history.total_iterations, 32, 42))


def _read_drawing(kind: type[Description] | type[Picture], payload: bytes) -> None:
    decoded = msgspec.msgpack.decode(payload, type=kind)
    if isinstance(decoded, Description) and 0 <= decoded.width * decoded.height <= 100_000:
        draw(decoded)


_READERS: dict[str, Callable[[bytes], object]] = {
    ".request": lambda payload: unpack(payload, Request),
    ".event": lambda payload: unpack(payload, Event),
    ".answer": lambda payload: unpack(payload, Answer),
    ".state": unpack_state,
    ".rows": _read_rows,
    ".description": lambda payload: _read_drawing(Description, payload),
    ".picture": lambda payload: _read_drawing(Picture, payload),
    ".run": unpack_run,
}
_FRAMED = (".request", ".event", ".description", ".picture")


def read_message(path: Path) -> None:
    """Read a message as the process that gets it does."""
    content: bytes | None = path.read_bytes()
    assert content is not None
    if path.suffix in _FRAMED:
        try:
            content = read_frame(io.BytesIO(content))
        except FrameError:
            return
    if content is not None:
        with suppress(msgspec.DecodeError):
            _READERS[path.suffix](content)
