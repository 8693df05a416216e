"""Entries for the settings of custom parts, made from the signatures of their classes or functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from msgspec import Struct, structs

from joml.declaration import DeclaredSetting, Kind, Part
from joml_tui.decoding import Path
from joml_tui.experiment import Experiment, OwnPartError, kind_at, metric_name, own_parts_of, reference_of
from joml_tui.experiment.own_parts import find_part, is_simple_type
from joml_tui.ui.compose.number_text import read_number, write_bounds
from joml_tui.ui.compose.setting_entries import SettingEntry, SettingError, of_metric, settings_in, title_of_name

#: A reference to a custom part in an experiment.
Reference = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class OwnSettingEntry(SettingEntry):
    """One setting of a custom part.

    Attributes
    ----------
    declared : DeclaredSetting
        Its declaration from the signature.
    part : Part
    """

    declared: DeclaredSetting
    part: Part

    @property
    def title(self) -> str:
        """The name of the entry."""
        return of_metric(self.path, self.declared.about.title or title_of_name(self.declared.name))

    @property
    def depth(self) -> int:
        """The number of choices that it depends on; the path also contains ``settings``."""
        return super(OwnSettingEntry, self).depth - 1

    @property
    def allowed(self) -> str:
        """The allowed values, in a few words."""
        if self.declared.type not in (int, float):
            return "text"
        about = self.declared.about
        bounds = write_bounds(about.above, about.at_least, about.below, about.at_most)
        return bounds or ("a whole number" if self.declared.type is int else "a number")

    @property
    def help(self) -> str:
        """The description of the setting, or its part."""
        about = self.declared.about.help or f"A setting of {self.part.name}: {self.part.title}"
        return f"{about.removesuffix('.')}."

    def read(self, text: str) -> Any:
        """Return the value of a typed text, checked by the signature."""
        typed = text.strip()
        if not typed:
            return super(OwnSettingEntry, self).read("")
        try:
            return self.declared.check(read_number(typed) if self.declared.type in (int, float) else typed)
        except ValueError as error:
            raise SettingError(str(error)) from error

    def chosen(self, name: str) -> Any:
        """Return the value with this name."""
        if self.declared.type is bool:
            return name == "yes"
        return next((each for each in get_args(self.declared.type) if str(each) == name), None)

    def kept(self, value: Any) -> Any:
        """Return a value to store; None for the default."""
        return None if value == self.usual else value


def find_own_parts(references: Iterable[Reference]) -> dict[Reference, Part | str]:
    """Import custom parts; a failed one is replaced by its message."""
    parts: dict[Reference, Part | str] = {}
    for kind, reference in references:
        try:
            parts[kind, reference] = find_part(kind, reference)
        except OwnPartError as error:
            parts[kind, reference] = str(error)
    return parts


def references_in(experiment: Experiment) -> Iterator[tuple[Path, Reference]]:
    """Yield the paths and references of an experiment's custom parts."""
    for path, chosen in own_parts_of(experiment):
        yield path, (kind_at(path), str(reference_of(chosen)))


def all_settings_in(part: Struct, path: Path, own_parts: Mapping[Reference, Part | str]) -> list[SettingEntry]:
    """Return all settings of a part of an experiment, with custom parts' settings below their entries."""
    entries = list(settings_in(part, path))
    if isinstance(part, Experiment):
        part = structs.replace(part, layers=())  # a thousand layers, none of which has an entry here
    for here, chosen in own_parts_of(part, path):
        own = own_parts.get((kind_at(here), str(reference_of(chosen))))
        if not isinstance(own, Part):
            continue
        above = [place for place, entry in enumerate(entries) if _is_beside(entry.path, here)]
        if above:
            entries[above[-1] + 1 : above[-1] + 1] = _own_settings(own, chosen, here)
    return entries


def _is_beside(entry: Path, part: Path) -> bool:
    """Return whether an entry is the choice of a part, or one of the part's settings."""
    same_list = entry[0] == part[0] == "metrics"
    return same_list or entry[: len(part)] == part


def _own_settings(own: Part, chosen: Struct, path: Path) -> Iterator[OwnSettingEntry]:
    if path[0] == "metrics":
        path = ("metrics", metric_name(chosen))  # its index changes while the list is typed
    values = dict(getattr(chosen, "settings", ()))
    for setting in own.settings:
        # Keys beside ``own`` in the experiment have their entries there.
        if setting.name in chosen.__struct_fields__ or not is_simple_type(setting.type):
            continue
        usual = msgspec.NODEFAULT if setting.required else setting.default
        value = values.get(setting.name, "" if setting.required else setting.default)
        type_ = setting.type if setting.default is not None else setting.type | None
        here = (*path, "settings", setting.name)
        yield OwnSettingEntry(here, value, type_, usual, type(chosen), setting, own)
