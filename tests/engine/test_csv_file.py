import csv
import io
import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joml.data.dataset import DatasetError, split_indices
from joml.data.labels import describe_label
from joml.data.readers import csv_text
from joml.data.readers.csv_file import LabelError, read_csv, read_table
from joml.data.readers.csv_format import FileFormat
from joml.data.readers.csv_layout import Layout
from joml.data.readers.text_file import find_text


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write data.csv into the current folder and return its name, so that messages are short."""
    monkeypatch.chdir(tmp_path)

    def write(content, encoding="utf-8"):
        content = content if isinstance(content, bytes) else content.encode(encoding)
        Path("data.csv").write_bytes(content)
        return "data.csv"

    return write


@pytest.fixture(autouse=True, params=["any reader", "reader of plain files first"])
def reader(request, monkeypatch):
    """Read everything in both ways: nothing that is read or said may depend on the file's size."""
    monkeypatch.setattr(csv_text, "_PLAIN_BYTES", 0 if "plain" in request.param else 2**60)


def message(content_path, **options):
    with pytest.raises(DatasetError) as caught:
        read_csv(content_path, **{"missing": "error"} | options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


PLAIN = "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n"


class TestWhatIsRead:
    def test_features_labels_and_names(self, write):
        table = read_table(write(PLAIN))
        assert table.x.tolist() == [[1, 2], [3, 4], [5, 6]]
        assert table.y.tolist() == [0, 1, 0]
        assert table.class_names == ("x", "y")
        assert table.feature_names == ("a", "b")

    @pytest.mark.parametrize(
        "content",
        [
            PLAIN.replace("\n", "\r\n"),
            PLAIN.replace("\n", "\r"),
            PLAIN.rstrip("\n"),
            PLAIN + "\n\n  \n",
            "\n" + PLAIN.replace("\n", "\n\n"),
            PLAIN.replace(",", ";"),
            PLAIN.replace(",", "\t"),
            PLAIN.replace(",", ", "),
            PLAIN.replace(",", " , "),
            '"a","b","kind"\n"1","2","x"\n"3", "4" ,"y"\n5,6,"x"\n'.replace(' ,"y"', ',"y"'),
            "\ufeff" + PLAIN,
        ],
    )
    def test_every_common_form_reads_alike(self, write, content):
        table = read_table(write(content))
        assert table.x.tolist() == [[1, 2], [3, 4], [5, 6]]
        assert table.class_names == ("x", "y")
        assert table.y.tolist() == [0, 1, 0]
        assert table.feature_names == ("a", "b")

    def test_quoted_fields_hold_delimiters_and_line_ends(self, write):
        table = read_table(write('a,"b, or\nc",kind\n1,2,"x, ""1"""\n3,4,y\n'))
        assert table.feature_names == ("a", "b, or\nc")
        assert table.class_names == ('x, "1"', "y")

    @pytest.mark.parametrize(
        ("label", "features", "classes"),
        [
            ("kind", ("a", "b"), ("x", "y")),
            (" kind ", ("a", "b"), ("x", "y")),
            (2, ("a", "b"), ("x", "y")),
            (-1, ("a", "b"), ("x", "y")),
        ],
    )
    def test_the_label_by_name_and_by_position(self, write, label, features, classes):
        table = read_table(write(PLAIN), label)
        assert (table.feature_names, table.class_names) == (features, classes)

    @pytest.mark.parametrize("label", ["kind", 0, -3])
    def test_the_label_may_be_the_first_column(self, write, label):
        table = read_table(write("kind,a,b\nx,1,2\ny,3,4\n"), label)
        assert table.feature_names == ("a", "b")
        assert table.x.tolist() == [[1, 2], [3, 4]]

    def test_numeric_labels_are_in_order_of_value(self, write):
        table = read_table(write("1,10\n2,9\n3,-1\n4,10.0\n"))
        assert table.class_names == ("-1", "9", "10")
        assert table.y.tolist() == [2, 1, 0, 2]

    def test_other_labels_are_in_order_of_text(self, write):
        table = read_table(write("1,10\n2,9\n3,b\n4,a\n"))
        assert table.class_names == ("10", "9", "a", "b")
        assert table.y.tolist() == [0, 1, 3, 2]

    def test_numbers_in_every_notation(self, write):
        table = read_table(write("-1.5e-3,+.5, 7 ,x\n1E3,0x,8,y\n".replace("0x", "0")))
        assert table.x.tolist() == [[-1.5e-3, 0.5, 7], [1000, 0, 8]]

    def test_semicolons_beat_the_commas_of_decimals(self, write):
        table = read_table(write("1,5;2,5;x\n2,5;3;y\n"))
        assert table.x.tolist() == [[1.5, 2.5], [2.5, 3]]
        assert table.notes == ("column 1, column 2: commas are read as decimal points, as in 1,5 for 1.5",)

    def test_many_blocks_are_one_table(self, write, monkeypatch):
        monkeypatch.setattr(csv_text, "_BLOCK_CELLS", 6)
        rows = "".join(f"{n},{-n},{'abc'[n % 3]}\n" for n in range(101))
        table = read_table(write(rows))
        assert table.x.tolist() == [[n, -n] for n in range(101)]
        assert table.y.tolist() == [n % 3 for n in range(101)]

    @pytest.mark.slow
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
    @given(
        rows=st.lists(
            st.tuples(
                st.floats(-1e30, 1e30),
                st.integers(-(10**12), 10**12),
                st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
                    lambda text: text.strip() and not describe_label(text)
                ),
            ),
            min_size=2,
            max_size=20,
        ).filter(lambda rows: len({row[2].strip() for row in rows}) == len(rows)),
        delimiter=st.sampled_from(",;\t"),
    )
    def test_what_the_csv_module_writes_reads_back(self, write, rows, delimiter):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(["first", "second", "label"])
        writer.writerows(rows)
        format_ = FileFormat(delimiter, 3, ("first", "second", "label"), header_rows=1)
        cells = csv_text._read_any(find_text(Path(write(text.getvalue()))), Layout(format_, 2, "classes"))
        assert cells.numbers.tolist() == [[first, float(second)] for first, second, _ in rows]
        assert [cells.texts[place] for place in cells.labels] == [label.strip() for *_, label in rows]


