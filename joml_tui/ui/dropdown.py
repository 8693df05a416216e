"""A list to choose from that is closed until it is asked for."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.widgets import Select
from textual.widgets._select import SelectCurrent, SelectOverlay

T = TypeVar("T")


class _Overlay(SelectOverlay):
    """The open list; letters go to the first line that has them, whatever its colours."""

    def _find_search_match(self, query: str) -> int | None:
        # Textual's own passes over all lines that are `Content`.
        places = [str(option.prompt).casefold().find(query.casefold()) for option in self.options]
        found = [place for place in places if place >= 0]
        return places.index(min(found)) if found else None


class Dropdown(Select[T]):
    """Textual's `Select`, whose lines of any kind are found by typing."""

    def compose(self) -> ComposeResult:
        """Show the choice, with the list beneath."""
        yield SelectCurrent(self.prompt)
        yield _Overlay(type_to_search=self._type_to_search).data_bind(compact=Select.compact)
