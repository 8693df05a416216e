"""What the help says of a dialog that asks for values."""

from pathlib import Path

from laboratory import SHORT, SMALL, lab_of, opened, until

from joml_tui.ui.dialogs.context_help import about
from joml_tui.ui.dialogs.export_dialog import Export, Offer
from joml_tui.ui.screen_stack import open_screen

OFFERS = [Offer(name, Path(name), ".csv", lambda path, replace: None) for name in ("a.csv", "b.csv")]


async def test_a_dialog_has_the_keys_of_its_kind_but_for_those_that_do_something_else():
    async with opened(SHORT, SMALL) as pilot:
        open_screen(lab_of(pilot), Export("Export", OFFERS))
        await until(pilot, lambda: isinstance(pilot.app.screen, Export) and pilot.app.screen.focused)
        text = about(pilot.app.screen)
        keys = {label: key for key, label in text.keys}
        assert keys["Format before"] == "↑"
        assert keys["Accept"] == "F2"
        assert "Field above" not in keys
        assert "Enter or F2 accepts" in text.text
