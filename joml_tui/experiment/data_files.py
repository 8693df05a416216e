"""Data files as experiments: the data set that reads a file, and its target and task where they are not named."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from joml.data.dataset_error import DatasetError, EncodingError
from joml.data.library import datasets
from joml.wording import list_some
from joml_tui.decoding import shown
from joml_tui.experiment.data_target import Target, find_key, find_target, with_task
from joml_tui.experiment.dataset_specs import DatasetSpec, first_file, path_fields
from joml_tui.experiment.label_text import find_labels
from joml_tui.experiment.loading import expand_user
from joml_tui.experiment.specs import name_of
from joml_tui.experiment.yaml_text import VERSION, ExperimentError, shown_path

if TYPE_CHECKING:
    from joml.data.readers.columns import CodeColumn

#: Suffixes of files with data, without that of their compression, such as ``.gz``. Other files are recognised by their
#: content.
_TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat")
_TABLE_SUFFIXES = (".parquet", ".feather", ".arrow", ".orc", ".jsonl", ".ndjson", ".xlsx", ".xlsm")
_ARRAY_SUFFIXES = (".npz", ".npy", ".mat", ".libsvm", ".svmlight")
_SUFFIXES = (*_TEXT_SUFFIXES, *_TABLE_SUFFIXES, *_ARRAY_SUFFIXES)
#: A line of an experiment, in YAML or JSON; a table hardly has it.
_EXPERIMENT = re.compile(rb"^[\s{]*[\"']?version[\"']?\s*:", re.MULTILINE)
_HEAD_BYTES = 65_536
#: Data sets whose files have columns.
_WITH_COLUMNS = ("csv", "table")
#: Columns of codes that a phrase names.
_MOST_CODES = 3


def is_data_file(name: str) -> bool:
    """Return whether a text names a data file, or a folder of them, by its suffix or else by its content."""
    from joml.data.readers.compression import without_compression  # noqa: PLC0415

    path = expand_user(name)
    suffix = Path(without_compression(name)).suffix.lower()
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
    """Return whether a folder has files of the data sets csv-folder, idx or images."""
    from joml.data.readers.image_files import has_class_folders  # noqa: PLC0415

    return any(path.glob("x_train.csv*")) or bool(_images_in(path)) or has_class_folders(path)


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """The smallest experiment on a data file.

    Attributes
    ----------
    data : dict
        The experiment as plain values.
    target : str
        A phrase on the target; empty where nothing was chosen.
    codes : str
        A phrase on columns of codes that are read as categories; empty without any.
    encoding : str
        A phrase on the encoding of a text that is not UTF-8; empty of others.
    """

    data: dict[str, Any]
    target: str = ""
    codes: str = ""
    encoding: str = ""


def describe_data_file(name: str, given: Mapping[str, Any]) -> DescribedFile:
    """Return the smallest experiment on a data file: its data set, its target, and kinds of columns that are unusual.

    Parameters
    ----------
    name : str
        The file or folder.
    given : mapping
        Settings of the data set that the user named, such as its label.

    Returns
    -------
    DescribedFile

    Raises
    ------
    ExperimentError
        The columns cannot be read, or more than one may be the target.
    """
    path = expand_user(name)
    if path.is_dir() and not is_data_folder(path):
        if _has_loose_images(path):
            raise ExperimentError(
                f"{shown_path(path)}: images lie in the folder itself, and each class needs a sub-folder of its images"
            )
        raise ExperimentError(
            f"{shown_path(path)}: the folder has no data: neither x_train.csv with y_train.csv nor MNIST's files of "
            "images and labels, such as train-images-idx3-ubyte, nor a sub-folder of PNG or JPEG images for each "
            "class; of other files, name one"
        )
    try:
        return _describe(path, given)
    except EncodingError as error:
        encoding, phrase = _find_encoding(path)
        if "encoding" in given or not encoding:
            raise ExperimentError(str(error)) from error
    return replace(_describe(path, {**given, "encoding": encoding}), encoding=phrase)


def _find_encoding(path: Path) -> tuple[str, str]:
    """Return the encoding of a text that is not UTF-8, with a phrase on it; both empty if it is unknown."""
    from joml.data.readers.text_file import WINDOWS_1252, Letters, find_letters  # noqa: PLC0415

    letters = find_letters(path) if path.is_file() else Letters()
    if letters.encoding != WINDOWS_1252:
        return "", ""
    return WINDOWS_1252, f"Windows-1252, as it is not UTF-8, with words such as {shown(letters.word)}"


def _describe(path: Path, given: Mapping[str, Any]) -> DescribedFile:
    try:
        dataset = {**_dataset_of(path), **given}
        spec = datasets().get(str(dataset["name"]))
        settings = set() if spec is None else {each.name for each in spec.settings}
        target, codes = Target(), ""
        if "label" in settings:
            names = _column_names(dataset)
            target = find_target(shown_path(path), names, given.get("label"), dataset.get("ignore") or ())
            dataset["label"] = target.label
            if dataset.get("ignore"):
                dataset["ignore"] = [find_key(key, names) for key in dataset["ignore"]]
            dataset, codes = _with_codes(dataset)
        if "task" in settings:
            dataset, target = with_task(dataset, target, "task" in given)
    except EncodingError:
        raise
    except DatasetError as error:
        raise ExperimentError(str(error)) from error
    return DescribedFile({"version": VERSION, "dataset": dataset}, target.phrase, codes)


def _with_codes(dataset: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return a data set that reads codes such as 01170 as categories, and a phrase on them.

    As a number, a code would be near the next one. Columns that the user sets stay as they are.
    """
    given = dataset.get("columns") or {}
    if not isinstance(given, Mapping) or dataset["name"] not in _WITH_COLUMNS:
        return dataset, ""
    try:
        candidates = _code_columns(dataset)
    except DatasetError:  # which `problems` reports
        return dataset, ""
    keys = {str(key) for key in given}
    codes = [code for code in candidates if code.repeats and not {code.key, str(code.place)} & keys]
    if not codes:
        return dataset, ""
    columns = {**{code.key: "category" for code in codes}, **given}
    named = list_some((f"{_column_of(code)} such as {code.example}" for code in codes), _MOST_CODES)
    return {**dataset, "columns": columns}, named


