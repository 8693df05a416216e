"""Text files in any encoding, plain or compressed, from a path or in memory; workbooks and ARFF files as CSV text."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple, TextIO

from joml.data.dataset_error import DatasetError, EncodingError
from joml.data.readers.arff_file import arff_to_csv, is_arff
from joml.data.readers.compression import Compression, decompressed, find_compression
from joml.data.readers.excel_file import workbook_to_csv
from joml.data.readers.file_kinds import EXCEL_WORKBOOK, recognize
from joml.data.readers.file_samples import reading, shown_path
from joml.data.readers.reading_progress import open_reported, report_workbook

#: What is found by the text itself.
AUTO: Final = "auto"


#: The decimal point of numbers in a text.
DecimalMark = Literal["auto", "comma", "point"]


class Dialect(NamedTuple):
    """Settings of the user on how a text is written.

    Attributes
    ----------
    delimiter : str
        As in `joml.data.readers.csv_format.find_format`.
    encoding : str
        A name of Python, or "auto": UTF-8, or UTF-16 if the text looks like it.
    decimal : {"auto", "comma", "point"}
        The decimal point of numbers; "auto" finds in their column, or in the others, what commas mean.
    """

    delimiter: str = AUTO
    encoding: str = AUTO
    decimal: DecimalMark = AUTO


_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: Byte order marks and their encodings.
_SHOWN = 1024
# Text has hardly any control characters.
_MOST_CONTROLS = 0.02

#: The encoding of Western European texts of programs for Windows; Latin-1 is a part of it.
WINDOWS_1252: Final = "cp1252"
# A word with a letter or a sign that is not ASCII.
_BEYOND_ASCII = re.compile(rb"[^\s,;\"]*[\x80-\xff][^\s,;\"]*")
# What Windows-1252 lacks, controls, and letters of UTF-8, which would make two letters each, such as \u00c3\u00b6.
_NOT_WINDOWS_1252 = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f\x81\x8d\x8f\x90\x9d]|[\xc2-\xf4][\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text that can be opened any number of times.

    Attributes
    ----------
    name : str
        Its name in messages.
    source : Path or bytes
        The file, or its content, such as from standard input.
    compression : {"none", "gzip", "bzip2", "xz", "zip"}
    encoding : str
        Its name in Python, such as "utf-8" or "iso8859-1". A byte order mark is not part of the text.
    dialect : Dialect or None
        The settings of the user; None where nothing can be set.
    """

    name: str
    source: Path | bytes
    compression: Compression = "none"
    encoding: str = "utf-8"
    dialect: Dialect | None = None

    @property
    def size(self) -> int:
        """Number of bytes as stored, before decompression."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @property
    def file_name(self) -> str:
        """Its name without folders."""
        return Path(self.name).name if isinstance(self.source, bytes) else self.source.name

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
        with _open_source(self.source) as raw, decompressed(raw, self.compression, self.name) as file:
            yield file

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


def find_text(
    source: Path | bytes, name: str = "", *, only_text: bool = False, dialect: Dialect | None = None
) -> TextFile:
    """Return a text with its compression and encoding.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content.
    name : str, optional
        Its name in messages; by default its path.
    only_text : bool, default False
        Whether only text is possible here; messages then do not advise data sets of other kinds.
    dialect : Dialect, optional
        What the user has set. Without it all is found by the text, and messages do not advise to set it.

    Returns
    -------
    TextFile

    Raises
    ------
    DatasetError
        It is a file of another kind, such as a Parquet file; the message says which, and how to read its data. Or
        there is no such encoding.
    OSError
        It cannot be read.
    """
    name = name or (shown_path(source) if isinstance(source, Path) else "data")
    with _open_source(source) as raw:
        compression = find_compression(raw)
    text = TextFile(name, source, compression, dialect=dialect)
    with text.open_bytes() as file:
        kind = recognize(file)
        if kind is EXCEL_WORKBOOK:
            return _converted(text, workbook_to_csv(file, name, report_workbook(text.file_name, text.size)))
        if kind is not None:
            within = f" within {compression}" if compression != "none" else ""
            advice = "write its rows as CSV" if only_text and kind.reader else kind.advice
            raise DatasetError(
                f"{name}: is {kind.name}{within}, {'no table' if kind.is_text else 'not text'}; {advice}"
            )
        start = file.read(_SHOWN)
    encoding = AUTO if dialect is None else dialect.encoding
    is_set = encoding.lower() != AUTO
    text = replace(text, encoding=_check_encoding(encoding, name) if is_set else _recognize_encoding(start, text))
    if not is_arff(start):
        return text
    with text.open() as lines:
        return _converted(text, arff_to_csv(lines.read(), name).encode())


def _converted(text: TextFile, content: bytes) -> TextFile:
    """Return the text of a file of another format, as CSV in memory."""
    dialect = None if text.dialect is None else Dialect()
    return TextFile(text.name, content, dialect=dialect)


@contextmanager
def reading_text(
    source: Path | bytes, kind: str, name: str = "", *, only_text: bool = False, dialect: Dialect | None = None
) -> Iterator[TextFile]:
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
    dialect : Dialect, optional
        As in `find_text`.

    Yields
    ------
    TextFile

    Raises
    ------
    DatasetError
        As in `find_text` and in `joml.data.readers.file_samples.reading`.
    EncodingError
        A line cannot be decoded.
    """
    with reading(source, kind) if isinstance(source, Path) else nullcontext():
        text = find_text(source, name, only_text=only_text, dialect=dialect)
        try:
            yield text
        except UnicodeError as error:
            raise EncodingError(_describe_encoding(text)) from error


