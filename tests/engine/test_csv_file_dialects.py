"""Tables written in any dialect are read with the same values."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from joml.data.readers import csv_text
from joml.data.readers.csv_file import read_csv_samples
from joml.data.tables import text_reader

TEXTS = ["red", "sky blue", "Grün", "a-b"]


@dataclass(frozen=True)
class Written:
    """The way in which a table is written."""

    delimiter: str
    point: str
    group: str
    mark: str
    is_quoted: bool
    end: str
    comment: str
    encoding: str
    has_bom: bool
    compression: str
    has_last_end: bool

    def number(self, value: float, mark: str = "") -> str:
        """Return a number with its marks."""
        whole, _, fraction = f"{abs(value):.10f}".rstrip("0").rstrip(".").partition(".")
        first = len(whole) % 3 or 3
        groups = [whole[:first], *(whole[place : place + 3] for place in range(first, len(whole), 3))]
        sign = "-" if value < 0 else ""
        text = sign + self.group.join(groups) + (self.point + fraction if fraction else "")
        return f"{mark}{text}" if mark == "$" else f"{text}{mark}"

    def line(self, cells: list[str]) -> str:
        """Return a row."""
        special = (self.delimiter, '"', " ") if self.delimiter != "  " else ('"',)
        if self.delimiter != "  ":
            cells = [f'"{cell}"' if self.is_quoted or any(each in cell for each in special) else cell for cell in cells]
        return self.delimiter.join(cells)

    def content(self, rows: list[list[str]]) -> bytes:
        """Return the bytes of a file with these rows."""
        lines = [*([self.comment] if self.comment else []), *map(self.line, rows)]
        text = self.end.join(lines) + (self.end if self.has_last_end else "")
        encoded = text.encode(self.encoding)
        return b"\xef\xbb\xbf" + encoded if self.has_bom and self.encoding == "utf-8" else encoded


WAYS = st.builds(
    Written,
    delimiter=st.sampled_from([",", ";", "\t", "|", "  "]),
    point=st.sampled_from([".", ","]),
    group=st.sampled_from(["", "", ",", ".", " ", "'", "\u202f"]),
    mark=st.sampled_from(["", "%", " %", "$", " kg"]),
    is_quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    comment=st.sampled_from(["", "# made by hand"]),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-16", "cp1252"]),
    has_bom=st.booleans(),
    compression=st.sampled_from(["none", "none", "gzip", "bzip2", "xz", "zip"]),
    has_last_end=st.booleans(),
)


def write(path, content, compression):
    if compression == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", content)
        return
    compress = {"none": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}[compression]
    path.write_bytes(compress(content))


def values_of(samples):
    """Return the features of numbers, and the texts of the others."""
    if samples.table is None:
        return list(samples.x.T)
    return [
        next(encoder.features(column)) if encoder.kind == "number" else list(encoder.features(column))
        for encoder, column in zip(samples.encoders, samples.table.columns, strict=True)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("is_large", [False, True])
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(
    way=WAYS,
    seed=st.integers(0, 2**32 - 1),
    digits=st.integers(0, 6),
    has_gaps=st.booleans(),
    has_texts=st.booleans(),
)
def test_the_same_values_are_read_back(tmp_path_factory, is_large, way, seed, digits, has_gaps, has_texts):
    assume(way.point != way.group)
    assume(way.delimiter != "  " or not (way.group.isspace() or way.mark.startswith(" ") or has_gaps or has_texts))
    assume(way.encoding != "cp1252" or way.group != "\u202f")
    assume(not (way.delimiter == "," and way.point == "," and not way.is_quoted))
    random = np.random.default_rng(seed)
    # The first number shows what its points and commas are.
    numbers = [-1234567.25, *(float(f"{value:.{digits}f}") for value in random.normal(size=29) * 10_000)]
    marked = [1234567.5, *(float(f"{value:.{digits}f}") for value in random.normal(size=29) * 100)]
    places = random.integers(0, len(TEXTS), 30)
    shades = [TEXTS[place] for place in places] if has_texts else [str(place) for place in places]
    rows = [["value", "share", "shade", "label"]]
    for row, (number, share, shade) in enumerate(zip(numbers, marked, shades, strict=True)):
        cell = "" if has_gaps and row % 5 == 4 else way.number(number)
        rows.append([cell, way.number(share, way.mark), shade, "ab"[row % 2]])
    path = tmp_path_factory.getbasetemp() / "dialect.csv"
    write(path, way.content(rows), way.compression)
    encoding = way.encoding if way.encoding == "cp1252" else "auto"
    with pytest.MonkeyPatch.context() as patch:
        if is_large:
            patch.setattr(csv_text, "_PLAIN_BYTES", 0)
            patch.setattr(text_reader, "_LARGE_BYTES", 0)
        samples = read_csv_samples(path, label="label", encoding=encoding)
    read = values_of(samples)
    present = [row for row in range(30) if not (has_gaps and row % 5 == 4)]
    assert np.asarray(read[0])[present].tolist() == [numbers[row] for row in present], samples.notes
    assert np.asarray(read[1]).tolist() == marked, samples.notes
    if has_texts:
        assert sorted(samples.encoders[2].categories) == sorted(set(shades)) or samples.encoders[2].other
    assert samples.class_names == ("a", "b")
