"""The places of the cells in a delimited text, block by block: found in all lines at once, without a loop over them."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from joml.data.readers.csv_format import BLANKS, FileFormat
from joml.data.readers.decimal_numbers import PADDING, Places
from joml.data.readers.text_file import TextFile

# Bytes of a block: few enough to stay in a processor's cache.
_BLOCK_BYTES = 1 << 18
# A row that is longer is left to the csv module, and so is a longer field (its own limit).
_MOST_BYTES_OF_ROW = 1 << 24
_MOST_BYTES_OF_CELL = 131_072
# Room for rows that are shorter than the first ones.
_SLACK = 1.1
_NEWLINE, _RETURN, _QUOTE, _SPACE = b'\n\r" '
_DOUBLED_QUOTE, _ONE_QUOTE = b'""', b'"'


class IrregularTextError(Exception):
    """A text that is not rows of equally many cells in the plainest way; the csv module may read it."""


@dataclass(frozen=True, slots=True, eq=False)
class CellBlock:
    """Some rows of a text, with the places of their cells.

    Attributes
    ----------
    lines : bytes
        The text of the rows, padded as `joml.data.readers.decimal_numbers.read_decimals` needs it.
    content : ndarray of uint8
        The same bytes.
    starts, ends : ndarray of int, shape (rows, columns)
        The place of the first byte of each cell, and the place after its last one, without quotes and spaces around it.
    """

    lines: bytes
    content: NDArray[np.uint8]
    starts: Places
    ends: Places

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.starts)

    def text(self, start: int, end: int) -> str:
        """Return the text of a cell, from the place ``start`` to the place ``end``."""
        return self.lines[start:end].replace(_DOUBLED_QUOTE, _ONE_QUOTE).decode()


def read_cell_blocks(text: TextFile, format_: FileFormat) -> Iterator[CellBlock]:
    """Yield the rows below the header, without blank rows, and without the empty columns at their ends.

    Parameters
    ----------
    text : TextFile
    format_ : FileFormat
        As returned by `joml.data.readers.csv_format.find_format`.

    Yields
    ------
    CellBlock

    Raises
    ------
    IrregularTextError
        Rows have different numbers of cells, or quotes are not around whole cells.
    UnicodeError
        The text cannot be decoded.
    """
    if any("\n" in name or "\r" in name for name in format_.names) or not format_.delimiter.isascii():
        raise IrregularTextError
    with _opening(text) as read:
        rest = _skip_lines(read, format_.first_line - 1 + format_.header_rows)
        for lines in _whole_rows(read, rest):
            block = _find_cells(lines, format_)
            if block is not None:
                yield block


def expected_rows(text: TextFile, first: CellBlock) -> int:
    """Return about the number of rows of ``text``, rather more, from its size and its ``first`` block."""
    bytes_of_row = len(first.lines) / max(1, first.rows)
    return int(_SLACK * text.size / bytes_of_row) + first.rows


@contextmanager
def _opening(text: TextFile) -> Iterator[Callable[[int], bytes]]:
    """Yield a function that reads about so many bytes of the text in UTF-8."""
    if text.encoding != "utf-8":
        with text.open() as characters:
            yield lambda size: characters.read(size).encode()
        return
    with text.open_bytes() as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        yield file.read


def _skip_lines(read: Callable[[int], bytes], count: int) -> bytes:
    """Return what was read after so many lines."""
    content, end = b"", 0
    for _ in range(count):
        while (place := content.find(b"\n", end)) < 0:
            part = read(_BLOCK_BYTES)
            if not part:  # the last line has no end
                return b""
            content += part
        end = place + 1
    skipped = content[:end]
    # A quoted line break, or line breaks of an old kind: then lines are not what they look like.
    if skipped.count(b'"') % 2 or skipped.count(b"\r") != skipped.count(b"\r\n"):
        raise IrregularTextError
    return content[end:]


def _whole_rows(read: Callable[[int], bytes], rest: bytes) -> Iterator[bytes]:
    """Yield parts of a text that end where a row ends."""
    while part := read(_BLOCK_BYTES):
        content = rest + part
        end = _end_of_rows(content)
        if end:
            yield content[:end]
        elif len(content) > _MOST_BYTES_OF_ROW:
            raise IrregularTextError
        rest = content[end:]
    if rest and not rest.endswith(b"\n"):
        rest += b"\n"
    if _end_of_rows(rest) != len(rest):  # a quote is left open
        raise IrregularTextError
    if rest:
        yield rest


def _end_of_rows(content: bytes) -> int:
    """Return the place after the last line break that is not within quotes."""
    end = content.rfind(b"\n") + 1
    if not content.count(b'"', 0, end) % 2:
        return end
    text = np.frombuffer(content, np.uint8, end)
    outside = np.flatnonzero((text == _NEWLINE) & ~_within_quotes(text))
    return int(outside[-1]) + 1 if len(outside) else 0


def _within_quotes(text: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return where a text that begins outside quotes is within them: after an odd number of quotes."""
    return np.bitwise_and(np.cumsum(text == _QUOTE, dtype=np.uint8), 1).view(np.bool_)


