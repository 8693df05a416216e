"""Changes of the settings of an experiment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from joml_tui.decoding import Path
from joml_tui.experiment import Experiment, LayerSpec, MetricSpec, metric_name, own_parts_of
from joml_tui.ui.compose.setting_entries import SettingEntry, settings_in, title_of_name
from joml_tui.ui.compose.setting_types import shortest, struct_behind, types_of

#: Settings that the main screen shows too; they are not counted as shown only in the dialog.
_SHOWN_TOO: set[Path] = {
    ("features",),
    ("optimizer", "schedule"),
    ("optimizer", "warm_up"),
    ("layers", "activation"),
    ("layers", "dropout"),
    ("layers", "normalised"),
    ("layers", "residual"),
    ("layers", "stride"),
    ("layers", "padding"),
}


def replaced(part: Struct, path: Path, value: Any) -> Any:
    """Return a part of an experiment with one setting changed.

    A part with default settings is stored by name alone where possible, so that equal experiments compare equal.
    """
    name, *rest = path
    old = getattr(part, str(name))
    if name == "settings":
        value = _with_own_setting(old, str(rest[0]), value)
    elif rest and isinstance(old, tuple):
        place = _place_in(old, rest[0])
        type_ = MetricSpec if name == "metrics" else LayerSpec
        behind = struct_behind(old[place], type_)
        assert behind is not None
        changed = shortest(replaced(behind, tuple(rest[1:]), value), type_)
        value = (*old[:place], changed, *old[place + 1 :])
    elif rest:
        type_ = types_of(type(part))[str(name)]
        behind = struct_behind(old, type_)
        assert behind is not None
        value = shortest(replaced(behind, tuple(rest), value), type_)
    # Another custom part has other settings.
    emptied: dict[str, Any] = {"settings": ()} if name == "own" else {}
    return structs.replace(part, **{str(name): value}, **emptied)


def _place_in(parts: tuple[Any, ...], step: str | int) -> int:
    """Return the index of a layer, or of a metric by name."""
    return step if isinstance(step, int) else [metric_name(part) for part in parts].index(step)


def _with_own_setting(settings: tuple[tuple[str, Any], ...], name: str, value: Any) -> tuple[tuple[str, Any], ...]:
    """Return the settings of a custom part with one changed value, or without it for None."""
    changed = {**dict(settings), name: value}
    return tuple((each, kept) for each, kept in changed.items() if kept is not None)


def in_all_layers(experiment: Experiment, name: str) -> Experiment:
    """Return the experiment with one setting of the first hidden layer, and its subsettings, copied to all layers."""
    value = getattr(experiment.layers[0], name)
    layers = tuple(structs.replace(layer, **{name: value}) for layer in experiment.layers)
    return structs.replace(experiment, layers=layers)


def hidden_changes(experiment: Experiment) -> list[str]:
    """Return the names of changed settings that the main screen does not show, each once."""
    changes: dict[Path, str] = {}
    # A thousand layers are usually equal.
    layers = {structs.replace(layer, size=1) if isinstance(layer, LayerSpec) else layer for layer in experiment.layers}
    parts: list[tuple[Struct, Path]] = [(structs.replace(experiment, layers=()), ())]
    parts += [(layer, ("layers",)) for layer in layers]
    for part, path in parts:
        # Nothing is imported here, so every named setting counts as changed.
        for here, chosen in own_parts_of(part, path):
            changes |= {(*here, name): title_of_name(name) for name, _ in getattr(chosen, "settings", ())}
    settings = [*settings_in(experiment), *(each for layer in layers for each in settings_in(layer, ("layers",)))]
    for setting in settings:
        if setting.differs and setting.path not in _SHOWN_TOO:
            changes[setting.path] = setting.title
    return list(dict.fromkeys(changes[path] for path in sorted(changes, key=str)))


def reset(experiment: Experiment, settings: Sequence[SettingEntry]) -> Experiment:
    """Return the experiment with these settings reset to their defaults."""
    # Settings of a choice come after it, and disappear if the choice changes.
    for setting in reversed(settings):
        if setting.differs:
            experiment = replaced(experiment, setting.path, setting.kept(setting.usual))
    return experiment