HOUSES = "rooms,price,size\n3,250.5,80\n5,-1e3,120\n2,250.5,45\n"


class TestValues:
    def test_the_label_column_holds_numbers_to_be_predicted(self, write):
        table = read_table(write(HOUSES), "price", task="regression")
        assert table.x.tolist() == [[3, 80], [5, 120], [2, 45]]
        assert table.y.tolist() == [250.5, -1000, 250.5]
        assert (table.class_names, table.feature_names) == (("price",), ("rooms", "size"))

    @pytest.mark.parametrize("label", [0, 1, 2, -1])
    def test_by_position_without_a_header(self, write, label):
        cells = np.arange(12.0).reshape(4, 3)
        table = read_table(write("".join(f"{a},{b},{c}\n" for a, b, c in cells)), label, task="regression")
        assert table.y.tolist() == cells[:, label].tolist()
        assert table.x.tolist() == np.delete(cells, label, axis=1).tolist()
        assert (table.class_names, table.feature_names) == (("y1",), ())

    def test_many_blocks_are_one_table(self, write, monkeypatch):
        monkeypatch.setattr(csv_text, "_BLOCK_CELLS", 6)
        table = read_table(write("".join(f"{n},{-n},{n / 4}\n" for n in range(101))), task="regression")
        assert table.x.tolist() == [[n, -n] for n in range(101)]
        assert table.y.tolist() == [n / 4 for n in range(101)]

    def test_they_stay_as_they_are_while_features_are_standardised(self, write):
        random = np.random.default_rng(0)
        x, y = random.normal(50, 3, 40), random.normal(1000, 200, 40)
        path = write("".join(f"{a!r},{b!r}\n" for a, b in zip(x.tolist(), y.tolist(), strict=True)))
        dataset = read_csv(path, test_share=0.25, seed=3, task="regression")
        train, test = split_indices(40, 0.25, 3)
        assert (dataset.task, dataset.name, dataset.class_names) == ("regression", "data", ("y1",))
        assert dataset.y_train.tolist() == [y[train].astype(np.float32).tolist()]
        assert dataset.y_test.tolist() == [y[test].astype(np.float32).tolist()]
        assert dataset.x_test[0] == pytest.approx((x[test] - x[train].mean()) / x[train].std(), abs=1e-5)

    def test_unless_they_are_to_be_standardised_too(self, write):
        values = np.random.default_rng(0).normal(1e9, 3, 200)
        path = write("".join(f"{n},{value!r}\n" for n, value in enumerate(values.tolist())))
        dataset = read_csv(path, standardize=False, seed=1, task="regression", standardize_y=True)
        train, test = split_indices(200, 0.2, 1)
        assert dataset.y_train[0] == pytest.approx(
            (values[train] - values[train].mean()) / values[train].std(), abs=1e-6
        )
        assert dataset.y_test[0] == pytest.approx((values[test] - values[train].mean()) / values[train].std(), abs=1e-6)
        assert dataset.x_test.tolist() == [test.tolist()]

    def test_labels_are_never_standardised(self, write):
        dataset = read_csv(write("1,7\n2,9\n3,8\n"), standardize_y=True)
        assert dataset.task == "classes"
        assert dataset.output_size == 3

    def test_there_may_be_more_of_them_than_classes_and_fewer_than_two(self, write):
        assert read_csv(write("".join(f"1,{n}\n" for n in range(1_001))), task="regression").output_size == 1
        assert read_table(write("1,5\n2,5\n"), task="regression").y.tolist() == [5, 5]

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (
                PLAIN,
                "data.csv:2: column 3 ('kind'): a number was expected, got 'x'; 2 more rows are like it: write "
                "numbers, or take them for labels by task: classes",
            ),
            ("1,2,3\n1,2,\n", "data.csv:2: column 3: a number was expected, the field is empty"),
            ("1,2,3\n1,2,nan\n", "data.csv:2: column 3: a finite number was expected, got 'nan'"),
            ("1,2,3\n1,2,1e39\n", "data.csv:2: column 3: a number of at most 3.4e+38 was expected, got '1e39'"),
            ("1,2,3\n1,2,1_0\n", "data.csv:2: column 3: a number was expected, got '1_0'"),
            (
                "1;2;3.5\n1;2;1,5\n",
                "data.csv:2: column 3: a number was expected, got '1,5'; write a decimal point, not a comma",
            ),
            ("1,2,3\n1,o,4\n", "data.csv:2: column 2: a number was expected, got 'o'"),
            ("1,2,3\n1,2\n", "data.csv:2: 2 columns instead of 3 as in line 1"),
            ("1,2,3\n", "data.csv: too few samples: one row of data; at least 2 are needed"),
            ("a,b,c\n", "data.csv: too few samples: no rows of data; at least 2 are needed"),
        ],
    )
    def test_the_message_names_file_line_and_column(self, write, content, expected):
        assert message(write(content), task="regression") == expected

    def test_an_unknown_task_is_refused(self, write):
        expected = "task: classes, multilabel or regression was expected, got 'clustering'"
        assert message(write(PLAIN), task="clustering") == expected
        assert "one label column is named: name several, as in label: [a, b]" in message(
            write(PLAIN), task="multilabel"
        )


