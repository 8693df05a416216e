"""Data sets as an experiment names them: those that are generated, and files of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from msgspec import Meta, Struct, structs

Share = Annotated[float, Meta(gt=0, lt=1)]
# A standard deviation; what is generated lies within a few units.
Noise = Annotated[float, Meta(ge=0, le=1_000)]
FilePath = Annotated[str, Meta(min_length=1)]
#: Columns that are no features, by their names or positions; None leaves out only what is surely none.
Ignored = tuple[str | int, ...] | None

#: What is to be learnt: one class of several, yes or no to each of some questions, or numbers (a regression).
Task = Literal["classes", "answers", "values"]


class SplitSpec(Struct, frozen=True, forbid_unknown_fields=True):
    """How the samples are divided: shares of all samples, and whether each class has its share of every part.

    ``validation`` left out: 0.1 where early stopping or reduce-on-plateau needs a validation part, else none; 0: none.
    ``test`` left out: the data set's ``test_share``. Files with a test part of their own keep it.
    """

    validation: Annotated[float, Meta(ge=0, lt=1)] | None = None
    test: Share | None = None
    stratified: bool = False


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
    """Two interleaving half-moons."""

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


class Plane(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="plane"):
    """The values of an inclined plane over two features."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.1
    test_share: Share = 0.2


class MultiGaussian(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="multi-gaussian"):
    """The values of six Gaussian bumps in the plane, three up and three down."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.05
    test_share: Share = 0.2


class Sine(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="sine"):
    """The values of a sine of one feature."""

    samples: Annotated[int, Meta(ge=8, le=1_000_000)] = 1_000
    noise: Noise = 0.1
    periods: Annotated[float, Meta(gt=0, le=1_000)] = 2.0
    test_share: Share = 0.2


class Digits(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="digits"):
    """Handwritten digits of 8 by 8 pixels, which come with scikit-learn."""

    test_share: Share = 0.2


class Iris(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="iris"):
    """Irises of three species, measured at four places, which come with scikit-learn."""

    standardize: bool = True
    test_share: Share = 0.2


class Diabetes(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="diabetes"):
    """How far the illness of diabetes patients went within a year; comes with scikit-learn."""

    standardize: bool = True
    test_share: Share = 0.2


class CsvFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="csv"):
    """A file of one's own: numeric feature columns and a label column.

    ``label`` is the label column's name, or its position, counted from 0, or from the end when negative. It holds
    classes, or numbers where the task is values; ``standardize_y`` scales these as the features. ``ignore`` lists
    columns to leave out; without it a row index without a name is left out, and columns with neither name nor values.
    """

    path: FilePath
    label: str | int = -1
    header: Literal["auto", "yes", "no"] = "auto"
    standardize: bool = True
    test_share: Share = 0.2
    task: Literal["classes", "values"] = "classes"
    standardize_y: bool = False
    ignore: Ignored = None


class NpzFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="npz"):
    """A NumPy archive of one's own with x and y, samples as rows, and x_test and y_test if it has a test part.

    ``test_share`` counts where it has none. The task says what y holds; ``standardize_y`` scales values as x.
    """

    path: FilePath
    standardize: bool = True
    test_share: Share = 0.2
    task: Task = "classes"
    standardize_y: bool = False


class IdxFiles(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="idx"):
    """Images and labels in files as MNIST's, and two more for the test part if there is one.

    ``test_share`` counts where there is none.
    """

    images: FilePath
    labels: FilePath
    test_images: FilePath | None = None
    test_labels: FilePath | None = None
    test_share: Share = 0.2


class CsvFolder(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="csv-folder"):
    """A folder of one's own with x_train.csv and y_train.csv, and x_test.csv and y_test.csv if it has a test part.

    Samples are rows. ``test_share`` counts where there is no test part. The task says what y holds; ``standardize_y``
    scales values as x.
    """

    path: FilePath
    header: Literal["auto", "yes", "no"] = "auto"
    standardize: bool = True
    test_share: Share = 0.2
    task: Task = "classes"
    standardize_y: bool = False


class TableFile(Struct, frozen=True, forbid_unknown_fields=True, tag_field="name", tag="table"):
    """A Parquet, Feather, Arrow, ORC or JSON lines file of one's own, read where pyarrow is installed.

    ``label`` is the label column's name, or its position, counted from 0, or from the end when negative. It holds
    classes, or numbers where the task is values; ``standardize_y`` scales these as the features. ``ignore`` lists
    columns to leave out; without it pandas' row index without a name is left out.
    """

    path: FilePath
    label: str | int = -1
    standardize: bool = True
    test_share: Share = 0.2
    task: Literal["classes", "values"] = "classes"
    standardize_y: bool = False
    ignore: Ignored = None


GeneratedSpec = SpinGlass | Parity | Xor | Circles | Moons | Spirals | Blobs | Plane | MultiGaussian | Sine
SklearnSpec = Digits | Iris | Diabetes
FileSpec = CsvFile | NpzFile | IdxFiles | CsvFolder | TableFile
DatasetSpec = GeneratedSpec | SklearnSpec | FileSpec

DatasetT = TypeVar("DatasetT", bound=DatasetSpec)

#: Where each file of a data set is told.
PATH_FIELDS: dict[type[Struct], tuple[str, ...]] = {
    CsvFile: ("path",),
    NpzFile: ("path",),
    IdxFiles: ("images", "labels", "test_images", "test_labels"),
    CsvFolder: ("path",),
    TableFile: ("path",),
}


def source_of(dataset: DatasetSpec) -> str:
    """Return what a data set is called, in lists and in sentences: the name of its file or folder, else its own.

    The kind of file stands before a name that does not tell it: ``iris.csv``, ``csv-folder flowers``.
    """
    kind = str(dataset.__struct_config__.tag)
    fields = PATH_FIELDS.get(type(dataset), ())
    if not fields:
        return kind
    name = str(getattr(dataset, fields[0])).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return name if kind in name.lower() else f"{kind} {name}".rstrip()


def map_paths(dataset: DatasetT, change: Callable[[str], str]) -> DatasetT:
    """Return the data set with each of its files' paths changed; one that needs no file as it is."""
    fields = PATH_FIELDS.get(type(dataset), ())
    paths = {field: getattr(dataset, field) for field in fields}
    return structs.replace(dataset, **{field: change(path) for field, path in paths.items() if path is not None})
