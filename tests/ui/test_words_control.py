"""A key puts the charts or the panel inside the network in words, which can be copied."""

import pytest
from laboratory import ENDLESS, SHORT, SMALL, lab_of, opened, opens, trained, until
from textual.widgets import Label

from joml_tui.ui.inside import InsideArea
from joml_tui.ui.inside.inside_area import PANELS
from joml_tui.ui.inside.spectrum_panel import SpectrumPanel
from joml_tui.ui.widgets.dialog_box import DialogBox
from joml_tui.ui.words.words_dialog import WordsDialog


async def words(pilot):
    """Return the text of the dialog, copied."""
    await opens(pilot, WordsDialog, "I")
    await pilot.press("c", "escape")
    await until(pilot, lambda: not isinstance(pilot.app.screen, WordsDialog))
    return pilot.app.clipboard


async def test_charts_are_put_in_words_with_the_metric_in_view():
    async with opened(SHORT) as pilot:
        assert "no curves yet" in await words(pilot)
        run = await trained(pilot)
        text = await words(pilot)
        assert f"Cost of {run.label} " in text
        assert f"Accuracy of {run.label} " in text
        assert "iteration  training" in text


async def test_the_panel_in_use_is_put_in_words():
    async with opened(SHORT, SMALL) as pilot:
        await trained(pilot)
        await pilot.press("4")
        area = lab_of(pilot).query_one(InsideArea)
        for place, panel in enumerate(PANELS):
            if panel is SpectrumPanel:
                continue
            area.choose(place)
            await until(pilot, lambda: area._answer is not None)
            text = await words(pilot)
            assert text.startswith(f"{panel.title}: {panel.purpose} (")
            assert len(text.splitlines()) > 1
            assert "nothing to put in words" not in text


async def test_without_a_run_the_composed_network_and_hints_are_put_in_words():
    async with opened(SHORT) as pilot:
        await pilot.press("4")
        area = lab_of(pilot).query_one(InsideArea)
        text = await words(pilot)
        assert text.startswith("Diagram: ")
        assert "tanh" in text
        area.choose(len(PANELS) - 1)
        assert "No run yet." in await words(pilot)


@pytest.mark.parametrize("area", ["2", "4"])
async def test_the_words_follow_a_run_that_trains(area):
    async with opened(ENDLESS) as pilot:
        lab = lab_of(pilot)
        await pilot.press("r")
        await until(pilot, lambda: lab.session.runs and lab.session.runs[-1].run.iteration > 10)
        await pilot.press(area)
        await until(pilot, lambda: area == "2" or lab.query_one(InsideArea)._answer is not None)
        await opens(pilot, WordsDialog, "I")
        box, label = pilot.app.screen.query_one(DialogBox), pilot.app.screen.query_one(Label)
        title, text = str(box.border_title), str(label.content)
        assert "in words, at iteration" in title
        await until(pilot, lambda: str(box.border_title) != title and str(label.content) != text)
        await pilot.press("c")
        assert pilot.app.clipboard not in ("", text)
        await pilot.press("escape")
