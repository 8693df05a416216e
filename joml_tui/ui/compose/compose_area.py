"""The compose area: the entries of the next run, in step with each other, marked where they are impossible."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select

from joml_tui.experiment import (
    CsvFile,
    DatasetShape,
    DatasetSpec,
    Experiment,
    Problem,
    looks_at_validation,
    name_of,
    part_sizes_of,
    problems,
    shape_of,
)
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.compose.draft import Draft, ParsedDraft
from joml_tui.ui.compose.layer_list import EDITS, LayerEdit, LayerList
from joml_tui.ui.compose.preset_choices import (
    cost_choices,
    dataset_choices,
    experiment_choices,
    optimizer_choices,
    output_choices,
    schedule_choices,
)
from joml_tui.ui.compose.setting_entries import hidden_changes
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.deferred_calls import call_after_paint, call_every, in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.text import count, number, sentence
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.entry import Entry
from joml_tui.ui.widgets.form_field import Field
from joml_tui.ui.widgets.static_text import StaticText

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")

#: Which field shows a problem, by the beginning of the problem's path; the first that fits.
_FIELDS = {
    "optimizer.schedule": "schedule",
    "optimizer.warm_up": "warm-up",
    "optimizer.learning_rate": "learning-rate",
    **{f"optimizer.{name}": "more" for name in ("l1", "l2", "clip_norm", "weight_decay")},
    "optimizer": "optimizer",
    "output.initialisation": "more-settings",
    "output.optimizer": "more-settings",
    "output.activation": "output",
    "output.cost": "cost",
    "test_every": "more-settings",
    "class_weights": "more-settings",
    "early_stopping": "more-settings",
    "batch_size": "batch-size",
    "epochs": "epochs",
    "seed": "seed",
    "replicas": "replicas",
    "input_size": "architecture",
    "output": "architecture",
    "architecture": "architecture",
    "layers": "architecture",
    "dataset": "dataset",
}
#: After so long without a key the entries are looked at.
_TYPING_SECONDS = 0.12
_LAYER = re.compile(r"layers\[(\d+)\]")
_BUTTONS: dict[LayerEdit, str] = {"add": "Add", "copy": "Copy", "delete": "Delete", "up": "↑", "down": "↓"}


class ComposeArea(VerticalScroll, can_focus=False):
    """The settings of the next run."""

    def __init__(self, experiment: Experiment, preset: str, arrangement: Arrangement, *, id: str) -> None:
        super().__init__(id=id)
        self._arrangement = arrangement
        self.draft = Draft.of(experiment)
        self._experiments, self._loaded = experiment_choices(preset)
        self._datasets, self._dataset = dataset_choices(self.draft.dataset)
        self._optimizers, self._optimizer = optimizer_choices(self.draft.optimizer)
        self._schedules, self._schedule = schedule_choices(self.draft.schedule)
        self._outputs, self._output = output_choices(self.draft.output_activation)
        self._costs, self._cost = cost_choices(self.draft.cost)
        self._unreadable: str | None = None
        self._found: list[Problem] = []
        self._changes: list[str] | None = None
        self.behind = False
        """Whether something was typed that has not been looked at yet."""

    def compose(self) -> ComposeResult:
        """Put the entries in one column and the network in another; a wide screen stacks them."""
        draft = self.draft
        with Vertical(id="settings"):
            yield Field(
                "Preset",
                _select(self._experiments, self._loaded, "experiment", may_be_none=True),
            )
            yield Field("Data set", _select(self._datasets, self._dataset, "dataset"))
            path = Entry(draft.csv_path, id="csv-path", placeholder="path of a CSV file", long=True)
            yield Field("File", path)
            label = Entry(draft.csv_label, id="csv-label", placeholder="last column", long=True)
            yield Field("Label column", label)
            yield Field("Optimizer", _select(self._optimizers, self._optimizer, "optimizer"))
            yield Field("Learning rate", Entry(draft.learning_rate, id="learning-rate"))
            yield Field("Schedule", _select(self._schedules, self._schedule, "schedule"))
            yield Field("Warm-up", Entry(draft.warm_up, id="warm-up"), unit="epochs")
            with Horizontal(classes="pair"):
                yield Field("Batch size", Entry(draft.batch_size, id="batch-size"))
                yield Field("Epochs", Entry(draft.epochs, id="epochs"))
            with Horizontal(classes="pair"):
                yield Field("Seed", Entry(draft.seed, id="seed"))
                yield Field("Replicas", Entry(draft.replicas, id="replicas"))
            yield Field("Output", _select(self._outputs, self._output, "output"))
            yield Field("Cost", _select(self._costs, self._cost, "cost"))
            more = Button("", id="more-settings", compact=True)
            more.can_focus = False
            yield Field("More", more)
        with Vertical(id="network"):
            yield Field("Network", Entry(draft.architecture, id="architecture", long=True))
            with Horizontal(id="layer-buttons"):
                yield Label("Layers")
                for name, label_text in _BUTTONS.items():
                    button = Button(label_text, id=f"layer-{name}", compact=True)
                    button.can_focus = False
                    yield button
            yield LayerList(id="layers")
            yield StaticText(id="layer-options")
            yield StaticText(id="layer-problem", classes="problem")

    def on_mount(self) -> None:
        """Show what the first experiment amounts to."""
        self._look_later = call_every(self, _TYPING_SECONDS, self._catch_up, paused=True)
        self._show_network()
        self._show_file_fields()
        self._check()

    # --- Actions ---------------------------------------------------------------------------------------------------

    def take_keys(self) -> None:
        """Give the keys to a list, so that the number keys go on choosing areas."""
        self.query_one("#dataset").focus()

    def action_preset(self) -> None:
        """Open the list of experiments."""
        self._arrangement.show("compose")
        select = self.query_one("#experiment", Select)
        select.focus()
        select.action_show_overlay()

    def action_network(self) -> None:
        """Edit the architecture as text."""
        self._arrangement.show("compose")
        self.query_one("#architecture").focus()

    def action_layers(self) -> None:
        """Edit the layers one by one."""
        self._arrangement.show("compose")
        self.query_one(LayerList).focus()

    def action_edit_layer(self, edit: LayerEdit) -> None:
        """Edit the selected layer, with the list in view so that one sees which it is."""
        layers = self.query_one(LayerList)
        if not layers.has_focus:
            self.action_layers()
        EDITS[edit](layers)

    def action_more_settings(self) -> None:
        """Show every setting of the next run; from the list of layers, those of the selected layer."""
        layers = self.query_one(LayerList)
        experiment, found = self.settings()
        place = ("layers", layers.cursor) if layers.has_focus and layers.rows else None
        open_screen(self, SettingsDialog(experiment, found, place), self.take_settings)

    # --- What the lab asks -----------------------------------------------------------------------------------------

    async def checked(self) -> ParsedDraft:
        """Return the experiment that the entries describe, or all that keeps it from running; mark the entries."""
        self._catch_up()
        spec = self.draft.dataset_spec()
        found: list[Problem] = []
        try:
            if not isinstance(spec, CsvFile) or spec.path:
                found = await self._look_at_data(spec)
            else:  # what stands there is of the data set before
                self._field("dataset").show_note("")
            self._catch_up()
            reading = self.draft.read()
            if reading.experiment is not None and not found:
                reading = ParsedDraft(reading.experiment, await _read(problems, reading.experiment))
        except _FaultyReaderError as error:
            self._field("dataset").show_note("")
            found = [Problem("dataset", str(error))]
            reading = self.draft.read()
        reading = ParsedDraft(reading.experiment, [*found, *reading.problems])
        self._show_problems(reading.problems)
        return reading

    async def valid_experiment(self, doing: str) -> Experiment | None:
        """Return the composed experiment; where it is none, go to the entry and say why, and return None."""
        reading = await self.checked()
        if reading.experiment is not None and not reading.problems:
            return reading.experiment
        self.refuse(doing, reading.problems[0])
        return None

    def refuse(self, doing: str, problem: Problem) -> None:
        """Go to the entry that a problem stands at, and say that something cannot be done because of it."""
        self._arrangement.show("compose")
        self.focus_problem(problem)
        say(self, sentence(problem.message), severity="error", title=f"Cannot {doing}: {self.title_of(problem)}")

    async def _look_at_data(self, spec: DatasetSpec) -> list[Problem]:
        """Bring the draft and its note into step with a data set, or return what is wrong with that."""
        found = await _read(_dataset_problems, spec)
        if not found:
            shape = await _read(shape_of, spec)
            self._catch_up()
            self.draft.fit(shape)
            self._show_network()
        note = "" if found else await _read(_describe_data, shape, self.draft.read().experiment)
        self._field("dataset").show_note(note)
        return found

    def load(self, experiment: Experiment) -> None:
        """Replace all entries by those of an experiment."""
        shape = self.draft.shape if experiment.dataset == self.draft.dataset_spec() else None
        self.draft = Draft.of(experiment)
        if shape is not None:
            self.draft.fit(shape)
        self._show_draft()
        self._entries_changed()

    def settings(self) -> tuple[Experiment, list[Problem]]:
        """Return all settings as far as the entries tell, and what was found not to go together."""
        self._catch_up()
        return self.draft.known(), self._found

    def take_settings(self, experiment: Experiment | None) -> None:
        """Take settings that were changed elsewhere; nothing for None."""
        self._catch_up()
        if experiment is None or experiment == self.draft.known():
            return
        self.draft.take(experiment)
        self._show_draft()
        self._edited()

    def _show_draft(self) -> None:
        """Let all entries follow a draft that was changed as a whole."""
        self._datasets, self._dataset = dataset_choices(self.draft.dataset)
        self._optimizers, self._optimizer = optimizer_choices(self.draft.optimizer)
        with self.prevent(Select.Changed, Input.Changed):
            self._offer("dataset", self._datasets, self._dataset)
            self._offer("optimizer", self._optimizers, self._optimizer)
            for name, text in self._texts().items():
                self.query_one(f"#{name}", Entry).value = text
        self._show_file_fields()

    def use_learning_rate(self, rate: float) -> None:
        """Write a learning rate into its entry, as if it had been typed."""
        self.query_one("#learning-rate", Entry).value = number(rate)

    def title_of(self, problem: Problem) -> str:
        """Return the title of the entry that a problem stands at."""
        return "Layers" if _LAYER.match(problem.field) else self._field_of(problem).title

    def focus_problem(self, problem: Problem) -> None:
        """Bring the entry that a problem stands at into view, and the keys to it."""
        layer = _LAYER.match(problem.field)
        if layer is not None and int(layer[1]) < len(self.draft.layers):
            layers = self.query_one(LayerList)
            layers.focus()
            layers.cursor = int(layer[1])
        else:
            field = self._field_of(problem)
            field.editor.focus()
            call_after_paint(self, field.scroll_visible, animate=False)

    # --- Entries ---------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _entry_changed(self, event: Input.Changed) -> None:
        """Look at what was typed once the key is on the screen; looking costs more than showing it."""
        event.stop()
        self.behind = True
        self._look_later.reset()
        self._look_later.resume()

    def _catch_up(self) -> None:
        """Follow what was typed since the entries were last looked at."""
        self.behind = False
        self._look_later.pause()
        if self._take_entries():
            self._edited()

    def _take_entries(self) -> bool:
        """Take the entries as they stand now, and say whether one has changed.

        A message tells of a key some time after it was typed. Whatever looks at the draft or writes to the entries
        does this first, so that nothing is written over what was typed since.
        """
        changed = False
        for entry_id, known in self._texts().items():
            typed = self.query_one(f"#{entry_id}", Entry).value
            if typed == known:
                continue
            changed = True
            if entry_id == "architecture":
                self.draft.write_architecture(typed)
            else:
                setattr(self.draft, entry_id.replace("-", "_"), typed)
        return changed

    @on(LayerList.Edited)
    def _layers_changed(self) -> None:
        self.draft.layers_edited()
        self._show_layer_options()
        self._edited()

    @on(LayerList.Moved)
    def _show_layer_options(self) -> None:
        self.query_one("#layer-options", StaticText).say(self.query_one(LayerList).options)

    @on(Select.Changed, "#dataset")
    def _dataset_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, int) and event.value != self._dataset:
            self._dataset = event.value
            self._take_entries()
            self.draft.choose_dataset(self._datasets[event.value].value)
            self._show_file_fields()
            self._edited()

    @on(Select.Changed, "#optimizer")
    def _optimizer_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, int) and event.value != self._optimizer:
            self._optimizer = event.value
            self._take_entries()
            self.draft.choose_optimizer(self._optimizers[event.value].value)
            self._edited()

    @on(Select.Changed, "#schedule")
    def _schedule_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, int) and event.value != self._schedule:
            self._schedule = event.value
            self._take_entries()
            self.draft.schedule = self._schedules[event.value].value
            self._edited()

    @on(Select.Changed, "#output")
    def _output_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, int) and event.value != self._output:
            self._output = event.value
            self._take_entries()
            self.draft.output_activation = self._outputs[event.value].value
            self._edited()

    @on(Select.Changed, "#cost")
    def _cost_chosen(self, event: Select.Changed) -> None:
        if isinstance(event.value, int) and event.value != self._cost:
            self._cost = event.value
            self._take_entries()
            self.draft.cost = self._costs[event.value].value
            self._edited()

    @on(Select.Changed, "#experiment")
    def _experiment_chosen(self, event: Select.Changed) -> None:
        if not isinstance(event.value, int) or event.value == self._loaded:
            return
        self._loaded = event.value
        try:
            experiment = find_experiment(self._experiments[event.value].value.path)
        except ExperimentError as error:
            self._unreadable = str(error)
            self._entries_changed()
        else:
            self._unreadable = None
            self.load(experiment)

    @on(Button.Pressed)
    async def _button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.screen.run_action(request_of(BY_ID[event.button.id or ""]))

    # --- Showing ---------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        """Say that the entries are no longer a preset's, so that it can be chosen again, nor of its name."""
        self.draft.base = replace(self.draft.base, name="")
        if self._loaded is not None:
            select = self.query_one("#experiment", Select)
            with self.prevent(Select.Changed):
                select.clear()
            self._loaded = None
        self._entries_changed()

    def _entries_changed(self) -> None:
        """Bring all entries into step, mark at once what is none, and ask the data set about the rest."""
        for name, text in self._texts().items():
            entry = self.query_one(f"#{name}", Entry)
            if entry.value != text:
                entry.value = text
        self._show_network()
        reading = self.draft.read()
        if reading.problems or self._unreadable is not None:
            self._show_problems(reading.problems)
        self._check()

    @in_worker(exclusive=True, group="check")
    async def _check(self) -> None:
        await self.checked()

    def _texts(self) -> dict[str, str]:
        draft = self.draft
        return {
            "csv-path": draft.csv_path,
            "csv-label": draft.csv_label,
            "learning-rate": draft.learning_rate,
            "warm-up": draft.warm_up,
            "batch-size": draft.batch_size,
            "epochs": draft.epochs,
            "seed": draft.seed,
            "replicas": draft.replicas,
            "architecture": draft.architecture,
        }

    def _show_network(self) -> None:
        draft = self.draft
        architecture = self.query_one("#architecture", Entry)
        if architecture.value != draft.architecture:
            architecture.value = draft.architecture
        activation = name_of(draft.output_activation)
        self.query_one(LayerList).show(draft.layers, draft.input_size, draft.output_size, activation)
        self._show_functions()
        self._show_more()
        parameters = draft.parameter_count
        self._field("architecture").show_note("" if parameters is None else f"{count(parameters)} parameters")

    def _show_more(self) -> None:
        """Say how much is not as usual of what has no entry here; the tooltip says what."""
        changes = hidden_changes(self.draft.known())
        if changes != self._changes:
            self._changes = changes
            button = self.query_one("#more-settings", Button)
            button.label = f"{key_of('more-settings')} all settings" + (f" · {len(changes)} changed" if changes else "")
            button.tooltip = Content(
                "Changed from default: " + ", ".join(changes) if changes else "All settings have their defaults"
            )

    def _show_functions(self) -> None:
        """Let the lists of schedules, output activations and costs follow the draft, which others may change.

        A constant learning rate without a warm-up needs no entry for one.
        """
        draft = self.draft
        self.set_class(draft.schedule != "constant" or draft.warm_up != "0", "scheduled")
        if self._schedules[self._schedule].value != draft.schedule:
            self._schedules, self._schedule = schedule_choices(draft.schedule)
            self._offer("schedule", self._schedules, self._schedule)
        if self._outputs[self._output].value != draft.output_activation:
            self._outputs, self._output = output_choices(draft.output_activation)
            self._offer("output", self._outputs, self._output)
        if self._costs[self._cost].value != draft.cost:
            self._costs, self._cost = cost_choices(draft.cost)
            self._offer("cost", self._costs, self._cost)

    def _offer(self, name: str, choices: Sequence[Choice[T]], chosen: int) -> None:
        with self.prevent(Select.Changed):
            select = self.query_one(f"#{name}", Select)
            select.set_options([(choice.prompt, index) for index, choice in enumerate(choices)])
            select.value = chosen

    def _show_file_fields(self) -> None:
        self.set_class(isinstance(self.draft.dataset, CsvFile), "own-file")

    def _show_problems(self, found: Sequence[Problem]) -> None:
        self._found = list(found)
        messages: dict[Field, str] = {}
        layers: dict[int, Problem] = {}
        for problem in found:
            layer = _LAYER.match(problem.field)
            if layer is not None:
                layers.setdefault(int(layer[1]), problem)
            else:
                messages.setdefault(self._field_of(problem), problem.message)
        if self._unreadable is not None:
            messages[self._field("experiment")] = self._unreadable
        for field in self.query(Field):
            field.show_problem(messages.get(field))
        self.query_one(LayerList).show_problems(layers)
        line = self.query_one("#layer-problem", StaticText)
        line.say(sentence(next((problem.message for problem in layers.values()), "")))
        line.set_class(bool(layers), "shown")

    def _field_of(self, problem: Problem) -> Field:
        path = problem.field
        if isinstance(self.draft.dataset, CsvFile) and path.startswith("dataset."):
            return self._field("csv-label" if path == "dataset.label" else "csv-path")
        return self._field(next((field for start, field in _FIELDS.items() if path.startswith(start)), "experiment"))

    def _field(self, name: str) -> Field:
        return self.query_one(f"#field-{name}", Field)