def _find_cells(lines: bytes, format_: FileFormat) -> CellBlock | None:
    """Return the cells of whole lines; None if all of them are blank."""
    if b"\0" in lines:
        raise IrregularTextError
    if not lines.isascii():
        lines.decode()
    width = format_.width + format_.blank_at_end
    if format_.delimiter == BLANKS:
        return _find_cells_between_blanks(lines, format_)
    if width == 1 or (format_.comments and b"#" in lines):
        lines = _without_other_lines(lines, format_)
    padded, ends = _divide(lines, format_.delimiter)
    if not _is_regular(padded, ends, width):
        lines = _without_other_lines(lines, format_)
        padded, ends = _divide(lines, format_.delimiter)
        if not _is_regular(padded, ends, width):
            raise IrregularTextError
    if not len(ends):
        return None
    content = np.frombuffer(padded, np.uint8)
    starts = np.empty_like(ends)
    starts[0] = PADDING
    np.add(ends[:-1], 1, out=starts[1:])
    if b"\r" in lines:
        _leave_returns_out(content, ends[width - 1 :: width], lines)
    _trim(content, starts, ends, lines)
    if int((ends - starts).max()) > _MOST_BYTES_OF_CELL:
        raise IrregularTextError
    starts, ends = starts.reshape(-1, width), ends.reshape(-1, width)
    if (starts[:, format_.width :] != ends[:, format_.width :]).any():
        raise IrregularTextError
    return CellBlock(padded, content, starts[:, : format_.width], ends[:, : format_.width])


def _without_other_lines(lines: bytes, format_: FileFormat) -> bytes:
    """Return lines without those that are blank, and without comments if there are any."""
    if b'"' in lines:  # it may be within quotes
        raise IrregularTextError
    delimiter = format_.delimiter.encode()
    kept = [line for line in lines.split(b"\n") if line.strip() or delimiter in line]
    if format_.comments:
        kept = [line for line in kept if not line.lstrip(b" ").startswith(b"#")]
    return b"".join(line + b"\n" for line in kept)


def _find_cells_between_blanks(lines: bytes, format_: FileFormat) -> CellBlock | None:
    """Return the cells of whole lines that runs of blanks and tabs divide; None if all of them are blank."""
    if b'"' in lines or format_.blank_at_end:
        raise IrregularTextError
    if format_.comments and b"#" in lines:
        lines = b"".join(line for line in lines.splitlines(True) if not line.lstrip(b" \t").startswith(b"#"))
    padded = _padded(lines)
    content = np.frombuffer(padded, np.uint8)
    is_gap = content <= _SPACE
    gaps = sum(map(lines.count, (b" ", b"\t", b"\n", b"\r")))
    if int(np.count_nonzero(is_gap)) != gaps + len(padded) - len(lines) or lines.count(b"\r") != lines.count(b"\r\n"):
        raise IrregularTextError  # other characters without a sign, or line breaks of an old kind
    # The padding is a gap too, so that a cell begins at every other change.
    changes = np.flatnonzero(is_gap[1:] != is_gap[:-1])
    changes += 1
    starts, ends = changes[::2], changes[1::2]
    if not len(starts):
        return None
    cells = np.searchsorted(ends, np.flatnonzero(content == _NEWLINE), side="right")
    cells = cells[np.diff(cells, prepend=0) > 0]  # without blank lines
    width = format_.width
    if len(starts) != width * len(cells) or (cells != width * np.arange(1, len(cells) + 1)).any():
        raise IrregularTextError
    if int((ends - starts).max()) > _MOST_BYTES_OF_CELL:
        raise IrregularTextError
    return CellBlock(padded, content, starts.reshape(-1, width), ends.reshape(-1, width))


