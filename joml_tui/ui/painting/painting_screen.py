"""The screen on which samples of two features are painted."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from joml_tui.export.point_files import write_points
from joml_tui.export.safe_files import ExportError
from joml_tui.ui.actions import Scope, bindings
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.painting.painting import MOST_CLASSES, Painting
from joml_tui.ui.painting.point_canvas import SIGNS, PointCanvas
from joml_tui.ui.screen_stack import Page
from joml_tui.ui.text import count
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.key_footer import KeyFooter
from joml_tui.ui.widgets.static_text import StaticText
from joml_tui.working_folder import working_folder

_FAR = 5


class PaintingScreen(Page[Path | None]):
    """A painting of points; the result is the file that they were written to, None for Escape.

    Parameters
    ----------
    painting : Painting
        It stays as it is left, to be painted on later.
    """

    CSS_PATH = ["painting.tcss"]
    AUTO_FOCUS = "#canvas"
    HELP: ClassVar[str] = (
        "Points of two features, painted by hand. The mouse paints while its button is held, its other button erases. "
        "With keys: arrows move the cursor, Shift moves it far, Space paints, Backspace erases; 1 to 9 choose the "
        "class. Enter writes the points to a file and composes a network for them; Esc leaves the painting for later."
    )
    BINDINGS = [*bindings("painting"), ("escape", "close", "Back")]
    SCOPES: ClassVar[tuple[Scope, ...]] = ("painting",)

    def __init__(self, painting: Painting) -> None:
        super().__init__()
        self._painting = painting
        self._is_writing = False

    def compose(self) -> ComposeResult:
        """Put the canvas into a frame, with the brush above and the classes below."""
        yield StaticText(id="painting-brush")
        frame = Vertical(PointCanvas(self._painting, id="canvas"), classes="framed -active")
        frame.border_title = "Points of two features from −1 to 1"
        yield frame
        yield StaticText(id="painting-classes")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the brush and the classes."""
        self._show()

    @property
    def _canvas(self) -> PointCanvas:
        return self.query_one(PointCanvas)

    def _show(self) -> None:
        painting = self._painting
        chosen = f"{painting.chosen} {SIGNS[painting.chosen - 1]}"
        brush = f"spread {painting.spread:g}" if painting.spread else "one point"
        line = Content.assemble("Painting class ", (chosen, "bold"), f" with a brush of {brush}")
        self.query_one("#painting-brush", StaticText).say(line)
        counts = zip(SIGNS, range(1, MOST_CLASSES + 1), painting.counts, strict=True)
        painted = [f"{sign} {number}: {count(points)}" for sign, number, points in counts if points]
        self.query_one("#painting-classes", StaticText).say("   ".join(painted) or "No points yet.")
        self._canvas.redraw()

    @on(PointCanvas.Touched)
    def _touched(self, event: PointCanvas.Touched) -> None:
        event.stop()
        if event.erases:
            self._painting.erase(event.x, event.y)
        else:
            self._painting.touch(event.x, event.y)
        self._show()

    # --- Actions ---------------------------------------------------------------------------------------------------

    def action_move_cursor(self, columns: int, rows: int) -> None:
        """Move the cursor."""
        self._canvas.move(columns, rows)

    def action_move_far(self, columns: int, rows: int) -> None:
        """Move the cursor far."""
        self._canvas.move(columns * _FAR, rows * _FAR)

    def action_paint(self) -> None:
        """Paint where the cursor is."""
        self._painting.touch(*self._canvas.place)
        self._show()

    def action_erase(self) -> None:
        """Erase where the cursor is."""
        self._painting.erase(*self._canvas.place)
        self._show()

    def action_class(self, number: int) -> None:
        """Choose the class to paint."""
        self._painting.chosen = min(max(number, 1), MOST_CLASSES)
        self._show()

    def action_brush(self, steps: int) -> None:
        """Take a wider brush, or a narrower one."""
        self._painting.widen(steps)
        self._show()

    def action_empty(self) -> None:
        """Remove all points."""
        self._painting.clear()
        self._show()

    def action_take(self) -> None:
        """Write the points to a file, and leave with it."""
        if self._painting.problem:
            say(self, self._painting.problem, severity="warning")
        elif not self._is_writing:
            self._is_writing = True
            self._write()

    @in_worker(group="painting")
    async def _write(self) -> None:
        try:
            path = await in_background(write_points, working_folder(), self._painting.points, self._painting.classes)
        except (ExportError, OSError) as error:
            say(self, str(error), severity="error", title="The points are not written")
        else:
            self.close(path)
        finally:
            self._is_writing = False
