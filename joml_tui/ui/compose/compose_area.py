"""The compose area: the entries of the next run, in step with each other, marked where they are impossible."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input

from joml_tui.experiment import CsvFile, DatasetSpec, Experiment, Problem, problems, shape_of
from joml_tui.experiment.presets import find_experiment
from joml_tui.experiment.yaml_text import ExperimentError
from joml_tui.ui.actions import BY_ID, key_of, request_of
from joml_tui.ui.compose.compose_form import ComposeForm, key_of_problem, layer_of_problem
from joml_tui.ui.compose.dataset_check import (
    FaultyReaderError,
    ask_reader,
    dataset_problems,
    describe_dataset_shape,
)
from joml_tui.ui.compose.draft import Draft, ParsedDraft
from joml_tui.ui.compose.layer_list import EDITS, LayerEdit, LayerList
from joml_tui.ui.compose.network_editor import NetworkEditor
from joml_tui.ui.compose.setting_entries import hidden_changes
from joml_tui.ui.compose.settings_dialog import SettingsDialog
from joml_tui.ui.deferred_calls import call_after_paint, call_every, in_worker
from joml_tui.ui.notices import say
from joml_tui.ui.screen_stack import open_screen
from joml_tui.ui.shell.arrangement import Arrangement
from joml_tui.ui.text import number, sentence
from joml_tui.ui.widgets.form_field import ChoiceField

#: After so long without a key the entries are looked at.
_TYPING_SECONDS = 0.12
#: The fields from above, without the network's; those of a row stand beside each other.
_ROWS = (
    ("experiment",),
    ("dataset",),
    ("csv-path",),
    ("csv-label",),
    ("optimizer",),
    ("learning-rate",),
    ("schedule",),
    ("warm-up",),
    ("batch-size", "epochs"),
    ("seed", "replicas"),
    ("output",),
    ("cost",),
    ("more-settings",),
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
        self.behind = False
        """Whether something was typed that has not been looked at yet."""

    def compose(self) -> ComposeResult:
        """Put the entries in one column and the network in another; a wide screen stacks them."""
        self.form = ComposeForm(self.draft, self._preset)  # widgets are made where there is an application
        with Vertical(id="settings"):
            for row in _ROWS:
                fields = [self.form[key] for key in row]
                yield Horizontal(*fields, classes="pair") if len(fields) > 1 else fields[0]
        yield NetworkEditor(self.form.entries["architecture"], id="network")

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
        self.form.preset.select.focus()
        self.form.preset.select.action_show_overlay()

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
        experiment, faults = self.settings()
        place = ("layers", layers.cursor) if layers.has_focus and layers.rows else None
        open_screen(self, SettingsDialog(experiment, faults, place), self.take_settings)

    # --- What the lab asks -----------------------------------------------------------------------------------------

    async def checked(self) -> ParsedDraft:
        """Return the experiment that the entries describe, or all that keeps it from running; mark the entries."""
        self._catch_up()
        spec = self.draft.dataset_spec()
        faults: list[Problem] = []
        try:
            if not isinstance(spec, CsvFile) or spec.path:
                faults = await self._look_at_data(spec)
            else:  # what stands there is of the data set before
                self.form["dataset"].show_note("")
            self._catch_up()
            reading = self.draft.read()
            if reading.experiment is not None and not faults:
                reading = ParsedDraft(reading.experiment, await ask_reader(problems, reading.experiment))
        except FaultyReaderError as error:
            self.form["dataset"].show_note("")
            faults = [Problem("dataset", str(error))]
            reading = self.draft.read()
        reading = ParsedDraft(reading.experiment, [*faults, *reading.problems])
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
        faults = await ask_reader(dataset_problems, spec)
        if not faults:
            shape = await ask_reader(shape_of, spec)
            self._catch_up()
            self.draft.fit(shape)
            self._show_network()
        note = "" if faults else await ask_reader(describe_dataset_shape, shape, self.draft.read().experiment)
        self.form["dataset"].show_note(note)
        return faults

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
        return self.draft.known(), self._problems

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
        with self.prevent(Input.Changed):
            self.form.follow_all(self.draft)
        self._show_file_fields()

    def use_learning_rate(self, rate: float) -> None:
        """Write a learning rate into its entry, as if it had been typed."""
        self.form.entries["learning-rate"].write(number(rate))

    def title_of(self, problem: Problem) -> str:
        """Return the title of the entry that a problem stands at."""
        if layer_of_problem(problem) is not None:
            return "Layers"
        return self.form[key_of_problem(problem, self.draft)].title

    def focus_problem(self, problem: Problem) -> None:
        """Bring the entry that a problem stands at into view, and the keys to it."""
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
        before = self.draft.texts
        typed = {key: text for key, text in self.form.texts.items() if text != before[key]}
        for key, text in typed.items():
            self.draft.write(key, text)
        return bool(typed)

    @on(LayerList.Edited)
    def _layers_changed(self) -> None:
        self.draft.layers_edited()
        self._edited()

    @on(ChoiceField.Chosen)
    def _value_chosen(self, event: ChoiceField.Chosen) -> None:
        if event.field is self.form.preset:
            self.form.preset.show(event.place)  # a key before may have shown none
            self._load_preset()
            return
        self._take_entries()
        self.draft.choose(event.field.key, event.field.value)
        self._show_file_fields()
        self._edited()

    def _load_preset(self) -> None:
        preset = self.form.preset.value
        if preset is None:
            return
        try:
            experiment = find_experiment(preset.path)
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
        self.form.preset.show(None)
        self._entries_changed()

    def _entries_changed(self) -> None:
        """Bring all entries into step, mark at once what is none, and ask the data set about the rest."""
        self.form.write(self.draft.texts)
        self._show_network()
        reading = self.draft.read()
        if reading.problems or self._unreadable is not None:
            self._show_problems(reading.problems)
        self._check()

    @in_worker(exclusive=True, group="check")
    async def _check(self) -> None:
        await self.checked()

    def _show_network(self) -> None:
        draft = self.draft
        self.query_one(NetworkEditor).show(draft)
        self.form.follow(draft)
        # A constant learning rate without a warm-up needs no entry for one.
        self.set_class(draft.schedule != "constant" or draft.warm_up != "0", "scheduled")
        self._show_more()

    def _show_more(self) -> None:
        """Say how much is not as usual of what has no entry here; the tooltip says what."""
        changes = hidden_changes(self.draft.known())
        if changes != self._changes:
            self._changes = changes
            button = self.form.more
            button.label = f"{key_of('more-settings')} all settings" + (f" · {len(changes)} changed" if changes else "")
            button.tooltip = Content(
                "Changed from default: " + ", ".join(changes) if changes else "All settings have their defaults"
            )

    def _show_file_fields(self) -> None:
        self.set_class(isinstance(self.draft.dataset, CsvFile), "own-file")

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
