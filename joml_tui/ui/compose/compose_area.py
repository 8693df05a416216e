"""The compose area: the entries of the next run, kept consistent, with invalid ones marked."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input
from textual.worker import Worker, WorkerError

from joml.layers.base_layer import features_of
from joml_tui.experiment import (
    Activation,
    DatasetShape,
    DatasetSpec,
    Experiment,
    Problem,
    name_of,
    problems,
    shape_of,
    source_of,
    task_of,
)
from joml_tui.experiment.data_files import with_codes
from joml_tui.experiment.dataset_specs import is_read, path_fields
from joml_tui.experiment.presets import Preset, find_experiment, package_folder
from joml_tui.experiment.several_targets import names_several, with_fitting_task
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.inspect.data_preview import DataPreview, read_preview
from joml_tui.plots.chart_model import Row
from joml_tui.plots.network_picture import LayerUnits, draw_network
from joml_tui.plots.palette import Ink
from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.compose.compose_form import ComposeForm, key_of_problem, layer_of_problem
from joml_tui.ui.compose.dataset_check import (
    FaultyReaderError,
    ask_reader,
    dataset_problems,
    describe_dataset_shape,
)
from joml_tui.ui.compose.draft import Draft, ParsedDraft, waits_for_user
from joml_tui.ui.compose.first_look import FirstLook
from joml_tui.ui.compose.input_switches import InputSwitches
from joml_tui.ui.compose.layer_list import EDITS, LayerEdit, LayerList
from joml_tui.ui.compose.network_editor import NetworkEditor
from joml_tui.ui.compose.opened_file import describe_codes, describe_opened, open_file
from joml_tui.ui.compose.setting_changes import hidden_changes
from joml_tui.ui.data_files.background_reading import BackgroundReading, ReadingProgress, ReadingStoppedError
from joml_tui.ui.deferred_calls import call_after_paint, call_every, call_once, in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.text import number, plain, sentence
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.form_field import ChoiceField
from joml_tui.ui.widgets.plot import Plot
from joml_tui.ui_state import Speed

P = TypeVar("P")
R = TypeVar("R")

#: Seconds without a key after which the entries are checked.
_TYPING_SECONDS = 0.12
#: Seconds that the picture of the data set before may stay.
_SECONDS_TO_BLANK = 0.2
# Characters of what the first rows of a file tell, as the area is narrow.
_LONGEST_EARLY_NOTE = 220
#: Least width for the network beside the settings.
_SIDE_BY_SIDE = 72
#: The rows of fields from the top, without the network's.
_ROWS = (
    ("experiment",),
    ("dataset",),
    ("csv-path",),
    ("csv-label",),
    ("noise", "test-share"),
    ("features",),
    ("optimizer",),
    ("learning-rate", "schedule"),
    ("warm-up",),
    ("batch-size", "epochs"),
    ("seed", "replicas"),
    ("output",),
    ("cost",),
    ("speed", "more-settings"),
)
#: The first fields of rows that are one beneath the other unless lines are few.
_BENEATH = {"learning-rate", "speed"}

#: What the style sheet shows, hides or places by the classes of `_classes_of`.
_DEPENDING = (
    "#field-features, #field-noise, #field-test-share, #field-warm-up, #field-csv-path, #field-csv-label,"
    "#network, #pictures, #network-picture, FirstLook"
)


class ComposeArea(VerticalScroll, can_focus=False):
    """The settings of the next run."""

    def __init__(self, experiment: Experiment, preset: str, arrangement: Arrangement, *, id: str) -> None:
        super().__init__(id=id)
        self._arrangement = arrangement
        self.draft = Draft.of(experiment)
        self._preset = preset
        self._unreadable: str | None = None
        self._problems: list[Problem] = []
        self._changes: list[str] | None = None
        self._opening: Worker[None] | None = None
        self._opened_name = ""
        self._unopened: Problem | None = None
        self._reading = BackgroundReading(self._show_reading)
        self._data_note = ""
        #: The note on a file whose reading was stopped, until something else is done.
        self._stopped_note = ""
        self._previewed: tuple[DatasetSpec, int, DatasetShape] | None = None
        self._pictured = ""
        """The data set or file whose picture is shown."""
        self.behind = False
        """True if typed text has not been processed yet."""
        self.update_classes(_classes_of(self.draft), update=False)  # before there is anything to style

    def compose(self) -> ComposeResult:
        """Put the entries in one column and the network in another; a wide screen stacks them."""
        self.form = ComposeForm(self.draft, self._preset)  # widgets are made where there is an application
        with Vertical(id="entries"):
            with Vertical(id="settings"):
                for row in _ROWS:
                    fields = [self.form[key] for key in row]
                    side = "pair beneath-each-other" if row[0] in _BENEATH else "pair"
                    yield Horizontal(*fields, classes=side) if len(fields) > 1 else fields[0]
            yield NetworkEditor(self.form.entries["architecture"], id="network")
        with Horizontal(id="pictures"):
            yield FirstLook()
            yield Plot(id="network-picture")

    def on_mount(self) -> None:
        """Show the first experiment."""
        self._look_later = call_every(self, _TYPING_SECONDS, self._catch_up, paused=True)
        self._show_network()
        self._show_file_fields()
        self._check()

    def on_resize(self) -> None:
        """Put the network below the settings if it does not fit beside them.

        It stands there anyway where all areas are in sight: the class would restyle the whole area in vain.
        """
        self.set_class(self._arrangement.one_area and self.outer_size.width < _SIDE_BY_SIDE, "-stacked")

    class Looked(Message):
        """A message: the composed experiment's data have been read; without data the arguments are None."""

        def __init__(self, experiment: Experiment | None, shape: DatasetShape | None, parameters: int | None) -> None:
            super().__init__()
            self.experiment, self.shape, self.parameters = experiment, shape, parameters

    class Checked(Message):
        """A message: the composed experiment has been checked; ``obstacle`` prevents its training, "" for none."""

        def __init__(self, obstacle: str) -> None:
            super().__init__()
            self.obstacle = obstacle

    class SpeedChosen(Message):
        """A message: another speed was chosen for new runs."""

        def __init__(self, speed: Speed) -> None:
            super().__init__()
            self.speed = speed

    class Previewed(Message):
        """A message: there is a preview of the data, or None."""

        def __init__(self, preview: DataPreview | None) -> None:
            super().__init__()
            self.preview = preview

    # --- Actions ---------------------------------------------------------------------------------------------------

    def take_keys(self) -> None:
        """Focus a list, so that the number keys still choose areas."""
        self.query_one("#dataset").focus()

    def action_preset(self) -> None:
        """Open the list of experiments."""
        self._arrangement.show("compose")
        self.form.preset.select.focus()
        self.form.preset.select.action_show_overlay()

    def action_network(self) -> None:
        """Edit the architecture as text."""
        self._arrangement.show("compose")
        field = self.form["architecture"]
        field.editor.focus()
        call_after_paint(self, field.scroll_visible, animate=False)

    def action_layers(self) -> None:
        """Edit the layers one by one."""
        self._arrangement.show("compose")
        self.query_one(LayerList).focus()

    def action_edit_layer(self, edit: LayerEdit) -> None:
        """Edit the selected layer, with the list in view."""
        layers = self.query_one(LayerList)
        if not layers.has_focus:
            self.action_layers()
        EDITS[edit](layers)

    def action_pick_activation(self) -> None:
        """Choose the selected layer's activation from a list that is searched by typing."""
        from joml_tui.ui.compose.activation_choice import activation_dialog  # noqa: PLC0415 - not before the first paint

        layers = self.query_one(LayerList)
        if layers.selected is None:
            say(self, f"The network has no hidden layer. {key_of('layer-add')} adds one.")
            return
        present: Activation | None = getattr(layers.selected.spec, "activation", None)
        if present is None:
            say(self, f"{layers.selected.size} has no activation.")
            return
        open_screen(self, activation_dialog(layers.activations, present), layers.set_activation)

    def action_more_settings(self) -> None:
        """Show every setting of the next run; from the list of layers, those of the selected layer."""
        from joml_tui.ui.compose.settings_dialog import SettingsDialog  # noqa: PLC0415 - not before the first paint

        layers = self.query_one(LayerList)
        experiment, faults = self.settings()
        place = ("layers", layers.cursor) if layers.has_focus and layers.rows else None
        open_screen(self, SettingsDialog(experiment, faults, place), self.take_settings)

    # --- What the lab asks -----------------------------------------------------------------------------------------

    async def checked(self) -> ParsedDraft:
        """Return the composed experiment, or all its problems, and mark the invalid entries.

        A file that is being opened is waited for, as it is to be the composed experiment.
        """
        if (fault := await self._fault_of_opening()) is not None:
            return ParsedDraft(None, [fault])
        self._catch_up()
        faults: list[Problem] = []
        try:
            if self.draft.lacks_file:
                self._forget_sizes()  # they belong to the previous data set
            else:
                spec = await self._with_codes(self.draft.dataset_spec())
                faults = await self._look_at_data(await self._with_fitting_task(spec))
            self._catch_up()
            reading = self.draft.read()
            if reading.experiment is not None and not faults:
                reading = ParsedDraft(reading.experiment, await ask_reader(self._reading, problems, reading.experiment))
        except FaultyReaderError as error:
            self._forget_sizes()
            faults = [Problem("dataset", str(error))]
            reading = self.draft.read()
        except ReadingStoppedError as error:
            self._forget_sizes()
            note = f"Not read: {key_of('train')} reads the file again."
            self.form["dataset"].show_note(note)
            self.post_message(self.Checked(note))
            return ParsedDraft(None, [Problem("dataset", str(error))])
        self.form["dataset"].show_note(self._stopped_note or self._data_note)
        reading = ParsedDraft(reading.experiment, [*faults, *reading.problems])
        self._show_problems(_to_show(reading.problems))
        self.post_message(self.Checked(self._obstacle(reading.problems)))
        return reading

    def _obstacle(self, faults: Sequence[Problem]) -> str:
        """Return what prevents the training of the composed experiment: the first of its problems; "" without one."""
        return f"{self.title_of(faults[0])}: {plain(faults[0].message)}" if faults else ""

    async def valid_experiment(self, doing: str) -> Experiment | None:
        """Return the composed experiment; if it is invalid, focus the entry, show why, and return None."""
        self._stopped_note = ""
        reading = await self.checked()
        if reading.experiment is not None and not reading.problems:
            return reading.experiment
        self.refuse(doing, reading.problems[0])
        return None

    def refuse(self, doing: str, problem: Problem) -> None:
        """Focus the entry of a problem, and show that it prevents an action."""
        self._arrangement.show("compose")
        self.focus_problem(problem)
        say(self, sentence(problem.message), severity="error", title=f"Cannot {doing}: {self.title_of(problem)}")

    async def _with_codes(self, spec: DatasetSpec) -> DatasetSpec:
        """Return a data set with the codes of a file that was typed as categories, which are then the draft's too."""
        if not self.draft.has_new_file:
            return spec
        coded = await ask_reader(self._reading, with_codes, spec)
        self._catch_up()
        if coded is None or self.draft.dataset_spec() != spec:
            return spec
        dataset, codes = coded
        self.draft.take_codes(dataset)
        if codes:
            say(self, describe_codes(codes))
        return dataset

    async def _with_fitting_task(self, spec: DatasetSpec) -> DatasetSpec:
        """Return a data set with a task for the number of its target columns, which is then that of the draft too."""
        fitting = await ask_reader(self._reading, with_fitting_task, spec)
        self._catch_up()
        if fitting != spec and self.draft.dataset_spec() == spec:
            self.draft.choose_task(fitting)
            self._show_draft()
            count = (
                "several label columns are" if names_several(getattr(fitting, "label", None)) else "one label column is"
            )
            say(self, f"The task is now {task_of(fitting)}, as {count} named.")
        return fitting

    async def _look_at_data(self, spec: DatasetSpec) -> list[Problem]:
        """Update the draft and its note for a data set, or return the data set's problems."""
        faults = await ask_reader(self._reading, dataset_problems, spec)
        if faults:
            self._forget_sizes()
        else:
            shape = await ask_reader(self._reading, shape_of, spec)
            self._catch_up()
            self._fit(shape)
            self._show_network()
            note = await ask_reader(self._reading, describe_dataset_shape, shape, self.draft.read().experiment)
            self._data_note = note
            self._look(spec, shape)
        return faults

    def _fit(self, shape: DatasetShape) -> None:
        """Update the draft for a data set, and say so if its terms are no longer the network's inputs."""
        before = self.draft.features
        self.draft.fit(shape)
        if before and not self.draft.features:
            say(self, "The inputs are the features of these data: the terms chosen before are of others.")

    def _look(self, spec: DatasetSpec, shape: DatasetShape) -> None:
        """Show the data that training will use, and what it will do."""
        experiment = self.draft.valid_experiment()
        self.query_one(FirstLook).show(experiment, shape, self.draft.parameter_count)
        self.post_message(self.Looked(experiment, shape, self.draft.parameter_count))
        if (spec, experiment.seed, shape) != self._previewed:
            self._previewed = spec, experiment.seed, shape
            self._preview(spec, experiment.seed)

    @in_worker(exclusive=True, group="preview")
    async def _preview(self, spec: DatasetSpec, seed: int) -> None:
        if self._pictured != source_of(spec):
            call_once(self, _SECONDS_TO_BLANK, self._blank_picture)
        try:
            preview = await in_background(read_preview, spec, seed)
        except Exception:  # also of a reader of the user's; its errors are shown where the data set is checked
            preview = None
        self._pictured = source_of(spec)
        self._show_preview(preview)

    def _show_preview(self, preview: DataPreview | None) -> None:
        self.query_one(FirstLook).show_preview(preview)
        self.post_message(self.Previewed(preview))

    def _blank_picture(self) -> None:
        """Show no picture of other data below the name of those whose picture is still awaited."""
        if self._previewed is not None and self._pictured != source_of(self._previewed[0]):
            self._show_preview(None)

    def _shows_other_data(self, spec: DatasetSpec) -> bool:
        """Return whether what is shown of the data is of another data set, or of another file."""
        return self._previewed is not None and source_of(self._previewed[0]) != source_of(spec)

    def _forget_sizes(self) -> None:
        """Show nothing of a data set that is not the present one."""
        self._catch_up()
        self._data_note = ""
        self.form["dataset"].show_note("")
        self.draft.forget_sizes()
        self._previewed = None
        self.query_one(FirstLook).forget()
        self.post_message(self.Looked(None, None, None))
        self.form.write(self.draft.texts)
        self._show_network()

    def load(self, experiment: Experiment) -> None:
        """Replace all entries by those of an experiment."""
        shape = self.draft.shape if experiment.dataset == self.draft.dataset_spec() else None
        self.draft = Draft.of(experiment)
        if shape is not None:
            self.draft.fit(shape)
        self._show_draft()
        self._entries_changed()

    def open_file(self, path: str, on_failure: Callable[[str], None]) -> None:
        """Compose the experiment of a file; ``on_failure`` is called with the reason if it has none."""
        self._begin_opening(path, self._open(path, on_failure))

    @in_worker(exclusive=True, group="open")
    async def _open(self, path: str, on_failure: Callable[[str], None]) -> None:
        opened = await self._read_experiment(open_file, path, on_failure)
        if opened is not None:
            self._unreadable = None
            self.form.preset.show(None)
            self.load(opened.experiment)
            if opened.codes:
                self.draft.codes = frozenset(getattr(opened.experiment.dataset, "columns", None) or ())
            say(self, describe_opened(opened), title=f"Opened {path}")

    @in_worker(exclusive=True, group="open")
    async def _open_preset(self, preset: Preset) -> None:
        experiment = await self._read_experiment(find_experiment, preset.path, self._show_unreadable)
        if experiment is not None:
            self._unreadable = None
            self.load(experiment)

    async def _read_experiment(self, read: Callable[[P], R], source: P, on_failure: Callable[[str], None]) -> R | None:
        """Return what is read in a thread; None after showing why it cannot be read, or that it was stopped."""
        self._unopened = None
        try:
            return await self._reading.read(read, source)
        except ReadingStoppedError as error:
            self._unopened = Problem("dataset", str(error))
            self._entries_changed()
            self._stopped_note = f"Not read: the reading of {self._opened_name or 'the file'} was stopped."
            self.form["dataset"].show_note(self._stopped_note)
        except ExperimentError as error:
            self._unopened = Problem("dataset", str(error))
            self.form["dataset"].show_note("")
            self._entries_changed()
            on_failure(str(error))
        return None

    def _begin_opening(self, name: str, opening: Worker[None]) -> None:
        """Show what is being opened."""
        self._opening, self._opened_name, self._stopped_note = opening, name, ""
        self.form["dataset"].show_note(f"Reading {name} ...")

    def _show_unreadable(self, message: str) -> None:
        """Show why the chosen preset cannot be read."""
        self._unreadable = message
        self._entries_changed()

    def stop_reading(self) -> None:
        """End the reading of a file."""
        self._reading.stop()

    def _show_reading(self, progress: ReadingProgress) -> None:
        """Show how much of a file has been read, and what its rows tell, beneath the data set."""
        name = self._opened_name if self._is_opening else ""
        if not name and not progress.name:
            if not is_read(self.draft.dataset):
                if self._shows_other_data(self.draft.dataset_spec()):
                    self.form["dataset"].show_note("The data are being prepared …")
                return
            name = source_of(self.draft.dataset_spec())
        early = "" if progress.early is None else f" · {plain(progress.early.describe(), _LONGEST_EARLY_NOTE)}"
        self.form["dataset"].show_note(f"{progress.describe(name)} · Esc stops{early}")

    def use_dataset(self, dataset: DatasetSpec) -> None:
        """Take a data set that was changed elsewhere; the network keeps its hidden layers."""
        self._catch_up()
        if dataset != self.draft.dataset_spec():
            self.draft.choose_dataset(dataset)
            self._show_draft()
            self._edited()

    async def _fault_of_opening(self) -> Problem | None:
        """Wait for the file that is being opened, and return why it could not be."""
        if self._opening is None or not self._is_opening:
            return None
        with contextlib.suppress(WorkerError):  # of another file that is opened in its place
            await self._opening.wait()
        return self._unopened

    @property
    def _is_opening(self) -> bool:
        return self._opening is not None and not self._opening.is_finished

    def settings(self) -> tuple[Experiment, list[Problem]]:
        """Return all settings with the valid entries, and the problems of their combination."""
        self._catch_up()
        return self.draft.valid_experiment(), self._problems

    def take_settings(self, experiment: Experiment | None) -> None:
        """Take settings that were changed in the dialog; None changes nothing."""
        self._catch_up()
        if experiment is None or experiment == self.draft.valid_experiment():
            return
        self.draft.take(experiment)
        self._show_draft()
        self._edited()

    def _show_draft(self) -> None:
        """Update all entries from a changed draft."""
        with self.prevent(Input.Changed):
            self.form.follow_all(self.draft)
        self._show_file_fields()

    def use_learning_rate(self, rate: float) -> None:
        """Write a learning rate into its entry, as if it had been typed."""
        self.form.entries["learning-rate"].write(number(rate))

    def title_of(self, problem: Problem) -> str:
        """Return the title of a problem's entry."""
        if layer_of_problem(problem) is not None:
            return "Layers"
        return self.form[key_of_problem(problem, self.draft)].title

    def focus_problem(self, problem: Problem) -> None:
        """Show and focus a problem's entry."""
        layer = layer_of_problem(problem)
        if layer is not None and layer < len(self.draft.layers):
            layers = self.query_one(LayerList)
            layers.focus()
            layers.cursor = layer
        else:
            field = self.form[key_of_problem(problem, self.draft)]
            field.editor.focus()
            call_after_paint(self, field.scroll_visible, animate=False)

    # --- Entries ---------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    def _entry_changed(self, event: Input.Changed) -> None:
        """Check what was typed after the key is painted, as checking takes longer."""
        event.stop()
        self.behind = True
        self._look_later.reset()
        self._look_later.resume()

    def _catch_up(self) -> None:
        """Process what was typed since the last check."""
        self.behind = False
        self._look_later.pause()
        if self._take_entries():
            self._edited()

    def _take_entries(self) -> bool:
        """Read all entries into the draft, and return whether one has changed.

        The message of a key arrives some time after it was typed. Code that reads the draft or writes to entries calls
        this first, to avoid overwriting newer text.
        """
        before = self.draft.texts
        typed = {key: text for key, text in self.form.texts.items() if text != before[key]}
        for key, text in typed.items():
            self.draft.write(key, text)
        return bool(typed)

    @on(InputSwitches.Switched)
    def _input_switched(self, event: InputSwitches.Switched) -> None:
        event.stop()
        self._take_entries()
        if self.draft.switch_input(event.place):
            self._edited()
        else:
            say(self, "A network has at least one input: switch another one on first.")

    @on(LayerList.Edited)
    def _layers_changed(self) -> None:
        self.draft.layers_edited()
        self._edited()

    @on(ChoiceField.Chosen)
    def _value_chosen(self, event: ChoiceField.Chosen) -> None:
        if event.field is self.form.speed:
            if self.form.speed.value is not None:
                self.post_message(self.SpeedChosen(self.form.speed.value))
            return
        if event.field is self.form.preset:
            self.form.preset.show(event.place)  # a key before may have shown none
            self._load_preset()
            return
        if event.field.key == "dataset":
            self._stop_opening()
        self._take_entries()
        self.draft.choose(event.field.key, event.field.value)
        self._show_file_fields()
        self._edited()

    def _load_preset(self) -> None:
        self._stop_opening()
        preset = self.form.preset.value
        if preset is None:
            return
        if not preset.path.is_relative_to(package_folder()):  # it may name a data file, whose reading takes time
            self._begin_opening(preset.name, self._open_preset(preset))
            return
        try:
            experiment = find_experiment(preset.path)
        except ExperimentError as error:
            self._show_unreadable(str(error))
        else:
            self._unreadable = None
            self.load(experiment)

    def _stop_opening(self) -> None:
        """End the opening of a file, as something else was chosen."""
        if self._opening is not None and self._is_opening:
            self._opening.cancel()

    @on(Button.Pressed)
    async def _button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        await self.screen.run_action(request_of(BY_ID[event.button.id or ""]))

    # --- Showing ---------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        """Show that the entries no longer equal a preset, so that it can be chosen again."""
        self.draft.base = replace(self.draft.base, name="")
        self.form.preset.show(None)
        self._entries_changed()

    def _entries_changed(self) -> None:
        """Make all entries consistent, mark invalid ones at once, and check the rest with the data set."""
        self._stopped_note = ""
        self.form.write(self.draft.texts)
        self._show_network()
        reading = self.draft.read()
        if reading.problems or self._unreadable is not None:
            self._show_problems(_to_show(reading.problems))
        self._check()

    @in_worker(exclusive=True, group="check")
    async def _check(self) -> None:
        await self.checked()

    def _show_network(self) -> None:
        draft = self.draft
        self.query_one(NetworkEditor).show(draft)
        self.query_one("#network-picture", Plot).show(partial(_draw_network, layers_of(draft)))
        self.form.follow(draft)
        self.form.inputs.show(draft.switches)
        self._show_needed_entries()
        self._show_more()

    def _show_more(self) -> None:
        """Show the number of changed settings without an entry here; the tooltip lists them."""
        changes = hidden_changes(self.draft.valid_experiment())
        if changes != self._changes:
            self._changes = changes
            button = self.form.more
            button.label = f"{key_of('more-settings')} all settings" + (f" · {len(changes)} changed" if changes else "")
            button.tooltip = Content(
                "Changed from default: " + ", ".join(changes) if changes else "All settings have their defaults"
            )

    def _show_file_fields(self) -> None:
        self._show_needed_entries()
        self.form["csv-path"].show_title(self.draft.file_title)

    def _show_needed_entries(self) -> None:
        """Show the entries that the draft needs, and style only what depends on that, not the whole area."""
        before = self.classes
        self.update_classes(_classes_of(self.draft), update=False)
        if self.classes != before:
            self.app.stylesheet.update_nodes(self.query(_DEPENDING))

    def _show_problems(self, faults: Sequence[Problem]) -> None:
        self._problems = list(faults)
        messages: dict[str, str] = {}
        layers: dict[int, Problem] = {}
        for problem in faults:
            layer = layer_of_problem(problem)
            if layer is not None:
                layers.setdefault(layer, problem)
            else:
                messages.setdefault(key_of_problem(problem, self.draft), problem.message)
        if self._unreadable is not None:
            messages["experiment"] = self._unreadable
        self.form.show_problems(messages)
        self.query_one(NetworkEditor).show_problems(layers)


