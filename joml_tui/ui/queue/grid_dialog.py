"""The grid dialog, which makes many experiments from settings and values to try."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.containers import Horizontal
from textual.widget import Widget

from joml_tui.experiment import Experiment, problems
from joml_tui.experiment.grid import (
    MOST_SETTINGS,
    Combination,
    GridError,
    GridSetting,
    combinations,
    optimizer_rates,
    paths_of,
    run_count,
)
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import DIALOG_STYLE
from joml_tui.ui.text import number
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import ChoiceField, EntryField

#: The most common settings with their titles; the others follow by path.
_USUAL = {
    "optimizer.learning_rate": "Learning rate",
    "layers": "Layers",
    "seed": "Seed",
    "batch_size": "Batch size",
    "optimizer": "Optimizer",
    "epochs": "Epochs",
    "layers[*].activation": "Activation of all layers",
    "layers[*].dropout": "Dropout of all layers",
    "layers[*].initialisation": "Initialisation of all layers",
    "optimizer.schedule": "Schedule",
    "optimizer.warm_up": "Warm-up",
    "optimizer.l2": "L2",
}
_SUCH_AS = {
    "optimizer.learning_rate": "0.0003, 0.001, 0.003",
    "layers": "100-40, 28x6, 14x28",
    "seed": "0..4",
    "batch_size": "16, 32, 64, all",
    "optimizer": "adam, sgd, momentum",
    "epochs": "10, 20",
    "layers[*].activation": "relu, tanh, gelu",
    "layers[*].dropout": "0, 0.1, 0.3",
    "layers[*].initialisation": "he, glorot, orthogonal",
    "optimizer.schedule": "constant, cosine",
    "optimizer.warm_up": "0, 1, 2",
    "optimizer.l2": "0, 1e-4, 1e-3",
}


class GridBuilder(FormDialog[list[Combination]]):
    """The dialog of settings and values; the result is all checked combinations, None for Escape."""

    CSS_PATH = [DIALOG_STYLE, "queue.tcss"]
    LOOK: ClassVar[str] = "grid"

    def __init__(self, experiment: Experiment, network: str) -> None:
        self._experiment = experiment
        choices = setting_choices(experiment)
        first = next(place for place, choice in enumerate(choices) if choice.value == "optimizer.learning_rate")
        self._rows = [
            (
                ChoiceField(
                    f"grid-setting-{row}",
                    "",
                    choices,
                    None if row else first,
                    prompt="(none)" if row else "a setting",
                    may_be_none=True,
                ),
                EntryField(f"grid-values-{row}", ""),
            )
            for row in range(MOST_SETTINGS)
        ]
        hint = "Separate values by commas; 0..4 means 0, 1, 2, 3, 4."
        fields = [field for row in self._rows for field in row]
        super().__init__(f"Grid of {network}", fields, accept="Add to the queue", hint=hint)

    def rows(self) -> Iterable[Widget]:
        """Return a row for each setting with its values."""
        return [Horizontal(*row, classes="grid-row") for row in self._rows]

    def form_changed(self) -> None:
        """Show the number of runs."""
        for setting, values in self._rows:
            values.entry.disabled = setting.value is None
            values.entry.placeholder = "" if setting.value is None else such_as(setting.value)
        if not any(self.form.texts.values()):
            self.say("No runs yet: write the values to try.")
            return
        try:
            settings = self._settings()
            line = describe_count(settings) + describe_rates(self._experiment, settings)
        except GridError as error:
            self.say(_describe_error(error), problem=True)
        else:
            self.say(line)

    async def action_accept(self) -> None:
        """Check all combinations, and close with them."""
        self._check()

    @in_worker(exclusive=True)
    async def _check(self) -> None:
        try:
            checked = await in_background(_checked, self._experiment, self._settings())
        except GridError as error:
            self.say(_describe_error(error), problem=True)
        else:
            self.close(checked)

    def _settings(self) -> list[GridSetting]:
        return [
            GridSetting.parse(setting.value, values.text) for setting, values in self._rows if setting.value is not None
        ]


def _describe_error(error: GridError) -> str:
    """Return an error as text, with the title of a usual setting in place of its path."""
    path, _, fault = str(error).partition(": ")
    return f"{_USUAL.get(path, path)}: {fault}" if fault else path


def setting_choices(experiment: Experiment) -> list[Choice[str]]:
    """Return the settings of an experiment for grids, the most common ones first."""
    offered = paths_of(experiment)
    usual = [Choice(title, path) for path, title in _USUAL.items() if path in offered]
    return usual + [Choice(path, path) for path in offered if path not in _USUAL]


def such_as(path: str) -> str:
    """Return an example of a setting's values, which nobody takes for values that are there."""
    return f"such as {_SUCH_AS.get(path, 'value, value')}"


def describe_count(settings: Sequence[GridSetting]) -> str:
    """Return the number of runs as text; raise `GridError` if the grid is invalid."""
    count = run_count(settings)
    if len(settings) == 1:
        return f"{count:,} {'run' if count == 1 else 'runs'}"
    return f"{' × '.join(f'{len(setting.values):,}' for setting in settings)} = {count:,} runs"


def describe_rates(experiment: Experiment, settings: Sequence[GridSetting]) -> str:
    """Return the learning rates of a grid over optimizers as text, because they are not all the composed one."""
    rates = optimizer_rates(experiment, settings)
    if not rates:
        return ""
    written = ", ".join(f"{name} {number(rate)}" for name, rate in rates.items())
    return f". Learning rates: {written}. Choose Learning rate too for other ones."


def _checked(experiment: Experiment, settings: Sequence[GridSetting]) -> list[Combination]:
    """Return all combinations after checks; raise `GridError` for the first invalid one."""
    combined = combinations(experiment, settings)
    for combination in combined:
        for problem in problems(combination.experiment):
            field = _USUAL.get(problem.field, problem.field)
            raise GridError(f"{combination.label}: {field}: {problem.message}.")
    return combined
