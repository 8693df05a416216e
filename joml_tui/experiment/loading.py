"""The sizes of data sets, and the data themselves."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, NamedTuple

from joml_tui.experiment.dataset_specs import (
    PATH_FIELDS,
    Blobs,
    Circles,
    CsvFile,
    CsvFolder,
    DatasetSpec,
    Diabetes,
    Digits,
    FileSpec,
    GeneratedSpec,
    IdxFiles,
    Iris,
    Moons,
    MultiGaussian,
    NpzFile,
    Parity,
    Plane,
    Sine,
    SklearnSpec,
    SpinGlass,
    Spirals,
    TableFile,
    Task,
    Xor,
    map_paths,
)

if TYPE_CHECKING:  # the engine brings numpy along, which reading and writing experiments does without
    from joml.data.dataset import Dataset, DatasetError
    from joml.data.readers.file_samples import FileSamples
    from joml.data.split import Split


_HOLDING = Event()


class DatasetShape(NamedTuple):
    """The sizes of a data set."""

    input_size: int  # features
    output_size: int  # classes, answers or values
    samples: int  # training and test part together
    test_samples: int | None = None  # in a test part of the files' own; None where the data are split
    task: Task = "classes"
    notes: tuple[str, ...] = ()  # on what was decided when files were read, or is suspicious in them


def shape_of(dataset: DatasetSpec) -> DatasetShape:
    """Return the sizes of a data set.

    Files are read whole to know them, and again only after one has changed.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be used, or scikit-learn is needed and not installed.
    """
    match dataset:
        case CsvFile() | NpzFile() | IdxFiles() | CsvFolder() | TableFile():
            return _file_shape(map_paths(dataset, lambda path: str(expand_user(path))))
        case Digits() | Iris() | Diabetes():
            return _sklearn_shape(dataset)
    return _generated_shape(dataset)


def task_of(dataset: DatasetSpec) -> Task:
    """Return what is to be learnt from a data set; reads no file."""
    match dataset:
        case CsvFile() | NpzFile() | CsvFolder() | TableFile():
            return dataset.task
        case Diabetes():
            return "values"
        case IdxFiles() | Digits() | Iris():
            return "classes"
    return _generated_shape(dataset).task


def read_dataset(dataset: DatasetSpec, split: Split, seed: int) -> Dataset:
    """Generate or read a data set and split it.

    Parameters
    ----------
    dataset : DatasetSpec
        Which one; its own ``test_share`` does not count.
    split : Split
    seed : int
        The run's seed.

    Raises
    ------
    joml.data.dataset.DatasetError
        A file cannot be used, or there are too few samples.
    """
    if isinstance(dataset, FileSpec):
        return _load_files(map_paths(dataset, lambda path: str(expand_user(path))), split, seed)
    if isinstance(dataset, Digits | Iris | Diabetes):
        return _load_sklearn(dataset, split, seed)
    return _generate(dataset, split, seed)


def hold_files() -> None:
    """From now on hold what this process has read last from files of data: of another seed it is only split anew."""
    _HOLDING.set()


def expand_user(path: str) -> Path:
    """Return a path with ``~`` replaced by the home folder, where there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _generated_shape(dataset: GeneratedSpec) -> DatasetShape:
    match dataset:
        case SpinGlass():
            shape = DatasetShape(input_size=14, output_size=4, samples=2**14)
        case Parity():
            shape = DatasetShape(input_size=dataset.bits, output_size=2, samples=2**dataset.bits)
        case Xor() | Circles() | Moons():
            shape = DatasetShape(input_size=2, output_size=2, samples=dataset.samples)
        case Spirals():
            shape = DatasetShape(input_size=2, output_size=dataset.arms, samples=dataset.samples)
        case Blobs():
            shape = DatasetShape(input_size=2, output_size=dataset.classes, samples=dataset.samples)
        case Plane() | MultiGaussian():
            shape = DatasetShape(input_size=2, output_size=1, samples=dataset.samples, task="values")
        case Sine():
            shape = DatasetShape(input_size=1, output_size=1, samples=dataset.samples, task="values")
    return shape


def _generate(dataset: GeneratedSpec, split: Split, seed: int) -> Dataset:
    from joml.data.generators import parity, planar, regression, spin_glass  # noqa: PLC0415

    match dataset:
        case SpinGlass():
            data = spin_glass.spin_glass_14(seed, split=split)
        case Parity(bits):
            data = parity.parity(bits, seed, split=split)
        case Xor(samples, noise):
            data = planar.xor(samples, noise, seed, split=split)
        case Circles(samples, noise, factor):
            data = planar.circles(samples, noise, factor, seed, split=split)
        case Moons(samples, noise):
            data = planar.moons(samples, noise, seed, split=split)
        case Spirals(samples, arms, noise, turns):
            data = planar.spirals(samples, arms, noise, turns, seed, split=split)
        case Blobs(samples, classes, noise):
            data = planar.blobs(samples, classes, noise, seed, split=split)
        case Plane(samples, noise):
            data = regression.plane(samples, noise, seed, split=split)
        case MultiGaussian(samples, noise):
            data = regression.multi_gaussian(samples, noise, seed, split=split)
        case Sine(samples, noise, periods):
            data = regression.sine(samples, noise, periods, seed, split=split)
    return data