class TestHeader:
    def test_auto_takes_names_for_a_header_and_numbers_for_data(self, write):
        assert read_table(write(PLAIN)).feature_names == ("a", "b")
        assert len(read_table(write("1,2,x\n3,4,y\n")).x) == 2

    def test_auto_with_a_text_label_column_without_header(self, write):
        table = read_table(write("x,1,2\ny,3,4\n"), label=0)
        assert table.x.tolist() == [[1, 2], [3, 4]]
        assert table.feature_names == ()

    def test_a_name_for_the_label_means_a_header(self, write):
        table = read_table(write("1,2,kind\n3,4,x\n5,6,y\n"), "kind")
        assert table.feature_names == ("1", "2")
        assert len(table.x) == 2

    def test_yes_takes_numbers_for_names(self, write):
        assert read_table(write("1,2,3\n3,4,x\n5,6,y\n"), header="yes").feature_names == ("1", "2")

    def test_no_takes_names_for_data(self, write):
        assert message(write(PLAIN), header="no") == (
            "data.csv:1: column 1: a number was expected, got 'a'; "
            "if this line holds names, read the file with header yes"
        )

    def test_half_names_half_numbers_is_not_swallowed(self, write):
        assert message(write("a,1,kind\n1,2,x\n3,4,y\n")).startswith("data.csv:1: column 1: a number was expected")

    def test_no_and_a_name_contradict(self, write):
        assert message(write(PLAIN), header="no", label="kind") == (
            "data.csv: the label column is given by name, 'kind', but the file is read without a header; "
            "give its position, from 0 to 2"
        )

    def test_an_unknown_choice_is_refused(self, write):
        assert message(write(PLAIN), header="maybe") == "header: auto, yes or no was expected, got 'maybe'"


