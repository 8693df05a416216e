"""Image files as arrays of pixels, with Pillow, an optional extra; damaged ones are sentences."""

from __future__ import annotations

import os
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from joml.data.dataset_error import DatasetError
from joml.data.readers.file_kinds import IMAGE_SUFFIXES
from joml.files.regular_file import open_regular

#: Height and width in pixels.
Size = tuple[int, int]

#: The formats that are read, whatever a file's name says.
_FORMATS = ("PNG", "JPEG")

#: Most pixels of an image file, and most pixels of a side after resizing.
_MOST_PIXELS, MOST_SIDE = 50_000_000, 4_096

_SIZE = re.compile(r"(\d{1,4})\s*[x×]\s*(\d{1,4})")

#: Sub-folders that are the parts of a data set, if both are there and have sub-folders.
_PARTS = ("train", "test")

#: Number of names among which an image is looked for, to recognise a folder of images.
_MOST_LOOKED = 2_000
#: Rows of an image that are put on white at a time.
_ROWS = 256

#: The grey value of white in 16 bits, divided by that in 8.
_OF_16_BITS = 257

#: The tag of the direction in which a camera was held, and the directions that exchange height and width.
_ORIENTATION, _ON_ITS_SIDE = 274, (5, 6, 7, 8)


class ImageFileError(Exception):
    """An image file cannot be used; the message says why, without the file's name."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The form of an image, as its file declares it before the pixels.

    Attributes
    ----------
    size : tuple of int
        Height and width.
    is_grey : bool
        Whether its pixels have no colours.
    """

    size: Size
    is_grey: bool


def size_from(text: str) -> Size:
    """Return height and width from a text such as "28x28".

    Raises
    ------
    DatasetError
        It is no size, or a side is too large.
    """
    match = _SIZE.fullmatch(text.strip().lower())
    sides = (0, 0) if match is None else (int(match[1]), int(match[2]))
    if not all(1 <= side <= MOST_SIDE for side in sides):
        raise DatasetError(
            f"size: auto, or height and width such as 28x28, each up to {MOST_SIDE:,}, were expected, got {text!r}"
        )
    return sides


def size_text(size: Size) -> str:
    """Return a size as texts show it: ``28 x 30``, height and width."""
    return f"{size[0]:,} x {size[1]:,}"


def image_paths(folder: Path) -> tuple[list[Path], int]:
    """Return the image files in a folder and the folders in it, in the order of their names, and the number of others.

    Hidden files and folders, and what links lead to, are left out.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    paths : list of Path
    others : int
        Number of other files that are not hidden.

    Raises
    ------
    OSError
        The folder cannot be read.
    """
    paths: list[Path] = []
    others = 0
    for place, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in files if not name.startswith("."))
        images = [name for name in visible if name.lower().endswith(IMAGE_SUFFIXES)]
        paths += [Path(place, name) for name in images]
        others += len(visible) - len(images)
    return paths, others


def has_class_folders(folder: Path, *, alone: bool = False) -> bool:
    """Return whether a folder has at least two sub-folders with images; large ones are not looked through to their end.

    Parameters
    ----------
    folder : Path
        With sub-folders ``train`` and ``test``, those of ``train`` count.
    alone : bool, default False
        Whether there may be no sub-folders without images beside them.

    Returns
    -------
    bool
        False if it cannot be read.
    """
    count = 0
    try:
        for each in class_folders(part_folders(folder)[0]):
            if _has_image(each):
                count += 1
                if count > 1 and not alone:
                    return True
            elif alone:
                return False
    except (OSError, ValueError):
        return False
    return count > 1


def part_folders(folder: Path) -> list[Path]:
    """Return the folders that have the sub-folders of classes: the training and the test part, or the folder itself.

    Raises
    ------
    OSError
        A folder cannot be read.
    """
    parts = [folder / name for name in _PARTS]
    return parts if all(part.is_dir() and class_folders(part) for part in parts) else [folder]


def class_folders(folder: Path) -> list[Path]:
    """Return the sub-folders of a folder that are not hidden, in the order of their names.

    Raises
    ------
    OSError
        The folder cannot be read.
    """
    return sorted(each for each in folder.iterdir() if each.is_dir() and not each.name.startswith("."))


