"""Data files as experiments: the data set that reads a file, and its target and task where they are not named."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joml.data.dataset_error import DatasetError
from joml.data.library import datasets
from joml.task import TARGETS
from joml_tui.decoding import DecodingError, decode, shown
from joml_tui.experiment.dataset_specs import DatasetSpec
from joml_tui.experiment.loading import DatasetShape, expand_user, shape_of
from joml_tui.experiment.yaml_text import VERSION, ExperimentError, shown_path

if TYPE_CHECKING:  # the engine imports numpy, which is not needed to read and write experiments
    from joml.data.tables.raw_table import RawTable

#: Suffixes of files with data, without the ``.gz`` that may follow. Other files are recognised by their content.
_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat")
_TABLE_SUFFIXES = (".parquet", ".feather", ".arrow", ".orc", ".jsonl", ".ndjson", ".xlsx", ".xlsm")
_ARRAY_SUFFIXES = (".npz", ".npy", ".mat", ".libsvm", ".svmlight")
_SUFFIXES = (*_TEXT_SUFFIXES, *_TABLE_SUFFIXES, *_ARRAY_SUFFIXES)
#: A line of an experiment, in YAML or JSON; a table hardly has it.
_EXPERIMENT = re.compile(rb"^[\s{]*[\"']?version[\"']?\s*:", re.MULTILINE)
_HEAD_BYTES = 65_536
#: Names of target columns, in lower case.
_TARGETS = (
    *("target", "targets", "label", "labels", "class", "classes", "y", "outcome", "response", "species", "diagnosis"),
    *("survived", "churn", "output"),
)
_MOST_NAMES = 10


class AmbiguousTargetError(ExperimentError):
    """More than one column may be the target.

    Parameters
    ----------
    message : str
    names : sequence of str
        The columns that may be the target.
    """

    def __init__(self, message: str, names: Sequence[str]) -> None:
        super().__init__(message)
        self.names = tuple(names)


def is_data_file(name: str) -> bool:
    """Return whether a text names a data file, or a folder of them, by its suffix or else by its content."""
    path = expand_user(name)
    suffix = Path(name.removesuffix(".gz")).suffix.lower()
    if suffix in (".yaml", ".yml"):
        return False
    if suffix in _SUFFIXES:
        return True
    try:
        if path.is_dir():
            return True
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return not _EXPERIMENT.search(file.read(_HEAD_BYTES))
    except (OSError, ValueError):  # a ValueError for a path with a null byte
        return False


def is_data_folder(path: Path) -> bool:
    """Return whether a folder has files of the data sets csv-folder or idx."""
    return any(path.glob("x_train.csv*")) or bool(_images_in(path))


def describe_data_file(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the smallest experiment on a data file as plain values, and a phrase on the target that was chosen.

    Parameters
    ----------
    name : str
        The file or folder.
    given : mapping
        Settings of the data set that the user named, such as its label.

    Returns
    -------
    data : dict
    target : str
        Empty where the user named the target, or where it is a file or an array of its own.

    Raises
    ------
    ExperimentError
        The columns cannot be read, or more than one may be the target.
    """
    path = expand_user(name)
    try:
        dataset = {**_dataset_of(path), **given}
        known = datasets().get(str(dataset["name"]))
        settings = {} if known is None else {each.name: each for each in known.settings}
        reason = ""
        if "label" in settings:
            names = _column_names(dataset)
            dataset["label"], reason = _find_target(path, names, given.get("label"), dataset.get("ignore") or ())
            if dataset.get("ignore"):
                dataset["ignore"] = [_key(key, names) for key in dataset["ignore"]]
        shape = None
        if "task" in settings and "task" not in given:
            dataset, shape = _with_task(dataset)
    except DatasetError as error:
        raise ExperimentError(str(error)) from error
    if reason and shape is not None:
        reason += ": values to predict" if shape.task == "regression" else f": {shape.outputs}"
    return {"version": VERSION, "dataset": dataset}, reason


def read_cells(dataset: Mapping[str, Any], as_text: Sequence[str] = ()) -> RawTable:
    """Return all cells of a data set's file, which has columns.

    Parameters
    ----------
    dataset : mapping
        The data set as plain values.
    as_text : sequence of str, optional
        Names of columns whose cells are read as texts.

    Raises
    ------
    joml.data.dataset.DatasetError
        The file cannot be read.
    """
    from joml.data.tables.raw_files import read_raw_table  # noqa: PLC0415

    path, header = expand_user(str(dataset["path"])), dataset.get("header", "auto")
    return read_raw_table(path, "table" if dataset["name"] == "table" else "csv", header, as_text)


def dataset_of_file(name: str) -> dict[str, Any]:
    """Return the data set that reads a file or folder as plain values: its name, and the files."""
    return _dataset_of(expand_user(name))


def list_columns(name: str) -> tuple[str, ...]:
    """Return the names of a data file's columns; none if it has no names or cannot be read."""
    path = expand_user(name)
    if not is_data_file(name) or not path.is_file():
        return ()
    dataset = _dataset_of(path)
    try:
        return _column_names(dataset) if dataset["name"] in ("csv", "table") else ()
    except DatasetError:
        return ()