class TestErrors:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            ("a,b,k\n1,2,x\n3,y\n", "data.csv:3: 2 columns instead of 3 as in line 1"),
            ("a,b,k\n1,2,x\n\n3,4,5,y\n", "data.csv:4: 4 columns instead of 3 as in line 1"),
            ("\n\na,b,k\n1,x\n", "data.csv:4: 2 columns instead of 3 as in line 3"),
            ("a,b,k\n1,2,x\n3,four,y\n", "data.csv:3: column 2 ('b'): a number was expected, got 'four'"),
            ("a,b,k\n1,2,x\n3,,y\n", "data.csv:3: column 2 ('b'): a number was expected, the field is empty"),
            ("1,2,x\n3,nan,y\n", "data.csv:2: column 2: a finite number was expected, got 'nan'"),
            ("1,2,x\n-inf,3,y\n", "data.csv:2: column 1: a finite number was expected, got '-inf'"),
            ("1,2,x\n1e39,3,y\n", "data.csv:2: column 1: a number of at most 3.4e+38 was expected, got '1e39'"),
            ("1,2,x\n1_000,3,y\n", "data.csv:2: column 1: a number was expected, got '1_000'"),
            ("1,2,x\n3,4, \n", "data.csv:2: column 3: the label is empty"),
            ("1,2,0\n3,4,nan\n", "data.csv:2: column 3: the label is 'nan'; text or a finite number was expected"),
            ('a,b,k\n"1",2,"x\ny"\n3,four,y\n', "data.csv:4: column 2 ('b'): a number was expected, got 'four'"),
            ("", "data.csv: the file is empty"),
            ("\ufeff", "data.csv: the file is empty"),
            ("\n \n", "data.csv: the file is empty"),
            ("a,b,k\n", "data.csv: too few samples: no rows of data; at least 2 are needed"),
            ("a,b,k\n1,2,x\n", "data.csv: too few samples: one row of data; at least 2 are needed"),
            ("a,b,k\n1,2,x\n3,4,x\n", "data.csv: column 3 ('k') holds one class only, 'x'; at least two are needed"),
            ("1,2,1\n3,4,1.0\n", "data.csv: column 3 holds one class only, '1'; at least two are needed"),
            (
                "k\nx\ny\n",
                "data.csv:1: one column only; a label column and at least one feature column are needed, "
                "separated by commas, semicolons, tabs or bars; another delimiter is named, such as delimiter: '~' or "
                "delimiter: blanks",
            ),
            ('a,b,k\n1,2,x\n3,4,"y\n5,6,x\n', "data.csv:3: a quoted field begins here and does not end"),
            (
                'a,b,k\n1,2,x\n3,4,"y" z\n',
                "data.csv:3: characters follow the quote that ends a field: write a quote inside a quoted field "
                'twice, as in "the ""big"" one"',
            ),
            (
                'a\tb\tk\n1\t2\tx\n3\t4\t"y" z\n',
                "data.csv:3: characters follow the quote that ends a field: write a quote inside a quoted field "
                'twice, as in "the ""big"" one"',
            ),
            (
                '"a,b,k"\n"1,2,x"\n"3,4,y"\n',
                "data.csv:1: each row is one field in quotes, such as 'a,b,k': take the quotes at both ends of every "
                "line out of the file",
            ),
        ],
    )
    def test_the_message_names_file_line_and_column(self, write, content, expected):
        assert message(write(content)) == expected

    def test_a_quoted_field_without_end_in_a_large_file(self, write):
        assert message(write('1,2,x\n3,4,"y\n' + "5,6,x\n" * 40_000)) == (
            "data.csv:2: a quoted field begins here and does not end"
        )

    @pytest.mark.slow
    def test_a_bad_cell_far_down(self, write):
        rows = ["1,2,x", "3,4,y"] * 40_000
        rows[70_000] = "3,o,y"
        assert message(write("\n".join(["a,b,k", *rows]))) == (
            "data.csv:70002: column 2 ('b'): a number was expected, got 'o'"
        )

    def test_long_and_strange_fields_stay_short_and_harmless(self, write):
        text = message(write(f"1,2,x\n\x1b[31m{'z' * 10_000},3,y\n"))
        assert len(text) < 200
        assert text.isprintable()

    @pytest.mark.parametrize(
        ("label", "expected"),
        [
            ("kindd", "data.csv: no column is named 'kindd'; did you mean 'kind'?"),
            ("zzz", "data.csv: no column is named 'zzz'; the columns are 'a', 'b', 'kind'"),
            (
                3,
                "data.csv: label position 3 is out of range: the file has 3 columns, "
                "0 to 2 from the first or -1 to -3 from the last",
            ),
            (
                -4,
                "data.csv: label position -4 is out of range: the file has 3 columns, "
                "0 to 2 from the first or -1 to -3 from the last",
            ),
        ],
    )
    def test_a_label_column_that_is_not_there(self, write, label, expected):
        with pytest.raises(LabelError, match=f"^{re.escape(expected)}$"):
            read_csv(write(PLAIN), label)

    def test_a_name_that_two_columns_share(self, write):
        assert message(write("a,k,k\n1,x,2\n2,y,3\n"), label="k") == (
            "data.csv: 2 columns are named 'k'; give the label's position"
        )

    def test_a_feature_column_chosen_as_label(self, write):
        rows = "".join(f"{n % 7},{n}\n" for n in range(1_001))
        assert message(write(rows)) == (
            "data.csv: column 2 holds more than 1,000 classes; to predict numbers, write task: regression"
        )
        assert message(write(rows.replace("\n", "x\n"))) == (
            "data.csv: column 2 holds more than 1,000 classes; is it the label column?"
        )

    def test_a_wrong_encoding(self, write):
        assert message(write("a,b,k\n1,2,Käse\n3,4,y\n", "latin-1")) == (
            "data.csv:2: byte 6 of the line is not UTF-8 text; if it is Windows-1252 or Latin-1, write encoding: "
            "cp1252, or save the "
            "file as UTF-8"
        )

    def test_text_in_utf_16_says_so_in_its_first_bytes(self, write):
        assert read_table(write(PLAIN, "utf-16")).class_names == ("x", "y")
        assert message(write(PLAIN.encode("utf-16") + b"\x00")) == (
            "data.csv: is damaged text in UTF-16; save the file as UTF-8"
        )

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_utf_16_without_a_mark_is_recognized_by_its_zero_bytes(self, write, encoding):
        assert read_table(write(PLAIN, encoding)).class_names == ("x", "y")

    def test_bytes_of_zero_are_no_text(self, write):
        assert message(write("a,b\0,k\n1,2,x\n3,4,y\n", "utf-8")) == (
            "data.csv: is not a text file, as it has bytes of zero; save its rows as CSV in UTF-8"
        )

    def test_what_is_no_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        Path("folder").mkdir()
        os.mkfifo("pipe")
        assert message("none.csv") == "none.csv: no such file"
        assert message("folder") == "folder: is a directory; a CSV file is needed"
        assert message("pipe") == "pipe: is not a regular file; a CSV file is needed"
        assert message("a\0b.csv").startswith("'a\\x00b.csv': cannot be read: ")
        assert message("n" * 5_000).endswith("cannot be read: File name too long")

    def test_a_share_that_leaves_nothing(self, write):
        assert message(write(PLAIN), test_share=1.0) == "test_share: a share between 0 and 1 was expected, got 1.0"


