"""Predictions of a stored run's network for rows of a CSV file, with its features scaled as in training."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from joml import Network
from joml.data.dataset_error import DatasetError
from joml.data.preparation import Preparation
from joml.data.prepared_rows import feature_columns, named_places, row_encoders, typed_columns
from joml.data.readers.arrow_file import is_table, opened_table
from joml.data.readers.columns import find_position
from joml.data.readers.csv_format import FileFormat, data_rows, find_format, is_number
from joml.data.readers.csv_layout import CommaStyle, Layout, find_column, require_columns
from joml.data.readers.csv_text import store_numbers
from joml.data.readers.image_archive import is_image_archive
from joml.data.readers.image_folder import read_image_rows
from joml.data.readers.text_file import WINDOWS_1252, Dialect, TextFile, find_letters, reading_text
from joml.data.tables.arrow_table import NestedColumnError, arrow_column
from joml.data.tables.new_rows import NewRows, store_features, store_table
from joml.data.tables.raw_table import RawTable
from joml.statistics.metrics import largest, missing_outputs, predictions
from joml.wording import list_some, quoted
from joml_tui.experiment import Experiment
from joml_tui.experiment.dataset_specs import traits_of
from joml_tui.export.row_files import CellKind
from joml_tui.runs.worker.same_data import columns_of, rebuild_network, shapes_of

#: Rows predicted at a time, and bytes of them kept in memory before they are written to a file.
_BLOCK_ROWS = 8_192
_HELD_BYTES = 16_000_000


class RowsError(ValueError):
    """Rows cannot be predicted; the message names the lines, one sentence each."""


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """A trained network with the preparation of its data.

    Attributes
    ----------
    network : Network
        The network; with replicas the first one.
    preparation : Preparation
        The scaling and the names of the training data.
    grey_values : int
        The divisor of the pixels when images were read, which made them from 0 to 1; 0 for other data.
    has_probabilities : bool
        Whether rows have the probability, or output, of each class or answer beside the prediction.
    """

    network: Network
    preparation: Preparation
    grey_values: int = 0
    has_probabilities: bool = True

    def check(self, rows: Rows, name: str) -> None:
        """Raise RowsError unless pixels are from 0 to 1, as in training.

        Parameters
        ----------
        rows : Rows
        name : str
            The file's name in messages.

        Raises
        ------
        RowsError
            A pixel is above 1 or below 0: the images probably have the grey values of the data set's files.
        """
        before = 0
        for x in rows.blocks() if self.grey_values else ():
            wrong = (x < 0) | (x > 1)
            if wrong.any():
                row, place = np.unravel_index(int(wrong.argmax()), x.shape)
                raise RowsError(
                    f"{name}: row {before + int(row) + 1:,}: pixel {place + 1} is {x[row, place]:g}, and grey values "
                    f"from 0 to 1 are needed: divide those from 0 to {self.grey_values} by {self.grey_values}"
                )
            before += len(x)

    def predict(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the network's outputs, shape (rows, outputs), for features in the units of a file.

        Values that were scaled for training are scaled back.
        """
        with np.errstate(all="ignore"):
            y_hat = self.network.predict(self.preparation.scale_x(x).T.astype(np.float32))
        return self.preparation.unscale_y(y_hat.T)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns of ``rows``."""
        names, task = self.preparation.class_names, self.preparation.task
        if task == "regression":
            return names
        sort = "probability" if self._gives_probabilities else "output"
        of_each = tuple(f"{sort} {name}" for name in names) if self.has_probabilities else ()
        return ("class", *of_each) if task == "classes" else (*names, *of_each)

    @property
    def kinds(self) -> list[CellKind]:
        """Kinds of the columns of ``rows``."""
        names, task = self.preparation.class_names, self.preparation.task
        numbers: list[CellKind] = ["number" for _ in names]
        if task == "regression":
            return numbers
        predicted: list[CellKind] = ["text"] if task == "classes" else ["whole" for _ in names]
        return [*predicted, *numbers] if self.has_probabilities else predicted

    def rows(self, y_hat: NDArray[np.float64]) -> Iterator[Sequence[str | int | float | None]]:
        """Yield one row per sample: the class or the answers, and the probability of each; or the values.

        Classes and answers are None where outputs are not finite.
        """
        names, task = self.preparation.class_names, self.preparation.task
        if task == "regression":
            yield from y_hat.tolist()
            return
        outputs = y_hat.tolist() if self.has_probabilities else [()] * len(y_hat)
        if task == "classes":
            missing = missing_outputs(y_hat.T)
            places = largest(y_hat.T).tolist()
            for place, gone, of_each in zip(places, missing.tolist(), outputs, strict=True):
                yield None if gone else names[place], *of_each
        else:
            for answers, of_each in zip(predictions("multilabel", y_hat), outputs, strict=True):
                yield *(None if np.isnan(answer) else int(answer) for answer in answers), *of_each

    @property
    def _gives_probabilities(self) -> bool:
        return self.network.output_layer.activation_function.name in ("softmax", "sigmoid")


def build_predictor(experiment: Experiment, state: bytes, preparation: Preparation) -> Predictor:
    """Return the predictor of a run, without reading its data set.

    Parameters
    ----------
    experiment : Experiment
    state : bytes
        The packed state of the run.
    preparation : Preparation
        The preparation of the training data.

    Raises
    ------
    ValueError
        The state is of another network.
    """
    grey_values = traits_of(experiment.dataset).grey_values
    network = rebuild_network(experiment, *shapes_of(preparation), state, columns=columns_of(preparation))
    return Predictor(network, preparation, grey_values)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The features of rows, in the right order, in a temporary file.

    Attributes
    ----------
    count : int
    notes : tuple of str
        Remarks on cells and columns that training did not have, one sentence each.
    names : tuple of str
        The names of images' files, within their folder; empty for other rows.
    """

    count: int
    _file: IO[bytes]
    _columns: tuple[int, ...]
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the features block by block, each of shape (rows, features)."""
        self._file.seek(0)
        width = len(self._columns)
        while part := self._file.read(_BLOCK_ROWS * width * 8):
            yield np.frombuffer(part, np.float64).reshape(-1, width)[:, self._columns]


@contextmanager
def reading_rows(source: Path | bytes, name: str, preparation: Preparation) -> Iterator[Rows]:
    """Read the features of rows, with or without the target column, as data sets are read.

    If the first row has names, columns are found by name in any order, and others are ignored; otherwise by position,
    with the target column at its place in the data set's file. All rows are read, block by block, before the first is
    used, so that a fault in the last row is reported before anything is predicted.

    Parameters
    ----------
    source : Path or bytes
        A CSV file, or its content; or a table that pyarrow reads, such as a Parquet file; or a folder of images.
    name : str
        The file's name in messages.
    preparation : Preparation
        The preparation of the training data; the file is read in the same way.

    Yields
    ------
    Rows

    Raises
    ------
    RowsError
        The file cannot be read, a column is missing, or fields are not numbers.
    """
    if isinstance(source, Path) and (source.is_dir() or is_image_archive(source)):
        with _reading_images(source, name, preparation) as rows:
            yield rows
        return
    if isinstance(source, Path) and is_table(source):
        with _reading_table(source, name, preparation) as rows:
            yield rows
        return
    with tempfile.SpooledTemporaryFile(_HELD_BYTES) as file:
        try:
            encoding = _encoding_of(source, preparation)
            with reading_text(source, "a CSV file", name, only_text=True, dialect=encoding.dialect) as text:
                format_ = _find_format(text, preparation)
                places = _places(text, format_, preparation)
                if preparation.columns:
                    stored = store_features(text, format_, preparation.columns, places, file)
                    order = list(range(len(preparation.feature_names)))
                    notes = (*_describe_extra(format_, places, preparation), *stored.notes)
                else:
                    stored = _store_numbers(text, format_, places, preparation, file)
                    order, notes = [sorted(places).index(place) for place in places], ()
        except DatasetError as error:
            raise RowsError(str(error)) from error
        if not stored.count:
            where = "beneath the header " if format_.header_rows else ""
            raise RowsError(f"{name}: there are no rows {where}to predict for")
        yield Rows(stored.count, file, tuple(order), (*encoding.notes, *notes))


@contextmanager
def _reading_images(folder: Path, name: str, preparation: Preparation) -> Iterator[Rows]:
    """Read the images of a folder or a zip archive, a row each, as those of a data set of images are read."""
    if preparation.image_shape is None or preparation.terms:
        raise RowsError(f"{name}: has images, and the run was not trained on images: a file of rows is needed")
    if preparation.x_mean is not None:
        raise RowsError(f"{name}: has images, and the run's pixels are standardised: give their numbers")
    plain = (preparation.file_format or {}).get("images") or {}
    try:
        images = read_image_rows(folder, preparation.image_shape, resizes=bool(plain.get("resized")))
    except DatasetError as error:
        raise RowsError(str(error)) from error
    with tempfile.SpooledTemporaryFile(_HELD_BYTES) as file:
        file.write(np.ascontiguousarray(images.x, np.float64).tobytes())
        yield Rows(len(images.names), file, tuple(range(images.x.shape[1])), images.notes, images.names)


@contextmanager
def _reading_table(source: Path, name: str, preparation: Preparation) -> Iterator[Rows]:
    """Read the features of rows of a typed table, whose columns are found by name."""
    encoders = row_encoders(preparation)
    with tempfile.SpooledTemporaryFile(_HELD_BYTES) as file:
        try:
            with opened_table(source) as table:
                names = tuple(str(each) for each in table.column_names)
                columns = typed_columns(
                    named_places(name, names, preparation),
                    lambda place, as_text: arrow_column(names[place], table.column(place), as_text),
                    preparation,
                )
                raw = RawTable(columns, table.num_rows)
            stored = store_table(name, raw, encoders, file, refuses_missing=not preparation.columns)
        except NestedColumnError as error:
            raise RowsError(
                f"{name}: a column holds {error}: numbers, texts, truth values or dates are needed"
            ) from error
        except DatasetError as error:
            raise RowsError(str(error)) from error
        if not stored.count:
            raise RowsError(f"{name}: there are no rows to predict for")
        yield Rows(stored.count, file, tuple(range(len(preparation.feature_names))), stored.notes)


def _store_numbers(
    text: TextFile, format_: FileFormat, places: list[int], preparation: Preparation, file: IO[bytes]
) -> NewRows:
    """Copy the columns of features that are numbers into a file, in the order of their positions."""
    left_out = tuple(place for place in range(format_.width) if place not in places)
    commas = _commas(places, preparation)
    layout = Layout(_with_names(format_, places, preparation), left_out=left_out, commas=commas, can_lack=False)
    return NewRows(store_numbers(text, layout, file), ())


def _describe_extra(format_: FileFormat, places: list[int], preparation: Preparation) -> tuple[str, ...]:
    """Return a note about columns that the training data did not have; nothing is said of the others left out."""
    like = _format_of(preparation)
    trained_names = like.names if like is not None else ()
    extra = [name for place, name in enumerate(format_.names) if place not in places and name not in trained_names]
    if not extra or not trained_names:
        return ()
    some = list_some(extra, 5)
    # Of a table that is no text only the features' columns are known: others may be the target or left out.
    is_text = "format" in (preparation.file_format or {})
    what = "the training data do not have" if is_text else "are no features of the run"
    return (f"columns that {what} are ignored: {some}",)


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """Columns of the rows' file that are copied beside the predictions.

    Attributes
    ----------
    names : tuple of str
        Their names; "column 1" and so on without a header.
    rows : iterator of tuple of str
        Their cells as they stand in the file, row by row.
    """

    names: tuple[str, ...]
    rows: Iterator[tuple[str, ...]]


@contextmanager
def reading_columns(
    source: Path | bytes, name: str, preparation: Preparation, keys: Sequence[str]
) -> Iterator[KeptColumns]:
    """Read the cells of columns, in the order of the rows of ``reading_rows``.

    Parameters
    ----------
    source, name, preparation
        As in `reading_rows`.
    keys : sequence of str
        The columns' names, or positions, counted from 0.

    Yields
    ------
    KeptColumns

    Raises
    ------
    RowsError
        There is no such column.
    """
    try:
        if isinstance(source, Path) and is_table(source):
            with opened_table(source) as table:
                names = tuple(str(each) for each in table.column_names)
                places = _positions(name, keys, names, len(names))
                cells = zip(*(map(_text_of, table.column(place).to_pylist()) for place in places), strict=True)
                yield KeptColumns(tuple(names[place] for place in places), cells)
            return
        dialect = _encoding_of(source, preparation).dialect
        with reading_text(source, "a CSV file", name, only_text=True, dialect=dialect) as text:
            format_ = _find_format(text, preparation)
            places = _positions(name, keys, format_.names, format_.width)
            shown = tuple(format_.names[place] if format_.names else f"column {place + 1}" for place in places)
            yield KeptColumns(shown, (tuple(row.cells[place] for place in places) for row in data_rows(text, format_)))
    except DatasetError as error:
        raise RowsError(str(error)) from error


def _positions(where: str, keys: Sequence[str], names: tuple[str, ...], width: int) -> list[int]:
    """Return the positions of columns from their names or positions."""
    wanted = [int(key) if key not in names and key.isascii() and key.isdigit() else key for key in keys]
    require_columns(f"{where}: --keep", wanted, names)
    return [find_position(f"{where}: --keep", key, names, width) for key in wanted]


def _text_of(cell: object) -> str:
    return "" if cell is None else str(cell)


def read_rows(source: Path | bytes, name: str, preparation: Preparation) -> NDArray[np.float64]:
    """Return all rows of ``reading_rows`` as an array, (rows, features)."""
    with reading_rows(source, name, preparation) as rows:
        return np.concatenate(list(rows.blocks()))


def _find_format(text: TextFile, preparation: Preparation) -> FileFormat:
    """Return the format of the rows, like the data set's if this was a text file, but with a header of its own."""
    like = _format_of(preparation)
    if like is not None and like.has_header:
        return find_format(text, "auto", like=like)
    plain = find_format(text, "no", like=like)
    if like is not None and preparation.columns:  # texts in the first row may be values
        return plain
    first = next(iter(data_rows(text, plain)), None)
    if first is None or any(map(is_number, first.cells)):
        return plain
    return find_format(text, "yes", like=like)


