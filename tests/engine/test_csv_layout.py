"""What the reader of CSV files decides of itself, what it says of that, and what it refuses with the way out."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers import csv_text
from joml.data.readers.csv_file import LabelError, read_csv, read_csv_samples, read_table
from joml.data.readers.csv_folder import read_csv_folder_samples
from joml.data.readers.csv_format import FileFormat, find_format
from joml.data.readers.csv_layout import Layout
from joml.data.readers.text_file import find_text

RANDOM = np.random.default_rng(1)
PAIRS = RANDOM.normal(size=(30, 2)).round(3).tolist()
ROWS = "".join(f"{a},{b},{'ab'[n % 2]}\n" for n, (a, b) in enumerate(PAIRS))


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True, params=["any reader", "reader of plain files first"])
def reader(request, monkeypatch):
    """Read everything in both ways: nothing that is read or said may depend on the file's size."""
    monkeypatch.setattr(csv_text, "_PLAIN_BYTES", 0 if "plain" in request.param else 2**60)


def write(content, name="data.csv"):
    Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return name


def message(path, **options):
    with pytest.raises(DatasetError) as caught:
        read_csv(path, **{"missing": "error"} | options)
    assert str(caught.value).isprintable()
    return str(caught.value)


class TestHeadersOfNumbers:
    @pytest.mark.parametrize("header", ["0,1,label", "2019,2020,outcome", "7,id,label"])
    def test_a_label_that_no_other_row_has_makes_a_header(self, header):
        table = read_table(write(f"{header}\n{ROWS}"))
        assert (len(table.x), table.class_names) == (30, ("a", "b"))
        assert table.feature_names == tuple(header.split(",")[:2])

    def test_what_was_decided_is_said_and_can_be_decided_otherwise(self):
        path = write(f"2019,2020,outcome\n{ROWS}")
        assert read_csv(path).notes == (
            "line 1 is read as a header, as no other row has the label 'outcome'; write header: no if it is a sample",
        )
        samples = read_table(path, header="no")
        assert (len(samples.x), samples.class_names, samples.notes) == (31, ("a", "b", "outcome"), ())

    def test_a_name_above_numbers_is_a_header(self):
        rows = "".join(f"{a},{b},{n % 2}\n" for n, (a, b) in enumerate(PAIRS))
        assert read_table(write(f"2019,2020,ill\n{rows}")).class_names == ("0", "1")
        assert read_table(write(f"2019,2020,price\n{rows}"), task="regression").class_names == ("price",)

    @pytest.mark.parametrize("names", ["country,2019,2020,2021", "country,2021,2016,2011", "code,country,1990,1991"])
    def test_years_in_order_are_names(self, names):
        rows = "".join(f"c{row},{1950 + 7 * row},{row}.25,{row}.5\n" for row in range(8))
        table = read_table(write(f"{names}\n{rows}"), task="regression", ignore=[0, 1])
        assert (len(table.y), table.feature_names) == (8, (names.split(",")[2],))
        assert table.notes == (
            "line 1 is read as a header, as its numbers are years in order; write header: no if it is a sample",
        )

    def test_years_that_other_rows_have_too_are_none(self):
        rows = "".join(f"c{row},{1950 + row},{1951 + row},{1952 + row}\n" for row in range(8))
        assert len(read_table(write(rows), task="regression", ignore=[0]).y) == 8

    def test_a_class_of_a_single_sample_that_comes_first_is_a_sample(self):
        table = read_table(write(f"0.25,1.5,c\n{ROWS}"))
        assert (len(table.x), table.class_names) == (31, ("a", "b", "c"))
        assert table.notes == (
            "line 1 is read as a sample, although no other row has the label 'c'; write header: yes if it holds names",
        )

    def test_few_rows_are_no_evidence(self):
        assert len(read_table(write("1,2,x\n3,4,y\n5,6,y\n")).x) == 3

    def test_a_row_whose_label_comes_again_is_a_sample(self):
        table = read_table(write(f"3,4,b\n{ROWS}"))
        assert (len(table.x), table.notes) == (31, ())

    @pytest.mark.parametrize("task", ["classes", "regression"])
    def test_the_positions_that_pandas_writes_for_names_are_a_header(self, task):
        rows = "".join(f"{a},{b},{n % 2}\n" for n, (a, b) in enumerate(PAIRS))
        table = read_table(write(f"0,1,2\n{rows}"), task=task)
        assert (len(table.x), table.feature_names) == (30, ("0", "1"))
        assert table.notes[0].startswith("line 1 is read as a header, as it counts the columns")

    def test_whole_numbers_above_others_are_pointed_out(self):
        rows = "".join(f"{a},{b},{a * b}\n" for a, b in PAIRS)
        table = read_table(write(f"1999,2000,2001\n{rows}"), task="regression")
        assert len(table.x) == 31
        assert table.notes == (
            "line 1 is read as a sample, although it holds whole numbers only and the rows below it do not; write "
            "header: yes if it holds names",
        )
        whole = "".join(f"{n},{n + 5},{n % 2}\n" for n in (9, 3, 6, 1, 7, 2))
        assert read_table(write(f"4,5,1\n{whole}")).notes == ()