class TestReadCsv:
    def test_split_and_names(self, write):
        rows = "".join(f"{n},{n % 4},{'xyz'[n % 3]}\n" for n in range(50))
        dataset = read_csv(write("a,b,kind\n" + rows), standardize=False, test_share=0.3, seed=4)
        assert (dataset.input_size, dataset.output_size, dataset.train_size, dataset.test_size) == (2, 3, 35, 15)
        assert (dataset.name, dataset.class_names, dataset.feature_names) == ("data", ("x", "y", "z"), ("a", "b"))
        for x, y in ((dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test)):
            assert (y.argmax(axis=0) == x[0] % 3).all()
            assert (x[1] == x[0] % 4).all()

    def test_the_training_part_alone_decides_the_standardisation(self, write):
        # Single precision would know values of this size to 64 only.
        values = np.random.default_rng(0).normal(1e9, 3, 200)
        rows = "".join(f"{value!r},{n % 2}\n" for n, value in enumerate(values.tolist()))
        dataset = read_csv(write(rows), seed=1)
        train, test = split_indices(200, 0.2, 1)
        expected = (values - values[train].mean()) / values[train].std()
        assert dataset.x_train[0] == pytest.approx(expected[train], abs=1e-6)
        assert dataset.x_test[0] == pytest.approx(expected[test], abs=1e-6)

    @pytest.mark.parametrize("value", ["0", "0.1", "1e30", "-7e37", "1e-300", "123456.789"])
    def test_a_constant_column_becomes_zero(self, write, value):
        rows = "".join(f"{value},{n},{n % 2}\n" for n in range(30))
        dataset = read_csv(write(rows))
        assert not dataset.x_train[0].any()
        assert not dataset.x_test[0].any()

    def test_a_column_constant_in_training_alone_stays_finite(self, write):
        rows = "".join(f"{1 if n else 5},{n % 2}\n" for n in range(5))
        for seed in range(100):
            dataset = read_csv(write(rows), seed=seed)
            if dataset.x_train.std() == 0:
                assert dataset.x_test.tolist() == [[4.0]]
                return
        pytest.fail("no seed put the different row into the test part")

    def test_a_spread_too_small_to_square_stays_finite(self, write):
        rows = "".join(f"{n}e-200,{n % 2}\n" for n in range(10))
        assert np.isfinite(read_csv(write(rows)).x_train).all()

    def test_the_file_is_only_read(self, write):
        before = Path(write("a,b,kind\n1,2,x\n3,4,y\n5,6,z\n")).read_bytes()
        Path("data.csv").chmod(0o444)
        read_csv("data.csv")
        assert Path("data.csv").read_bytes() == before


