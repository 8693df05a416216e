"""The dialog of all settings of the next run, group by group."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Button

from joml_tui.decoding import Path
from joml_tui.experiment import Experiment, Problem, kind_at, own_part_problem
from joml_tui.ui.compose.edited_settings import EditedSettings
from joml_tui.ui.compose.own_setting_entries import find_own_parts
from joml_tui.ui.compose.setting_entries import GROUPS, SettingEntry
from joml_tui.ui.data_files.path_entry import PathField
from joml_tui.ui.deferred_calls import in_worker
from joml_tui.ui.screen_stack import DIALOG_STYLE
from joml_tui.ui.textual_compat import is_gone
from joml_tui.ui.threads import in_background
from joml_tui.ui.widgets.choice import Choice
from joml_tui.ui.widgets.dialog_box import DialogBox, DialogKey
from joml_tui.ui.widgets.form import Form
from joml_tui.ui.widgets.form_dialog import FormDialog
from joml_tui.ui.widgets.form_field import ChoiceField, EntryField, Field
from joml_tui.ui.widgets.static_text import StaticText

#: Seconds without a key after which a custom part is tried with the typed settings.
_PAUSE = 0.25
_GROUPS_KEY = DialogKey("PgUp PgDn", "change the group")


class SettingsDialog(FormDialog[Experiment]):
    """The dialog of all settings; the result is the changed experiment, None for Escape."""

    CSS_PATH = [DIALOG_STYLE, "settings_dialog.tcss"]
    HELP: ClassVar[str] = (
        "Every setting of the next run. A dot (•) marks what differs from the default; an empty field means the "
        "default. Enter applies all groups together."
    )
    BINDINGS = [
        ("pageup", "group(-1)", "Group before"),
        ("pagedown", "group(1)", "Next group"),
    ]

    def __init__(self, experiment: Experiment, problems: Sequence[Problem] = (), place: Path | None = None) -> None:
        super().__init__("All settings of the next run", (), accept="Apply")
        self._edited = EditedSettings(experiment, problems, place)
        self._settings: dict[str, SettingEntry] = {}
        """The setting of each field of the form."""
        self._showing = asyncio.Lock()
        layers = [Choice(title, place) for title, place in self._edited.places.items()]
        self._layers = ChoiceField("more-place", "  Of", layers, self._place_in_list)

    def compose(self) -> ComposeResult:
        """Put the groups above the entries."""
        with DialogBox(self.purpose, (_GROUPS_KEY, *self.keys()), "more-settings"):
            with Horizontal(id="more-groups"):
                for place, group in enumerate(GROUPS):
                    button = Button(group, id=f"group-{place}", compact=True)
                    button.can_focus = False
                    yield button
            yield self._layers
            yield VerticalScroll(id="more-entries", can_focus=False)
            yield StaticText(id="more-said")
            with Horizontal(classes="dialog-buttons"):
                yield Button("Apply", id="accept", variant="primary", compact=True)
                yield Button("Reset group", id="reset", compact=True)
                yield Button("Cancel", id="cancel", compact=True)

    async def show_form(self) -> None:
        """Focus the first entry of the group."""
        await self._show()
        self._import_own_parts()

    # --- What it shows ---------------------------------------------------------------------------------------------

    @property
    def _place_in_list(self) -> int:
        return list(self._edited.places.values()).index(self._edited.place)

    async def _show(self, focus: Path = ()) -> None:
        """Show the group's entries anew, because they depend on the choices.

        Never call it in a handler of one of these entries, whose removal it waits for.
        """
        async with self._showing:  # a list and a key can both request it
            settings = self._edited.settings_in_view()
            fields = [self._field_of(setting) for setting in settings]
            for place, group in enumerate(GROUPS):
                self.query_one(f"#group-{place}", Button).set_class(group == self._edited.group, "chosen")
            self._layers.set_class(self._edited.group == "Layers", "shown")
            with self.app.batch_update():
                if not await self._replace_entries(fields):
                    return
            self._take_form(fields, settings)
            if fields:
                paths = [setting.path for setting in settings]
                fields[paths.index(focus) if focus in paths else 0].editor.focus()

    async def _replace_entries(self, fields: Sequence[Field]) -> bool:
        """Replace the entries, and return whether the dialog is still open."""
        entries = self.query_one("#more-entries", VerticalScroll)
        await entries.remove_children()
        if is_gone(self):  # left meanwhile
            return False
        await entries.mount_all(fields)
        return not is_gone(self)

    def _take_form(self, fields: Sequence[Field], settings: Iterable[SettingEntry]) -> None:
        self.form = Form(fields)
        self._settings = dict(zip(self.form.fields, settings, strict=True))
        self._show_problems()

    def _field_of(self, setting: SettingEntry) -> Field:
        return field_of(setting, self._edited.text_of(setting), self._edited.note_on(setting))

    def _show_problems(self) -> None:
        """Show each entry's problem below it."""
        messages = {key: self._edited.problem_of(setting) for key, setting in self._settings.items()}
        self.form.show_problems({key: message for key, message in messages.items() if message})

    @on(DescendantFocus)
    def _explain(self, event: DescendantFocus) -> None:
        """Show the description of the focused setting."""
        field = next((node for node in event.widget.ancestors if isinstance(node, Field)), None)
        setting = None if field is None else self._settings.get(field.key)
        self.query_one("#more-said", StaticText).say("" if setting is None else setting.help)
        self._import_own_parts()  # the entry that lost the focus may name a custom part

    # --- Parts of one's own ----------------------------------------------------------------------------------------

    @in_worker(group="own parts")
    async def _import_own_parts(self) -> None:
        """Import the experiment's custom parts, and show their settings."""
        missing = self._edited.parts_to_import()
        if missing:
            self._edited.take_parts(await in_background(find_own_parts, missing))
        await self._follow_own_parts()

    async def _follow_own_parts(self) -> None:
        """Add missing entries and remove those of other parts; the user may be typing in the others."""
        async with self._showing:
            settings = {key_of(setting.path): setting for setting in self._edited.settings_in_view()}
            fields = dict(self.form.fields)
            if is_gone(self) or list(fields) == list(settings):
                return
            for key in fields.keys() - settings.keys():
                await fields.pop(key).remove()
            above: Field | None = None
            for key, setting in settings.items():
                if key not in fields:
                    fields[key] = self._field_of(setting)
                    await self.query_one("#more-entries", VerticalScroll).mount(fields[key], after=above)
                    if is_gone(self):
                        return
                above = fields[key]
            self._take_form([fields[key] for key in settings], settings.values())

    @in_worker(group="own parts made", exclusive=True)
    async def _try_own_parts(self) -> None:
        """Make the changed custom parts, and show errors at the setting typed last."""
        await asyncio.sleep(_PAUSE)
        for path, chosen in self._edited.parts_to_try():
            message = "" if chosen is None else await in_background(own_part_problem, kind_at(path), chosen)
            self._edited.take_trial(path, chosen, message)
        self._show_problems()

    # --- Entries ---------------------------------------------------------------------------------------------------

    def form_changed(self) -> None:
        """Read the entries; an invalid text is kept, with its problem below it."""
        now = {key_of(setting.path): setting for setting in self._edited.settings_in_view()}
        before = self._edited.experiment
        for key, text in self.form.texts.items():
            if key in now and not now[key].names:
                self._edited.write(now[key], text)
        if self._edited.experiment is not before:
            self._follow(self._edited.settings_in_view())
        self._show_problems()

    def _follow(self, settings: Iterable[SettingEntry]) -> None:
        """Mark the settings that differ from their defaults."""
        for setting in settings:
            key = key_of(setting.path)
            if key in self.form.fields:
                self._settings[key] = setting
                mark(self.form[key], setting)
        if self._edited.parts_to_try():
            self._try_own_parts()

    @on(ChoiceField.Chosen)
    async def _value_chosen(self, event: ChoiceField.Chosen) -> None:
        event.stop()
        event.prevent_default()
        self.form_changed()
        if event.field is self._layers:
            place = self._layers.value
            if place is not None and place != self._edited.place:
                self._edited.place = place
                await self._show()
            return
        setting, name = self._settings.get(event.field.key), str(event.field.value)
        if setting is None or not event.field.is_attached or name == setting.text:
            return
        self._edited.choose(setting, name)
        if self._edited.parts_to_try():
            self._try_own_parts()
        await self._show(setting.path)

    # --- Keys and buttons ------------------------------------------------------------------------------------------

    async def action_group(self, step: int) -> None:
        """Show the next group, or the one before."""
        await self._go_to(GROUPS[(GROUPS.index(self._edited.group) + step) % len(GROUPS)])

    async def _go_to(self, group: str) -> None:
        if group != self._edited.group:
            self.form_changed()
            self._edited.group = group
            await self._show()

    @on(Button.Pressed, "#more-groups Button")
    async def _group_pressed(self, event: Button.Pressed) -> None:
        await self._go_to(GROUPS[int(str(event.button.id).removeprefix("group-"))])

    @on(Button.Pressed, "#reset")
    async def _reset_pressed(self) -> None:
        self._edited.reset_group()
        await self._show()

    async def action_accept(self) -> None:
        """Close with the present settings, or focus the first invalid entry."""
        self.form_changed()
        path = self._edited.first_wrong()
        if path is None:
            self.close(self._edited.experiment)
            return
        self._edited.bring_into_view(path)
        if self._edited.group == "Layers":
            self._layers.show(self._place_in_list)
        await self._show(path)