class TestWhatStandsAroundTheRows:
    @pytest.mark.parametrize(
        ("above", "names"),
        [
            ("# exported\n# by a program, at 12:30\nx,y,label\n", ("x", "y")),
            ("\n# exported, with names\n\nx,y,label\n", ("x", "y")),
            ("# x,y,label\n", ("x", "y")),  # as numpy.savetxt writes it
            ("# 1,2,a\n", ()),  # a sample that is commented out
            ("#,Name,Kind\n", ("#", "Name")),
            ("sep=,\nx,y,label\n", ("x", "y")),
            ("\ufeffsep=,\nx,y,label\n", ("x", "y")),
        ],
    )
    def test_comments_and_excel_s_separator_line(self, above, names):
        table = read_table(write(above + ROWS))
        assert (table.x.tolist(), table.class_names, table.feature_names) == (PAIRS, ("a", "b"), names)

    def test_the_separator_line_decides(self):
        table = read_table(write("sep=;\n" + ROWS.replace(",", ";")))
        assert table.x.tolist() == PAIRS
        assert read_table(write("sep=|\nx|y|label\n" + ROWS.replace(",", "|"))).x.tolist() == PAIRS

    def test_a_comment_between_rows_where_comments_stand_above(self):
        lines = ROWS.splitlines(keepends=True)
        assert read_table(write("# one\n" + lines[0] + "# two\n" + "".join(lines[1:]))).x.tolist() == PAIRS
        assert message(write(lines[0] + "# two\n" + "".join(lines[1:]))) == (
            "data.csv:2: 1 column instead of 3 as in line 1; if it is a comment, take it out"
        )

    def test_a_comment_is_no_label_where_comments_stand_above(self):
        lines = [",".join(reversed(line.split(","))) for line in ROWS.splitlines()]
        text = "# one\n" + "\n".join([*lines[:3], "#7,1,2", *lines[3:]])
        assert read_table(write(text), 0).class_names == ("a", "b")

    def test_a_row_without_anything_in_its_fields(self):
        assert message(write(f"u,v,label\n{ROWS},,\n,,\n")) == (
            "data.csv:32: every field of the row is empty: take the line out of the file"
        )

    def test_lines_are_counted_with_all_that_stands_above(self):
        assert message(write("# one\n\nsep=,\nx,y,label\n1,2,a\n1,z,b\n")) == (
            "data.csv:6: column 2 ('y'): a number was expected, got 'z'"
        )

    @pytest.mark.parametrize("header", ["x,y,label,\n", "x,y,label\n", ""])
    @pytest.mark.parametrize("label", [-1, 2])
    def test_a_comma_at_the_end_of_every_row(self, header, label):
        table = read_table(write(header + ROWS.replace("\n", ",\n")), label)
        assert (table.x.tolist(), table.class_names) == (PAIRS, ("a", "b"))
        if header != "x,y,label\n":
            assert table.notes == ("rows end with a comma: column 4, without a name and without values, is left out",)

    def test_which_are_not_empty_after_all(self):
        rows = ROWS.replace("\n", ",\n") + "1,2,a,3\n"
        assert message(write("x,y,label,\n" + rows)) == (
            "data.csv:32: column 4 has no name and is empty in the first rows, but not here: name it, or empty it"
        )

    def test_a_missing_label_is_no_empty_column(self):
        assert message(write("x,y,label\n1,2,a\n1,2,\n")) == "data.csv:3: column 3 ('label'): the label is empty"

    def test_a_nameless_and_empty_column_between_others(self):
        rows = "".join(f"{a},,{b},{'ab'[n % 2]}\n" for n, (a, b) in enumerate(PAIRS))
        table = read_table(write("x,,y,label\n" + rows))
        assert (table.x.tolist(), table.feature_positions, table.layout.label) == (PAIRS, (0, 2), 3)
        assert table.notes == ("column 2, without a name and without values, is left out",)
        assert message(write("x,,y,label\n" + rows + "1,5,2,a\n")) == (
            "data.csv:32: column 2 has no name and is empty in the first rows, but not here: name it, or leave it out "
            "by ignore: [1]"
        )

    def test_text_compressed_by_gzip(self):
        samples = read_csv_samples(write(gzip.compress(("x,y,label\n" + ROWS).encode()), "data.csv.gz"))
        assert (samples.x.tolist(), samples.name) == (PAIRS, "data")
        assert message(write(gzip.compress(ROWS.encode())[:-9], "cut.csv")).startswith(
            "cut.csv: the gzip file is truncated or damaged: "
        )
        assert message(write(gzip.compress(b"x,y\n1,\xff\n"))).startswith("data.csv:2: byte 3 of the line is not UTF-8")


