"""Tables through pyarrow: whichever of its formats, and what is wrong with their columns."""

import gzip
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from joml.data.dataset import DatasetError
from joml.data.readers.csv_file import LabelError, read_csv
from joml.data.readers.table_file import read_table_file, read_table_samples

pa = pytest.importorskip("pyarrow")
from pyarrow import csv, feather, ipc, orc, parquet  # noqa: E402

HEIGHT = np.random.default_rng(3).normal(size=20)
COUNT = np.arange(20) * 3
KIND = [("cat", "ant", "dog")[place % 3] for place in range(20)]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def animals(**columns):
    return pa.table({"height": HEIGHT, "count": COUNT, "kind": KIND} | columns)


def write(table=None, path="data.parquet"):
    parquet.write_table(table or animals(), path)
    return path


def message(path="data.parquet", **options):
    with pytest.raises(DatasetError) as caught:
        read_table_file(path, **{"missing": "error"} | options)
    text = str(caught.value)
    assert text.isprintable()
    return text


def write_stream(table, path):
    with ipc.new_stream(path, table.schema) as writer:
        writer.write_table(table)


def write_json_lines(table, path):
    import json

    Path(path).write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))


WRITERS = {
    "parquet": parquet.write_table,
    "feather": feather.write_feather,
    "stream": write_stream,
    "orc": orc.write_table,
    "jsonl": write_json_lines,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_every_format_reads_as_the_csv_file_of_the_same(kind):
    WRITERS[kind](animals(), "animals")
    csv.write_csv(animals(), "animals.csv")
    data, expected = read_table_file("animals", seed=4), read_csv("animals.csv", seed=4)
    for array in ("x_train", "y_train", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(data, array), getattr(expected, array))
    assert (data.name, data.class_names, data.feature_names) == ("animals", ("ant", "cat", "dog"), ("height", "count"))


def test_the_label_is_a_name_or_a_position():
    write(animals().drop_columns("kind"))
    for label in ("height", 0, -2):
        data = read_table_file("data.parquet", label=label, task="regression", standardize=False)
        assert data.class_names == ("height",)
        assert sorted([*data.y_train[0], *data.y_test[0]]) == sorted(HEIGHT.astype(np.float32))


def test_values_are_scaled_where_asked():
    data = read_table_file(write(animals().drop_columns("kind")), task="regression", standardize_y=True)
    assert data.y_train.mean() == pytest.approx(0, abs=1e-6)
    assert data.y_train.std() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (pa.array([3, 1, 2, 10] * 5), ("1", "2", "3", "10")),
        (pa.array([3.0, 1.5, 2.0, 10.0] * 5), ("1.5", "2", "3", "10")),
        (pa.array([True, False] * 10), ("False", "True")),
        (pa.array(["b", "a"] * 10).dictionary_encode(), ("a", "b")),
        (pa.array(["b", "a"] * 10, pa.large_string()), ("a", "b")),
    ],
    ids=["integers", "numbers", "truth", "categories", "large texts"],
)
def test_labels_of_any_type_are_in_the_order_of_their_values(labels, names):
    samples = read_table_samples(write(animals(kind=labels)))
    assert samples.class_names == names
    assert [names[place] for place in samples.y[:2]] == [
        str(int(v) if isinstance(v, float) and v.is_integer() else v) for v in labels[:2].to_pylist()
    ]


