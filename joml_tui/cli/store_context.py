"""The store in commands: opening it with its notices, and recording that never stops a training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from joml_tui.cli.exit_codes import fail, refuse, warn
from joml_tui.cli.options import asked

if TYPE_CHECKING:
    from joml_tui.store import Recorder, Store, StoredRun


@contextmanager
def opened_store() -> Iterator[Store]:
    """Open the chosen store; refuse if it does not exist."""
    from joml_tui.store import StoreError, open_store, store_path  # noqa: PLC0415

    path = store_path(asked().store)
    if not path.exists():
        refuse(f"there is no store {path} yet: joml-tui run PRESET creates one, and --store FILE names another")
    try:
        store = open_store(path, to_read=True)
    except StoreError as error:
        fail(str(error))
    with store:
        for notice in store.notices:
            warn(notice)
        try:
            yield store
        except StoreError as error:
            fail(str(error))


@contextmanager
def recording(wanted: bool) -> Iterator[Recorder | None]:
    """Open the store to record a training; if that fails, the training goes on without recording."""
    if not wanted:
        yield None
        return
    from joml_tui.store import Recorder, StoreError, open_store  # noqa: PLC0415

    try:
        store = open_store(asked().store)
    except (StoreError, OSError) as error:
        warn(f"warning: this run is not recorded: {error}")
        yield None
        return
    with store:
        for notice in store.notices:
            warn(f"warning: {notice}")
        recorder = Recorder(store, lambda sentence: warn(f"warning: {sentence}"))
        try:
            yield recorder
        finally:
            recorder.close()


def find_run(store: Store, text: str) -> StoredRun:
    """Return the named run; refuse if there is none."""
    from joml_tui.store import RunGoneError, RunRecordError, StoreError  # noqa: PLC0415

    if not text.strip():
        refuse("name a run by its number, its name, or last; joml-tui runs list shows the runs")
    try:
        return store.find(text)
    except StoreError as error:
        if isinstance(error, RunRecordError) and not isinstance(error, RunGoneError):
            fail(f"{error}; joml-tui doctor says what else is damaged")
        refuse(str(error))
