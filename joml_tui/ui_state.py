"""What the lab remembers by itself from one time to the next, in a file of its own beside the user's settings."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
import platformdirs
from msgspec import Meta, Struct, structs

Cells = Annotated[int, Meta(ge=0, le=10_000)]


class Remembered(Struct, frozen=True):
    """What was chosen in the lab; 0 and the empty text where nothing was.

    Attributes
    ----------
    theme : str
    compose_width : int
        In columns.
    runs_height : int
        In lines.
    tour_seen : bool
    """

    theme: str = ""
    compose_width: Cells = 0
    runs_height: Cells = 0
    tour_seen: bool = False


def remembered_path() -> Path:
    """Return where it is kept; it need not exist."""
    return platformdirs.user_state_path("joml-tui", appauthor=False) / "lab.json"


class Memory:
    """Holds what is remembered, and keeps it in a file.

    A file that is not there, not readable or not ours is as good as none, and not being able to write one disturbs
    nobody: nothing here is worth interrupting for.

    Parameters
    ----------
    path : Path, optional
        The file. Without one everything is forgotten in the end.

    Attributes
    ----------
    now : Remembered
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.now = Remembered() if path is None else _read(path)

    def change(self, **changes: object) -> bool:
        """Remember something else, until ``keep`` only here; tell whether it differs from what was remembered."""
        changed = structs.replace(self.now, **changes)
        differs = changed != self.now
        self.now = changed
        return differs

    def keep(self) -> bool:
        """Write the file, under another name first so that it is never half written; tell whether that went well."""
        path = self._path
        if path is None:
            return False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".lab-", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(msgspec.json.encode(self.now))
                Path(name).replace(path)
            except BaseException:
                with suppress(OSError):
                    Path(name).unlink()
                raise
        except (OSError, ValueError):
            return False
        return True


def _read(path: Path) -> Remembered:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Remembered)
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return Remembered()
