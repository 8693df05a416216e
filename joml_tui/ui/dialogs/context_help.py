"""The first part of the help: about the focused area, entry or dialog."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from textual.binding import Binding
from textual.screen import Screen

from joml_tui.ui.actions import BY_ID, keys_of
from joml_tui.ui.key_names import key_name


@dataclass(frozen=True, slots=True)
class About:
    """The first part of the help.

    Attributes
    ----------
    text : str
        A few sentences.
    keys : tuple of (str, str)
        Keys that work only there, and their effects.
    """

    text: str = ""
    keys: tuple[tuple[str, str], ...] = ()


#: Help of areas by the id of their outermost widget; widgets and screens may define their own ``HELP``.
_AREAS = {
    "settings": (
        "The settings of the next run: Tab goes through them. Invalid values are marked at once, and explained below. "
        "Enter or Esc leaves a field, so that letters are keys again."
    ),
    "network": "The network as text, such as 14-28x6-4, and below it its layers one by one.",
    "layers": (
        "The layers of the next run. Up and down select one, digits write its size, left and right choose its "
        "activation, and Enter lists them all."
    ),
    "compose": "The settings of the next run, and its network.",
    "charts-area": (
        "Cost and accuracy (R2 for regression) of the selected run, of marked runs and of runs that train. A line is "
        "the mean over a window of mini-batches, the dotted band has 8 of 10 of them; the line of a group is the mean "
        "of its runs. f shows a metric in place of the accuracy. The wheel zooms, dragging moves the part in view, and "
        "a click on a name hides its curves."
    ),
    "inside": (
        "Inside the selected run's network, one view at a time: Tab, { and } or a click on a name change it. The help "
        "of a view says how to read it."
    ),
    "runs-area": (
        "Every run of this session, one row each. Pause, stop and export act on the selected run; its settings are "
        "shown below."
    ),
}
_QUESTION = "Arrows or Tab move between the answers; Enter or its letter chooses one. Esc cancels."
_LAB = (
    "Compose a network at the left, watch it learn at the right, compare runs below. The keys 1 to 4, or F1 to F4, go "
    "to the areas."
)


def about(screen: Screen[Any], area: str = "") -> About:
    """Return the help on the focused place.

    Parameters
    ----------
    screen : Screen
    area : str, optional
        The id of the area in view, if nothing has the focus.
    """
    focused = screen.focused
    for node in () if focused is None else focused.ancestors_with_self:
        help_text = _AREAS.get(node.id or "") or _own(node)
        if help_text:
            return About(help_text, _keys(screen))
    if _is_elsewhere(screen):
        return About(_own(screen) or _QUESTION, _keys(screen))
    return About(_AREAS.get(area) or _AREAS.get(area.removesuffix("-area")) or _own(screen) or _LAB)


def _is_elsewhere(screen: Screen[Any]) -> bool:
    return screen.is_modal or hasattr(screen, "SCOPES")


def _own(node: object) -> str:
    """Return the ``help_text`` of a widget, or the ``HELP`` of its class in the lab."""
    if of_widget := getattr(node, "help_text", ""):
        return str(of_widget)
    return next((cls.__dict__["HELP"] for cls in _own_classes(node) if cls.__dict__.get("HELP")), "")


def _own_classes(node: object) -> Iterator[type]:
    yield from (cls for cls in type(node).__mro__ if cls.__module__.startswith("joml_tui."))


def _keys(screen: Screen[Any]) -> tuple[tuple[str, str], ...]:
    """Return the keys of a dialog or a separate screen."""
    if not _is_elsewhere(screen):
        return ()
    labels: dict[str, tuple[str, str]] = {}
    for cls in _own_classes(screen):
        for binding in Binding.make_bindings(cls.__dict__.get("BINDINGS", ())):
            action = BY_ID.get(binding.id or "")
            for key in (binding.key,) if action is None else keys_of(action):
                if binding.description:
                    # A class does otherwise than its base. Two actions may have one label.
                    labels.setdefault(key_name(key), (binding.description, binding.action))
    grouped: dict[tuple[str, str], list[str]] = {}
    for key, effect in labels.items():
        grouped.setdefault(effect, []).append(key)
    return tuple(("  ".join(keys), label) for (label, _), keys in grouped.items())
