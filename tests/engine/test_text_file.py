"""Texts in any encoding."""

import gzip

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_file import read_csv_samples
from joml.data.readers.text_file import Dialect, Letters, find_letters, find_text

CONTENT = "länge,größe,art\n" + "1,2,süß\n3,4,öl\n" * 5_000


@pytest.fixture
def write(tmp_path):
    def write(content):
        path = tmp_path / "data.csv"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac-roman", "utf-16", "utf-8-sig", "UTF8"])
def test_a_text_in_an_encoding_that_is_set(write, encoding):
    samples = read_csv_samples(write(CONTENT.encode(encoding)), encoding=encoding)
    assert samples.feature_names == ("länge", "größe")
    assert samples.class_names == ("süß", "öl")
    assert samples.x.sum() == 50_000
    assert samples.file_format["encoding"] == encoding


def test_the_message_says_how_to_set_it(write):
    with pytest.raises(DatasetError) as caught:
        read_csv_samples(write(CONTENT.encode("latin-1")))
    assert (
        "data.csv:1: byte 2 of the line is not UTF-8 text; if it is Windows-1252 or Latin-1, write encoding: cp1252, or"
        in str(caught.value)
    )


@pytest.mark.parametrize("encoding", ["latin-x", "", "base64", "rot13", "\0"])
def test_an_encoding_that_does_not_exist(encoding):
    with pytest.raises(DatasetError, match="write a name such as latin-1"):
        find_text(b"1,2\n", "data.csv", dialect=Dialect(encoding=encoding))


def test_what_is_not_text_in_the_encoding(write):
    with pytest.raises(DatasetError, match="damaged text in ascii"):
        read_csv_samples(write(CONTENT.encode()), encoding="ascii")


def test_a_binary_file_of_an_unknown_kind_is_named_as_such(write):
    with pytest.raises(DatasetError, match="is not text, but a binary file of an unknown kind"):
        read_csv_samples(write(bytes(range(1, 256)) * 10))


@pytest.mark.parametrize(
    ("content", "encoding", "word"),
    [
        ("Größe;Ort\n1;Köln\n".encode("cp1252"), "cp1252", "Größe"),
        ("a;b\n1;x\n2;5 €\n".encode("cp1252"), "cp1252", "€"),
        (b"a;b\r\n1;\xb0C\r\n", "cp1252", "°C"),
        ("a;b\n1;größer\n".encode(), "utf-8", "größer"),
        (b"a;b\n1;x\n", "", ""),
        ("a;größer\n1;x\n".encode() + "2;kälter\n".encode("cp1252"), "", ""),  # damaged UTF-8
        ("a;größer\n1;x\n".encode("utf-16"), "", ""),
        ("a;b\n1;größer\x01\n".encode("latin-1"), "", ""),
        (b"a;b\n1;\x81\x8d\n", "", ""),  # not in Windows-1252
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_encoding_of_letters_is_that_of_the_whole_text(tmp_path, content, encoding, word, packed):
    path = tmp_path / ("data.csv.gz" if packed else "data.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    assert find_letters(path) == find_letters(path.read_bytes()) == Letters(encoding, word)
