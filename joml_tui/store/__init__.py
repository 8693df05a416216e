"""The store: all runs in one SQLite file, written during training, so that no result is lost.

``open_store`` opens it, a ``Recorder`` writes runs into it during training, and ``restored`` loads a stored run to
inspect or fork it.
"""

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
