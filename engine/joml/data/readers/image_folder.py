"""Reader of folders of images, with a sub-folder for each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Annotated, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset import Dataset, DatasetError
from joml.data.dataset_traits import DatasetTraits, TestShare
from joml.data.image_shape import ImageShape
from joml.data.preparation import Split, prepare
from joml.data.readers.file_samples import FileSamples, shown_path
from joml.data.readers.image_archive import class_root, is_image_archive, unpacked_images
from joml.data.readers.image_files import (
    ImageFileError,
    Size,
    class_folders,
    image_paths,
    part_folders,
    read_header,
    read_pixels,
    require_pillow,
    size_from,
    size_text,
)
from joml.data.readers.reading_progress import report_folder
from joml.declaration import Setting, declare
from joml.wording import counted

Colours = Literal["auto", "grey", "rgb"]

#: Faults that a message shows.
_MOST_SHOWN = 5

AUTO: Literal["auto"] = "auto"


def read_image_samples(path: str | PathLike[str], size: str = AUTO, colours: Colours = AUTO) -> FileSamples:
    """Read all images of a folder, x as the bytes from 0 to 255. Parameters and errors as in `read_image_folder`."""
    wanted = None if size == AUTO else size_from(size)
    if colours not in get_args(Colours):
        raise DatasetError(f"colours: auto, grey or rgb was expected, got {colours!r}")
    folder, name = Path(path), shown_path(path)
    require_pillow(name)
    grey = None if colours == AUTO else colours == "grey"
    if is_image_archive(folder):
        with unpacked_images(folder, name) as (made, others):
            return _read_classes(class_root(made), name, folder.stem, wanted, grey, others)
    return _read_classes(folder, name, folder.resolve().name, wanted, grey)


def _read_classes(
    folder: Path, where: str, name: str, size: Size | None, grey: bool | None, others: int = 0
) -> FileSamples:
    """Read all images of a folder, which messages call ``where``; ``others`` files that are none have been left out."""
    try:
        is_there, is_folder = folder.exists(), folder.is_dir()
        parts = [_classes_in(each) for each in part_folders(folder)] if is_folder else []
    except (OSError, ValueError) as error:  # a ValueError for a null character in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DatasetError(f"{where}: cannot be read: {reason}") from error
    if not is_folder:
        raise DatasetError(f"{where}: {'is a file' if is_there else 'no such folder'}; {_NEEDED}")
    names = _class_names(where, parts)
    files = [(file, names.index(name)) for part in parts for name, paths in part.files.items() for file in paths]
    images = read_images([file for file, _ in files], folder, where, size, grey)
    labels = np.array([label for _, label in files], np.intp)
    test_samples = sum(map(len, parts[1].files.values())) if len(parts) > 1 else None
    others += sum(part.others for part in parts)
    notes = [*images.notes, *(f"{name}: the folder has no images" for part in parts for name in part.empty)]
    if others:
        what = counted(others, "file is", "files are")
        notes.append(f"{what} left out, as no PNG or JPEG images by their names")
    return FileSamples(
        images.x.reshape(len(labels), -1),
        labels,
        names,
        test_samples,
        name=name,
        file_format={"images": {"grey": images.is_grey, "resized": size is not None}},
        notes=tuple(notes),
        image_shape=(int(images.x.shape[1]), int(images.x.shape[2]), int(images.x.shape[3])),
        sample_names=[file.relative_to(folder).as_posix() for file, _ in files],
    )


def image_folder_files(folder: str | PathLike[str]) -> list[Path]:
    """Return the images of a folder, and the folders that they are in; none where it cannot be read.

    Parameters
    ----------
    folder : path
        Of a zip archive itself.

    Returns
    -------
    list of Path
    """
    try:
        paths, _ = image_paths(Path(folder))
    except (OSError, ValueError):
        paths = []
    return [Path(folder), *sorted({path.parent for path in paths}), *paths]


@declare(
    "dataset",
    "images",
    "Your own folder of PNG or JPEG images, a sub-folder for each class; requires Pillow",
    label="ImageFolder",
    traits=DatasetTraits(
        task="classes",
        read_samples=read_image_samples,
        list_files=lambda given: image_folder_files(given["path"]),
        grey_values=255,
    ),
)
def read_image_folder(
    path: Annotated[str | PathLike[str], Setting("The folder, or a zip archive of it", unit="file")],
    size: Annotated[str, Setting("Height and width to resize to, such as 28x28; auto: all have one size")] = AUTO,
    colours: Annotated[Colours, Setting("Grey values or colours; auto: grey if all images are")] = AUTO,
    test_share: TestShare = 0.2,
    seed: int = 0,
    held: FileSamples | None = None,
    split: Split | None = None,
) -> Dataset:
    """Read images from a folder, in which every sub-folder has the images of a class.

    Images are PNG or JPEG files; folders in a class's folder belong to it. If the folder has the sub-folders ``train``
    and ``test``, these have the classes, and are the parts. Hidden and other files are left out.

    Parameters
    ----------
    path : path
        The folder, or a zip archive of it; its files are only read.
    size : str, default "auto"
        Height and width to which all images are resized, such as "28x28", without regard to their proportions. "auto"
        needs images of one size.
    colours : {"auto", "grey", "rgb"}, default "auto"
        Whether there is one channel of grey values, or three of red, green and blue. "auto" is grey if all images are.
    test_share : float, default 0.2
        Share of the samples in the test part, where the folder has no test part.
    seed : int, default 0
        Decides which samples are in which part, where the folder has no test part.
    held : Samples, optional
        The samples that `read_image_samples` returned; nothing is then read again, and `held` is not changed.
    split : Split, optional
        Adds a validation part or stratified parts; its `test` then replaces `test_share`.

    Returns
    -------
    Dataset
        x of shape (pixels, samples), from 0 to 1: bytes divided by 255, channel after channel; y of shape (classes,
        samples). Classes are the sub-folders in the order of their names.

    Raises
    ------
    DatasetError
        Pillow is not installed, there are fewer than two classes, or images are damaged, too large or of different
        sizes; the message counts them, and names the first.
    """
    if held is None:
        held = read_image_samples(path, size, colours)
    x = held.x.astype(np.float32)
    x /= 255
    return prepare(replace(held, x=x), split or Split(test_share), seed)


@dataclass(frozen=True, slots=True, eq=False)
class Images:
    """The pixels of image files.

    Attributes
    ----------
    x : ndarray of uint8, shape (images, channels, height, width)
    is_grey : bool
    coloured : int
        Number of files with colours.
    notes : tuple of str
    """

    x: NDArray[np.uint8]
    is_grey: bool
    coloured: int = 0
    notes: tuple[str, ...] = ()


def read_images(paths: Sequence[Path], folder: Path, name: str, size: Size | None, grey: bool | None) -> Images:
    """Return the pixels of image files; all faults are in one message.

    Parameters
    ----------
    paths : sequence of Path
        The files, at least one.
    folder : Path
        Where they lie.
    name : str
        The name of the folder in messages.
    size : tuple of int or None
        Height and width to resize to; None if all must have one size.
    grey : bool or None
        Whether colours become grey values; None for grey if all images are.

    Returns
    -------
    Images

    Raises
    ------
    DatasetError
        Files cannot be used, or have different sizes.
    """
    report = report_folder(Path(name).name, 2 * len(paths))
    faults: dict[Path, str] = {}
    headers = {}
    for place, path in enumerate(paths, start=1):
        report(place, 2 * len(paths))
        try:
            headers[path] = read_header(path)
        except ImageFileError as error:
            faults[path] = str(error)
    sizes = Counter(header.size for header in headers.values())
    usual = size or (sizes.most_common(1)[0][0] if sizes else (1, 1))
    if size is None:
        others = {path: header.size for path, header in headers.items() if header.size != usual}
        faults |= {
            path: f"has {size_text(other)} pixels, and others {size_text(usual)}" for path, other in others.items()
        }
    _require_none(faults, folder, name, len(paths), resizes=size is None and len(sizes) > 1)
    is_grey = all(header.is_grey for header in headers.values()) if grey is None else grey
    try:
        x: NDArray[np.uint8] = np.empty((len(paths), 1 if is_grey else 3, *usual), np.uint8)
    except (MemoryError, ValueError) as error:
        raise DatasetError(f"{name}: the images do not fit into memory") from error
    transparent = 0
    for place, path in enumerate(paths):
        report(len(paths) + place + 1, 2 * len(paths))
        try:
            x[place], is_transparent = read_pixels(path, grey=is_grey, size=size)
        except ImageFileError as error:
            faults[path] = str(error)
        else:
            transparent += is_transparent
    _require_none(faults, folder, name, len(paths))
    what = counted(transparent, "image is", "images are")
    coloured = sum(not header.is_grey for header in headers.values())
    return Images(x, is_grey, coloured, (f"{what} partly transparent, and put on white",) if transparent else ())


def _require_none(faults: dict[Path, str], folder: Path, name: str, files: int, *, resizes: bool = False) -> None:
    """Raise a DatasetError that counts the faults, and has the first of them."""
    if not faults:
        return
    shown = [f"{shown_path(path.relative_to(folder))} {fault}" for path, fault in list(faults.items())[:_MOST_SHOWN]]
    more = f"; and {len(faults) - _MOST_SHOWN:,} more" if len(faults) > _MOST_SHOWN else ""
    advice = "; size, such as size: 28x28, resizes all" if resizes else ""
    raise DatasetError(f"{name}: {len(faults):,} of {files:,} images cannot be used: {'; '.join(shown)}{more}{advice}")


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The images of a part by class, the folders without any, and the number of other files."""

    files: dict[str, list[Path]]
    empty: tuple[str, ...]
    others: int


