"""A drop-down list."""

from __future__ import annotations

from typing import TypeVar

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Select
from textual.widgets.select import NoSelection

from joml_tui.ui.textual_compat import SearchedOverlay, SelectCurrent, types_to_search
from joml_tui.ui.widgets.option_list import move_page

T = TypeVar("T")


class _Overlay(SearchedOverlay):
    """The open list, which pages by options."""

    def action_page_up(self) -> None:
        """Go up by a page."""
        move_page(self, -1)

    def action_page_down(self) -> None:
        """Go down by a page."""
        move_page(self, 1)


class _Current(SelectCurrent):
    """The choice with an arrow behind it, drawn by itself: a widget for each would be three to style and lay out."""

    def compose(self) -> ComposeResult:
        """Leave the line without widgets."""
        return iter(())

    def update(self, label: RenderableType | NoSelection) -> None:
        """Show another choice, or the prompt if there is none."""
        self.label = label
        self.has_value = not isinstance(label, NoSelection)
        self.refresh()

    def render(self) -> Content:
        """Return the first line of the choice, cut to the room before the arrow."""
        label = self.placeholder if isinstance(self.label, NoSelection) else self.label
        lines = (label if isinstance(label, Content) else Content(str(label))).split("\n")
        is_open = isinstance(self.parent, Select) and self.parent.expanded
        arrow = Content.styled(" ▲" if is_open else " ▼", "$foreground 50%")
        return lines[0].truncate(max(0, self.content_size.width - 2), ellipsis=True, pad=True) + arrow


class Dropdown(Select[T]):
    """Textual's `Select` with search by typing in lines of any kind, made of fewer widgets."""

    def compose(self) -> ComposeResult:
        """Show the choice, with the list beneath."""
        yield _Current(self.prompt)
        yield _Overlay(type_to_search=types_to_search(self)).data_bind(compact=Select.compact)
