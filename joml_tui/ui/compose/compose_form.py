"""The form of the compose area: its fields, their lists, and the field of each problem."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from textual.widgets import Button

from joml_tui.experiment import Problem
from joml_tui.experiment.dataset_specs import path_fields
from joml_tui.ui.compose.draft import Draft
from joml_tui.ui.compose.input_switches import InputSwitches
from joml_tui.ui.compose.preset_choices import (
    cost_choices,
    dataset_choices,
    experiment_choices,
    optimizer_choices,
    output_choices,
    schedule_choices,
)
from joml_tui.ui.data_files.path_entry import PathField
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.form import Form
from joml_tui.ui.widgets.form_field import ChoiceField, EntryField, Field
from joml_tui.ui_state import Speed

#: The title of each list, and its choices.
_LISTS: dict[str, tuple[str, Callable[[Any], tuple[Sequence[Choice[Any]], int]]]] = {
    "dataset": ("Data set", dataset_choices),
    "optimizer": ("Optimizer", optimizer_choices),
    "schedule": ("Schedule", schedule_choices),
    "output": ("Output", output_choices),
    "cost": ("Cost", cost_choices),
}
#: The lists that are updated at every change of the draft.
_FUNCTIONS = ("schedule", "output", "cost")
#: The field of a problem, by the start of its path; the first match counts.
_FIELDS = {
    "optimizer.schedule": "schedule",
    "optimizer.warm_up": "warm-up",
    "optimizer.learning_rate": "learning-rate",
    **{f"optimizer.{name}": "more-settings" for name in ("l1", "l2", "clip_norm", "weight_decay")},
    "optimizer": "optimizer",
    "output.initialisation": "more-settings",
    "output.optimizer": "more-settings",
    "output.activation": "output",
    "output.cost": "cost",
    "test_every": "more-settings",
    "class_weights": "more-settings",
    "accumulate": "more-settings",
    "augment": "more-settings",
    "label_noise": "more-settings",
    "average": "more-settings",
    "early_stopping": "more-settings",
    "batch_size": "batch-size",
    "epochs": "epochs",
    "seed": "seed",
    "replicas": "replicas",
    "features": "features",
    "input_size": "architecture",
    "input_shape": "architecture",
    "output": "architecture",
    "architecture": "architecture",
    "layers": "architecture",
    "dataset.noise": "noise",
    "dataset.test_share": "test-share",
    "dataset": "dataset",
}
#: The speeds of new runs, which are no part of the experiment.
_SPEEDS: tuple[Choice[Speed], ...] = (
    Choice("automatic", "automatic", "Data of two features at a pace to watch, others at full speed"),
    Choice("to watch", "watch", "A whole training takes 5 to 15 seconds"),
    Choice("full", "full", "As fast as the computer"),
)
_LAYER = re.compile(r"layers\[(\d+)\]")


class ComposeForm(Form):
    """The fields of the next run.

    Parameters
    ----------
    draft : Draft
        Their initial content.
    preset : str
        The name of its preset.
    """

    def __init__(self, draft: Draft, preset: str) -> None:
        self.preset = ChoiceField("experiment", "Preset", *experiment_choices(preset), may_be_none=True)
        self.speed: ChoiceField[Speed] = ChoiceField("speed", "Speed", _SPEEDS, 0)
        self.inputs = InputSwitches(id="features")
        self.more = Button("", id="more-settings", compact=True)
        self.more.can_focus = False
        texts = draft.texts
        entries = (
            PathField("csv-path", "File", texts["csv-path"], placeholder="path of the file"),
            EntryField("csv-label", "Label column", texts["csv-label"], placeholder="last column", long=True),
            EntryField("noise", "Noise", texts["noise"]),
            EntryField("test-share", "Test part", texts["test-share"]),
            EntryField("learning-rate", "Learning rate", texts["learning-rate"]),
            EntryField("warm-up", "Warm-up", texts["warm-up"], unit="epochs"),
            EntryField("batch-size", "Batch size", texts["batch-size"]),
            EntryField("epochs", "Epochs", texts["epochs"]),
            EntryField("seed", "Seed", texts["seed"]),
            EntryField("replicas", "Replicas", texts["replicas"]),
            EntryField("architecture", "Network", texts["architecture"], long=True),
        )
        self._lists = {
            key: ChoiceField(key, title, *offered(draft.choice(key))) for key, (title, offered) in _LISTS.items()
        }
        self._followed = {key: draft.choice(key) for key in _FUNCTIONS}
        others = (Field("Inputs", self.inputs), self.speed, Field("More", self.more))
        super().__init__((self.preset, *self._lists.values(), *entries, *others))

    def show_speed(self, speed: Speed) -> None:
        """Show the speed of new runs."""
        self.speed.show(next(place for place, choice in enumerate(_SPEEDS) if choice.value == speed))

    def follow(self, draft: Draft) -> None:
        """Update the lists of functions from a draft that was changed elsewhere.

        A choice that was just made in a list, and is not in the draft yet, is kept.
        """
        for key in _FUNCTIONS:
            value = draft.choice(key)
            if value != self._followed[key]:
                self._followed[key] = value
                if value != self._lists[key].value:
                    self._offer(key, draft)

    def follow_all(self, draft: Draft) -> None:
        """Update all fields from a changed draft."""
        self._offer("dataset", draft)
        self._offer("optimizer", draft)
        self.write(draft.texts)

    def _offer(self, key: str, draft: Draft) -> None:
        self._lists[key].offer(*_LISTS[key][1](draft.choice(key)))


def key_of_problem(problem: Problem, draft: Draft) -> str:
    """Return the field of a problem, or the preset's field if it has none."""
    path = problem.field
    if path_fields(draft.dataset) and path.startswith("dataset."):
        return "csv-label" if path == "dataset.label" and draft.has_label else "csv-path"
    key = next((key for start, key in _FIELDS.items() if path.startswith(start)), "experiment")
    return "dataset" if key in ("noise", "test-share") and not draft.has_noise else key


def layer_of_problem(problem: Problem) -> int | None:
    """Return the hidden layer of a problem; None for other problems."""
    layer = _LAYER.match(problem.field)
    return None if layer is None else int(layer[1])
