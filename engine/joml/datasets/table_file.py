"""Reads tables with typed columns, such as Parquet and Arrow files, through pyarrow, which is an optional extra."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, get_args

import numpy as np
from numpy.typing import NDArray

from joml.dataset import Dataset, DatasetError
from joml.datasets import files
from joml.datasets.csv_file import LabelError
from joml.datasets.csv_text import FLOAT32_MAX, ColumnTask, listed, quoted
from joml.datasets.files import MAX_CLASSES, Samples, reading, shown_path

_KIND = "a table (Parquet, Feather, Arrow, ORC or JSON lines)"


def read_table_file(
    path: str | PathLike[str],
    label: str | int = -1,
    standardize: bool = True,
    test_share: float = 0.2,
    seed: int = 0,
    task: ColumnTask = "classes",
    standardize_y: bool = False,
    held: Samples | None = None,
) -> Dataset:
    """Read a data set from a table: Parquet, Feather or Arrow (file or stream), ORC, or JSON lines.

    Which of them it is stands in the file itself; its name does not matter. Every column but the label's is a feature:
    integers, floating-point numbers or truth values, none of them missing.

    Parameters
    ----------
    path : path
        The file. It is only read.
    label : str or int, default -1
        The label column: its name, or its position, counted from 0, or from the end when negative, as in Python.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the rows to test on.
    seed : int, default 0
        Decides which rows are in which part.
    task : {"classes", "values"}, default "classes"
        What the label column holds: labels, which are numbers, truth values or texts, or numbers to be predicted
        (regression).
    standardize_y : bool, default False
        Shift and scale the numbers to be predicted as `standardize` does the features; nothing happens to labels.

    held : Samples, optional
        What `read_table_samples` gave of it: it is not read again, and `held` stays as it is.

    Returns
    -------
    Dataset
        x of shape (feature columns, rows), y of shape (distinct labels, rows), or (1, rows) where the task is
        values. Classes are in the order of their values.

    Raises
    ------
    DatasetError
        pyarrow is not installed, the file cannot be read, or a column or value is not as above; the message names
        file, column and row, counted from 1.
    LabelError
        The label column does not exist, or is to hold classes and holds fewer than two or more than 1,000.
    """
    samples = read_table_samples(path, label, task) if held is None else replace(held, x=held.x.copy(), y=held.y.copy())
    train, _ = samples.parts(test_share, seed)
    if standardize:
        files.standardize(samples.x, train)
    if standardize_y and task == "values":
        files.standardize(samples.y, train)
    return samples.dataset(Path(path).stem, test_share, seed)


def read_table_samples(path: str | PathLike[str], label: str | int = -1, task: ColumnTask = "classes") -> Samples:
    """Read a table whole, without splitting or scaling. Parameters and errors as in `read_table_file`."""
    if task not in get_args(ColumnTask):
        raise DatasetError(f"task: classes or values was expected, got {task!r}")
    path = Path(path)
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise DatasetError(
            f"{shown_path(path)}: a table needs pyarrow; install it by: pip install 'joml-tui[parquet]'"
        ) from error
    with reading(path, _KIND), path.open("rb") as file:
        try:
            table = _read(file)
        except pa.ArrowException as error:
            if isinstance(error, pa.ArrowMemoryError):
                raise
            raise DatasetError(
                f"{shown_path(path)}: is no {_KIND[2:]}, or a damaged one: {_first_line(error)}"
            ) from error
        if table is None:
            raise DatasetError(
                f"{shown_path(path)}: is no {_KIND[2:]}; a CSV file is read as the data set csv, an NPZ file as npz"
            )
        return _Reader(shown_path(path), table, task).samples(label)


def _read(file: BinaryIO) -> Any:
    """Read a table of whichever kind the file's first bytes say, or None where they say none."""
    first = file.read(6)
    file.seek(0)
    if first.startswith(b"PAR1"):
        from pyarrow import parquet  # noqa: PLC0415

        # One thread: the numbers are few, and the engine asks for one of BLAS too.
        return parquet.ParquetFile(file).read(use_threads=False)
    if first.startswith(b"ORC"):
        from pyarrow import orc  # noqa: PLC0415

        return orc.ORCFile(file).read()
    if first.startswith(b"FEA1"):
        from pyarrow import feather  # noqa: PLC0415

        return feather.read_table(file, use_threads=False)
    if first.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        from pyarrow import ipc  # noqa: PLC0415

        return (ipc.open_file if first.startswith(b"ARROW1") else ipc.open_stream)(file).read_all()
    if first.lstrip().startswith(b"{"):
        from pyarrow import json  # noqa: PLC0415

        return json.read_json(file, read_options=json.ReadOptions(use_threads=False))
    return None


