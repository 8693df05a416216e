"""A drop-down list."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.widgets import Select

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


class Dropdown(Select[T]):
    """Textual's `Select` with search by typing in lines of any kind."""

    def compose(self) -> ComposeResult:
        """Show the choice, with the list beneath."""
        yield SelectCurrent(self.prompt)
        yield _Overlay(type_to_search=types_to_search(self)).data_bind(compact=Select.compact)