class _Encoding(NamedTuple):
    """The encoding of rows, None to be recognized, with notes on it."""

    dialect: Dialect | None
    notes: tuple[str, ...] = ()


def _encoding_of(source: Path | bytes, preparation: Preparation) -> _Encoding:
    """Return the encoding that was set for the training data, or that of the rows' letters where it is another."""
    letters = find_letters(source)
    encoding = (preparation.file_format or {}).get("encoding")
    if encoding is not None:
        return _Encoding(None if letters.encoding == "utf-8" else Dialect(encoding=encoding))
    if letters.encoding != WINDOWS_1252:
        return _Encoding(None)
    note = f"read as Windows-1252, as it is not UTF-8, with words such as {quoted(letters.word)}"
    return _Encoding(Dialect(encoding=WINDOWS_1252), (note,))


def _format_of(preparation: Preparation) -> FileFormat | None:
    plain = (preparation.file_format or {}).get("format")
    if plain is None and preparation.columns:  # of a table that is no text
        return FileFormat(",", len(preparation.columns), feature_columns(preparation))
    return None if plain is None else FileFormat.from_plain(plain)


def _commas(places: list[int], preparation: Preparation) -> dict[int, CommaStyle]:
    """Return the meaning of commas in the features' columns, as in the training data."""
    styles = (preparation.file_format or {}).get("feature_commas") or ()
    return {place: style for place, style in zip(places, styles, strict=False) if style}


