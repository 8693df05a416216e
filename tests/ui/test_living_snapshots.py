"""Pictures of what helps one about the lab."""

import pytest
from laboratory import SHORT, SMALL, WIDE, settled

from joml_tui.ui.app import LabApp


@pytest.mark.parametrize("keys", [("T",), ("semicolon",)], ids=["tour", "jump"])
@pytest.mark.parametrize(
    ("size", "theme"),
    [(SMALL, "textual-dark"), (WIDE, "textual-dark"), (SMALL, "textual-light")],
    ids=["small", "wide", "light"],
)
def test_living(snap_compare, keys, size, theme):
    async def before(pilot):
        pilot.app.theme = theme
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause(0.2)

    assert snap_compare(LabApp(SHORT), terminal_size=size, run_before=before)