def test_features_may_be_of_any_number_and_in_parts():
    table = pa.table(
        {
            "yes": pa.array([True, False]),
            "small": pa.array([1, 2], pa.int8()),
            "half": pa.array(np.float16([0.5, 0.25])),
            "kind": pa.array(["a", "b"]),
        }
    )
    samples = read_table_samples(write(pa.concat_tables([table, table])))
    assert samples.x.tolist() == [[1, 1, 0.5], [0, 2, 0.25]] * 2


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"count": pa.array([1, None, *range(18)])}, "column 2 ('count'): 1 missing, the first in row 2"),
        ({"kind": pa.array([None, *KIND[1:]])}, "column 3 ('kind'): 1 missing, the first in row 1"),
        ({"height": pa.array([1.0, float("nan"), *HEIGHT[2:]])}, "column 1 ('height'): 1 missing, the first in row 2"),
        (
            {"height": pa.array([1e39, *HEIGHT[1:]])},
            "column 1 ('height'): 1 cell with a number beyond single precision, such as '1e+39'",
        ),
        ({"count": pa.array([[1]] * 20)}, "column 2 ('count') holds list<element: int64>: numbers, texts, truth"),
        (
            {"kind": pa.array([[1]] * 20)},
            "column 3 ('kind') holds list<element: int64>: numbers, texts, truth values or dates",
        ),
        ({"kind": pa.array(["a"] * 20)}, "column 3 ('kind') holds one class only, 'a'; at least two are needed"),
        ({"ki\nnd": pa.array(["a"] * 20)}, "column 2 ('count')"),
    ],
    ids=["null", "null label", "nan", "large", "nested", "nested label", "one class", "hostile name"],
)
def test_a_bad_value_is_named(columns, expected):
    table = animals(**columns)
    if "ki\nnd" in columns:
        table = animals(count=pa.array([[1]] * 20)).rename_columns(["height", "count", "ki\nnd"])
    write(table)
    assert message().startswith(f"data.parquet: {expected}")


def test_all_bad_columns_are_named_at_once():
    write(animals(count=pa.array([None, None, *range(18)]), kind=pa.array([None, *KIND[1:]])))
    assert message(label="kind") == (
        "data.parquet: 2 columns cannot be read: column 2 ('count'): 2 missing, the first in row 1; column 3 ('kind'): "
        "1 missing, the first in row 1; fill the empty cells, or leave the column out by ignore: [count]"
    )


def test_columns_are_left_out():
    write(animals(name=pa.array(KIND)))
    samples = read_table_samples("data.parquet", "kind", ignore=["name", 0])
    assert (samples.x.shape, samples.feature_names) == ((20, 1), ("count",))
    assert message(label="kind", ignore=["nam"]) == (
        "data.parquet: ignore: no column is named 'nam'; did you mean 'name'?"
    )


def test_the_row_index_of_pandas_is_left_out():
    write(animals(__index_level_0__=np.arange(20)))
    samples = read_table_samples("data.parquet", "kind")
    assert samples.feature_names == ("height", "count")
    assert samples.notes == (
        "'__index_level_0__', the row index as pandas writes it, is left out; ignore: [] keeps it",
    )
    assert read_table_samples("data.parquet", "kind", ignore=[]).x.shape == (20, 3)


@pytest.mark.parametrize("label", [-1, "kind", 2])
def test_the_last_column_is_that_before_the_row_index_of_pandas(label):
    write(animals(__index_level_0__=np.arange(20)))
    samples = read_table_samples("data.parquet", label)
    assert (samples.feature_names, samples.class_names) == (("height", "count"), ("ant", "cat", "dog"))


def test_positions_from_the_end_count_the_index_where_it_is_kept():
    write(animals(__index_level_0__=np.arange(20)).drop(["kind"]))
    samples = read_table_samples("data.parquet", -1, task="regression", ignore=[])
    assert samples.feature_names == ("height", "count")


def test_a_column_that_counts_is_pointed_out():
    assert read_table_file(write(animals(count=np.arange(20)))).notes == (
        "column 2 ('count') counts the rows (0, 1, 2, ...): if it only numbers them, leave it out by ignore: [count]",
    )


def test_integers_of_any_length_and_codes_stay_apart():
    long = [2**53, 2**53 + 1, 5, 5] * 5
    assert len(read_table_samples(write(animals(kind=np.array(long)))).class_names) == 3
    assert read_table_samples(write(animals(kind=["7", "07", "7", "07"] * 5))).class_names == ("7", "07")


