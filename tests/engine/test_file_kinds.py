"""Each reader says which kind of file it has got, where it is another one than it reads."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers.csv_file import read_csv
from joml.data.readers.csv_folder import read_csv_folder
from joml.data.readers.file_kinds import recognize
from joml.data.readers.idx_file import read_idx
from joml.data.readers.npz_file import read_npz
from joml.data.readers.table_file import read_table_file


def archive(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, "content")
    return content.getvalue()


def saved(write, *arrays, **named):
    content = io.BytesIO()
    write(content, *arrays, **named)
    return content.getvalue()


KINDS = {
    "an Excel workbook": archive("[Content_Types].xml", "xl/workbook.xml"),
    "an OpenDocument sheet": archive("mimetype", "content.xml"),
    "a zip archive": archive("data.csv"),
    "an NPZ archive of arrays": saved(np.savez, x=np.ones((3, 2)), y=np.arange(3)),
    "a single NumPy array (.npy)": saved(np.save, np.ones((3, 2))),
    "a Parquet file": b"PAR1\x15\x04\x15\0PAR1",
    "an Arrow file": b"ARROW1\0\0",
    "an Arrow stream": b"\xff\xff\xff\xff\x10\0\0\0",
    "a Feather file": b"FEA1\0\0",
    "an ORC file": b"ORC\x0a\x05\0",
    "a MATLAB file": b"MATLAB 5.0 MAT-file, Platform: any".ljust(124) + b"\0\x01IM",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n",
    "compressed by bzip2": b"BZh91AY&SY\0\0",
    "compressed by xz": b"\xfd7zXZ\0",
    "compressed by zstd": b"\x28\xb5\x2f\xfd\0",
    "compressed by lz4": b"\x04\x22\x4d\x18\x64",
    "compressed by compress (.Z)": b"\x1f\x9d\x90\x61",
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\0\x04",
    "a RAR archive": b"Rar!\x1a\x07\x01\0",
    "a PNG picture": b"\x89PNG\r\n\x1a\n\0\0",
    "a JPEG picture": b"\xff\xd8\xff\xe0\0",
    "an SQLite database": b"SQLite format 3\0",
    "a pickle": b"\x80\x04\x95\0",
    "an IDX file": b"\0\0\x08\x01\0\0\0\x01\x05",
    "a tar archive": b"data.csv".ljust(257, b"\0") + b"ustar\0",
}


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def message(read, *arguments):
    with pytest.raises(DatasetError) as caught:
        read(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_reader_names_what_it_cannot_read(kind):
    if kind == "an Excel workbook":
        pytest.importorskip("openpyxl")
    Path("folder").mkdir()
    for name in ("data", "folder/x_train.csv", "folder/y_train.csv"):
        Path(name).write_bytes(KINDS[kind])
    Path("data.gz").write_bytes(gzip.compress(KINDS[kind]))
    if kind not in ("a zip archive", "compressed by bzip2", "compressed by xz", "an Excel workbook"):  # they are opened
        assert message(read_csv, "data").startswith(f"data: is {kind}, not text; ")
        assert message(read_csv_folder, "folder").startswith(f"folder/x_train.csv: is {kind}, not text; ")
    if kind != "an Excel workbook":
        assert message(read_csv, "data.gz").startswith(f"data.gz: is {kind} within gzip, not text; ")
    if kind not in ("an NPZ archive of arrays", "a zip archive", "a single NumPy array (.npy)", "a MATLAB file"):
        assert message(read_npz, "data").startswith(f"data: is {kind}, not an NPZ file; ")
    if kind != "an IDX file":
        assert message(read_idx, "data", "data").startswith(f"data: is {kind}, not an IDX file; ")


@pytest.mark.parametrize("kind", KINDS)
def test_tables_are_told_from_others(kind):
    pytest.importorskip("pyarrow")
    Path("data").write_bytes(KINDS[kind])
    text = message(read_table_file, "data")
    tables = ("a Parquet file", "an Arrow file", "an Arrow stream", "a Feather file", "an ORC file")
    damaged = ("data: is not a table", "data: cannot be read: ")
    assert text.startswith(damaged if kind in tables else f"data: is {kind}, not a table")


@pytest.mark.parametrize("text", ["PAR1,PAR2,y\n1,2,a\n", "BZh,u,y\n", "ORC,elf,y\n", "%PDF,b\n", "MATLAB 5.0,b\n", ""])
def test_a_text_is_no_other_kind_whatever_it_begins_with(text):
    assert recognize(io.BytesIO(text.encode())) is None
    assert recognize(io.BytesIO(text.encode() * 100)) is None


def test_a_damaged_archive():
    assert recognize(io.BytesIO(archive("a")[:40])).name == "a damaged zip archive"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("<html><body>404</body></html>", "an HTML page"),
        ("\ufeff<!DOCTYPE html>\n<html>", "an HTML page"),
        ('<?xml version="1.0"?>', "an XML document"),
        (' [\n {"a": 1, "y": 2}]', "a JSON array of records"),
        ("[[1, 2], [3, 4]]", "a JSON array of rows"),
    ],
)
def test_texts_that_are_no_tables_are_named(tmp_path, text, name):
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=f"is {name}, no table; .*CSV"):
        read_csv(path)