class TestRowNumbers:
    def test_pandas_index_is_left_out(self):
        rows = "".join(f"{n},{line}\n" for n, line in enumerate(ROWS.splitlines()))
        table = read_table(write(",u,v,label\n" + rows))
        assert (table.x.tolist(), table.feature_names, table.feature_positions) == (PAIRS, ("u", "v"), (1, 2))
        assert table.notes == (
            "column 1, without a name, numbers the rows as pandas does: it is left out; ignore: [] keeps it",
        )
        kept = read_table("data.csv", ignore=[])
        assert kept.x[:, 0].tolist() == list(range(30))

    @pytest.mark.parametrize("name", ["", "Unnamed: 0"])
    def test_also_where_rows_were_shuffled_or_taken_out(self, name):
        order = np.random.default_rng(2).permutation(90)[:30]
        rows = "".join(f"{n},{line}\n" for n, line in zip(order, ROWS.splitlines(), strict=True))
        assert read_table(write(f"{name},u,v,label\n" + rows)).x.tolist() == PAIRS

    @pytest.mark.parametrize("numbers", [[5] * 30, [n / 2 for n in range(30)], [n - 3 for n in range(30)]])
    def test_another_nameless_column_is_a_feature(self, numbers):
        rows = "".join(f"{n},{line}\n" for n, line in zip(numbers, ROWS.splitlines(), strict=True))
        assert read_table(write(",u,v,label\n" + rows)).x[:, 0].tolist() == numbers

    def test_names_of_rows_are_left_out(self):
        rows = "".join(f"car {n},{line}\n" for n, line in enumerate(ROWS.splitlines()))
        table = read_table(write(",u,v,label\n" + rows))
        assert table.x.tolist() == PAIRS
        assert table.notes == ("column 1, without a name, holds texts that name the rows: it is left out",)

    @pytest.mark.parametrize(
        ("header", "start", "note"),
        [
            ("Id,u,v,label\n", 1, "column 1 ('Id') counts the rows (1, 2, 3, ...): if it only numbers them, leave it "),
            ("", 0, "column 1 counts the rows (0, 1, 2, ...): if it only numbers them, leave it out by ignore: [0]"),
        ],
    )
    def test_a_column_that_counts_is_named_and_can_be_left_out(self, header, start, note):
        rows = "".join(f"{n},{line}\n" for n, line in enumerate(ROWS.splitlines(), start))
        data = read_csv(write(header + rows))
        assert data.input_size == 3
        assert [each[: len(note)] for each in data.notes] == [note]
        left = read_csv("data.csv", ignore=["Id"] if header else [0], standardize=False)
        assert (left.input_size, left.notes) == (2, ())

    @pytest.mark.parametrize(
        ("numbers", "what"),
        [
            (range(130, 100, -1), "counts the rows (130, 129, 128, ...)"),
            (RANDOM.permutation(30) + 1, "has each number once, as if it numbered the rows ("),
            (range(101, 131), "counts the rows (101, 102, 103, ...)"),
        ],
    )
    def test_downwards_from_any_number_and_after_the_rows_were_mixed(self, numbers, what):
        rows = "".join(f"{number},{line}\n" for number, line in zip(numbers, ROWS.splitlines(), strict=True))
        (note,) = read_csv(write("Id,u,v,label\n" + rows)).notes
        assert note.startswith(f"column 1 ('Id') {what}")
        assert note.endswith("leave it out by ignore: [Id]")

    @pytest.mark.parametrize("numbers", [range(0, 60, 2), [1, 1, *range(3, 31)], [0.5, *range(1, 30)]])
    def test_other_numbers_number_nothing(self, numbers):
        rows = "".join(f"{number},{line}\n" for number, line in zip(numbers, ROWS.splitlines(), strict=True))
        assert read_csv(write("Id,u,v,label\n" + rows)).notes == ()

    def test_the_only_feature_is_what_the_label_depends_on(self):
        assert read_csv(write("x,y\n" + "".join(f"{n},{n * n}\n" for n in range(8))), task="regression").notes == ()

    def test_columns_are_left_out_by_name_and_position(self):
        path = write("name,u,kind,v,label\n" + "".join(f"n{n},{n},k,{n},{n % 2}\n" for n in (4, 2, 7, 1)))
        table = read_table(path, ignore=["name", " kind ", -2])
        assert (table.x.tolist(), table.feature_names) == ([[4], [2], [7], [1]], ("u",))
        assert table.feature_positions == (1,)
        assert read_table(path, "u", ignore=["name", "kind"]).class_names == ("1", "2", "4", "7")

    @pytest.mark.parametrize(
        ("ignore", "expected"),
        [
            (["V"], "ignore: no column is named 'V'; did you mean 'v'?"),
            (["V", "v", "w w", 0], "ignore: 2 columns are missing: 'V', 'w w'"),
            ([3], "ignore: position 3 is out of range: there are 3 columns, 0 to 2"),
            (["label"], "ignore: column 3 ('label') is the label column"),
            ([-1], "ignore: column 3 ('label') is the label column"),
            (["u", 1], "ignore: no feature column remains"),
        ],
    )
    def test_what_cannot_be_left_out(self, ignore, expected):
        assert message(write("u,v,label\n1,2,a\n3,4,b\n"), ignore=ignore) == f"data.csv: {expected}"

    def test_a_name_needs_a_header(self):
        assert message(write("1,2,a\n3,4,b\n"), ignore=["u"]) == (
            "data.csv: ignore: 'u' is a name, and the file has no header; give positions"
        )


