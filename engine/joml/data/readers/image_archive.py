"""Zip archives of images: a folder with the images inside, for as long as it is read."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from joml.data.dataset_error import DatasetError
from joml.data.readers.file_kinds import IMAGE_ARCHIVE, IMAGE_SUFFIXES, recognize
from joml.files.regular_file import open_regular

#: Most bytes of all images in an archive.
_MOST_BYTES = 2**34


def is_image_archive(path: Path) -> bool:
    """Return whether a path is a zip archive with images in it; False if it cannot be read.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool
    """
    try:
        with open_regular(path) as file:
            return recognize(file) is IMAGE_ARCHIVE
    except (OSError, ValueError):
        return False


@contextmanager
def unpacked_images(path: Path, name: str) -> Iterator[tuple[Path, int]]:
    """Unpack the images of a zip archive into a folder that is there until the context ends.

    Parameters
    ----------
    path : Path
    name : str
        The archive's name in messages.

    Yields
    ------
    folder : Path
    others : int
        The number of files in the archive that are no images by their names.

    Raises
    ------
    DatasetError
        The archive is damaged, encrypted or too large, or cannot be read or unpacked.
    """
    with tempfile.TemporaryDirectory(prefix="joml-images-") as made:
        try:
            with open_regular(path) as file, zipfile.ZipFile(file) as archive:
                others = _unpack(archive, Path(made), name)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise DatasetError(f"{name}: the zip archive cannot be unpacked: {error}") from error
        except OSError as error:
            raise DatasetError(
                f"{name}: the zip archive cannot be unpacked into {made}: {error.strerror or error}"
            ) from error
        yield Path(made), others


def class_root(folder: Path) -> Path:
    """Return the folder of classes inside an unpacked archive, which often has it in a folder of its own.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Path
    """
    while True:
        inside = list(folder.iterdir())
        if len(inside) != 1 or not inside[0].is_dir() or not any(each.is_dir() for each in inside[0].iterdir()):
            return folder
        folder = inside[0]


def _unpack(archive: zipfile.ZipFile, folder: Path, name: str) -> int:
    """Write the images of an archive into a folder, and return the number of other files."""
    others = size = 0
    for member in archive.infolist():
        # Archives of Windows may have its slashes; `extract` lets no name lead out of the folder.
        parts = [part for part in PurePosixPath(member.filename.replace("\\", "/")).parts if part.strip("./\\:")]
        if member.is_dir() or not parts or any(part.startswith((".", "__MACOSX")) for part in parts):
            continue
        if not parts[-1].lower().endswith(IMAGE_SUFFIXES):
            others += 1
            continue
        if member.flag_bits & 1:
            raise DatasetError(f"{name}: the zip archive is encrypted: unpack it, and name the folder")
        size += member.file_size
        if size > _MOST_BYTES:
            raise DatasetError(f"{name}: the images in the zip archive are too large: unpack it, and name the folder")
        member.filename = "/".join(parts)
        archive.extract(member, folder)
    return others
