"""Reader of folders with a CSV file for each array: x_train.csv, y_train.csv, x_test.csv, y_test.csv."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, Standardize, StandardizeY, TestShare
from joml.data.labels import check_classes, classes_of
from joml.data.preparation import Split, prepare
from joml.data.readers.columns import describe_row_numbers, is_row_index
from joml.data.readers.csv_format import FileFormat, Header, data_rows, find_format, is_header, looks_like_names
from joml.data.readers.csv_layout import CommaStyle, Layout, describe_column, describe_commas, with_commas_of_rows
from joml.data.readers.csv_text import Cells, read_cells
from joml.data.readers.file_samples import FileSamples, shown_path
from joml.data.readers.text_file import AUTO, DecimalMark, Dialect, TextFile, reading_text
from joml.data.tables.copied_rows import describe_copied_samples
from joml.data.tables.leaks import describe_arrays
from joml.declaration import Setting, declare
from joml.task import Task, find_task
from joml.wording import counted, quoted

#: The files of the training part and of the test part: features and targets.
TRAIN_FILES = ("x_train.csv", "y_train.csv")
TEST_FILES = ("x_test.csv", "y_test.csv")


def read_csv_folder_samples(
    path: str | PathLike[str],
    header: Header = "auto",
    task: Task = "classes",
    delimiter: str = AUTO,
    encoding: str = AUTO,
    decimal: DecimalMark = AUTO,
) -> FileSamples:
    """Read all files of a folder, without splitting or scaling. Parameters and errors as in `read_csv_folder`."""
    named = find_task(task)
    if named is None:
        raise DatasetError(f"task: classes, multilabel or regression was expected, got {task!r}")
    if header not in get_args(Header):
        raise DatasetError(f"header: auto, yes or no was expected, got {header!r}")
    folder = Path(path)
    _check_folder(folder)
    dialect = Dialect(delimiter, encoding, decimal)
    parts = [_read_part(folder, TRAIN_FILES, header, named, dialect)]
    if any(find_file(folder, name).exists() for name in TEST_FILES):
        parts.append(_read_part(folder, TEST_FILES, header, named, dialect, parts[0].commas))
        _check_alike(folder, *parts)
        parts[1] = _in_order_of(folder, parts[0], parts[1])
    elif len(parts[0].x) < 2:
        raise DatasetError(f"{shown_path(folder / TRAIN_FILES[0])}: too few samples: 1; at least 2 are needed")
    y, names, notes = _outputs(folder, parts, named)
    x = np.concatenate([part.x for part in parts])
    notes += _describe_numbers(parts[0], y[: len(parts[0].x)], names if named != "classes" else ())
    notes += describe_copied_samples(x, y, len(parts[0].x), TEST_FILES[0], TRAIN_FILES[0])
    notes = tuple(dict.fromkeys([*(note for part in parts for note in part.notes), *notes]))
    test_samples = len(parts[1].x) if len(parts) > 1 else None
    name = folder.resolve().name
    return FileSamples(x, y, names, test_samples, named, parts[0].feature_names, name, parts[0].file_format, notes)


def _describe_numbers(train: _Part, y: NDArray[Any], outputs: tuple[str, ...]) -> tuple[str, ...]:
    """Return notes on features that have one value in the training files, or that are a target under another name."""
    names = train.feature_names
    return describe_arrays(
        train.x,
        y,
        [describe_column(place, names) for place in range(train.x.shape[1])],
        outputs or ("the label",),
        f"take it out of {TRAIN_FILES[0]}",
    )


def _files_in(folder: str | PathLike[str]) -> list[Path]:
    """Return the paths of all files that are read from a folder, existing or not."""
    return [find_file(Path(folder), name) for name in TRAIN_FILES + TEST_FILES]


@declare(
    "dataset",
    "csv-folder",
    "Your own folder with x_train.csv and y_train.csv, and optionally x_test.csv and y_test.csv",
    label="CsvFolder",
    traits=DatasetTraits(read_samples=read_csv_folder_samples, list_files=lambda given: _files_in(given["path"])),
)
def read_csv_folder(
    path: Annotated[str | PathLike[str], Setting("The folder", unit="file")],
    header: Annotated[Header, Setting("Whether the first row has names")] = "auto",
    standardize: Standardize = True,
    test_share: TestShare = 0.2,
    seed: int = 0,
    task: Annotated[Task, Setting("Content of y")] = "classes",
    standardize_y: StandardizeY = False,
    held: FileSamples | None = None,
    split: Split | None = None,
    delimiter: Annotated[str, Setting("What separates the fields: one character, tab or blanks; auto finds it")] = AUTO,
    encoding: Annotated[str, Setting("Encoding of the text, such as latin-1; auto is UTF-8 or UTF-16")] = AUTO,
    decimal: Annotated[DecimalMark, Setting("The decimal point of numbers; auto finds what commas are")] = AUTO,
) -> Dataset:
    """Read a data set from a folder with a CSV file for each of its arrays.

    Samples are rows, as in most programs, not columns as in the engine. The folder holds

    - ``x_train.csv``: numbers, one column per feature;
    - ``y_train.csv``, with as many rows: one column of labels, numbers or texts; or one-hot rows, one column per class.
      If the task is answers or values: numbers, one column per output;
    - ``x_test.csv`` and ``y_test.csv``, both or neither: the test part, in the same form.

    Each file is text as in `read_csv`. Other files are ignored.

    Parameters
    ----------
    path : path
        The folder; its files are only read.
    header : {"auto", "yes", "no"}, default "auto"
        Whether the first row of each file holds names. "auto" takes it for names if none of its fields is a number; a
        first row of text labels is taken for names if the features have names.
    standardize : bool, default True
        Shift and scale every feature to mean 0 and standard deviation 1 over the training part. A feature that
        is constant there is only shifted.
    test_share : float, default 0.2
        Share of the samples in the test part, where the folder has no test part.
    seed : int, default 0
        Decides which samples are in which part, where the folder has no test part.
    task : {"classes", "multilabel", "regression"}, default "classes"
        Content of y: labels, or 0 and 1 as answers to yes-or-no questions, or numbers to predict (regression).
    standardize_y : bool, default False
        Shift and scale y as `standardize` does x; only where the task is values.

    held : Samples, optional
        The samples that `read_csv_folder_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.
    delimiter, encoding, decimal : str, default "auto"
        As in `read_csv`, for all files.

    Returns
    -------
    Dataset
        x of shape (features, samples), y of shape (outputs, samples). Classes are in the order of their values if all
        labels are numbers, else in the order of their texts; one-hot columns are named by their header, or "0",
        "1", ...

    Raises
    ------
    DatasetError
        A file is missing, cannot be read, or has another form; the message names file and line. Or two files do not
        fit; the message names both and their sizes.
    """
    samples = held or read_csv_folder_samples(path, header, task, delimiter, encoding, decimal)
    return prepare(samples, split or Split(test_share), seed, standardize, standardize_y)


def find_file(folder: Path, name: str) -> Path:
    """Return the path of a folder's file of this name, or of its compressed form with .gz at the end.

    Parameters
    ----------
    folder : Path
    name : str
        One of `TRAIN_FILES` or `TEST_FILES`.

    Returns
    -------
    Path
    """
    path, compressed = folder / name, folder / f"{name}.gz"
    return compressed if not path.exists() and compressed.exists() else path


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The training part or the test part.

    Attributes
    ----------
    x : ndarray of float64, shape (samples, features)
    y : ndarray of float64, shape (samples, columns), or None
        The numbers of the second file; None if it is one column of labels.
    labels : list of str
        The labels of that column.
    feature_names, output_names : tuple of str
        As in the headers; empty without.
    notes : tuple of str
        Decisions about the files, one sentence each.
    file_format : dict
        How the file of features was read.
    commas : mapping of str or int to str
        The meaning of commas in features, by the name of the column, or its position where it has none.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64] | None
    labels: list[str]
    feature_names: tuple[str, ...]
    output_names: tuple[str, ...]
    notes: tuple[str, ...]
    file_format: dict[str, Any]
    commas: Mapping[str | int, CommaStyle]


def _check_folder(folder: Path) -> None:
    needed = f"a folder with {' and '.join(TRAIN_FILES)} is needed"
    try:
        is_there, is_folder = folder.exists(), folder.is_dir()
    except (OSError, ValueError) as error:  # such as a null character in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(f"{shown_path(folder)}: cannot be read: {reason}") from error
    if not is_folder:
        raise DatasetError(f"{shown_path(folder)}: {'is a file' if is_there else 'no such folder'}; {needed}")


def _read_part(
    folder: Path,
    names: tuple[str, str],
    header: Header,
    task: Task,
    dialect: Dialect,
    commas: Mapping[str | int, CommaStyle] | None = None,
) -> _Part:
    """Read the files of a part; in those of the test part, commas mean the same as in the training part."""
    x_path, y_path = (find_file(folder, name) for name in names)
    with reading_text(x_path, "a CSV file", dialect=dialect) as x_text:
        x_format = find_format(x_text, header)
        of_training = {} if commas is None else _by_position(commas, x_format)
        x_cells = read_cells(x_text, Layout(x_format, commas=of_training))
    with reading_text(y_path, "a CSV file", dialect=dialect) as y_text:
        y_cells = _read_outputs(y_text, header, task, x_format.has_header and is_header(x_format.names, -1))
        rows = len(y_cells.numbers)
        if header == "auto" and rows == len(x_cells.numbers) - 1:
            y_cells = _read_first_label(y_text, y_cells)
            rows = len(y_cells.numbers)
    if header == "auto" and abs(len(x_cells.numbers) - rows) == 1:
        x_cells = _decide_header_by_rows(x_text, x_cells, rows)
    x, feature_names, notes = _without_index(x_cells)
    _check_same_rows(folder, names, x_cells, y_cells)
    if len(x) != rows:
        raise DatasetError(
            f"{shown_path(folder)}: {names[0]} has {counted(len(x), 'row')}, {names[1]} {rows:,}: samples are rows, "
            "as many in both"
        )
    if not len(x):
        raise DatasetError(f"{shown_path(x_path)}: the file has a header and no rows of data")
    notes = tuple(f"{x_path.name}: {note}" for note in notes)
    y_notes = (*y_cells.layout.format.notes, *describe_commas(y_cells.layout))
    notes += tuple(f"{y_path.name}: {note}" for note in y_notes)
    left_out = x_cells.numbers.shape[1] - x.shape[1]
    columns = enumerate(x.T, start=left_out)
    whole = [place for place, column in columns if x_cells.layout.commas and (column == np.floor(column)).all()]
    layout = with_commas_of_rows(x_cells.layout, whole)
    file_format = layout.to_plain(range(left_out, layout.width))
    names_in_file = layout.format.names
    styles = {names_in_file[place] if names_in_file else place: style for place, style in layout.commas.items()}
    if dialect.encoding.lower() != AUTO:
        file_format["encoding"] = dialect.encoding
    if y_cells.labels is not None:
        labels = np.array(y_cells.texts, object)[y_cells.labels].tolist()
        return _Part(x, None, labels, feature_names, (), notes, file_format, styles)
    y, output_names, _ = _without_index(y_cells)
    twice = [name for name, count in Counter(output_names).items() if count > 1]
    if twice:
        raise DatasetError(f"{y_text.name}: two columns are named {quoted(twice[0])}; give them different names")
    return _Part(x, y, [], feature_names, output_names, notes, file_format, styles)


def _by_position(commas: Mapping[str | int, CommaStyle], format_: FileFormat) -> dict[int, CommaStyle]:
    """Return the meaning of commas by the positions of a file's columns."""
    names: Sequence[str | int] = format_.names or range(format_.width)
    return {place: commas[name] for place, name in enumerate(names) if name in commas}


def _read_outputs(text: TextFile, header: Header, task: Task, x_has_names: bool) -> Cells:
    """Read the file of labels, one-hot rows, answers or values."""
    format_ = find_format(text, header)
    label = _label_position(format_) if task == "classes" else -1
    if label < 0:
        layout = Layout(format_)
        cells = read_cells(text, layout)
        _check_outputs(text, cells, task)
        return cells
    if header == "auto" and format_.has_header and not x_has_names:
        # A first text is a name only if it is none of the labels, or if the features have names.
        as_samples = find_format(text, "no")
        reason, is_certain = looks_like_names(text, as_samples, label)
        format_ = as_samples
        if is_certain:
            note = f"line {format_.first_line} is read as a header, as {reason}; write header: no if it is a sample"
            format_ = replace(find_format(text, "yes"), notes=(note,))
    return read_cells(text, Layout(format_, label, "classes"))


def _read_first_label(text: TextFile, cells: Cells) -> Cells:
    """Read a file of labels again if its first row was taken for a name but is one of its labels."""
    format_ = cells.layout.format
    if cells.labels is None or format_.width > 1 or not format_.header_rows or format_.names[0] not in cells.texts:
        return cells
    return read_cells(text, Layout(find_format(text, "no"), 0, "classes"))


def _label_position(format_: FileFormat) -> int:
    """Return the position of the column of labels: the only one beside an index without a name; else -1."""
    if format_.width == 1:
        return 0
    return 1 if format_.width == 2 and format_.names and not format_.names[0] else -1


def _decide_header_by_rows(text: TextFile, cells: Cells, rows: int) -> Cells:
    """Read a file of features again if its first row may be a header or a sample, to have as many rows as y."""
    format_, as_samples = cells.layout.format, find_format(text, "no")
    has_header = len(cells.numbers) > rows
    if has_header == format_.has_header or not looks_like_names(text, as_samples, -1)[0]:
        return cells
    other = find_format(text, "yes") if has_header else as_samples
    what = "a header" if has_header else "a sample"
    note = f"line {other.first_line} is read as {what}, as y has {rows:,} rows"
    return read_cells(text, Layout(replace(other, notes=(note,))))


def _without_index(cells: Cells) -> tuple[NDArray[np.float64], tuple[str, ...], tuple[str, ...]]:
    """Return the numbers, column names and notes of cells without pandas' row index."""
    names, numbers = cells.layout.format.names, cells.numbers
    notes = (*cells.layout.format.notes, *describe_commas(cells.layout))
    places = list(range(numbers.shape[1]))
    if len(places) > 1 and _has_index(cells):
        notes += ("column 1, without a name, numbers the rows as pandas does: it is left out",)
        numbers, names, places = numbers[:, 1:], names[1:], places[1:]
    advice = "if it only numbers them, take it out of the file"
    counting = describe_row_numbers(numbers, lambda index: cells.layout.column(places[index]), lambda _: advice)
    return numbers, names, (*notes, *counting)


def _has_index(cells: Cells) -> bool:
    """Return whether the first column of numbers is pandas' row index."""
    names, numbers = cells.layout.format.names, cells.numbers
    return bool(names) and numbers.shape[1] > 0 and 0 in cells.layout.numeric and is_row_index(names[0], numbers[:, 0])


def _check_same_rows(folder: Path, names: tuple[str, str], x_cells: Cells, y_cells: Cells) -> None:
    """Raise DatasetError if both files have a row index and these differ."""
    if len(x_cells.numbers) != len(y_cells.numbers) or not (_has_index(x_cells) and _has_index(y_cells)):
        return
    other = x_cells.numbers[:, 0] != y_cells.numbers[:, 0]
    if other.any():
        row = int(other.argmax())
        x_number, y_number = x_cells.numbers[row, 0], y_cells.numbers[row, 0]
        raise DatasetError(
            f"{shown_path(folder)}: row {row + 1:,} has the number {x_number:g} in {names[0]} and {y_number:g} in "
            f"{names[1]}, so that they are of different samples: write both in the same order"
        )


def _in_order_of(folder: Path, train: _Part, test: _Part) -> _Part:
    """Return the test part with its columns in the training part's order if they have names."""
    order = _find_order(folder, TRAIN_FILES[0], train.feature_names, TEST_FILES[0], test.feature_names)
    if order is not None:
        test = replace(test, x=test.x[:, order], feature_names=train.feature_names)
    order = _find_order(folder, TRAIN_FILES[1], train.output_names, TEST_FILES[1], test.output_names)
    if order is not None and test.y is not None:
        test = replace(test, y=test.y[:, order], output_names=train.output_names)
    return test


def _find_order(
    folder: Path, file: str, names: tuple[str, ...], other_file: str, others: tuple[str, ...]
) -> list[int] | None:
    """Return the places of one file's columns in another file, or None if the order is the same."""
    if names == others or not names or not others or len(names) == 1:
        return None
    missing = [name for name in names if name not in others]
    if missing:
        raise DatasetError(
            f"{shown_path(folder)}: {file} has a column {quoted(missing[0])}, {other_file} has none: the same names "
            "are needed in both"
        )
    if len(set(names)) < len(names):
        raise DatasetError(
            f"{shown_path(folder)}: {file} and {other_file} have their columns in different orders, and some have the "
            "same name: give them different names"
        )
    return [others.index(name) for name in names]


def _check_outputs(text: TextFile, cells: Cells, task: Task) -> None:
    """Raise DatasetError unless answers are 0 or 1, and rows of classes are one-hot."""
    if task == "regression":
        return
    y = _without_index(cells)[0]
    right = (y == 0) | (y == 1)
    fault = "answers are 0 or 1"
    if task == "classes":
        right = right.all(axis=1, keepdims=True) & (np.count_nonzero(y, axis=1, keepdims=True) == 1)
        fault = "the row is not one-hot: a single 1 among 0s is needed, or one column of labels in the whole file"
    if not right.all():
        wrong = int((~right.all(axis=1)).argmax())
        row = next(data_rows(text, cells.layout.format, wrong))
        if task == "multilabel":
            column = int((~right[wrong]).argmax()) + cells.numbers.shape[1] - y.shape[1]
            fault = f"{cells.layout.column(column)}: {fault}, got {quoted(row.cells[column].strip())}"
        raise DatasetError(f"{text.name}:{row.line}: {fault}")


def _check_alike(folder: Path, train: _Part, test: _Part) -> None:
    """Raise DatasetError unless both parts have the same columns."""
    widths = (
        (TRAIN_FILES[0], train.x.shape[1], TEST_FILES[0], test.x.shape[1]),
        (TRAIN_FILES[1], _width(train), TEST_FILES[1], _width(test)),
    )
    for name, width, other, other_width in widths:
        if width != other_width:
            raise DatasetError(
                f"{shown_path(folder)}: {name} has {counted(width, 'column')}, {other} {other_width:,}: the same are "
                "needed in both"
            )


def _width(part: _Part) -> int:
    return 1 if part.y is None else int(part.y.shape[1])


def _outputs(folder: Path, parts: list[_Part], task: Task) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    """Return y of both parts as in `FileSamples`, the names of its outputs, and notes."""
    names = parts[0].output_names
    if parts[0].y is None:
        return _classes(folder, [label for part in parts for label in part.labels])
    y = np.concatenate([part.y for part in parts if part.y is not None])
    if task == "classes":
        return y.argmax(axis=1), names or tuple(str(place) for place in range(y.shape[1])), ()
    return y, names or tuple(f"y{place}" for place in range(1, y.shape[1] + 1)), ()


def _classes(folder: Path, labels: list[str]) -> tuple[NDArray[np.intp], tuple[str, ...], tuple[str, ...]]:
    names, places = classes_of(labels)
    return places, names, check_classes(shown_path(find_file(folder, TRAIN_FILES[1])), names, len(labels))
