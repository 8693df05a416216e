"""Reader of the IDX format of MNIST and similar data sets (http://yann.lecun.com/exdb/mnist)."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Annotated, BinaryIO

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, TestShare
from joml.data.image_shape import image_shape_of
from joml.data.preparation import Split, prepare
from joml.data.readers.file_kinds import GZIP_MAGIC, recognize
from joml.data.readers.file_samples import FileSamples, reading, shown_path
from joml.declaration import Setting, declare

FilePath = str | PathLike[str]

# The format's code for unsigned bytes; the magic number is two zeros, this code and the number of dimensions.
_UNSIGNED_BYTES = 8
_TYPES = {9: "signed bytes", 11: "16-bit integers", 12: "32-bit integers", 13: "float32", 14: "float64"}
_CHUNK = 1 << 20


def read_idx_samples(
    images: FilePath,
    labels: FilePath,
    test_images: FilePath | None = None,
    test_labels: FilePath | None = None,
) -> FileSamples:
    """Read whole IDX files, x as the bytes from 0 to 255. Parameters and errors as in `read_idx`."""
    if (test_images is None) != (test_labels is None):
        given, missing = ("test_labels", "test_images") if test_images is None else ("test_images", "test_labels")
        raise DatasetError(f"{given} without {missing}: a test part needs both files")
    x, y, axes = _read_pair(images, labels)
    if test_images is None or test_labels is None:
        test_samples = None
        if len(x) < 2:
            raise DatasetError(f"{shown_path(images)}: too few samples: 1; at least 2 are needed")
    else:
        x_test, y_test, test_axes = _read_pair(test_images, test_labels)
        if x.shape[1] != x_test.shape[1]:
            raise DatasetError(
                f"{shown_path(test_images)}: images of {x_test.shape[1]:,} pixels, but of {x.shape[1]:,} in "
                f"{shown_path(images)}"
            )
        axes = axes if axes == test_axes else ()
        x, y, test_samples = np.concatenate((x, x_test)), np.concatenate((y, y_test)), len(x_test)
    distinct, classes = np.unique(y, return_inverse=True)
    if len(distinct) < 2:
        raise DatasetError(f"{shown_path(labels)}: one class only, {distinct[0]}; at least two are needed")
    name = Path(images).name.split(".")[0]
    names = tuple(str(label) for label in distinct)
    image_shape, remark = image_shape_of(axes)
    notes = (f"{shown_path(images)}: {remark}",) if remark else ()
    return FileSamples(x, classes, names, test_samples, name=name, notes=notes, image_shape=image_shape)


@declare(
    "dataset",
    "idx",
    "Images and labels in MNIST's file format, optionally with two files for the test part",
    label="IdxFiles",
    traits=DatasetTraits(task="classes", read_samples=read_idx_samples, grey_values=255),
)
def read_idx(
    images: Annotated[FilePath, Setting("Images to train on", unit="file")],
    labels: Annotated[FilePath, Setting("Their labels", unit="file")],
    test_images: Annotated[FilePath | None, Setting("Images to test on", unit="file")] = None,
    test_labels: Annotated[FilePath | None, Setting("Their labels", unit="file")] = None,
    test_share: TestShare = 0.2,
    seed: int = 0,
    held: FileSamples | None = None,
    split: Split | None = None,
) -> Dataset:
    """Read images and their labels from IDX files, such as those of MNIST.

    Each file may be compressed by gzip, whatever its name. In the files, samples are the first dimension; the other
    dimensions, such as rows and columns of an image, are flattened, and kept as the image's shape.

    Parameters
    ----------
    images : path
        Unsigned bytes of two or more dimensions, usually (samples, rows, columns).
    labels : path
        Unsigned bytes of one dimension, one per image; each distinct value is a class.
    test_images, test_labels : path, optional
        A separate test part in the same form; both or neither.
    test_share : float, default 0.2
        Share of the samples in the test part, where no test files are given.
    seed : int, default 0
        Decides which samples are in which part, where no test files are given.
    held : Samples, optional
        The samples that `read_idx_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (pixels, samples), from 0 to 1: the bytes divided by 255; y of shape (classes, samples).
        Classes are ordered by label, and named by it.

    Raises
    ------
    DatasetError
        A file cannot be read, is truncated or has another format, or the files do not fit each other; the message names
        the file.
    """
    if held is None:
        held = read_idx_samples(images, labels, test_images, test_labels)
    x = held.x.astype(np.float32)
    x /= 255
    return prepare(replace(held, x=x), split or Split(test_share), seed)


def read_idx_array(path: FilePath) -> NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes.

    Parameters
    ----------
    path : path
        The file, plain or compressed by gzip. It is only read.

    Returns
    -------
    ndarray of uint8
        The shape is the one in the file's header.

    Raises
    ------
    DatasetError
        The file cannot be read, is not an IDX file, has values other than unsigned bytes, or is shorter or longer than
        its header says.
    """
    path = Path(path)
    with reading(path, "an IDX file"), path.open("rb") as plain:
        compressed = plain.read(2) == GZIP_MAGIC
        plain.seek(0)
        if not compressed:
            return _parse(path, plain)
        try:
            with gzip.open(plain, "rb") as file:
                return _parse(path, file)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DatasetError(f"{shown_path(path)}: the gzip file is truncated or damaged: {error}") from error


def _read_pair(images: FilePath, labels: FilePath) -> tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, ...]]:
    """Return pixels of shape (samples, pixels), labels of shape (samples,), and the axes of an image."""
    x, y = read_idx_array(images), read_idx_array(labels)
    if x.ndim < 2:
        raise DatasetError(
            f"{shown_path(images)}: images have two dimensions or more, found one; are these the labels?"
        )
    if y.ndim != 1:
        raise DatasetError(f"{shown_path(labels)}: labels have one dimension, found {y.ndim}; are these the images?")
    if len(x) != len(y):
        raise DatasetError(
            f"{shown_path(images)} holds {len(x):,} images and {shown_path(labels)} {len(y):,} labels: "
            "as many are needed in both"
        )
    if x.size == 0:
        raise DatasetError(f"{shown_path(images)}: no pixels: the shape is {x.shape}")
    return x.reshape(len(x), -1), y, x.shape[1:]


def _parse(path: Path, file: BinaryIO | gzip.GzipFile) -> NDArray[np.uint8]:
    shown = shown_path(path)
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in {_UNSIGNED_BYTES, *_TYPES} or not magic[3]:
        difference = f"begins with {magic.hex(' ')}" if magic else "is empty"
        file.seek(0)
        kind = recognize(file)
        if kind is not None and kind.reader != "idx":
            raise DatasetError(f"{shown}: is {kind.name}, not an IDX file; {kind.advice}")
        raise DatasetError(
            f"{shown}: is not an IDX file: these begin with 00 00, a type and a dimension, this one {difference}"
        )
    if magic[2] != _UNSIGNED_BYTES:
        raise DatasetError(f"{shown}: holds {_TYPES[magic[2]]}; unsigned bytes (type 08) are needed")
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DatasetError(f"{shown}: truncated: the file ends in its header")
    shape = struct.unpack(f">{magic[3]}I", header)
    expected = math.prod(shape)
    content = _read_up_to(file, expected + 1)
    if len(content) != expected:
        difference = f"{len(content):,} are there" if len(content) < expected else "more are there"
        truncated = "truncated: " if len(content) < expected else ""
        raise DatasetError(
            f"{shown}: {truncated}the header says {' x '.join(map(str, shape))} = {expected:,} bytes, but {difference}"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def _read_up_to(file: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    """Read up to ``size`` bytes in pieces, as a wrong header may announce more than the file or the memory holds."""
    content = bytearray()
    while len(content) < size and (piece := file.read(min(_CHUNK, size - len(content)))):
        content += piece
    return content