def _with_names(format_: FileFormat, places: list[int], preparation: Preparation) -> FileFormat:
    """Return the format with the features' names for messages, if the file has none."""
    if format_.names:
        return format_
    names = dict(zip(places, preparation.feature_names, strict=True))
    return replace(format_, names=tuple(names.get(place, "") for place in range(format_.width)))


def _places(text: TextFile, format_: FileFormat, preparation: Preparation) -> list[int]:
    """Return the positions of the features' columns, in their order."""
    columns, names = feature_columns(preparation), format_.names
    like = _format_of(preparation)
    positions = (preparation.file_format or {}).get("feature_positions")
    if preparation.columns and positions and like is not None and names and names == like.names:
        return list(positions)
    numbered = tuple(f"x{number}" for number in range(1, len(columns) + 1))
    if names and (columns != numbered or set(columns) <= set(names)):
        where = f"{text.name}:{format_.first_line}"
        require_columns(where, columns, names)
        if like is not None and len(set(columns)) < len(columns):
            return _places_of_repeated(where, columns, names, like)
        return [find_column(where, column, names, "them different names") for column in columns]
    return _places_by_width(text, format_, preparation)


def _places_of_repeated(where: str, columns: tuple[str, ...], names: tuple[str, ...], like: FileFormat) -> list[int]:
    """Return the positions of columns of which some have one name, which are taken in the order of the file."""
    left = {name: [place for place, each in enumerate(names) if each == name] for name in set(columns)}
    places = []
    for column in columns:
        if names.count(column) == like.names.count(column) == columns.count(column):
            places.append(left[column].pop(0))
        else:
            places.append(find_column(where, column, names, "them different names"))
    return places


def _places_by_width(text: TextFile, format_: FileFormat, preparation: Preparation) -> list[int]:
    """Return the positions of the features in rows without names, from the number of columns."""
    count, width = len(feature_columns(preparation)), format_.width
    kept: dict[str, Any] = dict(preparation.file_format or {})
    like = _format_of(preparation)
    positions = kept.get("feature_positions") or list(range(count))
    targets = kept.get("label_positions") or [kept.get("label_position", count)]
    targets = [count if target < 0 else target for target in targets]
    if width == count:
        return list(range(count))
    if like is not None and width == like.width:
        return list(positions)
    if like is not None and width == like.width - len(targets):
        return [place - sum(target < place for target in targets) for place in positions]
    if width == count + len(targets):
        used = sorted((*positions, *targets))  # columns that training left out are missing
        return [used.index(place) for place in positions]
    where = f"{text.name}:{format_.first_line}"
    features = "columns of features" if preparation.columns else "features"
    raise DatasetError(
        f"{where}: {width} columns, and there are {count} {features}, with the target "
        f"{'column' if len(targets) == 1 else 'columns'} {count + len(targets)}"
    )
