"""Texts that cost what they must: a line, and many lines that are scrolled."""

from __future__ import annotations

import pytest
from laboratory import until
from textual.app import App
from textual.content import Content
from textual.visual import Visual

from joml_tui.ui.widgets.static_text import StaticText
from joml_tui.ui.widgets.text_view import TextView

pytestmark = pytest.mark.quick


class Shown(App):
    CSS = "TextView { width: 20; height: 4; }"

    def compose(self):
        yield StaticText(id="line")
        yield TextView(id="lines")


def text_of(lines):
    return [lines.render_line(y).text.rstrip() for y in range(lines.size.height)]


async def test_a_line_whose_colours_alone_change_is_shown_anew():
    app = Shown()
    async with app.run_test():
        line = app.query_one(StaticText)
        line.say(Content.styled("stopped", "bold"))
        line.say(Content.styled("stopped", "italic"))
        assert [str(span.style) for span in line.content.spans] == ["italic"]


async def test_lines_of_equal_letters_keep_their_own_looks():
    app = Shown()
    async with app.run_test() as pilot:
        lines = app.query_one(TextView)
        lines.say([Content.styled("heading", "bold"), Content("heading")])
        await pilot.pause()
        bold, plain = (lines.render_line(y) for y in range(2))
        assert bold.text == plain.text
        assert next(iter(bold)).style.bold
        assert not next(iter(plain)).style.bold


async def test_what_was_said_before_is_drawn_once(monkeypatch):
    app = Shown()
    async with app.run_test() as pilot:
        lines = app.query_one(TextView)
        earlier_lines = [Content(f"line {place}") for place in range(4)]
        lines.say(earlier_lines)
        await pilot.pause()
        drawn = []
        to_strips = Visual.to_strips
        monkeypatch.setattr(
            Visual,
            "to_strips",
            lambda widget, visual, *rest: (drawn.append(visual), to_strips(widget, visual, *rest))[1],
        )
        lines.say(earlier_lines[2:])
        await pilot.pause()
        assert text_of(lines) == ["line 2", "line 3", "", ""]
        assert not [visual for visual in drawn if visual in earlier_lines]
        lines.styles.width = 5  # too narrow: broken anew
        await until(pilot, lambda: text_of(lines) == ["line", "2", "line", "3"])


async def test_the_scroll_bar_follows_what_is_said():
    app = Shown()
    async with app.run_test() as pilot:
        lines = app.query_one(TextView)
        lines.say([Content(str(place)) for place in range(40)])
        lines.scroll_to(y=30, animate=False)
        await pilot.pause()
        assert lines.vertical_scrollbar.window_virtual_size == 40
        assert text_of(lines)[0] == "30"
        lines.say([Content(str(place)) for place in range(6)])
        await pilot.pause()
        assert lines.vertical_scrollbar.window_virtual_size == 6
        assert text_of(lines)[0] == "0"
