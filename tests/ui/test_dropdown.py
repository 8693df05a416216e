"""Lists to choose from."""

from laboratory import compose_of, lab_of, opened, settled, until
from textual.widgets import Select

from joml_tui.experiment import Sine


async def test_letters_go_to_the_line_that_has_them():
    async with opened() as pilot:
        await pilot.press("o")
        select = lab_of(pilot).query_one("#experiment", Select)
        await until(pilot, lambda: select.expanded)
        await pilot.press(*"sin", "enter")
        await until(pilot, lambda: not select.expanded)
        await settled(pilot)
        assert isinstance(compose_of(pilot).draft.read().experiment.dataset, Sine)
        await pilot.press("enter")
        await until(pilot, lambda: select.expanded)
        await pilot.press(*"zzz", "escape")
        await until(pilot, lambda: not select.expanded)