def _sklearn_shape(dataset: SklearnSpec) -> DatasetShape:
    from joml.data.dataset import DatasetError  # noqa: PLC0415

    if find_spec("sklearn") is None:  # looked for, as importing it takes a second
        name = dataset.__struct_config__.tag
        raise DatasetError(f"{name}: comes with scikit-learn; install it by: pip install 'joml-tui[sklearn]'")
    match dataset:
        case Digits():
            return DatasetShape(input_size=64, output_size=10, samples=1_797)
        case Iris():
            return DatasetShape(input_size=4, output_size=3, samples=150)
        case Diabetes():
            return DatasetShape(input_size=10, output_size=1, samples=442, task="values")


def _load_sklearn(dataset: SklearnSpec, split: Split, seed: int) -> Dataset:
    from joml.data import sklearn_sets  # noqa: PLC0415

    match dataset:
        case Digits():
            return sklearn_sets.digits(seed, split=split)
        case Iris(standardize):
            return sklearn_sets.iris(standardize, seed, split=split)
        case Diabetes(standardize):
            return sklearn_sets.diabetes(standardize, seed, split=split)


def _load_files(dataset: FileSpec, split: Split, seed: int) -> Dataset:
    from joml.data.readers import csv_file, csv_folder, idx_file, npz_file, table_file  # noqa: PLC0415

    held = _held(dataset) if _HOLDING.is_set() else None
    match dataset:
        case CsvFile(path, label, header, standardize, _, task, standardize_y, ignore):
            return csv_file.read_csv(
                path, label, header, standardize, 0.2, seed, task, standardize_y, held, split, ignore
            )
        case NpzFile(path, standardize, _, task, standardize_y):
            return npz_file.read_npz(path, standardize, 0.2, seed, task, standardize_y, held=held, split=split)
        case IdxFiles(images, labels, test_images, test_labels):
            return idx_file.read_idx(images, labels, test_images, test_labels, seed=seed, held=held, split=split)
        case CsvFolder(path, header, standardize, _, task, standardize_y):
            return csv_folder.read_csv_folder(
                path, header, standardize, 0.2, seed, task, standardize_y, held=held, split=split
            )
        case TableFile(path, label, standardize, _, task, standardize_y, ignore):
            return table_file.read_table_file(
                path, label, standardize, 0.2, seed, task, standardize_y, held, split, ignore
            )


def _held(dataset: FileSpec) -> FileSamples:
    return _read_held(_as_read(dataset), tuple(_state_of(path) for path in _paths(dataset)))


@lru_cache(maxsize=1)
def _read_held(dataset: FileSpec, states: tuple[tuple[int, ...] | str, ...]) -> FileSamples:
    """Return what stands in files, held as long as the files' states are the same and no others are read."""
    del states  # part of the cache's key
    return _read_samples(dataset)


def _read_samples(dataset: FileSpec) -> FileSamples:
    """Read files whole, without splitting or scaling."""
    from joml.data.readers import csv_file, csv_folder, idx_file, npz_file, table_file  # noqa: PLC0415

    match dataset:
        case CsvFile(path, label, header):
            return csv_file.read_csv_samples(path, label, header, dataset.task, dataset.ignore)
        case CsvFolder(path, header):
            return csv_folder.read_csv_folder_samples(path, header, dataset.task)
        case TableFile(path, label):
            return table_file.read_table_samples(path, label, dataset.task, dataset.ignore)
        case NpzFile(path):
            return npz_file.read_npz_samples(path, dataset.task)
        case IdxFiles(images, labels, test_images, test_labels):
            return idx_file.read_idx_samples(images, labels, test_images, test_labels)


def _file_shape(dataset: FileSpec) -> DatasetShape:
    shape = _read_shape(_as_read(dataset), tuple(_state_of(path) for path in _paths(dataset)))
    if isinstance(shape, DatasetShape):
        return shape
    raise shape.with_traceback(None)


def _paths(dataset: FileSpec) -> list[Path]:
    paths = [Path(path) for field in PATH_FIELDS[type(dataset)] if (path := getattr(dataset, field)) is not None]
    if isinstance(dataset, CsvFolder):
        from joml.data.readers.csv_folder import TEST_FILES, TRAIN_FILES, find_file  # noqa: PLC0415

        return [find_file(folder, name) for folder in paths for name in TRAIN_FILES + TEST_FILES]
    return paths


def _as_read(dataset: FileSpec) -> FileSpec:
    """Return the data set with what does not change its sizes at its default."""
    match dataset:
        case CsvFile(path, label, header):
            return CsvFile(path, label, header, task=dataset.task, ignore=dataset.ignore)
        case NpzFile(path):
            return NpzFile(path, task=dataset.task)
        case IdxFiles(images, labels, test_images, test_labels):
            return IdxFiles(images, labels, test_images, test_labels)
        case CsvFolder(path, header):
            return CsvFolder(path, header, task=dataset.task)
        case TableFile(path, label):
            return TableFile(path, label, task=dataset.task, ignore=dataset.ignore)


def _state_of(path: Path) -> tuple[int, ...] | str:
    """Return what changes when a file does."""
    try:
        state = path.stat()
    except (OSError, ValueError) as error:
        return str(error)
    return state.st_ino, state.st_mtime_ns, state.st_size


@lru_cache(maxsize=32)
def _read_shape(dataset: FileSpec, states: tuple[tuple[int, ...] | str, ...]) -> DatasetShape | DatasetError:
    """Return the sizes of files or what is wrong with them, remembered as long as the files' states are the same."""
    from joml.data.dataset import DatasetError  # noqa: PLC0415

    del states  # part of the cache's key
    try:
        samples = _read_samples(dataset)
    except DatasetError as error:
        return error
    sizes = samples.x.shape[1], len(samples.class_names), len(samples.x)
    return DatasetShape(*sizes, samples.test_samples, samples.task, samples.notes)
