"""The line of a run whose data are being read."""

from types import SimpleNamespace

import pytest

from joml_tui.runs.run import RunState
from joml_tui.runs.worker.messages import FileReading
from joml_tui.ui.runs.progress_line import _live


@pytest.mark.parametrize(("width", "begins"), [(76, "#1 a run   ━━━━━"), (30, "━━")])
def test_the_share_of_the_file_that_has_been_read(width, begins):
    run = SimpleNamespace(state=RunState.PREPARING, reading=FileReading("big.csv", 1, 4))
    shown = _live(SimpleNamespace(run=run, label="#1 a run"), width).plain
    assert shown.startswith(begins)
    assert shown.endswith(" 25 %   reading big.csv")
    assert len(shown) <= max(width, 36)