_NEEDED = "a folder with a sub-folder of images for each class is needed"


def _classes_in(folder: Path) -> _Part:
    files: dict[str, list[Path]] = {}
    empty: list[str] = []
    others = sum(each.is_file() and not each.name.startswith(".") for each in folder.iterdir())
    for each in class_folders(folder):
        paths, more = image_paths(each)
        others += more
        if paths:
            files[each.name] = paths
        else:
            empty.append(each.name)
    return _Part(files, tuple(empty), others)


def _class_names(where: str, parts: Sequence[_Part]) -> tuple[str, ...]:
    """Return the names of the classes, or raise a DatasetError."""
    names = tuple(sorted(parts[0].files))
    if len(names) < 2:
        there = f"only the folder {names[0]} has images" if names else "no sub-folder has images"
        raise DatasetError(f"{where}: {there}; {_NEEDED}, and two classes at least")
    if len(parts) > 1:
        unknown = sorted(parts[1].files.keys() - set(names))
        if unknown:
            raise DatasetError(f"{where}: test has the class {unknown[0]}, of which train has no images")
        if not parts[1].files:
            raise DatasetError(f"{where}: test has no images; leave the folder out to divide those of train")
    return names


@dataclass(frozen=True, slots=True, eq=False)
class ImageRows:
    """The images of a folder as rows of numbers.

    Attributes
    ----------
    names : tuple of str
        Those of the files, from the folder on and in order.
    x : ndarray of float64, shape (images, pixels)
        From 0 to 1.
    notes : tuple of str
    """

    names: tuple[str, ...]
    x: NDArray[np.float64]
    notes: tuple[str, ...]


