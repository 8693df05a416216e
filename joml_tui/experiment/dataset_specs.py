"""Data sets in experiments: structs for the engine's data sets, and for the split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from msgspec import Meta, Struct, structs, to_builtins

from joml.data.dataset_traits import DatasetTraits
from joml.data.library import datasets
from joml.declaration import Part
from joml_tui.experiment.own_data import OWN_DATASET, OwnDatasetSpec
from joml_tui.experiment.specs import choice_of, name_of, part_of_spec, specs_of

Share = Annotated[float, Meta(gt=0, lt=1)]


class SplitSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The split of the samples: shares of the parts, and how samples are chosen for them.

    ``stratified`` gives every part the same shares of the classes; ``by`` is the column that orders the samples, or
    ``order`` for the order of the file; ``group`` is the column of which no value is in two parts; ``train_samples`` is
    the number of training samples that are used.

    Default of ``validation``: 0.1 if early stopping or reduce-on-plateau needs a validation part, else none; 0 means
    none. Default of ``test``: the data set's ``test_share``. Files with their own test part keep it.
    """

    validation: Annotated[float, Meta(ge=0, lt=1)] | None = None
    test: Share | None = None
    stratified: bool = False
    by: str | int | None = None
    group: str | int | None = None
    train_samples: Annotated[int, Meta(ge=1)] | None = None


_SPECS = specs_of("dataset", defaults={"sine": {"periods": 2.0}})
_DATASETS = (*(_SPECS[name] for name in datasets()), OwnDatasetSpec)

if TYPE_CHECKING:

    class DatasetSpec(Struct, frozen=True):
        """A data set and its settings."""

        test_share: float = 0.2

    class CsvFile(DatasetSpec, frozen=True):
        """The user's CSV file."""

        path: str = ""
        label: str | int = -1
        task: Literal["classes", "regression"] = "classes"
        standardize_y: bool = False
else:
    DatasetSpec = choice_of((), _DATASETS)
    #: The data set that has its own fields in the lab.
    CsvFile = _SPECS["csv"]

DatasetT = TypeVar("DatasetT", bound=DatasetSpec)


def dataset_part(dataset: DatasetSpec) -> Part:
    """Return the engine's part of a data set; imports no custom code."""
    return part_of_spec(type(dataset)) or OWN_DATASET


def traits_of(dataset: DatasetSpec) -> DatasetTraits:
    """Return the traits that a data set declares."""
    traits: DatasetTraits = dataset_part(dataset).traits
    return traits


def settings_of(dataset: DatasetSpec) -> dict[str, Any]:
    """Return a data set's settings by name, without the split; mappings as plain values."""
    settings = {name: value for name, value in structs.asdict(dataset).items() if name != "test_share"}
    return {name: to_builtins(value) if isinstance(value, dict) else value for name, value in settings.items()}


def is_read(dataset: DatasetSpec) -> bool:
    """Return whether a data set's samples are read, and so may change, rather than generated."""
    return traits_of(dataset).read_samples is not None


def path_fields(dataset: DatasetSpec) -> tuple[str, ...]:
    """Return the fields of a data set that name files; empty if it needs none."""
    return tuple(each.name for each in dataset_part(dataset).settings if each.about.unit == "file")


def has_one_path(dataset: DatasetSpec) -> bool:
    """Return whether a data set is read from the file or folder of its setting ``path``."""
    return path_fields(dataset)[:1] == ("path",)


def first_file(dataset: DatasetSpec) -> str:
    """Return the path of a data set's file or folder, of several files the first one's; empty if it is unknown."""
    fields = path_fields(dataset)
    return str(getattr(dataset, fields[0]) or "") if fields else ""


def file_kinds() -> set[str]:
    """Return the names of the data sets that are read from files."""
    return {name for name, part in datasets().items() if part.traits.read_samples is not None}


def source_of(dataset: DatasetSpec) -> str:
    """Return a data set's name in lists and sentences: that of its file or function, else its own.

    The kind of file precedes a name that does not show it: ``iris.csv``, ``csv-folder flowers``.
    """
    kind = name_of(dataset)
    if not path_fields(dataset):
        return kind
    name = file_name(dataset)
    return name if kind in name.lower() else f"{kind} {name}".rstrip()


def file_name(dataset: DatasetSpec) -> str:
    """Return the name of a data set's first file or folder, without its path."""
    path = str(getattr(dataset, path_fields(dataset)[0]))
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def summary_of(dataset: DatasetSpec, write: Callable[[float], str]) -> str:
    """Return a short description of a data set; ``write`` formats numbers that are not whole.

    It is the name of its file, its declared summary, or its own name.
    """
    if path_fields(dataset) and (name := file_name(dataset)):
        return name
    name = name_of(dataset)
    values: Mapping[str, Any] = {"name": name, **settings_of(dataset)}
    written = {key: _written(value, write) for key, value in values.items()}
    return (traits_of(dataset).summary or "{name}").format_map(written)


def _written(value: object, write: Callable[[float], str]) -> str:
    if isinstance(value, float):
        return write(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def map_paths(dataset: DatasetT, change: Callable[[str], str]) -> DatasetT:
    """Return the data set with ``change`` applied to the paths of its files."""
    paths = {field: getattr(dataset, field) for field in path_fields(dataset)}
    return structs.replace(dataset, **{field: change(path) for field, path in paths.items() if path is not None})
