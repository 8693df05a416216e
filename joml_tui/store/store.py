"""The store of runs: what there is, what it holds of each run, and what may be changed."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from joml_tui.experiment import Experiment
from joml_tui.experiment_yaml import parse_experiment
from joml_tui.runner import Adjusted, Run
from joml_tui.store import series
from joml_tui.store.checkpoints import read_checkpoints
from joml_tui.store.location import store_path
from joml_tui.store.opening import StoreDamagedError, StoreError, connect, connect_anew, identity_of, is_damage
from joml_tui.store.records import COLUMNS, StoredRun, fingerprint, stored_run, tags_text
from joml_tui.store.states import decode_state
from joml_tui.store.writing import Written, insert, shorten, update

if TYPE_CHECKING:
    from filelock import FileLock

_LIST = f"SELECT {', '.join(COLUMNS)} FROM runs"
_ALIVE = "('waiting', 'preparing', 'running', 'paused')"


def open_store(path: str | Path | None = None) -> Store:
    """Open the store of runs; see ``store_path`` for where it is unless said.

    Raises
    ------
    StoreError
        It cannot be used.
    """
    return Store(store_path(path))


class Store:
    """An open store; any thread may use it, and any number of processes the same file.

    Attributes
    ----------
    path : Path
    notices : list of str
        What the user should read after opening: that a damaged store was set aside, say.
    interrupted : list of int
        The runs that were found interrupted when it was opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._using = threading.RLock()
        self._connection, self.notices = connect(path)
        self._identity = identity_of(path)
        # A lock that ends with this process, however it ends: so others know whose runs are interrupted.
        self._owner = uuid4().hex
        self._lock: FileLock | None = None
        self.interrupted = self.find_interrupted()

    def close(self) -> None:
        """Close it; what was written stays."""
        with self._using:
            self._connection.close()
            if self._lock is not None:
                self._lock.release()
                Path(self._lock.lock_file).unlink(missing_ok=True)
                self._lock = None

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading ----------------------------------------------------------------------------------------------------

    def runs(self, *, newest: int | None = None, sweep: str | None = None) -> list[StoredRun]:
        """Give the runs, the newest first.

        Parameters
        ----------
        newest : int, optional
            So many at most; all unless said.
        sweep : str, optional
            Only those that are a part of it.
        """
        where, values = ("", ()) if sweep is None else (" WHERE sweep = ?", (sweep,))
        limit = -1 if newest is None else newest
        with self._reading() as connection:
            rows = connection.execute(f"{_LIST}{where} ORDER BY number DESC LIMIT ?", (*values, limit)).fetchall()
        return [stored_run(row) for row in rows]

    def count(self) -> int:
        """Tell how many runs there are."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])

    def run(self, number: int) -> StoredRun:
        """Give one run by its number.

        Raises
        ------
        StoreError
            There is none.
        """
        with self._reading() as connection:
            row = connection.execute(f"{_LIST} WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise StoreError(f"there is no run {number} in {self.path}; joml-tui runs list shows those there are")
        return stored_run(row)

    def find(self, text: str) -> StoredRun:
        """Give the run that a text names: its number, ``#`` and its number, its name, or ``last``.

        Raises
        ------
        StoreError
            There is none, or several have that name.
        """
        wanted = text.strip()
        if wanted.removeprefix("#").isdecimal():
            return self.run(int(wanted.removeprefix("#")))
        if wanted == "last":
            newest = self.runs(newest=1)
            if not newest:
                raise StoreError(f"there is no run in {self.path} yet; joml-tui run PRESET trains one")
            return newest[0]
        with self._reading() as connection:
            rows = connection.execute(f"{_LIST} WHERE name = ? ORDER BY number DESC", (wanted,)).fetchall()
            names = [name for (name,) in connection.execute("SELECT DISTINCT name FROM runs WHERE name != ''")]
        if not rows:
            near = get_close_matches(wanted, names, 1)
            meant = f"; did you mean {near[0]}?" if near else "; joml-tui runs list shows those there are"
            raise StoreError(f"there is no run called {wanted} in {self.path}{meant}")
        if len(rows) > 1:
            numbers = ", ".join(str(row[0]) for row in rows[:5])
            raise StoreError(f"several runs are called {wanted}: name one by its number ({numbers})")
        return stored_run(rows[0])

    def experiment(self, number: int) -> Experiment:
        """Give a run's experiment as it was begun."""
        return parse_experiment(self.experiment_yaml(number), f"run {number}")

    def experiment_yaml(self, number: int) -> str:
        """Give a run's experiment as the YAML that it was kept as."""
        return str(self._description(number, "experiment"))

    def versions(self, number: int) -> dict[str, str]:
        """Give the versions of joml, NumPy and Python that a run was trained by."""
        found: dict[str, str] = json.loads(self._description(number, "versions"))
        return found

    def adjustments(self, number: int) -> list[Adjusted]:
        """Give the settings that were changed while a run was under way."""
        found = json.loads(self._description(number, "adjustments"))
        total = self.shape(number)[1]
        return [Adjusted(iteration, setting, value, total) for iteration, setting, value in found]

    def goes_on_from(self, number: int) -> str:
        """Tell what a run began from in place of its seed's weights; nothing where it began from these."""
        said = str(self._description(number, "beginning"))
        record = self.run(number)
        if record.origin is None:
            return said
        return f"iteration {record.origin_iteration:,} of run {record.origin}"

    def details(self, number: int) -> str:
        """Give the traceback behind a run's failure, or nothing."""
        return str(self._description(number, "details"))

    def series(self, number: int) -> dict[str, NDArray[Any]]:
        """Give a run's series by name: those of ``History``, and spreads where there are replicas.

        Raises
        ------
        StoreError
            A part of them is damaged.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT series, first, count, checksum, data FROM chunks WHERE run = ? ORDER BY series, first",
                (number,),
            ).fetchall()
        parts: dict[str, list[NDArray[Any]]] = {}
        for name, first, count, kept, data in rows:
            held = parts.setdefault(name, [])
            if sum(map(len, held)) != first or series.checksum(data) != kept:
                raise StoreError(
                    f"run {number} of {self.path}: its {name} is damaged from the value {first + 1} on; "
                    "joml-tui doctor tells what else is"
                )
            held.append(series.decode(name, count, data))
        return {name: held[0] if len(held) == 1 else np.concatenate(held) for name, held in parts.items()}

    def shape(self, number: int) -> tuple[int, int, int, int]:
        """Give iterations per epoch and in all, samples in a mini-batch and in the training part, for a ``History``."""
        columns = "iterations_per_epoch, total_iterations, batch_size, train_size"
        with self._reading() as connection:
            found = connection.execute(f"SELECT {columns} FROM descriptions WHERE run = ?", (number,)).fetchone()
        per_epoch, total, samples, train_size = found
        return per_epoch, total, samples, train_size

    def state(self, number: int) -> tuple[int, bytes, bytes] | None:
        """Give a run's latest state: its iteration, the packed state, and the packed record of its layers.

        None where it has none.

        Raises
        ------
        StoreError
            It is damaged.
        """
        with self._reading() as connection:
            row = connection.execute(
                "SELECT iteration, checksum, data, layers FROM states WHERE run = ? ORDER BY iteration DESC LIMIT 1",
                (number,),
            ).fetchone()
        if row is None:
            return None
        iteration, kept, data, layers = row
        if series.checksum(data) != kept:
            raise StoreError(
                f"run {number} of {self.path}: its weights are damaged; train it again from its experiment: "
                f"joml-tui runs export {number} --format yaml"
            )
        return iteration, decode_state(data), layers

    def has(self, sweep: str, experiment_yaml: str) -> bool:
        """Tell whether a sweep's experiment has been trained to its end, however that was."""
        with self._reading() as connection:
            return (
                connection.execute(
                    "SELECT 1 FROM runs WHERE sweep = ? AND fingerprint = ? AND state IN ('finished', 'diverged')",
                    (sweep, fingerprint(experiment_yaml)),
                ).fetchone()
                is not None
            )

    def check(self) -> list[str]:
        """Look for damage everywhere, which takes its time; give a sentence for each that is found."""
        with self._reading() as connection:
            said = [text for (text,) in connection.execute("PRAGMA integrity_check(20)") if text != "ok"]
            found = [f"SQLite: {text}" for text in said]
            for run, name, first, kept, data in connection.execute(
                "SELECT run, series, first, checksum, data FROM chunks"
            ):
                if series.checksum(data) != kept:
                    found.append(f"run {run}: its {name} is damaged from the value {first + 1} on")
            for table in ("states", "checkpoints"):
                for run, iteration, kept, data in connection.execute(
                    f"SELECT run, iteration, checksum, data FROM {table}"
                ):
                    if series.checksum(data) != kept:
                        found.append(f"run {run}: its state of iteration {iteration:,} is damaged")
        return found

    def checkpoints(self, number: int) -> list[tuple[int, bytes]]:
        """Give a run's earlier states in order, each with its iteration; those of old runs make room for new ones."""
        with self._reading() as connection:
            return read_checkpoints(connection, number)

    def checkpoint_iterations(self, number: int) -> list[int]:
        """Give the iterations that there are checkpoints of."""
        query = "SELECT iteration FROM checkpoints WHERE run = ? ORDER BY iteration"
        with self._reading() as connection:
            return [iteration for (iteration,) in connection.execute(query, (number,))]

    # --- changing ---------------------------------------------------------------------------------------------------

    def begin(
        self,
        run: Run,
        *,
        name: str = "",
        note: str = "",
        tags: Sequence[str] = (),
        origin: tuple[int, int] | None = None,
        sweep: str = "",
    ) -> Written:
        """Begin the record of a run; ``write`` goes on with it. A ``Recorder`` does both by itself."""
        with self._changing() as connection:
            self._hold_lock()
            return insert(
                connection, run, self._owner, name=name, note=note, tags=tuple(tags), origin=origin, sweep=sweep
            )

    def resume(self, number: int, iteration: int) -> Written:
        """Take over a run that goes on from its state after an iteration; what was recorded after it is let go."""
        with self._changing() as connection:
            self._hold_lock()
            changed = connection.execute(
                f"UPDATE runs SET owner = ?, state = 'preparing', message = '' "
                f"WHERE number = ? AND state NOT IN {_ALIVE}",
                (self._owner, number),
            )
            if not changed.rowcount:
                self.run(number)  # says so where there is none
                raise StoreError(f"run {number} is under way in another program: it cannot be gone on with here")
            return shorten(connection, number, self.series(number), iteration)

    def write(self, run: Run, written: Written) -> Written:
        """Write what is new of a run; when it returns, that is on the disk.

        Raises
        ------
        StoreError
            It cannot be written, as on a full disk; nothing of it is then, and it may be tried again.
        """
        with self._changing() as connection:
            return update(connection, run, written)

    def begin_anew(self) -> str:
        """Set the file aside, which has been found damaged, and go on with a new one; give a sentence that says so.

        Raises
        ------
        StoreError
            It cannot be, as where another program is recording into it.
        """
        with self._using:
            if self._is_recorded_into_elsewhere():
                raise StoreError(
                    f"the store {self.path} is damaged, and another program records into it: end that one first"
                )
            self._connection.close()
            self._connection, notice = connect_anew(self.path, self._identity)
            self._identity = identity_of(self.path)
        return notice

    def keep(self, run: Run, *, name: str = "", sweep: str = "", tags: Sequence[str] = ()) -> int:
        """Write a run that has ended, as a whole; give its number."""
        with self._changing() as connection:
            self._hold_lock()
            written = insert(connection, run, self._owner, name=name, sweep=sweep, tags=tuple(tags))
            update(connection, run, written)
        return written.number

    def rename(self, number: int, name: str) -> None:
        """Give a run a name; none takes it away."""
        self._set(number, "name", name.strip())

    def set_note(self, number: int, note: str) -> None:
        """Write a note about a run."""
        self._set(number, "note", note)

    def set_tags(self, number: int, tags: Sequence[str]) -> None:
        """Give a run its tags."""
        self._set(number, "tags", tags_text(tags))

    def delete(self, numbers: Sequence[int]) -> int:
        """Delete runs with all that is kept of them; give how many there were."""
        with self._changing() as connection:
            count = sum(
                connection.execute("DELETE FROM runs WHERE number = ?", (number,)).rowcount for number in numbers
            )
        with self._reading() as connection:
            connection.execute("PRAGMA incremental_vacuum").fetchall()
        return count

    def find_interrupted(self) -> list[int]:
        """Mark the runs whose program has ended without a word as interrupted; give their numbers."""
        with self._reading() as connection:
            query = f"SELECT DISTINCT owner FROM runs WHERE state IN {_ALIVE} AND owner != ?"
            owners = [owner for (owner,) in connection.execute(query, (self._owner,))]
        found: list[int] = []
        for owner in owners:
            lock = self._lock_of(owner)
            try:
                lock.acquire(timeout=0)
            except TimeoutError:
                continue  # it is alive
            with self._changing() as connection:
                rows = connection.execute(
                    f"UPDATE runs SET state = 'interrupted' WHERE owner = ? AND state IN {_ALIVE} RETURNING number",
                    (owner,),
                ).fetchall()
            found += [number for (number,) in rows]
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)
        return sorted(found)

    # --- beneath ----------------------------------------------------------------------------------------------------

    def _set(self, number: int, column: str, value: str) -> None:
        with self._changing() as connection:
            if not connection.execute(f"UPDATE runs SET {column} = ? WHERE number = ?", (value, number)).rowcount:
                raise StoreError(f"there is no run {number} in {self.path}; joml-tui runs list shows those there are")

    def _description(self, number: int, column: str) -> Any:
        with self._reading() as connection:
            row = connection.execute(f"SELECT {column} FROM descriptions WHERE run = ?", (number,)).fetchone()
        if row is None:
            raise StoreError(f"there is no run {number} in {self.path}; joml-tui runs list shows those there are")
        return row[0]

    def _lock_of(self, owner: str) -> FileLock:
        from filelock import FileLock  # noqa: PLC0415 - see opening.py

        folder = self.path.with_name(f"{self.path.name}.owners")
        folder.mkdir(exist_ok=True)
        return FileLock(folder / owner)

    def _is_recorded_into_elsewhere(self) -> bool:
        folder = self.path.with_name(f"{self.path.name}.owners")
        for owner in {file.name for file in folder.glob("*")} - {self._owner}:
            try:
                with self._lock_of(owner).acquire(timeout=0):
                    pass
            except TimeoutError:
                return True
        return False

    def _hold_lock(self) -> None:
        if self._lock is None:
            self._lock = self._lock_of(self._owner)
            self._lock.acquire()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._using:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise self._told(error) from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection in a transaction that is committed at the end of the block, or taken back."""
        with self._using:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise self._told(error) from error

    def _told(self, error: sqlite3.Error) -> StoreError:
        if is_damage(error):
            return StoreDamagedError(
                f"the store {self.path} is damaged ({error}): joml-tui doctor tells where. Moved elsewhere it can "
                "still be read with --store, and joml-tui begins a new one in its place"
            )
        if "full" in str(error):
            return StoreError(f"the disk of the store {self.path} is full: make room there")
        return StoreError(f"the store {self.path} cannot be used: {error}")
