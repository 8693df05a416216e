"""Choices of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.content import Content

from joml_tui.ui.text import plain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One choice of a list: its name, its value, and a short title."""

    name: str
    value: T
    title: str = ""

    @property
    def prompt(self) -> Content:
        """The name with the title below, as in an open list; a closed list shows only the name."""
        name = Content(plain(self.name, 60))
        if self.title in ("", self.name):
            return name
        return Content.assemble(name, "\n", (plain(self.title, 80), "$foreground 80%"))
