"""Kinds of files, recognised by their first bytes, so that readers can name a wrong kind and say what to do."""

from __future__ import annotations

import codecs
import zipfile
from gzip import GzipFile
from typing import BinaryIO, NamedTuple

GZIP_MAGIC = b"\x1f\x8b"

# Bytes that `recognize` reads: a tar archive has its mark after its first member's name.
_HEAD_BYTES = 265
_TAR_MAGIC = slice(257, 262)


class FileKind(NamedTuple):
    """A kind of file, with advice on how to read its data."""

    name: str  # such as "an Excel workbook"
    advice: str  # such as "save its sheet as CSV"
    reader: str = ""  # the data set that may read it, or report its faults: npz, idx, table or images
    is_text: bool = False


_TABLE = "read it as the data set table"
#: Read as text, as the CSV file that Excel would write.
EXCEL_WORKBOOK = FileKind("an Excel workbook", "read it as the data set csv")
_OLD_EXCEL = FileKind("a workbook of Excel 2003 or earlier (.xls)", "save it as .xlsx, or its sheet as CSV")
_DECOMPRESS = "decompress it, or compress it by gzip"
_PICTURE = "write its pixels by numpy.savez for the data set npz"
_NPZ = FileKind("an NPZ archive of arrays", "read it as the data set npz", "npz")
#: A zip archive that is no file of one of the other kinds.
ZIP_ARCHIVE = FileKind("a zip archive", "unpack it", "npz")
#: A zip archive with images among its files.
IMAGE_ARCHIVE = FileKind("a zip archive of images", "read it as the data set images", "images")
#: The ends of the names of image files.
IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
_ARRAYS = "read it as the data set npz"

#: Kinds by their first bytes. The advice is for every reader except the one of that kind.
_KINDS = {
    GZIP_MAGIC: FileKind("compressed by gzip", "decompress it by gunzip"),
    b"PAR1": FileKind("a Parquet file", _TABLE, "table"),
    b"ARROW1": FileKind("an Arrow file", _TABLE, "table"),
    b"\xff\xff\xff\xff": FileKind("an Arrow stream", _TABLE, "table"),
    b"FEA1": FileKind("a Feather file", _TABLE, "table"),
    b"ORC": FileKind("an ORC file", _TABLE, "table"),
    b"\x93NUMPY": FileKind("a single NumPy array (.npy)", _ARRAYS, "npz"),
    b"MATLAB 5.0": FileKind("a MATLAB file", _ARRAYS, "npz"),
    b"\x89HDF\r\n": FileKind("an HDF5 file", "write its arrays as x and y by numpy.savez for the data set npz"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": _OLD_EXCEL,
    b"BZh": FileKind("compressed by bzip2", _DECOMPRESS),
    b"\xfd7zXZ\0": FileKind("compressed by xz", _DECOMPRESS),
    b"\x28\xb5\x2f\xfd": FileKind("compressed by zstd", _DECOMPRESS),
    b"\x04\x22\x4d\x18": FileKind("compressed by lz4", _DECOMPRESS),
    b"\x1f\x9d": FileKind("compressed by compress (.Z)", _DECOMPRESS),
    b"7z\xbc\xaf\x27\x1c": FileKind("a 7z archive", "unpack it"),
    b"Rar!\x1a\x07": FileKind("a RAR archive", "unpack it"),
    b"\x89PNG\r\n\x1a\n": FileKind("a PNG picture", _PICTURE),
    b"\xff\xd8\xff": FileKind("a JPEG picture", _PICTURE),
    b"SQLite format 3\0": FileKind("an SQLite database", "export the table as CSV"),
    b"%PDF": FileKind("a PDF document", "save its table as CSV"),
    b"\0\0\x08": FileKind("an IDX file", "read it as the data set idx", "idx"),
}
_RECORDS = "write one record a line, as JSON lines (.jsonl), or save it as CSV"
#: Kinds of texts that are no tables, by what they begin with, in lower case and without blanks.
_TEXT_KINDS = {
    b"<!doctypehtml": FileKind("an HTML page", "save its table as CSV", is_text=True),
    b"<html": FileKind("an HTML page", "save its table as CSV", is_text=True),
    b"<table": FileKind("an HTML table", "save it as CSV", is_text=True),
    b"<?xml": FileKind("an XML document", "save its table as CSV", is_text=True),
    b"[{": FileKind("a JSON array of records", _RECORDS, is_text=True),
    b"[[": FileKind("a JSON array of rows", "save it as CSV", is_text=True),
}
# Pickles of protocol 2 and later; they are never read.
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))


def recognize(file: BinaryIO | GzipFile) -> FileKind | None:
    """Return the kind of an open file by its first bytes; None if they may be text.

    Parameters
    ----------
    file : binary file
        At its beginning; its position is restored.

    Returns
    -------
    FileKind or None
    """
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        kind = _recognize_zip(file)
        file.seek(0)
        return kind
    if head[_TAR_MAGIC] == b"ustar":
        return FileKind("a tar archive", "unpack it")
    if head.startswith(_PICKLES):
        return FileKind("a pickle", "it is never unpickled: write its data as CSV or by numpy.savez")
    start = b"".join(head.removeprefix(codecs.BOM_UTF8).lower().split())
    text = next((kind for beginning, kind in _TEXT_KINDS.items() if start.startswith(beginning)), None)
    if text is not None or _is_text(head):  # such as a CSV header that begins with the name PAR1
        return text
    return next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)


def _is_text(head: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\n\f\r" for byte in head) and head.isascii()


def _recognize_zip(file: BinaryIO | GzipFile) -> FileKind:
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return FileKind("a damaged zip archive", "write it anew", "npz")
    if any(name.startswith("xl/") for name in names):
        return EXCEL_WORKBOOK
    if all(name.endswith(".npy") for name in names):
        return _NPZ
    if "content.xml" in names and "mimetype" in names:
        return FileKind("an OpenDocument sheet", "save it as CSV")
    if any(name.lower().endswith(IMAGE_SUFFIXES) and not name.startswith("__MACOSX/") for name in names):
        return IMAGE_ARCHIVE
    return ZIP_ARCHIVE
