"""The choice of a part of the samples, at the top of a panel."""

from __future__ import annotations

from collections.abc import Sequence

from joml.compiled.evaluation import Part
from joml_tui.plots.chart_model import Piece
from joml_tui.plots.palette import Ink

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
