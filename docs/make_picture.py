"""Draw the README's pictures from real sessions: python docs/make_picture.py [--size 160x50] [NAME ...].

``learning`` is a moving picture: the frames of one session in one SVG file, which style sheets show in turn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.pilot import Pilot

from joml_tui.experiment.presets import find_experiment
from joml_tui.ui.app import LabApp
from joml_tui.ui.charts import Charts
from joml_tui.ui.inside.inside_area import PANELS, InsideArea

NETWORKS = ("14-14x28-4", "14-28x6-4", "14-100-40-4")
FOLDER = Path(__file__).parent
#: The moving picture: cells of the terminal, seconds of a frame and of the last one, and its largest size in bytes.
MOVING, SECONDS, LAST_SECONDS, MOST_BYTES = (112, 32), 0.5, 3.0, 2_000_000


async def train(pilot: Pilot[None], *presets: str) -> None:
    """Train experiments one after another, and mark them."""
    lab = pilot.app.lab  # type: ignore[attr-defined]
    for preset in presets:
        lab.run_control.start(find_experiment(preset))
        while lab.session.live:
            await pilot.pause(0.1)
        lab.session.runs[-1].marked = True


async def show_view(pilot: Pilot[None], title: str) -> None:
    """Press the keys that lead to a view of the area Inside, from whichever is shown."""
    await pilot.press("4")
    area = pilot.app.screen.query_one(InsideArea)
    for _ in PANELS:
        if area.panel.title == title:
            return
        await pilot.press("right_curly_bracket")
    raise SystemExit(f"Inside has no view {title!r}")


async def network(pilot: Pilot[None]) -> None:
    """Show the units and links of a network, and one unit's sum."""
    await train(pilot, "moons")
    await show_view(pilot, "Network")
    await pilot.pause(2)
    await pilot.press("4", "right", "right", "down")
    await pilot.pause(1)


async def landscape(pilot: Pilot[None]) -> None:
    """Show the path of a training on the landscape of its cost."""
    await train(pilot, "moons")
    await show_view(pilot, "Landscape")
    await pilot.pause(8)


async def lab(pilot: Pilot[None]) -> None:
    """Show the article's three networks."""
    await train(pilot, *(f"article-{network}" for network in NETWORKS))
    await pilot.press("3", "down", "down")
    await pilot.pause(0.3)
    await pilot.app.screen.query_one(Charts).settle()


async def inside(pilot: Pilot[None]) -> None:
    """Show the gradients of the deep network."""
    await train(pilot, "article-14-14x28-4")
    await show_view(pilot, "Heat map")


async def regions(pilot: Pilot[None]) -> None:
    """Show what a network makes of two spirals."""
    await train(pilot, "spirals")
    await show_view(pilot, "Regions")


async def step(pilot: Pilot[None]) -> None:
    """Show a training step's back-propagation."""
    await train(pilot, "article-14-28x6-4")
    await pilot.press("U")
    await pilot.pause(2)
    await pilot.press("right", "right")


async def filters(pilot: Pilot[None]) -> None:
    """Show what the channels of a convolution make of a handwritten digit."""
    await train(pilot, "digits-convolution")
    await show_view(pilot, "Units")
    await pilot.pause(2)
    await pilot.press("4", "down", "down")
    await pilot.pause(1)
    await pilot.press("space")
    await pilot.pause(1)


SCENES: dict[str, Callable[[Pilot[None]], Awaitable[None]]] = {
    "lab": lab,
    "inside": inside,
    "network": network,
    "landscape": landscape,
    "regions": regions,
    "filters": filters,
    "step": step,
}
#: The experiment that is composed, where it is not the article's largest network.
COMPOSED = {"network": "moons", "landscape": "moons", "regions": "spirals", "filters": "digits-convolution"}


