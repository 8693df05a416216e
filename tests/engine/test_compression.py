"""Compressed text is read whatever compresses it; what cannot be read is named."""

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.compression import without_compression
from joml.data.readers.csv_file import read_csv_samples
from joml.data.readers.text_file import find_text

CONTENT = "a,b,kind\n" + "".join(f"{n},{n / 8},{'xy'[n % 2]}\n" for n in range(20_000))


def archive(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in members.items():
            file.writestr(name.replace("_SLASH_", "/").replace("_DOT_", "."), text)
    return content.getvalue()


WAYS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": lambda content: archive(folder_SLASH_data_DOT_csv=content, __MACOSX_SLASH_x="m", folder_SLASH_=""),
}


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("way", WAYS)
def test_compressed_text_is_read(tmp_path, way, encoding):
    path = tmp_path / "data.csv"
    path.write_text(CONTENT, encoding)
    plain = read_csv_samples(path)
    path.write_bytes(WAYS[way](CONTENT.encode(encoding)))
    samples = read_csv_samples(path)
    assert (samples.x == plain.x).all()
    assert (samples.y == plain.y).all()


def message(content):
    with pytest.raises(DatasetError) as caught, find_text(content, "data.csv").open() as file:
        file.read()
    return str(caught.value)


@pytest.mark.parametrize("way", WAYS)
def test_a_truncated_file_is_named(way):
    whole = WAYS[way](CONTENT.encode())
    text = message(whole[: len(whole) // 2])
    assert text.startswith("data.csv: ")
    assert "damaged" in text


def test_an_archive_of_several_files_names_them():
    text = message(archive(a_DOT_csv="1,2\n", b_DOT_csv="3,4\n"))
    assert text == "data.csv: the zip archive has 2 files: unpack the one to read: a.csv, b.csv"
    many = message(archive(**{f"f{n}": "" for n in range(9)}))
    assert many.endswith(" and 4 more")


def test_a_file_without_a_name_in_an_archive():
    assert "is empty" in message(archive(abc="1,2,x\n").replace(b"abc", b"\0bc"))


def test_an_archive_without_files():
    assert "is empty" in message(archive(a_SLASH_=""))


def test_another_kind_of_file_within_a_compressed_one():
    assert message(bz2.compress(b"%PDF-1.4\n\x80")).startswith("data.csv: is a PDF document within bzip2, not text")


def test_a_text_that_begins_like_a_compressed_file(tmp_path):
    path = Path(tmp_path / "data.csv")
    path.write_text("BZh,y\n1,a\n2,b\n")
    assert read_csv_samples(path).feature_names == ("BZh",)


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.bz2", "a.csv.XZ", "a.csv.zip", "a.csv"])
def test_names_without_the_end_that_says_how_it_is_compressed(name):
    assert without_compression(name) == "a.csv"