# --- the data set ---------------------------------------------------------------------------------------------------


def _dataset_of(path: Path) -> dict[str, Any]:
    """Return the data set that reads a file or folder, with its files."""
    if path.is_dir():
        images = _images_in(path)
        if images and not any(path.glob("x_train.csv*")):
            return _idx_files(next((each for each in images if "train" in each.name), images[0]))
        return {"name": "csv-folder", "path": str(path)}
    reader = _reader_of(path)
    return _idx_files(path) if reader == "idx" else {"name": reader, "path": str(path)}


def _images_in(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if "images" in each.name and _reader_of(each) == "idx")
    except OSError:  # such as a folder that may not be read
        return []


def _reader_of(path: Path) -> str:
    """Return the data set that reads a file: by its content, or by its suffix if it cannot be opened."""
    from joml.data.readers.array_files import is_sparse_text  # noqa: PLC0415
    from joml.data.readers.file_kinds import GZIP_MAGIC, recognize  # noqa: PLC0415

    suffix = Path(str(path).removesuffix(".gz")).suffix.lower()
    by_name = "table" if suffix in _TABLE_SUFFIXES else "npz" if suffix in _ARRAY_SUFFIXES else "csv"
    try:
        if not path.is_file():
            return by_name
        with path.open("rb") as plain:
            compressed = plain.read(2) == GZIP_MAGIC
            plain.seek(0)
            with gzip.open(plain) if compressed else plain as file:
                kind = recognize(file)
                is_sparse = kind is None and not compressed and is_sparse_text(plain)
                first = file.read(1)
    except (OSError, EOFError, zlib.error):
        return by_name
    if kind is not None:
        return kind.reader or "csv"  # whose message says what the file is
    if is_sparse:
        return "npz"
    return "table" if first == b"{" or by_name == "table" else "csv"


def _idx_files(images: Path) -> dict[str, Any]:
    """Return the data set of images, with the files of labels and of the test part that lie beside them."""
    found = {"images": images, "labels": _beside(images, ("images", "labels"), ("idx3", "idx1"))}
    for word in ("t10k", "test"):
        test_images = _beside(images, ("train", word))
        if test_images != images and test_images.is_file():
            labels = _beside(test_images, ("images", "labels"), ("idx3", "idx1"))
            found |= {"test_images": test_images, "test_labels": labels}
            break
    return {"name": "idx", **{setting: str(file) for setting, file in found.items()}}


def _beside(path: Path, *changes: tuple[str, str]) -> Path:
    """Return the path with words of the file's name changed; with or without ``.gz``, whichever exists."""
    name = path.name
    for before, after in changes:
        name = name.replace(before, after)
    other = path.with_name(name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz")
    return other if other.is_file() and not path.with_name(name).is_file() else path.with_name(name)


# --- the target -----------------------------------------------------------------------------------------------------


def _column_names(dataset: Mapping[str, Any]) -> tuple[str, ...]:
    if dataset["name"] == "table":
        from joml.data.readers.table_file import read_table_names  # noqa: PLC0415

        return read_table_names(dataset["path"])
    from joml.data.readers.csv_file import read_csv_names  # noqa: PLC0415

    return read_csv_names(dataset["path"], dataset.get("header", "auto"))


def _find_target(
    path: Path, names: Sequence[str], label: str | int | None, ignored: Sequence[str | int]
) -> tuple[str | int, str]:
    """Return the target column, and why it was chosen; no reason if the user named it."""
    if label is not None:
        return _key(label, names), ""
    if not names:
        return -1, "the last column"
    left = [name for name in names if name and name not in ignored]
    likely = [name for name in left if name.strip().lower() in _TARGETS]
    if len(likely) > 1 and likely[-1] != names[-1]:
        wanted = " or ".join(map(shown, likely[:_MOST_NAMES]))
        raise AmbiguousTargetError(f"{shown_path(path)}: the target may be {wanted}: choose one with --target", likely)
    if not left:
        return -1, "the last column"
    name = likely[-1] if likely else left[-1]
    key = name if names.count(name) == 1 else list(names).index(name)
    reason = "the last column" if name == names[-1] else "by its name" if likely else "the last column with a name"
    return key, f"{shown(name)}, {reason}"


def _key(key: str | int, names: Sequence[str]) -> str | int:
    """Return a column as its name, or as its position if the text is a whole number and no column is called so."""
    text = str(key).strip()
    return int(text) if text not in names and re.fullmatch(r"-?\d{1,6}", text) else key


def _with_task(dataset: dict[str, Any]) -> tuple[dict[str, Any], DatasetShape | None]:
    """Return the data set with the first task that its target fits, and its sizes; unchanged if none does."""
    from joml.data.labels import look_like_values  # noqa: PLC0415

    for task in TARGETS:
        tried = dataset if task == "classes" else {**dataset, "task": task}
        try:
            return tried, shape_of(decode(tried, DatasetSpec))
        except DecodingError:  # this data set has no such task
            continue
        except DatasetError as error:
            if "label" in dataset and not look_like_values(error):
                break
    return dataset, None
