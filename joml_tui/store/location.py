"""Where the store is."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def store_path(named: str | Path | None = None) -> Path:
    """Return the store's file; it need not exist.

    Parameters
    ----------
    named : str or Path, optional
        A file that was asked for. Without it the environment's ``JOML_STORE`` counts, else ``runs.db`` in the
        platform's folder for a program's data (on Linux ``~/.local/share/joml-tui``).
    """
    wanted = named or os.environ.get("JOML_STORE")
    if wanted:
        return Path(wanted).expanduser().absolute()
    return platformdirs.user_data_path("joml-tui", appauthor=False) / "runs.db"
