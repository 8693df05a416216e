"""The line of a run whose data are being read."""

from types import SimpleNamespace

import pytest

from joml_tui.runs.pace import Pace
from joml_tui.runs.run import RunState
from joml_tui.runs.worker.messages import FileReading
from joml_tui.ui.runs.progress_line import _ended, _live
from joml_tui.ui.runs.session import LabRun


@pytest.mark.parametrize(
    ("pace", "width", "shown"),
    [
        (None, 100, "epoch 2/10   iteration 15/100   2,500 steps/s   34.0 s left"),
        (Pace(5, "iteration"), 100, "epoch 2/10   iteration 15/100   5 iterations/s   34.0 s left"),
        (Pace(1, "epoch"), 44, "1 epoch/s   34.0 s left"),
    ],
)
def test_the_pace_stands_in_place_of_the_speed(pace, width, shown):
    run = SimpleNamespace(
        state=RunState.RUNNING,
        progress=0.15,
        epoch=2,
        epochs=10,
        iteration=15,
        total_iterations=100,
        steps_per_second=2_500,
        pace=pace,
        eta_seconds=34.0,
    )
    assert _live(SimpleNamespace(run=run, label="#1"), width).plain.endswith(shown)


@pytest.mark.parametrize(("width", "begins"), [(76, "#1 a run   ━━━━━"), (30, "━━")])
def test_the_share_of_the_file_that_has_been_read(width, begins):
    run = SimpleNamespace(state=RunState.PREPARING, reading=FileReading("big.csv", 1, 4))
    shown = _live(SimpleNamespace(run=run, label="#1 a run"), width).plain
    assert shown.startswith(begins)
    assert shown.endswith(" 25 %   reading big.csv")
    assert len(shown) <= max(width, 36)


@pytest.mark.parametrize(
    ("iterations", "width", "ends"),
    [((0, 5, 9), 120, "9 replays it"), ((0, 5, 9), 60, "test accuracy 90.00 %"), ((9,), 120, "test cost 0.3000")],
)
def test_an_ended_run_names_the_key_of_its_replay(iterations, width, ends):
    run = SimpleNamespace(
        state=RunState.FINISHED,
        seconds=0.3,
        task="classes",
        test_accuracy=0.9,
        test_cost=0.3,
        cost_scale=None,
        record=SimpleNamespace(cost_unit="nats"),
        snapshots=SimpleNamespace(iterations=iterations),
    )
    shown = _ended(LabRun(SimpleNamespace(**vars(run), architecture="2-4-2"), 1, 1), width).plain
    assert shown.endswith(ends)
    assert len(shown) <= width


def test_a_long_name_makes_room_for_the_figure():
    run = SimpleNamespace(
        architecture="1@8x8-c16k3b1-bn-c32k3b1-bn-p2-d0.3-64-d0.3-10",
        state=RunState.FINISHED,
        seconds=0.3,
        task="classes",
        test_accuracy=0.9944,
        test_cost=0.3,
        cost_scale=None,
        record=SimpleNamespace(cost_unit="nats"),
        snapshots=SimpleNamespace(iterations=()),
    )
    for width in (40, 49, 52, 60):
        shown = _ended(LabRun(run, 12, 1), width).plain
        assert shown.endswith("… #12   test accuracy 99.44 %"), shown
        assert len(shown) <= width