async def record_learning(pilot: Pilot[None]) -> list[str]:
    """Compose, train, and look inside while the network learns two spirals; return a picture of each moment."""
    app = pilot.app
    frames: list[str] = []

    async def take(times: int = 1) -> None:
        await pilot.pause(0.2)
        for chart in app.screen.query(Charts):
            await chart.settle()
        frames.extend([app.export_screenshot(title="joml-tui")] * times)

    await take(2)
    # One iteration, then it waits: a whole training would be over before the second frame.
    await pilot.press("exclamation_mark")
    run = app.lab.session.runs[-1].run  # type: ignore[attr-defined]

    async def reach(iteration: int) -> None:
        while not run.iteration:
            await pilot.pause(0.02)
        run.step(iteration - run.iteration)
        while run.iteration < iteration:
            await pilot.pause(0.02)

    await pilot.press("2")
    for iteration in (10, 25, 50, 80):
        await reach(iteration)
        await take()
    await show_view(pilot, "Regions")
    for iteration in (100, 130, 160, 190, 220, 260, 300, 350, 400, 500):
        await reach(iteration)
        await take()
    await pilot.press("p")
    while not run.state.ended:
        await pilot.pause(0.02)
    await pilot.press("3")
    await take()
    return frames


def join(frames: list[str]) -> str:
    """Return one SVG file that shows pictures in turn, for ever; the last one alone where motion is not wanted."""
    seconds = SECONDS * (len(frames) - 1) + LAST_SECONDS
    view = re.search(r'viewBox="([^"]*)"', frames[0])
    assert view is not None
    shown = 100 * SECONDS / seconds
    styles = [
        "g.frame { visibility: hidden; }",
        f"@keyframes turn {{ 0%, {shown:.3f}% {{ visibility: visible; }} "
        f"{shown + 0.001:.3f}% {{ visibility: hidden; }} }}",
        f"@keyframes last {{ 0%, {100 * LAST_SECONDS / seconds:.3f}% {{ visibility: visible; }} }}",
        "@media (prefers-reduced-motion: reduce) { g.frame { animation: none !important; } "
        "g.frame:last-of-type { visibility: visible; } }",
    ]
    parts = []
    for place, frame in enumerate(frames):
        name = "last" if place == len(frames) - 1 else "turn"
        timing = f"animation: {name} {seconds:g}s step-end {place * SECONDS:g}s infinite"
        inner = re.sub(r"@font-face \{.*?\}", "", frame[frame.index(">") + 1 : frame.rindex("</svg>")], flags=re.DOTALL)
        # Equal pictures would have equal names, and be cut out by what stands in one that is hidden.
        inner = re.sub(r"terminal-\d+", f"t{place}", inner)
        parts.append(f'<g class="frame" style="{timing}">{inner}</g>')
    head = f'<svg class="rich-terminal" viewBox="{view[1]}" xmlns="http://www.w3.org/2000/svg">'
    return "\n".join([head, f"<style>{' '.join(styles)}</style>", *parts, "</svg>"])


async def draw_moving() -> None:
    """Write the moving picture."""
    app = LabApp(find_experiment("spirals"))
    async with app.run_test(size=MOVING) as pilot:
        await pilot.pause(1)
        picture = join(await record_learning(pilot))
    if len(picture.encode()) > MOST_BYTES:
        raise SystemExit(f"learning.svg has {len(picture.encode()):,} bytes, more than {MOST_BYTES:,}")
    (FOLDER / "learning.svg").write_text(picture)


async def draw(name: str, columns: int, rows: int) -> None:
    """Play a scene and take the app's own screenshot."""
    app = LabApp(find_experiment(COMPOSED.get(name, "article-14-100-40-4")))
    async with app.run_test(size=(columns, rows)) as pilot:
        await SCENES[name](pilot)
        await pilot.pause(2)
        (FOLDER / f"{name}.svg").write_text(app.export_screenshot(title="joml-tui"))


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join((*SCENES, "learning")))
    parser.add_argument("--size", default="160x50")
    arguments = parser.parse_args()
    columns, rows = map(int, arguments.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:  # as a first user sees it, whoever draws
        os.environ |= {"JOML_CONFIG": f"{folder}/none.toml", "XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder}
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in arguments.names or (*SCENES, "learning"):
            asyncio.run(draw_moving() if name == "learning" else draw(name, columns, rows))


if __name__ == "__main__":
    main()
