"""The switches of inputs in the compose area: their lines, their keys, and the mouse."""

import pytest
from laboratory import SHORT, SMALL, compose_of, lab_of, opened, settled, toasts
from msgspec import structs
from textual.widgets import Input

from joml_tui.experiment import SpinGlass
from joml_tui.ui.compose.input_choice import switches_of
from joml_tui.ui.compose.input_switches import InputSwitches, lines_of, place_at
from joml_tui.ui.widgets.form_field import Field

SEVEN = switches_of(("x1", "x2"), ())


def inputs(pilot):
    return lab_of(pilot).query_one(InputSwitches)


def architecture(pilot):
    return lab_of(pilot).query_one("#architecture", Input).value


def test_lines_are_filled_in_turn():
    assert lines_of(SEVEN, 25) == [[0, 1, 2, 3], [4, 5, 6]]
    assert lines_of(SEVEN, 100) == [[0, 1, 2, 3, 4, 5, 6]]
    assert lines_of(SEVEN, 1) == [[place] for place in range(7)]
    assert lines_of((), 25) == []


def test_a_cell_belongs_to_the_switch_that_is_written_there():
    assert [place_at(SEVEN, x, 0, 25) for x in (0, 3, 4, 5, 24)] == [0, 0, None, 1, None]
    assert place_at(SEVEN, 0, 1, 25) == 4
    assert place_at(SEVEN, 0, 2, 25) is None


@pytest.mark.quick
async def test_keys_and_mouse_switch_inputs_and_the_network_follows():
    async with opened(SHORT, SMALL) as pilot:
        await pilot.press("1")
        inputs(pilot).focus()
        await pilot.press("right", "right", "space", "right", "enter")
        await settled(pilot)
        assert compose_of(pilot).draft.features == ("x1", "x2", "x1^2", "x2^2")
        assert architecture(pilot) == "4-4-2"
        reading = await compose_of(pilot).checked()
        assert reading.problems == []
        assert (reading.experiment.features, reading.experiment.input_size) == (("x1", "x2", "x1^2", "x2^2"), 4)
        await pilot.click(InputSwitches, offset=(1, 0))  # the padding has one cell
        await settled(pilot)
        assert compose_of(pilot).draft.features == ("x2", "x1^2", "x2^2")
        assert architecture(pilot) == "3-4-2"
        lines = ["".join(each.text for each in inputs(pilot).render_line(y)) for y in (0, 1)]
        assert lines[0].split() == ["□", "x1", "■", "x2", "■", "x1²", "■", "x2²"]


async def test_the_last_input_stays_on_with_a_word_of_why():
    async with opened(structs.replace(SHORT, features=("x1^2",))) as pilot:
        inputs(pilot).focus()
        await pilot.press("right", "right", "space")
        await settled(pilot)
        assert compose_of(pilot).draft.features == ("x1^2",)
        assert "at least one input" in toasts(pilot)


async def test_other_data_have_their_own_features_again():
    async with opened(structs.replace(SHORT, features=("x1^2", "x2^2"))) as pilot:
        assert architecture(pilot) == "2-4-2"
        compose_of(pilot).use_dataset(SpinGlass())
        await settled(pilot)
        assert compose_of(pilot).draft.features == ()
        assert architecture(pilot) == "14-4-4"
        assert not inputs(pilot).parent.display
        assert "The inputs are the features of these data" in toasts(pilot)


async def test_terms_that_are_no_features_of_the_data_are_a_problem_of_the_inputs():
    async with opened(structs.replace(SHORT, features=("x1", "y^2"))) as pilot:
        assert "there is no feature 'y'" in pilot.app.screen.query_one("#field-features", Field).text_beneath