class TestLabels:
    @pytest.mark.parametrize(
        ("labels", "classes"),
        [
            (["9007199254740992", "9007199254740993", "5"], ("5", "9007199254740992", "9007199254740993")),
            (["7", "07", "007"], ("7", "007", "07")),
            (["1", "1.0", "2", "+2"], ("1", "2")),
            (["1e3", "1000", "2"], ("2", "1e3")),
            (["0.1", "0.10", "0.1000000000000000055"], ("0.1", "0.1000000000000000055")),
            (["12345678901234567890123", "12345678901234567890124"], None),
        ],
    )
    def test_numbers_are_compared_as_they_are_written(self, labels, classes):
        rows = "".join(f"{n}.5,{n % 3},{label}\n" for n, label in enumerate(labels * 3))
        table = read_table(write(rows))
        assert table.class_names == (classes or tuple(labels))
        for place, label in zip(table.y, labels * 3, strict=True):
            assert float(table.class_names[place]) == float(label)

    def test_texts_to_predict_are_labels(self):
        assert message(write("u,kind\n1,a\n2,b\n3,a\n"), task="regression") == (
            "data.csv:2: column 2 ('kind'): a number was expected, got 'a'; 2 more rows are like it: write numbers, or "
            "take them for labels by task: classes"
        )

    def test_numbers_nearly_all_distinct_are_values(self):
        prices = "".join(f"{n % 7},{n},{100_000 + 37 * n}\n" for n in range(50))
        with pytest.raises(LabelError) as caught:
            read_csv(write("rooms,year,price\n" + prices), "price")
        assert str(caught.value) == (
            "data.csv: column 3 ('price') holds 50 different numbers, in 50 samples, which look like values and not "
            "like classes: to predict numbers, write task: regression; to take them for classes, write them as texts, "
            "such as 'c100000'"
        )
        assert read_csv("data.csv", "price", task="regression").task == "regression"
        assert read_csv(write(prices.replace(",10", ",c10").replace(",c10,", ",10,"))).output_size == 50

    def test_so_are_numbers_that_are_not_whole_though_each_comes_often(self):
        rows = "".join(f"{n},{n % 25 + 0.5}\n" for n in range(1_000))
        assert "holds 25 different numbers, not all of them whole" in message(write(rows))
        ratings = "".join(f"{n},{n % 10 / 2}\n" for n in range(100))
        assert read_csv(write(ratings)).output_size == 10

    def test_whole_numbers_that_come_often_are_classes(self):
        rows = "".join(f"{n * 7 % 11},{n % 60}\n" for n in range(1_200))
        data = read_csv(write(rows))
        assert data.output_size == 60
        assert data.notes == (
            "data.csv: column 2 holds 60 different numbers, each taken for a class: to predict numbers, write task: "
            "regression",
        )

    def test_texts_nearly_all_distinct_are_pointed_out(self):
        rows = "".join(f"{n % 7},word{n}\n" for n in range(50))
        assert read_csv_samples(write(rows)).notes == (
            "data.csv: column 2 holds 50 different texts in 50 samples: is it the label column?",
        )

    @pytest.mark.parametrize(
        ("labels", "message"),
        [
            (["up", "UP", "down"], "'UP' and 'up'"),
            (["a b", "a  b", "c"], "'a  b' and 'a b'"),
            (["\xe9", "e\u0301", "c"], "'e\\u0301' and '\\xe9'"),
        ],
    )
    def test_labels_that_are_easily_taken_for_the_same_are_pointed_out(self, labels, message):
        rows = "".join(f"{n * n},{labels[n % 3]}\n" for n in range(12))
        table = read_table(write(rows))
        assert len(table.class_names) == 3
        assert table.notes == (
            f"data.csv: column 2: {message} are different classes: write them alike if they are one",
        )

    @pytest.mark.parametrize("labels", [["-", "a"], ["0", "nil"]])
    def test_a_label_that_rather_says_that_there_is_none_is_pointed_out(self, labels):
        rows = "".join(f"{n * n},{labels[n % 2]}\n" for n in range(12))
        (note,) = read_table(write(rows)).notes
        assert "is taken for a class: if the label is missing there, leave its rows out" in note

    @pytest.mark.parametrize("write_price", ["{},5", "{}.5", "{}.5\n1;NA"])
    def test_prices_with_decimal_commas_or_some_missing_are_values_too(self, write_price):
        rows = "".join(f"{n % 7};{write_price.format(n)}\n" for n in range(50))
        with pytest.raises(LabelError, match="write task: regression"):
            read_csv(write(rows))

    def test_prices_with_marks_of_thousands_are_values_too(self):
        rows = "".join(f'{n % 7},"{100 + n},000"\n' for n in range(50))
        assert "write task: regression" in message(write(rows))
        assert read_table("data.csv", task="regression").y[:2].tolist() == [100_000, 101_000]