def _padded(lines: bytes) -> bytes:
    """Return lines with the bytes around them that `joml.data.readers.decimal_numbers.read_decimals` needs."""
    return b"".join((bytes(PADDING), lines, bytes(PADDING + -len(lines) % 8)))


def _divide(lines: bytes, delimiter: str) -> tuple[bytes, Places]:
    """Return the padded text of lines, and the places of the characters that end a cell."""
    text = np.frombuffer(lines, np.uint8)
    is_end = (text == ord(delimiter)) | (text == _NEWLINE)
    if b'"' in lines:
        is_end &= ~_within_quotes(text)
    ends = np.flatnonzero(is_end)
    ends += PADDING
    return _padded(lines), ends


def _is_regular(lines: bytes, ends: Places, width: int) -> bool:
    """Return whether every row has so many cells."""
    if len(ends) % width:
        return False
    newlines = np.frombuffer(lines, np.uint8)[ends] == _NEWLINE
    rows = len(ends) // width
    return bool(newlines[width - 1 :: width].all()) and int(np.count_nonzero(newlines)) == rows


def _trim(content: NDArray[np.uint8], starts: Places, ends: Places, lines: bytes) -> None:
    """Move the starts and ends of cells into their quotes, and past spaces."""
    has_spaces = b" " in lines
    if has_spaces:
        _leave_spaces_out_before(content, starts, ends)
    if b'"' in lines:
        _leave_quotes_out(content, starts, ends)
        _leave_spaces_out_before(content, starts, ends)
    if has_spaces:
        _leave_spaces_out_after(content, starts, ends)


def _leave_returns_out(content: NDArray[np.uint8], ends: Places, lines: bytes) -> None:
    """Move the ends of rows before the carriage return of a line break."""
    has_return = content[ends - 1] == _RETURN
    if int(np.count_nonzero(has_return)) != lines.count(b"\r"):
        raise IrregularTextError
    ends -= has_return


def _leave_spaces_out_before(content: NDArray[np.uint8], starts: Places, ends: Places) -> None:
    while (is_space := content[starts] == _SPACE).any():
        is_space &= starts < ends
        if not is_space.any():
            return
        starts += is_space


def _leave_spaces_out_after(content: NDArray[np.uint8], starts: Places, ends: Places) -> None:
    while (is_space := content[ends - 1] == _SPACE).any():
        is_space &= starts < ends
        if not is_space.any():
            return
        ends -= is_space


def _leave_quotes_out(content: NDArray[np.uint8], starts: Places, ends: Places) -> None:
    """Move the starts and ends of cells into their quotes; raise IrregularTextError for other quotes."""
    quotes = np.flatnonzero(content == _QUOTE)
    is_quoted = (content[starts] == _QUOTE) & (starts < ends)
    closes = (content[ends - 1] == _QUOTE) & (ends - starts > 1)
    if (is_quoted & ~closes).any():
        raise IrregularTextError
    starts += is_quoted
    ends -= is_quoted
    if 2 * int(np.count_nonzero(is_quoted)) == len(quotes):
        return
    # Others are doubled, within quoted cells.
    around = np.concatenate([starts[is_quoted] - 1, ends[is_quoted]])
    inner = np.setdiff1d(quotes, around, assume_unique=True)
    if len(inner) % 2 or (inner[1::2] - inner[::2] != 1).any():
        raise IrregularTextError
    cells = np.searchsorted(starts, inner, side="right") - 1
    if not (is_quoted[cells] & (inner < ends[cells])).all() or (cells[::2] != cells[1::2]).any():
        raise IrregularTextError
