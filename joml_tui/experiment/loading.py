"""The sizes of data sets, and the data themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from inspect import signature
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import structs

from joml.data.dataset_error import DatasetError
from joml.data.tables.encoding import describe_missing
from joml.task import TARGETS, Task, find_task
from joml_tui.experiment.dataset_specs import (
    DatasetSpec,
    dataset_part,
    map_paths,
    path_fields,
    settings_of,
    traits_of,
)
from joml_tui.experiment.own_data import OwnDataError

if TYPE_CHECKING:
    from joml.data.category_columns import CategoryColumn
    from joml.data.dataset import Dataset
    from joml.data.image_shape import ImageShape
    from joml.data.readers.file_samples import FileSamples
    from joml.data.split import PartSizes, Split

#: The state of each file, which changes with the file.
_States = tuple[tuple[int, ...] | str, ...]
#: A reading task: the function, and the settings that affect what is read.
_Wanted = tuple[Callable[..., "FileSamples"], tuple[tuple[str, Any], ...]]

_HOLDING = Event()


@dataclass(slots=True)
class _Shelf:
    """The samples of the files read last until they are a data set, and then that data set, with what they are of."""

    samples: tuple[tuple[_Wanted, _States], FileSamples] | None = None
    dataset: tuple[tuple[Any, ...], Dataset] | None = None


#: The shelves of `reading_once`, the innermost one last.
_SHELVES: list[_Shelf] = []


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep what is read from files for as long as the context lasts, so that no file is read twice.

    Of samples and of data sets, the last one is kept. Samples are let go as soon as they are a data set, so that no
    more memory is needed than to read the files once.

    Yields
    ------
    None
    """
    shelf = _Shelf()
    _SHELVES.append(shelf)
    try:
        yield
    finally:
        # Another thread may have put up a shelf since.
        del _SHELVES[next(place for place, each in enumerate(_SHELVES) if each is shelf)]


class DatasetShape(NamedTuple):
    """The sizes of a data set."""

    input_size: int  # features
    output_size: int  # classes, answers or values
    samples: int  # training and test part together
    test_samples: int | None = None  # in the files' own test part; None if the data are split
    task: Task = "classes"
    notes: tuple[str, ...] = ()  # decisions and warnings from reading the files
    class_names: tuple[str, ...] = ()  # of the outputs, where files are read for them
    feature_names: tuple[str, ...] = ()  # where they have names other than x1, x2, ...
    image_shape: ImageShape | None = None  # channels, height and width of images
    category_columns: tuple[CategoryColumn, ...] = ()  # of a table, by their places among the features

    @property
    def outputs(self) -> str:
        """The kind and number of targets: ``4 classes``, ``1 value``."""
        targets = TARGETS[self.task]
        return f"{self.output_size:,} {targets if self.output_size > 1 else targets.removesuffix('s')}"


def shape_of(dataset: DatasetSpec) -> DatasetShape:
    """Return the sizes of a data set.

    Files are read completely, and again only after one has changed.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file or a custom function cannot be used, or scikit-learn is needed and not installed.
    """
    sizes = traits_of(dataset).sizes
    if sizes is not None:
        traits = traits_of(dataset)
        return DatasetShape(
            *sizes(settings_of(dataset)),
            task=task_of(dataset),
            feature_names=traits.feature_names,
            image_shape=traits.image_shape,
        )
    shape = _read_shape(*_wanted(dataset))
    if isinstance(shape, DatasetShape):
        return shape
    raise shape.with_traceback(None)


def task_of(dataset: DatasetSpec) -> Task:
    """Return the task of a data set; reads no file."""
    declared = traits_of(dataset).task
    named = find_task(getattr(dataset, "task", "classes")) if declared is None else declared
    return named or "classes"


def read_dataset(dataset: DatasetSpec, split: Split, seed: int) -> Dataset:
    """Generate or read a data set and split it.

    Parameters
    ----------
    dataset : DatasetSpec
        The data set; its own ``test_share`` is ignored.
    split : Split
    seed : int
        The run's seed.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be used, or there are too few samples.
    """
    make = dataset_part(dataset).make
    if traits_of(dataset).read_samples is None:
        generated: Dataset = make(**settings_of(dataset), seed=seed, split=split)
        return generated
    dataset = _with_home(dataset)
    task = _wanted(dataset)
    wanted = (task, settings_of(dataset), split, seed)
    shelf = _SHELVES[-1] if _SHELVES else None
    if shelf is not None and shelf.dataset is not None and shelf.dataset[0] == wanted:
        return shelf.dataset[1]
    samples = _take(*task) if shelf is not None else None
    if samples is None and _HOLDING.is_set():
        samples = _read_held(*task)
    data: Dataset = make(**settings_of(dataset), seed=seed, split=split, held=samples)
    if shelf is not None:
        shelf.dataset = wanted, data
    return data


