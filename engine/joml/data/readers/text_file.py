"""Text files in UTF-8 or UTF-16, plain or compressed by gzip, from a path or in memory."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal, TextIO, cast

from joml.data.dataset_error import DatasetError
from joml.data.readers.file_kinds import GZIP_MAGIC, recognize
from joml.data.readers.file_samples import reading, shown_path

Encoding = Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be"]
Compression = Literal["none", "gzip"]

_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Byte order marks and their encodings.
_SHOWN = 1024


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text that can be opened any number of times.

    Attributes
    ----------
    name : str
        Its name in messages.
    source : Path or bytes
        The file, or its content, such as from standard input.
    compression : {"none", "gzip"}
    encoding : {"utf-8", "utf-16", "utf-16-le", "utf-16-be"}
        A byte order mark is not part of the text; the last two have none.
    """

    name: str
    source: Path | bytes
    compression: Compression = "none"
    encoding: Encoding = "utf-8"

    @property
    def size(self) -> int:
        """Number of bytes as stored, before decompression."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @contextmanager
    def open_bytes(self) -> Iterator[BinaryIO]:
        """Open the text as bytes, decompressed.

        Yields
        ------
        binary file

        Raises
        ------
        DatasetError
            The compressed file is truncated or damaged.
        """
        with _open_source(self.source) as raw:
            if self.compression == "none":
                yield raw
                return
            with decompressing(self.name), gzip.open(raw, "rb") as file:
                yield cast("BinaryIO", file)

    @contextmanager
    def open(self, newline: str | None = "") -> Iterator[TextIO]:
        """Open the text.

        Parameters
        ----------
        newline : str or None, default ""
            As in `open` of Python.

        Yields
        ------
        text file

        Raises
        ------
        DatasetError
            As in `open_bytes`.
        """
        encoding = "utf-8-sig" if self.encoding == "utf-8" else self.encoding
        with self.open_bytes() as file, io.TextIOWrapper(file, encoding, newline=newline) as text:
            yield text


def find_text(source: Path | bytes, name: str = "", *, only_text: bool = False) -> TextFile:
    """Return a text with its compression and encoding.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.
    name : str, optional
        Its name in messages; by default its path.
    only_text : bool, default False
        Whether only text is possible here; messages then do not advise data sets of other kinds.

    Returns
    -------
    TextFile

    Raises
    ------
    DatasetError
        It is a file of another kind, such as an Excel workbook; the message says which, and how to read its data.
    OSError
        It cannot be read.
    """
    name = name or (shown_path(source) if isinstance(source, Path) else "data")
    with _open_source(source) as raw:
        compressed = raw.read(2) == GZIP_MAGIC
    text = TextFile(name, source, "gzip" if compressed else "none")
    with text.open_bytes() as file:
        kind = recognize(file)
        if kind is not None:
            within = " within gzip" if compressed else ""
            advice = "write its rows as CSV" if only_text and kind.reader else kind.advice
            raise DatasetError(f"{name}: is {kind.name}{within}, not text; {advice}")
        encoding = _recognize_encoding(file.read(_SHOWN), name)
    return replace(text, encoding=encoding)


@contextmanager
def reading_text(source: Path | bytes, kind: str, name: str = "", *, only_text: bool = False) -> Iterator[TextFile]:
    """Yield a text for reading, and turn its errors into a `DatasetError`.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.
    kind : str
        The kind of file that is needed, such as "a CSV file".
    name : str, optional
        Its name in messages; by default its path.
    only_text : bool, default False
        As in `find_text`.

    Yields
    ------
    TextFile

    Raises
    ------
    DatasetError
        As in `find_text` and in `joml.data.readers.file_samples.reading`, or a line cannot be decoded.
    """
    with reading(source, kind) if isinstance(source, Path) else nullcontext():
        text = find_text(source, name, only_text=only_text)
        try:
            yield text
        except UnicodeError as error:
            raise DatasetError(_describe_encoding(text)) from error


@contextmanager
def decompressing(name: str) -> Iterator[None]:
    """Raise DatasetError if a gzip file is damaged; name is the file's name in the message."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{name}: the gzip file is truncated or damaged: {error}") from error


def _open_source(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _recognize_encoding(start: bytes, name: str) -> Encoding:
    """Return the encoding of a text that begins with these bytes.

    UTF-16 without a mark is recognized by its zero bytes: every second byte of Latin letters, digits and separators is
    zero, and UTF-8 has no zero bytes.
    """
    if start[:2] in _UTF_16_MARKS:
        return "utf-16"
    if 0 not in start:
        return "utf-8"
    first, second = start[::2], start[1::2]
    if second.count(0) > 0.8 * len(second) and first.count(0) == 0:
        return "utf-16-le"
    if first.count(0) > 0.8 * len(first) and second.count(0) == 0:
        return "utf-16-be"
    raise DatasetError(f"{name}: holds bytes of zero, so that it is not text; write its rows as CSV in UTF-8")


def _describe_encoding(text: TextFile) -> str:
    if text.encoding != "utf-8":
        return f"{text.name}: is damaged text in UTF-16; save the file as UTF-8"
    with text.open_bytes() as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"{text.name}:{line}: byte {error.start + 1} of the line is not UTF-8 text"
                return f"{place}; save the file as UTF-8"
    return f"{text.name}: the file is not UTF-8 text; save it as UTF-8"