class TestCommasInNumbers:
    @pytest.mark.parametrize(
        ("cells", "numbers", "meaning"),
        [
            (['"1,200"', "980", '"1,450"'], [1200, 980, 1450], "thousands separators, as in 1,200 for 1200"),
            (['"1,234,567.5"', "-3", '"-12,000"'], [1234567.5, -3, -12000], "thousands separators"),
            (['"1,5"', "3", '"-12,25"'], [1.5, 3, -12.25], "decimal points, as in 1,5 for 1.5"),
        ],
    )
    def test_they_are_read_where_they_can_only_be_one_thing(self, cells, numbers, meaning):
        rows = "".join(f"{cell},{n},{'ab'[n % 2]}\n" for n, cell in enumerate(cells))
        table = read_table(write("area,n,sold\n" + rows))
        assert table.x[:, 0].tolist() == numbers
        assert table.notes[0].startswith(f"column 1 ('area'): commas are read as {meaning}")

    def test_a_point_beside_decimal_commas_may_set_apart_thousands(self):
        rows = "".join(f"1.{100 + n};{n % 7},5;{'ab'[n % 2]}\n" for n in range(20))
        assert message(write("area;n;sold\n" + rows)) == (
            "data.csv:2: column 1 ('area'): '1.100' may be either where commas are decimal points; write 1100 or "
            "1,100, whichever is meant; 19 more rows are like it: write numbers, or leave the column out by ignore: "
            "[area]"
        )
        table = read_table(write("area;n;sold\n" + rows.replace("1.104", "1.10")))
        assert table.x[:2].tolist() == [[1.1, 0.5], [1.101, 1.5]]

    @pytest.mark.parametrize(
        ("cell", "meant"), [("1.234,5", "1234.5"), ("1.234.567", "1234567"), ("-1.000,", "-1000.")]
    )
    def test_points_that_surely_set_apart_thousands(self, cell, meant):
        table = read_table(write(f"{cell};1;a\n2.100;3;b\n400;3;b\n"))
        assert table.x.tolist() == [[float(meant), 1], [2100, 3], [400, 3]]
        assert table.notes == ("column 1: points are read as thousands separators, as in 1.200,5 for 1200.5",)
        assert f"got '{cell}'; write {meant}" in message(write(f"{cell};1;a\n2.1;3;b\n"))

    def test_what_they_are_goes_with_the_data(self):
        rows = "".join(f'"{n},5","1,{100 + n}",980.5,{"ab"[n % 2]}\n' for n in range(12))
        samples = read_csv_samples(write("a,b,c,label\n" + rows))
        assert samples.file_format["feature_commas"] == ["decimal", "decimal", ""]
        assert "feature_commas" not in read_csv_samples(write(ROWS)).file_format

    @pytest.mark.parametrize(
        ("cells", "numbers"),
        [
            (["1,5", "1,200"], [1.5, 1.2]),
            (["1.234,5"], [1234.5, 1234.5]),
            (["1,234,567", "1,200"], [1234567, 1200]),
            (["1,200.5", "1,200"], [1200.5, 1200]),
        ],
    )
    def test_semicolons_as_well(self, cells, numbers):
        rows = "".join(f"{cell};{n};{'ab'[n % 2]}\n" for n, cell in enumerate((cells * 2)[:2]))
        assert read_table(write(rows)).x[:, 0].tolist() == numbers

    def test_what_may_be_both_is_refused_with_both_values(self):
        assert message(write("1,200;1;a\n980;2;b\n")) == (
            "data.csv:1: column 1: a number was expected, got '1,200'; write 1200 or 1.200, whichever is meant; if "
            "this line holds names, read the file with header yes"
        )

    def test_both_in_one_column_are_refused(self):
        assert message(write('area,n,sold\n"1,200",1,a\n"1,5",2,b\n"1,200,000",2,b\n')) == (
            "data.csv:2: column 1 ('area'): a number was expected, got '1,200'; write 1200 or 1.200, whichever is "
            "meant; 2 more rows are like it: write numbers, or leave the column out by ignore: [area]"
        )


