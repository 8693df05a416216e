"""The landscape of an ended run: how it is collected in parts, and what the picture shows."""

from types import SimpleNamespace

import numpy as np
import pytest
from answered_panel import INK, answered
from textual.geometry import Offset

from joml_tui.experiment import Experiment, LayerSpec, Xor
from joml_tui.inspect import answer
from joml_tui.inspect.landscape import Landscape
from joml_tui.runs.worker.builder import build_subject
from joml_tui.ui.inside.landscape_panel import LandscapePanel, bounds_of, draw_landscape, grid_of, scale_rows
from joml_tui.ui.inside.sparklines import short

pytestmark = pytest.mark.quick

XOR = Experiment(dataset=Xor(samples=60), layers=(LayerSpec(5, "tanh"),), batch_size=16, epochs=20)


def text_of(rows):
    return ["".join(piece.text for piece in row) for row in rows]


@pytest.fixture
def trained():
    """A training's subject, and its states by iteration."""
    subject, states = build_subject(XOR), {}
    for _ in range(5):
        states[subject.trainer.iteration] = subject.trainer.state()
        subject.trainer.advance(3)
    states[subject.trainer.iteration] = subject.trainer.state()
    return subject, states


def panel_of(trained, ended=True):
    """Return the panel, which has asked as often as the area would have it ask."""
    subject, states = trained
    panel = answered(LandscapePanel, XOR, subject=subject)
    panel.run = SimpleNamespace(
        state=SimpleNamespace(ended=ended), snapshots=SimpleNamespace(iterations=tuple(sorted(states)))
    )
    panel.forget()
    panel.ask_again()
    while ended and (at := panel.earlier(tuple(sorted(states)))) is not None:
        subject.trainer.restore(states[at])
        panel.show_earlier(answer(panel.question(), subject))
    return panel


def test_it_waits_for_the_end_of_a_run(trained):
    panel = panel_of(trained, ended=False)
    assert panel.lines() == ["The landscape is drawn when the run has ended."]


def test_the_path_and_the_costs_are_collected_and_named(trained):
    panel = panel_of(trained)
    subject, states = trained
    last = max(states)
    lines = panel.lines()
    assert lines[0].startswith(f"6 snapshots up to iteration {last}: ")
    assert lines[1].startswith("cross-entropy of 48 of 48 training samples")
    assert len(panel._costs) == 625
    text = "".join(lines[2:-2])
    assert text.count("◆") == text.count("○") == 1
    across, up = grid_of(panel._plane.points)
    subject.trainer.restore(states[0])
    question = Landscape(panel._thetas[last], panel._plane.directions, across[300:310], up[300:310])
    np.testing.assert_allclose(panel._costs[300:310], answer(question, subject).costs)


def test_a_key_changes_to_random_directions_and_back(trained):
    panel = panel_of(trained)
    panel.do("choice")
    assert panel.lines()[0].startswith("Random directions around the weights of iteration ")
    assert "Space: main directions" in panel.lines()[1]
    panel.do("choice")
    assert "of the path lies here" in panel.lines()[0]


def test_the_picture_of_a_run_is_kept_until_another_is_selected(trained):
    panel = panel_of(trained)
    panel.forget()
    assert len(panel._costs) == 625
    panel.run = SimpleNamespace(state=SimpleNamespace(ended=True), snapshots=SimpleNamespace(iterations=()))
    panel.forget()
    assert not panel.lines()


def test_what_is_replayed_is_marked_on_the_path(trained):
    panel = panel_of(trained)
    subject, states = trained
    assert "X" not in "".join(panel.lines()[2:-2])
    subject.trainer.restore(states[sorted(states)[1]])
    panel.show_answer(answer(panel.question(), subject))
    assert "X" in "".join(panel.lines()[2:-2])


def test_the_plane_has_a_margin_around_the_path():
    (left, right), (bottom, top) = bounds_of(np.array([[0.0, 0.0], [4.0, 0.0]]))
    assert left == -1
    assert right == 5
    assert top == -bottom == pytest.approx(0.6)
    across, up = grid_of(np.zeros((1, 2)))
    assert (across[0], up[0], across[-1], up[-1]) == (-1, 1, 1, -1)


def test_the_scale_is_logarithmic_from_the_lowest_cost_on():
    costs = np.geomspace(0.01, 100, 625)
    assert text_of(scale_rows(costs, 80, INK, dark=True))[0].startswith("cost 0.01 ")
    assert "(log)" in text_of(scale_rows(costs, 80, INK, dark=True))[0]
    picture = text_of(draw_landscape(costs, np.zeros((1, 2)), 80, 12, INK, dark=True))
    assert picture[0].startswith("·")
    assert picture[-1].rstrip().endswith("█")


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0, 1e300])
@pytest.mark.parametrize("size", [(1, 1), (30, 2), (100, 40)])
def test_any_costs_are_drawn_in_any_room(value, size):
    costs = np.full(625, value)
    costs[:3] = [0.5, np.nan, np.inf]
    rows = draw_landscape(costs, np.array([[0.0, 1.0], [0.0, 0.0]]), *size, INK, dark=False)
    assert len(rows) == size[1]
    assert len(scale_rows(costs, size[0], INK, dark=False)) == 2


def test_a_cursor_reads_the_cost_at_its_place(trained):
    panel = panel_of(trained)
    assert "left" not in panel.doings()  # they replay the run
    panel.do("large")
    panel.do("right")
    panel.do("up")
    lines = panel.lines()
    assert "◇" in "".join(lines[2:-2])
    place = 11 * 25 + 13
    assert lines[-1].startswith(f"◇ cost {short(panel._costs[place])}, ")
    assert "from the end of the path" in lines[-1]
    assert any(line.startswith("At the cursor: cost ") for line in panel.describe(panel._now))
    for _ in range(40):
        panel.do("left")
    assert panel._cursor == (0, 11)
    panel.do("large")
    assert "◇" not in "".join(panel.lines())
    assert "left" not in panel.doings()


def test_a_click_on_the_picture_sets_the_cursor(trained):
    panel = panel_of(trained)
    panel.lines()
    columns, rows = panel._picture
    click = SimpleNamespace(get_content_offset=lambda _: Offset(columns - 1, 2))
    panel.on_click(click)
    assert panel._cursor == (24, int(0.5 * 25 / rows))
    panel.on_click(SimpleNamespace(get_content_offset=lambda _: Offset(columns, 2)))  # beside the picture
    assert panel._cursor == (24, int(0.5 * 25 / rows))
