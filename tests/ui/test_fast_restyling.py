"""Keys that are pressed all the time style only what they change; a whole screen that is styled is refreshed once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from laboratory import SHORT, SMALL, WIDE, lab_of, opened, opens, settled
from textual.events import AppBlur, AppFocus
from textual.widget import Widget

from joml_tui.ui.dialogs.help_dialog import Help
from joml_tui.ui.shell.areas import areas_in_sight

#: A whole screen has some 250.
FEW = 60


@contextmanager
def styled(pilot) -> Iterator[Counter]:
    """Count how often each widget is styled."""
    counted: Counter = Counter()
    apply = pilot.app.stylesheet.apply

    def counting(node, **kwargs):
        counted[node] += 1
        apply(node, **kwargs)

    pilot.app.stylesheet.apply = counting
    try:
        yield counted
    finally:
        del pilot.app.stylesheet.apply


@pytest.mark.parametrize(
    ("area", "inside", "one", "width", "shown"),
    [
        ("compose", False, False, 160, "compose charts runs"),
        ("inside", True, False, 160, "compose inside runs"),
        ("runs", True, False, 160, "compose inside runs"),
        ("inside", True, False, 110, "inside runs"),
        ("runs", True, False, 110, "inside runs"),
        ("compose", True, False, 110, "compose charts runs"),
        ("charts", False, False, 110, "compose charts runs"),
        ("compose", True, True, 110, "compose"),
        ("charts", False, True, 160, "charts"),
        ("runs", False, True, 160, "runs"),
        ("inside", True, True, 160, "inside"),
        ("compose", False, False, 200, "compose charts inside runs"),
        ("inside", True, True, 200, "inside"),
    ],
)
def test_the_areas_in_sight(area, inside, one, width, shown):
    assert areas_in_sight(area, inside=inside, one=one, width=width) == set(shown.split())


@pytest.mark.parametrize("size", [WIDE, SMALL])
async def test_choosing_an_area_does_not_style_the_screen(size):
    async with opened(SHORT, size) as pilot:
        await pilot.press("4", "1")
        await settled(pilot)
        assert len(list(lab_of(pilot).walk_children())) > 2 * FEW
        for key in "2341":
            with styled(pilot) as counted:
                await pilot.press(key)
                await settled(pilot)
            assert sum(counted.values()) < FEW, key


async def test_a_terminal_that_loses_the_keys_and_a_dialog_that_goes_do_not_style_the_lab():
    async with opened(SHORT) as pilot:
        with styled(pilot) as counted:
            for event in (AppBlur(), AppFocus()):
                pilot.app.post_message(event)
                await settled(pilot)
            assert sum(counted.values()) < FEW
            await opens(pilot, Help, "?")
            counted.clear()
            await pilot.press("escape")
            await settled(pilot)
            assert pilot.app.screen is lab_of(pilot)
        assert sum(counted.values()) < FEW


async def test_another_theme_refreshes_each_widget_a_few_times(monkeypatch):
    async with opened(SHORT) as pilot:
        stylesheet, screen = pilot.app.stylesheet, lab_of(pilot)
        stylesheet.set_variables({**pilot.app.get_css_variables(), "foreground": "#123456", "background": "#654321"})
        stylesheet.reparse()
        refreshed: Counter = Counter()
        refresh = Widget.refresh

        def counting(self, *regions, **kwargs):
            refreshed[self] += 1
            return refresh(self, *regions, **kwargs)

        monkeypatch.setattr(Widget, "refresh", counting)
        before = screen.query_one("#compose").styles.background
        stylesheet.update(screen)
        assert screen.query_one("#compose").styles.background != before
        many = [node for node, times in refreshed.items() if times > 5]  # dozens, where each style refreshes by itself
        assert len(refreshed) > FEW and not many, refreshed.most_common(3)


async def test_focus_that_moves_paints_the_widgets_that_have_it_and_had_it():
    async with opened() as pilot:
        paint_all, painted = pilot.app.screen._compositor.render_full_update, []
        pilot.app.screen._compositor.render_full_update = lambda **kw: painted.append(kw) or paint_all(**kw)
        await pilot.press("tab", "tab")
        await settled(pilot)
        assert pilot.app.screen.focused is not None and not painted