class TestAllAtOnce:
    def test_every_column_is_named_and_counted(self):
        rows = "".join(
            f"{'' if n % 3 else n},{['male', 'female'][n % 2]},{'NA' if n == 4 else n},S,{n % 2}\n" for n in range(9)
        )
        path = write("age,sex,fare,home port,survived\n" + rows)
        assert message(path) == (
            "data.csv: 2 columns cannot be read: column 1 ('age'): 6 missing; column 3 ('fare'): 1 missing; fill the "
            "empty fields, or leave columns out by ignore: [age, fare]"
        )

    def test_with_the_labels_that_are_missing(self):
        assert message(write("u,v,label\n1,,a\n2,,\n3,4,b\n")) == (
            "data.csv: 2 columns cannot be read: column 2 ('v'): 2 missing; column 3 ('label'): 1 missing; fill the "
            "empty fields, or leave the column out by ignore: [v]"
        )

    def test_what_is_left_out_needs_no_numbers(self):
        table = read_table(write("u,v,label\n1,,a\n2,x,b\n"), ignore=["v"])
        assert table.x.tolist() == [[1], [2]]

    def test_the_advice_is_valid_yaml(self):
        names = ["on", "it's", "a,b", "käse", "-x", "null"]
        quoted = ",".join(f'"{name}"' for name in names)
        text = message(write(f"{quoted},u,label\n" + ("," * len(names) + "1,a\n") + ("2," * len(names) + "1,a\n") * 3))
        yaml = pytest.importorskip("yaml")
        assert yaml.safe_load(text[text.index("ignore:") :]) == {"ignore": names}


class TestScales:
    @pytest.mark.parametrize("scale", [1e-27, 1e-200, 1e25, 1e37])
    def test_tiny_and_huge_columns_are_standardised(self, scale):
        values = RANDOM.normal(size=40)
        rows = "".join(f"{value * scale!r},{n % 2}\n" for n, value in enumerate(values.tolist()))
        data = read_csv(write(rows))
        assert data.x_train.std() == pytest.approx(1, rel=1e-5)

    def test_milliseconds_since_1970_keep_what_tells_them_apart(self):
        times = 1_700_000_000_000 + np.arange(40) % 7
        rows = "".join(f"{time},{n % 2}\n" for n, time in enumerate(times.tolist()))
        assert len(np.unique(read_csv(write(rows)).x_train)) == 7

    @pytest.mark.parametrize("scale", [lambda n: 1_700_000_000_000 + n, lambda n: n * 1e-50, lambda n: 1 + n * 1e-9])
    def test_what_single_precision_would_lose_unscaled_is_said(self, scale):
        rows = "".join(f"{scale(n % 7)!r},{n % 3},{n % 2}\n" for n in range(40))
        note = "numbers that single precision does not tell apart as they stand: standardize"
        assert read_csv(write(rows), standardize=False).notes == (f"feature 'x1' has {note}: true scales them",)
        assert read_csv("data.csv").notes == ()
        values = read_csv("data.csv", label=0, task="regression")
        assert values.notes == (f"value 'y1' has {note}_y: true scales them",)
        assert read_csv("data.csv", label=0, task="regression", standardize_y=True).notes == ()


