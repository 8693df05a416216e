"""The past states of the list of layers, to undo and repeat changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from joml_tui.experiment import HiddenLayer

#: Each layer's size as typed, and its other settings.
LayerStates = tuple[tuple[str, HiddenLayer], ...]

_MOST = 200


@dataclass(slots=True)
class LayerHistory:
    """The present state of the layers between the past ones and the undone ones.

    Attributes
    ----------
    now : tuple
        The present state.
    """

    now: LayerStates = ()
    _past: list[LayerStates] = field(default_factory=list)
    _undone: list[LayerStates] = field(default_factory=list)
    _kind: str = ""

    def take(self, states: LayerStates, kind: str = "") -> None:
        """Take the state after a change; changes of one kind in a row, such as typed digits, are undone as one."""
        if states == self.now:
            return
        if (not kind or kind != self._kind) and self.now:  # nothing was there before the first state
            self._past.append(self.now)
            del self._past[:-_MOST]
        self._undone.clear()
        self.now, self._kind = states, kind

    def end_entry(self) -> None:
        """Let the next change be undone by itself."""
        self._kind = ""

    def undo(self) -> LayerStates | None:
        """Return the state before the last change; None if there is none."""
        return self._turn_back(self._past, self._undone)

    def redo(self) -> LayerStates | None:
        """Return the state that was undone last; None if there is none."""
        return self._turn_back(self._undone, self._past)

    def _turn_back(self, source: list[LayerStates], target: list[LayerStates]) -> LayerStates | None:
        if not source:
            return None
        target.append(self.now)
        self.now, self._kind = source.pop(), ""
        return self.now