class _FaultyReaderError(Exception):
    """A data set's reader raised what it should not have."""


async def _read(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Ask about a data set in a thread; whatever a damaged file has its reader raise is told as being unreadable."""
    try:
        return await in_background(function, *args, **kwargs)
    except Exception as error:
        raise _FaultyReaderError(f"cannot be read: {type(error).__name__}: {error}") from error


def _dataset_problems(spec: DatasetSpec) -> list[Problem]:
    return [problem for problem in problems(Experiment(dataset=spec)) if problem.field.startswith("dataset")]


def _describe_data(shape: DatasetShape, experiment: Experiment | None) -> str:
    """Return the sizes of a data set: of its parts, where one of them is for validation."""
    if experiment is not None and looks_at_validation(experiment):
        try:
            sizes = part_sizes_of(experiment, shape)
        except ValueError:  # told where it is to be mended
            sizes = None
        if sizes is not None and sizes.validation:
            parts = f"{sizes.train:,} train, {sizes.validation:,} validation, {sizes.test:,} test"
            return " · ".join((parts, *_shorten_notes(shape.notes)))
    wanted = shape.task if shape.output_size > 1 else shape.task.removesuffix("s")
    return " · ".join((f"{shape.samples:,} samples", f"{shape.output_size:,} {wanted}", *_shorten_notes(shape.notes)))


def _shorten_notes(notes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the first of the notes on a data set, and how many more there are: the area is narrow."""
    more = len(notes) - 1
    return notes if more < 1 else (notes[0], f"{more:,} more note{'s' if more > 1 else ''}: explain has all")


def _select(choices: Sequence[Choice[T]], chosen: int | None, name: str, *, may_be_none: bool = False) -> Select[int]:
    options = [(choice.prompt, index) for index, choice in enumerate(choices)]
    value = Select.NULL if chosen is None else chosen
    return Dropdown(options, prompt="custom", value=value, allow_blank=may_be_none, id=name, compact=True)
