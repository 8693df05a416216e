"""The settings of an experiment during editing, group by group, with invalid texts as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from joml.declaration import Part
from joml_tui.decoding import Path, format_path
from joml_tui.experiment import Experiment, LayerSpec, Problem, metric_name, own_parts_of
from joml_tui.experiment.layer_parts import notation_of
from joml_tui.ui.compose.own_setting_entries import OwnSettingEntry, Reference, all_settings_in, references_in
from joml_tui.ui.compose.setting_changes import in_all_layers, replaced, reset
from joml_tui.ui.compose.setting_entries import GROUPS, SettingEntry, SettingError

#: All hidden layers at once, represented by the first one's settings.
ALL_LAYERS: Path = ("layers",)
OUTPUT: Path = ("output",)


class EditedSettings:
    """The edited settings, with one group in view.

    Parameters
    ----------
    experiment : Experiment
    problems : sequence of Problem
        Its initial problems.
    place : Path, optional
        The layer in view at first.

    Attributes
    ----------
    experiment : Experiment
        The experiment with all changes so far.
    group : str
        The heading in view.
    place : Path
        The layer in view, or all of them at once.
    places : dict of str to Path
        The layers to choose from, by title.
    """

    def __init__(self, experiment: Experiment, problems: Sequence[Problem] = (), place: Path | None = None) -> None:
        self.experiment = experiment
        self.group = GROUPS[0] if place is None else "Layers"
        alike = experiment.layers and all(isinstance(layer, LayerSpec) for layer in experiment.layers)
        first: Path = ALL_LAYERS if alike else ("layers", 0)
        self.place: Path = place or (first if experiment.layers else OUTPUT)
        self.places: dict[str, Path] = {"all hidden layers": ALL_LAYERS} if alike else {}
        for index, layer in enumerate(experiment.layers):
            named = f"of {layer.size:,}" if isinstance(layer, LayerSpec) else notation_of(layer)
            self.places[f"layer {index + 1}, {named}"] = ("layers", index)
        self.places["output"] = OUTPUT
        self._problems = {problem.field: problem.message for problem in problems}
        self._wrong: dict[Path, tuple[str, str]] = {}
        """Invalid typed texts, with the reasons."""
        self._own_parts: dict[Reference, Part | str] = {}
        """Custom parts that were imported, or why they could not be."""
        self._imports: set[Reference] = set()
        """The imported parts, and the ones being imported."""
        self._untried: dict[Path, Path] = {}
        """Custom parts that a setting was typed for since they were made, and the setting."""
        self._refusals: dict[Path, tuple[Path, str]] = {}
        """Why custom parts cannot be made with their settings, and the setting that was typed last."""

    # --- What is in view -------------------------------------------------------------------------------------------

    def settings_in_view(self) -> list[SettingEntry]:
        """Return the settings of the group in view."""
        if self.group != "Layers":
            settings = all_settings_in(self.experiment, (), self._own_parts)
        elif self.place == OUTPUT:
            settings = all_settings_in(self.experiment.output, OUTPUT, self._own_parts)
        else:
            settings = all_settings_in(self.experiment.layers[self._index], ("layers", self._index), self._own_parts)
        return [setting for setting in settings if setting.group == self.group]

    def text_of(self, setting: SettingEntry) -> str:
        """Return the text of a setting's entry, as typed even if it is invalid."""
        return self._wrong.get(setting.path, (setting.text,))[0]

    def problem_of(self, setting: SettingEntry) -> str | None:
        """Return the problem of a setting: an invalid text, or an error of its part or of the combination."""
        if setting.path in self._wrong:
            return self._wrong[setting.path][1]
        return dict(self._refusals.values()).get(setting.path) or self._problems.get(format_path(setting.path))

    def note_on(self, setting: SettingEntry) -> str:
        """Return a note if the hidden layers have different values."""
        if not self._for_all_layers:
            return ""
        name = str(setting.path[2])
        alike = len({getattr(layer, name) for layer in self.experiment.layers}) == 1
        return "" if alike or len(setting.path) > 3 else "layers differ"

    @property
    def _index(self) -> int:
        """The hidden layer in view."""
        return 0 if self.place == ALL_LAYERS else int(self.place[1])

    @property
    def _for_all_layers(self) -> bool:
        return self.group == "Layers" and self.place == ALL_LAYERS

    # --- Editing ---------------------------------------------------------------------------------------------------

    def write(self, setting: SettingEntry, text: str) -> None:
        """Set a setting from typed text; an invalid text is kept."""
        if text == self.text_of(setting):
            return
        try:
            value = setting.read(text)
        except SettingError as error:
            self._wrong[setting.path] = (text, str(error))
            return
        self._wrong.pop(setting.path, None)
        # An empty entry means the default, and different texts can mean the same number.
        if value != setting.value:
            self._put(setting, value)

    def choose(self, setting: SettingEntry, name: str) -> None:
        """Set a setting to a chosen value."""
        self._put(setting, setting.chosen(name))

    def reset_group(self) -> None:
        """Reset the settings in view to their defaults."""
        settings = self.settings_in_view()
        self.experiment = reset(self.experiment, settings)
        paths = {setting.path for setting in settings}
        self._refusals = {part: refusal for part, refusal in self._refusals.items() if refusal[0] not in paths}
        for setting in settings:
            self._wrong.pop(setting.path, None)
            self._problems.pop(format_path(setting.path), None)
            self._follow_first_layer(setting)

    def _put(self, setting: SettingEntry, value: Any) -> None:
        self._problems.pop(format_path(setting.path), None)
        self.experiment = replaced(self.experiment, setting.path, setting.kept(value))
        if setting.path[-1] == "own":
            self._problems.pop(format_path(setting.path[:-1]), None)
            self._refusals.pop(setting.path[:-1], None)
        self._refusals.pop(setting.path, None)
        if isinstance(setting, OwnSettingEntry):
            part = self._path_of_part(setting)
            self._problems.pop(format_path(part), None)
            self._refusals.pop(part, None)
            self._untried[part] = setting.path
        self._follow_first_layer(setting)

    def _follow_first_layer(self, setting: SettingEntry) -> None:
        if self._for_all_layers:
            self.experiment = in_all_layers(self.experiment, str(setting.path[2]))

    # --- What is wrong ---------------------------------------------------------------------------------------------

    def first_wrong(self) -> Path | None:
        """Return the path of the first invalid setting that still exists."""
        layers = (
            each
            for index, layer in enumerate(self.experiment.layers)
            for each in all_settings_in(layer, ("layers", index), self._own_parts)
            if self._wrong or self._refusals
        )
        refused = {path for path, _ in self._refusals.values()}
        for setting in (*all_settings_in(self.experiment, (), self._own_parts), *layers):
            if setting.value == "" and setting.usual is msgspec.NODEFAULT:
                self._wrong.setdefault(setting.path, ("", "must not be empty"))
            if setting.path in self._wrong or setting.path in refused:
                return setting.path
        return None

    def bring_into_view(self, path: Path) -> None:
        """Show the group and the layer of a setting."""
        if path[0] == "layers":
            self.group = "Layers"
            # A text typed for all layers is stored at the first, and fixed for all.
            if not (self.place == ALL_LAYERS and path[1] == self._index):
                self.place = ("layers", path[1])
        elif path[0] == "output" and path[1] != "cost":
            self.place, self.group = OUTPUT, "Layers"
        else:
            settings = all_settings_in(self.experiment, (), self._own_parts)
            self.group = next(each.group for each in settings if each.path == path)

    # --- Custom parts ----------------------------------------------------------------------------------------------

    def parts_to_import(self) -> set[Reference]:
        """Return the custom parts that have not been imported yet, and mark them as requested."""
        missing = {reference for _, reference in references_in(self.experiment)} - self._imports
        self._imports |= missing
        return missing

    def take_parts(self, parts: Mapping[Reference, Part | str]) -> None:
        """Store imported parts, or the messages of those that failed."""
        self._own_parts |= parts
        for path, reference in references_in(self.experiment):
            part = self._own_parts.get(reference)
            if isinstance(part, str):
                self._problems.setdefault(format_path(path), part)

    def parts_to_try(self) -> list[tuple[Path, Any]]:
        """Return the parts with changed settings since they were made, with their paths."""
        return [(path, self.part_at(path)) for path in self._untried]

    def part_at(self, path: Path) -> Any:
        """Return the custom part at a path; None if there is none any more."""
        return dict(own_parts_of(self.experiment)).get(path)

    def take_trial(self, path: Path, chosen: Any, message: str) -> None:
        """Store why a part rejects its settings, or ""; a part that has changed since is tried again."""
        if self.part_at(path) != chosen:
            return
        setting = self._untried.pop(path, None)
        if message and setting is not None:
            self._refusals[path] = (setting, message)

    def _path_of_part(self, setting: OwnSettingEntry) -> Path:
        """Return the path of a setting's part, with a metric's index instead of its name."""
        path = setting.path[:-2]
        if path[0] != "metrics":
            return path
        names = [metric_name(metric) for metric in self.experiment.metrics]
        return ("metrics", names.index(str(path[1])))