def test_numbers_nearly_all_distinct_are_values():
    prices = pa.table({"u": np.ones(30), "price": np.random.default_rng(0).normal(size=30)})
    assert "('price') holds 30 different numbers, not all of them whole" in message(write(prices))
    many = pa.table({"u": np.ones(1_100), "price": np.arange(1_100)})
    assert message(write(many)) == (
        "data.parquet: column 2 ('price') holds more than 1,000 classes; to predict numbers, write task: regression"
    )


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_tables_compressed_by_gzip(kind):
    WRITERS[kind](animals(), "animals")
    Path("animals.jsonl.gz").write_bytes(gzip.compress(Path("animals").read_bytes()))
    samples, expected = read_table_samples("animals.jsonl.gz"), read_table_samples("animals")
    assert samples.x.tolist() == expected.x.tolist()
    assert samples.name == "animals"
    Path("cut").write_bytes(Path("animals.jsonl.gz").read_bytes()[:-9])
    assert message("cut").startswith("cut: the gzip file is truncated or damaged")


def test_a_label_that_is_not_there():
    write()
    for label, expected in (("kin", "did you mean 'kind'?"), ("none", "the columns are 'height', 'count', 'kind'")):
        with pytest.raises(LabelError, match="no column is named") as caught:
            read_table_file("data.parquet", label=label)
        assert expected in str(caught.value)
    with pytest.raises(LabelError, match="label position 3 is out of range"):
        read_table_file("data.parquet", label=3)
    write(animals(kind=np.arange(20)).select(["height", "kind"]).slice(0, 1))
    assert message() == "data.parquet: too few samples: 1 row of data; at least 2 are needed"
    Path("one.json").write_text('{"x": {"0": 1}, "kind": {"0": "a"}}')
    assert "at least 2 are needed; a JSON file has an object for each row, one per line" in message("one.json")


def test_files_that_are_no_tables():
    assert message("none") == "none: no such file"
    Path("folder").mkdir()
    assert message("folder").startswith("folder: is a directory; a table (Parquet, Feather")
    Path("data.csv").write_text("1,2\n")
    assert message("data.csv").endswith("; a CSV file is read as the data set csv")
    Path("empty").touch()
    assert message("empty").startswith("empty: is not a table")


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_damaged_file_is_reported(kind, share):
    WRITERS[kind](animals(), "animals")
    content = Path("animals").read_bytes()
    Path("animals").write_bytes(content[: max(8, int(share * len(content)))])
    try:
        read_table_file("animals")
    except DatasetError as error:
        assert str(error).startswith("animals: ")
        assert str(error).isprintable()
    else:
        assert kind in ("stream", "jsonl")  # they may end anywhere between two batches or lines


@pytest.mark.slow
def test_without_pyarrow_the_way_to_it_is_reported():
    code = """
import sys
sys.modules["pyarrow"] = None
from joml.data.readers.table_file import read_table_file
try:
    read_table_file("a.parquet")
except Exception as error:
    print(error)
"""
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "a.parquet: a table needs pyarrow; install it with: pip install 'joml-tui[parquet]'\n"


