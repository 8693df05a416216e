"""Draw the README's pictures from real sessions: python docs/make_picture.py [--size 160x50] [NAME ...]."""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from joml_tui.presets import find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts

NETWORKS = ("14-14x28-4", "14-28x6-4", "14-100-40-4")
FOLDER = Path(__file__).parent


async def train(pilot: Pilot[None], *presets: str) -> None:
    """Train experiments one after another, and mark them."""
    lab = pilot.app.lab  # type: ignore[attr-defined]
    for preset in presets:
        lab.start_run(find_experiment(preset))
        while lab.book.live:
            await pilot.pause(0.1)
        lab.book.runs[-1].marked = True


async def lab(pilot: Pilot[None]) -> None:
    """Show the article's three networks."""
    await train(pilot, *(f"article-{network}" for network in NETWORKS))
    await pilot.press("3", "down", "down")
    await pilot.pause(0.3)
    await pilot.app.screen.query_one(Charts).settle()


async def inside(pilot: Pilot[None]) -> None:
    """Show the gradients of the deep network."""
    await train(pilot, "article-14-14x28-4")
    await pilot.press("4", "right_curly_bracket", "right_curly_bracket")


async def regions(pilot: Pilot[None]) -> None:
    """Show what a network makes of two spirals."""
    await train(pilot, "spirals")
    await pilot.press("4", *("right_curly_bracket",) * 5)


async def step(pilot: Pilot[None]) -> None:
    """Show a training step's back-propagation."""
    await train(pilot, "article-14-28x6-4")
    await pilot.press("j")
    await pilot.pause(2)
    await pilot.press("right", "right")


SCENES: dict[str, Callable[[Pilot[None]], Awaitable[None]]] = {
    "lab": lab,
    "inside": inside,
    "regions": regions,
    "step": step,
}


async def draw(name: str, columns: int, rows: int) -> None:
    """Play a scene and take the app's own screenshot."""
    app = LabApp(find_experiment("article-14-100-40-4"))
    async with app.run_test(size=(columns, rows)) as pilot:
        await SCENES[name](pilot)
        await pilot.pause(2)
        (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="joml-tui"))


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENES))
    parser.add_argument("--size", default="160x50")
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:  # as a first user sees it, whoever draws
        os.environ |= {"JOML_CONFIG": f"{folder}/none.toml", "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder}
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in arguments.names or SCENES:
            asyncio.run(draw(name, columns, rows))


if __name__ == "__main__":
    main()
