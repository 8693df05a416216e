"""The footer with the present keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from joml_tui.ui.actions import BY_ID, keys_of
from joml_tui.ui.deferred_calls import call_after_paint
from joml_tui.ui.key_names import key_name

_KEY = "bold $footer-key-foreground on $footer-key-background"
_LABEL = "$footer-description-foreground on $footer-description-background"
_POINTED = "$footer-key-foreground on $block-hover-background"
_RULE = "▏"


class Hint(NamedTuple):
    """A key hint: its key, its label, and its position on the line."""

    key: str
    label: str
    active: ActiveBinding
    first: int = 0

    @property
    def last(self) -> int:
        """The cell after it."""
        return self.first + Content(self.key + self.label).cell_length


class KeyFooter(Widget):
    """The footer: as many key hints as fit completely; a click on one presses its key.

    It is one widget: a footer with one widget per key remounts all of them at every change of focus, with two or three
    layouts of the whole screen.

    Parameters
    ----------
    palette : bool
        Whether to show the key of the command palette on the right.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyFooter { dock: bottom; height: 1; color: $footer-foreground; background: $footer-background; }
    KeyFooter:hover { pointer: pointer; }
    """

    def __init__(self, *, palette: bool = True) -> None:
        super().__init__()
        self._palette = palette
        self._hints: tuple[Hint, ...] = ()
        self._pointed: Hint | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys on the line, by binding."""
        return tuple(hint.active.binding.key for hint in self._hints)

    def on_mount(self) -> None:
        """Update with the bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_resize(self) -> None:
        """Show as many hints as fit."""
        self._tell()

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            call_after_paint(self, self._tell)

    def _tell(self) -> None:
        hints = tuple(self._placed(self.size.width))
        if hints != self._hints:
            self._hints, self._pointed = hints, None
            self.tooltip = None
            self.refresh()

    def _placed(self, width: int) -> Iterable[Hint]:
        """Return the hints that fit with their positions, the palette's at the right end."""
        bound = self.screen.active_bindings
        palette = bound.get(self.app.COMMAND_PALETTE_BINDING) if self._palette else None
        at_the_end = None if palette is None else Hint(_name(palette), f" {palette.binding.description}", palette)
        if at_the_end is not None:
            width -= at_the_end.last + 1
        shown: dict[str, ActiveBinding] = {}
        for active in bound.values():
            if active.binding.show:
                shown.setdefault(active.binding.action, active)
        yield from _fitting([_hint(active) for active in shown.values()], width - len(_RULE))
        if at_the_end is not None:
            yield at_the_end._replace(first=width)

    def render(self) -> Content:
        """Return the line."""
        parts: list[tuple[str, str]] = []
        end = 0
        for hint in self._hints:
            if hint.first > end:
                parts += [(" " * (hint.first - end - 1), ""), (_RULE, "$foreground 20%")]
            dim = "" if hint.active.enabled else "dim "
            label = _POINTED if hint is self._pointed else _LABEL
            parts += [(hint.key, dim + _KEY), (hint.label, dim + label)]
            end = hint.last
        return Content.assemble(*parts)

    # --- The mouse -------------------------------------------------------------------------------------------------

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Mark the key under the mouse, and explain it."""
        self._point(self._at(event.x))

    def on_leave(self) -> None:
        """Mark none."""
        self._point(None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Press the key under the mouse."""
        hint = self._at(event.x)
        if hint is None:
            return
        if hint.active.enabled:
            self.app.simulate_key(hint.active.binding.key)
        else:
            self.app.bell()

    def _at(self, x: int) -> Hint | None:
        return next((hint for hint in self._hints if hint.first <= x < hint.last), None)

    def _point(self, hint: Hint | None) -> None:
        if hint is not self._pointed:
            self._pointed = hint
            self.tooltip = None if hint is None else (hint.active.tooltip or hint.active.binding.tooltip or None)
            self.refresh()


def _hint(active: ActiveBinding) -> Hint:
    return Hint(f" {_name(active)} ", f"{active.binding.description} ", active)


def _fitting(hints: Sequence[Hint], width: int) -> list[Hint]:
    """Return the hints that fit, with their positions; the key for the help among them if it fits at all."""
    help_hint = next((hint for hint in hints if hint.active.binding.id == "help"), None)
    reserved = 0 if help_hint is None or help_hint.last > width else help_hint.last
    placed: list[Hint] = []
    for hint in hints:
        if hint is help_hint:
            reserved = 0
        first = placed[-1].last if placed else 0
        if first + hint.last + reserved <= width:
            placed.append(hint._replace(first=first))
    return placed


def _name(active: ActiveBinding) -> str:
    binding = active.binding
    action = BY_ID.get(binding.id or "")
    if action is None:
        return binding.key_display or key_name(binding.key)
    # Two related actions share a hint while they have their own keys.
    return action.shown if action.shown and keys_of(action) == action.keys else key_name(binding.key)
