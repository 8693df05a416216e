"""The store: all runs in one SQLite file, written during training, so that no result is lost.

``open_store`` opens it, a ``Recorder`` writes runs into it during training, and ``restored`` loads a stored run to
inspect or fork it. The modules of these names are imported when first used.
"""

from typing import TYPE_CHECKING

from joml.first_use import importing

if TYPE_CHECKING:
    from joml_tui.store.database import RunGoneError, RunRecordError, StoreError
    from joml_tui.store.location import store_path
    from joml_tui.store.recorder import Recorder
    from joml_tui.store.run_loader import DataChangedError, restored, resumed
    from joml_tui.store.run_summary import StoredRun
    from joml_tui.store.store import Store, open_store

__all__ = [
    "DataChangedError",
    "Recorder",
    "RunGoneError",
    "RunRecordError",
    "Store",
    "StoreError",
    "StoredRun",
    "open_store",
    "restored",
    "resumed",
    "store_path",
]

#: These names by the modules that have them.
_HOMES = {
    "joml_tui.store.database": "RunGoneError RunRecordError StoreError",
    "joml_tui.store.location": "store_path",
    "joml_tui.store.recorder": "Recorder",
    "joml_tui.store.run_loader": "DataChangedError restored resumed",
    "joml_tui.store.run_summary": "StoredRun",
    "joml_tui.store.store": "Store open_store",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = importing(__name__, _HOMES)
