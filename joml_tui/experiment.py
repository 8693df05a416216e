"""Experiment: the whole description of a run, typed and immutable."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple, TypeVar

from msgspec import Meta, Struct, structs

from joml_tui.decoding import find_faults, format_path

if TYPE_CHECKING:  # the engine brings numpy along, which reading and writing experiments does without
    from joml.architecture import Architecture
    from joml.dataset import Dataset, DatasetError

Size = Annotated[int, Meta(ge=1, le=65_536)]
Share = Annotated[float, Meta(gt=0, lt=1)]
# A standard deviation; what is generated lies within a few units.
Noise = Annotated[float, Meta(ge=0, le=1_000)]
FilePath = Annotated[str, Meta(min_length=1)]
# Above, single precision ends.
LearningRate = Annotated[float, Meta(gt=0, le=1e30)]
Decay = Annotated[float, Meta(ge=0, lt=1)]

Activation = Literal["relu", "sigmoid", "tanh", "identity"]
OutputActivation = Literal["softmax", "sigmoid", "tanh", "identity", "relu"]
Cost = Literal["cross-entropy", "mean-squared-error"]


class SpinGlass(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="spin-glass-14"):
    """The article's function on all 16,384 points of {-1,+1}^14."""

    test_share: Share = 0.2


class Xor(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="xor"):
    """Two features in four Gaussian clouds, of two classes crosswise."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.35
    test_share: Share = 0.2


class Parity(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="parity"):
    """Whether the number of +1 among so many signs is even or odd, on all points."""

    bits: Annotated[int, Meta(ge=1, le=20)] = 8
    test_share: Share = 0.2


class Circles(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="circles"):
    """A circle of radius ``factor`` in one of radius 1."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.08
    factor: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    test_share: Share = 0.2


class Moons(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="moons"):
    """Two half circles that reach into each other."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.1
    test_share: Share = 0.2


class Spirals(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="spirals"):
    """Spiral arms around one point, each a class."""

    # At least as many as there may be arms.
    samples: Annotated[int, Meta(ge=100, le=1_000_000)] = 1_000
    arms: Annotated[int, Meta(ge=2, le=100)] = 2
    noise: Noise = 0.02
    turns: Annotated[float, Meta(gt=0, le=100)] = 1.0
    test_share: Share = 0.2


class Blobs(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="blobs"):
    """Gaussian clouds in a ring, each a class."""

    # At least as many as there may be classes.
    samples: Annotated[int, Meta(ge=100, le=1_000_000)] = 1_000
    classes: Annotated[int, Meta(ge=2, le=100)] = 3
    noise: Noise = 0.25
    test_share: Share = 0.2


class CsvFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="csv"):
    """A file of one's own: numeric feature columns and a label column.

    ``label`` is the label column's name, or its position, counted from 0, or from the end when negative.
    """

    path: FilePath
    label: str | int = -1
    header: Literal["auto", "yes", "no"] = "auto"
    standardize: bool = True
    test_share: Share = 0.2


class NpzFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="npz"):
    """A NumPy archive of one's own with x and y, samples as rows, and x_test and y_test if it has a test part.

    ``test_share`` counts where it has none.
    """

    path: FilePath
    standardize: bool = True
    test_share: Share = 0.2


class IdxFiles(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="idx"):
    """Images and labels in files as MNIST's, and two more for the test part if there is one.

    ``test_share`` counts where there is none.
    """

    images: FilePath
    labels: FilePath
    test_images: FilePath | None = None
    test_labels: FilePath | None = None
    test_share: Share = 0.2


GeneratedSpec = SpinGlass | Parity | Xor | Circles | Moons | Spirals | Blobs
FileSpec = CsvFile | NpzFile | IdxFiles
DatasetSpec = GeneratedSpec | FileSpec


DatasetT = TypeVar("DatasetT", bound=DatasetSpec)

# Where each file of a data set is told.
_PATH_FIELDS: dict[type[Struct], tuple[str, ...]] = {
    CsvFile: ("path",),
    NpzFile: ("path",),
    IdxFiles: ("images", "labels", "test_images", "test_labels"),
}


class LayerSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """One hidden layer."""

    size: Size
    activation: Activation = "relu"


class OutputSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """The output layer; a size of None is as many outputs as the data set has classes."""

    size: Size | None = None
    activation: OutputActivation = "softmax"
    cost: Cost = "cross-entropy"


class GradientDescentSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="gradient-descent"):
    """Plain gradient descent."""

    learning_rate: LearningRate = 0.1


class AdamSpec(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="adam"):
    """Adam, with the defaults its paper publishes."""

    learning_rate: LearningRate = 0.001
    beta1: Decay = 0.9
    beta2: Decay = 0.999
    epsilon: Annotated[float, Meta(gt=0, le=1)] = 1e-8


OptimizerSpec = GradientDescentSpec | AdamSpec


class Experiment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that decides a run; two runs of equal experiments are equal bit for bit.

    ``input_size`` and ``output.size`` may be left out: the data set decides them.
    ``test_every`` is ``"epoch"`` or a number of iterations.
    """

    version: Literal[1] = 1
    name: str = ""
    dataset: DatasetSpec
    input_size: Size | None = None
    layers: Annotated[tuple[LayerSpec, ...], Meta(max_length=1_000)] = ()
    output: OutputSpec = OutputSpec()
    optimizer: OptimizerSpec = AdamSpec()
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)] = 10
    batch_size: Annotated[int, Meta(ge=1, le=1_000_000)] = 32
    seed: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    test_every: Literal["epoch"] | Annotated[int, Meta(ge=1)] = "epoch"