@pytest.mark.slow
def test_pyarrow_is_not_loaded_before_a_table_is_read():
    code = (
        "from joml import *; from joml_tui.export import *; import sys, joml_tui.ui.app; "
        "print('pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("label", ["", "NaN", None])
def test_texts_that_are_no_labels(label):
    error = message(write(animals(kind=["cat", label] * 10)))
    assert error.startswith("data.parquet: column 3 ('kind'): 10 missing, the first in row 2")
    samples = read_table_samples(write(animals(kind=["cat", label, "dog", "cat"] * 5)))
    assert (samples.class_names, len(samples.x)) == (("cat", "dog"), 15)
    assert samples.notes[0].startswith("kind: 5 rows without a value are left out")


def test_texts_are_labels_as_in_csv_files():
    samples = read_table_samples(write(animals(kind=["10", " 9", "9.0", "9"] * 5)))
    assert (samples.class_names, samples.y[:4].tolist()) == (("9", "10"), [1, 0, 0, 0])
    assert (
        "'Cat' and 'cat' are different classes" in read_table_samples(write(animals(kind=["Cat", "cat"] * 10))).notes[0]
    )


def test_columns_of_every_type_become_features():
    import datetime

    days = [datetime.date(2021, 1 + n % 3, 1 + n) for n in range(20)]
    table = animals(
        count=pa.array([None if n == 3 else n * 3 for n in range(20)]),
        sex=pa.array([["m", "f"][n % 2] for n in range(20)]).dictionary_encode(),
        old=pa.array([None if n == 5 else n % 3 == 0 for n in range(20)]),
        day=pa.array(days),
        price=pa.array([Decimal("1.5") * n for n in range(20)]),
        name=pa.array([f"Ms. {n}" for n in range(20)]),
    )
    data = read_table_file(write(table), label="kind")
    assert data.feature_names == (
        *("height", "count", "count missing", "sex=f", "sex=m", "old=true", "old missing"),
        *("day days", "day month sin", "day month cos", "day weekday sin", "day weekday cos", "price"),
    )
    assert "name is text that differs in all 20 rows: it is left out; columns: {name: category} keeps it" in data.notes


def test_a_table_and_a_text_file_of_mixed_columns_are_read_alike():
    table = animals(sex=pa.array([["m", "f", None][n % 3] for n in range(20)]))
    write(table)
    csv.write_csv(table, "data.csv")
    first, second = read_table_file("data.parquet", label="kind"), read_csv("data.csv", label="kind")
    assert first.feature_names == second.feature_names
    np.testing.assert_array_equal(first.x_train, second.x_train)


def test_kinds_of_columns_are_set():
    data = read_table_file(write(), columns={"count": "category", "height": "ignore"}, test_share=0.5)
    assert len(data.feature_names) == 1
    assert read_table_file(write(), columns={"height": {"missing": "mean"}}).feature_names == ("height", "count")
    assert message(columns={"cout": "category"}) == (
        "data.parquet: columns: no column is named 'cout'; did you mean 'count'?"
    )


def test_texts_that_are_numbers_with_a_mark_are_numbers():
    price = [f"${1_000 + row:,}" for row in range(20)]
    samples = read_table_samples(write(animals(price=price)), label="kind")
    np.testing.assert_array_equal(samples.table.columns[-1].numbers, 1_000.0 + np.arange(20))
    assert "read as numbers: price with the mark '$' (1,200 is 1200)" in samples.notes
    values = read_table_samples(write(animals(price=price)), label="price", ignore=["kind"], task="regression")
    np.testing.assert_array_equal(values.y[:, 0], 1_000.0 + np.arange(20))


@pytest.mark.parametrize("dictionary", [False, True])
def test_texts_of_digits_with_zeros_in_front_are_pointed_out_as_in_a_text_file(dictionary):
    codes = pa.array([f"{place * 997 % 5000:05}" for place in range(20)])
    sizes = pa.array([f"{place * 7 + 100}" for place in range(20)])
    path = write(animals(zip=codes.dictionary_encode() if dictionary else codes, size=sizes))
    (note,) = (note for note in read_table_samples(path, "kind").notes if "digits of one length" in note)
    assert note.startswith("column 4 ('zip'): its cells are digits of one length, such as '00000': if they are codes")
    assert not any("digits" in note for note in read_table_samples(path, "kind", columns={"zip": "number"}).notes)
    assert not any("digits" in note for note in read_table_samples(path, "kind", ignore=["zip"]).notes)


def test_several_columns_are_targets_together():
    table = animals(
        young=[None, *(place % 2 == 0 for place in range(19))], tame=[place % 3 // 2 for place in range(20)]
    )
    table = table.append_column("__index_level_0__", pa.array(range(20)))
    samples = read_table_samples(write(table), (-1, "young"), task="multilabel")
    assert (samples.class_names, samples.y.shape) == (("tame", "young"), (19, 2))
    assert samples.y[:, 1].tolist() == [float(place % 2 == 0) for place in range(19)]
    assert "young: 1 row without a value is left out, as there is nothing to learn from it" in samples.notes
    values = read_table_samples(write(table), ("height", "count"), task="regression", ignore=["young", -1])
    np.testing.assert_array_equal(values.y, np.column_stack([HEIGHT, COUNT]))
    assert "column 4 ('young') holds true and false" in message(label=("young", "height"), task="multilabel")
    assert "label: column 3 ('kind') is named twice" in message(label=("kind", 2), task="regression")