def _first_line(error: Exception) -> str:
    """Give the first line of what pyarrow says, which goes on about its own source."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


class _Reader:
    """Takes features and labels out of one table."""

    def __init__(self, path: str, table: Any, task: ColumnTask) -> None:
        self._path = path
        self._table = table
        self._task = task
        self._names = tuple(str(name) for name in table.column_names)

    def samples(self, label: str | int) -> Samples:
        rows, width = self._table.num_rows, len(self._names)
        if rows < 2:
            raise DatasetError(f"{self._path}: too few samples: {rows} rows of data; at least 2 are needed")
        if width < 2:
            raise DatasetError(
                f"{self._path}: {width} columns; a label column and at least one feature column are needed"
            )
        place = self._place(label)
        features = [column for column in range(width) if column != place]
        x = np.empty((rows, len(features)))
        for index, column in enumerate(features):
            x[:, index] = self._numbers(column)
        names = tuple(self._names[column] for column in features)
        if self._task == "values":
            return Samples(x, self._numbers(place)[:, np.newaxis], (self._names[place] or "y1",), None, "values", names)
        y, class_names = self._classes(place)
        return Samples(x, y, class_names, None, "classes", names)

    def _place(self, label: str | int) -> int:
        width = len(self._names)
        if isinstance(label, int):
            if not -width <= label < width:
                raise LabelError(
                    f"{self._path}: label position {label} is out of range: the table has {width} columns, "
                    f"0 to {width - 1} from the first or -1 to -{width} from the last"
                )
            return label % width
        count = self._names.count(label)
        if count == 1:
            return self._names.index(label)
        if count > 1:
            raise LabelError(f"{self._path}: {count} columns are named {quoted(label)}; give the label's position")
        nearest = get_close_matches(label, self._names, n=1)
        hint = f"did you mean {quoted(nearest[0])}?" if nearest else f"the columns are {listed(self._names)}"
        raise LabelError(f"{self._path}: no column is named {quoted(label)}; {hint}")

    def _column(self, place: int) -> Any:
        """Return a column without missing values; one of a dictionary's (pandas' categories) as what they stand for."""
        import pyarrow as pa  # noqa: PLC0415

        column = self._table.column(place)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if column.null_count:
            row = int(np.asarray(column.is_null()).argmax()) + 1
            raise self._error(place, f"row {row:,} has no value; every row needs one")
        return column

    def _numbers(self, place: int) -> NDArray[np.float64]:
        """Return a column of finite numbers."""
        import pyarrow as pa  # noqa: PLC0415

        column = self._column(place)
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            raise self._error(place, f"numbers were expected, found {column.type}")
        numbers: NDArray[np.float64] = column.to_numpy().astype(np.float64)
        # The comparison is false for nan.
        fits = np.abs(numbers) <= FLOAT32_MAX
        if not fits.all():
            row = int((~fits).argmax())
            raise self._error(place, f"row {row + 1:,} is {numbers[row]}; finite float32 numbers are needed")
        return numbers

    def _classes(self, place: int) -> tuple[NDArray[np.intp], tuple[str, ...]]:
        """Return the place of each row's class, and the names of the classes in the order of their values."""
        import pyarrow as pa  # noqa: PLC0415

        column = self._column(place)
        types = pa.types
        if types.is_floating(column.type):
            numbers = self._numbers(place)
            labels: list[Any] = [int(value) if value == int(value) else value for value in numbers.tolist()]
        elif types.is_integer(column.type) or types.is_boolean(column.type) or _is_text(column.type):
            labels = column.to_pylist()
        else:
            raise self._error(place, f"labels are numbers, truth values or texts, found {column.type}")
        values = sorted(set(labels))
        if len(values) < 2:
            raise LabelError(f"{self._said(place)} holds one class only, {values[0]!r}; at least two are needed")
        if len(values) > MAX_CLASSES:
            raise LabelError(f"{self._said(place)} holds more than {MAX_CLASSES:,} classes; is it the label column?")
        places = {value: number for number, value in enumerate(values)}
        return np.array([places[value] for value in labels], np.intp), tuple(str(value) for value in values)

    def _said(self, place: int) -> str:
        return f"{self._path}: column {place + 1} ({quoted(self._names[place])})"

    def _error(self, place: int, fault: str) -> DatasetError:
        return DatasetError(f"{self._said(place)}: {fault}")


def _is_text(type_: Any) -> bool:
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_))
