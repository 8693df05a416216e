"""The user's settings: a TOML file that the lab reads at start; only ``config --init`` writes it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from msgspec import Meta, Struct

from joml.files.regular_file import open_regular
from joml_tui.decoding import DecodingError, decode, shown
from joml_tui.ui_state import Speed

#: Environment variable for another settings file.
ENVIRONMENT = "JOML_CONFIG"

# Far larger than any settings, but small enough to be read at once.
_MAX_BYTES = 100_000


class SettingsError(ValueError):
    """The settings file cannot be read or written; the message is one line."""


class UserSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """The user's settings.

    Attributes
    ----------
    theme : str, default ""
        The name of a theme; if empty, the one chosen last.
    keys : dict
        Other keys for actions: from an action's id to its keys; the first is the one that is displayed.
    smoothing : int, default 100
        The charts' moving average in iterations; 0 shows the raw curves alone.
    quiet : bool, default False
        No animations, and fewer frames, as always over SSH.
    ascii : bool, default False
        Use only ASCII characters.
    tour : bool, default True
        Whether the lab starts a tour when opened for the first time.
    pace : {"", "automatic", "watch", "full"}, default ""
        The speed of the runs that are started in the lab: "watch" lets a whole training take 5 to 15 seconds,
        "automatic" does so for data of two features; if empty, the one chosen last, or else "automatic".
    """

    theme: str = ""
    keys: dict[str, tuple[str, ...]] = {}
    smoothing: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    quiet: bool = False
    ascii: bool = False
    tour: bool = True
    pace: Literal["", Speed] = ""


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The result of reading the settings; the defaults if the file has errors.

    Attributes
    ----------
    settings : UserSettings
    fault : str
        The error in the file as a sentence; empty if there is none.
    """

    settings: UserSettings = field(default_factory=UserSettings)
    fault: str = ""


#: The file of ``config --init``: all settings with explanations and defaults.
COMMENTED = """\
# JOML's settings. The lab reads them when it opens. Settings that are left out have the defaults shown here.

# "joml-dark", "joml-light" or a theme of Textual, such as "nord". Empty: the one chosen last in the lab.
theme = ""

# Number of iterations over which curves are smoothed when the lab opens; 0 shows only the raw curves.
smoothing = 100

# No animations, and fewer frames. This is always so over SSH.
quiet = false

# Use only ASCII characters.
ascii = false

# Whether the lab starts a tour when opened for the first time.
tour = true

# Speed of the runs that are started in the lab: "watch" lets a whole training take 5 to 15 seconds, "automatic" does so
# for data of two features, and "full" never waits. Empty: the one chosen last in the lab, or else automatic.
pace = ""

# Other keys for actions, by their ids; the first key is displayed. `joml-tui config` lists all ids.
[keys]
# train = ["r", "f5"]
# area-runs = ["3", "f4"]
"""


def settings_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the path of the settings file; it need not exist."""
    named = environment.get(ENVIRONMENT)
    if named:
        return Path(named)
    return platformdirs.user_config_path("joml-tui", appauthor=False) / "config.toml"


def read_settings(path: Path | None = None) -> LoadedSettings:
    """Return the settings; the defaults if the file is missing, or, with a fault, if it has errors."""
    path = settings_path() if path is None else path
    try:
        return LoadedSettings(load_settings(path))
    except SettingsError as error:
        return LoadedSettings(fault=f"{error}. The defaults are used.")


def load_settings(path: Path) -> UserSettings:
    """Return the settings in a file; the defaults if there is none.

    Raises
    ------
    SettingsError
        The file cannot be read or has errors; the message names file, line or field, and what is allowed.
    """
    try:
        with open_regular(path) as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return UserSettings()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path}: cannot be read: {reason}") from None
    if len(content) > _MAX_BYTES:
        raise SettingsError(f"{path}: larger than {_MAX_BYTES // 1000} kB; these are not settings")
    try:
        values: dict[str, Any] = tomllib.loads(content.decode("utf-8-sig"))
        _check_keys(values.get("keys", {}))
        return decode(values, UserSettings)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not TOML: {error}") from None
    except DecodingError as error:
        raise SettingsError(f"{path}: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: nested too deeply; these are not settings") from None


def _check_keys(keys: object) -> None:
    """Check the form of the table of keys; the actions' names are checked elsewhere."""
    if not isinstance(keys, dict):
        raise DecodingError(("keys",), f"expected a table of actions and their keys, got {shown(keys)}")
    for action, given in keys.items():
        if not isinstance(given, list) or not given or not all(isinstance(key, str) and key for key in given):
            raise DecodingError(("keys", action), f'expected a list of keys, such as ["f5"], got {shown(given)}')


def write_commented(path: Path) -> None:
    """Write a settings file with all settings explained and at their defaults.

    Raises
    ------
    SettingsError
        The file exists already, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(COMMENTED)
    except FileExistsError:
        raise SettingsError(f"{path}: there is a file already; edit it, or move it away first") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path}: cannot be written: {reason}") from None