def field_of(setting: SettingEntry, text: str, note: str = "") -> Field:
    """Return the field of a setting: its name, the entry or the list, and the allowed values."""
    usual = f"usual {setting.usual_text}" if setting.usual_text and setting.differs else ""
    hint = "; ".join(part for part in (note, "" if setting.names else setting.allowed, usual) if part)
    key, title = key_of(setting.path), _titled(setting)
    field: Field
    if setting.names:
        choices = [Choice(name, name) for name in setting.names]
        field = ChoiceField(key, title, choices, setting.names.index(setting.text), unit=hint)
    elif setting.is_path:
        field = PathField(key, title, text, placeholder=setting.usual_text)
    else:
        field = EntryField(key, title, text, placeholder=setting.usual_text, unit=hint)
    field.add_class("setting")
    field.set_class(not (setting.names or setting.allowed), "long")
    mark(field, setting)
    return field


def mark(field: Field, setting: SettingEntry) -> None:
    """Mark a field if its setting differs from the default."""
    if setting.differs != field.has_class("changed"):
        field.set_class(setting.differs, "changed")
        field.show_title(_titled(setting), "bold $foreground" if setting.differs else "")


def key_of(path: Path) -> str:
    """Return the key of a setting's field, in characters that are allowed in an id."""
    return "set-" + re.sub("[^A-Za-z0-9_-]", lambda letter: f"_{ord(letter[0])}", "-".join(map(str, path)))


def _titled(setting: SettingEntry) -> str:
    return f"{'•' if setting.differs else ' '} {'  ' * setting.depth}{setting.title}"