class TestReadingAlike:
    """Prediction reads other files as the data set's own was read."""

    def cells(self, content, like, header="auto"):
        text = find_text(content.encode())
        format_ = find_format(text, header, like=like)
        return format_, csv_text.read_cells(text, Layout(format_)).numbers.tolist()

    def test_a_format_survives_json(self):
        format_ = find_format(find_text(Path(write("# c\nx;y;label;\n1;2;a;\n3;4;b;\n"))))
        assert (format_.delimiter, format_.width, format_.names) == (";", 3, ("x", "y", "label"))
        assert FileFormat.from_plain(format_.to_plain()) == format_
        with pytest.raises(ValueError, match="this is not a file format"):
            FileFormat.from_plain({"delimiter": ",", "wings": 2})

    def test_names_with_commas_between_semicolons(self):
        like = find_format(find_text(b'"length (cm, mean)";"width (cm, mean)";"label"\n1;2;a\n3;4;b\n'))
        format_, cells = self.cells('"length (cm, mean)";"width (cm, mean)"\n5;6\n', like)
        assert (format_.names, cells) == (("length (cm, mean)", "width (cm, mean)"), [[5, 6]])

    def test_numbers_are_names_where_they_were_names(self):
        like = find_format(find_text(f"2019,2020,outcome\n{ROWS}".encode()), label=-1)
        format_, cells = self.cells("2020,2019\n5,6\n", like)
        assert (format_.names, cells) == (("2020", "2019"), [[5, 6]])

    def test_the_delimiter_that_was_is_preferred(self):
        like = find_format(find_text(b"1;2;3\n4;5;6\n"))
        assert self.cells("1,5;2,25;3\n", like)[1] == [[1.5, 2.25, 3]]
        assert self.cells("7,8,9\n", like)[1] == [[7, 8, 9]]

    def test_an_empty_text(self):
        with pytest.raises(DatasetError, match="rows: the file is empty"):
            find_format(find_text(b"# nothing\n\n", "rows"))


def test_columns_of_one_name_are_noted():
    write("a,b,a,k\n1,2,3,x\n4,5,6,y\n7,9,8,x\n")
    note = "2 columns are named 'a'; settings name them by position, from 0: 0, 2"
    assert read_csv_samples("data.csv").notes[0] == note
    assert read_csv_samples("data.csv", ignore=[2]).notes == (note,)


class TestStatedDecimals:
    """A setting states what commas are where the numbers leave it open."""

    @pytest.fixture
    def unclear(self, tmp_path):
        path = tmp_path / "data.csv"
        path.write_text("a;b;kind\n1,803;-1,341;x\n2,243;1,435;y\n1,656;-1,740;x\n")
        return path

    def test_the_message_names_the_setting(self, unclear):
        with pytest.raises(DatasetError, match=r"decimal: comma \(1,200 is 1.2\) or decimal: point \(1200\)"):
            read_csv(unclear)

    @pytest.mark.parametrize(("decimal", "first"), [("comma", [1.803, -1.341]), ("point", [1803, -1341])])
    def test_numbers_are_read_as_stated(self, unclear, decimal, first):
        samples = read_csv_samples(unclear, decimal=decimal)
        assert samples.x[0].tolist() == first
        assert samples.file_format["feature_commas"] == ["decimal" if decimal == "comma" else "thousands"] * 2

    def test_a_zero_in_front_shows_a_decimal_comma(self, tmp_path):
        path = tmp_path / "data.csv"
        path.write_text("a;b;kind\n0,803;-1,341;x\n2,243;1,435;y\n")
        assert read_csv_samples(path).x.tolist() == [[0.803, -1.341], [2.243, 1.435]]

    def test_points_are_thousands_beside_stated_decimal_commas(self, tmp_path):
        path = tmp_path / "data.csv"
        path.write_text("a;b;c;kind\n" + "1,803;1.200;7;x\n2,243;2.000;8;y\n" * 5)
        samples = read_csv_samples(path, decimal="comma")
        assert samples.x[:2].tolist() == [[1.803, 1200, 7], [2.243, 2000, 8]]
        data = read_csv(path, decimal="comma", columns={"c": "category"}, standardize=False)
        assert sorted(np.concatenate([data.x_train, data.x_test], axis=1)[1].tolist()) == [1200] * 5 + [2000] * 5

    @pytest.mark.parametrize(("decimal", "cell"), [("comma", "1,200,000"), ("point", "1,5")])
    def test_a_column_that_shows_the_contrary_is_refused(self, tmp_path, decimal, cell):
        path = tmp_path / "data.csv"
        path.write_text(f"a;b;kind\n{cell};1;x\n1,200;2;y\n")
        with pytest.raises(DatasetError, match=r"column 1 \('a'\): a number was expected"):
            read_csv(path, decimal=decimal)

    def test_another_mark_is_refused(self, unclear):
        with pytest.raises(DatasetError, match="decimal: auto, comma or point was expected"):
            read_csv(unclear, decimal=";")

    def test_large_files_are_read_alike(self, unclear, monkeypatch):
        monkeypatch.setattr(csv_text, "_PLAIN_BYTES", 0)
        assert read_csv_samples(unclear, decimal="comma").x[0].tolist() == [1.803, -1.341]
        assert read_csv_samples(unclear, decimal="point").x[0].tolist() == [1803, -1341]

    def test_folders_have_the_setting(self, tmp_path):
        (tmp_path / "x_train.csv").write_text("a;b\n1,803;-1,341\n2,243;1,435\n")
        (tmp_path / "y_train.csv").write_text("kind\nx\ny\n")
        assert read_csv_folder_samples(tmp_path, decimal="comma").x[0].tolist() == [1.803, -1.341]


