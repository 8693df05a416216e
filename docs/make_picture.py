"""Draw docs/lab.svg from a real session: python docs/make_picture.py [--size 160x50] [--out FILE]."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from joml_tui.presets import find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts

NETWORKS = ("14-14x28-4", "14-28x6-4", "14-100-40-4")


async def draw(path: Path, columns: int, rows: int) -> None:
    """Train the article's three networks one after another, mark them, and take the app's own screenshot."""
    app = LabApp(find_experiment("article-14-100-40-4"))
    async with app.run_test(size=(columns, rows)) as pilot:
        lab = app.lab
        for network in NETWORKS:
            lab.start_run(find_experiment(f"article-{network}"))
            while lab.book.live:
                await pilot.pause(0.1)
            lab.book.runs[-1].marked = True
        await pilot.press("3", "down", "down")
        await pilot.pause(0.3)
        await lab.query_one(Charts).settle()
        await pilot.pause(0.3)
        path.write_text(app.export_screenshot(title="joml-tui"))


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="160x50")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("lab.svg"))
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.size.split("x"))
    asyncio.run(draw(arguments.out, columns, rows))


if __name__ == "__main__":
    main()
