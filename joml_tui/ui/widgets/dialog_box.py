"""The framed box of a dialog: its title in the upper border, the keys that close or answer it in the lower one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset, Size, Spacing
from textual.layout import ArrangeResult, Layout
from textual.layouts.vertical import VerticalLayout
from textual.style import Style
from textual.widget import Widget

from joml_tui.ui.text import plain

_LONGEST_TITLE = 140
#: Lines of what scrolls, at least.
_LEAST_LINES = 2


@dataclass(frozen=True, slots=True)
class DialogKey:
    """One key in the lower border of a dialog.

    Attributes
    ----------
    key : str
        Its name on the keyboard.
    effect : str
        A verb, such as "closes".
    action : str
        The action of the dialog that a click on it runs; empty for none.
    """

    key: str
    effect: str
    action: str = ""


CLOSES = DialogKey("Esc", "closes", "close")
CANCELS = DialogKey("Esc", "cancels", "close")


class _ShorteningLayout(VerticalLayout):
    """A layout from top to bottom that takes missing lines from the child of the class ``scrolls``.

    Textual has heights up to a share of the screen too, but disregards them where it measures a parent of any height.
    """

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Return the places of the children."""
        placements = super().arrange(parent, children, size, greedy)
        missing = max((each.region.bottom + each.margin.bottom for each in placements), default=0) - size.height
        scrolls = next((place for place, each in enumerate(placements) if each.widget.has_class("scrolls")), None)
        if size.height == 0 or missing <= 0 or scrolls is None:
            return placements
        shortened = placements[scrolls]
        less = min(missing, max(0, shortened.region.height - _LEAST_LINES))
        placements[scrolls] = shortened._replace(region=shortened.region.shrink(Spacing(0, 0, less, 0)))
        beneath = [each._replace(region=each.region.translate(Offset(0, -less))) for each in placements[scrolls + 1 :]]
        return [*placements[: scrolls + 1], *beneath]


_LAYOUT = _ShorteningLayout()


class DialogBox(Vertical):
    """The frame of a dialog: as high as its content, up to its greatest height.

    If there is more, the child of the class ``scrolls`` is shortened; without one, the whole content scrolls.

    Parameters
    ----------
    title : str
        Any text; it is made printable.
    keys : sequence of DialogKey
        The keys that close or answer the dialog.
    look : str, optional
        A class of the box, for its style.
    """

    def __init__(self, title: str, keys: Sequence[DialogKey], look: str = "") -> None:
        super().__init__(classes=f"dialog {look}")
        self.show_title(title)
        self.show_keys(keys)

    @property
    def layout(self) -> Layout:
        """The layout of the children, which a style sheet can only choose by a name of Textual's."""
        return _LAYOUT

    def show_title(self, title: str) -> None:
        """Show a title in the upper border."""
        self.border_title = Content(plain(title, _LONGEST_TITLE))

    def show_keys(self, keys: Sequence[DialogKey]) -> None:
        """Show keys in the lower border, where a click does the same."""
        self.border_subtitle = Content(" · ").join([_written(key) for key in keys])


def _written(key: DialogKey) -> Content:
    words = f"{key.key} {key.effect}"
    if not key.action:
        return Content(words)
    return Content.styled(words, Style.from_meta({"@click": f"screen.{key.action}"}))