#: With Adam's two moments and the gradients beside them, this many take 1.6 GB of memory.
MAX_PARAMETERS = 100_000_000


class DatasetShape(NamedTuple):
    """The sizes of a data set."""

    input_size: int  # features
    output_size: int  # classes
    samples: int  # training and test part together
    test_samples: int | None = None  # in a test part of the files' own; None where the data are split


class Problem(NamedTuple):
    """One thing that stops an experiment from running."""

    field: str  # such as "layers[2].size"
    message: str


def shape_of(dataset: DatasetSpec) -> DatasetShape:
    """Return the sizes of a data set.

    Files are read whole to know them, and again only after one has changed.

    Raises
    ------
    joml.dataset.DatasetError
        A file cannot be used.
    """
    match dataset:
        case SpinGlass():
            return DatasetShape(input_size=14, output_size=4, samples=2**14)
        case Parity():
            return DatasetShape(input_size=dataset.bits, output_size=2, samples=2**dataset.bits)
        case Xor() | Circles() | Moons():
            return DatasetShape(input_size=2, output_size=2, samples=dataset.samples)
        case Spirals():
            return DatasetShape(input_size=2, output_size=dataset.arms, samples=dataset.samples)
        case Blobs():
            return DatasetShape(input_size=2, output_size=dataset.classes, samples=dataset.samples)
        case CsvFile() | NpzFile() | IdxFiles():
            dataset = map_paths(dataset, lambda path: str(expand_user(path)))
            shape = _read_shape(_as_read(dataset), tuple(_state_of(path) for path in _paths(dataset)))
            if isinstance(shape, DatasetShape):
                return shape
            raise shape.with_traceback(None)


def load_dataset(dataset: DatasetSpec, seed: int) -> Dataset:
    """Generate or read a data set and split it.

    Parameters
    ----------
    dataset : DatasetSpec
        Which one.
    seed : int
        The run's seed.

    Raises
    ------
    joml.dataset.DatasetError
        A file cannot be used.
    """
    if isinstance(dataset, CsvFile | NpzFile | IdxFiles):
        return _load_files(map_paths(dataset, lambda path: str(expand_user(path))), seed)
    return _generate(dataset, seed)


