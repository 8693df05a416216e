"""Results as CSV files (RFC 4180): a run's series, and the table of runs."""

from __future__ import annotations

import csv
import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joml_tui.runner import Run

SERIES_COLUMNS = ("iteration", "epoch", "train_cost", "train_accuracy", "test_cost", "test_accuracy")
TABLE_COLUMNS = (
    "name",
    "network",
    "parameters",
    "dataset",
    "optimizer",
    "learning_rate",
    "batch_size",
    "seed",
    "epoch",
    "iteration",
    "train_cost",
    "train_accuracy",
    "test_cost",
    "test_accuracy",
    "steps_per_second",
    "seconds",
    "state",
    "message",
)


class ExportError(Exception):
    """A file could not be written; says which, why, and what to do."""


def default_series_name(run: Run) -> str:
    """Give a file name for a run's series, such as ``14-100-40-4-run-1.csv``."""
    return f"{run.architecture or 'network'}-{run.id}.csv"


def default_table_name() -> str:
    """Give a file name for the table of runs."""
    return "runs.csv"


def free_path(path: Path) -> Path:
    """Give the path, or the first of ``name-2.csv``, ``name-3.csv``, ... that no file has yet.

    Runs are numbered anew in every session, so a name proposed today was often used yesterday.
    """
    candidates = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    return next(candidate for candidate in itertools.chain([path], candidates) if not candidate.exists())


def write_series_csv(run: Run, path: Path, *, overwrite: bool = False) -> None:
    """Write a run's series, one row an iteration; test columns are empty where nothing was tested.

    Numbers read back exactly as they were recorded.

    Raises
    ------
    ExportError
        There is nothing to write, the file exists and ``overwrite`` is false, or it cannot be written. A file that
        was there stays as it was.
    """
    if run.history is None or not run.iteration:
        raise ExportError(f"{run.architecture or 'the run'} has recorded no iteration yet: there is nothing to write")
    write_rows(path, SERIES_COLUMNS, _series_rows(run), overwrite)


def write_table_csv(runs: Sequence[Run], path: Path, *, overwrite: bool = False) -> None:
    """Write a row a run: its settings, and what it reached.

    Raises
    ------
    ExportError
        The file exists and ``overwrite`` is false, or it cannot be written.
    """
    write_rows(path, TABLE_COLUMNS, map(_table_row, runs), overwrite)


def check_writable(path: Path, *, overwrite: bool = False) -> None:
    """Raise ExportError if a file could not be written there, before it is worth writing."""
    try:
        path.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise ExportError(f"{path} could not be written: {error.strerror}") from error
    if path.is_dir():
        raise ExportError(f"{path} is a folder: give the name of a file in it")
    if path.exists() and not overwrite:
        raise ExportError(f"{path} exists already: choose another name, or allow it to be replaced")
    if not path.parent.is_dir():
        raise ExportError(f"{path}: there is no folder {path.parent}: make it first, or choose another")
    if not os.access(path.parent, os.W_OK):
        raise ExportError(f"{path}: the folder {path.parent} does not allow writing: choose another")


def _series_rows(run: Run) -> Iterator[Sequence[Any]]:
    history = run.history
    assert history is not None  # the caller has looked
    tests = {
        int(iteration): (cost, accuracy)
        for iteration, cost, accuracy in zip(
            history.test_iteration, history.test_cost, history.test_accuracy, strict=False
        )
    }
    rows = zip(history.train_cost, history.train_accuracy, strict=False)
    for iteration, (cost, accuracy) in enumerate(rows, start=1):
        epoch = (iteration - 1) // run.iterations_per_epoch + 1
        yield iteration, epoch, cost, accuracy, *tests.get(iteration, ("", ""))


def _table_row(run: Run) -> Sequence[Any]:
    experiment = run.experiment
    return (
        experiment.name,
        run.architecture,
        run.parameter_count,
        experiment.dataset.__struct_config__.tag,
        experiment.optimizer.__struct_config__.tag,
        experiment.optimizer.learning_rate,
        experiment.batch_size,
        experiment.seed,
        run.epoch,
        run.iteration,
        *("" if value is None else value for value in _results(run)),
        round(run.steps_per_second, 1),
        round(run.seconds, 3),
        run.state.value,
        run.message,
    )


def _results(run: Run) -> Sequence[float | None]:
    return run.train_cost, run.train_accuracy, run.test_cost, run.test_accuracy


def write_rows(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]], overwrite: bool) -> None:
    """Write under a temporary name beside the file, then rename: whatever happens, no half file has its name."""
    check_writable(path, overwrite=overwrite)
    temporary: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", newline="", encoding="utf-8", dir=path.parent, prefix=".joml-", suffix=".csv", delete=False
        ) as file:
            temporary = Path(file.name)
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows([_harmless(cell) for cell in row] for row in rows)
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ExportError(f"{path} could not be written: {error.strerror or error}") from error


def _harmless(cell: object) -> object:
    """Keep text that a spreadsheet would take for a formula from being one."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _umask() -> int:
    # It can only be read by setting it. Temporary files are private; an export is as any file of the user's.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