def read_part_sizes(dataset: DatasetSpec, split: Split, seed: int) -> PartSizes:
    """Return the number of samples of each part of a data set that is split by a column of its file.

    Files are read, and again only after one has changed.

    Raises
    ------
    joml.data.dataset.DatasetError
        As in `read_dataset`, or the column cannot be used.
    """
    states = _wanted(dataset)[1] if traits_of(dataset).read_samples is not None else ()
    settings = tuple((name, _frozen(value)) for name, value in structs.asdict(dataset).items())
    sizes = _read_part_sizes(type(dataset), settings, split, seed, states)
    if isinstance(sizes, DatasetError):
        raise sizes.with_traceback(None)
    return sizes


def read_file_samples(dataset: DatasetSpec) -> FileSamples:
    """Return the samples of a data set that is read from files, without splitting or scaling.

    Files are read again only after one has changed, or others were read.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be used.
    """
    return _read_and_keep(*_wanted(dataset)) if _SHELVES else _read_held(*_wanted(dataset))


def hold_files() -> None:
    """Keep the data files read last in memory from now on, so that another seed only splits them anew."""
    _HOLDING.set()


def expand_user(path: str) -> Path:
    """Return a path with ``~`` replaced by the home folder, if there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _with_home(dataset: DatasetSpec) -> DatasetSpec:
    return map_paths(dataset, lambda path: str(expand_user(path)))


def _wanted(dataset: DatasetSpec) -> tuple[_Wanted, _States]:
    """Return the reading task of a data set, and the states of its files."""
    dataset = _with_home(dataset)
    settings, traits = settings_of(dataset), traits_of(dataset)
    assert traits.read_samples is not None
    taken = tuple((name, _frozen(settings[name])) for name in signature(traits.read_samples).parameters)
    if traits.list_files is not None:
        files = traits.list_files(settings)
    else:
        files = [Path(path) for field in path_fields(dataset) if (path := settings[field]) is not None]
    return (traits.read_samples, taken), tuple(map(_state_of, files))


def _read_samples(wanted: _Wanted) -> FileSamples:
    """Read whole files, without splitting or scaling."""
    read, settings = wanted
    return read(**{name: _thawed(value) for name, value in settings})


def _take(wanted: _Wanted, states: _States) -> FileSamples | None:
    """Return the samples that were read last, which are then no longer kept; None if they are others."""
    for shelf in _SHELVES[-1:]:
        if shelf.samples is not None and shelf.samples[0] == (wanted, states):
            samples, shelf.samples = shelf.samples[1], None
            return samples
    return None


def _read_and_keep(wanted: _Wanted, states: _States) -> FileSamples:
    """Return the samples of whole files; within `reading_once` they are kept for the data set."""
    if not _SHELVES:
        return _read_samples(wanted)
    shelf = _SHELVES[-1]
    kept = shelf.samples
    if kept is None or kept[0] != (wanted, states):
        kept = shelf.samples = None  # before others take memory
        kept = shelf.samples = (wanted, states), _read_samples(wanted)
    return kept[1]


@lru_cache(maxsize=1)
def _read_held(wanted: _Wanted, states: _States) -> FileSamples:
    """Return the content of files, cached until they change or others are read."""
    del states  # part of the cache's key
    return _read_samples(wanted)


@lru_cache(maxsize=32)
def _read_shape(wanted: _Wanted, states: _States) -> DatasetShape | DatasetError:
    """Return the sizes of files or the error of reading them, cached until the files change."""
    try:
        samples = _read_and_keep(wanted, states)
    except OwnDataError:  # raised, and so not cached
        raise
    except DatasetError as error:
        return error
    from joml.data.category_columns import category_columns  # noqa: PLC0415

    sizes = samples.input_size, len(samples.class_names), len(samples.x)
    notes = (*samples.notes, *describe_missing(samples.encoders, len(samples.x)))
    return DatasetShape(
        *sizes,
        samples.test_samples,
        samples.task,
        notes,
        samples.class_names,
        tuple(samples.feature_names),
        samples.image_shape,
        category_columns(samples.encoders),
    )


class _FrozenMapping(tuple[tuple[str, Any], ...]):
    """The items of a mapping, which can be part of a cache's key."""

    __slots__ = ()


def _frozen(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return _FrozenMapping((key, _frozen(value[key])) for key in sorted(value))


def _thawed(value: Any) -> Any:
    return {key: _thawed(each) for key, each in value} if isinstance(value, _FrozenMapping) else value


@lru_cache(maxsize=32)
def _read_part_sizes(
    kind: type[DatasetSpec], settings: tuple[tuple[str, Any], ...], split: Split, seed: int, states: _States
) -> PartSizes | DatasetError:
    """Return the sizes of parts or the error of splitting, cached until the files change."""
    from joml.data.split import PartSizes  # noqa: PLC0415

    del states  # part of the cache's key
    try:
        data = read_dataset(kind(**{name: _thawed(value) for name, value in settings}), split, seed)
    except OwnDataError:  # raised, and so not cached
        raise
    except DatasetError as error:
        return error
    return PartSizes(data.train_size, data.validation_size, data.test_size)


def _state_of(path: Path) -> tuple[int, ...] | str:
    """Return a file's state, which changes with the file."""
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        return str(error)
    return state.st_ino, state.st_mtime_ns, state.st_size
