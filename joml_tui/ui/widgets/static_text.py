"""A label that is repainted only if its text changes, and laid out only if its size changes."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Label


class StaticText(Label):
    """A text of a given width; a change with the same number of lines needs no layout."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__("", id=id, classes=classes, markup=False)
        self._present = Content("")

    def say(self, line: str | Content) -> None:
        """Show a text; an equal one has no effect."""
        content = Content(line) if isinstance(line, str) else line
        if content.is_same(self._present):  # `==` compares only the characters
            return
        self._present = content
        self.update(content, layout=self.styles.is_auto_height and self._lines(content) != self.size.height)

    def _lines(self, content: Content) -> int:
        width = self.size.width
        if not width or not content:
            return 0
        return 1 if content.cell_length <= width and "\n" not in content.plain else len(content.wrap(width))
