"""The texts that a field draws around its editor."""

import pytest
from laboratory import WIDE, compose_of, opened, settled, until

from joml_tui.ui.widgets.form_field import Field, lines_beneath

NOTE = "between 1 and 4,096 samples"


def shown(text, title_width, width):
    return [line.plain for line in lines_beneath(text, title_width, width)]


@pytest.mark.parametrize(
    ("title_width", "width", "lines"),
    [
        (14, 60, [" " * 15 + NOTE]),
        (14, 30, [" " * 15 + "between 1 and", " " * 15 + "4,096 samples"]),
        (14, 28, [NOTE]),  # 13 cells behind the title are too few
        (0, 28, [" " + NOTE]),
        (14, 0, []),
    ],
)
def test_a_note_begins_where_the_value_begins_if_there_is_room(title_width, width, lines):
    assert shown(NOTE, title_width, width) == lines


def test_without_a_note_there_is_no_line():
    assert shown("", 14, 60) == []


async def test_title_unit_and_problem_are_drawn_around_the_editor():
    async with opened(size=WIDE) as pilot:
        compose = compose_of(pilot)
        field = compose.query_one("#field-epochs", Field)
        entry = compose.form.entries["epochs"]
        assert field.render().plain.split("\n")[0].startswith("Epochs")
        before = field.size.height
        entry.write("0")
        await settled(pilot)
        await until(pilot, lambda: field.size.height > before)
        assert field.has_class("invalid")
        assert field.text_beneath == field.problem != ""
        assert [line.strip() for line in field.render().plain.split("\n")[1:]] == [
            line.plain.strip() for line in lines_beneath(field.problem, 9, field.content_size.width)
        ]
        entry.write("3")
        await settled(pilot)
        await until(pilot, lambda: field.size.height == before)
        assert field.text_beneath == ""
