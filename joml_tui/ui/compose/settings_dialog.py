"""All settings of the next run, a group at a time, also those that the main screen has no room for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Button, Label, Select

from joml.declaration import Part
from joml_tui.decoding import Path, format_path
from joml_tui.experiment import Experiment, Problem, kind_at, metric_name, own_part_problem, own_parts_of
from joml_tui.ui.compose.own_setting_entries import (
    OwnSettingEntry,
    Reference,
    all_settings_in,
    find_own_parts,
    references_in,
)
from joml_tui.ui.compose.setting_entries import (
    GROUPS,
    SettingEntry,
    SettingError,
    in_all_layers,
    replaced,
    reset,
)
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import Dialog
from joml_tui.ui.textual_compat import is_gone
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.dropdown import Dropdown
from joml_tui.ui.widgets.entry import Entry
from joml_tui.ui.widgets.form_field import Field
from joml_tui.ui.widgets.static_text import StaticText

#: All hidden layers at once: the first one's settings stand for them.
_ALL: Path = ("layers",)
_OUTPUT: Path = ("output",)
#: Seconds without a key after which a part of one's own is tried with what was typed.
_PAUSE = 0.25


class SettingField(Field):
    """One setting: its name, the entry or the list, and what may stand there."""

    def __init__(self, setting: SettingEntry, text: str, note: str = "") -> None:
        self.setting = setting
        # A parameter's name may have letters that an id may not.
        name = re.sub("[^A-Za-z0-9_-]", lambda match: f"_{ord(match[0])}", "-".join(map(str, setting.path)))
        editor: Entry | Select[str]
        if setting.names:
            chosen = [(each, each) for each in setting.names]
            editor = Dropdown(chosen, value=setting.text, allow_blank=False, id=f"set-{name}", compact=True)
        else:
            editor = Entry(text, id=f"set-{name}", placeholder=setting.usual_text)
        usual = f"usual {setting.usual_text}" if setting.usual_text and setting.differs else ""
        hint = "; ".join(part for part in (note, "" if setting.names else setting.wanted, usual) if part)
        super().__init__(self._titled(setting.differs), editor, unit=hint)
        self.add_class("setting")
        self.set_class(setting.differs, "changed")
        self.set_class(not (setting.names or setting.wanted), "long")

    @property
    def text(self) -> str:
        """What is typed or chosen."""
        return str(self.editor.value) if isinstance(self.editor, (Entry, Select)) else ""

    def follow(self, setting: SettingEntry) -> None:
        """Mark the setting as another than the usual one, or do not any more."""
        self.setting = setting
        if setting.differs != self.has_class("changed"):
            self.set_class(setting.differs, "changed")
            self.query_one(".title", Label).update(self._titled(setting.differs))

    def _titled(self, differs: bool) -> str:
        return f"{'•' if differs else ' '} {'  ' * self.setting.depth}{self.setting.title}"


class SettingsDialog(Dialog[Experiment | None]):
    """Shows all settings; the result is the experiment with what was changed, None for Escape."""

    CSS_PATH = ["../dialogs/dialogs.tcss", "settings_dialog.tcss"]
    HELP = (
        "Every setting of the next run. A dot (•) marks what differs from the default; an empty field means the "
        "default. Enter applies all groups together."
    )
    BINDINGS = [
        ("escape", "close", "Cancel"),
        ("pageup", "group(-1)", "Group before"),
        ("pagedown", "group(1)", "Next group"),
        ("up", "app.focus_previous", "Entry above"),
        ("down", "app.focus_next", "Entry below"),
        ("f2", "accept", "Apply"),
    ]

    def __init__(self, experiment: Experiment, found: Sequence[Problem] = (), place: Path | None = None) -> None:
        super().__init__()
        self._experiment = experiment
        self._found = {problem.field: problem.message for problem in found}
        self._showing = asyncio.Lock()
        self._wrong: dict[Path, tuple[str, str]] = {}
        """What was typed that is no value, and why."""
        self._own_parts: dict[Reference, Part | str] = {}
        """Parts of one's own that were imported, or why they could not be."""
        self._imports: set[Reference] = set()
        """Those parts, and the ones whose import is under way."""
        self._untried: dict[Path, Path] = {}
        """Parts of one's own that a setting was typed for since they were made, and the setting."""
        self._refusals: dict[Path, tuple[Path, str]] = {}
        """Why parts of one's own cannot be made with their settings, and the setting that was typed last."""
        self._group = GROUPS[0] if place is None else "Layers"
        self._place: Path = place or (_ALL if experiment.layers else _OUTPUT)
        self._places: dict[str, Path] = {"all hidden layers": _ALL} if experiment.layers else {}
        for index, layer in enumerate(experiment.layers):
            self._places[f"layer {index + 1}, of {layer.size:,}"] = ("layers", index)
        self._places["output"] = _OUTPUT

    def compose(self) -> ComposeResult:
        """Put the groups above the entries."""
        with Vertical(classes="dialog more-settings"):
            with Horizontal(id="more-groups"):
                for place, group in enumerate(GROUPS):
                    button = Button(group, id=f"group-{place}", compact=True)
                    button.can_focus = False
                    yield button
            names = [(name, name) for name in self._places]
            chosen = next(name for name, place in self._places.items() if place == self._place)
            where = Dropdown(names, value=chosen, allow_blank=False, id="more-place", compact=True)
            yield Field("  Of", where)
            yield VerticalScroll(id="more-entries", can_focus=False)
            yield StaticText(id="more-said")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Apply (F2)", id="accept", variant="primary", compact=True)
                yield Button("Reset group", id="reset", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    async def on_mount(self) -> None:
        """Begin with the first entry."""
        await self._show()
        self._import_own_parts()

    # --- What it shows ---------------------------------------------------------------------------------------------

    def _settings(self) -> list[SettingEntry]:
        """Return the settings of the group in view."""
        if self._group != "Layers":
            settings = all_settings_in(self._experiment, (), self._own_parts)
        elif self._place == _OUTPUT:
            settings = all_settings_in(self._experiment.output, _OUTPUT, self._own_parts)
        else:
            index = self._index
            settings = all_settings_in(self._experiment.layers[index], ("layers", index), self._own_parts)
        return [setting for setting in settings if setting.group == self._group]

    @property
    def _index(self) -> int:
        """The hidden layer in view."""
        return 0 if self._place == _ALL else int(self._place[1])

    async def _show(self, focus: Path = ()) -> None:
        """Show the group's entries anew, as which there are hangs on what is chosen.

        Never within a handler of one of these entries, which are waited for until they are gone.
        """
        async with self._showing:  # a list and a key can both ask for it
            fields = [self._field_of(each) for each in self._settings()]
            for place, group in enumerate(GROUPS):
                self.query_one(f"#group-{place}", Button).set_class(group == self._group, "chosen")
            self.query_one("#field-more-place").set_class(self._group == "Layers", "shown")
            with self.app.batch_update():
                if not await self._replace_entries(fields):
                    return
            self._show_problems(fields)
            wanted = next((field for field in fields if field.setting.path == focus), fields[0] if fields else None)
            if wanted is not None:
                wanted.editor.focus()

    async def _replace_entries(self, fields: Sequence[SettingField]) -> bool:
        """Put other entries in the place of those there; tell whether the dialog is still there."""
        entries = self.query_one("#more-entries", VerticalScroll)
        await entries.remove_children()
        if is_gone(self):  # left meanwhile
            return False
        await entries.mount_all(fields)
        return not is_gone(self)

    def _field_of(self, setting: SettingEntry) -> SettingField:
        return SettingField(setting, self._wrong.get(setting.path, (setting.text,))[0], self._note(setting))

    def _show_problems(self, fields: Iterable[SettingField]) -> None:
        """Say beneath each entry what is wrong with it, as it was typed, by its own part, or beside the others."""
        refusals = dict(self._refusals.values())
        for field in fields:
            path = field.setting.path
            wrong = self._wrong.get(path)
            field.show_problem(wrong[1] if wrong else refusals.get(path) or self._found.get(format_path(path)))

    def _note(self, setting: SettingEntry) -> str:
        """Say where the hidden layers do not agree."""
        if self._group != "Layers" or self._place != _ALL:
            return ""
        name = str(setting.path[2])
        alike = len({getattr(layer, name) for layer in self._experiment.layers}) == 1
        return "" if alike or len(setting.path) > 3 else "layers differ"

    @on(DescendantFocus)
    def _explain(self, event: DescendantFocus) -> None:
        """Say what the setting with the keys belongs to."""
        field = next((node for node in event.widget.ancestors if isinstance(node, SettingField)), None)
        self.query_one("#more-said", StaticText).say("" if field is None else field.setting.said)
        self._import_own_parts()  # one may have been named in the entry that was left

    # --- Parts of one's own ----------------------------------------------------------------------------------------

    @in_worker(group="own parts")
    async def _import_own_parts(self) -> None:
        """Import what the experiment names, and show the settings that it has."""
        missing = {reference for _, reference in references_in(self._experiment)} - self._imports
        if missing:
            self._imports |= missing
            self._own_parts |= await in_background(find_own_parts, missing)
            for path, reference in references_in(self._experiment):
                part = self._own_parts.get(reference)
                if isinstance(part, str):
                    self._found.setdefault(format_path(path), part)
        await self._follow_own_parts()

    async def _follow_own_parts(self) -> None:
        """Add entries that are not there yet, and remove those of another part; somebody may be typing in the rest."""
        async with self._showing:
            settings = self._settings()
            fields = {field.setting.path: field for field in self.query(SettingField)}
            if is_gone(self) or list(fields) == [setting.path for setting in settings]:
                return
            for path in fields.keys() - {setting.path for setting in settings}:
                await fields.pop(path).remove()
            above: SettingField | None = None
            for setting in settings:
                field = fields.get(setting.path)
                if field is None:
                    field = self._field_of(setting)
                    await self.query_one("#more-entries", VerticalScroll).mount(field, after=above)
                    if is_gone(self):
                        return
                above = field
            self._show_problems(self.query(SettingField))

    @in_worker(group="own parts made", exclusive=True)
    async def _try_own_parts(self) -> None:
        """Make the parts of one's own that were changed; what they refuse is said at the setting typed last."""
        await asyncio.sleep(_PAUSE)
        for part_path, setting_path in list(self._untried.items()):
            chosen = dict(own_parts_of(self._experiment)).get(part_path)
            message = ""
            if chosen is not None:
                message = await in_background(own_part_problem, kind_at(part_path), chosen)
            if dict(own_parts_of(self._experiment)).get(part_path) != chosen:
                continue  # changed meanwhile, without a key
            self._untried.pop(part_path, None)
            if message:
                self._refusals[part_path] = (setting_path, message)
        self._show_problems(self.query(SettingField))

    def _try_later(self, setting: OwnSettingEntry) -> None:
        """Have a part made with a setting that was typed or chosen."""
        part_path = self._path_of_part(setting)
        self._refusals.pop(part_path, None)
        self._untried[part_path] = setting.path
        self._try_own_parts()

    def _path_of_part(self, setting: OwnSettingEntry) -> Path:
        """Return where a setting's part is chosen, with a metric's place for its name."""
        path = setting.path[:-2]
        if path[0] != "metrics":
            return path
        names = [metric_name(metric) for metric in self._experiment.metrics]
        return ("metrics", names.index(str(path[1])))

    # --- Entries ---------------------------------------------------------------------------------------------------

    @on(Entry.Changed)
    def _entry_typed(self, event: Entry.Changed) -> None:
        event.stop()
        self._read_entries()

    @on(Select.Changed, "#more-place")
    async def _place_chosen(self, event: Select.Changed) -> None:
        event.stop()
        place = self._places[str(event.value)]
        if place != self._place:
            self._read_entries()
            self._place = place
            await self._show()

    @on(Select.Changed)
    async def _chosen(self, event: Select.Changed) -> None:
        field = next((node for node in event.select.ancestors if isinstance(node, SettingField)), None)
        if field is None or not field.is_attached or str(event.value) == field.setting.text:
            return
        self._read_entries()
        self._put(field.setting, field.setting.chosen(str(event.value)))
        await self._show(field.setting.path)

    def _read_entries(self) -> None:
        """Take what stands in the entries now; what is no value is said beneath it and kept as typed."""
        now = {setting.path: setting for setting in self._settings()}
        for field in self.query(SettingField):
            setting = now.get(field.setting.path)
            if setting is None or setting.names:
                continue
            known = self._wrong.get(setting.path, (setting.text,))[0]
            if field.text != known:
                self._read(field, setting)

    def _read(self, field: SettingField, setting: SettingEntry) -> None:
        try:
            value = setting.read(field.text)
        except SettingError as error:
            self._wrong[setting.path] = (field.text, str(error))
            field.show_problem(str(error))
            return
        self._wrong.pop(setting.path, None)
        field.show_problem(None)
        # An empty entry stands for the usual value, and other texts for the same number.
        if value != setting.value:
            self._put(setting, value)
            field.follow(next(each for each in self._settings() if each.path == setting.path))

    def _put(self, setting: SettingEntry, value: Any) -> None:
        self._found.pop(format_path(setting.path), None)
        self._experiment = replaced(self._experiment, setting.path, setting.kept(value))
        if setting.path[-1] == "own":
            self._found.pop(format_path(setting.path[:-1]), None)
            self._refusals.pop(setting.path[:-1], None)
        self._refusals.pop(setting.path, None)
        if isinstance(setting, OwnSettingEntry):
            self._found.pop(format_path(self._path_of_part(setting)), None)
            self._try_later(setting)
        if self._group == "Layers" and self._place == _ALL:
            self._experiment = in_all_layers(self._experiment, str(setting.path[2]))

    # --- Keys and buttons ------------------------------------------------------------------------------------------

    async def action_group(self, step: int) -> None:
        """Show the next group, or the one before."""
        await self._go_to(GROUPS[(GROUPS.index(self._group) + step) % len(GROUPS)])

    async def _go_to(self, group: str) -> None:
        if group != self._group:
            self._read_entries()
            self._group = group
            await self._show()

    @on(Button.Pressed)
    async def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        name = event.button.id or ""
        if name.startswith("group-"):
            await self._go_to(GROUPS[int(name.removeprefix("group-"))])
        elif name == "accept":
            await self.action_accept()
        elif name == "reset":
            await self._reset()
        else:
            self.close(None)

    async def _reset(self) -> None:
        settings = self._settings()
        self._experiment = reset(self._experiment, settings)
        paths = {setting.path for setting in settings}
        self._refusals = {part: refusal for part, refusal in self._refusals.items() if refusal[0] not in paths}
        for setting in settings:
            self._wrong.pop(setting.path, None)
            self._found.pop(format_path(setting.path), None)
            if self._group == "Layers" and self._place == _ALL:
                self._experiment = in_all_layers(self._experiment, str(setting.path[2]))
        await self._show()

    async def action_accept(self) -> None:
        """Close with the settings as they stand, or go to the first entry that is none."""
        self._read_entries()
        path = self._first_wrong()
        if path is None:
            self.close(self._experiment)
            return
        if path[0] == "layers":
            self._group = "Layers"
            # What was typed for all layers stands at the first, and is mended for all.
            if not (self._place == _ALL and path[1] == self._index):
                self._place = ("layers", path[1])
        elif path[0] == "output" and path[1] != "cost":
            self._place, self._group = _OUTPUT, "Layers"
        else:
            settings = all_settings_in(self._experiment, (), self._own_parts)
            self._group = next(each.group for each in settings if each.path == path)
        if self._group == "Layers":
            chosen = next(name for name, place in self._places.items() if place == self._place)
            with self.prevent(Select.Changed):
                self.query_one("#more-place", Select).value = chosen
        await self._show(path)

    def _first_wrong(self) -> Path | None:
        """Return where the first entry is that is none, of those that there still are."""
        layers = (
            each
            for index, layer in enumerate(self._experiment.layers)
            for each in all_settings_in(layer, ("layers", index), self._own_parts)
            if self._wrong or self._refusals
        )
        refused = {path for path, _ in self._refusals.values()}
        for setting in (*all_settings_in(self._experiment, (), self._own_parts), *layers):
            if setting.value == "" and setting.usual is msgspec.NODEFAULT:
                self._wrong.setdefault(setting.path, ("", f"{setting.title.lower()} is needed"))
            if setting.path in self._wrong or setting.path in refused:
                return setting.path
        return None