def read_image_rows(folder: Path, image_shape: ImageShape, *, resizes: bool) -> ImageRows:
    """Return the images of a folder to predict for.

    Parameters
    ----------
    folder : Path
        It has images in it, or in folders in it; or a zip archive of images.
    image_shape : tuple of int
        Channels, height and width that a network takes.
    resizes : bool
        Whether images of another size are resized.

    Returns
    -------
    ImageRows

    Raises
    ------
    DatasetError
        There are no images, or some cannot be used.
    """
    name = shown_path(folder)
    require_pillow(name)
    if is_image_archive(folder):
        with unpacked_images(folder, name) as (made, _):
            return _read_rows(made, name, image_shape, resizes=resizes)
    return _read_rows(folder, name, image_shape, resizes=resizes)


def _read_rows(folder: Path, name: str, image_shape: ImageShape, *, resizes: bool) -> ImageRows:
    channels, height, width = image_shape
    try:
        paths, _ = image_paths(folder)
    except OSError as error:
        raise DatasetError(f"{name}: cannot be read: {error.strerror or error}") from error
    if not paths:
        raise DatasetError(f"{name}: there are no PNG or JPEG images in it")
    if channels not in (1, 3):
        raise DatasetError(f"{name}: the network takes images of {channels} channels, and files have 1 or 3")
    images = read_images(paths, folder, name, (height, width) if resizes else None, channels == 1)
    if images.x.shape[2:] != (height, width):
        there = size_text((images.x.shape[2], images.x.shape[3]))
        raise DatasetError(
            f"{name}: the images have {there} pixels, and the network takes {size_text((height, width))}"
        )
    notes = images.notes
    if images.is_grey and images.coloured:
        what = counted(images.coloured, "image is", "images are")
        notes = (*notes, f"{what} in colour, and read as grey values, which the network takes")
    names = tuple(path.relative_to(folder).as_posix() for path in paths)
    return ImageRows(names, images.x.reshape(len(paths), -1) / 255, notes)