def _classes_of(draft: Draft) -> dict[str, bool]:
    """Return the classes that show the entries that not every draft needs."""
    return {
        "has-inputs": bool(draft.switches),
        # A constant learning rate without a warm-up needs no entry for one.
        "scheduled": draft.schedule != "constant" or draft.warm_up != "0",
        "own-file": bool(path_fields(draft.dataset)),
        "own-label": draft.has_label,
        "noisy": draft.has_noise,
    }


def layers_of(draft: Draft) -> list[LayerUnits]:
    """Return the layers of a draft for a picture, those that are valid."""
    stack = draft.stack
    hidden = [
        LayerUnits(int(layer.size), name_of(layer.activation)) for layer in draft.layers if str(layer.size).isdigit()
    ]
    if stack is not None:
        sizes = map(features_of, stack.shapes[1:])
        hidden = [LayerUnits(size, layer.notation) for size, layer in zip(sizes, stack.layers, strict=False)]
    return [
        LayerUnits(draft.input_size or 0, "in", names=draft.input_titles),
        *hidden,
        LayerUnits(draft.output_size or 0, name_of(draft.output_activation)),
    ]


def _draw_network(layers: Sequence[LayerUnits], width: int, height: int, ink: Ink, dark: bool) -> tuple[Row, ...]:
    return draw_network(layers, None, width, height, ink, dark=dark)


def _to_show(faults: Sequence[Problem]) -> list[Problem]:
    """Return the problems to show at entries: no path that is still to be typed, no sizes that are still to be read."""
    return [fault for fault in faults if not waits_for_user(fault)]