def train_size_of(dataset: DatasetSpec, shape: DatasetShape) -> int:
    """Return the number of samples to train on, given the data set's sizes."""
    from joml.dataset import split_sizes  # noqa: PLC0415

    if shape.test_samples is not None:
        return shape.samples - shape.test_samples
    return split_sizes(shape.samples, dataset.test_share)[0]


def architecture_of(experiment: Experiment) -> Architecture:
    """Return the network's sizes; those that the experiment leaves open are the data set's.

    Raises
    ------
    joml.dataset.DatasetError
        A size is left open and a file that decides it cannot be used.
    """
    from joml.architecture import Architecture  # noqa: PLC0415

    input_size, output_size = experiment.input_size, experiment.output.size
    if input_size is None or output_size is None:
        shape = shape_of(experiment.dataset)
        input_size = shape.input_size if input_size is None else input_size
        output_size = shape.output_size if output_size is None else output_size
    return Architecture(input_size, tuple(layer.size for layer in experiment.layers), output_size)


def with_architecture(experiment: Experiment, architecture: Architecture) -> Experiment:
    """Return the experiment with a network of other sizes.

    A hidden layer keeps the activation of the one in its place before; those beyond get ReLU.
    """
    activations = [layer.activation for layer in experiment.layers]
    activations += ["relu"] * (len(architecture.hidden_sizes) - len(activations))
    pairs = zip(architecture.hidden_sizes, activations, strict=False)
    return structs.replace(
        experiment,
        input_size=architecture.input_size,
        layers=tuple(LayerSpec(size, activation) for size, activation in pairs),
        output=structs.replace(experiment.output, size=architecture.output_size),
    )


def problems(experiment: Experiment) -> list[Problem]:
    """Return everything that stops an experiment from running; nothing when it can.

    Reads the files of a data set, as `shape_of` does.
    """
    faults = list(find_faults(experiment))
    found = [Problem(format_path(fault.path), fault.fault) for fault in faults]
    faulty = {fault.path[0] for fault in faults}
    if "output" not in faulty:
        found += _output_problems(experiment.output)
    if "dataset" not in faulty:
        found += _dataset_problems(experiment, faulty)
    return found


def map_paths(dataset: DatasetT, change: Callable[[str], str]) -> DatasetT:
    """Return the data set with each of its files' paths changed; one that needs no file as it is."""
    fields = _PATH_FIELDS.get(type(dataset), ())
    paths = {field: getattr(dataset, field) for field in fields}
    return structs.replace(dataset, **{field: change(path) for field, path in paths.items() if path is not None})


