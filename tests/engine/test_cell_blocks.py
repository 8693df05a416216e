"""Cells of a text found many at a time are those that the csv module finds."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joml.data.dataset_error import DatasetError
from joml.data.readers import cell_blocks
from joml.data.readers.cell_blocks import IrregularTextError, read_cell_blocks
from joml.data.readers.csv_format import FileFormat, data_rows, find_format
from joml.data.readers.text_file import find_text


def rows_of(content, format_=None):
    """All cells, row by row; None where the text is irregular."""
    text = find_text(content.encode() if isinstance(content, str) else content, "data.csv")
    format_ = format_ or find_format(text, "no")
    rows = []
    try:
        for block in read_cell_blocks(text, format_):
            for starts, ends in zip(block.starts.tolist(), block.ends.tolist(), strict=True):
                rows.append([block.text(start, end) for start, end in zip(starts, ends, strict=True)])
    except IrregularTextError:
        return None
    return rows


@pytest.mark.parametrize(
    "content",
    [
        "1,2\n3,4\n",
        "1,2\r\n3,4\r\n",
        "1,2\n3,4",
        "1 , 2\n 3,4 \n",
        "\ufeff1,2\n3,4\n",
        '"1","2"\n" 3 ",4\n',
        "1,2\n\n3,4\n\n",
        "1;2;\n3;4;\n",
        "1\t2\n3\t4\n",
        "# a\n1,2\n#b\n3,4\n",
        '\n1,2\n"3","4"\r\n',
    ],
)
def test_usual_texts(content):
    assert rows_of(content) == [["1", "2"], ["3", "4"]]


def test_fields_with_delimiters_line_breaks_and_quotes():
    assert rows_of('"a,b",1\n"c\nd",2\n"e ""f"" g",3\n"",4\n') == [
        ["a,b", "1"],
        ["c\nd", "2"],
        ['e "f" g', "3"],
        ["", "4"],
    ]


@pytest.mark.parametrize(
    "content",
    [
        "1,2\n3\n",
        "1,2\n3,4,5\n",
        '1,a"b\n2,c\n',
        '1,"a\n2,b\n',
        '1,"a" \n2,b\n',
        '1,"a"b"c"\n2,d\n',
        '"a"b,1\nc,2\n',
        "1,2\r3,4\r",
        '1,"a\r\nb"\r\n2,c\r\n',
    ],
)
def test_irregular_texts_are_refused(content):
    assert rows_of(content, FileFormat(",", 2)) is None


def test_texts_in_other_encodings():
    assert rows_of("1,ä\n2,€\n".encode("utf-16")) == [["1", "ä"], ["2", "€"]]
    with pytest.raises(UnicodeError):
        rows_of(b"1,2\n3,\xe4\n", FileFormat(",", 2))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_blocks_of_any_size_give_the_same_rows(monkeypatch, size):
    content = "".join(f'{n},"t\n,{n % 3}"\n' for n in range(20))
    whole = rows_of("a,b\n" + content, FileFormat(",", 2, ("a", "b"), header_rows=1))
    monkeypatch.setattr(cell_blocks, "_BLOCK_BYTES", size)
    assert rows_of("a,b\n" + content, FileFormat(",", 2, ("a", "b"), header_rows=1)) == whole
    assert len(whole) == 20


CELLS = st.sampled_from(
    [
        "1",
        "",
        " ",
        "x",
        "a b",
        " y ",
        '"z"',
        '"a,b"',
        '"a\nb"',
        '"q""r"',
        '""',
        '""""',
        '"',
        'a"b',
        '" w "',
        ' "v"',
        '"u" ',
        "#",
        "é",
    ]
)


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=5),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n", "\n\n", " \n"]),
    last=st.sampled_from(["", "\n"]),
    mark=st.sampled_from(["", "\ufeff", "#c\n", "\n"]),
)
def test_cells_are_those_of_the_csv_module(rows, delimiter, end, last, mark):
    content = mark + end.join(delimiter.join(row) for row in rows) + last
    text = find_text(content.encode(), "data.csv")
    try:
        format_ = find_format(text, "no")
    except DatasetError:
        return
    actual = rows_of(content, format_)
    if actual is not None:
        expected = [[cell.strip() for cell in row.cells] for row in data_rows(text, format_)]
        assert [[cell.strip() for cell in row] for row in actual] == expected


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(
    rows=st.lists(
        st.lists(st.sampled_from(["1", "-2.5e3", "ab", "#", "é", "\x0b", "0"]), min_size=2, max_size=3), max_size=5
    ),
    chosen=st.randoms(use_true_random=False),
    last=st.sampled_from(["", "\n"]),
    comments=st.booleans(),
)
def test_cells_between_blanks_are_those_of_the_csv_module(rows, chosen, last, comments):
    def blanks(fewest):
        return "".join(chosen.choices(" \t", k=chosen.randint(fewest, 3)))

    lines = [blanks(0) + "".join(cell + blanks(1) for cell in row[:-1]) + row[-1] + blanks(0) for row in rows]
    content = "".join(line + chosen.choice(["\n", "\r\n", "\n\n", "\n \t\n"]) for line in lines).rstrip("\r\n") + last
    text = find_text(content.encode(), "data.txt")
    format_ = FileFormat(" ", 2, comments=comments)
    actual = rows_of(content, format_)
    expected = [[cell for cell in row.cells if cell] for row in data_rows(text, format_)]
    if actual is not None:
        assert actual == expected
    else:
        assert any(len(row) != 2 for row in expected) or "\x0b" in content


WRITTEN = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)


@settings(deadline=None)
@given(st.lists(st.lists(WRITTEN, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_the_csv_module_writes(rows):
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    actual = rows_of(file.getvalue(), FileFormat(",", 2))
    if actual is None:  # a carriage return within quotes
        assert "\r" in file.getvalue()
    else:
        written = [[cell.strip() for cell in row] for row in rows]
        assert [[cell.strip() for cell in row] for row in actual] == written