class TestTitles:
    """A title above the names is no row of the table."""

    @pytest.mark.parametrize("title", ["My report\n", "My report\n\n", "My report,,\n,,\n", "Report\nof 2020\n"])
    def test_a_title_is_named_with_its_lines(self, tmp_path, title):
        path = tmp_path / "data.csv"
        path.write_text(title + "a,b,kind\n" + "1,2,x\n2,3,y\n" * 5)
        line = title.count("\n") + 1
        with pytest.raises(DatasetError, match=f"as a title, .* take the lines above line {line} out of the file"):
            read_csv(path)

    @pytest.mark.parametrize("first", [",kind\n", "1,,x\n", ",,x\n", "a,,\n"])
    def test_a_first_row_with_gaps_is_no_title(self, tmp_path, first):
        path = tmp_path / "data.csv"
        rows = "1,x\n2,y\n" if first.count(",") == 1 else "1,2,x\n2,3,y\n"
        path.write_text(first + rows * 5)
        assert len(read_csv_samples(path).y) >= 10


class TestTitlesInWhichTheDelimiterStands:
    ROWS = "".join(f"0.{row},1.{row},{'xy'[row % 2]}\n" for row in range(10, 30))

    def message_of(self, head, **settings):
        with pytest.raises(DatasetError) as caught:
            read_csv(write(f"{head}\n{self.ROWS}"), **settings)
        return str(caught.value).partition(".csv:")[2]

    def test_one_of_another_width_is_named(self):
        assert self.message_of("Sales, by region\na,b,k") == (
            "1: line 1 has 2 fields, and the rows from line 2 on have 3: if it is a title, take it out of the file, or "
            "begin it with #"
        )
        message = self.message_of("Sales, by region, of all, years\nTable 1, page 2\n\na,b,k")
        assert "from line 4 on have 3: if lines 1 to 2 are a title, take them out of the file, or begin each" in message

    @pytest.mark.parametrize("head", ["Sales, by region, 2020\na,b,k", "a,b,k\ncm,kg,-"])
    def test_one_of_the_same_width_and_units_are_named(self, head):
        message = self.message_of(head)
        assert message.startswith(
            "1: lines 1 and 2 both hold texts above numbers, as names of columns do: if line 1 is"
        )
        assert "if line 2 holds units, take that one out" in message

    def test_units_are_missing_cells_where_the_user_says_so(self):
        kinds = {"a": "number", "b": "number"}
        data = read_csv(write(f"a,b,k\ncm,kg,x\n{self.ROWS}"), columns=kinds)
        assert data.train_size + data.test_size == 21

    def test_other_first_rows_are_no_title(self):
        assert read_csv(write(f"a,b,k\n{self.ROWS}")).feature_names == ("a", "b")
        assert read_csv(write(f"# Sales, by region\na,b,k\n{self.ROWS}")).feature_names == ("a", "b")
        with pytest.raises(DatasetError, match="3 columns instead of 2"):  # as R writes names of rows
            read_csv(write(f"a,b\n{self.ROWS}"))
        for first in ("NA,red,x", '"1,200",red,x', "-,x,x"):
            rows = "".join(f"1{row}.5,{'red' if row % 2 else 'blue'},{'xy'[row % 2]}\n" for row in range(10, 30))
            assert len(read_csv_samples(write(f"a,b,k\n{first}\n{rows}")).y) == 21