def with_codes(dataset: DatasetSpec) -> tuple[DatasetSpec, str] | None:
    """Return a data set that reads its file's codes as categories, and a phrase on them; None if it cannot be read.

    Columns that are set, and data sets without columns, stay as they are.

    Parameters
    ----------
    dataset : DatasetSpec

    Returns
    -------
    tuple of DatasetSpec and str, or None
    """
    if name_of(dataset) not in _WITH_COLUMNS:
        return dataset, ""
    path = expand_user(first_file(dataset))
    plain = {"name": name_of(dataset), **structs.asdict(dataset), "path": str(path)}
    try:
        _column_names(plain)
    except DatasetError:  # which `problems` reports
        return None
    coded, phrase = _with_codes(plain)
    return (structs.replace(dataset, columns=coded["columns"]), phrase) if phrase else (dataset, "")


def _column_of(code: CodeColumn) -> str:
    return f"column {code.place + 1}" if code.key == str(code.place) else shown(code.key)


def with_labels_apart(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return an experiment as plain values, with a label that names several columns in one text as a list of them.

    Parameters
    ----------
    data : dict
        It has a data set.
    folder : Path
        The start of relative paths.

    Returns
    -------
    dict
    """
    dataset = data["dataset"]
    label = dataset.get("label")
    texts = [label] if isinstance(label, str) else label if isinstance(label, list) else []
    if not any(isinstance(text, str) and "," in text for text in texts) or dataset.get("name") not in _WITH_COLUMNS:
        return data
    path = str(folder / expand_user(str(dataset.get("path", ""))))
    try:
        names = _column_names({**dataset, "path": path})
    except DatasetError:  # which `problems` reports
        names = ()
    return {**data, "dataset": {**dataset, "label": find_labels(texts, names)}}


def with_file(dataset: DatasetSpec, path: str) -> DatasetSpec:
    """Return the data set with another file or folder; the labels of images, and the test part, lie beside them.

    Parameters
    ----------
    dataset : DatasetSpec
        It is read from files.
    path : str

    Returns
    -------
    DatasetSpec
    """
    if path == first_file(dataset):
        return dataset
    fields = path_fields(dataset)
    if name_of(dataset) != "idx":
        return structs.replace(dataset, **{fields[0]: path})
    files = {"labels": "", **(_idx_files(expand_user(path)) if path else {})}
    return structs.replace(dataset, **{field: files.get(field) for field in fields} | {"images": path})


def dataset_of_file(name: str) -> dict[str, Any]:
    """Return the data set that reads a file or folder as plain values: its name, and the files."""
    return _dataset_of(expand_user(name))


def list_columns(name: str) -> tuple[str, ...]:
    """Return the names of a data file's columns; none if it has no names or cannot be read."""
    path = expand_user(name)
    if not is_data_file(name) or not path.is_file():
        return ()
    dataset = _dataset_of(path)
    if dataset["name"] not in _WITH_COLUMNS:
        return ()
    try:
        try:
            return _column_names(dataset)
        except EncodingError:
            return _column_names({**dataset, "encoding": _find_encoding(path)[0]})
    except DatasetError:
        return ()


# --- the data set ---------------------------------------------------------------------------------------------------


def _dataset_of(path: Path) -> dict[str, Any]:
    """Return the data set that reads a file or folder, with its files."""
    if path.is_dir():
        images = _images_in(path)
        if images and not any(path.glob("x_train.csv*")):
            return _idx_files(next((each for each in images if "train" in each.name), images[0]))
        from joml.data.readers.image_files import has_class_folders  # noqa: PLC0415

        if not any(path.glob("x_train.csv*")) and has_class_folders(path):
            return {"name": "images", "path": str(path)}
        return {"name": "csv-folder", "path": str(path)}
    reader = _reader_of(path)
    return _idx_files(path) if reader == "idx" else {"name": reader, "path": str(path)}


def _has_loose_images(folder: Path) -> bool:
    from joml.data.readers.file_kinds import IMAGE_SUFFIXES  # noqa: PLC0415

    try:
        return any(each.suffix.lower() in IMAGE_SUFFIXES for each in folder.iterdir())
    except OSError:
        return False


def _images_in(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if "images" in each.name and _reader_of(each) == "idx")
    except OSError:  # such as a folder that may not be read
        return []


def _reader_of(path: Path) -> str:
    """Return the data set that reads a file: by its content, or by its suffix if it cannot be opened."""
    from joml.data.readers.array_files import is_sparse_text  # noqa: PLC0415
    from joml.data.readers.compression import without_compression  # noqa: PLC0415
    from joml.data.readers.file_kinds import GZIP_MAGIC, ZIP_ARCHIVE, recognize  # noqa: PLC0415

    suffix = Path(without_compression(str(path))).suffix.lower()
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
        # The reader's message says what the file is; a zip archive may have a text.
        return "csv" if kind is ZIP_ARCHIVE else kind.reader or "csv"
    if is_sparse:
        return "npz"
    return "table" if first == b"{" or by_name == "table" else "csv"


def _idx_files(images: Path) -> dict[str, Any]:
    """Return the data set of images, with the files of labels and of the test part that lie beside them."""
    files = {"images": images, "labels": _beside(images, ("images", "labels"), ("idx3", "idx1"))}
    for word in ("t10k", "test"):
        test_images = _beside(images, ("train", word))
        if test_images != images and test_images.is_file():
            labels = _beside(test_images, ("images", "labels"), ("idx3", "idx1"))
            files |= {"test_images": test_images, "test_labels": labels}
            break
    return {"name": "idx", **{setting: str(file) for setting, file in files.items()}}


def _beside(path: Path, *changes: tuple[str, str]) -> Path:
    """Return the path with words of the file's name changed; with or without ``.gz``, whichever exists."""
    name = path.name
    for before, after in changes:
        name = name.replace(before, after)
    other = path.with_name(name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz")
    return other if other.is_file() and not path.with_name(name).is_file() else path.with_name(name)


def _code_columns(dataset: Mapping[str, Any]) -> tuple[CodeColumn, ...]:
    chosen = {key: dataset[key] for key in ("label", "ignore") if key in dataset}
    if dataset["name"] == "table":
        from joml.data.readers.table_file import read_table_codes  # noqa: PLC0415

        return read_table_codes(dataset["path"], **chosen)
    from joml.data.readers.csv_file import read_csv_codes  # noqa: PLC0415

    given = {key: dataset[key] for key in ("header", "delimiter", "encoding") if key in dataset}
    return read_csv_codes(dataset["path"], **chosen, **given)


def _column_names(dataset: Mapping[str, Any]) -> tuple[str, ...]:
    if dataset["name"] == "table":
        from joml.data.readers.table_file import read_table_names  # noqa: PLC0415

        return read_table_names(dataset["path"])
    from joml.data.readers.csv_file import read_csv_names  # noqa: PLC0415

    given = {key: dataset[key] for key in ("header", "delimiter", "encoding") if key in dataset}
    return read_csv_names(dataset["path"], **given)
