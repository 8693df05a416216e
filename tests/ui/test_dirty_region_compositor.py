"""The sparing compositor shows what a whole paint would, and asks for no more than it must."""

from __future__ import annotations

import pytest
from laboratory import ENDLESS, SMALL, WIDE, lab_of, last_run, opened, opens, settled, until
from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual._styles_cache import StylesCache
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import DataTable

from joml_tui.runs.run import RunState
from joml_tui.ui.charts import Charts
from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.dirty_region_compositor import DirtyRegionCompositor
from joml_tui.ui.runs.runs_table import RunsTable
from joml_tui.ui.widgets.text_view import TextView

Cells = list[list[tuple[str, object]]]


def cells_of(strip):
    return [(character, segment.style) for segment in strip for character in segment.text]


class Paper:
    """What stands in a terminal after everything that was written to it, cell by cell."""

    def __init__(self, app):
        self.rows: Cells = [cells_of(strip) for strip in app.screen._compositor.render_strips()]
        display = app._display

        def displayed(screen, renderable):
            if not app._batch_count:  # else it is not shown
                self.write(renderable)
            display(screen, renderable)

        app._display = displayed

    def write(self, update):
        if isinstance(update, LayoutUpdate):
            self.rows = [[cell for strip in strips for cell in cells_of(strip)] for strips in update.strips]
        elif isinstance(update, ChopsUpdate):
            for y, first, last in update.spans:
                for x, strip in update.chops[y].items():
                    for place, cell in enumerate(cells_of(strip) if strip is not None else (), start=x):
                        if first <= place < last:
                            self.rows[y][place] = cell


def shown(rows: Cells) -> list[str]:
    return ["".join(character for character, _ in row) for row in rows]


@pytest.mark.parametrize("size", [SMALL, WIDE], ids=str)
async def test_what_was_painted_piece_by_piece_is_what_stands_there(size):
    async with opened(ENDLESS, size) as pilot:
        app = pilot.app
        paper = Paper(app)

        def differing() -> list[int]:
            visible_screen_stack.set(app._background_screens)  # else a dialog's rows are drawn without what is beneath
            whole = shown([cells_of(strip) for strip in app.screen._compositor.render_strips()])
            return [y for y, row in enumerate(shown(paper.rows)) if row != whole[y]]

        app.lab.refresh()
        keys = ["r", "p", "n", "1", "backspace", "escape", "2", "z", "left", "3", "m", "4", "right_curly_bracket"]
        keys += ["question_mark", "l", "o", "backspace", "escape", "Q", "a", "escape", "slash", "x", "escape", "1"]
        for key in keys:
            await pilot.press(key)
            await until(pilot, lambda: app.screen.is_mounted)
            if key == "p":  # from here on nothing lives that would paint over what is wrong
                await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.state is RunState.PAUSED)
                await pilot.pause(0.5)
            try:
                await until(pilot, lambda: not differing(), seconds=60)
            except AssertionError:
                pytest.fail(f"after {key!r} the rows {differing()} are not what they ought to be")
        with app.batch_update():  # what changes meanwhile is painted at its end
            lab_of(pilot).runs_area.border_title = "Changed"
            lab_of(pilot)._refresh_layout()
            await pilot.pause()
        await until(pilot, lambda: not differing(), seconds=60)


async def test_only_what_has_changed_is_asked_for_its_lines(monkeypatch):
    async with opened(ENDLESS) as pilot:
        lab = lab_of(pilot)
        await settled(pilot)
        await lab.query_one(Charts).settle()
        await pilot.pause(0.5)
        asked: list[Widget] = []
        render_widget = StylesCache.render_widget

        def counted(cache, widget, crop):
            asked.append(widget)
            return render_widget(cache, widget, crop)

        monkeypatch.setattr(StylesCache, "render_widget", counted)
        # At the upper left and at the bottom of the screen at once: the box around both is nearly all of it.
        title, progress = lab.query_one("#field-architecture"), lab.query_one("#progress")
        for widget in (title, progress):
            widget.refresh(Region(0, 0, 1, 1))
        await until(pilot, lambda: title in asked and progress in asked)
        assert set(asked) == {title, progress}


async def test_a_cell_of_the_table_costs_its_row(monkeypatch):
    async with opened(ENDLESS) as pilot:
        await pilot.press("r")
        await until(pilot, lambda: lab_of(pilot).session.runs and last_run(pilot).run.iteration)
        await pilot.press("p")
        await until(pilot, lambda: last_run(pilot).run.state is RunState.PAUSED)
        await pilot.pause(0.5)
        table = lab_of(pilot).query_one(RunsTable)
        asked: list[Region] = []
        monkeypatch.setattr(
            DataTable, "refresh", lambda _, *regions, **how: asked.extend(regions or [table.size.region])
        )
        table._shown[last_run(pilot).key]["epoch"] = ("", "")  # as if it had stood elsewhere a moment ago
        table.show_run(last_run(pilot))
        assert [region.height for region in asked] == [1]


async def test_what_was_painted_beneath_a_dialog_is_not_painted_again_and_again():
    async with opened(ENDLESS) as pilot:
        lab = lab_of(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: pilot.app.screen is not lab and pilot.app.screen.is_mounted)
        painted = []
        refresh = lab._compositor_refresh
        lab._compositor_refresh = lambda: (painted.append(1), refresh())
        lab.query_one("#progress").refresh()
        await until(pilot, lambda: painted)
        await pilot.pause(0.3)
        assert not lab._repaint_required
        painted.clear()
        for _ in range(5):  # any message made the lab look whether something is to be painted
            lab.check_idle()
            lab.call_later(lambda: None)
            await pilot.pause(0.05)
        assert not painted


async def test_what_changes_in_a_dialog_and_beneath_it_at_once_is_all_painted():
    async with opened(ENDLESS) as pilot:
        dialog = await opens(pilot, Help, "question_mark")
        painted: set[Widget] = set()
        update_widgets = dialog._compositor.update_widgets
        dialog._compositor.update_widgets = lambda widgets: (painted.update(widgets), update_widgets(widgets))
        text = dialog.query_one(TextView)
        dialog._dirty_widgets.add(text)  # it has asked to be painted,
        dialog.refresh(Region(0, 0, 1, 1))  # and so does the screen, for what has changed beneath
        dialog._on_timer_update()
        assert {dialog, text} <= painted


async def test_every_screen_is_painted_so():
    async with opened(ENDLESS) as pilot:
        assert type(lab_of(pilot)._compositor) is DirtyRegionCompositor
        for key in ("question_mark", "ctrl+p"):
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen is not lab_of(pilot) and pilot.app.screen.is_mounted)
            assert type(pilot.app.screen._compositor) is DirtyRegionCompositor
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is lab_of(pilot))


def test_textual_has_what_it_relies_on():
    # Without these names nothing breaks, but everything is painted as Textual does.
    assert {"render_partial_update", "_get_renders", "visible_widgets", "_dirty_regions"} <= {
        *vars(Compositor),
        *vars(Compositor()),
    }
