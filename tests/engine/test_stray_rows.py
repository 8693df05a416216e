"""Rows of a table that are no samples."""

from __future__ import annotations

import pytest

from joml.data.dataset_error import DatasetError
from joml.data.readers.csv_file import read_csv_samples
from joml.data.tables.stray_rows import describe_total_row
from joml.data.tables.text_reader import column_of

SUMS = "the last row holds the sums of the other rows: take it out of the file, as it is no sample"
CALLED = "the last row is called '{}': if it sums up the other rows, take it out of the file"
SHOPS = [[f"shop {row}", f"{row * 1.25:.2f}", str(3 + row % 4)] for row in range(12)]


def notes_on(rows):
    return describe_total_row([column_of("", list(cells)) for cells in zip(*rows, strict=True)])


@pytest.mark.parametrize(
    ("last", "note"),
    [
        (["", "82.50", "54"], (SUMS,)),
        (["shop 12", "82.50", "53"], ()),
        (["shop 12", "82.50", ""], ()),
        (["Total:", "", ""], (CALLED.format("Total:"),)),
        (["SUMME", "1", "2"], (CALLED.format("SUMME"),)),
    ],
)
def test_sums_and_their_names_are_pointed_out(last, note):
    assert notes_on([*SHOPS, last]) == note


def test_a_word_that_is_a_category_and_few_rows_are_none():
    assert notes_on([["mean", "1"], *[["kind", "2"]] * 9, ["mean", "3"]]) == ()
    assert notes_on([["1", "2"], ["3", "4"], ["4", "6"]]) == ()


def test_files_of_numbers_and_of_texts_have_the_note(tmp_path):
    numbers = "".join(f"{row}.5,{row * row}\n" for row in range(10)) + "50,285\n"
    (tmp_path / "numbers.csv").write_text("x,price\n" + numbers)
    assert SUMS in read_csv_samples(tmp_path / "numbers.csv", task="regression").notes
    texts = "".join(f"{'ab'[row % 2]},{row}.5,{row * row}\n" for row in range(10)) + "b,50,285\n"
    (tmp_path / "texts.csv").write_text("kind,x,price\n" + texts)
    assert SUMS in read_csv_samples(tmp_path / "texts.csv", task="regression").notes


def test_names_of_columns_among_the_rows_are_pointed_out(tmp_path):
    rows = "".join(f"{'ab'[row % 2]},{'xyz'[row % 3]},{'uv'[row % 2]}\n" for row in range(10))
    (tmp_path / "joined.csv").write_text(f"colour,size,kind\n{rows}colour,size,kind\n{rows}")
    notes = read_csv_samples(tmp_path / "joined.csv").notes
    assert "1 row holds the names of the columns, the first in line 12: take such rows out of the file" in notes


def test_faults_of_joined_files_and_turned_tables_say_what_to_do(tmp_path):
    rows = "".join(f"{row},{row % 3},{'uv'[row % 2]}\n" for row in range(10))
    (tmp_path / "joined.csv").write_text(f"x,y,kind\n{rows}x,y,kind\n{rows}")
    with pytest.raises(DatasetError, match="1 row holds the names of the columns, the first in line 12"):
        read_csv_samples(tmp_path / "joined.csv")
    people = range(20)
    lines = (
        ["name", *(f"s{each}" for each in people)],
        ["height", *(str(150 + each) for each in people)],
        ["mass", *(str(50 + each) for each in people)],
        ["sex", *("mf"[each % 2] for each in people)],
    )
    (tmp_path / "turned.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    with pytest.raises(
        DatasetError, match="the rows seem to be features and the columns samples: write a row for each"
    ):
        read_csv_samples(tmp_path / "turned.csv")
