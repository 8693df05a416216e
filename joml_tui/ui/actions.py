"""The one table of what the lab can do; keys, buttons, footer, command palette and help read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

Scope = Literal["lab", "layers"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the lab can do.

    Attributes
    ----------
    id : str
        Its stable name, also of its key bindings.
    keys : tuple of str
        Keys in Textual's names. The first is the handy one; main actions also have one that works while an entry
        takes the printable keys.
    label : str
        One or two words, for footer, buttons and command palette.
    help : str
        One sentence, for help, palette and tooltips.
    group : str
        The heading it stands under in the help.
    handler : str
        The lab screen's method ``action_<handler>``.
    scope : {"lab", "layers"}
        Where its keys work: everywhere, or in the list of layers.
    footer : bool
        Whether the footer shows it.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: str
    handler: str
    scope: Scope = "lab"
    footer: bool = False


TRAIN, COMPARE, COMPOSE, KEEP, LAB = "Train", "Compare", "Compose", "Keep", "The lab"

ACTIONS: tuple[Action, ...] = (
    Action("train", ("r", "f5", "ctrl+r"), "Run", "Train the composed network", TRAIN, "train", footer=True),
    Action("pause", ("p", "f6"), "Pause", "Pause the run, or resume it", TRAIN, "pause", footer=True),
    Action("step", ("s", "f7"), "Step", "One iteration, then pause", TRAIN, "step", footer=True),
    Action("stop", ("x", "f8"), "Stop", "End the run and keep its result", TRAIN, "stop", footer=True),
    Action("mark", ("m",), "Mark", "Keep the selected run's curves in the charts", COMPARE, "mark", footer=True),
    Action("log-cost", ("l",), "Log cost", "Cost on a logarithmic or a linear axis", COMPARE, "log_cost"),
    Action("smoother", ("full_stop", "greater_than_sign"), "Smoother", "Smooth the curves more", COMPARE, "smoother"),
    Action("rougher", ("comma", "less_than_sign"), "Rougher", "Smooth the curves less", COMPARE, "rougher"),
    Action("preset", ("o",), "Open preset", "Choose one of the experiments to start from", COMPOSE, "preset"),
    Action("network", ("n",), "Edit network", "Write the architecture as text, such as 14-28x6-4", COMPOSE, "network"),
    Action("layers", ("y",), "Edit layers", "Go to the list of layers", COMPOSE, "layers"),
    Action("layer-add", ("plus", "insert"), "Add layer", "Add a layer below this one", COMPOSE, "layer_add", "layers"),
    Action("layer-copy", ("d",), "Duplicate layer", "The same layer again", COMPOSE, "layer_copy", "layers"),
    Action("layer-delete", ("delete",), "Delete layer", "Take this layer away", COMPOSE, "layer_delete", "layers"),
    Action("layer-up", ("shift+up", "alt+up"), "Layer up", "Move this layer up", COMPOSE, "layer_up", "layers"),
    Action(
        "layer-down", ("shift+down", "alt+down"), "Layer down", "Move this layer down", COMPOSE, "layer_down", "layers"
    ),
    Action(
        "layer-activation",
        ("right", "space"),
        "Next activation",
        "This layer's next activation function",
        COMPOSE,
        "layer_activation",
        "layers",
    ),
    Action("layer-dropout", ("D",), "Dropout", "This layer's next dropout", COMPOSE, "layer_dropout", "layers"),
    Action(
        "layer-normalised",
        ("N",),
        "Normalise",
        "Layer normalisation before this layer's activation",
        COMPOSE,
        "layer_normalised",
        "layers",
    ),
    Action(
        "layer-residual",
        ("R",),
        "Residual",
        "Add the activation from 1, 2 or 3 layers before",
        COMPOSE,
        "layer_residual",
        "layers",
    ),
    Action(
        "export-run", ("e", "f9"), "Export run", "Write the selected run's series to a CSV file", KEEP, "export_run"
    ),
    Action("export-table", ("E",), "Export table", "Write the table of runs to a CSV file", KEEP, "export_table"),
    Action("area-compose", ("1", "f2"), "Compose", "Go to the settings", LAB, "area_compose"),
    Action("area-charts", ("2", "f3"), "Charts", "Go to the charts", LAB, "area_charts"),
    Action("area-runs", ("3", "f4"), "Runs", "Go to the table of runs", LAB, "area_runs"),
    Action("maximise", ("M",), "Maximise", "The area you are in alone, or all of them again", LAB, "maximise"),
    Action("narrower", ("alt+left",), "Narrower", "Less room for the settings, more for the charts", LAB, "narrower"),
    Action("wider", ("alt+right",), "Wider", "More room for the settings", LAB, "wider"),
    Action("taller", ("alt+up",), "Taller", "More room for the table of runs", LAB, "taller"),
    Action("lower", ("alt+down",), "Lower", "Less room for the table of runs", LAB, "lower"),
    Action("jump", ("semicolon",), "Jump", "Letters on all that can have the keys; one goes there", LAB, "jump"),
    Action("theme", ("t",), "Light or dark", "Change between a dark and a light screen", LAB, "light_dark"),
    Action("picture", ("P",), "Picture", "Write what the screen shows to an SVG file", LAB, "picture"),
    Action("tour", ("T",), "Tour", "Show the lab around in five steps", LAB, "tour"),
    Action(
        "help",
        ("question_mark", "f1"),
        "Help",
        "What you are at, and every key; type to search",
        LAB,
        "help",
        footer=True,
    ),
    Action("quit", ("q", "ctrl+q"), "Quit", "Leave the lab", LAB, "quit", footer=True),
)

BY_ID = {action.id: action for action in ACTIONS}

#: Keys that the user gave to actions in place of their own.
_REBOUND: dict[str, tuple[str, ...]] = {}


def rebind(keys: Mapping[str, tuple[str, ...]]) -> None:
    """Tell of these keys from now on; all other actions have their own. The application's keymap makes them work."""
    _REBOUND.clear()
    _REBOUND.update(keys)


def keys_of(action: Action) -> tuple[str, ...]:
    """Return the keys of an action, the handy one first."""
    return _REBOUND.get(action.id, action.keys)


def key_of(action_id: str) -> str:
    """Return the handy key of an action."""
    return keys_of(BY_ID[action_id])[0]


def bindings(scope: Scope) -> list[Binding]:
    """Return the key bindings of one scope; their handlers are the lab screen's."""
    return [
        Binding(
            ",".join(action.keys),
            f"screen.{action.handler}",
            action.label,
            show=action.footer,
            tooltip=action.help,
            id=action.id,
        )
        for action in ACTIONS
        if action.scope == scope
    ]
