"""The lab's remembered state, such as theme and sizes, in a file beside the user's settings."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import platformdirs
from msgspec import Meta, Struct, structs

#: The speed of runs that are started in the lab: "automatic" lets trainings on two features be watched.
Speed = Literal["automatic", "watch", "full"]
Cells = Annotated[int, Meta(ge=0, le=10_000)]


class Remembered(Struct, frozen=True):
    """Remembered choices; 0 or "" where nothing was chosen.

    Attributes
    ----------
    theme : str
    compose_width : int
        In columns.
    runs_height : int
        In lines.
    tour_seen : bool
    pace : str
        The speed of new runs.
    columns_added, columns_removed : tuple of str
        Columns of the table of runs that were chosen or removed.
    """

    theme: str = ""
    compose_width: Cells = 0
    runs_height: Cells = 0
    tour_seen: bool = False
    pace: Literal["", Speed] = ""
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


def remembered_path() -> Path:
    """Return the path of the remembered state; it need not exist."""
    return platformdirs.user_state_path("joml-tui", appauthor=False) / "lab.json"


class Memory:
    """The remembered state and its file.

    A file that is missing, unreadable or of another program is ignored, and so are errors of writing, because the state
    is not important.

    Parameters
    ----------
    path : Path, optional
        The file; without one the state is lost at the end.

    Attributes
    ----------
    now : Remembered
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.now = Remembered() if path is None else _read(path)

    def change(self, **changes: object) -> bool:
        """Change the state in memory, and return whether it differs; ``keep`` writes it."""
        changed = structs.replace(self.now, **changes)
        differs = changed != self.now
        self.now = changed
        return differs

    def keep(self) -> bool:
        """Write the file atomically, and return whether that succeeded."""
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
