"""The dialog that makes many experiments of one: settings, values to try, and how many runs that makes."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select

from joml_tui.experiment import Experiment, problems
from joml_tui.experiment.grid import (
    MOST_SETTINGS,
    Combination,
    GridError,
    GridSetting,
    combinations,
    paths_of,
    run_count,
)
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.text import plain
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.safe_input import SafeInput
from joml_tui.ui.widgets.static_text import StaticText

#: The settings that are tried most, with their titles; the rest follow by their paths.
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
    "optimizer": "adam, momentum, rmsprop",
    "epochs": "10, 20",
    "layers[*].activation": "relu, tanh, gelu",
    "layers[*].dropout": "0, 0.1, 0.3",
    "layers[*].initialisation": "he, glorot, orthogonal",
    "optimizer.schedule": "constant, cosine",
    "optimizer.warm_up": "0, 1, 2",
    "optimizer.l2": "0, 1e-4, 1e-3",
}


class GridBuilder(Dialog[list[Combination] | None]):
    """Asks for settings and values; the result is every combination, checked, None when given up."""

    CSS_PATH = ["../dialogs/dialogs.tcss", "queue.tcss"]
    BINDINGS = [("escape", "close", "Cancel")]

    def __init__(self, experiment: Experiment, network: str) -> None:
        super().__init__()
        self._experiment, self._network = experiment, network
        offered = paths_of(experiment)
        usual = [path for path in _USUAL if path in offered]
        self._paths = usual + [path for path in offered if path not in _USUAL]

    def compose(self) -> ComposeResult:
        """Put a row for each setting, then what it amounts to."""
        options = [(_titled(path), path) for path in self._paths]
        with VerticalScroll(classes="dialog grid", can_focus=False):
            yield Label(plain(f"Grid of {self._network}", 70), classes="dialog-title", markup=False)
            for place in range(MOST_SETTINGS):
                with Horizontal(classes="grid-row"):
                    yield Dropdown(
                        options,
                        prompt="(none)" if place else "a setting",
                        value="optimizer.learning_rate" if not place else Select.NULL,
                        id=f"grid-setting-{place}",
                        compact=True,
                    )
                    yield SafeInput(id=f"grid-values-{place}")
            yield Label("Separate values by commas; 0..4 means 0, 1, 2, 3, 4.", classes="muted", markup=False)
            yield StaticText(id="grid-said")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Add to the queue", id="add", variant="primary", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    def on_mount(self) -> None:
        """Let the first values be typed at once."""
        self.query_one("#grid-values-0").focus()
        self._changed()

    @on(Select.Changed)
    @on(Input.Changed)
    def _changed(self) -> None:
        for place in range(MOST_SETTINGS):
            path = self.query_one(f"#grid-setting-{place}", Select).value
            entry = self.query_one(f"#grid-values-{place}", Input)
            entry.disabled = not isinstance(path, str)
            entry.placeholder = _SUCH_AS.get(path, "value, value") if isinstance(path, str) else ""
        try:
            settings = self._settings()
            count = run_count(settings)
        except GridError as error:
            self._say(str(error), bad=any(entry.value for entry in self.query(Input)))
        else:
            counts = " × ".join(f"{len(setting.values):,}" for setting in settings)
            said = f"{counts} = {count:,} runs" if len(settings) > 1 else f"{count:,} {'run' if count == 1 else 'runs'}"
            self._say(said, bad=False)

    @on(Input.Submitted)
    @on(Button.Pressed, "#add")
    def _submitted(self) -> None:
        self._add()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.close(None)

    @in_worker(exclusive=True)
    async def _add(self) -> None:
        try:
            settings = self._settings()
            found = await in_background(_checked, self._experiment, settings)
        except GridError as error:
            self._say(str(error), bad=True)
        else:
            self.close(found)

    def _settings(self) -> list[GridSetting]:
        chosen = []
        for place in range(MOST_SETTINGS):
            path = self.query_one(f"#grid-setting-{place}", Select).value
            if isinstance(path, str):
                chosen.append(GridSetting.parse(path, self.query_one(f"#grid-values-{place}", Input).value))
        return chosen

    def _say(self, said: str, *, bad: bool) -> None:
        line = self.query_one("#grid-said", StaticText)
        line.set_class(bad, "problem")
        line.say(Content(plain(said, 300)))


def _checked(experiment: Experiment, settings: Sequence[GridSetting]) -> list[Combination]:
    """Make every combination and have each checked; raises `GridError` for the first that cannot be."""
    found = combinations(experiment, settings)
    for combination in found:
        for problem in problems(combination.experiment):
            raise GridError(f"{combination.said}: {problem.field}: {problem.message}.")
    return found


def _titled(path: str) -> Content:
    return Content(_USUAL.get(path, path))
