"""What a list to choose from offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.content import Content

from joml_tui.ui.text import plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One line of a list: the name by which it is found, what it means, and its title in a few words."""

    name: str
    value: T
    title: str = ""

    @property
    def prompt(self) -> Content:
        """The name, and beneath it the title, as a list shows them; the closed list has room for the name only."""
        name = Content(plain(self.name, 60))
        if self.title in ("", self.name):
            return name
        return Content.assemble(name, "\n", (plain(self.title, 80), "$foreground 60%"))
