"""Compressed files: how they are recognised, opened and named."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO, Literal, cast

from joml.data.dataset_error import DatasetError
from joml.data.readers.file_kinds import GZIP_MAGIC, ZIP_ARCHIVE, recognize
from joml.wording import list_some

Compression = Literal["none", "gzip", "bzip2", "xz", "zip"]

#: Ends of the names of compressed files.
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")
_BZIP2_MAGIC, _XZ_MAGIC = b"BZh", b"\xfd7zXZ\0"
# The second mark of bzip2, after its block size: a text may begin with BZh.
_BZIP2_BLOCK, _BZIP2_BLOCK_AT = b"1AY&SY", 4
# What systems add to an archive of their own.
_ADDED = ("__MACOSX/", ".DS_Store", "Thumbs.db")
_MOST_MEMBERS = 5


def find_compression(file: BinaryIO) -> Compression:
    """Return how a file is compressed, by its first bytes.

    Parameters
    ----------
    file : binary file
        At its beginning; its position is restored.

    Returns
    -------
    {"none", "gzip", "bzip2", "xz", "zip"}
    """
    head = file.read(16)
    file.seek(0)
    if head.startswith(GZIP_MAGIC):
        return "gzip"
    if head.startswith(_BZIP2_MAGIC) and head[_BZIP2_BLOCK_AT:].startswith(_BZIP2_BLOCK):
        return "bzip2"
    if head.startswith(_XZ_MAGIC):
        return "xz"
    return "zip" if recognize(file) is ZIP_ARCHIVE else "none"


@contextmanager
def decompressed(file: BinaryIO, compression: Compression, name: str) -> Iterator[BinaryIO]:
    """Open the content of a compressed file.

    Parameters
    ----------
    file : binary file
    compression : {"none", "gzip", "bzip2", "xz", "zip"}
        As found by `find_compression`; that of a zip archive is its only file.
    name : str
        The file's name in messages.

    Yields
    ------
    binary file

    Raises
    ------
    DatasetError
        The file is truncated, damaged or encrypted, or a zip archive has no file or several.
    """
    if compression == "none":
        yield file
        return
    with decompressing(name, compression):
        if compression == "zip":
            with zipfile.ZipFile(file) as archive, archive.open(_only_member(archive, name)) as member:
                yield cast("BinaryIO", member)
            return
        openers: dict[Compression, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
        with openers[compression](file, "rb") as content:
            yield content


@contextmanager
def decompressing(name: str, compression: Compression = "gzip") -> Iterator[None]:
    """Raise DatasetError if a compressed file is damaged.

    Parameters
    ----------
    name : str
        The file's name in messages.
    compression : {"none", "gzip", "bzip2", "xz", "zip"}, default "gzip"

    Yields
    ------
    None

    Raises
    ------
    DatasetError
        The message names the file.
    """
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise DatasetError(_describe_damage(name, compression, error)) from error
    except OSError as error:
        if error.errno is not None or compression != "bzip2":
            raise
        raise DatasetError(_describe_damage(name, compression, error)) from error
    except NotImplementedError as error:
        raise DatasetError(f"{name}: the zip archive is compressed in an unusual way; unpack it: {error}") from error


def without_compression(name: str) -> str:
    """Return ``name``, a path, without the end that says how the file is compressed."""
    end = PurePath(name).suffix
    return name[: -len(end)] if end.lower() in SUFFIXES else name


def _describe_damage(name: str, compression: Compression, error: Exception) -> str:
    what = "zip archive" if compression == "zip" else f"{compression} file"
    return f"{name}: the {what} is truncated or damaged: {error}"


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """Return the only file in an archive; raise DatasetError if there are several."""
    members = [
        member
        for member in archive.infolist()
        if member.filename
        and not member.is_dir()
        and not member.filename.startswith(_ADDED)
        and not member.filename.endswith(_ADDED)
    ]
    if not members:
        raise DatasetError(f"{name}: the zip archive is empty")
    if len(members) > 1:
        names = list_some((member.filename for member in members), _MOST_MEMBERS)
        raise DatasetError(f"{name}: the zip archive has {len(members):,} files: unpack the one to read: {names}")
    if members[0].flag_bits & 1:
        raise DatasetError(f"{name}: the zip archive is encrypted; unpack it")
    return members[0]
