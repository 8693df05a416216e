"""The store of runs: listing, reading, writing and changing them."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import uuid4

import msgspec
from msgspec import structs

from joml_tui.lone_surrogates import printable
from joml_tui.runs.run_fields import RunFacts, facts_of
from joml_tui.store.database import (
    RunGoneError,
    RunRecordError,
    StoreDamagedError,
    StoreError,
    connect,
    connect_anew,
    identity_of,
    is_damage,
    is_only_read,
    refusal_of_changes,
)
from joml_tui.store.location import store_path
from joml_tui.store.owners import has_ended, is_owner, lock_of, owners_folder
from joml_tui.store.run_summary import COLUMNS, DamagedRowError, StoredRun, fingerprint, stored_run, tags_text

if TYPE_CHECKING:
    from filelock import FileLock
    from numpy.typing import NDArray

    from joml.data.preparation import Preparation
    from joml_tui.experiment import Experiment
    from joml_tui.runs.run import Adjusted, Run
    from joml_tui.store.run_writer import WrittenSoFar

_LIST = f"SELECT {', '.join(COLUMNS)} FROM runs"
_Setting = Literal["learning_rate", "epochs", "data"]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_MOST_DIGITS = 18  # of a number of SQLite's
_ALIVE = "('waiting', 'preparing', 'running', 'paused')"
#: Where runs cannot be marked as interrupted, they are listed as such.
_LIST_TO_READ = _LIST.replace(
    " state,", f" CASE WHEN state IN {_ALIVE} AND owner_has_ended(owner) THEN 'interrupted' ELSE state END,"
)


def open_store(path: str | Path | None = None, *, to_read: bool = False) -> Store:
    """Open the store of runs.

    Parameters
    ----------
    path : str or Path, optional
        The file; ``store_path`` has the default.
    to_read : bool, default False
        Whether a store that can only be read will do, such as somebody else's or one on read-only media; changes of it
        then raise StoreError.

    Raises
    ------
    StoreError
        The store cannot be used.
    """
    return Store(store_path(path), to_read=to_read)


class Store:
    """An open store; any thread may use it, and any number of processes the same file.

    Attributes
    ----------
    path : Path
    notices : list of str
        Messages for the user after opening, for example that a damaged store was renamed.
    interrupted : list of int
        The runs that were found interrupted at opening.
    damaged : dict of int to str
        The runs whose rows could not be read in the last listing, each with a message.
    """

    def __init__(self, path: Path, *, to_read: bool = False) -> None:
        self.path = path
        self._using = threading.RLock()
        self._connection, self.notices = connect(path, to_read=to_read)
        self._is_only_read = to_read and is_only_read(self._connection)
        self._list = _LIST
        if self._is_only_read:
            self._connection.create_function("owner_has_ended", 1, partial(has_ended, path))
            self._list = _LIST_TO_READ
        self._identity = identity_of(path)
        # A lock that ends with this process in any case, by which others recognise interrupted runs.
        self._owner = uuid4().hex
        self._lock: FileLock | None = None
        self.damaged: dict[int, str] = {}
        self.interrupted = self.find_interrupted()

    @property
    def refusal(self) -> str:
        """Why the store cannot be changed, and the way out; empty if it can."""
        return refusal_of_changes(self.path) if self._is_only_read else ""

    def close(self) -> None:
        """Close the store."""
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
        """Return the runs, the newest first; damaged rows are left out and listed in ``damaged``.

        Parameters
        ----------
        newest : int, optional
            Largest number; default all.
        sweep : str, optional
            Only runs of this sweep.
        """
        where, values = ("", ()) if sweep is None else (" WHERE sweep = ?", (sweep,))
        with self._reading() as connection:
            rows = connection.execute(f"{self._list}{where} ORDER BY number DESC", values)
            return list(islice(self._whole_rows(rows), newest))

    def _whole_rows(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[StoredRun]:
        """Yield the readable rows, and record the others in ``damaged``."""
        for row in rows:
            try:
                record = stored_run(row)
            except DamagedRowError as error:
                self.damaged[error.number] = str(error)
            else:
                self.damaged.pop(record.number, None)
                yield record

    def count(self) -> int:
        """Return the number of runs."""
        with self._reading() as connection:
            return int(connection.execute("SELECT count(*) FROM runs").fetchone()[0])

    def last_number(self) -> int:
        """Return the last number given to a run, also to one deleted since; 0 for a new store."""
        with self._reading() as connection:
            row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'runs'").fetchone()
            return 0 if row is None else int(row[0])

    def run(self, number: int) -> StoredRun:
        """Return the run with a number.

        Raises
        ------
        RunGoneError
            There is no such run.
        DamagedRowError
            The row cannot be read.
        """
        with self._reading() as connection:
            row = connection.execute(f"{self._list} WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise self._gone(number)
        return stored_run(row)

    def find(self, text: str | int) -> StoredRun:
        """Return the run that a text names: a number, ``#`` and a number, a name, or ``last``.

        Raises
        ------
        StoreError
            There is no such run, or several have the name.
        """
        wanted = printable(str(text).strip())
        digits = wanted.removeprefix("#")
        if digits.isdecimal():
            if len(digits) > _MOST_DIGITS:
                raise self._gone(f"{digits[:_MOST_DIGITS]}...")
            return self.run(int(digits))
        if wanted == "last":
            newest = self.runs(newest=1)
            if not newest:
                raise StoreError(f"there is no run in {self.path} yet; joml-tui run PRESET trains one")
            return newest[0]
        with self._reading() as connection:
            rows = connection.execute(f"{self._list} WHERE name = ? ORDER BY number DESC", (wanted,)).fetchall()
            query = "SELECT DISTINCT name FROM runs WHERE typeof(name) = 'text' AND name != ''"
            names = [name for (name,) in connection.execute(query)]
        if not rows:
            near = get_close_matches(wanted, names, 1)
            meant = f"; did you mean {near[0]}?" if near else "; joml-tui runs list shows the runs"
            raise StoreError(f"there is no run called {wanted} in {self.path}{meant}")
        if len(rows) > 1:
            numbers = ", ".join(str(row[0]) for row in rows[:5]) + (", ..." if len(rows) > 5 else "")
            raise StoreError(
                f"{len(rows):,} runs are called {wanted}: name one by its number, the newest first: {numbers}"
            )
        return stored_run(rows[0])

    def experiment(self, number: int) -> Experiment:
        """Return a run's initial experiment.

        If it was recorded before validation parts existed, it explicitly has none where there would be one today.
        """
        from joml_tui.experiment import needs_validation  # noqa: PLC0415 - lists of runs do without
        from joml_tui.experiment.yaml_text import parse_kept_experiment  # noqa: PLC0415

        with self._decoding(number, "experiment"):
            experiment = parse_kept_experiment(self.experiment_yaml(number), f"run {number}")
        if experiment.split.validation is not None or not needs_validation(experiment):
            return experiment
        kept = self._description(number, "preparation")
        with self._decoding(number, "preparation"):
            if kept == "" or (kept is not None and json.loads(kept)["split"]["validation"]):
                return experiment
        return structs.replace(experiment, split=structs.replace(experiment.split, validation=0.0))

    def facts_of(self, run: StoredRun) -> RunFacts:
        """Return the facts for the fields of a run; a damaged experiment has no settings."""

        def experiment() -> Experiment | None:
            try:
                return self.experiment(run.number)
            except RunRecordError:
                return None

        return facts_of(run, experiment)

    def described(self, number: int) -> tuple[str, str]:
        """Return the name of a run's experiment and its YAML, equal to the result of `experiment`."""
        from joml_tui.experiment.yaml_text import dump_experiment, parse_kept_experiment  # noqa: PLC0415 - lists of runs do without

        experiment, kept = self.experiment(number), self.experiment_yaml(number)
        as_kept = parse_kept_experiment(kept, f"run {number}") == experiment
        return experiment.name, kept if as_kept else dump_experiment(experiment)

    def experiment_yaml(self, number: int) -> str:
        """Return the stored YAML of a run's experiment."""
        text = self._description(number, "experiment")
        if not isinstance(text, str):
            raise RunRecordError(f"run {number} of {self.path} is damaged: its experiment cannot be read")
        return text

    def preparation(self, number: int) -> Preparation | None:
        """Return the preparation of a run's data; None if the data were never read or it was not recorded.

        Raises
        ------
        StoreError
            The record is damaged.
        """
        from joml.data.preparation import Preparation  # noqa: PLC0415 - lists of runs do without

        kept = self._description(number, "preparation")
        with self._decoding(number, "preparation"):
            return Preparation.from_json(json.loads(kept)) if kept else None

    def versions(self, number: int) -> dict[str, str]:
        """Return the versions of joml, NumPy and Python that trained a run."""
        with self._decoding(number, "versions"):
            return msgspec.json.decode(self._description(number, "versions"), type=dict[str, str])

    def adjustments(self, number: int) -> list[Adjusted]:
        """Return the settings that changed during a run's training."""
        from joml_tui.runs.run import Adjusted  # noqa: PLC0415 - lists of runs do without

        with self._decoding(number, "adjustments"):
            text = self._description(number, "adjustments")
            adjustments = msgspec.json.decode(text, type=list[tuple[int, _Setting, float]])
            total = self.shape(number)[1]
        return [Adjusted(iteration, setting, value, total) for iteration, setting, value in adjustments]

    def goes_on_from(self, number: int) -> str:
        """Return what a run started from instead of its seed's weights; empty if from these."""
        beginning = printable(str(self._description(number, "beginning")))
        record = self.run(number)
        if record.origin is None:
            return beginning
        return f"iteration {record.origin_iteration:,} of run {record.origin}"

    def details(self, number: int) -> str:
        """Return the traceback of a run's failure, or ""."""
        return printable(str(self._description(number, "details")))

    def series(self, number: int) -> dict[str, NDArray[Any]]:
        """Return a run's series by the names of ``History``, with spreads if there are replicas.

        Raises
        ------
        RunGoneError
            There is no such run.
        StoreError
            A part of the series is damaged.
        """
        import numpy as np  # noqa: PLC0415 - lists of runs do without

        from joml_tui.store import series_blobs  # noqa: PLC0415

        with self._reading() as connection:
            rows = connection.execute(
                "SELECT series, first, count, checksum, data FROM chunks WHERE run = ? ORDER BY series, first",
                (number,),
            ).fetchall()
            if not rows and connection.execute("SELECT 1 FROM runs WHERE number = ?", (number,)).fetchone() is None:
                raise self._gone(number)
        parts: dict[str, list[NDArray[Any]]] = {}
        for name, first, count, kept, data in rows:
            with self._decoding(number, "series"):
                blocks = parts.setdefault(name, [])
                if sum(map(len, blocks)) != first or series_blobs.checksum(data) != kept:
                    raise RunRecordError(
                        f"run {number} of {self.path}: its {name} is damaged from the value {first + 1} on; "
                        "joml-tui doctor lists all damage"
                    )
                blocks.append(series_blobs.decode(name, count, data))
        return {name: blocks[0] if len(blocks) == 1 else np.concatenate(blocks) for name, blocks in parts.items()}

    def shape(self, number: int) -> tuple[int, int, int, int]:
        """Return iterations per epoch, all iterations, the batch size and the training size, for a `History`."""
        columns = "iterations_per_epoch, total_iterations, batch_size, train_size"
        with self._reading() as connection:
            row = connection.execute(f"SELECT {columns} FROM descriptions WHERE run = ?", (number,)).fetchone()
        if row is None:
            raise self._gone(number)
        with self._decoding(number, "lengths"):
            return msgspec.convert(row, tuple[_Count, _Count, _Count, _Count])

    def state(self, number: int) -> tuple[int, bytes, bytes] | None:
        """Return a run's latest state: iteration, packed state, and packed record of the layers.

        None if there is none.

        Raises
        ------
        StoreError
            The record is damaged.
        """
        from joml_tui.store import series_blobs  # noqa: PLC0415 - lists of runs do without
        from joml_tui.store.state_codec import decode_state  # noqa: PLC0415

        with self._reading() as connection:
            row = connection.execute(
                "SELECT iteration, checksum, data, layers FROM states WHERE run = ? ORDER BY iteration DESC LIMIT 1",
                (number,),
            ).fetchone()
        if row is None:
            return None
        with self._decoding(number, "weights"):
            iteration, kept, data, layers = msgspec.convert(row, tuple[_Count, _Count, bytes, bytes])
            if series_blobs.checksum(data) != kept:
                raise RunRecordError(
                    f"run {number} of {self.path}: its weights are damaged; train it again from its experiment: "
                    f"joml-tui runs export {number} --format yaml"
                )
            return iteration, decode_state(data), layers

    def has(self, sweep: str, experiment_yaml: str) -> bool:
        """Return whether a sweep's experiment has been trained to an end of any kind."""
        with self._reading() as connection:
            return (
                connection.execute(
                    "SELECT 1 FROM runs WHERE sweep = ? AND fingerprint = ? AND state IN ('finished', 'diverged')",
                    (sweep, fingerprint(experiment_yaml)),
                ).fetchone()
                is not None
            )

    def check(self) -> list[str]:
        """Check the whole store for damage, which may take long, and return a sentence for each fault."""
        from joml_tui.store.integrity import find_damage  # noqa: PLC0415 - lists of runs do without

        with self._reading() as connection:
            return find_damage(connection)

    def checkpoints(self, number: int) -> list[tuple[int, bytes]]:
        """Return a run's checkpoints in order, each with its iteration; those of old runs may have been deleted."""
        from joml_tui.store.checkpoints import read_checkpoints  # noqa: PLC0415 - lists of runs do without

        with self._reading() as connection:
            return read_checkpoints(connection, number)

    def checkpoint_iterations(self, number: int) -> list[int]:
        """Return the iterations of a run's checkpoints."""
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
    ) -> WrittenSoFar:
        """Insert the record of a run, which ``write`` continues. A ``Recorder`` does both."""
        from joml_tui.store.run_writer import insert  # noqa: PLC0415 - lists of runs do without

        with self._changing() as connection:
            self._hold_lock()
            return insert(
                connection, run, self._owner, name=name, note=note, tags=tuple(tags), origin=origin, sweep=sweep
            )

    def resume(self, number: int, iteration: int, *, keeps_checkpoints: bool = True) -> WrittenSoFar:
        """Take over a run that continues from its state after an iteration, and delete what was recorded after it.

        If it continues with changed data, its checkpoints are deleted too, because they belong to the names and the
        scaling of the earlier data.
        """
        from joml_tui.store.run_writer import shorten  # noqa: PLC0415 - lists of runs do without

        with self._changing() as connection:
            self._hold_lock()
            changed = connection.execute(
                f"UPDATE runs SET owner = ?, state = 'preparing', message = '' "
                f"WHERE number = ? AND state NOT IN {_ALIVE}",
                (self._owner, number),
            )
            if not changed.rowcount:
                self.run(number)  # raises an error if there is none
                raise StoreError(f"run {number} is training in another program: it cannot be continued here")
            return shorten(connection, number, self.series(number), iteration, keeps_checkpoints=keeps_checkpoints)

    def write(self, run: Run, written: WrittenSoFar) -> WrittenSoFar:
        """Write a run's new data to the disk.

        Raises
        ------
        StoreError
            The data cannot be written, for example on a full disk; then none are written, and the call can be repeated.
        """
        from joml_tui.store.run_writer import update  # noqa: PLC0415 - lists of runs do without

        with self._changing() as connection:
            return update(connection, run, written)

    def begin_anew(self) -> str:
        """Rename the damaged file, continue with a new one, and return a message about it.

        Raises
        ------
        StoreError
            That is not possible, for example because another program is recording into it.
        """
        with self._using:
            if self._is_recorded_into_elsewhere():
                raise StoreError(
                    f"the store {self.path} is damaged, and another program records into it: stop that program first"
                )
            self._connection.close()
            self._connection, notice = connect_anew(self.path, self._identity)
            self._identity = identity_of(self.path)
        return notice

    def keep(self, run: Run, *, name: str = "", sweep: str = "", tags: Sequence[str] = ()) -> int:
        """Write a complete run that has ended, and return its number."""
        from joml_tui.store.run_writer import insert, update  # noqa: PLC0415 - lists of runs do without

        with self._changing() as connection:
            self._hold_lock()
            written = insert(connection, run, self._owner, name=name, sweep=sweep, tags=tuple(tags))
            update(connection, run, written)
        return written.number

    def rename(self, number: int, name: str) -> None:
        """Set the name of a run; None removes it."""
        self.describe(number, name=name)

    def set_note(self, number: int, note: str) -> None:
        """Set the note of a run."""
        self.describe(number, note=note)

    def set_tags(self, number: int, tags: Sequence[str]) -> None:
        """Set a run's tags; a text is a single one."""
        self.describe(number, tags=tags)

    def describe(
        self, number: int, *, name: str | None = None, note: str | None = None, tags: Sequence[str] | None = None
    ) -> None:
        """Change the name, note or tags of a run.

        Raises
        ------
        RunGoneError
            There is no such run.
        """
        from joml_tui.store.run_writer import describe  # noqa: PLC0415 - lists of runs do without

        values = {
            "name": None if name is None else name.strip(),
            "note": note,
            "tags": None if tags is None else tags_text([tags] if isinstance(tags, str) else tags),
        }
        changed: dict[str, object] = {column: value for column, value in values.items() if value is not None}
        with self._changing() as connection:
            if changed and not describe(connection, number, changed):
                raise self._gone(number)

    def delete(self, numbers: Sequence[int]) -> int:
        """Delete runs completely, and return how many existed."""
        with self._changing() as connection:
            count = sum(
                connection.execute("DELETE FROM runs WHERE number = ?", (number,)).rowcount for number in numbers
            )
        with self._reading() as connection:
            connection.execute("PRAGMA incremental_vacuum").fetchall()
        return count

    def find_interrupted(self) -> list[int]:
        """Mark runs whose program crashed or was killed as interrupted, and return their numbers."""
        if self._is_only_read:
            return []
        with self._reading() as connection:
            query = f"SELECT DISTINCT owner FROM runs WHERE state IN {_ALIVE} AND owner != ?"
            owners = [owner for (owner,) in connection.execute(query, (self._owner,))]
        numbers: list[int] = []
        for owner in owners:
            if not is_owner(owner):  # a damaged row: such a lock cannot exist
                numbers += self._mark_interrupted(owner)
                continue
            try:
                lock = lock_of(self.path, owner)
                lock.acquire(timeout=0)
            except OSError:
                continue  # the owner is running, or its lock cannot be read and so nothing is known
            numbers += self._mark_interrupted(owner)
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)
        return sorted(numbers)

    def _mark_interrupted(self, owner: object) -> list[int]:
        query = f"UPDATE runs SET state = 'interrupted' WHERE owner IS ? AND state IN {_ALIVE} RETURNING number"
        with self._changing() as connection:
            return [number for (number,) in connection.execute(query, (owner,)).fetchall()]

    # --- internals --------------------------------------------------------------------------------------------------

    def _description(self, number: int, column: str) -> Any:
        with self._reading() as connection:
            row = connection.execute(f"SELECT {column} FROM descriptions WHERE run = ?", (number,)).fetchone()
        if row is None:
            raise self._gone(number)
        return row[0]

    def _gone(self, number: int | str) -> RunGoneError:
        return RunGoneError(f"there is no run {number} in {self.path}; joml-tui runs list shows the runs")

    @contextmanager
    def _decoding(self, number: int, what: str) -> Iterator[None]:
        """Turn any error of decoding a run's record into a RunRecordError."""
        try:
            yield
        except StoreError:
            raise
        except (ValueError, TypeError, LookupError, OverflowError, zlib.error) as error:
            from joml_tui.experiment.yaml_text import ExperimentError  # noqa: PLC0415 - lists of runs do without

            if isinstance(error, ExperimentError):
                raise RunRecordError(f"run {number} of {self.path}: its {what} cannot be read: {error}") from error
            raise RunRecordError(
                f"run {number} of {self.path} is damaged: its {what} cannot be read; joml-tui doctor lists all damage"
            ) from error

    def _is_recorded_into_elsewhere(self) -> bool:
        for owner in {file.name for file in owners_folder(self.path).glob("*")} - {self._owner}:
            try:
                with lock_of(self.path, owner).acquire(timeout=0):
                    pass
            except TimeoutError:
                return True
            except OSError:
                continue  # no program has made this, and none holds it
        return False

    def _hold_lock(self) -> None:
        if self._lock is not None:
            return
        try:
            lock = lock_of(self.path, self._owner)
            lock.acquire()
        except OSError as error:
            raise StoreError(
                f"the store {self.path} cannot be used: {owners_folder(self.path).name} beside it must be a folder "
                f"to write to ({error.strerror}); move it away, or name another file by --store or JOML_STORE"
            ) from error
        self._lock = lock

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._using:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise self._store_error(error) from error

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction, which is committed at the end of the block or rolled back."""
        if self.refusal:
            raise StoreError(self.refusal)
        with self._using:
            self._refuse_another_file()
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
                raise self._store_error(error) from error

    def _refuse_another_file(self) -> None:
        """Raise StoreError if the file was deleted or replaced: SQLite would go on writing where nobody can read it."""
        with suppress(OSError):
            if identity_of(self.path) == self._identity:
                return
        raise StoreError(
            f"the store {self.path} was deleted, moved or replaced after this program had opened it: "
            "put it back, or start the program again to record into the file that is there then"
        )

    def _store_error(self, error: sqlite3.Error) -> StoreError:
        if is_damage(error):
            return StoreDamagedError(
                f"the store {self.path} is damaged ({error}): joml-tui doctor shows where. If you move it, "
                "--store can still read it, and joml-tui starts a new one"
            )
        if "closed" in str(error):
            return StoreError(f"the store {self.path} is closed: open it again")
        if not isinstance(error, sqlite3.OperationalError):
            return RunRecordError(f"the store {self.path} rejected the data: {error}")
        if "full" in str(error):
            return StoreError(f"the disk of the store {self.path} is full: make room there")
        return StoreError(f"the store {self.path} cannot be used: {error}")