def expand_user(path: str) -> Path:
    """Return a path with ``~`` replaced by the home folder, where there is one."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def _output_problems(output: OutputSpec) -> list[Problem]:
    if output.cost == "cross-entropy" and output.activation != "softmax":
        message = "cross-entropy needs the softmax output: choose softmax, or mean-squared-error as the cost"
        return [Problem("output.activation", message)]
    return []


def _dataset_problems(experiment: Experiment, faulty: set[str | int]) -> list[Problem]:
    from joml.dataset import DatasetError  # noqa: PLC0415

    try:
        shape = shape_of(experiment.dataset)
    except DatasetError as error:
        return [Problem(_faulty_field(experiment.dataset, error), str(error))]
    found = []
    if "input_size" not in faulty and experiment.input_size not in (None, shape.input_size):
        message = f"the data set has {shape.input_size:,} features, the network {experiment.input_size:,} inputs"
        found.append(Problem("input_size", message))
    if "output" not in faulty and experiment.output.size not in (None, shape.output_size):
        message = f"the data set has {shape.output_size:,} classes, the network {experiment.output.size:,} outputs"
        found.append(Problem("output.size", message))
    if not found and not faulty & {"input_size", "layers", "output"}:
        found += _parameter_problems(experiment)
    train_size = train_size_of(experiment.dataset, shape)
    if "batch_size" not in faulty and experiment.batch_size > train_size:
        message = (
            f"a mini-batch of {experiment.batch_size:,} is larger than the training part of {train_size:,} samples"
        )
        found.append(Problem("batch_size", message))
    return found


def _parameter_problems(experiment: Experiment) -> list[Problem]:
    count = architecture_of(experiment).parameter_count
    if count <= MAX_PARAMETERS:
        return []
    return [Problem("layers", f"the network would have {count:,} parameters; at most {MAX_PARAMETERS:,} are allowed")]


def _faulty_field(dataset: DatasetSpec, error: DatasetError) -> str:
    """Return the field that an error of reading is about; of several files the message says which."""
    from joml.datasets.csv_file import LabelError  # noqa: PLC0415

    if isinstance(error, LabelError):
        return "dataset.label"
    return "dataset" if isinstance(dataset, IdxFiles) else "dataset.path"


def _generate(dataset: GeneratedSpec, seed: int) -> Dataset:
    from joml.datasets import parity, planar, spin_glass  # noqa: PLC0415

    match dataset:
        case SpinGlass(test_share):
            data = spin_glass.spin_glass_14(seed, test_share)
        case Parity(bits, test_share):
            data = parity.parity(bits, seed, test_share)
        case Xor(samples, noise, test_share):
            data = planar.xor(samples, noise, seed, test_share)
        case Circles(samples, noise, factor, test_share):
            data = planar.circles(samples, noise, factor, seed, test_share)
        case Moons(samples, noise, test_share):
            data = planar.moons(samples, noise, seed, test_share)
        case Spirals(samples, arms, noise, turns, test_share):
            data = planar.spirals(samples, arms, noise, turns, seed, test_share)
        case Blobs(samples, classes, noise, test_share):
            data = planar.blobs(samples, classes, noise, seed, test_share)
    return data


def _load_files(dataset: FileSpec, seed: int) -> Dataset:
    from joml.datasets import csv_file, idx_file, npz_file  # noqa: PLC0415

    match dataset:
        case CsvFile(path, label, header, standardize, test_share):
            return csv_file.read_csv(path, label, header, standardize, test_share, seed)
        case NpzFile(path, standardize, test_share):
            return npz_file.read_npz(path, standardize, test_share, seed)
        case IdxFiles(images, labels, test_images, test_labels, test_share):
            return idx_file.read_idx(images, labels, test_images, test_labels, test_share, seed)


def _paths(dataset: FileSpec) -> list[Path]:
    paths = (getattr(dataset, field) for field in _PATH_FIELDS[type(dataset)])
    return [Path(path) for path in paths if path is not None]


def _as_read(dataset: FileSpec) -> FileSpec:
    """Return the data set with what does not change its sizes at its default."""
    match dataset:
        case CsvFile(path, label, header):
            return CsvFile(path, label, header)
        case NpzFile(path):
            return NpzFile(path)
        case IdxFiles(images, labels, test_images, test_labels):
            return IdxFiles(images, labels, test_images, test_labels)


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
    from joml.dataset import DatasetError  # noqa: PLC0415
    from joml.datasets import csv_file, idx_file, npz_file  # noqa: PLC0415

    del states  # part of the cache's key
    try:
        match dataset:
            case CsvFile(path, label, header):
                table = csv_file.read_table(path, label, header)
                return DatasetShape(table.x.shape[1], len(table.class_names), len(table.x))
            case NpzFile(path):
                held = npz_file.read_npz_samples(path)
            case IdxFiles(images, labels, test_images, test_labels):
                held = idx_file.read_idx_samples(images, labels, test_images, test_labels)
    except DatasetError as error:
        return error
    return DatasetShape(held.x.shape[1], len(held.class_names), len(held.x), held.test_samples)