class Letters(NamedTuple):
    """The letters and signs of a text that are not ASCII.

    Attributes
    ----------
    encoding : "", "utf-8" or "cp1252"
        Their encoding; "" if there are none, or they are of neither.
    word : str
        The first word with one, such as "Gr\u00f6\u00dfe"; empty without an encoding.
    """

    encoding: str = ""
    word: str = ""


def find_letters(source: Path | bytes) -> Letters:
    """Return the encoding of a text's letters, from all of the file.

    Parameters
    ----------
    source : Path or bytes
        The file, or its content; of a file of another kind there are none.

    Returns
    -------
    Letters

    Raises
    ------
    DatasetError
        It cannot be opened, or the compressed file is truncated or damaged.
    """
    with reading(source, "a CSV file") if isinstance(source, Path) else nullcontext():
        with _open_source(source) as raw:
            text = TextFile("data", source, find_compression(raw))
        with text.open_bytes() as file:
            return Letters() if recognize(file) is not None else _letters_of(file)


def _letters_of(lines: Iterable[bytes]) -> Letters:
    letters = Letters()
    for line in lines:
        if not line.isascii():
            encoding = _encoding_of(line)
            if not encoding or encoding != (letters.encoding or encoding):
                return Letters()
            if not letters.word and (match := _BEYOND_ASCII.search(line)):
                letters = Letters(encoding, match[0].decode(encoding))
    return letters


def _encoding_of(line: bytes) -> str:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return "" if _NOT_WINDOWS_1252.search(line) else WINDOWS_1252
    return "utf-8"


def _open_source(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open_reported(source)


def _check_encoding(encoding: str, name: str) -> str:
    """Return Python's name of an encoding, or raise DatasetError if it is none of text."""
    try:
        codec = codecs.lookup(encoding)
        "".encode(codec.name)
    except (LookupError, ValueError) as error:
        raise DatasetError(
            f"{name}: encoding: {encoding!r} is not known; write a name such as latin-1, cp1252 or utf-16"
        ) from error
    return "utf-8" if codec.name == "utf-8-sig" else codec.name


def _recognize_encoding(start: bytes, text: TextFile) -> str:
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
    raise DatasetError(f"{text.name}: is not a text file, as it has bytes of zero; save its rows as CSV in UTF-8")


def _describe_encoding(text: TextFile) -> str:
    if text.encoding != "utf-8":
        what = "UTF-16" if text.encoding.startswith("utf-16") else text.encoding
        return f"{text.name}: is damaged text in {what}; save the file as UTF-8"
    with text.open_bytes() as file:
        start = file.read(_SHOWN)
    if sum(byte < 0x20 and byte not in b"\t\n\f\r\x1a" for byte in start) > _MOST_CONTROLS * len(start):
        return f"{text.name}: is not text, but a binary file of an unknown kind; write its rows as CSV in UTF-8"
    advice = "save the file as UTF-8"
    if text.dialect is not None:
        advice = f"if it is Windows-1252 or Latin-1, write encoding: {WINDOWS_1252}, or {advice}"
    with text.open_bytes() as file:
        for line, content in enumerate(file, start=1):
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as error:
                place = f"{text.name}:{line}: byte {error.start + 1} of the line is not UTF-8 text"
                return f"{place}; {advice}"
    return f"{text.name}: the file is not UTF-8 text; {advice}"
