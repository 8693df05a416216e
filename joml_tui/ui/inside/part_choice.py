"""Panels about one part of the samples, with the choice of the part at their top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from joml.compiled.evaluation import Part
from joml_tui.plots.chart_model import Piece
from joml_tui.plots.palette import Ink
from joml_tui.ui.inside.panel import InsidePanel

_SAID: dict[Part, str] = {"test": "test samples", "validation": "validation samples", "train": "training samples"}


def part_after(part: Part, present: Sequence[Part]) -> Part:
    """Return the next of a run's parts, the first after the last."""
    offered = [each for each in _SAID if each in present] or [part]
    return offered[(offered.index(part) + 1) % len(offered)] if part in offered else offered[0]


def written_parts(part: Part, present: Sequence[Part], ink: Ink) -> tuple[Piece, ...]:
    """Return the parts as pieces, clickable with the panel's action ``part``; the chosen one is bold."""
    return tuple(
        Piece(f" {name} ", None if each == part else ink.muted, each == part, None, f"part('{each}')")
        for each, name in _SAID.items()
        if each in present
    )


class _AboutPart(Protocol):
    """An answer about one part, with the parts that the run has."""

    @property
    def parts(self) -> tuple[Part, ...]: ...


AnswerT = TypeVar("AnswerT", bound=_AboutPart)


class PartPanel(InsidePanel, Generic[AnswerT]):
    """A panel about the samples of one part, which a key or a click changes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._now: AnswerT | None = None
        self._part: Part = "test"
        self._first = 0

    def forget(self) -> None:
        """Wait for another run's samples, from the first column."""
        self._now, self._first = None, 0
        if self._part == "validation":  # another run may not have this part
            self._part = "test"
        self.redraw()

    def action_other_part(self) -> None:
        """Go to the next part."""
        self.action_part(part_after(self._part, self._now.parts if self._now is not None else ("test", "train")))

    def action_part(self, part: Part) -> None:
        """Show the samples of a part."""
        if part != self._part:
            self._part = part
            self.ask_again()
            self.redraw()