def _has_image(folder: Path) -> bool:
    looked = 0
    for _, folders, files in os.walk(folder):
        if any(name.lower().endswith(IMAGE_SUFFIXES) for name in files if not name.startswith(".")):
            return True
        folders[:] = [name for name in folders if not name.startswith(".")]
        looked += len(files) + len(folders)
        if looked > _MOST_LOOKED:
            return False
    return False


def _raise(error: OSError) -> None:
    raise error


def require_pillow(name: str) -> None:
    """Raise DatasetError unless Pillow is installed; ``name`` is what needs it.

    Raises
    ------
    DatasetError
        It is not; the message says how to install it.
    """
    try:
        import_module("PIL.Image")
    except ImportError as error:
        raise DatasetError(f"{name}: images need Pillow; install it with: pip install 'joml-tui[images]'") from error


def read_header(path: Path) -> ImageHeader:
    """Return the form of an image from the beginning of its file, at ``path``.

    Raises
    ------
    ImageFileError
        It is no image, cannot be read, is damaged or too large.
    """
    with _opened(path) as image:
        on_its_side = image.getexif().get(_ORIENTATION) in _ON_ITS_SIDE
        height, width = (image.width, image.height) if on_its_side else (image.height, image.width)
        return ImageHeader((height, width), image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I"))


def read_pixels(path: Path, *, grey: bool, size: Size | None = None) -> tuple[NDArray[np.uint8], bool]:
    """Return the pixels of an image file, from 0 to 255.

    It is turned as the camera was held. Transparent parts are put on white.

    Parameters
    ----------
    path : Path
    grey : bool
        Whether colours become grey values.
    size : tuple of int, optional
        Height and width to which it is resized; by default its own.

    Returns
    -------
    pixels : ndarray, shape (channels, height, width)
        One channel of grey values, or red, green and blue.
    is_transparent : bool
        Whether a part of it is transparent.

    Raises
    ------
    ImageFileError
        As for `read_header`.
    """
    pillow, operations = import_module("PIL.Image"), import_module("PIL.ImageOps")
    with _opened(path) as opened:
        operations.exif_transpose(opened, in_place=True)  # large images are not copied without need
        image = _of_8_bits(opened, pillow)
        is_transparent = False
        if image.has_transparency_data:
            image = image if image.mode == "RGBA" else image.convert("RGBA")
            is_transparent = image.getextrema()[3][0] < 255
            _put_on_white(image, pillow)
        image = image.convert("L" if grey else "RGB")
        if size is not None and image.size != (size[1], size[0]):
            image = image.resize((size[1], size[0]), pillow.Resampling.BILINEAR)
        pixels = np.asarray(image, np.uint8)
    return (pixels[np.newaxis] if grey else np.moveaxis(pixels, -1, 0)), is_transparent


def _put_on_white(image: Any, pillow: Any) -> None:
    """Put the transparent parts of an image on white, some rows at a time, which takes no memory for another one."""
    for top in range(0, image.height, _ROWS):
        rows = image.crop((0, top, image.width, min(top + _ROWS, image.height)))
        image.paste(pillow.alpha_composite(pillow.new("RGBA", rows.size, "white"), rows), (0, top))


def _of_8_bits(image: Any, pillow: Any) -> Any:
    if not image.mode.startswith("I"):
        return image
    values = np.clip(np.asarray(image), 0, 255 * _OF_16_BITS)
    values //= _OF_16_BITS
    return pillow.fromarray(values.astype(np.uint8))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open an image file with Pillow, whose errors of many kinds become an ImageFileError."""
    pillow = import_module("PIL.Image")
    damage = (ValueError, TypeError, LookupError, ArithmeticError, SyntaxError, EOFError, AttributeError)
    try:
        with warnings.catch_warnings(), open_regular(path) as file:
            warnings.simplefilter("ignore")  # of small faults, and of sizes, which are looked at below
            with pillow.open(file, formats=_FORMATS) as image:
                if image.width * image.height > _MOST_PIXELS:
                    raise ImageFileError(f"has {size_text((image.height, image.width))} pixels, too many")
                yield image
    except pillow.UnidentifiedImageError as error:
        raise ImageFileError("is no PNG or JPEG image") from error
    except pillow.DecompressionBombError as error:
        raise ImageFileError("has too many pixels") from error
    except OSError as error:
        reason = error.strerror if error.errno else str(error)
        raise ImageFileError(f"cannot be read: {reason}" if error.errno else f"is damaged: {reason}") from error
    except (*damage, struct.error, zlib.error) as error:
        raise ImageFileError(f"is damaged: {error}") from error
