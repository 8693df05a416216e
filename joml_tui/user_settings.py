"""The user's settings: a TOML file that is read when the lab opens, and never written but by ``config --init``."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import platformdirs
from msgspec import Meta, Struct

from joml_tui.decoding import DecodingError, decode, shown

#: Names another settings file.
ENVIRONMENT = "JOML_CONFIG"

# Far beyond any settings, far below what would take seconds to read.
_MAX_BYTES = 100_000


class SettingsError(ValueError):
    """The settings file cannot be read or written; the text is the whole message, in one line."""


class UserSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a user may set.

    Attributes
    ----------
    theme : str, default ""
        One of Textual's themes; the one chosen last where it is empty.
    keys : dict
        Other keys for actions: from an action's id to its keys, the handy one first.
    smoothing : int, default 100
        The charts' moving average in iterations; 0 shows the raw curves alone.
    quiet : bool, default False
        No animations, and fewer frames; over SSH that is so anyway.
    ascii : bool, default False
        Only characters that every terminal has.
    tour : bool, default True
        Whether the lab shows itself around when it is opened for the first time.
    """

    theme: str = ""
    keys: dict[str, tuple[str, ...]] = {}
    smoothing: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    quiet: bool = False
    ascii: bool = False
    tour: bool = True


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """What came of reading the settings: they are the defaults where the file is faulty.

    Attributes
    ----------
    settings : UserSettings
    fault : str
        What is wrong with the file, in a sentence; empty where nothing is.
    """

    settings: UserSettings = field(default_factory=UserSettings)
    fault: str = ""


#: What ``config --init`` writes: everything at its default, and explained.
COMMENTED = """\
# JOML's settings. The lab reads them when it opens; what is left out is at its default, which is shown here.

# One of Textual's themes, such as "nord", "gruvbox" or "textual-light". Empty: the one chosen last in the lab.
theme = ""

# Over how many iterations curves are smoothed when the lab opens; 0 shows the raw curves alone.
smoothing = 100

# No animations, and fewer frames. Over SSH that is so anyway.
quiet = false

# Only characters that every terminal has.
ascii = false

# Whether the lab shows itself around when it is opened for the first time.
tour = true

# Other keys for actions, by their ids; the first key is the one that is shown. `joml-tui config` lists all ids.
[keys]
# train = ["r", "f5"]
# area-runs = ["3", "f4"]
"""


def settings_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where the settings file is looked for; it need not exist."""
    named = environment.get(ENVIRONMENT)
    if named:
        return Path(named)
    return platformdirs.user_config_path("joml-tui", appauthor=False) / "config.toml"


def read_settings(path: Path | None = None) -> LoadedSettings:
    """Read the settings; a file that is not there has none, a faulty one is told and the defaults are used."""
    path = settings_path() if path is None else path
    try:
        return LoadedSettings(load_settings(path))
    except SettingsError as error:
        return LoadedSettings(fault=f"{error}. The defaults are used.")


def load_settings(path: Path) -> UserSettings:
    """Read a settings file; the defaults where there is none.

    Raises
    ------
    SettingsError
        The file cannot be read or is faulty; names file, line or field, and what would be right.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return UserSettings()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        said = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path}: cannot be read: {said}") from None
    if len(content) > _MAX_BYTES:
        raise SettingsError(f"{path}: larger than {_MAX_BYTES // 1000} kB; these are no settings")
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
        raise SettingsError(f"{path}: nested too deeply; these are no settings") from None


def _check_keys(keys: object) -> None:
    """Look at the table of keys, whose names are not known here."""
    if not isinstance(keys, dict):
        raise DecodingError(("keys",), f"expected a table of actions and their keys, got {shown(keys)}")
    for action, given in keys.items():
        if not isinstance(given, list) or not given or not all(isinstance(key, str) and key for key in given):
            raise DecodingError(("keys", action), f'expected a list of keys, such as ["f5"], got {shown(given)}')


def write_commented(path: Path) -> None:
    """Write a settings file with every setting explained and at its default.

    Raises
    ------
    SettingsError
        There is a file already, or it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(COMMENTED)
    except FileExistsError:
        raise SettingsError(f"{path}: there is a file already; edit it, or move it away first") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path}: cannot be written: {said}") from None
