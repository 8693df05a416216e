"""The first line of a chart names what is drawn, as far as there is room."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from joml_tui.plots.canvas import Canvas
from joml_tui.plots.chart_model import Best, Description, LegendEntry, curve
from joml_tui.plots.legend import draw_legend
from joml_tui.plots.palette import ink_for

pytestmark = pytest.mark.quick


@dataclass
class Line:
    text: str
    actions: dict[str, str]


def line(*labels, width=120, hidden=(), best=1, **options) -> Line:
    legend = tuple(
        LegendEntry(label, 1 + place, place, f"hide_run({place})", label in hidden)
        for place, label in enumerate(labels)
    )
    description = Description(
        "cost",
        width,
        10,
        10,
        ink_for(0, 0xFFFFFF),
        curves=tuple(curve(kind, 1, [1], [1]) for kind in ("smooth", "band", "check")),
        legend=legend,
        best=tuple(Best(5, 0.25, 1, "at 2,870") for _ in range(best)),
        band="8 of 10 mini-batches",
        **options,
    )
    canvas = Canvas(width, 1)
    draw_legend(canvas, description, 0)
    (row,) = canvas.rows()
    actions = {piece.text.strip(): piece.action for piece in row if piece.action}
    return Line("".join(piece.text for piece in row), actions)


def test_everything_is_explained_where_there_is_room():
    assert line("14-100-40-4 #1").text.rstrip() == (
        "cost   ━ train  ● test   ◆ best test 0.250 at 2,870   ⢕ 8 of 10 mini-batches   ■ 14-100-40-4 #1"
    )
    assert "◆ best test   ⢕" in line("Adam #1", "SGD #2", best=2).text


@pytest.mark.parametrize("width", range(10, 120, 7))
def test_runs_come_before_explanations(width):
    text = line("Adam #1", "SGD #2", width=width).text
    assert len(text) == width
    assert ("━ train" in text) <= ("#1" in text and "#2" in text)
    assert ("⢕" in text) <= ("◆" in text) <= ("━ train" in text)


def test_without_colours_runs_have_dashes_and_signs():
    text = line("Adam #1", "SGD #2", few_colours=True).text
    assert "━━━● Adam #1" in text
    assert "━ ━▲ SGD #2" in text


def test_hidden_runs_stay_to_be_shown_again():
    shown = line("Adam #1", "SGD #2", hidden=("SGD #2",))
    assert "■ Adam #1" in shown.text
    assert "□ SGD #2" in shown.text
    assert set(shown.actions.values()) == {"change_scale", "hide_run(0)", "hide_run(1)"}


def test_names_share_the_room_and_settings_are_left_out_whole():
    labels = ("Momentum #3", "Adam seed 0 #1", "Adam seed 1 #2")
    assert "■ Momentum #3  ■ Adam…#1  ■ Adam seed 1 #2" in line(*labels, width=70).text
    assert "seed #" not in "".join(line(*labels, width=width).text for width in range(30, 110))
    assert "■ Momentum #3  ■ Adam seed 0 #1  ■ Adam seed 1 #2" in line(*labels, width=110).text
