"""The lab as a whole: how it begins, and what is left of it."""

import asyncio
import gc
import weakref

import pytest
from laboratory import SHORT, SMALL, WIDE, opened
from textual.events import Resize
from textual.geometry import Size
from textual.screen import Screen


async def test_what_has_its_size_already_is_not_laid_out_for_it_again(monkeypatch):
    sizes, lay_out = [], Screen._screen_resized

    def noted(screen, size):
        sizes.append(size)
        lay_out(screen, size)

    async with opened(SHORT) as pilot:
        monkeypatch.setattr(Screen, "_screen_resized", noted)
        pilot.app.lab.post_message(Resize(Size(*WIDE), Size(*WIDE)))
        await pilot.pause()
        assert sizes == []
        await pilot.resize_terminal(*SMALL)
        assert sizes == [Size(*SMALL)]


async def test_one_that_has_been_left_is_freed():
    async with opened(SHORT) as pilot:
        app = weakref.ref(pilot.app)
    del pilot
    for _ in range(100):
        gc.collect()
        if app() is None:
            return
        await asyncio.sleep(0.02)
    pytest.fail("something holds it")
