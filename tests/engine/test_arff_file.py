"""ARFF files: their attributes and rows as CSV text, and what is refused."""

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.arff_file import arff_to_csv, is_arff
from joml.data.readers.csv_file import read_csv

ARFF = """% made by a test
@RELATION 'animals of a zoo'

@attribute length numeric
@attribute 'main colour' {red, 'light blue'}
@ATTRIBUTE "it\\"s" string
@attribute kind {cat,dog}

@data
1.5, red, 'a, b', cat
% a comment
?,'light blue',"x",dog
"""


def test_rows_stand_below_the_names_on_their_own_lines():
    lines = arff_to_csv(ARFF, "zoo.arff").splitlines()
    assert lines[8] == 'length,main colour,"it""s",kind'
    assert lines[9:] == ['1.5,red,"a, b",cat', "", "?,light blue,x,dog"]
    assert not any(lines[:8])


@pytest.mark.parametrize(
    ("start", "expected"),
    [(b"@relation x\n", True), (b"% c\n\n  @RELATION y", True), (b"a,@relation\n", False), (b"", False)],
)
def test_it_is_recognised_by_its_first_line(start, expected):
    assert is_arff(start) is expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("@relation x\n@attribute a numeric\n1\n", "x.arff: is an ARFF file without @data"),
        ("@relation x\n@data\n1\n", "x.arff: is an ARFF file without an @attribute"),
        ("@relation x\n@attribute a\n@data\n1\n", "x.arff:2: an attribute has a name and a type"),
        ("@relation x\n@attribute a numeric\n@data\n{0 1}\n", "x.arff:4: the row is in the sparse form"),
    ],
)
def test_what_cannot_be_read(text, fault):
    with pytest.raises(DatasetError) as caught:
        arff_to_csv(text, "x.arff")
    assert str(caught.value).startswith(fault)


def test_an_arff_file_is_read_as_a_csv_file(tmp_path):
    head = "@relation r\n@attribute u numeric\n@attribute c {a,b}\n@attribute kind {x,y}\n@data\n"
    (tmp_path / "data.arff").write_text(head + "".join(f"{n},{'ab'[n % 2]},{'xy'[n % 3 % 2]}\n" for n in range(30)))
    data = read_csv(tmp_path / "data.arff")
    assert data.feature_names == ("u", "c=a", "c=b")
    assert data.class_names == ("x", "y")
    (tmp_path / "faulty.arff").write_text(head + "1,a,x\n2,b\n")
    with pytest.raises(DatasetError, match=r"faulty.arff:7: 2 columns instead of 3"):
        read_csv(tmp_path / "faulty.arff")
