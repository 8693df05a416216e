"""The effective settings as a settings file."""

from __future__ import annotations

import json
from pathlib import Path

from msgspec import structs

from joml_tui.ui.actions import ACTIONS
from joml_tui.ui.shell.settings_validation import checked
from joml_tui.ui.shell.themes import THEMES
from joml_tui.user_settings import LoadedSettings


def settings_document(path: Path, reading: LoadedSettings) -> dict[str, object]:
    """Return the effective settings as plain values, with the keys of all actions, and the problems."""
    settings, faults = checked(reading.settings, THEMES)
    return structs.asdict(settings) | {
        "keys": {action.id: settings.keys.get(action.id, action.keys) for action in ACTIONS},
        "path": str(path),
        "exists": path.exists(),
        "faults": [reading.fault] * bool(reading.fault) + faults,
    }


def describe_settings(path: Path, reading: LoadedSettings) -> tuple[str, list[str]]:
    """Return the effective settings as TOML, with the keys of all actions, and a sentence for each problem."""
    settings, faults = checked(reading.settings, THEMES)
    values = structs.asdict(settings)
    del values["keys"]
    lines = [f"# {path}{'' if path.exists() else ' (no such file yet: joml-tui config --init writes one)'}"]
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    lines += ["", "[keys]"]
    lines += [f"{action.id} = {json.dumps(settings.keys.get(action.id, action.keys))}" for action in ACTIONS]
    return "\n".join(lines), [reading.fault] * bool(reading.fault) + faults
