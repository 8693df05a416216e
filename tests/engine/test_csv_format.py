"""Tables are read back whatever dialect they are written in."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.dataset_error import DatasetError
from joml.data.readers import csv_format
from joml.data.readers.csv_format import data_rows, find_format
from joml.data.readers.text_file import Dialect, find_text
from joml.data.tables.raw_table import join_tables
from joml.data.tables.text_reader import _tables_of_rows, read_text_table


def read(content, dialect=None):
    text = find_text(content if isinstance(content, bytes) else content.encode(), "data.csv", dialect=dialect)
    return find_format(text), read_text_table(text, find_format(text))


def cells(table):
    return [
        [
            number if code < 0 else column.texts[code]
            for number, code in zip(column.numbers.tolist(), column.codes.tolist(), strict=True)
        ]
        for column in table.columns
    ]


@pytest.mark.parametrize(
    "content",
    [
        "a|b|c\n1|2|x\n3|4|y\n",
        "a b c\n1 2 x\n3 4 y\n",
        "  a   b  c\n  1   2  x\n  3   4  y\n",
        "a\t\tb\tc\n1\t2\t\tx\n3\t4\ty\n",
        "a \t b c \n1\t 2 x\t\n3  4\ty  \n",
        "a  b  c\r\n1  2  x\r\n3  4  y",
    ],
)
def test_bars_and_runs_of_blanks(content):
    format_, table = read(content)
    assert format_.names == ("a", "b", "c")
    assert cells(table) == [[1, 3], [2, 4], ["x", "y"]]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        ("New York,1\nLos Angeles,2\n", ","),
        ("a|b,1\nc|d,2\n", ","),
        ("New York\nLos Angeles\n", "\t"),  # one column of texts
        ("room 12\nroom 13\n", "\t"),
        ("1,5 2,5\n2,5 3,5\n", ","),
    ],
)
def test_blanks_and_bars_within_texts_divide_nothing(content, delimiter):
    assert read(content)[0].delimiter == delimiter


@pytest.mark.parametrize(
    ("delimiter", "character"),
    [("^", "^"), ("|", "|"), ("tab", "\t"), ("\t", "\t"), ("blanks", " "), (" ", " "), ("Semicolon", ";"), ("~", "~")],
)
def test_a_delimiter_that_is_set(delimiter, character):
    format_, table = read(f"a{character}b\n1{character}2,5\n3{character}x y\n".replace("x y", "z"), Dialect(delimiter))
    assert format_.delimiter == character
    assert cells(table) == [[1, 3], ["2,5", "z"]]


@pytest.mark.parametrize("delimiter", ["", ";;", "x", "1", '"', "\n", ".", "§", "colon"])
def test_what_cannot_be_a_delimiter(delimiter):
    with pytest.raises(DatasetError, match="delimiter: one character such as ; or"):
        read("1,2\n", Dialect(delimiter))


NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(repr),
    st.decimals(-1000, 1000, allow_nan=False, places=3).map(str),
)
WORDS = st.text("abcxyzäé_", min_size=1, max_size=12)


@st.composite
def tables(draw):
    """Rows of numbers and words."""
    kinds = draw(st.lists(st.sampled_from(["number", "word"]), min_size=2, max_size=5))
    count = draw(st.integers(1, 12))
    return [[draw(NUMBERS if kind == "number" else WORDS) for kind in kinds] for _ in range(count)]


@pytest.mark.slow
@settings(deadline=None, max_examples=200)
@given(
    rows=tables(),
    delimiter=st.sampled_from([",", ";", "\t", "|", " ", "   ", "\t\t ", "^"]),
    quotes=st.sampled_from(["", "", '"']),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    around=st.sampled_from(["", "# a comment\n", "\n"]),
    at_end=st.booleans(),
    is_compressed=st.booleans(),
)
def test_what_is_written_in_a_dialect_is_read_back(
    rows, delimiter, quotes, end, encoding, around, at_end, is_compressed
):
    names = [f"name{place}" for place in range(len(rows[0]))]
    lines = [delimiter.join(f"{quotes}{cell}{quotes}" for cell in row) for row in [names, *rows]]
    close = delimiter if at_end and quotes == "" else ""
    content = (around.replace("\n", end) + end.join(line + close for line in lines) + end).encode(encoding)
    name = "blanks" if delimiter.isspace() and delimiter != "\t" else delimiter
    text = find_text(
        gzip.compress(content) if is_compressed else content,
        "data.csv",
        dialect=Dialect(name, "latin-1" if encoding == "latin-1" else "auto"),
    )
    format_ = find_format(text, "yes")
    assert format_.names == tuple(names)
    table = read_text_table(text, format_)
    expected = [[float(cell) if _is_float(cell) else cell for cell in column] for column in zip(*rows, strict=True)]
    assert cells(table) == expected
    assert cells(join_tables(list(_tables_of_rows(text, format_, ())))) == expected


def _is_float(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def test_blanks_between_texts_beside_a_column_of_numbers():
    rows = "".join(f"A{n % 3} {n} A{n % 2} x{n % 4}\n" for n in range(12))
    assert read(rows)[0].width == 4
    assert read("".join(f"words of a text {n % 3}th\n" for n in range(12)))[0].width == 1


def test_a_tab_among_runs_of_blanks():
    rows = "".join(f'{n}.5   {n % 3}   {n * 7}.\t"car no {n}"\n' for n in range(12))
    format_, table = read(rows)
    assert (format_.delimiter, format_.width) == (" ", 4)
    assert cells(table)[3][:2] == ["car no 0", "car no 1"]
    rows = "".join(f"{n}\tNew York {n}\n" for n in range(12))
    assert (read(rows)[0].delimiter, read(rows)[0].width) == ("\t", 2)


def test_fields_may_be_long():
    long = "x" * 200_000
    text = find_text(f'a,b\n1,"{long}"\n2,{long}\n'.encode(), "long.csv")
    assert [len(row.cells[1]) for row in data_rows(text, find_format(text))] == [200_000, 200_000]


@pytest.mark.slow
def test_a_field_beyond_the_limit_is_named_as_such():
    text = find_text(b'a,b\n1,2\n3,"' + b"x" * (2**24 + 1) + b'"\n', "long.csv")
    with pytest.raises(
        DatasetError, match=r"long\.csv:3: a field of the row that begins here has more than 16,777,216"
    ):
        list(data_rows(text, find_format(text, "yes")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a,b\n1,2\n" + "x" * 101, r"long\.csv:3: the line has more than 100 characters: it is no row of a table"),
        ("a,b\n1,2\n" + "," * 20, r"long\.csv:3: the line has more than 20 cells"),
        (";" * 101, r"long\.csv:1: the line has more than 100 characters"),
        ("# " + ";" * 98, r"long\.csv:1: the line has more than 20 cells"),
    ],
)
def test_a_line_that_is_no_row_is_refused_before_it_is_divided(content, reason, monkeypatch):
    monkeypatch.setattr(csv_format, "_LONGEST_LINE", 100)
    monkeypatch.setattr(csv_format, "_MOST_COLUMNS", 20)
    text = find_text(content.encode(), "long.csv")
    with pytest.raises(DatasetError, match=reason):
        list(data_rows(text, find_format(text, "yes")))
