"""Panels about one part of the samples, with the choice of the part at their top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from joml.compiled.evaluation import Part
from joml_tui.plots.chart_model import Piece
from joml_tui.plots.palette import Ink
from joml_tui.ui.inside.panel import InsidePanel
from joml_tui.ui.text import count, plain

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


class _AboutSample(Protocol):
    """An answer about one sample of a part."""

    @property
    def part(self) -> Part: ...
    @property
    def parts(self) -> tuple[Part, ...]: ...
    @property
    def sample(self) -> int: ...
    @property
    def samples(self) -> int: ...
    @property
    def row(self) -> int | None: ...
    @property
    def name(self) -> str: ...


def written_sample(part: Part, sample: int, now: _AboutSample, width: int, ink: Ink) -> tuple[Piece, ...]:
    """Return the choice of part and sample as pieces, with the actions ``part`` and ``sample``.

    In narrow panels only the chosen part is named. Dots follow the sample while the answer is about another one.

    Parameters
    ----------
    part : {"test", "validation", "train"}
        The chosen part.
    sample : int
        The chosen sample's place in the part.
    now : answer
        The latest answer, about one sample of the same or another part.
    width : int
        Cells of the panel.
    ink : Ink

    Returns
    -------
    tuple of Piece
    """
    is_here = now.part == part and now.sample == sample % max(now.samples, 1)
    of_file = f" · {plain(now.name, 40)}" if now.name else f" · row {count(now.row)}" if now.row is not None else ""
    chosen = f"sample {count(sample + 1)} …"
    if now.part == part:
        chosen = (
            f"sample {count(sample % max(now.samples, 1) + 1)} of {count(now.samples)}{of_file if is_here else ' …'}"
        )
    chooser = written_parts(part, now.parts, ink)
    if sum(len(piece.text) for piece in chooser) + len(chosen) + 6 > width:
        chooser = (Piece(f"{part} ", action=f"part('{part_after(part, now.parts)}')"),)
    pieces = (
        *chooser,
        Piece(" ‹", action="sample(-1)"),
        Piece(f" {chosen} "),
        Piece("›", action="sample(1)"),
    )
    hint = Piece("  Shift ← →", ink.muted)
    return (*pieces, hint) if sum(len(piece.text) for piece in (*pieces, hint)) <= width else pieces


def about(iteration: int, sentence: str, width: int) -> str:
    """Return a sentence after the iteration that it is about, which the frame alone names if there is little room."""
    whole = f"iteration {count(iteration)} · {sentence}"
    return whole if len(whole) <= width else sentence[:width]


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