NUMBERS = st.sampled_from(["1", "2.5", '"3"', '"4.5"', " 7", "-1e3"])
FIELDS = st.sampled_from(
    ["1", "x", '"y"', '"a,b"', '"a\nb"', '"a\r\nb"', '" z "', ' "w"', '"q""r"', '""', '"', 'a"b', '"8', '9"', "nan"]
)
ROWS = st.lists(st.tuples(st.one_of(NUMBERS, NUMBERS, NUMBERS, FIELDS), NUMBERS, FIELDS), min_size=2, max_size=4)


@pytest.mark.slow
@pytest.mark.parametrize("reader", ["reader of plain files first"], indirect=True)
@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=ROWS,
    header=st.sampled_from(["", "a,b,c\n", '"a","b","c"\n', '"a\nx",b,c\n', "\n", "\ufeff"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_is_quoted_both_readers_give_the_same(write, rows, header, end):
    path = write(header + end.join(",".join(row) for row in rows) + end)
    messages = []
    for size in (0, 2**60):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(csv_text, "_PLAIN_BYTES", size)
            try:
                table = read_table(path)
                messages.append((table.x.tolist(), table.y.tolist(), table.class_names, table.feature_names))
            except DatasetError as error:
                messages.append(str(error))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("reader", ["reader of plain files first"], indirect=True)
@pytest.mark.parametrize(("task", "quote"), [("classes", ""), ("classes", '"'), ("regression", "")])
def test_large_files_of_plain_numbers_are_left_to_the_fast_reader(write, task, quote, monkeypatch):
    def refuse(*_):
        raise AssertionError("the slow reader was asked")

    monkeypatch.setattr(csv_text, "_read_any", refuse)
    cells = np.random.default_rng(0).normal(size=(1_000, 9)).tolist()
    block = "".join(
        ",".join(f"{cell:.6f}" for cell in row) + f",{quote}{n % 3}{quote}\n" for n, row in enumerate(cells)
    )
    dataset = read_csv(write(block * 20), task=task)
    assert (dataset.train_size + dataset.test_size) * (dataset.input_size + 1) == 200_000


def test_digits_of_one_length_with_zeros_in_front_are_pointed_out(tmp_path):
    path = tmp_path / "homes.csv"
    rows = [f"{row * 997 % 5000:05},{row % 24:02},{row * 7 + 100},{row % 2}" for row in range(60)]
    path.write_text("\n".join(["zip,hour,size,kind", *rows]) + "\n")
    (note,) = (note for note in read_csv(path).notes if "digits of one length" in note)
    assert note.startswith("column 1 ('zip'): its cells are digits of one length, such as '00000': if they are codes")
    assert "columns: {zip: category}" in note
    assert not any("digits" in note for note in read_csv(path, columns={"zip": "number"}).notes)


def test_a_second_byte_order_mark_is_no_part_of_a_name(tmp_path):
    (tmp_path / "twice.csv").write_text("\ufeff\ufeffx,z,kind\n" + "1,2,a\n3,4,b\n" * 5)
    assert read_csv(tmp_path / "twice.csv").feature_names == ("x", "z")
